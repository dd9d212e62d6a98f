"""What can be measured on arrays of one step: dead and saturated units, sizes, ranks, histograms.

Plain NumPy on plain arrays: what is judged of the numbers is judged elsewhere.
"""

from __future__ import annotations

from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from pellucid.dataclass import dataclass

Floats: TypeAlias = NDArray[np.float64]

BINS = 20
MOST_ROWS, MOST_UNITS = 128, 256
"""A rank is found on at most so many rows and units: its cost grows with the cube of the fewer."""
ENDS = {"sigmoid": (0.0, 1.0), "hard_sigmoid": (0.0, 1.0), "tanh": (-1.0, 1.0)}
"""Between which ends the values of a bounded activation lie."""
END_SHARE = 0.01


@dataclass(frozen=True)
class Histogram:
    """How values are spread: counts between neighbouring edges of equal distance."""

    edges: tuple[float, ...]
    counts: tuple[int, ...]

    @classmethod
    def of(cls, values: Floats) -> Histogram:
        """The histogram of the finite ones among values, from the least to the greatest.

        Example:
            >>> Histogram.of(np.arange(40.0)).counts[:3]
            (2, 2, 2)
        """
        finite = values[np.isfinite(values)]
        if not finite.size:
            return cls((), ())
        low, high = float(finite.min()), float(finite.max())
        if not high - low > 1e-9 * max(abs(low), abs(high)):  # too close for edges between them
            return cls((low, high), (int(finite.size),))
        if not np.isfinite(high - low):
            return cls((), ())
        counts, edges = np.histogram(finite, BINS)
        return cls(tuple(edges.tolist()), tuple(counts.tolist()))


def by_unit(values: Floats) -> Floats:
    """Values as a table with a column a unit: channels of pictures, else the last axis.

    Shapes: (rows, ..., units) or (rows, channels, height, width) -> (rows * places, units).
    """
    if values.ndim == 4:
        values = np.moveaxis(values, 1, -1)
    return values.reshape(-1, values.shape[-1]) if values.ndim > 1 else values.reshape(-1, 1)


def dead_units(values: Floats, gradient: Floats | None = None) -> NDArray[np.bool_]:
    """The units that give 0 for all rows, and whose weights have no gradient.

    Parameters:
        values: a column a unit.
        gradient: of the weights, a column a unit; None: it is not asked.

    Example:
        >>> dead_units(np.array([[0.0, 2.0], [0.0, 0.0]])).tolist()
        [True, False]
    """
    dead = np.asarray(~values.any(axis=0))
    if gradient is not None and gradient.shape[-1] == values.shape[-1]:
        dead &= ~gradient.any(axis=0)
    return dead


def saturated_units(values: Floats, kind: str) -> NDArray[np.bool_]:
    """The units of a bounded activation that are at an end for nearly all rows (95 %).

    At an end: within a hundredth of the distance between both ends.
    """
    low, high = ENDS[kind]
    margin = END_SHARE * (high - low)
    found: NDArray[np.bool_] = ((values < low + margin) | (values > high - margin)).mean(0) >= 0.95
    return found


def effective_rank(values: Floats) -> float:
    """How many directions the rows really vary in.

    Formula: exp(-sum p_i ln p_i), with p_i = s_i / sum of s, and s the singular values of the
        centred rows; 0 where all rows are equal.
    Numerics: on at most 128 rows and 256 units, spread evenly; s are the roots of the eigenvalues
        of the smaller product, so directions below 1e-8 of the largest are lost: they add nothing.
    Source: O. Roy, M. Vetterli, The Effective Rank, EUSIPCO 2007.

    Example:
        >>> round(effective_rank(np.array([[1.0, 0.0], [-1.0, 0.0], [0.0, 1.0], [0.0, -1.0]])), 6)
        2.0
    """
    some = _thinned(_thinned(values, MOST_ROWS).T, MOST_UNITS).T
    centred = some - some.mean(axis=0)
    largest = float(np.abs(centred).max(initial=0.0))
    if not largest > 1e-12 * float(np.abs(some).max(initial=0.0)) or not np.isfinite(largest):
        return 0.0
    centred = centred / largest
    small = centred @ centred.T if len(centred) < centred.shape[1] else centred.T @ centred
    s = np.sqrt(np.maximum(np.linalg.eigvalsh(small), 0.0))
    p = s[s > 1e-8 * s.max()] / s.sum()
    return float(np.exp(-np.sum(p * np.log(p))))


def relative_spread(values: Floats) -> float:
    """How much rows differ, beside their size: the rms of the centred values by that of all."""
    size = root_mean_square(values)
    return root_mean_square(values - values.mean(axis=0)) / size if size > 0 else 0.0


def root_mean_square(values: Floats) -> float:
    """The root of the mean square; 0 of no values.

    Numerics: the largest is taken out first, so that no square overflows.

    Example:
        >>> f"{root_mean_square(np.array([3e200, 4e200])):.4g}"
        '3.536e+200'
    """
    largest = float(np.abs(values).max(initial=0.0))
    if largest == 0 or not np.isfinite(largest):
        return largest
    return float(largest * np.sqrt(np.mean(np.square(values / largest))))


def length(values: Floats) -> float:
    """The length of all values as one vector, computed as ``root_mean_square`` is."""
    return root_mean_square(values) * float(np.sqrt(values.size))


def alike(weights: Floats) -> bool:
    """Whether all units have the same incoming weights, to the last bit or nearly.

    Shapes: (inputs, units).
    """
    if weights.ndim < 2 or weights.shape[-1] < 2:
        return False
    table = weights.reshape(-1, weights.shape[-1])
    return bool(np.ptp(table, axis=1).max() <= 1e-9 * max(float(np.abs(table).max()), 1e-30))


def _thinned(values: Floats, most: int) -> Floats:
    count = len(values)
    if count <= most:
        return values
    return values[np.linspace(0, count - 1, most).astype(np.int64)]
