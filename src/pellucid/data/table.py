"""Tables in files: inputs by their columns' kinds, and one target column.

Whatever the format, a ``Dataset`` comes out whose x is a ``Table``; ``reading/`` reads the formats,
``columns/`` knows the kinds.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from pellucid.data.arrays import Array, count_of
from pellucid.data.cell_errors import cell, raw, refused
from pellucid.data.columns.cells import MISSING, is_number, moment_form, moments, numbers, texts
from pellucid.data.dataset import Dataset, Kind
from pellucid.data.frame import Table
from pellucid.data.reading.formats import Opened, open_table
from pellucid.data.reading.names import first_of
from pellucid.data.several import (
    Targets,
    check_counts,
    labels_of_texts,
    named,
    several_columns,
    target_names,
    weights_of,
)
from pellucid.data.table_codec import check_columns
from pellucid.errors import DataError, FileError

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
    weight: str | None = None,
) -> Dataset:
    """Read a table from a file: CSV and its relatives, Parquet, Arrow, JSON lines, Excel.

    A target column of text holds classes. One of numbers holds numbers where any has a fractional
    part, or is 2^53 or more in size, or more than 20 different ones occur; else classes.
    Several columns hold labels where all are 0 or 1, true or false; else numbers.

    Parameters:
        path: the file; its ending says the format.
        target: name of the target column, by default the last; several with commas between them.
        kind: "classes", "numbers", "labels" (several columns of 0 and 1, or text as red;round in
            one) or "counts", where the rule above is not what is meant.
        group: name of a column whose rows of one value are never divided by a split; it is not
            learned from.
        time: name of a column of dates or numbers; a split tests with the latest rows.
        weight: name of a column of how much each row counts; it is not learned from.

    Shapes: x is a ``Table`` of rows x columns without target and group; y is rows.
    Raises: ``FileError`` for a file that cannot be read; ``DataError`` for what is in it, each with
        line and column; ``UnknownNameError`` for a column that is not there.
    """
    opened = open_table(Path(path))
    header = opened.frame.columns
    names = target_names(path, header, target)
    if len(header) < 2:
        raise DataError(
            f"{path} has one column only, {header[0]!r}; expected columns to learn from and a "
            "target. Check what separates them."
        )
    rows = opened.frame.height
    if rows < 2:
        raise DataError(f"{path} has {count_of(rows, 'row')} of data; expected at least 2.")
    _check_labels(opened, names[0])
    found = _targets(opened, names, kind)
    roles = {
        role: named(path, role, header, own)
        for role, own in (("group", group), ("time", time), ("weight", weight))
        if own is not None
    }
    for role, own in roles.items():
        if own in names:
            raise DataError(f"{path}: {own!r} is the target and cannot be the {role} as well.")
    aside = [*names, *(roles[role] for role in ("group", "weight") if role in roles)]
    x = Table(opened.frame).drop(aside)
    if not x.columns:
        others = " and ".join(map(repr, aside))
        raise DataError(f"{path} has no column left to learn from beside {others}.")
    _check_finite(opened, x)
    return Dataset(
        Path(path).stem, x, found.y, found.kind, tuple(x.columns), found.labels,
        description=opened.notes, source=str(path), target=", ".join(names),
        targets=names if len(names) > 1 else (), separator=found.separator,
        groups=_groups(opened, roles["group"]) if "group" in roles else None,
        times=_times(opened, roles["time"]) if "time" in roles else None,
        weights=weights_of(opened, roles["weight"]) if "weight" in roles else None,
    )  # fmt: skip


def _targets(opened: Opened, names: Sequence[str], kind: Kind | None) -> Targets:
    """The target columns as classes, numbers, labels or counts."""
    import polars as pl

    if len(names) > 1:
        return several_columns(opened, names, kind)
    if kind == "labels":
        return labels_of_texts(opened, names[0])
    y, found = _target(opened, names[0], "numbers" if kind == "counts" else kind)
    if kind == "counts":
        check_counts(opened, names[0], y)
        return Targets(y, "counts")
    if found == "numbers":
        return Targets(y, found)
    classes = tuple(str(label) for label in pl.Series(y).unique().sort().to_list())
    return Targets(y, found, classes)


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
    return features_of(open_table(Path(path), None, as_text, raw), names)


def features_of(opened: Opened, names: Sequence[str]) -> Table:
    """The columns of these names, in this order, of a table or of a piece of one."""
    check_columns(opened.path, names, opened.frame.columns)
    x = Table(opened.frame)
    x = x.select(names) if names else x
    _check_finite(opened, x)
    return x


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
                f"{cell(opened, row, name)}: {raw(opened, row, name)!r} is not finite; expected "
                "a finite number. Fill it in, or drop the line."
            )


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
            f"{cell(opened, int(gone[0]), name)}: the time is missing; expected one in every row. "
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
        raise refused(opened, name, int(odd[0]))
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
        raise refused(opened, name, int(odd.arg_true()[0]))
    empty = cells == ""
    if empty.any():
        raise DataError(
            f"{cell(opened, int(empty.arg_true()[0]), name)}: the value is missing; expected the "
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
