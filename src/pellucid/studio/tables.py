"""A look at a table that was uploaded: its columns, what could be predicted, what is amiss."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from pellucid.data.dataset import Dataset
from pellucid.errors import FileError, PellucidError
from pellucid.studio.limits import MB
from pellucid.studio.unpacking import check_size

if TYPE_CHECKING:
    import polars as pl

    from pellucid.data.reading.formats import Opened

MOST_COLUMNS, MOST_CELLS = 4_000, 50_000_000
"""A network of a few units on so many columns still answers at once; the cells fit into memory."""
MOST_UNPACKED = 1_000 * MB
SHOWN, LAST, EXAMPLES = 400, 5, 3
AUDITED, AUDITED_CELLS = 20_000, 1_000_000
"""So much is audited at most: someone waits for it."""
TARGETS = frozenset(
    ("target", "label", "class", "y", "outcome", "result", "category", "species", "price", "output")
)
"""What columns to predict are called; a column of such a name is suggested before the last."""
MARKS = (b",", b";", b"\t", b"|")
UNFIT = frozenset(("identifier", "constant", "text", "date", "empty"))


def look_at_table(path: Path, target: str | None = None, kind: str | None = None) -> dict[str, Any]:
    """What a table holds, and what its data are for a target.

    Parameters:
        target: the column to predict; None: one is suggested.
        kind: "classes" or "numbers", where the column does not tell.
    Returns: ``columns`` with their kinds, the ``target``, and of that the ``problem`` in words, or
        what is predicted, how many rows there are, and what the audit found.
    Raises: ``FileError``, ``DataError`` for what is no table.
    """
    from pellucid.data.reading.formats import open_table

    check_bounds(path)
    opened = open_table(path)
    names = opened.frame.columns
    shown = [n for k, n in enumerate(names) if k < SHOWN or k >= len(names) - LAST or is_target(n)]
    columns = [_column(opened.frame[name]) for name in shown]
    chosen = suggested(columns) if target is None else target
    told: dict[str, Any] = {
        "kind": "table", "file": path.name, "rows": opened.frame.height, "reading": opened.notes,
        "columns": columns, "count": len(names), "target": chosen, "target_kind": kind,
        "preview": _preview(opened),
    }  # fmt: skip
    try:
        data = read_for(path, chosen, kind)
    except PellucidError as error:
        return told | {"problem": str(error).replace(f"{path.parent}{os.sep}", "")}
    return told | {
        "problem": None, "predicts": data.kind, "classes": _classes(data),
        "findings": _findings(data), "inputs": len(data.x.columns),
    }  # fmt: skip


def read_for(path: Path, target: str, kind: Any = None) -> Dataset:
    """The table as the command line reads it, with something to tell apart.

    Raises: what is wrong with it.
    """
    from pellucid.scene.source import TableFile

    return TableFile(path.name, target, kind).open(path.parent)


def check_bounds(path: Path) -> None:
    """Refuse a table, or arrays, that are too large, before they are read.

    Raises: ``FileError``.
    """
    from pellucid.data.reading.formats import EXCEL

    ending = path.suffix.lower()
    if ending == ".npz" or (ending in EXCEL and ending != ".xls"):
        check_size(path, MOST_UNPACKED)
        return
    rows, columns = _extent(path, ending)
    if columns > MOST_COLUMNS:
        raise FileError(
            f"{path.name} has {columns:,} columns; the studio takes at most {MOST_COLUMNS:,}. Keep "
            "those that matter, or learn from all of them with pellucid train."
        )
    if rows * columns > MOST_CELLS:
        raise FileError(
            f"{path.name} has {rows:,} rows of {columns:,} columns; the studio takes at most "
            f"{MOST_CELLS:,} cells. Use a part of it, or learn from all of it with pellucid train."
        )


def _extent(path: Path, ending: str) -> tuple[int, int]:
    """Rows and columns by the table of contents, or of text by its first line; 0: unknown."""
    import polars as pl

    try:
        if ending in (".parquet", ".pq"):
            lazy = pl.scan_parquet(path)
            count = lazy.select(pl.len()).collect().item()
            return int(count), len(lazy.collect_schema())
        if ending in (".arrow", ".feather", ".ipc"):
            lazy = pl.scan_ipc(path)
            return int(lazy.select(pl.len()).collect().item()), len(lazy.collect_schema())
        if ending in (".jsonl", ".ndjson"):
            return 0, 0
        return 0, _width(path)
    except (pl.exceptions.PolarsError, OSError, ValueError):
        return 0, 0  # its reader says what is wrong


def _width(path: Path) -> int:
    """The columns of a text file, by its first line, whatever separates them."""
    found, seen = dict.fromkeys(MARKS, 0), 0
    with path.open("rb") as file:
        while block := file.read(1 << 16):
            end = block.find(b"\n")
            line = block if end < 0 else block[:end]
            for mark in MARKS:
                found[mark] += line.count(mark)
            seen += len(line)
            if end >= 0 or seen > 64 * MB:
                break
    return max(found.values()) + 1


def _column(series: pl.Series) -> dict[str, Any]:
    from pellucid.data.columns.cells import texts
    from pellucid.data.columns.kinds import is_empty, kind_of

    try:
        kind = "empty" if is_empty(series) else kind_of(series)
    except PellucidError:
        kind = "nested"
    if kind == "nested":
        return {"name": series.name, "kind": kind, "missing": 0, "different": 0, "examples": []}
    cells = texts(series)
    there = cells.drop_nulls()
    different = there.n_unique()
    examples = there.unique(maintain_order=True).head(EXAMPLES).to_list()
    return {
        "name": series.name, "kind": kind, "missing": len(cells) - len(there),
        "different": different, "examples": [str(cell)[:40] for cell in examples],
    }  # fmt: skip


def suggested(columns: Sequence[dict[str, Any]]) -> str:
    """The column that is most likely to be predicted: one that is called so, else the last fit.

    The last one of all may be the same in all rows: it is likely meant, and the reader is told why
    it cannot be predicted.
    """
    kinds = {one["name"]: one["kind"] for one in columns}
    if kinds[columns[-1]["name"]] == "constant":
        kinds[columns[-1]["name"]] = "category"
    fit = [name for name, kind in kinds.items() if kind not in UNFIT and kind != "nested"]
    named = [name for name in fit if is_target(name)]
    return str((named or fit or [columns[-1]["name"]])[-1])


def is_target(name: str) -> bool:
    """Whether a column is called as what is predicted often is."""
    return name.strip().lower() in TARGETS


def _preview(opened: Opened) -> list[list[str]]:
    frame = opened.frame.head(5)
    rows = frame.select(frame.columns[:20]).rows()
    return [["" if cell is None else str(cell)[:40] for cell in row] for row in rows]


def _classes(data: Dataset) -> list[dict[str, Any]] | None:
    if data.kind != "classes":
        return None
    names, counts = np.unique(data.y, return_counts=True)
    return [
        {"name": str(name), "count": int(count)}
        for name, count in list(zip(names.tolist(), counts.tolist(), strict=True))[:50]
    ]


def _findings(data: Dataset) -> list[dict[str, str]]:
    """What the audit says of the first rows, the serious first."""
    from pellucid.data.audit import audit

    rows = min(AUDITED, max(100, AUDITED_CELLS // max(1, len(data.x.columns))))
    some = data if len(data) <= rows else data.take(np.arange(rows))
    try:
        found = audit(some)
    except PellucidError:
        return []
    return [
        {"severity": one.severity, "title": one.title, "remedy": one.remedy}
        for one in found if one.severity != "note" or one.kind == "missing"
    ][:5]  # fmt: skip
