"""Rows of tables: an object of cells by the names of columns."""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import singledispatch
from typing import Any

import numpy as np

from pellucid.data.arrays import Array, count_of
from pellucid.data.columns.base import Column, Notes
from pellucid.data.columns.boolean import Boolean
from pellucid.data.columns.category import Category
from pellucid.data.columns.moment import Moment
from pellucid.data.columns.number import Number
from pellucid.data.frame import Table
from pellucid.data.table import read_features
from pellucid.data.table_codec import TableCodec
from pellucid.errors import PellucidError
from pellucid.serve.cells import SHOWN, Cells, Unfit, cells, moment_text, series_of
from pellucid.serve.faults import Faults, shown
from pellucid.serve.quick import quick_row
from pellucid.serve.reader import Reader, Rows, passed_over, reading_csv
from pellucid.web.refusal import Refused


class TableReader(Reader):
    """Reads rows as the codec of a table does; the predictor takes them encoded.

    Parameters:
        dtype: of the encoded rows.
        target: the name of the target, which a row may have.
    """

    csv = True

    def __init__(self, codec: TableCodec, dtype: str, target: str | None) -> None:
        self._codec, self._dtype = codec, dtype
        self._cells = {column.name: cells(column) for column in codec.used}
        passed = {column.name for column in codec.columns if not column.is_used}
        self._passed = passed | ({target} if target is not None else set())
        self._quick = quick_row(codec, dtype, self._passed)

    def one(self, value: Any) -> Rows:
        """A single row, from an object."""
        if type(value) is dict:
            row = self._quick(value)
            if row is not None:
                return row
        return self._read([value], Faults(single=True))

    def many(self, values: Sequence[Any]) -> Rows:
        """Rows, from a list of objects."""
        return self._read(values, Faults(single=False))

    def from_csv(self, body: bytes) -> Rows:
        """Rows, from CSV: columns by their names, in any order."""
        with reading_csv() as name:
            table = read_features(name, list(self._cells), self._codec.text_columns, raw=body)
        return self._encoded(table, ())

    def _read(self, values: Sequence[Any], faults: Faults) -> Rows:
        found = {name: _column(name, own, values, faults) for name, own in self._cells.items()}
        for place, row in enumerate(values):
            if not isinstance(row, dict):
                tail = f", expected an object with {count_of(len(self._cells), 'column')}"
                faults.add(place, (), f"there is {shown(row)}", tail)
        if faults:
            raise faults.refusal("Correct that; GET /model lists the columns.")
        table = Table.join([series_of(name, own) for name, own in found.items()])
        return self._encoded(table, passed_over(values, {*self._cells, *self._passed}))

    def _encoded(self, table: Table, notes: tuple[str, ...]) -> Rows:
        try:
            with np.errstate(over="ignore"):
                x, found = self._codec.encode_noting(table, self._dtype)
        except PellucidError:
            raise self._all_faults(table) from None
        _check_finite(x, self._codec)
        return Rows(x, (*found.entries, *notes))

    def _all_faults(self, table: Table) -> Refused:
        """The faults of all columns; the codec stops at the first."""
        told, where = [], []
        for column in self._codec.used:
            room = np.zeros((len(table), len(column.feature_names)))
            try:
                column.encode(table.column(column.name), room, Notes())
            except PellucidError as fault:
                told.append(str(fault))
                where.append(column.name)
        return Refused(422, " ".join(told), where)

    @property
    def example(self) -> dict[str, Any]:
        """What is usual in each column."""
        return {column.name: usual(column) for column in self._codec.used}

    def schema(self) -> dict[str, Any]:
        """An object that has every column that is used."""
        example = self.example
        return {
            "type": "object",
            "required": list(self._cells),
            "properties": {
                name: {
                    "type": list(own.types), "description": own.told, "examples": [example[name]],
                }
                for name, own in self._cells.items()
            },
            "examples": [example],
        }  # fmt: skip

    def columns(self) -> list[dict[str, Any]]:
        """Each column with its kind, the reason for it, and what training showed."""
        return [
            {
                "name": column.name, "kind": column.kind, "used": column.is_used,
                "reason": column.reason, "becomes": column.becomes, **facts(column),
            }
            for column in self._codec.columns
        ]  # fmt: skip


def _column(
    name: str, own: Cells, values: Sequence[Any], faults: Faults
) -> list[float | str | None]:
    """The cells of one column; each that is missing or does not fit becomes a fault."""
    found: list[float | str | None] = []
    for place, row in enumerate(values):
        if not isinstance(row, dict):
            continue
        if name not in row:
            what = f"{name!r} is missing{faults.hint(name, row)}"
            faults.add(place, (name,), what, kind="missing")
            continue
        try:
            found.append(own.read(row[name]))
        except Unfit:
            tail = f", expected {own.expected}"
            faults.add(place, (name,), f"{name!r} holds {shown(row[name])}", tail)
    return found


def _check_finite(x: Array, codec: TableCodec) -> None:
    """Refuse numbers so large that the network cannot hold them."""
    bad = ~np.isfinite(x)
    if not bad.any():
        return
    columns = sorted({codec.feature_names[place] for place in np.nonzero(bad)[1]})
    listed = ", ".join(map(repr, columns[:10]))
    error = f"{listed}: a number is beyond the range of {x.dtype} once scaled. Check its unit."
    raise Refused(422, error, columns[:10])


@singledispatch
def usual(column: Column) -> Any:
    """A cell of the column that is nothing special."""
    return "some words"


@usual.register
def _(column: Number) -> Any:
    digits = 2 - math.floor(math.log10(column.scale)) if column.scale > 0 else 0
    value = min(max(round(column.mean, min(max(digits, 0), 12)), column.low), column.high)
    whole = column.reason.startswith("whole") and abs(value) < 2**53
    return round(value) if whole else value


@usual.register
def _(column: Category) -> Any:
    return column.levels[0]


@usual.register
def _(column: Boolean) -> Any:
    return True if column.means_truth else column.yes


@usual.register
def _(column: Moment) -> Any:
    return moment_text(column, column.mean)


@singledispatch
def facts(column: Column) -> dict[str, Any]:
    """What training showed of a column."""
    return {}


@facts.register
def _(column: Number) -> dict[str, Any]:
    return {"least": column.low, "greatest": column.high, "missing": column.missing}


@facts.register
def _(column: Category) -> dict[str, Any]:
    known = list(column.levels[:SHOWN])
    return {"categories": len(column.levels), "known": known, "missing": column.missing}


@facts.register
def _(column: Boolean) -> dict[str, Any]:
    return {"no": column.no, "yes": column.yes, "missing": column.missing}


@facts.register
def _(column: Moment) -> dict[str, Any]:
    ends = (moment_text(column, column.low), moment_text(column, column.high))
    return {"first": ends[0], "last": ends[1], "form": column.form, "missing": column.missing}
