"""Choosing a loss: by name, by what the target is, or of a function of one's own."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal, TypeAlias

from pellucid.dataclass import dataclass
from pellucid.errors import ParameterError, unknown_name
from pellucid.graph import BATCH, Type, Value
from pellucid.hyper import hyper
from pellucid.nn.activations import ActivationFunction, ActivationLike, Linear, activation
from pellucid.nn.classification import BinaryCrossEntropy, CategoricalCrossEntropy, Hinge
from pellucid.nn.custom import Written
from pellucid.nn.loss import Loss
from pellucid.nn.quantiles import Quantiles
from pellucid.nn.regression import AbsoluteError, Huber, Poisson, SquaredError

__all__ = [
    "AbsoluteError",
    "BinaryCrossEntropy",
    "CategoricalCrossEntropy",
    "CustomLoss",
    "Hinge",
    "Huber",
    "Loss",
    "LossLike",
    "Poisson",
    "Quantiles",
    "SquaredError",
    "default_loss",
    "loss",
]

TARGETS: TypeAlias = Literal["numbers", "index"]


@dataclass(frozen=True)
class CustomLoss(Loss):
    """Any function of output and target that gives one number a sample.

    The function is traced into a small graph for each shape it meets; equality and files go by
    these graphs, so nothing of a file is ever executed.
    Shapes: (batch, ...), target -> (batch,).
    Parameters:
        written: the function; ``CustomLoss.from_function`` makes it of a Python function.
        targets: "numbers", float of the output's shape, or "index", an int class a sample.
        prediction: the activation that makes a prediction of the raw output; linear by default.
    Raises: ``ParameterError`` when it is used, for a function that does not give one float a
        sample.

    Example:
        >>> from pellucid.ops import mean
        >>> loss = CustomLoss.from_function(lambda output, target: mean(abs(output - target), 1))
        >>> loss.target_type((2,))
        Type(shape=(Batch(multiple=1, power=1), 2), dtype='float')
    """

    kind = "custom"
    written: Written
    targets: str = hyper(
        "numbers", kind=str, choices=("numbers", "index"), doc="how targets are given"
    )
    prediction: ActivationLike = Linear()

    def __post_init__(self) -> None:
        super().__post_init__()
        object.__setattr__(self, "prediction", activation(self.prediction))

    @classmethod
    def from_function(
        cls,
        function: Callable[[Value, Value], Value],
        targets: TARGETS = "numbers",
        prediction: ActivationLike = "linear",
    ) -> CustomLoss:
        """Make a loss of a function of output and target; it is traced when a network uses it."""
        return cls(Written(function), targets, prediction)

    @property
    def link(self) -> ActivationFunction:
        """The prediction's activation."""
        return activation(self.prediction)

    def target_type(self, out_shape: tuple[int, ...]) -> Type:
        """Float of the output's shape, or int (batch,)."""
        return Type((BATCH,), "int") if self.targets == "index" else Type((BATCH, *out_shape))

    def per_sample(self, output: Value, target: Value) -> Value:
        """Add the function's nodes."""
        losses = self.written(output=output, target=target)
        if losses.shape != output.shape[:1]:
            raise ParameterError(
                f"The loss {self.written.label} must give one float a sample, float[B], got "
                f"{losses.type}. Take a mean over the other axes."
            )
        return losses


LossLike: TypeAlias = "str | Loss | Callable[[Value, Value], Value]"


def loss(choice: LossLike) -> Loss:
    """Find a loss by name, or take the one given, or make one of a function of output and target.

    Raises: ``UnknownNameError`` with the nearest name; ``ParameterError`` for anything else.
    """
    if isinstance(choice, Loss):
        return choice
    if isinstance(choice, str):
        named = {name: cls for name, cls in Loss.classes.items() if cls is not CustomLoss}
        if choice not in named:
            raise unknown_name("loss", choice, named)
        return named[choice]()
    if isinstance(choice, type) or not callable(choice):
        raise ParameterError(
            "A loss is a name such as 'huber', a Loss such as Huber(2.0), or a function of output "
            f"and target, got {choice!r}."
        )
    return CustomLoss.from_function(choice)


def default_loss(
    target: Literal["classes", "numbers", "labels", "counts"], out_shape: tuple[int, ...]
) -> Loss:
    """The loss that fits a target: cross-entropy for classes, squared error for numbers.

    Parameters:
        target: "classes", each sample one of several; "labels", any of several; "numbers";
            "counts", which are learned by Poisson's loss.
        out_shape: the shape of the network's output; (1,) with classes means sigmoid, not softmax.
    Raises: ``UnknownNameError`` for another kind of target.
    """
    if target == "numbers":
        return SquaredError()
    if target == "counts":
        return Poisson()
    if target == "labels":
        return BinaryCrossEntropy()
    if target == "classes":
        return BinaryCrossEntropy() if out_shape == (1,) else CategoricalCrossEntropy()
    raise unknown_name("kind of target", target, ("classes", "numbers", "labels", "counts"))
