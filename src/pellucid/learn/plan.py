"""What a run is given: samples, how long and in which portions to learn, where it stands."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np

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


@dataclass
class State:
    """What a run has reached: carried values, and how many steps and epochs led there.

    ``best`` is what early stopping has found in the run at hand: the value, the epoch, the carried
    values.
    """

    carried: dict[str, Array]
    step: int = 0
    epoch: int = 0
    best: tuple[float, int, dict[str, Array]] | None = field(default=None, repr=False)
