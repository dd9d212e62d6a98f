"""Convolutions: one small set of weights, used at every place of a picture or a series.

As everywhere in deep learning, the kernel is not flipped: strictly, this is a cross-correlation.
"""

from __future__ import annotations

import math

from pellucid.dataclass import dataclass
from pellucid.graph import Value
from pellucid.hyper import hyper
from pellucid.nn.activations import ActivationLike, Linear, activation, default_init
from pellucid.nn.init import Fans, Initializer, initializer, zeros
from pellucid.nn.layer import Layer, Tracer
from pellucid.nn.layout import Parameter
from pellucid.nn.window import PaddingLike, around, ends, padding, pair, picture, picture_remedy
from pellucid.ops import conv2d, reshape
from pellucid.ops.window import Pair


@dataclass(frozen=True)
class Conv2D(Layer):
    """Each filter slides its kernel over all channels of the picture and adds up the products.

    Formula: z[b,o,i,j] = bias_o + sum over c, u, v of
        W[o,c,u,v] x[b, c, s_1 i + d_1 u - above, s_2 j + d_2 v - left], x being 0 outside the
        picture; y = activation(z).
    Shapes: (batch, channels, height, width) -> (batch, filters, height', width'), with
        height' = (height + above + below - d_1 (k_1 - 1) - 1) // s_1 + 1, width' likewise;
        weight (filters, channels / groups, k_1, k_2), bias (filters,).
    Parameters:
        filters: the channels that come out.
        kernel: k, its rows and columns; one number for both.
        stride: s, the rows and columns from one place to the next; 1 by default.
        padding: "valid" (none), "same" (height' = ceil(height / s_1)), a number, (rows, columns) or
            ((above, below), (left, right)) of zeros.
        dilation: d, how far apart the kernel's elements lie on the picture; 1, side by side, by
            default.
        groups: into how many parts channels and filters are cut; filters see only their own part.
        activation, bias, weight_init: as for ``Dense``.
    Raises: ``ShapeError`` for samples that are no pictures or smaller than the kernel, and for
        channels or filters that do not divide into the groups.
    Source: Y. LeCun et al., 1998, doi:10.1109/5.726791, section II.

    Example:
        >>> Conv2D(6, 5, padding="same").output_shape((1, 28, 28))
        (6, 28, 28)
    """

    filters: int = hyper(kind=int, low=1, doc="the number of channels that come out")
    kernel: int | Pair = hyper(kind=int, low=1, pair=True, doc="the kernel's rows and columns")
    stride: int | Pair = hyper(
        1, kind=int, low=1, pair=True, doc="the way from one place to the next"
    )
    padding: PaddingLike = "valid"
    dilation: int | Pair = hyper(
        1, kind=int, low=1, pair=True, doc="how far apart the kernel's elements lie"
    )
    groups: int = hyper(1, kind=int, low=1, doc="into how many parts the channels are cut")
    activation: ActivationLike = Linear()
    bias: bool = hyper(True, kind=bool, doc="whether each filter has a bias")
    weight_init: str | Initializer | None = None

    def __post_init__(self) -> None:
        super().__post_init__()
        _check(self)

    def parameters(self, in_shape: tuple[int, ...]) -> tuple[Parameter, ...]:
        """Weight (filters, channels / groups, rows, columns) and bias (filters,)."""
        _check_pictures(self, in_shape)
        if in_shape[0] % self.groups or self.filters % self.groups:
            raise self.misfit(
                f"channels and filters that divide into {self.groups} groups",
                f"{in_shape[0]} channels and {self.filters} filters",
                "Change groups or filters.",
            )
        return _kernel(
            self, self.filters, in_shape[0] // self.groups, pair(self.kernel), self.groups
        )

    def trace(self, builder: Tracer, x: Value) -> Value:
        """Add the convolution, the bias and the activation."""
        return _convolve(self, builder, x, self.groups)


@dataclass(frozen=True)
class DepthwiseConv2D(Layer):
    """Each channel is convolved on its own, with ``multiplier`` kernels.

    Formula: as ``Conv2D`` with groups = channels and filters = channels x multiplier: channel c
        gives the channels c multiplier to (c + 1) multiplier - 1.
    Shapes: (batch, channels, height, width) -> (batch, channels x multiplier, height', width');
        weight (channels x multiplier, 1, k_1, k_2), bias (channels x multiplier,).
    Parameters:
        kernel, stride, padding, dilation: as for ``Conv2D``.
        multiplier: the kernels of each channel; 1 by default.
        activation, bias, weight_init: as for ``Dense``.
    Raises: ``ShapeError`` for samples that are no pictures or smaller than the kernel.
    Source: F. Chollet, 2017, doi:10.1109/CVPR.2017.195; there a Conv2D(filters, 1) follows.
    """

    kernel: int | Pair = hyper(kind=int, low=1, pair=True, doc="the kernel's rows and columns")
    multiplier: int = hyper(1, kind=int, low=1, doc="the number of kernels for each channel")
    stride: int | Pair = hyper(
        1, kind=int, low=1, pair=True, doc="the way from one place to the next"
    )
    padding: PaddingLike = "valid"
    dilation: int | Pair = hyper(
        1, kind=int, low=1, pair=True, doc="how far apart the kernel's elements lie"
    )
    activation: ActivationLike = Linear()
    bias: bool = hyper(True, kind=bool, doc="whether each channel that comes out has a bias")
    weight_init: str | Initializer | None = None

    def __post_init__(self) -> None:
        super().__post_init__()
        _check(self)

    def parameters(self, in_shape: tuple[int, ...]) -> tuple[Parameter, ...]:
        """Weight (channels x multiplier, 1, rows, columns) and bias (channels x multiplier,)."""
        _check_pictures(self, in_shape)
        filters = in_shape[0] * self.multiplier
        return _kernel(self, filters, 1, pair(self.kernel), in_shape[0])

    def trace(self, builder: Tracer, x: Value) -> Value:
        """Add the convolution, the bias and the activation."""
        channels = x.shape[1]
        assert isinstance(channels, int)
        return _convolve(self, builder, x, channels)


@dataclass(frozen=True)
class Conv1D(Layer):
    """Each filter slides its kernel along a series with several channels.

    Formula: z[b,o,i] = bias_o + sum over c, u of W[o,c,u] x[b, c, s i + d u - before], x being 0
        outside; y = activation(z).
    Shapes: (batch, channels, length) -> (batch, filters, length'), with
        length' = (length + before + after - d (k - 1) - 1) // s + 1;
        weight (filters, channels / groups, k), bias (filters,).
    Parameters:
        filters, kernel k, stride s, dilation d, groups, activation, bias, weight_init: as for
            ``Conv2D``.
        padding: "valid", "same", a number for both ends, or (before, after).
    Numerics: computed as a convolution of pictures of height 1.
    Raises: as ``Conv2D``.
    """

    filters: int = hyper(kind=int, low=1, doc="the number of channels that come out")
    kernel: int = hyper(kind=int, low=1, doc="the kernel's length")
    stride: int = hyper(1, kind=int, low=1, doc="the way from one place to the next")
    padding: str | int | Pair = "valid"
    dilation: int = hyper(1, kind=int, low=1, doc="how far apart the kernel's elements lie")
    groups: int = hyper(1, kind=int, low=1, doc="into how many parts the channels are cut")
    activation: ActivationLike = Linear()
    bias: bool = hyper(True, kind=bool, doc="whether each filter has a bias")
    weight_init: str | Initializer | None = None

    def __post_init__(self) -> None:
        super().__post_init__()
        object.__setattr__(self, "padding", ends("Conv1D", self.padding))
        _check_parts(self)

    def parameters(self, in_shape: tuple[int, ...]) -> tuple[Parameter, ...]:
        """Weight (filters, channels / groups, length) and bias (filters,)."""
        if len(in_shape) != 2:
            side = in_shape[0] if len(in_shape) == 1 else None
            remedy = f"Put Reshape((1, {side})) before it." if side else "Put a Reshape before it."
            raise self.misfit("samples of shape [channels, length]", str(list(in_shape)), remedy)
        if in_shape[0] % self.groups or self.filters % self.groups:
            raise self.misfit(
                f"channels and filters that divide into {self.groups} groups",
                f"{in_shape[0]} channels and {self.filters} filters",
                "Change groups or filters.",
            )
        return _kernel(self, self.filters, in_shape[0] // self.groups, (self.kernel,), self.groups)

    def trace(self, builder: Tracer, x: Value) -> Value:
        """Add the convolution at height 1, the bias and the activation."""
        weight = builder.parameter("weight")
        channels, length = x.shape[1:]
        assert isinstance(length, int)
        size, stride, dilation = (1, self.kernel), (1, self.stride), (1, self.dilation)
        chosen = self.padding if self.padding == "same" else ((0, 0), self.padding)
        z = conv2d(
            reshape(x, (x.shape[0], channels, 1, length)),
            reshape(weight, (*weight.shape[:2], 1, self.kernel)),
            stride=stride,
            padding=around(chosen, (1, length), size, stride, dilation),
            dilation=dilation,
            groups=self.groups,
        )
        z = reshape(z, (*z.shape[:2], z.shape[3]))
        if self.bias:
            z = z + reshape(builder.parameter("bias"), (self.filters, 1))
        return activation(self.activation)(z)


def _check(layer: Conv2D | DepthwiseConv2D) -> None:
    object.__setattr__(layer, "padding", padding(type(layer).__name__, layer.padding))
    _check_parts(layer)


def _check_parts(layer: Conv1D | Conv2D | DepthwiseConv2D) -> None:
    object.__setattr__(layer, "activation", activation(layer.activation))
    if layer.weight_init is not None:
        object.__setattr__(layer, "weight_init", initializer(layer.weight_init))


def _check_pictures(layer: Layer, in_shape: tuple[int, ...]) -> None:
    if len(in_shape) != 3:
        raise layer.misfit(
            "samples of shape [channels, height, width]",
            str(list(in_shape)),
            picture_remedy(in_shape),
        )


def _kernel(
    layer: Conv1D | Conv2D | DepthwiseConv2D, filters: int, taken: int, size: tuple[int, ...],
    groups: int,
) -> tuple[Parameter, ...]:  # fmt: skip
    area = math.prod(size)
    fans = Fans(taken * area, filters // groups * area)
    start = initializer(layer.weight_init or default_init(activation(layer.activation)))
    weight = Parameter("weight", (filters, taken, *size), start, fans)
    bias = Parameter("bias", (filters,), zeros(), fans, kind="bias")
    return (weight, bias) if layer.bias else (weight,)


def _convolve(layer: Conv2D | DepthwiseConv2D, builder: Tracer, x: Value, groups: int) -> Value:
    size, stride, dilation = pair(layer.kernel), pair(layer.stride), pair(layer.dilation)
    z = conv2d(
        x,
        builder.parameter("weight"),
        stride=stride,
        padding=around(layer.padding, picture(x), size, stride, dilation),
        dilation=dilation,
        groups=groups,
    )
    if layer.bias:
        bias = builder.parameter("bias")
        z = z + reshape(bias, (*bias.shape, 1, 1))
    return activation(layer.activation)(z)
