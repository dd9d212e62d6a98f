"""Rows that are nearly equal: rounded, with one cell changed, or a picture saved anew."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

import numpy as np

from pellucid.data.arrays import Array, count_of
from pellucid.data.audit.cells import Cells, spread
from pellucid.data.audit.chance import OFTEN, by_chance, later, pairs_of, repeated
from pellucid.data.audit.copies import is_chance
from pellucid.data.audit.finding import Finding, first_rows, rows_text, verb
from pellucid.data.audit.nearby import near_pairs
from pellucid.data.audit.pictures import features
from pellucid.data.audit.subject import LEARNED, PARTS, TESTED, WATCHED, Subject

MOST_ROWS, MOST_COLUMNS = 50_000, 100
"""One changed cell is looked for in at most so many rows, evenly spread, of so many columns."""
VARIED = 20
"""A column of numbers is measured where at least so many different ones occur."""
OFTEN_ALIKE = 0.01


def near_copies(subject: Subject) -> Iterator[Finding]:
    """Find rows that are nearly equal.

    Cost: of tables a sort of a number a row for each column (50,000 rows at most), and what
    ``near_pairs`` costs; of pictures besides that a product of each with a small matrix.
    """
    copied = later(repeated(subject.hashes))
    rows = np.delete(np.arange(len(subject)), copied)
    if not subject.cells:
        yield from _pictures(subject, rows)
        return
    if len(copied) >= OFTEN_ALIKE * len(subject) and is_chance(subject):
        return  # where rows are equal by chance so often, to be nearly so says nothing
    yield from _told(subject, np.concatenate([_changed(subject, rows), _moved(subject, rows)]))


def _told(subject: Subject, pairs: Array) -> Iterator[Finding]:
    """What is said of pairs of rows."""
    if not len(pairs):
        return
    pairs = np.unique(np.sort(pairs, axis=1), axis=0)
    yield from _crossing(subject, pairs)
    found = np.unique(pairs[:, 1])
    yield Finding(
        "near_duplicates",
        "warning",
        f"{verb(len(found), 'is', 'are')} nearly the same as another: {rows_text(found)}.",
        _REMEDY if subject.cells else _FILES,
        rows=first_rows(found),
        count=len(found),
        detail=_example(subject, pairs) + _draw(subject),
    )


def _draw(subject: Subject) -> str:
    """What was not looked at, in words."""
    if subject.cells and len(subject) > MOST_ROWS:
        return f" Rows that differ in one cell were looked for in {MOST_ROWS:,} of the rows."
    return ""


def _pictures(subject: Subject, rows: Array) -> Iterator[Finding]:
    """Pictures that are alike in all but light and detail, the makers' test part among them."""
    data, other = subject.dataset, subject.apart
    z = features(data.x, data.image_shape)[rows]
    if other is not None:
        new = ~np.isin(other.hashes, subject.hashes)
        new[later(repeated(other.hashes))] = False
        at = np.flatnonzero(new)
        rows = np.concatenate([rows, len(subject) + at])
        z = np.concatenate([z, features(other.dataset.x, data.image_shape)[at]])
    some = z.any(axis=1)  # those of one tone are near to each other, and no copies
    rows, z = rows[some], z[some]
    pairs = rows[near_pairs(z, np.zeros(len(z), np.uint64), subject.seed)]
    yield from _told(subject, pairs[(pairs < len(subject)).all(axis=1)])
    across = pairs[(pairs[:, 0] < len(subject)) & (pairs[:, 1] >= len(subject))]
    if other is None or not len(across):
        return
    found = np.unique(across[:, 1]) - len(subject)
    first = int(across[0, 1]) - len(subject)
    yield Finding(
        "near_duplicates",
        "serious",
        f"{len(found):,} of {count_of(len(other), 'row')} of the test part "
        f"{'is' if len(found) == 1 else 'are'} nearly the same as rows to learn from: "
        f"{rows_text(found)} of that part.",
        "Drop them from one of the two parts.",
        rows=first_rows(found),
        count=len(found),
        detail=f"Picture {first} of the test part and {int(across[0, 0])} to learn from are alike "
        "but for light and fine detail. Places are counted in the test part.",
    )


_REMEDY = (
    "Drop one of each pair; if they are repeats of one thing, name the column that tells which: "
    "--group NAME."
)
_FILES = "Look at both, and drop one of each pair if they show the same."


def _crossing(subject: Subject, pairs: Array) -> Iterator[Finding]:
    """Pairs with one row held back and the other learned from."""
    part = subject.part[pairs]
    for own in (TESTED, WATCHED):
        cross = ((part == own).any(axis=1)) & ((part == LEARNED).any(axis=1))
        if not cross.any():
            continue
        rows = np.unique(pairs[cross][part[cross] == own])
        held = count_of(int((subject.part == own).sum()), "row")
        yield Finding(
            "near_duplicates",
            "serious" if own == TESTED else "warning",
            f"{len(rows):,} of {held} {PARTS[own]} {'is' if len(rows) == 1 else 'are'} nearly the "
            f"same as rows to learn from: {rows_text(rows)}.",
            _REMEDY if subject.cells else _FILES,
            rows=first_rows(rows),
            count=len(rows),
            detail=_example(subject, pairs[cross]),
        )


def _example(subject: Subject, pairs: Array) -> str:
    """The first pair in words, with where it differs."""
    a, b = (int(row) for row in pairs[0])
    if not subject.cells:
        files = subject.dataset.files
        names = f" ({files[a]} and {files[b]})" if files else ""
        return f"Pictures {a} and {b}{names} are alike but for light and fine detail."
    apart = [c for c in subject.used if c.series[a] != c.series[b]]
    shown = ", ".join(f"{c.name} ({c.shown(a)}, {c.shown(b)})" for c in apart[:3])
    more = f" and {len(apart) - 3} more" if len(apart) > 3 else ""
    return f"Rows {a} and {b} differ in {shown}{more}."


# --- one cell changed


def _changed(subject: Subject, rows: Array) -> Array:
    """Pairs of rows that are equal in all columns but one, more often than chance would give."""
    used = subject.used
    none = np.empty((0, 2), np.int64)
    if not 3 <= len(used) <= MOST_COLUMNS:
        return none
    rows = rows[spread(len(rows), MOST_ROWS)]
    whole = subject.hashes[rows]
    found = [none]
    for place, cells in enumerate(used):
        without = whole - cells.hashes(place)[rows]
        equal = pairs_of(without)
        if not equal:
            continue
        others = [k for k in range(len(used)) if k != place]
        columns = [partial(_hashes, used[k], k, rows) for k in others]
        if equal > OFTEN * by_chance(columns, [used[k].meeting for k in others]):
            found.append(rows[_pairs(repeated(without))])
    return np.concatenate(found)


def _hashes(cells: Cells, place: int, rows: Array) -> Array:
    return cells.hashes(place)[rows]


def _pairs(groups: Array) -> Array:
    """Each row that is in a group with the first row of it."""
    places = np.flatnonzero(groups >= 0)
    values, first = np.unique(groups[places], return_index=True)
    head = places[first][np.searchsorted(values, groups[places])]
    return np.asarray(np.stack([head, places], axis=1)[head != places])


# --- all cells a little off


def _moved(subject: Subject, rows: Array) -> Array:
    """Pairs of rows whose numbers are nearly, and whose other cells are quite, the same."""
    measured = [c for c in subject.used if c.is_measured and len(c.shares) >= VARIED]
    if len(measured) < 2 or len(rows) < 2:
        return np.empty((0, 2), np.int64)
    z = np.stack([_scaled(cells, rows) for cells in measured]).T
    apart = subject.hashes[rows].copy()
    names = {cells.name for cells in measured}
    for place, cells in enumerate(subject.used):
        if cells.name in names:
            apart -= cells.hashes(place)[rows]
            apart += cells.missing[rows] * np.uint64(2 * place + 1)
    pairs = near_pairs(z, apart, subject.seed)
    moved = (z[pairs[:, 0]] != z[pairs[:, 1]]).sum(axis=1)
    pairs = pairs[moved >= max(2, len(measured) / 2)]  # of one cell changed: above
    return np.asarray(rows[pairs])


def _scaled(cells: Cells, rows: Array) -> Array:
    """A column with mean 0 and deviation 1; 0 where nothing is."""
    values = cells.values
    some = values[cells.some]
    some = some[~np.isnan(some)]
    low, high = np.quantile(some, (0.005, 0.995))
    middle = some[(some >= low) & (some <= high)]  # a slip does not squeeze all others
    scale = float(middle.std()) or 1.0
    z = (values[rows] - middle.mean()) / scale
    return np.asarray(np.nan_to_num(z, nan=0.0), np.float32)
