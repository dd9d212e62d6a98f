"""A look over a text file before it is taken into memory: NUL bytes, and lines beyond all bounds.

A file may be of any size, and hold anything; this needs one block of memory, and ends at the first
fault.
"""

from __future__ import annotations

from pathlib import Path

from pellucid.data.reading.dialect import LONGEST, too_long
from pellucid.data.reading.encoding import holds_nul, is_wide
from pellucid.data.reading.signs import check_sign

BLOCK = LONGEST


def check_lines(path: Path) -> None:
    """Refuse a file with a NUL byte, unless that is how its encoding writes, and too long a line.

    So is a file of another kind, by its first bytes. A return ends a line as well, as it did on old
    systems.

    Raises: ``FileError`` with the line; nothing where the file cannot be read: its reader says why.
    """
    try:
        with path.open("rb") as file:
            wide, line, since = None, 1, 0
            while block := file.read(BLOCK):
                if wide is None:
                    check_sign(path, block)
                    wide = is_wide(block)
                place = -1 if wide else block.find(b"\0")
                if place >= 0:
                    raise holds_nul(path, line + block.count(b"\n", 0, place))
                ends = [found for mark in b"\r\n" if (found := block.find(mark)) >= 0]
                if since + min(ends, default=len(block)) > LONGEST:
                    raise too_long(path, line)
                last = max(block.rfind(b"\n"), block.rfind(b"\r"))
                since = since + len(block) if last < 0 else len(block) - last - 1
                line += block.count(b"\n")
    except OSError:
        return
