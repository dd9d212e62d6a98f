"""One row of a table as the network reads it, without a data frame: for rows with nothing new.

A frame of one row costs more than the network. So each column gets a function of its cell; what it
does is what the column's ``encode`` does, to the bit, where the cell is of the plain type and
within what training showed. Any other row goes the codec's way, which words what is new.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Collection, Mapping
from functools import singledispatch
from typing import Any, TypeAlias

import numpy as np

from pellucid.data.arrays import Array
from pellucid.data.columns.base import Column
from pellucid.data.columns.boolean import Boolean
from pellucid.data.columns.category import Category
from pellucid.data.columns.cells import MISSING
from pellucid.data.columns.number import Number
from pellucid.data.table_codec import TableCodec
from pellucid.serve.cells import means_truth

Put: TypeAlias = Callable[[Any, list[float]], bool]
"""Writes the numbers of a cell into a row; False where the codec has to."""
LARGEST = sys.float_info.max


def quick_row(
    codec: TableCodec, dtype: str, passed: Collection[str]
) -> Callable[[Mapping[str, Any]], Array | None]:
    """A function from a row's cells by name to the encoded row; None for what needs the codec.

    Parameters:
        passed: names that a row may have beside the columns that are used.
    Shapes: -> 1 x width.
    """
    puts = []
    for column, places in zip(codec.columns, codec._places(), strict=True):
        if column.is_used:
            put = putting(column, places)
            if put is None:
                return _nothing
            puts.append((column.name, put))
    names = frozenset((*passed, *(name for name, _ in puts)))
    blank = [0.0] * codec.sample_shape[0]
    kind, count = np.dtype(dtype), len(puts)

    def quick(row: Mapping[str, Any]) -> Array | None:
        values = blank.copy()
        try:
            for name, put in puts:
                if not put(row[name], values):
                    return None
        except (KeyError, TypeError):  # not there; a list or an object in place of a cell
            return None
        if len(row) != count and not names.issuperset(row):
            return None
        return np.array((values,), kind)

    return quick


def _nothing(row: Mapping[str, Any]) -> Array | None:
    """No short cut."""
    return None


@singledispatch
def putting(column: Column, places: list[int]) -> Put | None:
    """What writes a cell of the column; None for kinds that only the codec reads."""
    return None


@putting.register
def _(column: Number, places: list[int]) -> Put:
    mean, scale, at = column.mean, column.scale, places[0]
    low, high = column.limits if column.low < column.high else (-LARGEST, LARGEST)
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
def _(column: Boolean, places: list[int]) -> Put | None:
    if column.no == column.yes:
        return None
    ends = ((column.no, False, -1.0), (column.yes, True, 1.0))
    known: dict[Any, tuple[int, float]] = {
        text: (places[0], z) for text, _, z in ends if is_plain(text)
    }
    if means_truth(column):
        known |= {truth: (places[0], z) for text, truth, z in ends if is_plain(text)}
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
    """Whether the codec reads a text as it stands: no spaces around it, and not a missing value."""
    return text == text.strip() and text not in MISSING
