"""How a text file separates and quotes its cells."""

from __future__ import annotations

import csv
import io
from contextlib import suppress
from pathlib import Path

from pellucid.dataclass import dataclass
from pellucid.errors import FileError

SEPARATORS = (",", "\t", ";", "|", " ", ":")
WORDS = {",": "comma", "\t": "tab", ";": "semicolon", " ": "space", "|": "bar", ":": "colon"}
LOOK, LINES = 1 << 18, 200
LONGEST = 1 << 24
"""No line is longer than so many bytes; else a file is no table, or a quote is never closed."""


@dataclass(frozen=True)
class Dialect:
    """How cells are told apart.

    Attributes:
        separator: the character between two cells.
        quote: the character around a cell that holds a separator or a line's end.
        padded: whether a space stands between a separator and a quote.
    """

    separator: str = ","
    quote: str = '"'
    padded: bool = False

    def describe(self) -> str:
        """In words, for the report."""
        word = WORDS.get(self.separator, repr(self.separator))
        quotes = ", cells in single quotes" if self.quote == "'" else ""
        return f"separated by {word}s{quotes}"

    def rows(self, text: str) -> csv.Reader:  # type: ignore[name-defined,unused-ignore]
        """The rows of a text; raises ``csv.Error`` for quotes that do not close."""
        return csv.reader(
            io.StringIO(text, newline=""), delimiter=self.separator, quotechar=self.quote,
            skipinitialspace=self.padded, strict=True,
        )  # fmt: skip


def find_dialect(path: Path, text: bytes) -> Dialect:
    """The separator that cuts most of the first lines into as many cells as the header has.

    Raises: ``FileError`` for a first line that is too long to be one of a table.
    """
    end = text.find(b"\n", 0, LONGEST)
    if end < 0 and len(text) > LONGEST:
        raise too_long(path, 1)
    head = text[: max(LOOK, end + 1)]
    cut = head.rfind(b"\n") if len(head) < len(text) else len(head)
    lines = head[: cut + 1].decode("utf-8", "replace").splitlines()[:LINES]
    quote = _quote(lines)
    best, chosen = (0.0, 0, 0), ","
    for place, separator in enumerate(_candidates(lines[0] if lines else "")):
        found = _widths(lines, separator, quote)
        if found[0] < 2:
            continue
        score = (found.count(found[0]) / len(found), found[0], -place)
        if score > best:
            best, chosen = score, separator
    padded = any(f"{chosen} {quote}" in line for line in lines) and chosen != " "
    return Dialect(chosen, quote, padded)


def too_long(path: Path, line: int) -> FileError:
    """The error for a line beyond all bounds."""
    return FileError(
        f"{path}, line {line} is longer than {LONGEST >> 20} million bytes; expected rows of "
        "cells. It may be no table, or a quote may never be closed: check that line."
    )


def _candidates(header: str) -> list[str]:
    others = sorted({c for c in header if not c.isalnum() and c not in " _.-+\"'()[]{}%/*@$€#&?!"})
    return [*SEPARATORS, *(c for c in others if c not in SEPARATORS and c.isascii())]


def _quote(lines: list[str]) -> str:
    """Single quotes, where cells stand in such and none in double ones."""
    if any('"' in line for line in lines):
        return '"'
    cells = [cell for line in lines for s in SEPARATORS[:4] for cell in line.split(s)]
    single = [c for c in cells if len(c) > 1 and c.startswith("'") and c.endswith("'")]
    return "'" if single else '"'


def _widths(lines: list[str], separator: str, quote: str) -> list[int]:
    """How many cells each of the first lines has; broken quotes count as far as they can."""
    reader = csv.reader(lines, delimiter=separator, quotechar=quote)
    widths = [0]
    with suppress(csv.Error):
        widths = [len(row) for row in reader if any(cell.strip() for cell in row)] or [0]
    return widths
