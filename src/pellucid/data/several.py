"""Targets of a table that are more than one answer a row: several columns, or text of labels."""

from __future__ import annotations

import difflib
from collections.abc import Sequence
from os import PathLike
from typing import TYPE_CHECKING

import numpy as np

from pellucid.data.arrays import Array
from pellucid.data.cell_errors import cell, raw, refused
from pellucid.data.columns.cells import numbers
from pellucid.data.dataset import Kind
from pellucid.data.label_rows import read_labels, separator_of
from pellucid.data.reading.formats import Opened
from pellucid.dataclass import dataclass
from pellucid.errors import DataError, UnknownNameError

if TYPE_CHECKING:
    import polars as pl

TRUTHS = {"1": 1.0, "0": 0.0, "true": 1.0, "false": 0.0, "yes": 1.0, "no": 0.0}


@dataclass(frozen=True, eq=False)
class Targets:
    """The targets of a table.

    Attributes:
        y: a row for each row of the table.
        kind: what they hold.
        labels: of several labels a row, what they are called.
        separator: what stood between them, where they were text.
    """

    y: Array
    kind: Kind
    labels: tuple[str, ...] | None = None
    separator: str = ""


def named(path: str | PathLike[str], role: str, header: Sequence[str], name: str) -> str:
    """The name of a column, if it is there."""
    if name in header:
        return name
    near = difflib.get_close_matches(name, header, n=1, cutoff=0.5)
    hint = f" Did you mean {near[0]!r}?" if near else ""
    shown = ", ".join(sorted(header)[:50]) + (", ..." if len(header) > 50 else "")
    raise UnknownNameError(f"There is no column {name!r}.{hint} Known: {shown}.")


def target_names(
    path: str | PathLike[str], header: Sequence[str], target: str | None
) -> tuple[str, ...]:
    """The target columns: the last, one by its name, or several with commas between them.

    Raises: ``UnknownNameError`` for a column that is not there, with the nearest; ``DataError`` for
        one that is named twice.
    """
    if target is None:
        return (header[-1],)
    if target in header or "," not in target:
        return (named(path, "target", header, target),)
    names = [part.strip() for part in target.split(",") if part.strip()]
    found = tuple(named(path, "target", header, name) for name in names)
    doubled = [name for name in found if found.count(name) > 1]
    if doubled or not found:
        what = f"names {doubled[0]!r} twice" if doubled else "names no column"
        raise DataError(f"The target {target!r} {what}. Name each column once.")
    return found


def several_columns(opened: Opened, names: Sequence[str], kind: Kind | None) -> Targets:
    """Several columns: labels where all hold 0 and 1 (true and false, yes and no), else numbers."""
    if kind == "classes":
        raise DataError(
            f"{opened.path}: the columns {', '.join(map(repr, names))} are to be classes, and only "
            "one column can be. Learn a model for each, or write --kind labels (kind='labels') "
            "where each says yes or no."
        )
    if kind in (None, "labels"):
        present = [_truths(opened.frame[name]) for name in names]
        if all(column is not None for column in present):
            y = np.column_stack([column for column in present if column is not None])
            return Targets(y.astype(np.int64), "labels", tuple(names))
        if kind == "labels":
            raise _no_label(opened, names[[column is None for column in present].index(True)])
    columns = [_numbers(opened, name) for name in names]
    if kind == "counts":
        for name, values in zip(names, columns, strict=True):
            check_counts(opened, name, values)
    return Targets(np.column_stack(columns), "counts" if kind == "counts" else "numbers")


def labels_of_texts(opened: Opened, name: str) -> Targets:
    """A column of text with several labels in a cell, such as red;round; nothing is no label."""
    import polars as pl

    series = opened.frame[name]
    if series.dtype.is_numeric() or series.dtype.is_nested():
        raise DataError(
            f"{opened.path}, column {name!r} holds {series.dtype}; expected text with several "
            "labels in a cell, such as red;round. Name several columns (--target a,b,c), or leave "
            "--kind labels out."
        )
    cells = series.cast(pl.String).str.strip_chars().fill_null("").to_numpy().astype(object)
    try:
        found = read_labels(cells, separator_of(cells))
    except DataError as reason:
        raise DataError(f"{opened.path}, column {name!r}: {reason}") from None
    if len(found.names) < 2:
        raise DataError(
            f"{opened.path}, column {name!r} names {len(found.names)} labels; expected at least "
            "two. For yes and no use --kind classes (kind='classes')."
        )
    y = found.present.astype(np.int64)
    return Targets(y, "labels", tuple(map(str, found.names)), found.separator)


def check_counts(opened: Opened, name: str, values: Array) -> None:
    """Refuse what are no counts, with the line."""
    odd = np.flatnonzero((values < 0) | (values != np.floor(values)))
    if len(odd):
        row = int(odd[0])
        raise DataError(
            f"{cell(opened, row, name)}: expected a count, a whole number of at least 0, got "
            f"{raw(opened, row, name)!r}. Correct it, or leave --kind counts (kind='counts') out."
        )


def weights_of(opened: Opened, name: str) -> Array:
    """A column of how much each row counts: numbers of at least 0, not all 0."""
    values = _numbers(opened, name)
    low = np.flatnonzero(values < 0)
    if len(low):
        row = int(low[0])
        raise DataError(
            f"{cell(opened, row, name)}: expected a weight of at least 0, got "
            f"{raw(opened, row, name)!r}. Correct it, or name another column."
        )
    if not values.any():
        raise DataError(
            f"{opened.path}, column {name!r} is to be the weight, and is 0 in every row. Name "
            "another column."
        )
    return values


def _numbers(opened: Opened, name: str) -> Array:
    import polars as pl

    series = opened.frame[name]
    if series.dtype.is_nested() or series.dtype in (pl.Object, pl.Binary):
        raise DataError(f"{opened.path}, column {name!r} holds {series.dtype}; expected numbers.")
    values, _ = numbers(series)
    odd = np.flatnonzero(~np.isfinite(values))
    if len(odd):
        raise refused(opened, name, int(odd[0]))
    return values


def _truths(series: pl.Series) -> Array | None:
    """The column as 0.0 and 1.0, where it holds nothing else."""
    import polars as pl

    if series.dtype.is_numeric() or series.dtype == pl.Boolean:
        values = numbers(series)[0]
    elif series.dtype in (pl.String, pl.Categorical):
        cells = series.cast(pl.String).str.strip_chars().str.to_lowercase()
        known = pl.Series(list(TRUTHS)), pl.Series(list(TRUTHS.values()))
        found = cells.replace_strict(*known, default=None, return_dtype=pl.Float64)
        values = found.fill_null(np.nan).to_numpy()
    else:
        return None
    return values if np.isin(values, (0, 1)).all() else None


def _no_label(opened: Opened, name: str) -> DataError:
    """The first cell of a column that does not say whether a label is there."""
    import polars as pl

    series = opened.frame[name].cast(pl.String, strict=False).fill_null("")
    cells = [text.strip().lower().removesuffix(".0") for text in series.to_list()]
    row = next(place for place, text in enumerate(cells) if text not in TRUTHS)
    shown = raw(opened, row, name)
    got = f"got {shown!r:.40}" if shown else "and it is empty"
    return DataError(
        f"{cell(opened, row, name)}: expected 0 or 1, true or false, yes or no, {got}. Correct it, "
        "or name other columns for the labels."
    )
