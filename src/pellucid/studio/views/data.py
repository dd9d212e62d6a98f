"""The data as a table: its columns, how many rows there are, and the rows of a page."""

from __future__ import annotations

from typing import Any

import numpy as np

from pellucid.data.frame import Table
from pellucid.graph.primitive import Array
from pellucid.inspect.views.layers import column_names
from pellucid.scene.bench import Bench
from pellucid.studio.views.answers import used_columns

MOST_COLUMNS, MOST_ROWS = 40, 100
SIDE = 32
"""A picture of more pixels is shown smaller: every second pixel, every third, ..."""


def data(bench: Bench) -> dict[str, Any]:
    """What there is; the rows themselves are asked for page by page."""
    columns = list(column_names(bench.network))
    table, x = bench.data, bench.data.x
    return {
        "name": table.name, "description": table.description, "source": table.source,
        "columns": columns[:MOST_COLUMNS], "more_columns": max(0, len(columns) - MOST_COLUMNS),
        "inputs": len(used_columns(bench)), "pictures": is_picture(bench),
        "rows": len(x), "kind": table.kind,
        "target": (table.target or "y") if bench.ready.has_targets else None,
        "learned": len(bench.learned), "held": len(bench.held),
        "classes": None if table.class_names is None else list(table.class_names),
        "counts": _counts(bench), "chosen": bench.chosen, "notes": list(table.notes),
    }  # fmt: skip


def page(bench: Bench, which: str, start: int, count: int) -> dict[str, Any]:
    """Rows of the data: all, those learned from, or those held out, from a place on.

    Shapes: ``cells`` is a list of rows; of pictures ``pictures`` is rows x channels x up x across.
    """
    every = {"all": np.arange(len(bench.data.x)), "learned": bench.learned, "held": bench.held}
    places = np.sort(every[which])[start : start + min(count, MOST_ROWS)]
    found: dict[str, Any] = {
        "rows": places, "all": len(every[which]), "held": np.isin(places, bench.held),
        "wanted": [_cell(value) for value in np.asarray(bench.data.y)[places].tolist()],
    }  # fmt: skip
    if not len(places):
        return {**found, "cells": []}
    if is_picture(bench):
        return {**found, "pictures": np.stack([picture(bench, row) for row in places])}
    return {**found, "cells": cells(bench, places)}


def cells(bench: Bench, places: Array) -> list[list[Any]]:
    """Rows as plain values, of the columns that are shown."""
    x = bench.data.x
    if isinstance(x, Table):
        names = list(column_names(bench.network))[:MOST_COLUMNS]
        columns = [x.column(name) for name in names]
        return [[_cell(column[int(row)]) for column in columns] for row in places]
    rows = np.asarray(x[places]).reshape(len(places), -1)[:, :MOST_COLUMNS]
    return [[_cell(value) for value in row] for row in rows.tolist()]


def is_picture(bench: Bench) -> bool:
    """Whether rows are pictures."""
    return bool(bench.data.image_shape) or (
        not isinstance(bench.data.x, Table) and bench.data.x.ndim > 2
    )


def picture(bench: Bench, row: int) -> Array:
    """A row as a picture of channels x up x across, each from 0 to 255.

    Numerics: pictures of 8 bits as they are; others from the least to the greatest of all rows.
    """
    data = bench.data
    found = np.asarray(data.x[row])
    found = found.reshape(-1, *data.image_shape) if data.image_shape else found
    found = found[None] if found.ndim == 2 else found
    step = max(1, -(-max(found.shape[1:]) // SIDE))
    found = found[:, ::step, ::step]
    if found.dtype == np.uint8:
        return found
    low, high = float(np.min(data.x)), float(np.max(data.x))
    return np.round(255 * (found - low) / max(high - low, 1e-12)).astype(np.uint8)


def _cell(value: Any) -> Any:
    """A value that JSON has: numbers that are none become nothing."""
    if value is None or isinstance(value, bool | int | str):
        return value
    if isinstance(value, float):
        return value if np.isfinite(value) else None
    return [_cell(each) for each in value] if isinstance(value, list) else str(value)


def _counts(bench: Bench) -> list[int] | None:
    """How many rows each class has."""
    if bench.data.kind != "classes":
        return None
    return [int(count) for count in np.unique(bench.data.y, return_counts=True)[1]]
