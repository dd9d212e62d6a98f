"""Dividing rows: a part held back for testing, or folds that take turns at it.

Both give the places of rows, in ascending order, and move no data.
"""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import numpy as np

from pellucid.data.arrays import Array, count_of
from pellucid.data.distinct import distinct
from pellucid.data.draw import Draw
from pellucid.errors import DataError, ParameterError
from pellucid.hyper import Hyper

FRACTION = Hyper("the part of the rows held back", float, above=0, below=1)
FOLDS = Hyper("the number of parts that take turns at being held back", int, low=2)


def split_rows(
    y_or_n: Any,
    fraction: float = 0.2,
    seed: int = 0,
    stratify: bool = False,
    *,
    groups: Any = None,
    times: Any = None,
) -> tuple[Array, Array]:
    """Draw the rows to hold back, and return the places of (kept, held back) rows.

    With ``stratify`` each class has its share among the held back: fraction times its rows, rounded
    by the largest remainder so that the shares add up. But a class of two rows or more has at least
    one on each side, and a class of a single row stays with the kept.

    The draw follows from the seed and the number of rows, so a part of the kept rows can be held
    back with the same seed: that draw is another.

    With ``groups``, whole groups are drawn until their rows come closest to the fraction: no group
    is on both sides. With ``times`` nothing is drawn: the latest rows are held back, and rows of
    one time stay together.

    Parameters:
        y_or_n: the targets, or the number of rows.
        fraction: part of the rows to hold back, above 0 and below 1; at least one row on each side.
        seed: what the draw follows from, at least 0.
        stratify: whether to keep the shares of the classes; needs the targets.
        groups: the group of each row, any values.
        times: when each row was, any values that have an order.

    Raises: ``DataError`` for fewer than two rows, no class with two, one group or one time only;
        ``ParameterError`` for more than one of stratify, groups and times.

    Example:
        >>> kept, held = split_rows(["a", "a", "a", "b", "b"], 0.4, stratify=True)
        >>> kept.tolist(), held.tolist()
        ([1, 2, 3], [0, 4])
    """
    fraction = FRACTION.check("split_rows", "fraction", fraction)
    strata = _strata(y_or_n, stratify)
    total = sum(len(group) for group in strata)
    _check_one(total, stratify, groups, times)
    if total < 2:
        raise DataError(
            f"A split needs at least 2 rows, got {total}: one to learn from and one to test with. "
            "Add rows."
        )
    draw = Draw(seed, f"split of {total}")
    if times is not None:
        places = _latest(np.asarray(times), fraction)
    elif groups is not None:
        places = _whole_groups(np.asarray(groups), fraction, draw)
    else:
        counts = np.array([len(group) for group in strata])
        held = [
            group[draw.order(len(group))[:share]]
            for group, share in zip(strata, _shares(counts, fraction), strict=True)
        ]
        places = np.sort(np.concatenate(held))
    return others(total, places), places


def folds(
    y_or_n: Any,
    k: int = 5,
    seed: int = 0,
    stratify: bool = False,
    *,
    groups: Any = None,
    times: Any = None,
) -> list[tuple[Array, Array]]:
    """Deal the rows into k folds, and return (other rows, rows of the fold) for each.

    The sizes of two folds differ by at most one row; with ``stratify`` so do the rows of each
    class. With ``groups`` no group is in two folds: the largest groups are dealt first, each to the
    smallest fold. With ``times`` the rows in order are cut into k + 1 parts, and each part but the
    first is a fold, with the rows before it as the other rows: nothing is learned from the future.

    Parameters:
        y_or_n: the targets, or the number of rows.
        k: number of folds, at least 2 and at most the number of rows.
        seed: what the draw follows from, at least 0.
        stratify: whether to spread each class evenly; needs the targets.
        groups: the group of each row, any values.
        times: when each row was, any values that have an order.

    Raises: ``DataError`` for fewer rows, groups or times than folds; ``ParameterError`` for more
        than one of stratify, groups and times.

    Example:
        >>> [fold.tolist() for _, fold in folds(5, 2)]
        [[1, 2, 3], [0, 4]]
    """
    k = FOLDS.check("folds", "k", k)
    strata = _strata(y_or_n, stratify)
    total = sum(len(group) for group in strata)
    _check_one(total, stratify, groups, times)
    if total < k:
        raise DataError(
            f"{k} folds need at least {k} rows, got {total}. Use fewer folds or add rows."
        )
    if times is not None:
        return _forward(np.asarray(times), k)
    draw = Draw(seed, f"folds of {total}")
    if groups is not None:
        parts = _dealt_groups(np.asarray(groups), k, draw)
    else:
        dealt = np.concatenate([group[draw.order(len(group))] for group in strata])
        parts = [np.sort(dealt[start::k]) for start in range(k)]
    return [(others(total, part), part) for part in parts]


def others(total: int, places: Array) -> Array:
    """The places of all rows but these, in order."""
    kept = np.ones(total, bool)
    kept[places] = False
    return np.flatnonzero(kept)


def _strata(y_or_n: Any, stratify: bool) -> list[Array]:
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
    values, places = distinct(y.reshape(-1))
    return [np.flatnonzero(places == place) for place in range(len(values))]


def _shares(counts: Array, fraction: float) -> list[int]:
    """How many rows of each class to hold back."""
    if len(counts) == 1:
        return [int(np.clip(round(fraction * counts[0]), 1, counts[0] - 1))]
    quota = fraction * counts
    low, high = np.minimum(counts - 1, 1), counts - 1
    if not high.any():
        raise DataError(
            f"Each of the {count_of(len(counts), 'class', 'classes')} has a single row, so none "
            "can be on both sides of a split. Add rows of the same classes, or take the target as "
            "numbers if it holds measures."
        )
    shares = np.clip(np.floor(quota).astype(int), low, high)
    wanted = round(quota[high > 0].sum())
    for place in np.argsort(shares - quota, kind="stable"):
        if shares.sum() < wanted and shares[place] < min(quota[place], high[place]):
            shares[place] += 1
    return [int(share) for share in shares]


def _check_one(total: int, stratify: bool, groups: Any, times: Any) -> None:
    """Refuse two ways of dividing at once, and groups or times of another number."""
    if stratify + (groups is not None) + (times is not None) > 1:
        raise ParameterError(
            "A split goes by class (stratify=True), by groups or by times; expected one of them. "
            "Leave the others out."
        )
    for name, values in (("groups", groups), ("times", times)):
        if values is not None and len(values) != total:
            raise DataError(
                f"There are {count_of(total, 'row')} and {len(values):,} {name}; expected one for "
                "each row."
            )


def _whole_groups(groups: Array, fraction: float, draw: Draw) -> Array:
    """The rows of the groups that are drawn to be held back."""
    values, inverse, sizes = np.unique(groups, return_inverse=True, return_counts=True)
    if len(values) < 2:
        raise DataError(
            f"All {len(groups):,} rows are of one group; expected at least two, so that one can be "
            "held back. Split by another column, or by rows."
        )
    order = draw.order(len(values))
    held = np.cumsum(sizes[order])
    count = int(np.argmin(np.abs(held - fraction * len(groups)))) + 1
    chosen = order[: min(count, len(values) - 1)]
    return np.flatnonzero(np.isin(inverse.reshape(-1), chosen))


def _latest(times: Array, fraction: float) -> Array:
    """The rows from a moment on, so that they come closest to the fraction."""
    values, inverse, sizes = np.unique(times, return_inverse=True, return_counts=True)
    if len(values) < 2:
        raise DataError(
            f"All {len(times):,} rows are of one time, {values[0]}; expected at least two, so that "
            "the later can be held back. Split by another column, or by rows."
        )
    later = np.cumsum(sizes[::-1])[::-1]  # rows from each time on
    first = 1 + int(np.argmin(np.abs(later[1:] - fraction * len(times))))
    return np.flatnonzero(inverse.reshape(-1) >= first)


def _dealt_groups(groups: Array, k: int, draw: Draw) -> list[Array]:
    """Whole groups in k folds of about the same size."""
    values, inverse, sizes = np.unique(groups, return_inverse=True, return_counts=True)
    if len(values) < k:
        raise DataError(
            f"{k} folds need at least {k} groups, got {len(values)}. Use fewer folds or other "
            "groups."
        )
    order = draw.order(len(values))
    order = order[np.argsort(-sizes[order], kind="stable")]
    filled, fold = np.zeros(k, np.int64), np.zeros(len(values), np.int64)
    for group in order:
        fold[group] = int(np.argmin(filled))
        filled[fold[group]] += sizes[group]
    own = fold[inverse.reshape(-1)]
    return [np.flatnonzero(own == place) for place in range(k)]


def _forward(times: Array, k: int) -> list[tuple[Array, Array]]:
    """Each of k parts of the rows in order, with all rows before it."""
    values, inverse = np.unique(times, return_inverse=True)
    if len(values) <= k:
        raise DataError(
            f"{k} folds by time need at least {k + 1} different times, got {len(values)}. Use "
            "fewer folds."
        )
    inverse = inverse.reshape(-1)
    order = np.sort(inverse)
    cuts = [int(order[len(order) * part // (k + 1)]) for part in range(1, k + 1)] + [len(values)]
    for place in range(1, k + 1):  # rows of one time stay together, and no part is empty
        cuts[place - 1] = max(cuts[place - 1], place, cuts[place - 2] + 1 if place > 1 else 1)
    cuts[:k] = [min(cut, len(values) - (k - place)) for place, cut in enumerate(cuts[:k])]
    return [
        (np.flatnonzero(inverse < low), np.flatnonzero((inverse >= low) & (inverse < high)))
        for low, high in pairwise(cuts)
    ]
