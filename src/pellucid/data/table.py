"""Tables in files: CSV in its simplest form, and .npz.

A CSV file is UTF-8 with a header row, comma-separated, with number columns and one target column of
numbers or text. A fuller reader (text columns, dates, missing values, other separators) can take
the place of ``read_table``: whatever it reads, a ``Dataset`` comes out.
"""

from __future__ import annotations

import csv
import io
from array import array
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from os import PathLike
from pathlib import Path
from typing import NoReturn

import numpy as np

from pellucid.data.arrays import Array, count_of
from pellucid.data.dataset import Dataset, Kind
from pellucid.errors import DataError, FileError, unknown_name

FEW = 20
"""Whole numbers in the target column are classes up to this many different ones."""
MISSING = frozenset({"", "?", "n/a", "na", "nan", "none", "null"})


def read_table(
    path: str | PathLike[str], target: str | None = None, kind: Kind | None = None
) -> Dataset:
    """Read a CSV file: a header row, number columns, and one target column.

    A target column of text holds classes. One of numbers holds numbers where any has a fractional
    part, or is 2^53 or more in size, or more than 20 different ones occur; else classes.

    Parameters:
        path: the file.
        target: name of the target column; by default the last.
        kind: "classes" or "numbers", where the rule above is not what is meant.

    Shapes: x is rows x columns without the target (float64), y is rows.
    Raises: ``FileError`` for a file that cannot be read as CSV; ``DataError`` for what is in it;
        each with line and column. ``UnknownNameError`` for a target column that is not there.
    """
    lines = _Lines.open(path)
    place = len(lines.header) - 1 if target is None else _place(lines.header, target)
    if len(lines.header) < 2:
        hint = next(
            (f" It looks as if {s!r} separates them." for s in ";\t|" if s in lines.header[0]), ""
        )
        raise DataError(
            f"{path} has one column only, {lines.header[0]!r}; expected columns to learn from and "
            f"a target, separated by commas.{hint}"
        )
    chosen = [column for column in range(len(lines.header)) if column != place]
    cells: list[str] = []
    numbers = array("d")
    for line, row in lines:
        cells.append(row[place])
        numbers.extend(lines.numbers(line, row, chosen, target is None))
    if len(cells) < 2:
        raise DataError(f"{path} has {count_of(len(cells), 'row')} of data; expected at least 2.")
    _check_labels(lines, cells, place)
    x = np.array(numbers, np.float64).reshape(len(cells), -1)
    y, found = _target(lines, cells, place, kind)
    names = tuple(str(label) for label in np.unique(y)) if found == "classes" else None
    features = tuple(lines.header[column] for column in chosen)
    return Dataset(Path(path).stem, x, y, found, features, names, source=str(path))


def read_features(path: str | PathLike[str], names: Sequence[str]) -> Array:
    """Read the columns of these names, in this order, from a CSV file; others are passed over.

    Shapes: rows x names, float64.
    Raises: as ``read_table`` does; ``DataError`` that names all missing columns at once.
    """
    lines = _Lines.open(path)
    missing = [name for name in names if name not in lines.header]
    if missing:
        verb = "is" if len(missing) == 1 else "are"
        raise DataError(
            f"{path} lacks {count_of(len(missing), 'column')} that the model was fitted on: "
            f"{', '.join(map(repr, missing))} {verb} not among "
            f"{', '.join(map(repr, lines.header))}. Add what is missing, or correct the header."
        )
    chosen = [lines.header.index(name) for name in names]
    numbers = array("d")
    for line, row in lines:
        numbers.extend(lines.numbers(line, row, chosen, False))
    return np.array(numbers, np.float64).reshape(-1, len(names))


@dataclass(frozen=True)
class _Lines:
    """The rows of a CSV file, each with the line it starts in."""

    path: Path
    header: tuple[str, ...]
    rows: Iterator[tuple[int, list[str]]]
    starts: list[int]

    @classmethod
    def open(cls, path: str | PathLike[str]) -> _Lines:
        path = Path(path)
        rows = _rows(path, _text(path))
        first = next(rows, None)
        if first is None:
            raise FileError(f"{path} is empty; expected a header row and rows of data.")
        header = tuple(cell.strip() for cell in first[1])
        _check_header(path, header)
        return cls(path, header, rows, [])

    def __iter__(self) -> Iterator[tuple[int, list[str]]]:
        for line, row in self.rows:
            if len(row) != len(self.header):
                raise FileError(
                    f"{self.path}, line {line} has {count_of(len(row), 'cell')}; expected "
                    f"{len(self.header)}, as in the header. Add what is missing, or put quotes "
                    "around a cell that holds a comma."
                )
            self.starts.append(line)
            yield line, row
        if not self.starts:
            raise DataError(f"{self.path} has a header and no rows of data; expected at least one.")

    def numbers(self, line: int, row: list[str], chosen: list[int], guess: bool) -> list[float]:
        """The numbers of a row's chosen cells; ``guess``: a column of text may be the target."""
        try:
            found = [float(row[column]) for column in chosen]
        except ValueError:
            found = []
        if len(found) < len(chosen) or "_" in "".join(row) or not np.isfinite(found).all():
            for column in chosen:
                if _number(row[column]) is None:
                    self.refuse(line, column, row[column], guess)
        return found

    def refuse(self, line: int, column: int, cell: str, guess: bool = False) -> NoReturn:
        """Say what is wrong with a cell that should be a finite number."""
        where = f"{self.path}, line {line}, column {self.header[column]!r}"
        text = cell.strip()
        if text.lower() in MISSING:
            shown = f"is missing ({text!r})" if text else "is missing"
            raise DataError(
                f"{where}: the value {shown}; expected a number. Fill it in, or drop the line."
            )
        if _is_float(text):
            raise DataError(
                f"{where}: {text!r} is not finite; expected a finite number. Fill it in, or drop "
                "the line."
            )
        name = self.header[column]
        remedy = "Correct it, drop the column, or turn its values into numbers"
        other = f", or give target={name!r} (--target) if that is the target" if guess else ""
        raise DataError(f"{where}: expected a number, got {text[:40]!r}. {remedy}{other}.")


def _text(path: Path) -> str:
    """The file's text, or what kept it from being read."""
    try:
        raw = path.read_bytes()
    except FileNotFoundError:
        raise FileError(f"There is no file {path}. Check the path.") from None
    except IsADirectoryError:
        raise FileError(f"{path} is a folder; expected a CSV file. Name the file in it.") from None
    except OSError as reason:
        raise FileError(f"{path} cannot be read: {reason.strerror or reason}.") from None
    if b"\0" in raw:
        line = raw[: raw.index(b"\0")].count(b"\n") + 1
        raise FileError(
            f"{path}, line {line} holds a NUL byte; expected text in UTF-8. It may be a binary "
            "file, or text in UTF-16: save it as CSV in UTF-8."
        )
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as reason:
        line = raw[: reason.start].count(b"\n") + 1
        raise FileError(
            f"{path}, line {line} holds the byte {raw[reason.start]:#04x}, which is not UTF-8. "
            "Save the file as CSV in UTF-8."
        ) from None


def _rows(path: Path, text: str) -> Iterator[tuple[int, list[str]]]:
    """The rows that are not blank, each with the line it starts in."""
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    line = 1
    try:
        for row in reader:
            if len(row) > 1 or any(cell.strip() for cell in row):
                yield line, row
            line = reader.line_num + 1
    except csv.Error as reason:
        raise FileError(
            f"{path}, line {line} is not CSV: {reason}. Check the quotes around its cells."
        ) from None


def _check_header(path: Path, header: tuple[str, ...]) -> None:
    _check_names(path, header)
    for column, name in enumerate(header):
        if not name:
            hint = " (pandas writes its index so: save with index=False)" if column == 0 else ""
            raise FileError(
                f"{path}, line 1: column {column + 1} has no name{hint}; expected a name for each "
                "column."
            )
        if name in header[:column]:
            raise FileError(
                f"{path}, line 1: columns {header.index(name) + 1} and {column + 1} are both "
                f"called {name!r}; expected different names. Rename one."
            )


def _check_names(path: Path, header: tuple[str, ...]) -> None:
    """Refuse a first row of numbers: it is one of data."""
    if all(_number(name) is not None for name in header):
        counted = list(header) == [str(column) for column in range(len(header))]
        hint = " (pandas counts columns so where they have no names)" if counted else ""
        raise FileError(
            f"{path}, line 1 holds numbers only ({_first(header)}){hint}; expected a header row "
            "with the names of the columns. Add one."
        )


def _check_labels(lines: _Lines, cells: list[str], place: int) -> None:
    """Refuse a first row of numbers and a class, which is one of data too."""
    label, header = lines.header[place], lines.header
    others = header[:place] + header[place + 1 :]
    if label in map(str.strip, cells) and all(_number(name) is not None for name in others):
        raise FileError(
            f"{lines.path}, line 1 holds numbers and {label!r} ({_first(header)}), which is also a "
            "value of that column; expected a header row with the names of the columns. Add one."
        )


def _first(header: tuple[str, ...]) -> str:
    return ", ".join(header[:4]) + ", ..." * (len(header) > 4)


def _place(header: tuple[str, ...], target: str) -> int:
    if target not in header:
        raise unknown_name("column", target, header)
    return header.index(target)


def _target(lines: _Lines, cells: list[str], place: int, kind: Kind | None) -> tuple[Array, Kind]:
    """The target column as classes or numbers."""
    cells = [cell.strip() for cell in cells]
    numbers = [_number(cell) for cell in cells]
    odd = [row for row, number in enumerate(numbers) if number is None]
    # A column of numbers with gaps, or beyond the range of numbers, is not a column of text.
    endless = {row for row in odd if _is_float(cells[row]) and cells[row].lower() not in MISSING}
    gaps = all(row in endless or cells[row].lower() in MISSING for row in odd)
    gaps = gaps and (bool(endless) or len(odd) < len(cells))
    if odd and (kind == "numbers" or gaps):
        lines.refuse(lines.starts[odd[0]], place, cells[odd[0]])
    if odd:
        empty = [row for row in odd if not cells[row]]
        if empty:
            line, name = lines.starts[empty[0]], lines.header[place]
            raise DataError(
                f"{lines.path}, line {line}, column {name!r}: the value is missing; expected the "
                "name of a class. Fill it in, or drop the line."
            )
        return np.array(cells), "classes"
    values = np.array(numbers, np.float64)
    whole = bool((values == np.floor(values)).all()) and bool((np.abs(values) < 2.0**53).all())
    if kind is None:
        kind = "classes" if whole and len(np.unique(values)) <= FEW else "numbers"
    if kind == "numbers":
        return values, kind
    return (values.astype(np.int64) if whole else np.array(cells)), kind


def _number(cell: str) -> float | None:
    """The finite number that a cell holds, or None."""
    try:
        value = float(cell)
    except ValueError:
        return None
    return value if np.isfinite(value) and "_" not in cell else None


def _is_float(cell: str) -> bool:
    try:
        float(cell)
    except ValueError:
        return False
    return "_" not in cell
