"""Columns of text as columns of numbers, where every cell is one or stands for a missing value."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pellucid.data.columns.cells import texts

if TYPE_CHECKING:
    import polars as pl

SHORT = 5_000
"""A column of more cells is looked at in some of them before all are read."""
CODES = r"^\s*[+-]?0\d"
THOUSANDS = r"^[+-]?\d{1,3}(,\d{3})+(\.\d+)?$"
COMMA = r"^[+-]?(\d{1,3}(\.\d{3})+|\d*)(,\d*)?([eE][+-]?\d+)?$"


def to_numbers(series: pl.Series, separator: str) -> tuple[pl.Series, str | None]:
    """The column as floats where all its cells are numbers, else as it is; and how they were told.

    Numbers with leading zeros (01067) are codes, and stay text. A comma is a decimal comma, unless
    it separates cells too and three digits follow each: then it marks thousands.

    Parameters:
        separator: what separates the cells of the file.
    Returns: the column, and "decimal comma" or "commas for thousands" where that was so.
    """
    import polars as pl

    if len(series) > SHORT and not _may_be_numbers(series):
        return series, None
    found = series.cast(pl.Float64, strict=False)
    how = None
    if found.null_count() > series.null_count():
        odd = found.is_null() & series.is_not_null()
        rest = texts(series.filter(odd))
        some, how = _read(rest, separator)
        if how == "decimal comma":  # 1.234 is a plain number too, and means another one here
            some = decimal_comma(texts(series))
        if some is None:
            return series, None
        found = some if how == "decimal comma" else found.scatter(odd.arg_true(), some)
    if found.null_count() == len(found) or bool(series.str.contains(CODES).any()):
        return series, None
    return found.fill_nan(None), how


def _may_be_numbers(series: pl.Series) -> bool:
    """A quick look at some cells, so that columns of text cost little."""
    import polars as pl

    some = series.drop_nulls()
    some = some.gather_every(max(1, len(some) // 1000))
    odd = texts(some.filter(some.cast(pl.Float64, strict=False).is_null())).drop_nulls()
    return bool(odd.str.contains(r"^[+-]?[\d.,]+([eE][+-]?\d+)?$").all()) if len(odd) else True


def _read(rest: pl.Series, separator: str) -> tuple[pl.Series | None, str | None]:
    """Cells that were no plain numbers, once spaces and missing values are away."""
    import polars as pl

    there = rest.drop_nulls()
    plain = rest.cast(pl.Float64, strict=False)
    if plain.null_count() == rest.null_count():
        return plain, None
    if not there.str.contains(r"[\d.,]").all():
        return None, None
    commas = there.filter(there.str.contains(",", literal=True))
    if separator == "," and commas.str.contains(THOUSANDS).all():
        again = rest.str.replace_all(",", "", literal=True).cast(pl.Float64, strict=False)
        return (again, "commas for thousands") if _same_gaps(again, rest) else (None, None)
    swapped = decimal_comma(rest)
    return (swapped, "decimal comma") if swapped is not None else (None, None)


def decimal_comma(cells: pl.Series) -> pl.Series | None:
    """The cells as floats, a comma before the fraction; None where one is no such number."""
    import polars as pl

    if not cells.drop_nulls().str.contains(COMMA).all():
        return None
    swapped = cells.str.replace_all(".", "", literal=True).str.replace(",", ".", literal=True)
    again = swapped.cast(pl.Float64, strict=False)
    return again if _same_gaps(again, cells) else None


def _same_gaps(found: pl.Series, cells: pl.Series) -> bool:
    return found.null_count() == cells.null_count()
