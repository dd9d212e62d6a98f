"""How many rows would be equal by chance: few, unless the columns take few different values."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from pellucid.data.arrays import Array

OFTEN = 10.0
"""Equal rows may be chance where there are at most so many times as many as chance would give."""
TOGETHER = 0.6


def repeated(hashes: Array) -> Array:
    """The number of the group of equal rows that each row is in; -1 for a row like no other."""
    ordered = np.sort(hashes)
    twice = ordered[1:][ordered[1:] == ordered[:-1]]
    group = np.full(len(hashes), -1, np.int64)
    if len(twice):
        values = np.unique(twice)
        place = np.minimum(np.searchsorted(values, hashes), len(values) - 1)
        same = values[place] == hashes
        group[same] = place[same]
    return group


def later(groups: Array) -> Array:
    """The places of the rows that equal one before them."""
    places = np.flatnonzero(groups >= 0)
    first = np.unique(groups[places], return_index=True)[1]
    return np.delete(places, first)


def pairs_of(hashes: Array) -> float:
    """How many pairs of rows are equal."""
    ordered = np.sort(hashes)
    ends = np.flatnonzero(np.concatenate([ordered[1:] != ordered[:-1], [True]]))
    sizes = np.diff(ends, prepend=-1).astype(float)
    return float((sizes * (sizes - 1)).sum() / 2)


def by_chance(columns: Sequence[Callable[[], Array]], meeting: Sequence[float]) -> float:
    """How many pairs of rows chance would make equal in all columns, as far as the data tell.

    Formula: let v be the most varied column, with those that go along with it (of the pairs that
        agree in v, 0.6 or more agree in them as well). N pairs agree in all other columns and
        differ in v; two rows agree in v with chance p. Then it is N p / (1 - p). Pairs that are
        equal in all columns count in neither.

    Parameters:
        columns: what gives the hashes of each column's cells.
        meeting: the chance that two rows hold the same value, of each column.
    """
    varied = int(np.argmin(meeting))
    own = columns[varied]()
    whole = np.zeros(len(own), np.uint64)
    for hashes in columns:
        whole += hashes()
    equal = pairs_of(whole)
    natural = pairs_of(own) - equal
    if natural <= 0:
        return 0.0
    along = own.copy()
    for place, hashes in enumerate(columns):
        if place != varied and pairs_of(own + hashes()) - equal >= TOGETHER * natural:
            along += hashes()
    others = pairs_of(whole - along) - equal
    share = (pairs_of(along) - equal) / (len(own) * (len(own) - 1) / 2)
    return others * share / max(1 - share, 1e-9)
