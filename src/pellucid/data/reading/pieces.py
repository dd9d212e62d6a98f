"""Large tables piece by piece, so that memory stays bounded; and the names of columns alone.

A small file is one piece, read as ``open_table`` reads it. Of a large text file the first piece
says encoding, separator and decimal sign for all of it.
"""

from __future__ import annotations

import codecs
from collections.abc import Collection, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

import numpy as np

from pellucid.data.arrays import Array
from pellucid.data.columns.cells import texts
from pellucid.data.reading.delimited import TextTable, as_text_table, header_of
from pellucid.data.reading.dialect import LONGEST, Dialect, find_dialect, too_long
from pellucid.data.reading.encoding import codec_of
from pellucid.data.reading.formats import TEXT, Opened, open_table
from pellucid.data.reading.lines import check_lines
from pellucid.data.reading.names import check_header
from pellucid.data.reading.typed import decimal_comma, to_numbers
from pellucid.errors import FileError

if TYPE_CHECKING:
    import polars as pl

LARGE = 1 << 26
"""Text files beyond 64 million bytes are read in pieces of a quarter of that."""
ROWS = 200_000
"""So many rows of a Parquet file are a piece."""
PARQUET = (".parquet", ".pq")
HEAD = 1 << 18


def open_pieces(path: Path, as_text: Collection[str] = (), large: int = LARGE) -> Iterator[Opened]:
    """Read a table piece by piece, in order; all columns of it.

    Parameters:
        as_text: columns of a text file that are to stay text even if all cells are numbers.
        large: the bytes beyond which a text file comes in pieces.
    Raises: as ``open_table``, when the piece at fault is reached.
    """
    ending = path.suffix.lower()
    if ending in PARQUET and path.is_file():
        yield from _parquet(path)
    elif ending in TEXT and path.is_file() and path.stat().st_size > large:
        yield from _texts(path, as_text, max(1, large // 4))
    else:
        yield open_table(path, None, as_text)


def column_names(path: Path) -> list[str]:
    """The names of a table's columns; of a text file only the beginning is read.

    Raises: ``FileError`` for what is no table.
    """
    import polars as pl

    ending = path.suffix.lower()
    if ending in TEXT:
        with path.open("rb") as file:
            raw = file.read(HEAD)
        codec = codec_of(path, raw)
        text = codecs.getincrementaldecoder(codec)("replace").decode(raw).encode("utf-8")
        if b"\0" in text:
            raise FileError(f"{path} holds a NUL byte; expected text. Save it as CSV in UTF-8.")
        if b"\r" in text and b"\n" not in text:
            text = text.replace(b"\r", b"\n")
        return list(header_of(path, text, find_dialect(path, text.lstrip())))
    if ending in PARQUET:
        return list(pl.read_parquet_schema(path))
    return open_table(path).frame.columns


def _parquet(path: Path) -> Iterator[Opened]:
    import polars as pl

    try:
        rows = pl.scan_parquet(path).select(pl.len()).collect().item()
    except (pl.exceptions.PolarsError, OSError):
        rows = 0
    if rows <= ROWS:  # also one that is damaged: the usual reader says how
        yield open_table(path)
        return
    for start in range(0, rows, ROWS):
        yield Opened(path, pl.scan_parquet(path).slice(start, ROWS).collect(), "Parquet")


def _texts(path: Path, as_text: Collection[str], size: int) -> Iterator[Opened]:
    """The rows of a text file, the header before each piece."""
    check_lines(path)
    header = b""
    names: tuple[str, ...] = ()
    dialect = Dialect()
    how: dict[str, str | None] = {}
    line = 1
    with path.open("rb") as file:
        codec = codec_of(path, file.read(size))
        file.seek(0)
        for number, piece in enumerate(_whole_rows(path, _decoded(path, file, codec, size))):
            if not number:
                dialect = find_dialect(path, piece.lstrip(b"\r\n \t"))
                names = header_of(path, piece, dialect)
                check_header(path, names)
                header = _first_row(piece, dialect)
            where = (
                path if not number else path.with_name(f"{path.name} (from line {line - 1:,} on)")
            )
            text = piece if not number else header + piece
            table = as_text_table(where, text, names, dialect, codec)
            line += piece.count(b"\n")
            yield Opened(where, _typed(table, as_text, how, not number), table.describe(), table)


def _decoded(path: Path, file: BinaryIO, codec: str, size: int) -> Iterator[bytes]:
    """Blocks of the file as UTF-8, none of which ends within a character."""
    decoder = codecs.getincrementaldecoder(codec)()
    done = 0
    while True:
        raw = file.read(size)
        try:
            text = decoder.decode(raw, final=not raw)
        except UnicodeError:
            raise FileError(
                f"{path} holds bytes beyond the first {done:,} that are not {codec}, which its "
                "beginning is. Save the file as CSV in UTF-8."
            ) from None
        if "\0" in text:  # of an encoding that writes such bytes: else check_lines has seen it
            raise FileError(
                f"{path} holds a NUL byte beyond the first {done:,} bytes; expected text. It may "
                "be a binary file: save it as CSV in UTF-8."
            )
        done += len(raw)
        if text:
            yield text.encode("utf-8")
        if not raw:
            return


def _whole_rows(path: Path, blocks: Iterator[bytes]) -> Iterator[bytes]:
    """The blocks cut anew, so that each ends where a row does."""
    rest, quote = b"", b""
    for block in blocks:
        if not quote:
            start = (rest + block).lstrip(b"\r\n \t")
            quote = find_dialect(path, start).quote.encode()
        text = rest + block
        end = _last_row_end(text, quote)
        if end == 0:
            if len(text) > 4 * LONGEST:
                raise too_long(path, 1)
            rest = text
            continue
        yield text[:end]
        rest = text[end:]
    if rest.strip():
        yield rest


def _last_row_end(text: bytes, quote: bytes) -> int:
    """The place behind the last line's end that is not within quotes; 0 for none."""
    if quote not in text:
        return text.rfind(b"\n") + 1
    bytes_of = np.frombuffer(text, np.uint8)
    inside = np.cumsum(bytes_of == ord(quote), dtype=np.uint8) & 1
    ends: Array = np.flatnonzero((bytes_of == 10) & (inside == 0))
    return int(ends[-1]) + 1 if len(ends) else 0


def _first_row(text: bytes, dialect: Dialect) -> bytes:
    """The bytes of the header, its line's end included."""
    start = len(text) - len(text.lstrip(b"\r\n \t"))
    place = text.find(b"\n", start)
    while place >= 0 and text.count(dialect.quote.encode(), start, place) % 2:
        place = text.find(b"\n", place + 1)
    return text[start:] + b"\n" if place < 0 else text[start : place + 1]


def _typed(
    table: TextTable, as_text: Collection[str], how: dict[str, str | None], first: bool
) -> pl.DataFrame:
    """The columns as numbers where they are; the decimal sign is that of the first piece."""
    series = []
    for name in table.frame.columns:
        column = table.frame[name]
        if name not in as_text:
            if not first and how[name] == "decimal comma":
                found = decimal_comma(texts(column))
                column = column if found is None else found
            else:
                column, told = to_numbers(column, table.dialect.separator)
                if first:
                    how[name] = told
        else:
            how.setdefault(name, None)
        series.append(column)
    return table.frame.with_columns(series)


def raw_frame(opened: Opened) -> pl.DataFrame:
    """The cells as they stand in a text file; else as they were read."""
    return opened.frame if opened.text is None else opened.text.frame
