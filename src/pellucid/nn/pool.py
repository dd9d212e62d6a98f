"""Pooling layers: pictures made smaller, channel by channel."""

from __future__ import annotations

from typing import Any

from pellucid.dataclass import dataclass
from pellucid.graph import Value
from pellucid.hyper import hyper
from pellucid.nn.layer import Layer, Tracer
from pellucid.nn.layout import Parameter
from pellucid.nn.window import PaddingLike, around, only_pictures, padding, pair, picture
from pellucid.ops import avg_pool2d, max_pool2d, mean
from pellucid.ops.window import Pair


@dataclass(frozen=True)
class MaxPool2D(Layer):
    """The largest number under a window that slides over each channel.

    Formula: y[b,c,i,j] = max over u, v of x[b, c, stride_1 i + u - above, stride_2 j + v - left].
    Shapes: (batch, channels, height, width) -> (batch, channels, height', width'), with
        height' = (height + above + below - size_1) // stride_1 + 1, width' likewise.
    Parameters:
        size: the window's rows and columns; one number for both; 2 by default.
        stride: from one place to the next; None: the window's size, so that no two places overlap.
        padding: "valid" (none), "same" (height' = ceil(height / stride_1)), a number, (rows,
            columns) or ((above, below), (left, right)); it is never the largest.
    Numerics: the first of equals, row by row, gets the whole gradient; NaN wins over any number.
    Raises: ``ShapeError`` for samples that are no pictures, or smaller than the window.
    """

    size: int | Pair = hyper(2, kind=int, low=1, pair=True, doc="the window's rows and columns")
    stride: int | Pair | None = hyper(
        None, kind=int, low=1, pair=True, optional=True, doc="the way from one place to the next"
    )
    padding: PaddingLike = "valid"

    def __post_init__(self) -> None:
        super().__post_init__()
        object.__setattr__(self, "padding", padding(type(self).__name__, self.padding))

    def parameters(self, in_shape: tuple[int, ...]) -> tuple[Parameter, ...]:
        """None; raises ``ShapeError`` for samples that are no pictures."""
        return only_pictures(self, in_shape)

    def trace(self, builder: Tracer, x: Value) -> Value:
        """Add the pooling."""
        return max_pool2d(x, **_settings(self, x))


@dataclass(frozen=True)
class AvgPool2D(Layer):
    """The mean of the numbers under a window that slides over each channel.

    Formula: y[b,c,i,j] = mean over u, v of x[b, c, stride_1 i + u - above, stride_2 j + v - left],
        over what lies on the picture; with ``count_padding`` the zeros around it count as well.
    Shapes: as for ``MaxPool2D``.
    Parameters:
        size, stride, padding: as for ``MaxPool2D``.
        count_padding: whether the mean counts the padding's zeros: PyTorch does by default,
            TensorFlow and ONNX do not.
    Raises: as ``MaxPool2D``.
    """

    size: int | Pair = hyper(2, kind=int, low=1, pair=True, doc="the window's rows and columns")
    stride: int | Pair | None = hyper(
        None, kind=int, low=1, pair=True, optional=True, doc="the way from one place to the next"
    )
    padding: PaddingLike = "valid"
    count_padding: bool = hyper(False, kind=bool, doc="whether the mean counts the padding")

    def __post_init__(self) -> None:
        super().__post_init__()
        object.__setattr__(self, "padding", padding(type(self).__name__, self.padding))

    def parameters(self, in_shape: tuple[int, ...]) -> tuple[Parameter, ...]:
        """None; raises ``ShapeError`` for samples that are no pictures."""
        return only_pictures(self, in_shape)

    def trace(self, builder: Tracer, x: Value) -> Value:
        """Add the pooling."""
        return avg_pool2d(x, **_settings(self, x), count_padding=self.count_padding)


@dataclass(frozen=True)
class GlobalAvgPool2D(Layer):
    """The mean of each channel over the whole picture.

    Formula: y[b,c] = mean over i, j of x[b,c,i,j].
    Shapes: (batch, channels, height, width) -> (batch, channels).
    Raises: ``ShapeError`` for samples that are no pictures.
    Source: M. Lin, Q. Chen, S. Yan, Network In Network, 2014, arXiv:1312.4400, section 3.2.
    """

    def parameters(self, in_shape: tuple[int, ...]) -> tuple[Parameter, ...]:
        """None; raises ``ShapeError`` for samples that are no pictures."""
        return only_pictures(self, in_shape)

    def trace(self, builder: Tracer, x: Value) -> Value:
        """Add the mean."""
        return mean(x, (2, 3))


def _settings(layer: MaxPool2D | AvgPool2D, x: Value) -> dict[str, Any]:
    size, stride = pair(layer.size), pair(layer.stride or layer.size)
    return {
        "size": size,
        "stride": stride,
        "padding": around(layer.padding, picture(x), size, stride),
    }
