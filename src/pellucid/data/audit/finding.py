"""What an audit finds: one frozen row a finding, with what to do about it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict
from typing import Any, Literal, TypeAlias, get_args

import numpy as np

from pellucid.data.arrays import count_of
from pellucid.dataclass import dataclass
from pellucid.errors import unknown_name

Severity: TypeAlias = Literal["serious", "warning", "note"]
SEVERITIES: tuple[str, ...] = get_args(Severity)
KINDS = (
    "leak", "shared_rows", "conflict", "suspect_label", "duplicates", "near_duplicates", "groups",
    "identifier", "missing", "outliers", "imbalance", "tiny_class", "long_tail", "constant",
)  # fmt: skip
"""All kinds of findings; within one severity they are told in this order."""
MOST_ROWS = 100


@dataclass(frozen=True)
class Finding:
    """One thing that was found in data.

    Attributes:
        kind: one of ``KINDS``.
        severity: "serious": what is measured would be wrong; "warning": probably a fault; "note":
            good to know.
        title: what was found, with numbers, in one sentence.
        remedy: what to do, with the option or edit that does it.
        columns: the columns concerned.
        rows: places in the data as given, counted from 0; at most 100.
        count: how many rows are concerned in all.
        detail: evidence: examples, measures.
    """

    kind: str
    severity: Severity
    title: str
    remedy: str
    columns: tuple[str, ...] = ()
    rows: tuple[int, ...] = ()
    count: int = 0
    detail: str = ""

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise unknown_name("kind of finding", self.kind, KINDS)
        if self.severity not in SEVERITIES:
            raise unknown_name("severity", self.severity, SEVERITIES)

    def row(self) -> dict[str, Any]:
        """The finding as plain JSON."""
        return {
            name: list(value) if isinstance(value, tuple) else value
            for name, value in asdict(self).items()
        }


def in_order(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """The findings, the serious first."""
    return tuple(
        sorted(findings, key=lambda f: (SEVERITIES.index(f.severity), KINDS.index(f.kind)))
    )


def first_rows(rows: Any) -> tuple[int, ...]:
    """The first places, at most 100, as plain numbers."""
    return tuple(int(row) for row in np.asarray(rows)[:MOST_ROWS])


def rows_text(rows: Any, most: int = 3) -> str:
    """Some places in words.

    Example:
        >>> rows_text([4, 7, 9, 12, 40])
        'rows 4, 7, 9 and 2 more'
    """
    count = len(rows)
    shown = [str(int(row)) for row in rows[:most]]
    more = [f"{count - most:,} more"] if count > most else []
    return f"{'row' if count == 1 else 'rows'} {listed(shown, more)}"


def listed(words: Sequence[str], more: Sequence[str] = ()) -> str:
    """Words with commas, and "and" before the last, or before what is more.

    Example:
        >>> listed(["a", "b", "c"])
        'a, b and c'
    """
    if more:
        return f"{', '.join(words)} and {more[0]}"
    return f"{', '.join(words[:-1])} and {words[-1]}" if len(words) > 1 else "".join(words)


def quoted(names: Sequence[str], most: int = 5) -> str:
    """Names of columns or classes in quotes, the first few of them."""
    return listed(
        [repr(name) for name in names[:most]],
        [f"{len(names) - most:,} more"] if len(names) > most else [],
    )


def verb(count: int, one: str, many: str) -> str:
    """A number of rows with the verb that goes with it: ``1 row is``, ``2 rows are``."""
    return f"{count_of(count, 'row')} {one if count == 1 else many}"
