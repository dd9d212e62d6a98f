"""Rows that belong together, by the values of a column: visits of a patient, years of a firm."""

from __future__ import annotations

import re
from collections.abc import Iterator

import numpy as np

from pellucid.data.arrays import Array
from pellucid.data.audit.cells import Cells, spread
from pellucid.data.audit.finding import Finding
from pellucid.data.audit.subject import Subject
from pellucid.data.columns.kinds import is_named_id
from pellucid.dataclass import dataclass

MOST_ROWS = 100_000
"""Blocks are looked for in the first so many rows."""
FEW_GROUPS = 8
BLOCKS = 1.2
"""Values come in blocks where there are at most so many times as many runs as values."""
ENOUGH = 40
SAME, RARE = 0.98, 0.2
"""A measure belongs to a group if two rows of it agree in at least the first part of the pairs, and
two rows of different groups in at most the second."""
WHO = re.compile(
    r"(?i)(^|[_\s.-])(patient|subject|person|user|customer|client|animal|pig|rat|participant|"
    r"household|family|student|pupil|case|speaker|session|machine|device|sensor|unit|firm|plot)s?"
    r"($|[_\s.-])"
)


@dataclass(frozen=True)
class Block:
    """A column whose values may be groups.

    Attributes:
        groups: how many different values.
        in_blocks: whether the rows of a value follow one another.
        named: whether it is called as what tells who is.
        own: another column, varied, that is the same in all rows of a value.
        rising: whether its numbers or dates never fall from row to row.
    """

    cells: Cells
    groups: int
    in_blocks: bool
    named: bool
    own: str
    rising: bool

    @property
    def weight(self) -> int:
        """How much speaks for it."""
        return 2 * self.in_blocks + 2 * self.named + 2 * bool(self.own)


def groups(subject: Subject) -> Iterator[Finding]:
    """Find a column whose rows of one value should be on one side of a split.

    A column speaks for itself by two of these three: the rows of a value follow one another; it is
    called id, patient, firm, ...; another column, varied else, is the same in all rows of a value.

    Cost: a sort of at most 100,000 numbers for each column of names or whole numbers.
    """
    dataset = subject.dataset
    if dataset.groups is not None or len(subject) < ENOUGH or not subject.cells:
        return
    found = [block for cells in subject.used if (block := _block(subject, cells)) is not None]
    found = [block for block in found if block.weight >= 4 and not block.rising]
    if not found:
        return
    best = max(found, key=lambda block: (block.weight, block.groups))
    name, rows = best.cells.name, min(len(subject), MOST_ROWS)
    signs = [f"on average {rows / best.groups:.1f} rows have one value"]
    signs += ["they follow one another"] if best.in_blocks else []
    signs += [f"{best.own!r} is the same in each of them"] if best.own else []
    also = [block.cells.name for block in found if block is not best]
    yield Finding(
        "groups",
        "warning",
        f"The column {name!r} looks like groups of rows that belong together: {best.groups:,} "
        f"values in {rows:,} rows.",
        f"To be tested on new ones, keep each on one side of the split: --group {name}.",
        columns=(name,),
        count=len(subject),
        detail=f"{'; '.join(signs)[:1].upper()}{'; '.join(signs)[1:]}."
        + (f" The same might be said of {', '.join(also[:3])}." if also else ""),
    )


def _block(subject: Subject, cells: Cells) -> Block | None:
    """What speaks for a column as one of groups; None for one that cannot be."""
    if cells.kind not in ("category", "number"):
        return None
    size = min(len(subject), MOST_ROWS)
    if len(cells.shares) < FEW_GROUPS or (cells.shares[0] == 1 and size <= len(cells.some)):
        return None
    values = cells.values[cells.some] if cells.kind == "number" else np.zeros(1)
    if not np.isfinite(values).all() or (values != np.floor(values)).any():
        return None
    codes = np.unique(cells.hashes(0)[:size], return_inverse=True)[1]
    count = int(codes.max()) + 1
    if not FEW_GROUPS <= count <= size / 2:
        return None
    runs = 1 + int((np.diff(codes) != 0).sum())
    named = bool(WHO.search(cells.name)) or is_named_id(cells.name)
    in_blocks = runs <= BLOCKS * count
    if not (named or in_blocks):
        return None
    rising = cells.kind == "number" and bool((np.diff(cells.values[:size]) >= 0).all())
    own = _own(subject, cells, codes)
    return Block(cells, count, in_blocks, named, own, rising and not (named or own))


def _own(subject: Subject, cells: Cells, codes: Array) -> str:
    """A varied column that is the same in all rows of a value; nothing where there is none."""
    order = np.argsort(codes, kind="stable")
    pairs = np.flatnonzero(np.diff(codes[order]) == 0)
    pairs = pairs[spread(len(pairs), 20_000)]
    a, b = order[pairs], order[pairs + 1]
    for other in subject.used:
        if other is cells or other.meeting > RARE or other.kind == "text":
            continue
        hashes = other.hashes(0)
        if (hashes[a] == hashes[b]).mean() >= SAME and len(other.shares) * 2 > FEW_GROUPS:
            return other.name
    return ""
