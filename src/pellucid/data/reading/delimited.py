"""Text files of rows: CSV, TSV and their relatives.

A quick look over the bytes finds whether every row has as many cells as the header and every quote
is where it should be. Such a file goes to Polars as it is; one with blank lines or odd quotes is
written anew by Python's csv first, which also finds what is wrong, and where.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Collection, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from pellucid.data.arrays import Array, count_of
from pellucid.data.reading.dialect import LONGEST, WORDS, Dialect, find_dialect, too_long
from pellucid.data.reading.encoding import to_utf8
from pellucid.data.reading.lines import check_lines
from pellucid.data.reading.names import check_header
from pellucid.dataclass import dataclass
from pellucid.errors import DataError, FileError

if TYPE_CHECKING:
    import polars as pl

BLOCK = LONGEST  # so that a line that is too long has its ends in different blocks
NEWLINE, RETURN = 10, 13


@dataclass(frozen=True)
class TextTable:
    """A text file that was read.

    Attributes:
        frame: its columns, all of text, as they stand there.
        encoding, dialect: what the file was found to be.
    """

    path: Path
    text: bytes
    header: tuple[str, ...]
    frame: pl.DataFrame
    encoding: str
    dialect: Dialect

    def line(self, row: int) -> int:
        """The line in which a row starts; rows are counted from 0, lines from 1."""
        for place, (line, _) in enumerate(_rows(self.path, self.text, self.dialect)):
            if place == row + 1:
                return line
        return 0

    def describe(self) -> str:
        """What the file was found to be, in words."""
        return f"text in {self.encoding}, {self.dialect.describe()}"


def read_text(
    path: Path, columns: Collection[str] | None = None, raw: bytes | None = None
) -> TextTable:
    """Read a text file of rows, all cells as text.

    Parameters:
        columns: those to keep; all by default.
        raw: what the file holds, where it is in memory; the path is then its name in messages.
    Raises: ``FileError`` for what is no table, with the line; ``DataError`` for no rows.
    """
    if raw is None:
        check_lines(path)
    text, encoding = to_utf8(path, read_bytes(path) if raw is None else raw)
    if b"\r" in text[:LONGEST] and b"\n" not in text:
        text = text.replace(b"\r", b"\n")
    dialect = find_dialect(path, text.lstrip(b"\r\n \t") if text[:1] in b"\r\n \t" else text)
    header = header_of(path, text, dialect)
    check_header(path, header)
    return as_text_table(path, text, header, dialect, encoding, columns)


def as_text_table(
    path: Path, text: bytes, header: tuple[str, ...], dialect: Dialect, encoding: str,
    columns: Collection[str] | None = None,
) -> TextTable:  # fmt: skip
    """The rows of a text whose header and dialect are known."""
    tidy = text
    if not _is_even(path, text, len(header), dialect):
        tidy = _written_anew(path, text, header, dialect)
    frame = _parsed(path, tidy, header, dialect, columns)
    if not frame.height:
        raise DataError(f"{path} has a header and no rows of data; expected at least one.")
    return TextTable(path, text, header, frame, encoding, dialect)


def read_bytes(path: Path) -> bytes:
    """The file's bytes, or what kept them from being read."""
    try:
        return path.read_bytes()
    except FileNotFoundError:
        raise FileError(f"There is no file {path}. Check the path.") from None
    except IsADirectoryError:
        raise FileError(f"{path} is a folder; expected a file. Name the file in it.") from None
    except OSError as reason:
        raise FileError(f"{path} cannot be read: {reason.strerror or reason}.") from None


def header_of(path: Path, text: bytes, dialect: Dialect) -> tuple[str, ...]:
    """The names in the first row that is not blank."""
    end = text.find(b"\n", LONGEST)
    head = text if end < 0 else text[:end]
    first = next(_rows(path, head, dialect), None)
    if first is None:
        raise FileError(f"{path} is empty; expected a header row and rows of data.")
    return tuple(cell.strip() for cell in first[1])


def _rows(path: Path, text: bytes, dialect: Dialect) -> Iterator[tuple[int, list[str]]]:
    """The rows that are not blank, each with the line it starts in."""
    reader = dialect.rows(text.decode("utf-8"))
    line = 1
    try:
        for row in reader:
            if len(row) > 1 or any(cell.strip() for cell in row):
                yield line, row
            line = reader.line_num + 1
    except csv.Error as reason:
        said = (
            "a cell is too long, as if a quote were never closed"
            if "limit" in str(reason)
            else reason
        )
        raise FileError(
            f"{path}, line {line} is not CSV: {said}. Check the quotes around its cells."
        ) from None


def _is_even(path: Path, text: bytes, width: int, dialect: Dialect) -> bool:
    """Whether every row has ``width`` cells, no line is blank, and every quote is in its place."""
    quoted = dialect.quote.encode() in text
    if quoted and dialect.padded:
        return False
    if width == 1 and (b"\n\n" in text or b"\n\r" in text or text[:1] in b"\r\n"):
        return False
    ends, inside, before, line, last = [], 0, NEWLINE, 0, -1
    for start in range(0, len(text), BLOCK):
        piece = np.frombuffer(text, np.uint8, min(BLOCK, len(text) - start), start)
        marks = (piece == ord(dialect.separator)) | (piece == NEWLINE)
        if quoted:
            after = text[start + len(piece) : start + len(piece) + 1]
            found = _within(piece, dialect, inside, before, after[0] if after else NEWLINE)
            if found is None:
                return False
            marks &= ~found[0]
            inside, before = found[1], int(piece[-1])
        first = text.find(b"\n", start, start + len(piece))
        if (len(text) if first < 0 else first) - last > LONGEST:
            raise too_long(path, line + 1)
        if first >= 0:
            last = text.rfind(b"\n", start, start + len(piece))
        line += text.count(b"\n", start, start + len(piece))
        ends.append(piece[marks] == NEWLINE)
    if inside:
        return False
    if not text.endswith(b"\n"):
        ends.append(np.ones(1, bool))
    every = np.concatenate(ends) if ends else np.zeros(0, bool)
    if len(every) % width:
        return False
    rows = every.reshape(-1, width)
    return bool(rows[:, -1].all()) and int(every.sum()) == len(rows)


def _within(
    piece: Array, dialect: Dialect, inside: int, before: int, after: int
) -> tuple[Array, int] | None:
    """Which bytes are within quotes, and whether the last is; None for quotes out of place."""
    mark, quote = ord(dialect.separator), ord(dialect.quote)
    is_quote = piece == quote
    state = np.cumsum(is_quote, dtype=np.uint8)
    state += np.uint8(inside)
    within = (state & 1).astype(bool)
    places = np.flatnonzero(is_quote)
    previous = np.where(places > 0, piece[places - 1], before)
    following = np.where(
        places < len(piece) - 1, piece[np.minimum(places + 1, len(piece) - 1)], after
    )
    opening = within[places]
    good_open = (previous == mark) | (previous == NEWLINE) | (previous == quote)
    good_close = np.isin(following, (mark, NEWLINE, RETURN, quote))
    if not np.where(opening, good_open, good_close).all():
        return None
    return within, int(within[-1])


def _written_anew(path: Path, text: bytes, header: tuple[str, ...], dialect: Dialect) -> bytes:
    """The rows with quotes where they belong and no blank lines.

    Raises: ``FileError`` for the first row of another length, with its line.
    """
    out = io.StringIO()
    writer = csv.writer(
        out, delimiter=dialect.separator, quotechar=dialect.quote, lineterminator="\n"
    )
    for line, row in _rows(path, text, dialect):
        if len(row) != len(header):
            word = WORDS.get(dialect.separator, repr(dialect.separator))
            raise FileError(
                f"{path}, line {line} has {count_of(len(row), 'cell')}; expected {len(header)}, as "
                f"in the header. Add what is missing, or put quotes around a cell that holds a "
                f"{word}."
            )
        writer.writerow(row)
    return out.getvalue().encode("utf-8")


def _parsed(
    path: Path, text: bytes, header: tuple[str, ...], dialect: Dialect,
    columns: Collection[str] | None,
) -> pl.DataFrame:  # fmt: skip
    import polars as pl

    chosen = [k for k, name in enumerate(header) if columns is None or name in columns]
    try:
        frame = pl.read_csv(
            text, separator=dialect.separator, quote_char=dialect.quote, infer_schema=False,
            columns=chosen,
        )  # fmt: skip
    except pl.exceptions.PolarsError as reason:
        first = str(reason).splitlines()[0]
        raise FileError(f"{path} cannot be read as CSV: {first}.") from None
    frame.columns = [header[k] for k in chosen]
    return frame
