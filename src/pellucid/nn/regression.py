"""Losses for numbers: the target is float, of the output's shape."""

from __future__ import annotations

from pellucid.dataclass import dataclass
from pellucid.graph import BATCH, Type, Value
from pellucid.hyper import hyper
from pellucid.nn.activations import ActivationFunction, Exponential, Linear
from pellucid.nn.loss import Loss, per_sample_mean
from pellucid.ops import abs, clip, exp


@dataclass(frozen=True)
class Regression(Loss):
    """A loss whose target is numbers, one for each output."""

    def target_type(self, out_shape: tuple[int, ...]) -> Type:
        """Float, the output's shape."""
        return Type((BATCH, *out_shape))


@dataclass(frozen=True)
class SquaredError(Regression):
    """Formula: L = mean over the outputs k of (output_k - target_k)^2, with no factor 1/2.

    Shapes: float (batch, ...), float (batch, ...) -> (batch,).
    """

    kind = "squared_error"

    @property
    def link(self) -> ActivationFunction:
        """None: the output is the prediction."""
        return Linear()

    def per_sample(self, output: Value, target: Value) -> Value:
        """Add the mean of squares."""
        error = output - target
        return per_sample_mean(error * error)


@dataclass(frozen=True)
class AbsoluteError(Regression):
    """Formula: L = mean over the outputs k of |output_k - target_k|.

    Shapes: float (batch, ...), float (batch, ...) -> (batch,).
    Numerics: slope 0 where output and target are equal.
    """

    kind = "absolute_error"

    @property
    def link(self) -> ActivationFunction:
        """None: the output is the prediction."""
        return Linear()

    def per_sample(self, output: Value, target: Value) -> Value:
        """Add the mean of sizes."""
        return per_sample_mean(abs(output - target))


@dataclass(frozen=True)
class Huber(Regression):
    """Squared for small errors e = output - target, a straight line for large ones.

    Formula: L = mean over the outputs of e^2 / 2 if |e| <= delta, else delta (|e| - delta / 2).
    Shapes: float (batch, ...), float (batch, ...) -> (batch,).
    Parameters:
        delta: the size from which on an error counts as large, in the target's unit; 1 by default.
    Numerics: computed as c (e - c / 2) with c = e clipped to [-delta, delta].
    Source: P. Huber, 1964, doi:10.1214/aoms/1177703732.
    """

    kind = "huber"
    delta: float = hyper(1.0, above=0, doc="the size from which on an error counts as large")

    @property
    def link(self) -> ActivationFunction:
        """None: the output is the prediction."""
        return Linear()

    def per_sample(self, output: Value, target: Value) -> Value:
        """Add the clipped products."""
        error = output - target
        near = clip(error, -self.delta, self.delta)
        return per_sample_mean(near * (error - 0.5 * near))


@dataclass(frozen=True)
class Poisson(Regression):
    """For counts: how unlikely they are when e^output is the mean of a Poisson distribution.

    Formula: L = mean over the outputs k of e^output_k - target_k output_k; the term ln(target!),
        which does not depend on the output, is left out.
    Shapes: float (batch, ...), float (batch, ...) -> (batch,).
    Numerics: e^output overflows where the predicted rate does.
    Source: P. McCullagh, J. Nelder, Generalized Linear Models, 1989, chapter 6.
    """

    kind = "poisson"

    @property
    def link(self) -> ActivationFunction:
        """The exponential function: the output is the logarithm of the rate."""
        return Exponential()

    def per_sample(self, output: Value, target: Value) -> Value:
        """Add the mean of differences."""
        return per_sample_mean(exp(output) - target * output)
