"""One column of a table as the audit sees it: its kind, its numbers, a hash of each cell."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from pellucid.data.arrays import Array
from pellucid.data.audit.mixing import mix
from pellucid.data.columns.cells import moment_form, moments, numbers, texts
from pellucid.data.columns.kinds import is_empty, kind_of
from pellucid.dataclass import dataclass

if TYPE_CHECKING:
    import polars as pl

LOOK = 20_000
"""Kinds, medians and frequencies of a column come from at most so many rows, evenly spread."""
UNUSED = ("identifier", "constant", "ignore", "empty")


@dataclass(frozen=True, eq=False)
class Cells:
    """A column, and what is asked of it more than once.

    Attributes:
        kind: as ``TableCodec`` takes it, or "empty" where no cell holds anything.
    """

    name: str
    kind: str
    series: pl.Series

    @classmethod
    def of(cls, series: pl.Series, kind: str | None = None) -> Cells:
        """The column, of a kind that is known or else found in some of its rows."""
        if kind is None:
            kind = "empty" if is_empty(series) else kind_of(_some(series))
        return cls(series.name, kind, series)

    @property
    def is_used(self) -> bool:
        """Whether a network would see it."""
        return self.kind not in UNUSED

    @property
    def is_measured(self) -> bool:
        """Whether its cells are numbers or moments, which have an order."""
        return self.kind in ("number", "date")

    @cached_property
    def values(self) -> Array:
        """The numbers of a measured column, NaN where nothing is."""
        if self.kind == "date" and not self.series.dtype.is_numeric():
            form = moment_form(texts(_some(self.series))) if self._is_text else None
            return moments(self.series, form)
        found = numbers(self.series)[0]
        return np.where(np.isinf(found), np.nan, found) if np.isinf(found).any() else found

    @property
    def _is_text(self) -> bool:
        import polars as pl

        return self.series.dtype == pl.String

    def hashes(self, place: int) -> Array:
        """A number of 64 bits for each cell; equal cells have equal ones.

        Parameters:
            place: of the column; the same cell in another has another number.
        """
        if len(self.series) <= LOOK and self.series.dtype.is_float():  # a call of Polars takes more
            values = self.series.to_numpy().astype(np.float64) + 0.0  # no -0
            values[np.isnan(values)] = np.nan
            return mix(mix(values.view(np.uint64)) + np.uint64(place))
        return self.series.hash(place).to_numpy()

    @cached_property
    def some(self) -> Array:
        """The places of at most 20,000 rows, evenly spread."""
        return spread(len(self.series), LOOK)

    @cached_property
    def shares(self) -> Array:
        """How often each value occurs among these rows, the most frequent first."""
        counts = np.unique(self.hashes(0)[self.some], return_counts=True)[1]
        return np.sort(counts)[::-1]

    @property
    def meeting(self) -> float:
        """The chance that two rows hold the same value."""
        counts, rows = self.shares.astype(float), len(self.some)
        return float((counts * (counts - 1)).sum() / max(rows * (rows - 1), 1))

    @cached_property
    def missing(self) -> Array:
        """Whether nothing is in a cell."""
        import polars as pl

        if self.series.dtype == pl.String and not self.is_measured:
            return texts(self.series).is_null().to_numpy()
        if self.is_measured:
            return np.isnan(self.values)
        gone = self.series.is_null()
        if self.series.dtype.is_float():
            gone |= self.series.is_nan().fill_null(True)
        return gone.to_numpy()

    def shown(self, row: int) -> str:
        """A cell in short."""
        value = self.series[row]
        text = (
            "nothing" if value is None else f"{value:g}" if isinstance(value, float) else str(value)
        )
        return text if len(text) <= 30 else text[:29] + "…"


def spread(count: int, most: int) -> Array:
    """At most so many places, evenly spread over all.

    Example:
        >>> spread(10, 4).tolist()
        [0, 2, 5, 7]
    """
    if count <= most:
        return np.arange(count)
    return (np.arange(most, dtype=np.int64) * count) // most


def _some(series: pl.Series) -> pl.Series:
    return series if len(series) <= LOOK else series.gather(spread(len(series), LOOK))
