"""What the network answers over the plane of two inputs, with the data on it."""

from __future__ import annotations

from typing import Any
from weakref import WeakKeyDictionary

import numpy as np

from pellucid.data.frame import Table
from pellucid.graph.primitive import Array
from pellucid.inspect.views.layers import column_names
from pellucid.scene.bench import Bench
from pellucid.scene.prepared import Prepared
from pellucid.studio.views.answers import (
    are_chances,
    chances,
    class_names,
    has_answers,
    numbers_again,
    used_columns,
    values,
    wanted,
)
from pellucid.studio.wire import exact

PLACES, MOST_POINTS, MARGIN = 64, 1000, 0.12
LINE, MOST_LINE = 257, 2000


def boundary(bench: Bench) -> dict[str, Any]:
    """The answers on a grid, the points, and where they lie; of one input the answers on a line.

    Shapes: ``values`` is up x across for numbers (and the chance of the second of two classes),
        else up x across x classes; ``points`` is n x 2; ``labels`` n, the place of the class or
        the number. Of one input ``values`` is across, or across x classes, and ``points`` n x 1.
    Numerics: points and labels go to the page to the bit: who draws among them makes them data.
    """
    data = bench.data
    if data.x.ndim != 2 or data.image_shape or not has_answers(bench):
        return {"none": "targets" if not has_answers(bench) else "pictures"}
    names = number_columns(bench)
    if not names:
        return {"none": "numbers"}
    plane = _plane(bench, names)
    columns = [names[place] for place in plane]
    points = np.stack([_column(bench, name) for name in columns], axis=1)
    ends = [_range(points[:, place]) for place in range(len(plane))]
    key = ("plane", plane, bench.chosen)
    found = numbers_again(bench, key, lambda: _rows(bench, columns, ends))
    some = _some(len(points), bench.chosen, MOST_POINTS if len(plane) > 1 else MOST_LINE)
    told = chances(bench, found)
    shown = values(bench, found) if told is None else _second(told)
    shape = (PLACES, PLACES) if len(plane) > 1 else (LINE,)
    return {
        "values": shown.reshape(*shape, *shown.shape[1:]),
        "range": [list(each) for each in ends],
        "inputs": columns, "names": names, "plane": list(plane),
        "points": exact(points[some]), "rows": some, "held": np.isin(some, bench.held),
        "labels": exact(wanted(bench, some)), "classes": class_names(bench),
        "sure": are_chances(bench),
        "target": data.target or "y", "chosen": bench.chosen, "more": len(points) - len(some),
        "others": len(used_columns(bench)) - len(plane), "step": bench.step,
    }  # fmt: skip


def number_columns(bench: Bench) -> list[str]:
    """The inputs that are numbers, which a plane can be made of."""
    names, x = list(column_names(bench.network)), bench.data.x
    if not isinstance(x, Table):
        return names
    used = used_columns(bench)
    return [name for name in used if x.column(name).dtype.is_numeric()]


def _plane(bench: Bench, names: list[str]) -> tuple[int, ...]:
    """The places of the inputs that are looked at, among those that are numbers.

    Unless two were chosen: those that tell most of the targets, each by itself.
    """
    if bench.plane is not None and max(bench.plane) < len(names):
        return bench.plane
    if len(names) < 3:
        return tuple(range(len(names)))
    known = _telling.get(bench.ready)
    if known is None or known[1] >= len(names):
        shares = [_share(_column(bench, name), np.asarray(bench.data.y)) for name in names]
        first, second = sorted(np.argsort(np.negative(shares), kind="stable")[:2].tolist())
        known = _telling[bench.ready] = first, second
    return known


_telling: WeakKeyDictionary[Prepared, tuple[int, int]] = WeakKeyDictionary()


def _share(column: Array, y: Array) -> float:
    """How much of an input's spread goes with the target: R squared, by class or along a line."""
    centred = column - column.mean()
    total = float(centred @ centred)
    if not total > 0:
        return 0.0
    if y.dtype.kind == "f" and y.ndim == 1:
        other = y - y.mean()
        return float((centred @ other) ** 2 / (total * max(float(other @ other), 1e-30)))
    _, place = np.unique(y, return_inverse=True)
    sums, counts = np.bincount(place, centred), np.bincount(place)
    return float((sums**2 / np.maximum(counts, 1)).sum() / total)


def _column(bench: Bench, name: str) -> Array:
    """An input of all rows; what is missing stands in the middle of what is there."""
    x = bench.data.x
    if not isinstance(x, Table):
        return np.asarray(x[:, list(column_names(bench.network)).index(name)], float)
    found = x.column(name).cast(float).to_numpy().copy()
    known = np.isfinite(found)
    found[~known] = np.median(found[known]) if known.any() else 0.0
    return np.asarray(found)


def _rows(bench: Bench, columns: list[str], ends: list[tuple[float, float]]) -> Any:
    """Rows over the plane; the other inputs are those of the chosen row."""
    if len(columns) == 1:
        grid = [np.linspace(*ends[0], LINE)]
    else:
        across, up = (np.linspace(low, high, PLACES) for low, high in ends)
        grid = [part.ravel() for part in np.meshgrid(across, up)]
    x = bench.data.x
    if not isinstance(x, Table):
        rows = np.repeat(np.asarray(x[bench.chosen], float)[None], len(grid[0]), axis=0)
        names = list(column_names(bench.network))
        for name, values_ in zip(columns, grid, strict=True):
            rows[:, names.index(name)] = values_
        return rows
    from polars import Series

    same = x[np.full(len(grid[0]), bench.chosen)].frame
    own = [
        Series(name, values_).cast(same.schema[name] if same.schema[name].is_float() else float)
        for name, values_ in zip(columns, grid, strict=True)
    ]
    return Table(same.with_columns(own))


def _range(column: Array) -> tuple[float, float]:
    low, high = float(column.min()), float(column.max())
    pad = MARGIN * (high - low) or 1.0
    return low - pad, high + pad


def _some(count: int, chosen: int, most: int) -> Array:
    """The places of the rows that are drawn: evenly spread, the chosen one among them."""
    spread = np.linspace(0, count - 1, min(count, most)).astype(int)
    return np.unique(np.append(spread, chosen))


def _second(told: Array) -> Array:
    return told[:, 1] if told.shape[1] == 2 else told
