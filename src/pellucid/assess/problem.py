"""What a search is about: the data, how networks for them are made, and what was tried."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np

from pellucid.assess.candidates import Candidate
from pellucid.assess.judge import Turns, turns
from pellucid.data.codec import Classes, TargetCodec
from pellucid.data.frame import Table, is_frame
from pellucid.data.store import taken
from pellucid.dataclass import dataclass
from pellucid.errors import DataError
from pellucid.graph.primitive import Array
from pellucid.models.convnet import epochs_for
from pellucid.models.network import Network
from pellucid.models.penalty import suited
from pellucid.models.prepare import complete, take, with_target
from pellucid.models.run import default_batch, default_epochs, default_rule
from pellucid.nn.layer import Layer
from pellucid.run.choose import executor
from pellucid.run.executor import Executor


@dataclass
class Trial:
    """A configuration, and what came of it.

    Attributes:
        epochs: how long it learned, the longest of its fits.
        loss: on the rows that judge; None where it has none.
        seconds: how long its fits took together.
        outcome: "kept", "in full" (fitted in full, not kept), "dropped", "diverged", "not finite"
            (its loss), "no time".
    """

    candidate: Candidate
    epochs: int = 0
    loss: float | None = None
    seconds: float = 0.0
    outcome: str = "dropped"

    @property
    def rank(self) -> tuple[int, float]:
        """For sorting: what is kept first, then full fits, each by its loss."""
        order = {"kept": 0, "in full": 1, "dropped": 2}
        return order.get(self.outcome, 3), math.inf if self.loss is None else self.loss

    def row(self) -> dict[str, Any]:
        """All of it as plain values."""
        own = {"configuration": self.candidate.text, **self.candidate.row()}
        return own | {
            "epochs": self.epochs, "validation_loss": self.loss, "seconds": self.seconds,
            "outcome": self.outcome,
        }  # fmt: skip


@dataclass(frozen=True)
class Problem:
    """What is to be learned, and how networks for it are made."""

    x: Any
    y: Any
    seed: int
    engine: Executor
    first: tuple[Layer, ...]
    options: Mapping[str, Any]
    epochs: int | None
    shape: tuple[int, ...] | None
    how: Mapping[str, Any]

    @classmethod
    def of(
        cls, x: Any, y: Any, *, seed: int, engine: str | Executor, first: tuple[Layer, ...],
        network: Mapping[str, Any], epochs: int | None, shape: tuple[int, ...] | None,
        share: float | None, groups: Any, times: Any,
    ) -> Problem:  # fmt: skip
        """Read the user's words; rows that are to be dropped for a missing value are left out."""
        x, y = with_target(x, y)
        if y is None:
            raise DataError(
                "search judges answers by what is true, and there is no y. Give y, or the name of "
                "its column."
            )
        x = Table.of(x) if is_frame(x) else x if hasattr(x, "dtype") else np.asarray(x)
        rows = complete_places(x, network.get("missing"))
        if rows is not None:
            groups, times = (some_of(values, rows, len(x)) for values in (groups, times))
            x, y = taken(x, rows), take(y, rows)
        how = {"share": share, "groups": groups, "times": times}
        return cls(x, y, seed, executor(engine), first, network, epochs, shape, how)

    @property
    def rows(self) -> int:
        """How many rows there are."""
        return len(self.x)

    def network(self, candidate: Candidate) -> Network:
        """A network of this configuration."""
        layers = [*self.first, *candidate.layers(self.shape)]
        return Network(layers, seed=self.seed, **self.options)

    def penalty(self, network: Network, x: Any, y: Any) -> float:
        """The l2 that a plain ``fit`` of a network, built on these rows, would take by itself."""
        return float(getattr(suited(default_rule(len(x)), network, x, y), "l2", 0.0))

    def turns(self, single: bool = False) -> tuple[Turns, TargetCodec]:
        """How the rows take turns at judging, and the target's codec, fitted on all of them."""
        target = self.network(Candidate(()) if self.shape is None else Candidate(None))
        codec = target.build(self.x, self.y)._parts()[2]
        by_class = isinstance(codec, Classes)
        divided = turns(self.y, by_class, seed=self.seed, single=single, **self.how)
        return divided, codec

    def full(self, candidate: Candidate, rows: int) -> int:
        """The epochs of a full fit on so many rows."""
        if self.epochs is not None:
            return self.epochs
        if candidate.hidden is None:
            return epochs_for(rows)
        return default_epochs(rows, min(rows, candidate.batch or default_batch(rows)))


def complete_places(x: Any, missing: Mapping[str, str] | None) -> Array | None:
    """The places of the rows that are left where some are to be dropped; None where none are."""
    rows: Array = complete(x, np.arange(len(x)), None, missing)[1]
    return rows if len(rows) < len(x) else None


def some_of(values: Any, rows: Array, count: int) -> Any:
    """Groups or times of some rows; those of another number are left for the division to refuse."""
    return values if values is None or len(values) != count else np.asarray(values)[rows]
