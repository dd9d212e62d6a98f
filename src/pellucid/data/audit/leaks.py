"""Columns that give the target away: one alone tells it, and the others are far from that."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from pellucid.data.arrays import Array, count_of
from pellucid.data.audit.cells import Cells, spread
from pellucid.data.audit.finding import Finding, listed, quoted
from pellucid.data.audit.subject import Subject
from pellucid.dataclass import dataclass

MOST_ROWS = 5_000
"""A column is tried on at most so many rows to learn from, and so many held back."""
FEW_ROWS, FEW_HELD = 40, 10
NEAREST = 7
NEAR_PERFECT, FAR, FEW_COLUMNS = 0.98, 0.8, 3
MOST_COLUMNS, MOST_CLASSES = 1_000, 200


@dataclass(frozen=True)
class Alone:
    """How well one column tells the target on some rows: 0 is no better than the mean, 1 is all."""

    cells: Cells
    score: float
    rows: int


def leaks(subject: Subject) -> Iterator[Finding]:
    """Find the columns that tell the target nearly without fault.

    Formula: of classes (right - usual) / (1 - usual), with right the share of the held-back rows
        that the column alone gets right, and usual that of the most frequent class; of numbers r2.
        A column is told of at 0.98 and more, where there are three columns or more and the best of
        the others has less than 0.8.

    A row is answered by the rows to learn from whose cell is the same; of numbers and dates, where
    fewer than 7 are, by the 7 nearest: by their most frequent class, or their mean.

    Cost: a sort of at most 5,000 numbers for each column.
    """
    tried = alone(subject)
    if len(tried) < FEW_COLUMNS:
        return
    scores = np.array([one.score for one in tried])
    best = [one for one in tried if one.score >= NEAR_PERFECT]
    rest = scores[scores < NEAR_PERFECT]
    if not best or len(best) > max(1, len(tried) // 3) or (len(rest) and rest.max() >= FAR):
        return
    names = tuple(one.cells.name for one in best)
    one = len(names) == 1
    it, is_known = ("it", "it is") if one else ("them", "they are")
    yield Finding(
        "leak",
        "serious",
        f"{'The column' if one else 'The columns'} {quoted(names)} alone "
        f"{'tells' if one else 'tell'} the target nearly without fault, and no other does.",
        f"If {is_known} not known before the target, leave {it} out: "
        f"{' '.join(f'--column {name}=ignore' for name in names)}.{_by_time(best)}",
        columns=names,
        detail=_measured(best, max(rest, default=0.0), subject.codes is not None),
    )


def _by_time(best: list[Alone]) -> str:
    """What to do where a date tells the target."""
    dates = [one.cells.name for one in best if one.cells.kind == "date"]
    return (
        f" Where rows are in order of time, test on the latest: --time {dates[0]}." if dates else ""
    )


def _measured(best: list[Alone], second: float, classes: bool) -> str:
    """The scores in words."""
    form = "{:.1%} of what the most frequent class leaves" if classes else "{:.4f} r2"
    shown = [f"{one.cells.name} {form.format(one.score)}" for one in best[:3]]
    return (
        f"On {count_of(best[0].rows, 'row')} held back, by one column alone: {listed(shown)}; the "
        f"next best column {second:{'.1%' if classes else '.4f'}}."
    )


def alone(subject: Subject) -> list[Alone]:
    """How well each column that is used tells the target by itself; none where there is too little.

    Rows held back are watched and test rows; where there are none, every other row.
    """
    y = subject.dataset.y
    used = [c for c in subject.used if c.kind != "text"][:MOST_COLUMNS]
    if y.ndim != 1 or not used:
        return []
    learn, held = subject.learned, subject.held
    if len(held) < FEW_HELD:
        learn, held = learn[::2], learn[1::2]
    learn, held = (rows[spread(len(rows), MOST_ROWS)] for rows in (learn, held))
    if len(learn) < FEW_ROWS or len(held) < FEW_HELD:
        return []
    target = subject.codes if subject.codes is not None else y.astype(np.float64)
    if np.ptp(target[learn]) == 0 or (subject.codes is not None and target.max() >= MOST_CLASSES):
        return []
    classes = subject.codes is not None
    return [Alone(c, score_alone(c, target, learn, held, classes), len(held)) for c in used]


def score_alone(cells: Cells, target: Array, learn: Array, held: Array, classes: bool) -> float:
    """The score of one column on the rows held back."""
    guess = (_by_neighbours if cells.is_measured else _by_value)(
        cells, target, learn, held, classes
    )
    true = target[held]
    if classes:
        usual = float((true == np.bincount(target[learn]).argmax()).mean())
        return 0.0 if usual == 1 else float(((true == guess).mean() - usual) / (1 - usual))
    spread_ = float(((true - true.mean()) ** 2).sum())
    return 1 - float(((true - guess) ** 2).sum()) / spread_ if spread_ else 0.0


def _by_neighbours(cells: Cells, target: Array, learn: Array, held: Array, classes: bool) -> Array:
    """The most frequent class, or the mean, of the rows with the nearest numbers.

    A column of few numbers goes by those that are equal to the nearest one.
    """
    x = cells.values[np.concatenate([learn, held])]
    low = float(np.nanmin(x)) if not np.isnan(x).all() else 0.0
    x = np.where(np.isnan(x), low - max(1.0, abs(low)), x)  # nothing is a value as well
    known, new = x[: len(learn)], x[len(learn) :]
    order = np.argsort(known, kind="stable")
    known, own = known[order], target[learn][order]
    place = np.clip(np.searchsorted(known, new), 1, len(known) - 1)
    place -= new - known[place - 1] < known[place] - new
    first = np.searchsorted(known, known[place], "left")
    last = np.searchsorted(known, known[place], "right")
    narrow = last - first < NEAREST
    first = np.where(narrow, np.clip(place - NEAREST // 2, 0, len(known) - NEAREST), first)
    last = np.where(narrow, first + NEAREST, last)
    votes = np.eye(int(target.max()) + 1)[own] if classes else own[:, None]
    sums = np.concatenate([np.zeros((1, votes.shape[1])), np.cumsum(votes, axis=0)])
    found: Array = sums[last] - sums[first]
    return np.asarray(found.argmax(axis=1) if classes else found[:, 0] / (last - first))


def _by_value(cells: Cells, target: Array, learn: Array, held: Array, classes: bool) -> Array:
    """The most frequent class, or the mean, of the rows with the same value."""
    hashes = cells.hashes(0)
    values, place = np.unique(hashes[learn], return_inverse=True)
    if classes:
        count = int(target.max()) + 1
        table = np.zeros((len(values), count), np.int32)
        np.add.at(table, (place, target[learn]), 1)
        answer, usual = table.argmax(axis=1), np.bincount(target[learn]).argmax()
    else:
        sums = np.bincount(place, target[learn], len(values))
        answer, usual = sums / np.bincount(place, minlength=len(values)), target[learn].mean()
    at = np.minimum(np.searchsorted(values, hashes[held]), len(values) - 1)
    return np.where(values[at] == hashes[held], answer[at], usual)
