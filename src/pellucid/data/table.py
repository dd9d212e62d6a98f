"""Tables in files: inputs by their columns' kinds, and one target column.

Whatever the format, a ``Dataset`` comes out whose x is a ``Table``; ``reading/`` reads the formats,
``columns/`` knows the kinds.
"""

from __future__ import annotations

import difflib
from collections.abc import Collection, Sequence
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from pellucid.data.arrays import Array, count_of
from pellucid.data.columns.cells import MISSING, is_number, moment_form, moments, numbers, texts
from pellucid.data.dataset import Dataset, Kind
from pellucid.data.frame import Table
from pellucid.data.reading.formats import Opened, open_table
from pellucid.data.reading.names import first_of
from pellucid.data.table_codec import check_columns
from pellucid.errors import DataError, FileError, UnknownNameError

if TYPE_CHECKING:
    import polars as pl

FEW = 20
"""Whole numbers in the target column are classes up to this many different ones."""
FEW_PER_CLASS = 2
"""Text is a class where there are, on average, at least so many rows of each."""


def read_table(
    path: str | PathLike[str],
    target: str | None = None,
    kind: Kind | None = None,
    *,
    group: str | None = None,
    time: str | None = None,
) -> Dataset:
    """Read a table from a file: CSV and its relatives, Parquet, Arrow, JSON lines, Excel.

    A target column of text holds classes. One of numbers holds numbers where any has a fractional
    part, or is 2^53 or more in size, or more than 20 different ones occur; else classes.

    Parameters:
        path: the file; its ending says the format.
        target: name of the target column; by default the last.
        kind: "classes" or "numbers", where the rule above is not what is meant.
        group: name of a column whose rows of one value are never divided by a split; it is not
            learned from.
        time: name of a column of dates or numbers; a split tests with the latest rows.

    Shapes: x is a ``Table`` of rows x columns without target and group; y is rows.
    Raises: ``FileError`` for a file that cannot be read; ``DataError`` for what is in it, each with
        line and column; ``UnknownNameError`` for a column that is not there.
    """
    import polars as pl

    opened = open_table(Path(path))
    header = opened.frame.columns
    name = header[-1] if target is None else _named(path, "target", header, target)
    if len(header) < 2:
        raise DataError(
            f"{path} has one column only, {header[0]!r}; expected columns to learn from and a "
            "target. Check what separates them."
        )
    rows = opened.frame.height
    if rows < 2:
        raise DataError(f"{path} has {count_of(rows, 'row')} of data; expected at least 2.")
    _check_labels(opened, name)
    y, found = _target(opened, name, kind)
    groups = None if group is None else _groups(opened, _named(path, "group", header, group))
    times = None if time is None else _times(opened, _named(path, "time", header, time))
    for role, own in (("group", group), ("time", time)):
        if own == name:
            raise DataError(f"{path}: {own!r} is the target and cannot be the {role} as well.")
    x = Table(opened.frame).drop([name] if group is None else [name, group])
    if not x.columns:
        raise DataError(f"{path} has no column left to learn from beside {name!r} and {group!r}.")
    _check_finite(opened, x)
    names = None
    if found == "classes":
        names = tuple(str(label) for label in pl.Series(y).unique().sort().to_list())
    return Dataset(
        Path(path).stem, x, y, found, tuple(x.columns), names, description=opened.notes,
        source=str(path), target=name, groups=groups, times=times,
    )  # fmt: skip


def read_features(
    path: str | PathLike[str], names: Sequence[str], as_text: Collection[str] = (), *,
    raw: bytes | None = None,
) -> Table:  # fmt: skip
    """Read the columns of these names, in this order, from a table; others are passed over.

    Parameters:
        names: the columns; none for all.
        as_text: those that are to stay text even if all their cells are numbers.
        raw: what a text file holds, where it is in memory; the path is then its name in messages.
    Raises: as ``read_table`` does; ``DataError`` that names all missing columns at once.
    """
    opened = open_table(Path(path), None, as_text, raw)
    check_columns(path, names, opened.frame.columns)
    x = Table(opened.frame)
    x = x.select(names) if names else x
    _check_finite(opened, x)
    return x


def _named(path: str | PathLike[str], role: str, header: Sequence[str], name: str) -> str:
    """The name of a column, if it is there."""
    if name in header:
        return name
    near = difflib.get_close_matches(name, header, n=1, cutoff=0.5)
    hint = f" Did you mean {near[0]!r}?" if near else ""
    shown = ", ".join(sorted(header)[:50]) + (", ..." if len(header) > 50 else "")
    raise UnknownNameError(f"There is no column {name!r}.{hint} Known: {shown}.")


def _check_labels(opened: Opened, target: str) -> None:
    """Refuse a first row of numbers and a class, which is one of data."""
    header = opened.frame.columns
    others = [name for name in header if name != target]
    if opened.text is None or not all(is_number(name) for name in others):
        return
    if target in texts(opened.frame[target]).unique().to_list():
        raise FileError(
            f"{opened.path}, line 1 holds numbers and {target!r} ({first_of(header)}), which is "
            "also a value of that column; expected a header row with the names of the columns. Add "
            "one."
        )


def _check_finite(opened: Opened, x: Table) -> None:
    """Refuse infinity, with its line."""
    for name in x.columns:
        series = x.column(name)
        if not series.dtype.is_float():
            continue
        bad = series.is_infinite().fill_null(False)
        if bad.any():
            row = int(bad.arg_true()[0])
            raise DataError(
                f"{_cell(opened, row, name)}: {_raw(opened, row, name)!r} is not finite; expected "
                "a finite number. Fill it in, or drop the line."
            )


def _cell(opened: Opened, row: int, name: str) -> str:
    return f"{opened.path}, {opened.place(row)}, column {name!r}"


def _raw(opened: Opened, row: int, name: str) -> str:
    """A cell as it stands in the file."""
    frame = opened.frame if opened.text is None else opened.text.frame
    value = frame[name][row]
    return "" if value is None else str(value).strip()


def _groups(opened: Opened, name: str) -> Array:
    """The group of each row, as a number; rows without one are groups of their own."""
    cells = texts(opened.frame[name])
    places = cells.rank("dense").fill_null(0).to_numpy().astype(np.int64)
    gone = np.flatnonzero(places == 0)
    places[gone] = -1 - np.arange(len(gone))
    return places


def _times(opened: Opened, name: str) -> Array:
    """When each row was, as a number that grows."""
    import polars as pl

    series = opened.frame[name]
    if series.dtype.is_numeric():
        values = numbers(series)[0]
    else:
        form = moment_form(texts(series)) if series.dtype == pl.String else None
        if series.dtype == pl.String and form is None:
            raise DataError(
                f"{opened.path}, column {name!r} is to be the time, and holds no dates or numbers, "
                f"for example {str(series.drop_nulls()[0])!r}. Name another column."
            )
        values = moments(series, form)
    gone = np.flatnonzero(np.isnan(values))
    if len(gone):
        raise DataError(
            f"{_cell(opened, int(gone[0]), name)}: the time is missing; expected one in every row. "
            "Fill it in, or drop the line."
        )
    return values


def _target(opened: Opened, name: str, kind: Kind | None) -> tuple[Array, Kind]:
    """The target column as classes or numbers."""
    import polars as pl

    series = opened.frame[name]
    dtype = series.dtype
    if dtype.is_nested() or dtype in (pl.Object, pl.Binary) or dtype.is_temporal():
        raise DataError(
            f"{opened.path}, column {name!r} holds {dtype}; expected classes or numbers to "
            "predict. Name another target."
        )
    if not dtype.is_numeric():
        return _of_texts(opened, name, series, kind)
    values, _ = numbers(series)
    odd = np.flatnonzero(~np.isfinite(values))
    if len(odd):
        raise _refused(opened, name, int(odd[0]))
    whole = bool((values == np.floor(values)).all()) and bool((np.abs(values) < 2.0**53).all())
    if kind is None:
        kind = "classes" if whole and len(np.unique(values)) <= FEW else "numbers"
    if kind == "numbers":
        return values, kind
    if whole:
        return values.astype(np.int64), kind
    cells = opened.text.frame[name].str.strip_chars() if opened.text else series.cast(pl.String)
    return np.array(cells.to_list()), kind


def _of_texts(
    opened: Opened, name: str, series: pl.Series, kind: Kind | None
) -> tuple[Array, Kind]:
    """A target column of text: classes, unless it is one of numbers with something amiss."""
    import polars as pl

    cells = series.cast(pl.String).str.strip_chars().fill_null("")
    values = cells.cast(pl.Float64, strict=False)
    finite = (values.is_finite() & values.is_not_nan()).fill_null(False)
    missing = cells.is_in(list(MISSING)) | values.is_nan().fill_null(False)
    endless = values.is_infinite().fill_null(False)
    odd = ~finite
    gaps = (missing | endless | finite).all() and bool(endless.any() or finite.any())
    if odd.any() and (kind == "numbers" or gaps):
        raise _refused(opened, name, int(odd.arg_true()[0]))
    empty = cells == ""
    if empty.any():
        raise DataError(
            f"{_cell(opened, int(empty.arg_true()[0]), name)}: the value is missing; expected the "
            "name of a class. Fill it in, or drop the line."
        )
    different = cells.n_unique()
    if kind is None and different > FEW and different * FEW_PER_CLASS > len(cells):
        raise DataError(
            f"{opened.path}, column {name!r} is the target and holds {different:,} different texts "
            f"in {len(cells):,} rows, for example {str(cells[0])[:40]!r}; expected classes with "
            "several rows each, or numbers. Name another target, or write --kind classes "
            "(kind='classes') if that is what is meant."
        )
    return cells.to_numpy().astype(np.str_), "classes"


def _refused(opened: Opened, name: str, row: int) -> DataError:
    """What is wrong with a cell that should be a finite number."""
    where, text = _cell(opened, row, name), _raw(opened, row, name)
    if text in MISSING:
        shown = f"is missing ({text!r})" if text else "is missing"
        return DataError(
            f"{where}: the value {shown}; expected a number. Fill it in, or drop the line."
        )
    try:
        float(text)
    except ValueError:
        return DataError(
            f"{where}: expected a number, got {text[:40]!r}. Correct it, drop the column, or turn "
            "its values into numbers."
        )
    return DataError(
        f"{where}: {text!r} is not finite; expected a finite number. Fill it in, or drop the line."
    )
