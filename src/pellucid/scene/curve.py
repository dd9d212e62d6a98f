"""The learning curve of a bench: rows of the history, thinned so that hours of it stay small."""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Mapping
from math import nan
from pathlib import Path

import numpy as np

from pellucid.errors import FileError
from pellucid.graph.primitive import Array
from pellucid.io.event_log import read_event_file

MOST = 1000
"""Rows of each kind: where there would be more, every second one goes."""
TOLD = ("StepsDone", "EpochDone")
BESIDE = frozenset(("event", "step", "seconds", "hash"))
"""What an epoch's event tells beside the values of its row."""


class Rows:
    """Values by step, of one kind; the first and the latest always stay.

    They lie in columns of numbers: a row costs its numbers, and no more.

    Attributes:
        latest: the step and the values that were noted last.
    """

    def __init__(self) -> None:
        self.latest: tuple[int, Mapping[str, float]] | None = None
        self._steps = array("d")
        self._columns: dict[str, array[float]] = {}
        self._spacing, self._seen = 1, 0

    def add(self, step: int, values: Mapping[str, float]) -> None:
        """Note the values after a step."""
        self.latest = step, values
        if self._seen % self._spacing == 0:
            for name in values:
                if name not in self._columns:
                    self._columns[name] = array("d", [nan]) * len(self._steps)
            self._steps.append(step)
            for name, column in self._columns.items():
                column.append(values.get(name, nan))
            if len(self._steps) > MOST:
                self._steps = self._steps[::2]
                self._columns = {name: column[::2] for name, column in self._columns.items()}
                self._spacing *= 2
        self._seen += 1

    def until(self, step: int) -> dict[str, Array]:
        """What was noted up to a step, as arrays by column; the steps are one of them."""
        own = {"step": self._steps, **self._columns}
        found = {name: np.array(column, np.float64) for name, column in own.items()}
        latest = self.latest
        if latest is not None and latest[0] != self._steps[-1]:
            row = {"step": float(latest[0]), **latest[1]}
            found = {name: np.append(column, row.get(name, nan)) for name, column in found.items()}
        kept = found["step"] <= step
        return {name: column[kept] for name, column in found.items()}


class Curve:
    """What steps told and what epochs told.

    The two alternate where an epoch is one step, so each is thinned by itself.
    """

    def __init__(self) -> None:
        self.steps, self.epochs = Rows(), Rows()

    def until(self, step: int) -> dict[str, Array]:
        """What was noted up to a step, in order: of an epoch after its last step."""
        found = joined([self.steps.until(step), self.epochs.until(step)])
        order = np.argsort(found["step"], kind="stable")
        return {name: column[order] for name, column in found.items()}


def curve_of_run(file: Path) -> dict[str, Array]:
    """The learning curve that a run's events tell, its last step being 0.

    Raises: ``FileError`` for events that cannot be read.
    """
    curve, rows = Curve(), read_event_file(file)
    try:
        last = max((row["step"] for row in rows if row.get("event") in TOLD), default=0)
        for row in rows:
            if row.get("event") == "StepsDone":
                told = {"batch_loss": row["loss"], "rate": row["rate"]}
                curve.steps.add(row["step"] - last, told)
            elif row.get("event") == "EpochDone":
                told = {name: row[name] for name in row if name not in BESIDE}
                curve.epochs.add(row["step"] - last, told)
        return curve.until(0)
    except (KeyError, TypeError, OverflowError):
        raise FileError(
            f"{file.name} is damaged; expected a step and numbers in each event. Train again for a "
            "new run."
        ) from None


def joined(parts: Iterable[Mapping[str, Array]]) -> dict[str, Array]:
    """Rows one below the other; NaN where a part does not have a column."""
    known = [part for part in parts if len(part["step"])]
    names = dict.fromkeys(["step", *(name for part in known for name in part)])
    return {
        name: np.concatenate(
            [np.zeros(0), *(part.get(name, np.full(len(part["step"]), nan)) for part in known)]
        )
        for name in names
    }
