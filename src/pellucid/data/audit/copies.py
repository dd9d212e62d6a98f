"""Rows that are equal: copies, copies on two sides of a split, and one row with two labels."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

import numpy as np

from pellucid.data.arrays import Array, count_of
from pellucid.data.audit.cells import Cells, spread
from pellucid.data.audit.chance import OFTEN, by_chance, later, pairs_of, repeated
from pellucid.data.audit.finding import Finding, first_rows, rows_text, verb
from pellucid.data.audit.subject import LEARNED, PARTS, TESTED, WATCHED, Subject

MOST_ROWS = 50_000
SHARE = 0.01


def copies(subject: Subject) -> Iterator[Finding]:
    """Find equal rows.

    Cost: a hash of each cell and two sorts of a number a row, about 0.4 s for a million rows of 30
    columns; where rows are equal two sorts more.
    """
    groups = repeated(subject.with_targets)
    chance = False
    if (groups >= 0).any() and subject.cells:
        chance = is_chance(subject)
    yield from _shared(subject, groups, chance)
    yield from _duplicates(subject, groups, chance)
    yield from _apart(subject)
    if subject.codes is not None:
        yield from _conflicts(subject)


def is_chance(subject: Subject) -> bool:
    """Whether so many rows may be equal because the columns take few different values.

    Where there are more than 50,000 rows, what chance gives is taken from so many of them.
    """
    used = subject.used
    if len(used) < 2:
        return True
    rows = spread(len(subject), MOST_ROWS)
    columns = [partial(_hashes, cells, place, rows) for place, cells in enumerate(used)]
    expected = by_chance(columns, [cells.meeting for cells in used])
    grown = (len(subject) / len(rows)) ** 2
    return pairs_of(subject.hashes) <= OFTEN * expected * grown


def _hashes(cells: Cells, place: int, rows: Array) -> Array:
    return cells.hashes(place)[rows]


def _shared(subject: Subject, groups: Array, chance: bool) -> Iterator[Finding]:
    """Rows held back that equal one that is learned from."""
    known = np.unique(groups[(groups >= 0) & (subject.part == LEARNED)])
    for part in (TESTED, WATCHED):
        rows = np.flatnonzero(np.isin(groups, known) & (groups >= 0) & (subject.part == part))
        if not len(rows):
            continue
        all_held = int((subject.part == part).sum())
        yield Finding(
            "shared_rows",
            "note" if chance else "serious" if part == TESTED else "warning",
            f"{len(rows):,} of {count_of(all_held, 'row')} {PARTS[part]} "
            f"{'equals' if len(rows) == 1 else 'equal'} rows to learn from, target included: "
            f"{rows_text(rows)}.",
            _CHANCE if chance else _REMEDY if subject.cells else _FILES,
            rows=first_rows(rows),
            count=len(rows),
            detail=_example(subject, groups, rows, subject.part == LEARNED),
        )


_REMEDY = (
    "Drop the copies before training; if they are repeats of one thing that is measured, name the "
    "column that tells which: --group NAME."
)
_FILES = "Drop one of each pair before training."
_CHANCE = "Nothing, if rows can well be alike: the columns take few different values."


def _example(subject: Subject, groups: Array, rows: Array, among: Array | None = None) -> str:
    """A row and its twin in words."""
    row = int(rows[0])
    same = groups == groups[row]
    same[row] = False
    twin = np.flatnonzero(same if among is None else same & among)[0]
    files = subject.dataset.files
    names = f" ({files[row]} and {files[twin]})" if files else ""
    return f"Row {row} equals row {int(twin)}{names}."


def _duplicates(subject: Subject, groups: Array, chance: bool) -> Iterator[Finding]:
    rows = later(groups)
    if not len(rows):
        return
    share = len(rows) / len(subject)
    yield Finding(
        "duplicates",
        "note" if chance or share < SHARE else "warning",
        f"{verb(len(rows), 'is a copy', 'are copies')} of another ({share:.1%}): "
        f"{rows_text(rows)}.",
        _CHANCE if chance else _REMEDY if subject.cells else _FILES,
        rows=first_rows(rows),
        count=len(rows),
        detail=_example(subject, groups, rows),
    )


def _apart(subject: Subject) -> Iterator[Finding]:
    """Rows of the makers' own test part that are among the rows given to learn from."""
    other = subject.apart
    if other is None:
        return
    rows = np.flatnonzero(np.isin(other.with_targets, subject.with_targets))
    if not len(rows):
        return
    twin = np.flatnonzero(subject.with_targets == other.with_targets[rows[0]])[0]
    chance = bool(subject.cells) and is_chance(subject)
    yield Finding(
        "shared_rows",
        "note" if chance else "serious",
        f"{len(rows):,} of {count_of(len(other), 'row')} of the test part "
        f"{'equals' if len(rows) == 1 else 'equal'} rows to learn from, target included: "
        f"{rows_text(rows)} of that part.",
        _CHANCE if chance else "Drop them from one of the two parts.",
        rows=first_rows(rows),
        count=len(rows),
        detail=f"Row {int(rows[0])} of the test part equals row {int(twin)} to learn from. Places "
        "are counted in the test part.",
    )


def _conflicts(subject: Subject) -> Iterator[Finding]:
    """Rows of equal inputs and different classes."""
    codes = subject.codes
    assert codes is not None
    groups = repeated(subject.hashes)
    inside = np.flatnonzero(groups >= 0)
    if not len(inside):
        return
    low = np.full(groups.max() + 1, len(subject.labels))
    high = np.full(groups.max() + 1, -1)
    np.minimum.at(low, groups[inside], codes[inside])
    np.maximum.at(high, groups[inside], codes[inside])
    rows = inside[(low != high)[groups[inside]]]
    if not len(rows):
        return
    pairs = np.unique(np.stack([groups[rows], codes[rows]], axis=1), axis=0, return_counts=True)
    most = np.zeros(groups.max() + 1, np.int64)
    np.maximum.at(most, pairs[0][:, 0], pairs[1])
    best = 1 - (len(rows) - int(most.sum())) / len(subject)
    chance = bool(subject.cells) and is_chance(subject)
    twin = rows[groups[rows] == groups[rows[0]]]
    names = sorted({subject.labels[code] for code in codes[twin]})
    yield Finding(
        "conflict",
        "note" if chance else "warning",
        f"{verb(len(rows), 'has', 'have')} the inputs of another row and another label: "
        f"{rows_text(rows)}.",
        "Add columns that tell such rows apart, if labels depend on more than the table holds."
        if chance
        else "Look at these rows and correct the labels, or drop them.",
        rows=first_rows(rows),
        count=len(rows),
        detail=f"{rows_text(twin).capitalize()} are equal, and labelled {', '.join(names)}. No "
        f"model can be right in more than {best:.2%} of all rows.",
    )
