"""The names of a table's columns, and what is wrong with them."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from pellucid.data.columns.cells import is_number
from pellucid.errors import FileError

MOST = 100_000


def check_header(path: Path, header: Sequence[str]) -> None:
    """Refuse the first line of a text file where its names do not do, or are a row of data.

    Raises: ``FileError``.
    """
    if all(is_number(name) for name in header):
        counted = list(header) == [str(column) for column in range(len(header))]
        hint = " (pandas counts columns so where they have no names)" if counted else ""
        raise FileError(
            f"{path}, line 1 holds numbers only ({first_of(header)}){hint}; expected a header row "
            "with the names of the columns. Add one."
        )
    check_names(f"{path}, line 1", header)


def check_names(where: str, header: Sequence[str]) -> None:
    """Refuse too many columns, nameless ones, and two of one name.

    Raises: ``FileError``.
    """
    if len(header) > MOST:
        raise FileError(
            f"{where}: there are {len(header):,} columns; expected at most {MOST:,}. Keep those "
            "that matter, or turn the table round if its rows are its columns."
        )
    seen: dict[str, int] = {}
    for column, name in enumerate(header):
        if not name:
            hint = " (pandas writes its index so: save with index=False)" if column == 0 else ""
            raise FileError(
                f"{where}: column {column + 1} has no name{hint}; expected a name for each column."
            )
        if name in seen:
            raise FileError(
                f"{where}: columns {seen[name] + 1} and {column + 1} are both called {name!r}; "
                "expected different names. Rename one."
            )
        seen[name] = column


def first_of(header: Sequence[str]) -> str:
    """The first few names."""
    return ", ".join(header[:4]) + ", ..." * (len(header) > 4)
