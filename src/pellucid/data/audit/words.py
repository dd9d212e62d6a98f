"""Words that are read as missing, and may be meant: the garage "none", the country "NA"."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from pellucid.data.arrays import count_of
from pellucid.data.audit.finding import Finding, first_rows, listed
from pellucid.data.audit.subject import Subject
from pellucid.data.columns.cells import MISSING

if TYPE_CHECKING:
    import polars as pl

WORDS = tuple(
    word for word in MISSING if word.lower() in ("none", "na", "n/a", "nil", "null")
)  # fmt: skip
"""What stands for a missing value and is a word or a name as well."""
FREQUENT = 0.05
"""Such words are told of in so large a part of a column, even where no cell is empty."""


def missing_words(subject: Subject) -> Iterator[Finding]:
    """Find columns of categories or text in which a word that may be meant is read as missing.

    Cost: a look at each such column.
    """
    import polars as pl

    for cells in subject.used:
        if cells.kind not in ("category", "boolean", "text") or cells.series.dtype != pl.String:
            continue
        stripped = cells.series.str.strip_chars()
        said = stripped.is_in(list(WORDS)).fill_null(False)
        count, gone = int(said.sum()), int(cells.missing.sum())
        if count and (gone > count or count >= FREQUENT * len(said)):
            yield _told(cells.name, stripped, said, gone)


def _told(name: str, cells: pl.Series, said: pl.Series, gone: int) -> Finding:
    count = int(said.sum())
    words = [repr(word) for word in cells.filter(said).unique().sort().to_list()]
    first = f"In the column {name!r} {count_of(count, 'cell')} {_says(count)} {listed(words)}"
    merged = gone > count
    if merged:
        rest = gone - count
        first += f" and {rest:,} {'is' if rest == 1 else 'are'} empty or the like: all"
    else:
        first += f", which {'is' if count == 1 else 'are'}"
    return Finding(
        "missing",
        "warning" if merged else "note",
        f"{first} {'are ' if merged else ''}read as missing.",
        f"Nothing, if that is what {listed(words)} means here. If it is an answer of its own, "
        f"write another word for it in the file, such as 'no {name}'; --missing "
        f"{name}=most_frequent or {name}=drop says what stands in for what is missing.",
        columns=(name,),
        rows=first_rows(said.arg_true().to_numpy()),
        count=gone,
    )


def _says(count: int) -> str:
    return "says" if count == 1 else "say"
