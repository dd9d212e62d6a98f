"""Normalisation: layers that bring their inputs to mean 0 and variance 1."""

from __future__ import annotations

from pellucid.dataclass import dataclass
from pellucid.graph import Value
from pellucid.hyper import hyper
from pellucid.nn.init import Constant, zeros
from pellucid.nn.layer import Layer, Tracer
from pellucid.nn.layout import Parameter
from pellucid.ops import count, maximum, mean, reshape, sqrt


@dataclass(frozen=True)
class BatchNorm(Layer):
    """Bring each feature, or each channel of a picture, to mean 0 and variance 1 and rescale it.

    Formula: y = scale (x - m) / sqrt(v + epsilon) + shift. In training m and v are the mean and the
        variance (divided by n) over the batch and all axes after the feature's, n numbers each, and
        mean <- (1 - momentum) mean + momentum m,
        variance <- (1 - momentum) variance + momentum v n / (n - 1).
        Outside training m and v are these running values.
    Shapes: (batch, features) or (batch, channels, ...) -> the same; scale, shift, and the states
        mean and variance: (features,).
    Parameters:
        momentum: the weight of the newest batch in the running values, as in PyTorch; in Keras it
            is the weight of the old ones.
        epsilon: added to the variance.
    Numerics: the running variance is the unbiased one, the one divided by is not: as in PyTorch. A
        batch with one number a feature gives y = shift, and counts with variance 0.
    Raises: ``ShapeError`` for samples without a feature axis.
    Source: S. Ioffe, C. Szegedy, 2015, arXiv:1502.03167, algorithms 1 and 2.
    """

    momentum: float = hyper(0.1, above=0, high=1, doc="the weight of the newest batch")
    epsilon: float = hyper(1e-5, above=0, doc="what is added to the variance")

    def parameters(self, in_shape: tuple[int, ...]) -> tuple[Parameter, ...]:
        """Scale and shift, and the states mean and variance, one number a feature each."""
        if not in_shape:
            raise self.misfit(
                "samples of shape [features] or [channels, ...]",
                "[]",
                "Put Reshape((1,)) before it.",
            )
        shape = in_shape[:1]
        return (
            Parameter("scale", shape, Constant(1.0), kind="bias"),
            Parameter("shift", shape, zeros(), kind="bias"),
            Parameter("mean", shape, zeros(), kind="state"),
            Parameter("variance", shape, Constant(1.0), kind="state"),
        )

    def trace(self, builder: Tracer, x: Value) -> Value:
        """Add the normalisation, and in training the new running values."""
        axes = (0, *range(2, len(x.shape)))
        across = (*x.shape[1:2], *(1 for _ in axes[1:]))  # one number a feature, along all of x
        if builder.training:
            middle = mean(x, axes)
            centred = x - reshape(middle, across)
            variance = mean(centred * centred, axes)
            self._move(builder, middle, variance, count(x, axes))
        else:
            centred = x - reshape(builder.parameter("mean"), across)
            variance = builder.parameter("variance")
        factor = builder.parameter("scale") / sqrt(variance + self.epsilon)
        return centred * reshape(factor, across) + reshape(builder.parameter("shift"), across)

    def _move(self, builder: Tracer, middle: Value, variance: Value, n: Value) -> None:
        with builder.builder.context(role="update"):
            unbiased = variance * (n / maximum(n - 1.0, 1.0))
            for name, newest in (("mean", middle), ("variance", unbiased)):
                old = builder.parameter(name)
                builder.move(name, (1.0 - self.momentum) * old + self.momentum * newest)


@dataclass(frozen=True)
class LayerNorm(Layer):
    """Bring the numbers of each sample to mean 0 and variance 1; then scale and shift each.

    Formula: y = scale (x - m) / sqrt(v + epsilon) + shift, with m and v the mean and the variance
        (divided by n) over the last ``axes`` axes, n numbers.
    Shapes: (batch, ..., n_1, ..., n_axes) -> the same; scale and shift: (n_1, ..., n_axes).
    Parameters:
        axes: how many of the last axes are taken together: 1 for rows of features, 3 for whole
            pictures.
        epsilon: added to the variance.
    Raises: ``ShapeError`` for samples with fewer axes.
    Source: J. Ba, J. Kiros, G. Hinton, 2016, arXiv:1607.06450, eq. 4.
    """

    axes: int = hyper(1, kind=int, low=1, doc="how many of the last axes are taken together")
    epsilon: float = hyper(1e-5, above=0, doc="what is added to the variance")

    def parameters(self, in_shape: tuple[int, ...]) -> tuple[Parameter, ...]:
        """Scale and shift, one number each for each number of the last axes."""
        if len(in_shape) < self.axes:
            raise self.misfit(
                f"samples of at least {self.axes} axes",
                f"{list(in_shape)}",
                f"Use axes={len(in_shape)}." if in_shape else "Put Reshape((1,)) before it.",
            )
        shape = in_shape[len(in_shape) - self.axes :]
        scale = Parameter("scale", shape, Constant(1.0), kind="bias")
        return scale, Parameter("shift", shape, zeros(), kind="bias")

    def trace(self, builder: Tracer, x: Value) -> Value:
        """Add the normalisation."""
        axes = tuple(range(len(x.shape) - self.axes, len(x.shape)))
        centred = x - mean(x, axes, keepdims=True)
        variance = mean(centred * centred, axes, keepdims=True)
        scaled: Value = centred / sqrt(variance + self.epsilon) * builder.parameter("scale")
        return scaled + builder.parameter("shift")
