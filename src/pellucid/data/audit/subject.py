"""The data as the audit sees them: columns or pictures, a target, and the part each row is in."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from typing import Any

import numpy as np

from pellucid.data.arrays import Array, check_inputs
from pellucid.data.audit.cells import Cells
from pellucid.data.audit.mixing import mix
from pellucid.data.audit.pictures import picture_hashes
from pellucid.data.dataset import Dataset
from pellucid.data.frame import Table
from pellucid.dataclass import dataclass

LEARNED, WATCHED, TESTED = 0, 1, 2
PARTS = ("to learn from", "to watch", "to test with")


@dataclass(frozen=True, eq=False)
class Subject:
    """What is audited.

    Attributes:
        dataset: the data.
        cells: the columns; none of pictures.
        part: which part each row is in: 0 to learn from, 1 to watch, 2 to test with.
        apart: the makers' own test part, where the rows to test with are not in the data.
        seed: what draws follow from.
    """

    dataset: Dataset
    cells: tuple[Cells, ...]
    part: Array
    apart: Subject | None = None
    seed: int = 0

    @classmethod
    def of(
        cls, dataset: Dataset, watched: Any = None, test: Any = None,
        kinds: Mapping[str, str] | None = None, seed: int = 0,
    ) -> Subject:  # fmt: skip
        """See data as columns or pictures.

        Parameters:
            watched, test: the places of the rows to watch and to test with; the others are learned
                from.
            kinds: the kinds of columns, as far as they are known.
        """
        part = np.zeros(len(dataset), np.int8)
        for number, places in ((WATCHED, watched), (TESTED, test)):
            if places is not None:
                part[np.asarray(places, np.int64)] = number
        cells = () if is_pictures(dataset) else _cells(dataset, kinds or {})
        apart = None
        if dataset.test is not None and test is None:
            apart = cls.of(dataset.test, kinds={c.name: c.kind for c in cells})
        return cls(dataset, cells, part, apart, seed)

    def __len__(self) -> int:
        return len(self.dataset)

    @cached_property
    def used(self) -> tuple[Cells, ...]:
        """The columns that a network would see."""
        return tuple(cells for cells in self.cells if cells.is_used)

    @cached_property
    def hashes(self) -> Array:
        """A number of 64 bits for each row of inputs; rows that are equal have equal ones.

        Formula: of columns, the sum of the hashes of a row's cells, each column's of its own kind;
            so that a column can be taken out again.
        """
        if not self.cells:
            return picture_hashes(self.dataset.x)
        total = np.zeros(len(self), np.uint64)
        for place, cells in enumerate(self.used):
            total += cells.hashes(place)
        return total

    @cached_property
    def codes(self) -> Array | None:
        """The class of each row as a number; None where the target holds numbers."""
        if self.dataset.kind != "classes":
            return None
        return np.unique(self.dataset.y, return_inverse=True)[1].reshape(-1)

    @cached_property
    def labels(self) -> list[str]:
        """The classes in the order of their codes."""
        return [str(label) for label in np.unique(self.dataset.y).tolist()]

    @cached_property
    def with_targets(self) -> Array:
        """A number for each row with its target; equal rows of one target have equal ones."""
        y = self.dataset.y
        own = np.unique(y, return_inverse=True)[1] if y.dtype.kind in "USO" else y
        own = np.ascontiguousarray(own.reshape(len(y), -1), np.float64) + 0.0  # no -0
        mixed: Array = self.hashes.copy()
        for column in own.view(np.uint64).T:
            mixed = mix(mixed + mix(column))
        return mixed

    @property
    def learned(self) -> Array:
        """The places of the rows to learn from."""
        return np.flatnonzero(self.part == LEARNED)

    @property
    def held(self) -> Array:
        """The places of the rows to watch and to test with."""
        return np.flatnonzero(self.part != LEARNED)


def is_pictures(dataset: Dataset) -> bool:
    """Whether a row is a picture."""
    return dataset.image_shape is not None or dataset.x.ndim > 2


def _cells(dataset: Dataset, kinds: Mapping[str, str]) -> tuple[Cells, ...]:
    table = dataset.x
    if not isinstance(table, Table):
        array = check_inputs(table)
        names = dataset.feature_names or tuple(f"x{k + 1}" for k in range(array.shape[1]))
        table = Table.of(array, names)
    return tuple(
        Cells.of(table.column(name), kinds.get(name))
        for name in table.columns
        if kinds.get(name) != "ignore"
    )
