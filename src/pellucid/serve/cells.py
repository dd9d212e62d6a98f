"""What a cell of each kind of column may be in JSON, and how it reaches the codec.

What the cell then means is the codec's: a text among numbers that counts as missing, a category
that training never had, a number far out. Here only the types are checked, since JSON has them.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import singledispatch
from typing import TYPE_CHECKING, Any

from pellucid.data.columns.base import Column
from pellucid.data.columns.boolean import Boolean
from pellucid.data.columns.category import Category
from pellucid.data.columns.moment import Moment
from pellucid.data.columns.number import Number
from pellucid.data.columns.text import Text
from pellucid.dataclass import dataclass

if TYPE_CHECKING:
    import polars as pl

SHOWN = 50
FIRST, LAST = -62_135_596_800, 253_402_300_799
"""The years 1 to 9999, in seconds since 1970."""


class Unfit(Exception):
    """A cell of a type that its column does not take."""


@dataclass(frozen=True)
class Cells:
    """The cells of a column in JSON.

    Attributes:
        expected: what they may be, in words.
        types: the same, as JSON Schema names them.
        told: what training showed, in words.
        read: a cell as the codec takes it: a float, a text or None.
    Raises: of ``read``: ``Unfit``.
    """

    expected: str
    types: tuple[str, ...]
    told: str
    read: Callable[[Any], float | str | None]


@singledispatch
def cells(column: Column) -> Cells:
    """What the cells of a column may be."""
    raise NotImplementedError(f"{type(column).__name__} has no cells in JSON")


@cells.register
def _(column: Number) -> Cells:
    told = f"{column.low:g} to {column.high:g} in training"
    if not column.strays:
        return Cells("a number or null", ("number", "null"), told, _number)
    told += "; a text counts as missing, as in training"
    return Cells("a number, a text or null", ("number", "string", "null"), told, _number_or_text)


@cells.register
def _(column: Category) -> Cells:
    many = len(column.levels) - SHOWN
    known = ", ".join(map(repr, column.levels[:SHOWN])) + (f" and {many:,} more" * (many > 0))
    told = f"known from training: {known}; others are allowed, and counted in a warning"
    return Cells("a text, a number or null", ("string", "number", "null"), told, _text)


@cells.register
def _(column: Boolean) -> Cells:
    told = f"{column.no!r} or {column.yes!r}"
    if not column.means_truth:
        return Cells("a text, a number or null", ("string", "number", "null"), told, _text)
    words = {True: column.yes, False: column.no}

    def read(value: Any) -> str | None:
        return words[value] if value is True or value is False else _text(value)

    types = ("boolean", "string", "number", "null")
    told += f", or true for {column.yes!r} and false for {column.no!r}"
    return Cells("true, false, a text, a number or null", types, told, read)


@cells.register
def _(column: Moment) -> Cells:
    form = column.form or "%Y-%m-%d %H:%M:%S"
    told = f"a date or time in the form {form}, such as {moment_text(column, column.mean)!r}"
    return Cells("a text or null", ("string", "null"), told, _only_text)


@cells.register
def _(column: Text) -> Cells:
    return Cells("a text or null", ("string", "null"), "words", _only_text)


def moment_text(column: Moment, seconds: float) -> str:
    """A moment in the column's form."""
    import polars as pl

    form = (column.form or "%Y-%m-%d %H:%M:%S").replace("%.f", "").replace("%z", "+0000")
    within = min(max(seconds, FIRST), LAST)
    moment = pl.Series([int(within * 1e6)]).cast(pl.Datetime("us"))
    return str(moment.dt.strftime(form)[0])


def series_of(name: str, values: list[float | str | None]) -> pl.Series:
    """Cells that were read, as a column: of numbers, or of text where any is one."""
    import polars as pl

    if any(type(value) is str for value in values):
        texts = [repr(value) if type(value) is float else value for value in values]
        return pl.Series(name, texts, dtype=pl.String)
    return pl.Series(name, values, dtype=pl.Float64)


def _number(value: Any) -> float | None:
    kind = type(value)
    if kind is float and math.isfinite(value):
        return float(value)
    if value is None:
        return None
    if kind is int:
        try:
            return float(value)
        except OverflowError:
            raise Unfit from None
    raise Unfit


def _number_or_text(value: Any) -> float | str | None:
    return value if type(value) is str else _number(value)


def _only_text(value: Any) -> str | None:
    if value is None or type(value) is str:
        return value
    raise Unfit


def _text(value: Any) -> str | None:
    """A text; a number as the codec writes it, so that 3 and 3.0 are the text 3."""
    kind = type(value)
    if value is None or kind is str:
        return value  # type: ignore[no-any-return]
    if kind is int:
        return str(value)
    if kind is float and math.isfinite(value):
        import polars as pl

        from pellucid.data.columns.cells import texts

        return str(texts(pl.Series([value]))[0])
    raise Unfit
