"""Means and standard deviations of columns: in two passes, a piece at a time, safe in all ranges.

Used by the codecs of inputs and of targets.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from pellucid.data.arrays import Array
from pellucid.errors import DataError

_CELLS = 1 << 21


def pieces(x: Array) -> Iterator[slice]:
    """Slices of rows of about two million values each, so that copies stay small."""
    rows = max(1, _CELLS // max(1, x[:1].size))
    for start in range(0, len(x), rows):
        yield slice(start, start + rows)


def mean_and_scale(x: Array, name: str) -> tuple[Array, Array]:
    """Mean and population standard deviation of each column; the scale of a constant column is 1.

    Formula: mean = sum of x / n; scale = sqrt(sum of (x - mean)^2 / n).
    Shapes: n x columns -> columns, columns.
    Raises: ``DataError`` for a column whose values are too large to be added up in float64.
    Numerics: two passes in float64; deviations are divided by the largest before they are squared.
        A column counts as constant where its smallest value is its largest, or where its deviation
        is within the rounding error of the mean, n eps |mean|.
    """
    low, high = x.min(axis=0).astype(np.float64), x.max(axis=0).astype(np.float64)
    with np.errstate(over="ignore", invalid="ignore"):
        mean = sum_columns(x) / len(x)
        far = np.maximum(high - mean, mean - low)
        unit = np.where(far > 0, far, 1.0)
        squares = np.zeros(len(mean))
        for piece in pieces(x):
            squares += np.square((x[piece] - mean) / unit).sum(axis=0)
        scale = unit * np.sqrt(squares / len(x))
    bad = ~(np.isfinite(mean) & np.isfinite(scale))
    if bad.any():
        column = int(np.argmax(bad))
        raise DataError(
            f"{name} has values from {low[column]:.4g} to {high[column]:.4g} in column {column}, "
            "too large to be added up. Divide that column by a constant."
        )
    steady = (low == high) | (scale <= len(x) * np.finfo(np.float64).eps * np.abs(mean))
    return np.where(low == high, low, mean), np.where(steady | (scale == 0), 1.0, scale)


def sum_columns(x: Array) -> Array:
    """The sum of each column in float64."""
    total = np.zeros(x.shape[1])
    for piece in pieces(x):
        total += x[piece].sum(axis=0, dtype=np.float64)
    return total
