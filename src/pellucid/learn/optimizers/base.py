"""What an optimizer is, and how one is chosen by name."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import Any, ClassVar

import numpy as np

from pellucid.dataclass import dataclass
from pellucid.graph import Value
from pellucid.graph.primitive import Array
from pellucid.hyper import Declared
from pellucid.learn.schedules import Schedule, ScheduleLike, schedule
from pellucid.nn.registry import enter


@dataclass(frozen=True)
class Optimizer(Declared, ABC):
    """A rule for using gradients: the slots it carries from step to step, and the nodes of a step.

    Parameters:
        rate: the learning rate: a number, a ``Schedule``, or a function of the step.
    """

    rate: ScheduleLike = 1e-3

    classes: ClassVar[dict[str, type[Optimizer]]] = {}

    def __init_subclass__(cls, **options: Any) -> None:
        super().__init_subclass__(**options)
        if not cls.__name__.startswith("_"):
            enter(Optimizer.classes, "an optimizer", cls.__name__.lower(), cls)

    def __post_init__(self) -> None:
        super().__post_init__()
        object.__setattr__(self, "rate", schedule(self.rate, type(self).__name__))

    @property
    def schedule(self) -> Schedule:
        """The learning rate of each step."""
        return schedule(self.rate, type(self).__name__)

    @abstractmethod
    def slots(self, size: int) -> dict[str, Array]:
        """The first values of what it carries, by name, for ``size`` parameters."""

    @abstractmethod
    def step(
        self, w: Value, g: Value, r: Value, slots: Mapping[str, Value]
    ) -> tuple[Value, dict[str, Value]]:
        """Add the nodes of one step: the next parameters and the next slots."""


def zeros(size: int, *names: str) -> dict[str, Array]:
    """Vectors of zeros, by name."""
    return {name: np.zeros(size) for name in names}


def decayed(g: Value, w: Value, weight_decay: float) -> Value:
    """The gradient with that of weight_decay/2 sum w^2 added."""
    return g + weight_decay * w if weight_decay else g
