"""What a run is given: samples, how long and in which portions to learn, where it stands."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import field
from typing import Any, TypeAlias

import numpy as np

from pellucid.dataclass import dataclass
from pellucid.graph.primitive import Array
from pellucid.hyper import Declared, hyper


@dataclass(frozen=True, eq=False)
class Encoded:
    """Inputs kept as they were given, each encoded when it is read.

    Pictures are kept so: a whole number of 8 bits takes a quarter of a float's memory.
    """

    stored: Array
    encode: Callable[[Array], Array]

    @property
    def shape(self) -> tuple[int, ...]:
        """The shape of all inputs, encoded."""
        return (len(self.stored), *self.encode(self.stored[:1]).shape[1:])

    def __len__(self) -> int:
        return len(self.stored)

    def __getitem__(self, places: Any) -> Array:
        return self.encode(self.stored[places])


@dataclass(frozen=True)
class Samples:
    """Encoded samples, by row: inputs, targets and weights (mean 1 over the training set)."""

    x: Array | Encoded
    y: Array
    weight: Array

    def __len__(self) -> int:
        return len(self.x)

    @property
    def rows(self) -> dict[str, Any]:
        """The arrays by the name of the graph's input."""
        return {"x": self.x, "y": self.y, "weight": self.weight}

    def chosen(self, order: Array) -> tuple[dict[str, Array], Array]:
        """Arrays, and the places in them of the samples that an order names.

        They are all samples and the order, unless inputs are encoded when read: then only those.
        """
        if not isinstance(self.x, Encoded):
            return self.rows, order
        rows = {name: array[order] for name, array in self.rows.items()}
        return rows, np.arange(len(order))


@dataclass(frozen=True)
class EarlyStopping(Declared):
    """Stop when the watched value no longer gets better, and go back to the best epoch's values.

    Parameters:
        patience: epochs without an improvement before the run stops.
        margin: an improvement counts only when it is larger than this, in the watched value's unit.
        monitor: the history's column to watch, ``val_loss`` by default. Losses and errors are meant
            to fall, accuracy and its kin to rise: the metric says which.
    """

    patience: int = hyper(10, kind=int, low=1, doc="the epochs to wait for an improvement")
    margin: float = hyper(0.0, low=0, doc="the smallest change that counts as an improvement")
    monitor: str = hyper("val_loss", kind=str, doc="the history's column that should get better")


@dataclass(frozen=True)
class Plan(Declared):
    """How long and in which portions to train."""

    epochs: int = hyper(10, kind=int, low=1, doc="how often each sample is seen")
    batch: int = hyper(32, kind=int, low=1, doc="the samples a step")
    seed: int = hyper(0, kind=int, low=0, high=2**63 - 1, doc="the seed of shuffling and dropout")
    shuffle: bool = hyper(True, kind=bool, doc="whether each epoch has an order of its own")
    stopping: EarlyStopping | None = None
    unwatched: bool = hyper(
        False, kind=bool, doc="whether short epochs may run ahead of the events that tell of them"
    )

    @property
    def order(self) -> tuple[int, int, bool]:
        """What the order of given samples, and its division into steps, follow from."""
        return self.batch, self.seed, self.shuffle


@dataclass(frozen=True, eq=False)
class Begun:
    """An epoch that is under way.

    Attributes:
        steps: how many of its steps were taken.
        parts, count: what they reported, one entry a step: the first ``count`` of these portions.
            The list grows as the epoch goes on.
        order: what its order follows from: the number of samples, batch, seed, whether shuffled.
    """

    steps: int
    parts: list[dict[str, Array]]
    count: int
    order: tuple[int, int, int, bool]

    @property
    def told(self) -> list[dict[str, Array]]:
        """What the steps reported, in a list of its own."""
        return self.parts[: self.count]


@dataclass
class State:
    """What a run has reached: carried values, and how many steps and epochs led there.

    ``begun`` is the epoch under way: a run of the same samples and order goes on in its middle.
    ``best`` is what early stopping has found in the run at hand: the value, the epoch, the carried
    values; ``waited``: for how many epochs it has found nothing better.
    """

    carried: dict[str, Array]
    step: int = 0
    epoch: int = 0
    best: tuple[float, int, dict[str, Array]] | None = field(default=None, repr=False)
    begun: Begun | None = field(default=None, repr=False)
    waited: int = field(default=0, repr=False)


@dataclass(frozen=True)
class Began:
    """Where a run began: its epochs, and the steps of its schedule, count from there.

    Attributes:
        step, epoch: how many were done before it.
        into: how many steps of the next epoch, of these.
        seconds: the time that the run had taken when it was broken off, if it was.
    """

    step: int = 0
    epoch: int = 0
    into: int = 0
    seconds: float = 0.0


Portion: TypeAlias = Callable[[int], int]
"""How many steps the next call may take, at least 1, where it would take so many."""
Keep: TypeAlias = Callable[[State], None]
"""What may keep a state: it is called after each portion of steps, and nothing it is given is ever
written over."""
