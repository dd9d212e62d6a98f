"""What a loss is: what came out against what was hoped, one number a sample.

A loss takes the network's raw output (logits, for the cross-entropies) and says how the raw output
becomes a prediction. The mean over samples, weighted, is taken in one place: the training step.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Any, ClassVar

from pellucid.dataclass import dataclass
from pellucid.graph import Type, Value
from pellucid.hyper import Declared
from pellucid.nn.activations import ActivationFunction
from pellucid.nn.registry import enter
from pellucid.ops import mean


@dataclass(frozen=True)
class Loss(Declared, ABC):
    """A function of a raw output and a target that is smallest where they agree."""

    classes: ClassVar[dict[str, type[Loss]]] = {}
    kind: ClassVar[str]

    def __init_subclass__(cls, **options: Any) -> None:
        super().__init_subclass__(**options)
        if hasattr(cls, "kind"):
            enter(Loss.classes, "a loss", cls.kind, cls)

    @property
    @abstractmethod
    def link(self) -> ActivationFunction:
        """What turns the raw output into a prediction: softmax, sigmoid, identity."""

    @abstractmethod
    def target_type(self, out_shape: tuple[int, ...]) -> Type:
        """The type of the target for outputs of this shape, batch axis included."""

    @abstractmethod
    def per_sample(self, output: Value, target: Value) -> Value:
        """Add the nodes of the loss of each sample: (batch, ...), target -> (batch,)."""


def per_sample_mean(value: Value) -> Value:
    """The mean over all axes but the batch's."""
    axes = tuple(range(1, len(value.shape)))
    return mean(value, axes) if axes else value
