"""Where in a file a cell stands that cannot be what it should be, and what is wrong with it."""

from __future__ import annotations

from pellucid.data.columns.cells import MISSING
from pellucid.data.reading.formats import Opened
from pellucid.errors import DataError


def cell(opened: Opened, row: int, name: str) -> str:
    """A cell's file, line and column."""
    return f"{opened.path}, {opened.place(row)}, column {name!r}"


def raw(opened: Opened, row: int, name: str) -> str:
    """A cell as it stands in the file."""
    frame = opened.frame if opened.text is None else opened.text.frame
    value = frame[name][row]
    return "" if value is None else str(value).strip()


def refused(opened: Opened, name: str, row: int) -> DataError:
    """What is wrong with a cell that should be a finite number."""
    where, text = cell(opened, row, name), raw(opened, row, name)
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
