"""Points that lie far nearer to each other than points of their data do.

What is near depends on the data: two of a million points in a plane are nearer than two of a
hundred in space. So the distance between a pair is compared with that to the next neighbour which
chance would give, from how the distances of a draw of points grow.
"""

from __future__ import annotations

import numpy as np

from pellucid.data.arrays import Array
from pellucid.data.draw import Draw

DRAW = 1_500
"""Distances between points are looked at in a draw of so many."""
FALSE = 0.01
"""How many pairs there may be by chance in all."""
CLOSE = 0.1
"""A pair is at least ten times nearer than neighbours are, however few points there are."""
LINES, WINDOW = 5, 4
MOST_PAIRS = 2_000
FEW_POINTS = 20
FEW_ENOUGH, BLOCK = 4_000, 500
"""Of at most so many points all pairs are looked at, 500 rows of them at a time."""


def near_pairs(z: Array, apart: Array, seed: int) -> Array:
    """Pairs of points that lie surprisingly near to each other.

    Formula: with r1 and r2 the distances of a point to its two nearest, the data have about
        d = 1 / mean ln(r2 / r1) dimensions. Among n points a nearest neighbour within c times the
        typical distance turns up about 0.35 n c^d times by chance; c is chosen so that this is 0.01
        at most, and at most 0.1. A pair counts if it is nearer than c times the distance from
        either point to the nearest other in a draw, scaled to all points by (draw / n)^(1 / d).

    Of more than 4,000 points not all pairs are looked at, but neighbours in the cells of a grid
    over random directions, two or three times with the grid moved: some are missed, fewer the
    nearer they are.

    Cost: 1,500 x 1,500 distances; two or three sorts of n numbers, or at most 4,000 x 4,000 more.
    Shapes: z is n x k with columns of one scale and no two equal rows; apart is n, points of
        different values there are never near; -> pairs x 2, the smaller place first.
    Source: E. Facco et al. (2017), Scientific Reports 7, doi:10.1038/s41598-017-11873-y, for d.
    """
    count, width = z.shape
    none = np.empty((0, 2), np.int64)
    if count < FEW_POINTS:
        return none
    drawn = np.sort(Draw(seed, "near pairs").order(count)[:DRAW])
    own = _distances(z[drawn], apart[drawn], z[drawn], apart[drawn])
    np.fill_diagonal(own, np.inf)
    first, second = np.partition(own, 1, axis=1)[:, :2].T
    good = (first > 0) & np.isfinite(second)
    if good.sum() < FEW_POINTS / 2:
        return none
    growth = np.sort(np.log(second[good] / first[good]))[: max(1, int(0.9 * good.sum()))].mean()
    dimensions = float(np.clip(1 / max(growth, 1e-9), 0.5, width))
    fill = (len(drawn) / count) ** (1 / dimensions)
    ratio = min(CLOSE, (FALSE / (0.35 * count)) ** (1 / dimensions))
    reach = ratio * fill * float(np.quantile(first[good], 0.95))
    if not reach > 0:
        return none
    few = count <= FEW_ENOUGH
    pairs = (
        _all_pairs(z, apart, reach) if few else _in_cells(z, apart, reach, Draw(seed, "directions"))
    )
    length = _lengths(z, pairs)
    pairs, length = pairs[length <= reach][:MOST_PAIRS], length[length <= reach][:MOST_PAIRS]
    usual = np.full(len(pairs), np.inf)
    for side in (0, 1):
        ends = pairs[:, side]
        far = _distances(z[ends], apart[ends], z[drawn], apart[drawn])
        far[far <= reach] = np.inf  # itself, its twin, further copies
        usual = np.minimum(usual, far.min(axis=1))
    return np.unique(pairs[length <= ratio * fill * usual], axis=0)


def _lengths(z: Array, pairs: Array) -> Array:
    """The distance between the points of each pair, in pieces of bounded size."""
    piece = max(1, (1 << 22) // z.shape[1])
    parts = [pairs[start : start + piece] for start in range(0, len(pairs), piece)]
    every = [((z[p[:, 0]].astype(float) - z[p[:, 1]]) ** 2).sum(axis=1) for p in parts]
    return np.asarray(np.sqrt(np.concatenate([np.empty(0), *every])))


def _distances(a: Array, own: Array, b: Array, others: Array) -> Array:
    """Distances between all points of a and b; infinite where they are apart.

    Shapes: n x k, n, m x k, m -> n x m.
    """
    from scipy.spatial.distance import cdist

    result: Array = cdist(a.astype(np.float64), b.astype(np.float64))
    result[own[:, None] != others] = np.inf
    return result


def _all_pairs(z: Array, apart: Array, reach: float) -> Array:
    """Pairs within reach, found by looking at each pair."""
    found = []
    squares = (z.astype(np.float64) ** 2).sum(axis=1).astype(np.float32)
    for start in range(0, len(z), BLOCK):
        own = slice(start, start + BLOCK)
        length = squares[own, None] + squares - 2 * (z[own] @ z.T)
        near = length <= reach**2 + 1e-5 * squares[own, None]  # single precision: looked at again
        near &= apart[own, None] == apart
        a, b = np.nonzero(near)
        a += start
        found.append(np.stack([a[a < b], b[a < b]], axis=1))
    return np.concatenate(found)


def _in_cells(z: Array, apart: Array, reach: float, draw: Draw) -> Array:
    """Pairs that share a cell of a grid over a few random directions, and are neighbours in it.

    Along a random direction of k, points at distance r are r / sqrt(k) apart, on average.
    """
    count, width = z.shape
    lines = min(LINES, width)
    along = z @ np.linalg.qr(draw.normal(width, lines))[0].astype(np.float32)
    step = 3 * reach / np.sqrt(width)
    found = []
    for move in np.linspace(0, 1, 4 if count <= 200_000 else 3)[:-1]:
        place = np.floor(along[:, 1:] / np.float32(4 * step) + np.float32(move)).astype(np.int64)
        key = apart.copy()
        for line in place.view(np.uint64).T:
            key = (key ^ line) * np.uint64(0x9E3779B97F4A7C15)
            key ^= key >> np.uint64(29)
        first = along[:, 0]
        rank = (first - first.min()) / max(float(np.ptp(first)), 1e-30) * ((1 << 24) - 1)
        key = (key << np.uint64(24)) | rank.astype(np.uint64)  # within a cell in order of the first
        order = np.argsort(key)
        cell, ordered = key[order] >> np.uint64(24), first[order]
        for lag in range(1, WINDOW + 1):
            same = (cell[lag:] == cell[:-lag]) & (ordered[lag:] - ordered[:-lag] <= step)
            a, b = order[np.flatnonzero(same)], order[np.flatnonzero(same) + lag]
            near = (np.abs(along[a, 1:] - along[b, 1:]) <= step).all(axis=1)
            found.append(np.minimum(a, b)[near] * count + np.maximum(a, b)[near])
    return np.stack(np.divmod(np.unique(np.concatenate(found)), count), axis=1)
