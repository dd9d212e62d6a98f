"""Dividing data for ``train``: rows to learn from, to watch while learning, and to test with."""

from __future__ import annotations

from dataclasses import field, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from pellucid.dataclass import dataclass

if TYPE_CHECKING:
    from pellucid.data.dataset import Dataset
    from pellucid.data.target_codec import TargetCodec

TEST, VALIDATION = 0.2, 0.1
FEW_TO_TEST, FEW_TO_WATCH = 20, 50
"""Below so many rows none are held back for testing, or watched, unless that is asked for."""
NO_ROWS = np.empty(0, np.int64)


@dataclass(frozen=True)
class Parts:
    """Data, divided.

    Attributes:
        training: what is learned from.
        validation: what is watched while learning, if anything.
        test: what is tested with; with too few rows those learned from.
        test_rows: the places of the test rows in the data, counted from 0.
        held_out: whether the test rows were kept apart.
        training_rows, watched_rows: the places of the rows to learn from and to watch.
    """

    training: Dataset
    validation: Dataset | None
    test: Dataset
    test_rows: np.ndarray[Any, Any]
    held_out: bool
    training_rows: np.ndarray[Any, Any] = field(default_factory=lambda: NO_ROWS)
    watched_rows: np.ndarray[Any, Any] = field(default_factory=lambda: NO_ROWS)

    @property
    def sizes(self) -> str:
        """How many rows each part has, in words."""
        watched = f"{len(self.validation):,} to watch, " if self.validation is not None else ""
        if not self.held_out:
            return f"{len(self.training):,} rows to learn from, {watched}tested on the same rows"
        return f"{len(self.training):,} rows to learn from, {watched}{len(self.test):,} to test"


def divide(dataset: Dataset, test: float | None, validation: float | None, seed: int) -> Parts:
    """Divide by the makers' own test part, by time or group, or by a draw class by class.

    Parameters:
        test: the share to test with; None: the makers' own part, else a fifth, and nothing of fewer
            than 20 rows. 0: none; the rows learned from are tested then.
        validation: the share of the rest to watch; None: a tenth, and nothing of fewer than 50
            rows.
    """
    from pellucid.errors import DataError

    whole = np.arange(len(dataset))
    kept = held = whole
    if test is None and dataset.test is not None:
        tested = dataset.test
        held = np.arange(len(tested))
    else:
        share = test if test is not None else TEST if len(dataset) >= FEW_TO_TEST else 0.0
        if share:
            kept, held = dataset.divided(share, seed)
        tested = dataset.take(held)
    apart = held is not whole
    rest = replace(dataset, test=None) if kept is whole else dataset.take(kept)
    watched, seen = None, NO_ROWS
    share = (
        validation if validation is not None else VALIDATION if len(rest) >= FEW_TO_WATCH else 0.0
    )
    try:
        if share:
            learned, out = rest.divided(share, seed)
            rest, watched = rest.take(learned), rest.take(out)
            kept, seen = kept[learned], kept[out]
    except DataError:
        if validation is not None:
            raise
        watched = None  # each class is down to a single row, or all is one group, and nobody asked
    places = held if apart else whole
    return Parts(rest, watched, tested if apart else rest, places, apart, kept, seen)


def class_names(dataset: Dataset, labels: list[Any]) -> list[str]:
    """Readable names of the labels: the data set's own, where it has one for each."""
    names = dataset.class_names or ()
    return list(names) if len(names) == len(labels) else [str(label) for label in labels]


def label_names(target: TargetCodec) -> tuple[str, ...]:
    """Readable names of the labels that a row may have; "label 0" where they are numbers."""
    labels: tuple[Any, ...] = getattr(target, "labels", ())
    return tuple(each if isinstance(each, str) else f"label {each}" for each in labels)
