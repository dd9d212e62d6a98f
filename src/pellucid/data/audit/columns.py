"""Columns that nothing can be learned from: identifiers, constants, and those that are missing."""

from __future__ import annotations

import re
from collections.abc import Iterator

import numpy as np

from pellucid.data.audit.cells import Cells
from pellucid.data.audit.finding import Finding, first_rows, quoted
from pellucid.data.audit.leaks import alone
from pellucid.data.audit.subject import Subject
from pellucid.data.columns.kinds import is_named_id

ENOUGH = 20
"""With fewer rows no column is an identifier because its values all differ."""
GONE = 0.95
"""A column is told of where so large a part of it is missing."""
CODE_ROWS, CODE, WIDE = 50, 100_000, 4.5
"""Whole numbers of one length from 100,000 on, from half of all there are of that length, look like
codes, in at least so many rows."""
SELDOM = 0.5
"""Names of which more than this part are different hardly repeat."""
TELLS = 0.3
TIMES = re.compile(r"(?i)(^|[_\s.-])(year|month|week|day|date|time|hour|quarter|t)s?($|[_\s.-])")
"""What a column is called that rises because it is a time."""


def useless(subject: Subject) -> Iterator[Finding]:
    """Find identifiers, constants and columns almost all missing.

    Cost: a look at each column; of whole numbers a sort.
    """
    yield from _left_out(subject)
    yield from _identifiers(subject)
    yield from _missing(subject)


def _left_out(subject: Subject) -> Iterator[Finding]:
    """What is not learned from anyway, said once."""
    told = {
        "identifier": ("differs", "differ", "in every row, or nearly", "is an identifier"),
        "constant": ("holds", "hold", "one value in every row", "is constant"),
    }
    for kind, (one, many, what, why) in told.items():
        names = tuple(cells.name for cells in subject.cells if cells.kind == kind)
        if names:
            single = len(names) == 1
            yield Finding(
                kind,
                "note",
                f"{'The column' if single else 'The columns'} {quoted(names)} "
                f"{one if single else many} {what}: left out.",
                f"Nothing; if one of them is no {kind}, say what it is, such as --column "
                f"{names[0]}=category."
                if kind == "identifier"
                else "Nothing, or drop it from the file.",
                columns=names,
                detail=f"A column that {why} cannot tell new rows apart.",
            )


def _identifiers(subject: Subject) -> Iterator[Finding]:
    """Columns that tell rows apart and are learned from all the same."""
    if len(subject) < ENOUGH:
        return
    tell: dict[str, float] | None = None
    for cells in subject.used if len(subject.used) > 1 else ():
        why = _why_identifier(cells)
        if why is None:
            continue
        if tell is None:
            tell = {one.cells.name: one.score for one in alone(subject)}
        rises = why.startswith(("rises", "falls"))
        score = tell.get(cells.name, 0.0) if rises else 0.0
        is_time = rises and bool(TIMES.search(cells.name))
        yield Finding(
            "identifier",
            "warning" if cells.kind == "number" and not is_time else "note",
            f"The column {cells.name!r} {why}, and is learned from.",
            f"If it tells rows apart and means nothing else: --column {cells.name}=ignore."
            + (f" If it is a time, test on the latest rows: --time {cells.name}." if rises else ""),
            columns=(cells.name,),
            detail=f"It tells the target to {max(score, 0):.0%} by itself: rows are in an order "
            "that has to do with the target."
            if score >= TELLS
            else "",
        )


def _why_identifier(cells: Cells) -> str | None:
    """Why a column looks like an identifier, if it does."""
    rows = len(cells.series)
    if cells.kind == "category" and rows >= CODE_ROWS:
        different = len(cells.shares) / len(cells.some)
        if different > SELDOM:
            return f"has a value of its own in most rows ({different:.0%} of them differ)"
        return None
    if cells.kind != "number" or len(cells.shares) < len(cells.some):
        return None
    values = cells.values
    some = values[cells.some]
    if np.isnan(some).any() or (some != np.floor(some)).any():
        return None
    steps = np.diff(values)
    rising, falling = bool((steps > 0).all()), bool((steps < 0).all())
    if (rising or falling) and float(np.ptp(values)) < 10 * rows:
        return f"{'rises' if rising else 'falls'} from row to row by whole numbers"
    low, high = float(values.min()), float(values.max())
    alike = low >= CODE and len(f"{low:.0f}") == len(f"{high:.0f}")
    alike &= rows >= CODE_ROWS and high - low > WIDE * 10 ** (len(f"{low:.0f}") - 1)
    if not (alike or is_named_id(cells.name)) or len(np.unique(values)) < rows:
        return None
    return f"holds whole numbers that all differ ({low:.0f} to {high:.0f})"


def _missing(subject: Subject) -> Iterator[Finding]:
    """Columns with hardly a value."""
    empty = tuple(cells.name for cells in subject.cells if cells.kind == "empty")
    if empty:
        one = len(empty) == 1
        yield Finding(
            "missing",
            "serious",
            f"{'The column' if one else 'The columns'} {quoted(empty)} "
            f"{'holds' if one else 'hold'} no value at all; they are refused in training.",
            f"Leave {'it' if one else 'them'} out: "
            f"{' '.join(f'--column {name}=ignore' for name in empty[:5])}.",
            columns=empty,
            count=len(subject),
        )
    for cells in subject.used:
        gone = cells.missing
        if gone.mean() >= GONE:
            yield Finding(
                "missing",
                "warning",
                f"The column {cells.name!r} is missing in {int(gone.sum()):,} of {len(gone):,} "
                f"rows ({gone.mean():.1%}).",
                f"Leave it out, unless that it is missing tells something: --column "
                f"{cells.name}=ignore.",
                columns=(cells.name,),
                rows=first_rows(np.flatnonzero(~gone)),
                count=int(gone.sum()),
                detail="The rows named are those that have a value.",
            )
