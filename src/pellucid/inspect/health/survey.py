"""What the rows learned from look like to the network: once encoded, and in what order."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from pellucid.data.audit.cells import spread
from pellucid.data.codec import InputCodec, Keep, Standardize
from pellucid.dataclass import dataclass
from pellucid.graph.primitive import Array
from pellucid.inspect.health.measures import root_mean_square
from pellucid.inspect.importance import columns_of
from pellucid.learn.loop import Plan, Samples
from pellucid.learn.plan import Encoded

MOST_ROWS, MOST_PICTURES, MIDDLE_ROWS = 200_000, 2_000, 5_000
FAR, FAR_UNITS = 1e4, 1e6
"""How many times what is usual a value is that no other row comes near; the same for units."""


@dataclass(frozen=True)
class Odd:
    """One number that is far from all others: its row and place, it, and what is usual there."""

    row: int
    place: int
    value: float
    usual: float


@dataclass(frozen=True, eq=False)
class Survey:
    """What is known of the rows learned from.

    Attributes:
        rows: how many there are.
        names: what the user calls the column of each number of a row; empty where it has none.
        scaled: whether the inputs were scaled.
        size: the rms of all inputs.
        deviations: of each number of a row; empty where rows are no plain numbers.
        extremes: the least and greatest of each.
        odd: the inputs far from all others, the farthest first.
        weight, target: the sample weight and the target far from all others.
        counts: how many rows each class has; None for other targets.
        pure: the share of the batches that hold one class alone, where they are not shuffled.
    """

    rows: int
    names: tuple[str, ...]
    scaled: bool
    size: float
    deviations: tuple[float, ...]
    extremes: tuple[tuple[float, float], ...]
    odd: tuple[Odd, ...]
    weight: Odd | None
    target: Odd | None
    counts: tuple[int, ...] | None
    pure: float

    def name(self, place: int) -> str:
        """What the user calls a number of a row."""
        return self.names[place] if place < len(self.names) else f"place {place}"


def survey(
    data: Samples, codec: InputCodec, plan: Plan, rows: Array | None = None,
    units: tuple[tuple[float, ...], tuple[float, ...]] | None = None,
) -> Survey:  # fmt: skip
    """Look at the rows learned from.

    Parameters:
        rows: their places in the data as given; by default they are all of them.
        units: scale and shift of each target, as ``Task.units``.
    """
    names = place_names(codec)
    x = _some(data)
    flat = x.reshape(len(x), -1)
    plain = flat.dtype.kind == "f" and not isinstance(data.x, Encoded)
    table = flat if plain else flat[:0]
    low = table.min(axis=0, initial=np.inf) if plain else np.zeros(0)
    high = table.max(axis=0, initial=-np.inf) if plain else np.zeros(0)
    with np.errstate(all="ignore"):
        deviations = table.astype(np.float64).std(axis=0) if plain else np.zeros(0)
    y = data.y
    classes = y.dtype.kind in "iu" and y.ndim == 1
    odd = odd_values(table, codec) if plain and len(data) == len(x) else ()
    target = None if classes or not y.size else _odd_target(y, units)
    return Survey(
        len(data), names, not isinstance(codec, Keep), root_mean_square(flat.astype(np.float64)),
        tuple(deviations.tolist()), tuple(zip(low.tolist(), high.tolist(), strict=True)),
        tuple(_placed(odd, rows) for odd in odd),
        _placed(_odd_number(data.weight), rows), _placed(target, rows),
        tuple(np.bincount(y).tolist()) if classes and len(y) else None,
        0.0 if plan.shuffle or not classes else _purity(y, plan.batch),
    )  # fmt: skip


def place_names(codec: InputCodec) -> tuple[str, ...]:
    """What the user calls the column of each number of an encoded row; empty for pictures."""
    if len(codec.sample_shape) != 1:
        return ()
    try:
        labels, places = columns_of(codec)
    except Exception:  # noqa: BLE001 - a codec of the user's own may have no columns
        return ()
    names = [""] * sum(map(len, places))
    for label, own in zip(labels, places, strict=True):
        for k, place in enumerate(own):
            names[place] = label if len(own) == 1 else f"{label} ({k + 1} of {len(own)})"
    return tuple(names)


def odd_values(table: Array, codec: InputCodec | None = None) -> tuple[Odd, ...]:
    """The values that are 10,000 times as far from their column's median as nearly all others.

    Nearly all: 95 of 100. In a column where those are all equal, as what is usual in the other
    columns. A column whose scale one row alone makes is told by the codec's scales.
    """
    if len(table) < 3 or not table.shape[1]:
        return ()
    some = table[spread(len(table), MIDDLE_ROWS)]
    with np.errstate(all="ignore"):
        middle = np.median(some, axis=0)
        far = np.abs(table - middle)
        usual = np.quantile(np.abs(some - middle).astype(np.float64), 0.95, axis=0)
    known = usual[np.isfinite(usual) & (usual > 0)]
    typical = float(np.median(known)) if known.size else 1.0
    limit = FAR * np.where(usual > 0, usual, typical)
    found = [
        Odd(int(row), int(place), float(table[row, place]), float(usual[place]))
        for row, place in zip(*np.nonzero(~(far <= limit)), strict=True)
    ]
    found += _squeezed(table, codec)
    found.sort(key=lambda odd: -_reach(odd.value))
    return tuple(found[:100])


def _squeezed(table: Array, codec: InputCodec | None) -> list[Odd]:
    """The rows that make the whole scale of a standardized column, so that all others are alike."""
    if not isinstance(codec, Standardize) or len(codec.scale) < 2:
        return []
    wide = codec.scale > FAR_UNITS * np.median(codec.scale)
    found = []
    for place in np.flatnonzero(wide).tolist():
        column = np.abs(table[:, place])
        row = int(column.argmax())
        if column[row] > 0.99 * np.sqrt(len(table) - 1):
            value = float(table[row, place]) * codec.scale[place] + codec.mean[place]
            rest = np.delete(table[:, place], row)
            usual = float(np.abs(rest * codec.scale[place] + codec.mean[place]).max())
            found.append(Odd(row, place, float(value), usual))
    return found


def _placed(odd: Any, rows: Array | None) -> Any:
    return odd if odd is None or rows is None else replace(odd, row=int(rows[odd.row]))


def _reach(value: float) -> float:
    return abs(value) if np.isfinite(value) else float("inf")


def _odd_number(values: Array) -> Odd | None:
    """The one among numbers that is not finite, or makes up half of their sum and more."""
    if len(values) < 3:
        return None
    row = int(np.argmax(np.where(np.isfinite(values), np.abs(values), np.inf)))
    value = float(values[row])
    rest = float(np.abs(np.delete(values.astype(np.float64), row)).sum())
    if np.isfinite(value) and (abs(value) <= rest or len(values) < 20):
        return None
    return Odd(row, 0, value, rest / (len(values) - 1))


def _odd_target(y: Array, units: tuple[tuple[float, ...], tuple[float, ...]] | None) -> Odd | None:
    """The target far from all others, in the user's units.

    Where one row alone makes the scale, all others are nearly the same once scaled.
    """
    flat = np.asarray(y, np.float64).reshape(len(y), -1)
    found = list(odd_values(flat)) or _alone(flat)
    if not found:
        return None
    odd = found[0]
    scale, shift = (1.0, 0.0) if units is None else (part[odd.place] for part in units)
    value = odd.value * scale + shift
    if odd.usual == 0 and abs(value) < FAR_UNITS:  # one event among many rows without
        return None
    return replace(odd, value=value, usual=odd.usual * scale)


def _alone(table: Array) -> list[Odd]:
    """One number of a column that is a million times as far from the median as any other."""
    found = []
    for place in range(table.shape[1] if len(table) >= 20 else 0):
        far = np.abs(table[:, place] - np.median(table[:, place]))
        row = int(far.argmax())
        usual = float(np.delete(far, row).max())
        if far[row] > FAR_UNITS * usual > 0 or (far[row] > 0 and usual == 0):
            found.append(Odd(row, place, float(table[row, place]), usual))
    return found


def _some(data: Samples) -> Array:
    """The inputs, or as many as can be looked at."""
    most = MOST_PICTURES if isinstance(data.x, Encoded) else MOST_ROWS
    if len(data) <= most and not isinstance(data.x, Encoded):
        return np.asarray(data.x)
    return np.asarray(data.x[spread(len(data), min(most, len(data)))])


def _purity(y: Array, batch: int) -> float:
    """The share of the batches, in the order of the rows, that hold one class alone."""
    if len(np.unique(y)) < 2:
        return 0.0
    starts = range(0, len(y) - batch + 1, batch)
    pure = [bool((y[at : at + batch] == y[at]).all()) for at in starts]
    return float(np.mean(pure)) if pure and batch > 1 else 0.0


def sample_of(data: Samples, count: int) -> dict[str, Any]:
    """Some rows, evenly spread, by the name of the graph's input."""
    rows = spread(len(data), min(count, len(data)))
    return {name: array[rows] for name, array in data.rows.items()}
