"""Columns of categories: few of them one number each, many of them an embedding."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from pellucid.data.arrays import Array, count_of
from pellucid.data.columns.base import Column, Notes
from pellucid.data.columns.cells import is_number, texts
from pellucid.data.record import Fields, damaged
from pellucid.dataclass import dataclass

if TYPE_CHECKING:
    import polars as pl

FEW = 32
"""Up to so many categories each has a number of its own; more are looked up in an embedding."""
MOST = 20_000
"""An embedding knows the most frequent categories, at most so many."""
RARE = 2
"""An embedding takes categories of fewer rows together, as it takes what training never showed."""


@dataclass(frozen=True)
class Category(Column):
    """One of several names.

    Formula: with ``embedded`` false, z_k = 1 where the cell is ``levels[k]``, else 0, for each k:
        all 0 where it is none of them. Else one number, the place of the cell among ``levels``
        counted from 1, or 0 where it is none of them; the network's first layer looks it up. Where
        any cell was missing in training, a number that is 1 where it is missing, else 0, comes last
        (before the place). With ``fill`` a missing cell counts as that category.

    Attributes:
        levels: the categories in their order: sorted, or for an embedding by how frequent they are.
        embedded: whether the network looks them up.
        missing: whether any was missing in training.
        fill: the category that stands in for a missing cell; None: none of them.
    """

    kind: ClassVar[str] = "category"
    levels: tuple[str, ...]
    embedded: bool = False
    missing: bool = False
    fill: str | None = None

    @classmethod
    def fit(cls, name: str, reason: str, series: pl.Series, embed: bool = True) -> Category:
        """Fit on training rows.

        Parameters:
            embed: whether many categories go into an embedding; else the 32 most frequent have a
                number each and the others none.
        """
        cells = texts(series)
        missing = cells.null_count() > 0
        counts = cells.drop_nulls().value_counts(name="rows")
        counts = counts.sort(["rows", cells.name], descending=[True, False])
        levels, rows = counts[cells.name], counts["rows"]
        if len(levels) <= FEW:
            return cls(name, reason, tuple(sorted(levels.to_list())), missing=missing)
        if not embed:
            return cls(name, reason, tuple(sorted(levels.head(FEW).to_list())), missing=missing)
        frequent = levels.filter(rows >= RARE).head(MOST)
        return cls(name, reason, tuple((frequent if len(frequent) else levels.head(1)).to_list()),
                   True, missing)  # fmt: skip

    @property
    def feature_names(self) -> tuple[str, ...]:
        """A name for each category and for a missing one; the place comes last."""
        marks = (f"{self.name} is missing",) if self.missing else ()
        if self.embedded:
            return (*marks, f"place of {self.name}")
        return (*(f"{self.name} = {level}" for level in self.levels), *marks)

    @property
    def lookup(self) -> tuple[int, int] | None:
        """Entries: the levels and one for others; units: twice the fourth root of the levels."""
        if not self.embedded:
            return None
        count = len(self.levels)
        return count + 1, max(2, round(2 * count**0.25))

    def places(self, cells: pl.Series) -> Array:
        """The place of each text among the levels, counted from 1; 0 where it is none of them."""
        import polars as pl

        levels = pl.Series(self.levels, dtype=pl.String)
        found = cells.replace_strict(
            levels, pl.Series(range(1, len(levels) + 1)), default=0, return_dtype=pl.Int64
        )
        return found.fill_null(0).to_numpy()

    @property
    def stand_in(self) -> int:
        """The place of what stands in for a missing cell, counted from 1; 0 for none."""
        return 0 if self.fill is None else self.levels.index(self.fill) + 1

    @property
    def is_text(self) -> bool:
        """Whether cells that look like numbers are to be read as text."""
        return not all(map(is_number, self.levels))

    def encode(self, series: pl.Series, out: Array, notes: Notes) -> None:
        """Write the numbers of the categories, or their places."""
        cells = texts(series)
        places, gone = self.places(cells), cells.is_null().to_numpy()
        other = (places == 0) & ~gone
        places = np.where(gone, self.stand_in, places)
        if other.any() and not self.embedded:
            what = "categories that training did not have"
            notes.add(self.name, int(other.sum()), what, cells.filter(other).head(20).to_list())
        if not self.missing:
            notes.add(self.name, int(gone.sum()), "no value, which never was in training")
        if self.embedded:
            out[:, -1] = places
            if self.missing:
                out[:, 0] = gone
            return
        out[:] = 0
        rows = np.flatnonzero(places)
        out[rows, places[rows] - 1] = 1
        if self.missing:
            out[:, -1] = gone

    def decode(self, z: Array) -> pl.Series:
        """The categories; null where none is told."""
        import polars as pl

        levels = pl.Series(self.name, [None, *self.levels], dtype=pl.String)
        gone = z[:, 0 if self.embedded else -1] > 0.5 if self.missing else np.zeros(len(z), bool)
        if self.embedded:
            return levels.gather(np.where(gone, 0, np.rint(z[:, -1]).astype(np.int64)))
        own = z[:, : len(self.levels)]
        places = np.where(own.max(axis=1) > 0.5, own.argmax(axis=1) + 1, 0)
        return levels.gather(np.where(gone, 0, places))

    def settings(self) -> dict[str, Any]:
        """The levels, and how they are told."""
        own = {"levels": list(self.levels), "embedded": self.embedded, "missing": self.missing}
        return own if self.fill is None else own | {"fill": self.fill}

    @classmethod
    def read(cls, name: str, reason: str, fields: Fields) -> Category:
        """Read back what ``settings`` gave."""
        levels = fields.values("levels")
        fits = all(isinstance(level, str) for level in levels)
        if not levels or not fits or len(set(levels)) < len(levels):
            raise damaged("levels", "different texts", levels)
        fill = fields.text("fill", tuple(levels)) if fields.has("fill") else None
        embedded, missing = fields.truth("embedded"), fields.truth("missing")
        return cls(name, reason, tuple(levels), embedded, missing, fill)

    @property
    def becomes(self) -> str:
        """In words."""
        filled = f", missing as {self.fill}" if self.fill is not None else ""
        marked = (" and marked" if filled else ", missing marked") if self.missing else ""
        marked = filled + marked
        if self.lookup is not None:
            entries, units = self.lookup
            return f"{units} learned numbers for each of {entries:,} entries{marked}"
        return f"{count_of(len(self.levels), 'number')}, one a category{marked}"
