"""Cells as numbers, texts and moments: what a column of any type holds, and where nothing is.

All of it works on whole columns; no cell is ever looked at by Python alone.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from pellucid.data.arrays import Array

if TYPE_CHECKING:
    import polars as pl

MISSING = (
    "", "?", "-", "--", "NA", "na", "N/A", "n/a", "#N/A", "<NA>", "NaN", "nan", "NAN", "-nan",
    "NaT", "None", "none", "NONE", "null", "Null", "NULL", "nil",
)  # fmt: skip
"""Texts that stand for a missing value."""
MOMENTS = (
    "%Y-%m-%d", "%Y-%m-%d %H:%M:%S", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%d %H:%M:%S%.f",
    "%Y-%m-%dT%H:%M:%S%.f", "%Y-%m-%dT%H:%M:%S%.fZ",
    "%Y-%m-%dT%H:%M:%S%.f%z", "%Y-%m-%d %H:%M:%S%.f%z", "%Y-%m-%d %H:%M", "%Y-%m-%dT%H:%M",
    "%Y/%m/%d", "%Y/%m/%d %H:%M:%S%.f", "%Y/%m/%d %H:%M", "%d.%m.%Y", "%d.%m.%Y %H:%M:%S",
    "%d.%m.%Y %H:%M", "%d/%m/%Y", "%d/%m/%Y %H:%M:%S", "%d/%m/%Y %H:%M", "%m/%d/%Y",
    "%m/%d/%Y %H:%M:%S", "%m/%d/%Y %H:%M", "%d-%m-%Y", "%d-%m-%Y %H:%M:%S", "%d %b %Y",
    "%d %B %Y", "%b %d, %Y", "%B %d, %Y", "%d-%b-%Y", "%d.%m.%y", "%d/%m/%y", "%m/%d/%y",
    "%H:%M:%S", "%H:%M",
)  # fmt: skip
"""The forms in which dates and times are looked for, the first that fits all cells is taken."""
CLOCKS = ("%H:%M:%S", "%H:%M")
SECOND = 1_000_000  # in microseconds


def texts(series: pl.Series) -> pl.Series:
    """The column as text without spaces around it; what stands for a missing value is null.

    Whole numbers lose their ``.0``, so that 3 and 3.0 are the same text.
    """
    import polars as pl

    if series.dtype == pl.String:
        stripped = series.str.strip_chars()
    elif series.dtype.is_float():
        whole = (series == series.floor()) & (series.abs() < 2.0**53)
        as_whole = series.set(~whole.fill_null(False) | series.is_nan().fill_null(False), None)
        stripped = as_whole.cast(pl.Int64, strict=False).cast(pl.String)
        stripped = stripped.fill_null(series.fill_nan(None).cast(pl.String))
    else:
        stripped = series.cast(pl.String)
    return stripped.set(stripped.is_in(list(MISSING)).fill_null(False), None)


def numbers(series: pl.Series) -> tuple[Array, pl.Series]:
    """The column as floats with NaN where nothing is, and the texts that are no numbers.

    Shapes: n -> n float64, and a column of the strays.
    """
    import polars as pl

    none = pl.Series([], dtype=pl.String)
    if series.dtype == pl.Duration:
        series = series.dt.total_microseconds() / SECOND
    if series.dtype.is_float() or series.dtype.is_integer():
        return series.to_numpy().astype(np.float64, copy=False), none  # NaN where a cell is null
    if series.dtype.is_numeric() or series.dtype == pl.Boolean:
        return series.cast(pl.Float64).fill_null(np.nan).to_numpy(), none
    if series.dtype != pl.String:
        series = texts(series)
    found = series.cast(pl.Float64, strict=False)
    odd = found.is_null() & series.is_not_null()
    if odd.any():
        rest = texts(series.filter(odd))
        again = rest.cast(pl.Float64, strict=False)
        found = found.scatter(odd.arg_true(), again)
        strays = rest.filter(again.is_null() & rest.is_not_null())
    else:
        strays = none
    return found.fill_null(np.nan).to_numpy(), strays


def moments(series: pl.Series, form: str | None) -> Array:
    """The column as seconds since 1970 (UTC), or since midnight; NaN where nothing is.

    Parameters:
        form: how text is read, one of ``MOMENTS``; None for a column of dates or times by type.
    """
    import polars as pl

    if series.dtype == pl.String:
        cells = texts(series)
        series = parsed(cells, form or moment_form(cells) or MOMENTS[0])
    if series.dtype == pl.Time:
        whole = series.cast(pl.Int64) // 1000
    elif series.dtype == pl.Date:
        whole = series.cast(pl.Int64) * (86400 * SECOND)
    elif series.dtype.is_temporal():
        whole = series.dt.timestamp("us")
    else:
        whole = series.cast(pl.Int64, strict=False).clear(len(series))
    return (whole.cast(pl.Float64) / SECOND).fill_null(np.nan).to_numpy()


def parsed(cells: pl.Series, form: str) -> pl.Series:
    """Text as moments of one form; null where it is none."""
    import polars as pl

    if form in CLOCKS:
        day = "1970-01-01 " + cells
        return day.str.to_datetime(f"%Y-%m-%d {form}", strict=False, time_unit="us")
    if form.endswith("%z"):
        zoned = cells.str.to_datetime(form, strict=False, time_unit="us", time_zone="UTC")
        return zoned.dt.replace_time_zone(None)
    if "%H" in form:
        return cells.str.to_datetime(form, strict=False, time_unit="us")
    return cells.str.to_date(form, strict=False).cast(pl.Datetime("us"))


def moment_form(cells: pl.Series) -> str | None:
    """The first form in which all texts are dates or times, if there is one."""
    found = cells.drop_nulls()
    few = found.head(200)
    if not len(few) or not few.str.contains(r"^\D{0,9}\d").all():
        return None
    for form in MOMENTS:
        if fits(few, form) and fits(found, form):
            return form
    return None


def fits(cells: pl.Series, form: str) -> bool:
    """Whether all texts are moments of this form, in a year of four digits."""
    read = parsed(cells, form)
    years = read.dt.year()
    return read.null_count() == 0 and int(years.min() or 0) >= 1000  # type: ignore[arg-type]


def nothing(count: int) -> pl.Series:
    """A column of no values."""
    import polars as pl

    return pl.Series([None] * count, dtype=pl.String)


def is_number(cell: str) -> bool:
    """Whether a text is a finite number."""
    try:
        value = float(cell)
    except ValueError:
        return False
    return value - value == 0 and "_" not in cell
