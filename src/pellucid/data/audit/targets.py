"""The target: tiny classes, a class that outweighs all, numbers with a long tail."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from pellucid.data.arrays import Array, count_of
from pellucid.data.audit.cells import LOOK, spread
from pellucid.data.audit.finding import Finding, first_rows, listed
from pellucid.data.audit.subject import Subject

ENOUGH = 20
USUAL, MOSTLY = 0.8, 0.95
"""The most frequent class is told of from these parts of the rows on, as a note and a warning."""
TINY = 10
TAIL = 3.0


def target(subject: Subject) -> Iterator[Finding]:
    """Find what makes the target hard to learn, or its measures hard to read.

    Cost: a count of the classes, or a few moments of at most 20,000 numbers.
    """
    if len(subject) < ENOUGH or subject.dataset.y.ndim > 1:
        return
    if subject.codes is None:
        yield from _long_tail(subject)
    else:
        yield from _classes(subject)


def _classes(subject: Subject) -> Iterator[Finding]:
    codes = subject.codes
    assert codes is not None
    labels, counts = subject.labels, np.bincount(codes)
    share, most = counts.max() / len(codes), labels[int(counts.argmax())]
    if len(labels) == 1:
        yield Finding(
            "imbalance",
            "serious",
            f"All rows are of one class, {most}; there is nothing to tell apart.",
            "Add rows of another class, or write --kind numbers if the target holds measures.",
            count=len(codes),
        )
    elif share >= USUAL:
        yield Finding(
            "imbalance",
            "warning" if share >= MOSTLY else "note",
            f"{share:.1%} of the rows are of one class, {most}: who always answers it is right as "
            "often.",
            "Judge by the confusions, not by the accuracy; --balance (in Python fit(..., "
            "class_weight='balanced')) gives each class the same weight.",
            count=int(counts.max()),
            detail=_counts(labels, counts),
        )
    tiny = np.flatnonzero(counts < min(TINY, len(codes) / len(labels) / 2))
    if len(tiny):
        rows = np.flatnonzero(np.isin(codes, tiny))
        names = listed(
            [f"{labels[k]} ({counts[k]})" for k in tiny[:5]],
            [f"{len(tiny) - 5:,} more"] if len(tiny) > 5 else [],
        )
        word = count_of(len(tiny), "class has", "classes have")
        yield Finding(
            "tiny_class",
            "warning",
            f"{word} fewer than {TINY} rows: {names}.",
            "Collect more of them, join them with a class like them, or drop these rows: so few "
            "can be neither learned nor tested.",
            rows=first_rows(rows),
            count=len(rows),
            detail=_counts(labels, counts),
        )


def _counts(labels: list[str], counts: Array) -> str:
    order = np.argsort(-counts, kind="stable")
    shown = [f"{labels[k]} {counts[k]:,}" for k in order[:5]]
    rest = [f"{count_of(len(order) - 5, 'class', 'classes')} more"] if len(order) > 5 else []
    return f"Rows by class: {listed(shown, rest)}."


def _long_tail(subject: Subject) -> Iterator[Finding]:
    """Positive numbers that a logarithm makes even."""
    y = np.asarray(subject.dataset.y, np.float64)
    some = y[spread(len(y), LOOK)]
    if some.min() <= 0 or len(np.unique(some)) < ENOUGH:
        return
    plain, log = _skew(some), _skew(np.log(some))
    if plain < TAIL or abs(log) > plain / 3:
        return
    name = subject.dataset.target or "target"
    far = np.flatnonzero(y > np.median(some) + 10 * (np.median(some) - some.min()))
    yield Finding(
        "long_tail",
        "note",
        f"The target {name!r} has a long tail: {some.min():g} to {y.max():g}, half of it below "
        f"{np.median(some):g}.",
        "Learn its logarithm if errors count by their share: put a column with log(target) in "
        "place of it.",
        columns=(name,),
        rows=first_rows(far),
        count=len(far),
        detail=f"Skewness {plain:.1f}; of the logarithm {log:.1f}.",
    )


def _skew(values: Array) -> float:
    away = values - values.mean()
    deviation = float(away.std())
    return float((away**3).mean() / deviation**3) if deviation else 0.0
