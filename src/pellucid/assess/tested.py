"""The answers to the test rows: the network's, and those of the simple models beside it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from pellucid.assess.parts import Parts, class_names, label_names
from pellucid.data.draw import Draw
from pellucid.dataclass import dataclass

if TYPE_CHECKING:
    from pellucid.data.dataset import Dataset
    from pellucid.models.network import Network

MOST_COMPARED = 10_000
"""The simple models are asked about so many test rows at most: nearest neighbours take long."""


def compared_rows(test: Dataset, seed: int) -> np.ndarray[Any, Any]:
    """The places of the test rows that the simple models are asked about: all, or a draw."""
    if len(test) <= MOST_COMPARED:
        return np.arange(len(test))
    return np.sort(Draw(seed, "rows to compare on").order(len(test))[:MOST_COMPARED])


@dataclass
class Tested:
    """What is known of a network once it was tested.

    Attributes:
        network: as it was trained.
        parts: the data, divided.
        predicted: its answer to each test row.
        compared: the places, among the test rows, of those that the simple models answered.
        others: the answers of each simple model to these.
        seed: what all draws follow from.
    """

    network: Network
    parts: Parts
    predicted: np.ndarray[Any, Any]
    compared: np.ndarray[Any, Any]
    others: Mapping[str, np.ndarray[Any, Any]] = field(default_factory=dict)
    seed: int = 0

    @property
    def test(self) -> Dataset:
        """The test rows."""
        return self.parts.test

    @property
    def kind(self) -> str:
        """What the target holds."""
        return self.parts.test.kind

    @cached_property
    def true(self) -> np.ndarray[Any, Any]:
        """What was true of each test row."""
        return np.asarray(self.parts.test.y)

    @cached_property
    def names(self) -> list[str]:
        """The names of the classes, in the order of the chances; none for numbers."""
        if self.kind != "classes":
            return []
        return class_names(self.test, list(self.network.classes))

    def labels(self, row: Any) -> list[str]:
        """The names of the labels that a row has, of a row of yes and no."""
        names = self.test.class_names or label_names(self.network._parts()[2])
        return [name for name, has in zip(names, row, strict=True) if has > 0.5]

    @cached_property
    def chances(self) -> np.ndarray[Any, Any] | None:
        """The chance of each class or label for each test row, where the network gives chances."""
        from pellucid.errors import DataError

        if self.kind not in ("classes", "labels"):
            return None
        try:
            return self.network.predict_proba(self.test.x)
        except DataError:  # a loss that gives scores, such as hinge
            return None

    @cached_property
    def true_places(self) -> np.ndarray[Any, Any]:
        """The place of each row's class among the network's classes."""
        return np.asarray(self.network._parts()[2].encode(self.true), np.int64)

    @cached_property
    def predicted_places(self) -> np.ndarray[Any, Any]:
        """The place of each answer among the network's classes."""
        return np.asarray(self.network._parts()[2].encode(self.predicted), np.int64)

    @cached_property
    def answer_chances(self) -> np.ndarray[Any, Any] | None:
        """The chance of each answer that is a class; with a threshold it may be the smaller."""
        if self.kind != "classes" or self.chances is None:
            return None
        return np.asarray(self.chances[np.arange(len(self.true)), self.predicted_places])

    @cached_property
    def counts(self) -> np.ndarray[Any, Any]:
        """How often each class (rows) was taken for each (columns)."""
        size = len(self.names)
        cells = self.true_places * size + self.predicted_places
        return np.asarray(np.bincount(cells, minlength=size * size).reshape(size, size))

    @cached_property
    def surprise(self) -> np.ndarray[Any, Any]:
        """How far off each answer is, to put the worst first.

        Of classes 1 less the chance that the true class got (without chances, whether it is wrong);
        of numbers the size of the error, of several numbers the mean size in their deviations.
        """
        if self.kind == "classes":
            if self.chances is None:
                return np.asarray(self.true_places != self.predicted_places, float)
            return np.asarray(1.0 - self.chances[np.arange(len(self.true)), self.true_places])
        errors = np.abs(np.asarray(self.predicted, float) - self.true.astype(float))
        if errors.ndim == 1:
            return np.asarray(errors)
        spread = self.true.astype(float).std(axis=0)
        return np.asarray((errors / np.where(spread > 0, spread, 1.0)).mean(axis=1))
