"""Dividing rows: a part held back for testing, or folds that take turns at it.

Both give the places of rows, in ascending order, and move no data.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from pellucid.data.arrays import Array, count_of
from pellucid.data.draw import Draw
from pellucid.errors import DataError, ParameterError
from pellucid.hyper import Hyper

FRACTION = Hyper("the part of the rows held back", float, above=0, below=1)
FOLDS = Hyper("the number of parts that take turns at being held back", int, low=2)


def split_rows(
    y_or_n: Any, fraction: float = 0.2, seed: int = 0, stratify: bool = False
) -> tuple[Array, Array]:
    """Draw the rows to hold back, and return the places of (kept, held back) rows.

    With ``stratify`` each class has its share among the held back: fraction times its rows, rounded
    by the largest remainder so that the shares add up. But a class of two rows or more has at least
    one on each side, and a class of a single row stays with the kept.

    The draw follows from the seed and the number of rows, so a part of the kept rows can be held
    back with the same seed: that draw is another.

    Parameters:
        y_or_n: the targets, or the number of rows.
        fraction: part of the rows to hold back, above 0 and below 1; at least one row on each side.
        seed: what the draw follows from, at least 0.
        stratify: whether to keep the shares of the classes; needs the targets.

    Raises: ``DataError`` for fewer than two rows, or no class with two; ``ParameterError``.

    Example:
        >>> kept, held = split_rows(["a", "a", "a", "b", "b"], 0.4, stratify=True)
        >>> kept.tolist(), held.tolist()
        ([1, 2, 3], [0, 4])
    """
    fraction = FRACTION.check("split_rows", "fraction", fraction)
    groups = _groups(y_or_n, stratify)
    total = sum(len(group) for group in groups)
    if total < 2:
        raise DataError(
            f"A split needs at least 2 rows, got {total}: one to learn from and one to test with. "
            "Add rows."
        )
    draw = Draw(seed, f"split of {total}")
    counts = np.array([len(group) for group in groups])
    held = [
        group[draw.order(len(group))[:share]]
        for group, share in zip(groups, _shares(counts, fraction), strict=True)
    ]
    places = np.sort(np.concatenate(held))
    return np.setdiff1d(np.arange(total), places), places


def folds(
    y_or_n: Any, k: int = 5, seed: int = 0, stratify: bool = False
) -> list[tuple[Array, Array]]:
    """Deal the rows into k folds, and return (other rows, rows of the fold) for each.

    The sizes of two folds differ by at most one row; with ``stratify`` so do the rows of each
    class.

    Parameters:
        y_or_n: the targets, or the number of rows.
        k: number of folds, at least 2 and at most the number of rows.
        seed: what the draw follows from, at least 0.
        stratify: whether to spread each class evenly; needs the targets.

    Raises: ``DataError`` for fewer rows than folds; ``ParameterError``.

    Example:
        >>> [fold.tolist() for _, fold in folds(5, 2)]
        [[1, 2, 3], [0, 4]]
    """
    k = FOLDS.check("folds", "k", k)
    groups = _groups(y_or_n, stratify)
    total = sum(len(group) for group in groups)
    if total < k:
        raise DataError(
            f"{k} folds need at least {k} rows, got {total}. Use fewer folds or add rows."
        )
    draw = Draw(seed, f"folds of {total}")
    dealt = np.concatenate([group[draw.order(len(group))] for group in groups])
    parts = [np.sort(dealt[start::k]) for start in range(k)]
    return [(np.setdiff1d(np.arange(total), part), part) for part in parts]


def _groups(y_or_n: Any, stratify: bool) -> list[Array]:
    """The places of the rows, in one group or one for each class."""
    if isinstance(y_or_n, (int, np.integer)) and not isinstance(y_or_n, bool):
        if stratify:
            raise ParameterError(
                f"stratify=True expects the targets, got the number of rows {y_or_n}. "
                "Give y in its place, or stratify=False."
            )
        return [np.arange(max(int(y_or_n), 0))]
    y = np.asarray(y_or_n)
    if not stratify:
        return [np.arange(len(y))]
    values, inverse = np.unique(y, return_inverse=True)
    return [np.flatnonzero(inverse == place) for place in range(len(values))]


def _shares(counts: Array, fraction: float) -> list[int]:
    """How many rows of each class to hold back."""
    if len(counts) == 1:
        return [int(np.clip(round(fraction * counts[0]), 1, counts[0] - 1))]
    quota = fraction * counts
    low, high = np.minimum(counts - 1, 1), counts - 1
    if not high.any():
        raise DataError(
            f"Each of the {count_of(len(counts), 'class', 'classes')} has a single row, so none "
            "can be on both sides of a split. Add rows, or split with stratify=False."
        )
    shares = np.clip(np.floor(quota).astype(int), low, high)
    wanted = round(quota[high > 0].sum())
    for place in np.argsort(shares - quota, kind="stable"):
        if shares.sum() < wanted and shares[place] < min(quota[place], high[place]):
            shares[place] += 1
    return [int(share) for share in shares]
