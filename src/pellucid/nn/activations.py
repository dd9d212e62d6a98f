"""Activation functions: what a unit makes of its weighted sum z.

Each is composed of primitives, so its derivative comes from the graph. ``activation(...)`` takes a
name, an ``ActivationFunction``, or any function of graph values. The layer that applies one on its
own is ``pellucid.nn.activate.Activation``.
"""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import Any, ClassVar, TypeAlias

from pellucid.dataclass import dataclass
from pellucid.errors import ParameterError, unknown_name
from pellucid.graph import Value
from pellucid.hyper import Declared, hyper
from pellucid.nn.custom import Written
from pellucid.nn.init import Initializer, glorot, he, lecun
from pellucid.nn.registry import enter
from pellucid.ops import cast, clip, erf, exp, log1p, maximum, minimum, sigmoid, softmax, tanh


@dataclass(frozen=True)
class ActivationFunction(Declared, ABC):
    """A function of the weighted sum z, element by element unless it says otherwise."""

    classes: ClassVar[dict[str, type[ActivationFunction]]] = {}
    kind: ClassVar[str]

    def __init_subclass__(cls, **options: Any) -> None:
        super().__init_subclass__(**options)
        if hasattr(cls, "kind"):
            enter(ActivationFunction.classes, "an activation", cls.kind, cls)

    @abstractmethod
    def __call__(self, z: Value) -> Value:
        """Add the function's nodes to the graph of z."""


@dataclass(frozen=True)
class Linear(ActivationFunction):
    """The weighted sum itself. Formula: y = z."""

    kind = "linear"

    def __call__(self, z: Value) -> Value:
        """Add nothing: y is z."""
        return z


@dataclass(frozen=True)
class Step(ActivationFunction):
    """A threshold: the unit fires or it does not.

    Formula: y = 1 if z >= threshold, else 0.
    Numerics: its slope is 0 wherever it has one, so no gradient flows through it; the perceptron
        rule learns it. NaN is not at or above anything: it gives 0.
    Source: W. McCulloch, W. Pitts, 1943, doi:10.1007/BF02478259.
    """

    kind = "step"
    threshold: float = hyper(0.0, doc="the weighted sum from which on the unit fires")

    def __call__(self, z: Value) -> Value:
        """Add the comparison."""
        return cast(z >= self.threshold, "float")


@dataclass(frozen=True)
class Sigmoid(ActivationFunction):
    """The logistic function, from 0 to 1. Formula: y = 1 / (1 + e^-z).

    Numerics: computed from e^-|z|, which never overflows.
    """

    kind = "sigmoid"

    def __call__(self, z: Value) -> Value:
        """Add the sigmoid."""
        y: Value = sigmoid(z)
        return y


@dataclass(frozen=True)
class Tanh(ActivationFunction):
    """The hyperbolic tangent, from -1 to 1. Formula: y = tanh(z)."""

    kind = "tanh"

    def __call__(self, z: Value) -> Value:
        """Add the tanh."""
        y: Value = tanh(z)
        return y


@dataclass(frozen=True)
class HardSigmoid(ActivationFunction):
    """Three straight lines in place of the sigmoid. Formula: y = min(max(z + 3, 0), 6) / 6.

    Numerics: slope 1/6 at the corners -3 and 3.
    Source: as in MobileNetV3, A. Howard et al., 2019, doi:10.1109/ICCV.2019.00140, and PyTorch;
        Keras before version 3 used 0.2 z + 0.5 instead.
    """

    kind = "hard_sigmoid"

    def __call__(self, z: Value) -> Value:
        """Add the clipped line."""
        y: Value = clip(z + 3.0, 0.0, 6.0) / 6.0
        return y


@dataclass(frozen=True)
class Relu(ActivationFunction):
    """The rectifier. Formula: y = max(z, 0).

    Numerics: slope 0 at 0; NaN stays NaN.
    Source: V. Nair, G. Hinton, 2010, Rectified Linear Units Improve Restricted Boltzmann Machines.
    """

    kind = "relu"

    def __call__(self, z: Value) -> Value:
        """Add the maximum."""
        y: Value = maximum(z, 0.0)
        return y


@dataclass(frozen=True)
class LeakyRelu(ActivationFunction):
    """A rectifier that lets a little through. Formula: y = max(z, slope z).

    Numerics: the slope at 0 is ``slope``; NaN stays NaN.
    Source: A. Maas, A. Hannun, A. Ng, 2013, Rectifier Nonlinearities Improve Acoustic Models.
    """

    kind = "leaky_relu"
    slope: float = hyper(0.01, above=0, below=1, doc="the slope for negative sums")

    def __call__(self, z: Value) -> Value:
        """Add the maximum of both lines."""
        y: Value = maximum(z, self.slope * z)
        return y


@dataclass(frozen=True)
class Elu(ActivationFunction):
    """The exponential linear unit. Formula: y = z if z > 0, else alpha (e^z - 1).

    Numerics: the exponential sees min(z, 0) only, so it never overflows; the slope at 0 is
        ``alpha``.
    Source: D. Clevert, T. Unterthiner, S. Hochreiter, 2016, arXiv:1511.07289, eq. 15.
    """

    kind = "elu"
    alpha: float = hyper(1.0, above=0, doc="minus the value for very negative sums")

    def __call__(self, z: Value) -> Value:
        """Add both branches."""
        return _elu(z, 1.0, self.alpha)


@dataclass(frozen=True)
class Selu(ActivationFunction):
    """An elu that keeps mean 0 and variance 1 from layer to layer (with LeCun's normal weights).

    Formula: y = 1.0507 (z if z > 0, else 1.67326 (e^z - 1)), both constants in double precision.
    Numerics: as ``Elu``; the slope at 0 is the left one, 1.75810.
    Source: G. Klambauer et al., Self-Normalizing Neural Networks, 2017, arXiv:1706.02515, eq. 2.
    """

    kind = "selu"

    def __call__(self, z: Value) -> Value:
        """Add both branches."""
        return _elu(z, 1.0507009873554804934193349852946, 1.6732632423543772848170429916717)


def _elu(z: Value, scale: float, alpha: float) -> Value:
    # min(0, z), in this order: at z = 0 the whole gradient goes to z.
    y: Value = scale * maximum(z, 0.0) + (scale * alpha) * (exp(minimum(0.0, z)) - 1.0)
    return y


@dataclass(frozen=True)
class Softplus(ActivationFunction):
    """A smooth rectifier. Formula: y = ln(1 + e^z).

    Numerics: computed as max(0, z) + ln(1 + e^-|z|), which never overflows; at z = 0 both corners
        take the branch z >= 0, so all derivatives there are right (the first is 1/2).
    Source: C. Dugas et al., 2001, Incorporating Second-Order Functional Knowledge.
    """

    kind = "softplus"

    def __call__(self, z: Value) -> Value:
        """Add both terms."""
        y: Value = maximum(0.0, z) + softplus_tail(z)
        return y


def softplus_tail(z: Value) -> Value:
    """Add ln(1 + e^-|z|): what softplus has more than max(0, z).

    The order in min(z, -z) matters: at z = 0 its slope is -1, that of the branch z >= 0.
    """
    tail: Value = log1p(exp(minimum(z, -z)))
    return tail


@dataclass(frozen=True)
class Gelu(ActivationFunction):
    """The Gaussian error linear unit: z times the chance that a standard normal number is below z.

    Formula: y = z (1 + erf(z / sqrt(2))) / 2; approximately
        y = z (1 + tanh(sqrt(2 / pi) (z + 0.044715 z^3))) / 2.
    Numerics: NaN at -inf, where it is 0 times infinity.
    Source: D. Hendrycks, K. Gimpel, 2016, arXiv:1606.08415.
    """

    kind = "gelu"
    approximate: bool = hyper(False, kind=bool, doc="whether tanh stands in for the error function")

    def __call__(self, z: Value) -> Value:
        """Add the product."""
        if self.approximate:
            inner = tanh(math.sqrt(2.0 / math.pi) * (z + 0.044715 * (z * z * z)))
        else:
            inner = erf(z * math.sqrt(0.5))
        y: Value = 0.5 * z * (1.0 + inner)
        return y


@dataclass(frozen=True)
class Silu(ActivationFunction):
    """The sigmoid-weighted unit, also called swish. Formula: y = z / (1 + e^-z).

    Numerics: NaN at -inf, where it is infinity times 0.
    Source: S. Elfwing, E. Uchibe, K. Doya, 2018, doi:10.1016/j.neunet.2017.12.012.
    """

    kind = "silu"

    def __call__(self, z: Value) -> Value:
        """Add the product."""
        y: Value = z * sigmoid(z)
        return y


@dataclass(frozen=True)
class Exponential(ActivationFunction):
    """The exponential function: rates that are above 0. Formula: y = e^z.

    Numerics: infinite in float64 from z = 709.8 on, in float32 from 88.7 on.
    """

    kind = "exponential"

    def __call__(self, z: Value) -> Value:
        """Add the exponential."""
        y: Value = exp(z)
        return y


@dataclass(frozen=True)
class Softmax(ActivationFunction):
    """Shares that add up to 1. Formula: y_i = e^z_i / sum over j of e^z_j, along the last axis.

    Numerics: through log-softmax, with the largest z taken out first: no exponential overflows.
    """

    kind = "softmax"

    def __call__(self, z: Value) -> Value:
        """Add the softmax."""
        return softmax(z, -1)


@dataclass(frozen=True)
class Custom(ActivationFunction):
    """Any function of a graph value, such as ``lambda z: z / (1.0 + abs(z))``.

    The function is traced into a small graph for each shape it meets; equality and files go by
    these graphs, so nothing of a file is ever executed. The result may have another shape than z,
    as long as it has one row a sample.
    Raises: ``ParameterError`` when it is used, for a function that does not give a graph value.

    Example:
        >>> from pellucid.graph import BATCH, Builder
        >>> g = Builder()
        >>> print(
        ...     g.build(
        ...         y=Custom.from_function(lambda z: z / (1.0 + abs(z)))(g.input("z", (BATCH,)))
        ...     )
        ... )
        %0 = input z : float[B]
        %1 = abs(%0) : float[B]
        %2 = constant 1.0 : float[]
        %3 = add(%2, %1) : float[B]
        %4 = divide(%0, %3) : float[B]
        y = %4
    """

    kind = "custom"
    written: Written

    @classmethod
    def from_function(cls, function: Callable[[Value], Value]) -> Custom:
        """Make an activation of a function; it is traced when a network uses it."""
        return cls(Written(function))

    def __call__(self, z: Value) -> Value:
        """Add the function's nodes."""
        return self.written(z=z)


ActivationLike: TypeAlias = "str | ActivationFunction | Callable[[Value], Value]"


def activation(choice: ActivationLike) -> ActivationFunction:
    """Find an activation by name, take the one given, or make one of a function.

    Raises: ``UnknownNameError`` with the nearest name; ``ParameterError`` for anything else.
    """
    if isinstance(choice, ActivationFunction):
        return choice
    if isinstance(choice, str):
        named = {name: cls for name, cls in ActivationFunction.classes.items() if cls is not Custom}
        if choice not in named:
            raise unknown_name("activation", choice, named)
        return named[choice]()
    if isinstance(choice, type) or not callable(choice):
        raise ParameterError(
            "An activation is a name such as 'relu', an activation such as leaky_relu(0.1), or a "
            f"function of a graph value, got {choice!r}."
        )
    return Custom.from_function(choice)


RECTIFIERS = (Relu, LeakyRelu, Elu, Gelu, Silu, Softplus)


def default_init(function: ActivationFunction) -> Initializer:
    """He's initialiser for relu and its kin, LeCun's for selu, Glorot's for all others."""
    if isinstance(function, Selu):
        return lecun("normal")
    return he() if isinstance(function, RECTIFIERS) else glorot()


def step(threshold: float = 0.0) -> Step:
    """The threshold activation: 1 where z is at or above the threshold, else 0."""
    return Step(threshold)


def leaky_relu(slope: float = 0.01) -> LeakyRelu:
    """The rectifier with a slope for negative sums."""
    return LeakyRelu(slope)


def elu(alpha: float = 1.0) -> Elu:
    """The exponential linear unit with this alpha."""
    return Elu(alpha)


def gelu(approximate: bool = False) -> Gelu:
    """The Gaussian error linear unit, exact or with tanh in place of the error function."""
    return Gelu(approximate)
