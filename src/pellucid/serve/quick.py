"""One row of a table as the network reads it, without a data frame.

A frame of one row costs many times what the network does. So each column gets a function of its
cell; what it does is what the column's ``encode`` does, to the bit, where the cell is of the plain
type and within what training showed. For any other cell the column is asked, which words what is
new: so a row costs as much as what is odd in it.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from functools import singledispatch
from typing import Any, TypeAlias

import numpy as np

from pellucid.data.columns.base import Column, Notes
from pellucid.data.columns.boolean import Boolean
from pellucid.data.columns.category import Category
from pellucid.data.columns.cells import MISSING
from pellucid.data.columns.number import Number
from pellucid.data.table_codec import TableCodec
from pellucid.dataclass import dataclass
from pellucid.errors import PellucidError
from pellucid.serve.cells import Unfit, cells, series_of
from pellucid.serve.reader import Rows, passed_over

Put: TypeAlias = Callable[[Any, list[float]], bool]
"""Writes the numbers of a cell into a row; False where the column has to."""
LARGEST = 1e30
"""The largest encoded number that is written without the column being asked."""


def quick_row(
    codec: TableCodec, dtype: str, passed: Collection[str]
) -> Callable[[Mapping[str, Any]], Rows | None]:
    """A function from a row's cells by name to the encoded row; None for a row with a fault.

    Parameters:
        passed: names that a row may have beside the columns that are used.
    Shapes: -> 1 x width.
    """
    kind = np.dtype(dtype)
    pairs = zip(codec.columns, codec._places(), strict=True)
    used = [_Cell(column, places, kind) for column, places in pairs if column.is_used]
    puts = [(cell.column.name, putting(cell.column, cell.places), cell) for cell in used]
    names = frozenset((*passed, *(name for name, _, _ in puts)))
    blank, count = [0.0] * codec.sample_shape[0], len(puts)

    def quick(row: Mapping[str, Any]) -> Rows | None:
        values, odd = blank.copy(), []
        try:
            for name, put, cell in puts:
                if not put(row[name], values):
                    odd.append(cell)
        except (KeyError, TypeError):  # not there; a list or an object in place of a cell
            return None
        warnings: tuple[str, ...] = ()
        if odd:
            notes = Notes()
            if not all(cell.ask(row, values, notes) for cell in odd):
                return None
            warnings = tuple(notes.entries)
        if len(row) != count and not names.issuperset(row):
            warnings += passed_over([row], names)
        return Rows(np.array((values,), kind), warnings)

    return quick


@dataclass(frozen=True)
class _Cell:
    """The place of a column's numbers in a row, for the column itself to write them."""

    column: Column
    places: list[int]
    kind: np.dtype[Any]

    def ask(self, row: Mapping[str, Any], values: list[float], notes: Notes) -> bool:
        """Let the column write its cell, and note what is new; False for a fault."""
        name, own = self.column.name, np.zeros((1, len(self.places)), self.kind)
        try:
            cell = cells(self.column).read(row[name])
            with np.errstate(over="ignore"):
                self.column.encode(series_of(name, [cell]), own, notes)
        except (Unfit, PellucidError):
            return False
        if not np.isfinite(own).all():
            return False
        for place, value in zip(self.places, own[0].tolist(), strict=True):
            values[place] = value
        return True


@singledispatch
def putting(column: Column, places: list[int]) -> Put:
    """What writes a cell of the column; nothing, for kinds that are always asked."""
    return _asked


def _asked(cell: Any, values: list[float]) -> bool:
    return False


@putting.register
def _(column: Number, places: list[int]) -> Put:
    mean, scale, at = column.mean, column.scale, places[0]
    reach = LARGEST * scale
    low, high = mean - reach, mean + reach
    if column.low < column.high:
        low, high = max(low, column.limits[0]), min(high, column.limits[1])
    mark = places[1] if column.missing else None

    def put(cell: Any, values: list[float]) -> bool:
        kind = type(cell)
        if (kind is float or kind is int) and low <= cell <= high:
            values[at] = (cell - mean) / scale
            return True
        if cell is None and mark is not None:
            values[mark] = 1.0
            return True
        return False

    return put


@putting.register
def _(column: Category, places: list[int]) -> Put:
    known: dict[Any, tuple[int, float]] = {}
    for number, level in enumerate(column.levels):
        if is_plain(level):
            place = (places[-1], 1.0 + number) if column.embedded else (places[number], 1.0)
            known[level] = place
    if column.missing:
        known[None] = (places[0] if column.embedded else places[-1], 1.0)
    return _known(known)


@putting.register
def _(column: Boolean, places: list[int]) -> Put:
    if column.no == column.yes:
        return _asked
    known: dict[Any, tuple[int, float]] = {
        text: (places[0], z)
        for texts, z in zip(column.spellings, (-1.0, 1.0), strict=True)
        for text in texts
        if is_plain(text)
    }
    if column.means_truth:
        known |= {False: (places[0], -1.0), True: (places[0], 1.0)}
    if column.missing:
        known[None] = (places[1], 1.0)
    return _known(known)


def _known(known: Mapping[Any, tuple[int, float]]) -> Put:
    def put(cell: Any, values: list[float]) -> bool:
        place = known.get(cell)
        if place is None or type(cell) is int or type(cell) is float:  # 1 is not true here
            return False
        values[place[0]] = place[1]
        return True

    return put


def is_plain(text: str) -> bool:
    """Whether a column reads a text as it stands: no spaces around it, and not a missing value."""
    return text == text.strip() and text not in MISSING
