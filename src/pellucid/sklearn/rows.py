"""Training rows as numbers: inputs, targets, weights; equal rows taken together.

A row with weight 2 has to teach what the same row given twice does. Where steps see a few rows at a
time, that holds only if the two are made the same before the first step: so equal rows become one,
with their weights added up, and all rows get an order that depends on nothing but themselves.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from pellucid.dataclass import dataclass
from pellucid.errors import DataError
from pellucid.graph.primitive import Array

PIECE = 1 << 13  # rows that are marked at a time
FACTORS = (0xBF58476D1CE4E5B9, 0x94D049BB133111EB)  # of the finalizer of SplitMix64


@dataclass(frozen=True)
class Rows:
    """Inputs (n, features), encoded targets (n,) or (n, columns), and a weight for each row."""

    x: Array
    y: Array
    weight: Array

    def __len__(self) -> int:
        return len(self.x)

    def take(self, places: Array) -> Rows:
        """Some of the rows."""
        return Rows(self.x[places], self.y[places], self.weight[places])

    def counted(self) -> Rows:
        """The rows that have weight.

        Raises: ``DataError`` for weights below 0, and where no row has any.
        """
        if (self.weight < 0).any():
            raise DataError(
                f"sample_weight holds {self.weight.min():g}; expected weights of at least 0."
            )
        if not self.weight.any():
            raise DataError(
                f"sample_weight is zero in all {len(self)} rows; expected a weight above 0 in at "
                "least one. Leave sample_weight out to count all rows alike."
            )
        return self if self.weight.all() else self.take(np.flatnonzero(self.weight))

    def merged(self) -> Rows:
        """Rows that differ, in an order that follows from what they hold alone."""
        rows = self.counted()
        _, first, group = np.unique(rows.marks(), return_index=True, return_inverse=True)
        group = group.reshape(-1)
        again = np.flatnonzero(first[group] != np.arange(len(rows)))  # equal to a row before them
        if not np.array_equal(rows.table(again), rows.table(first[group[again]])):
            # Two rows of one mark, as 1 of 10^19 pairs have: compare the rows themselves.
            whole = rows.table(np.arange(len(rows)))
            _, first, group = np.unique(whole, axis=0, return_index=True, return_inverse=True)
        weight = np.bincount(group.reshape(-1), rows.weight)
        return Rows(rows.x[first], rows.y[first], weight)

    def table(self, places: Any) -> Array:
        """Inputs and targets of some rows side by side; 0 and -0 are the same."""
        x, y = self.x[places], self.y[places]
        return np.asarray(np.column_stack([x, y]), np.float64) + 0.0

    def marks(self) -> Array:
        """The mark of each row."""
        pieces = [slice(at, at + PIECE) for at in range(0, len(self), PIECE)]
        return np.concatenate([marks(self.table(piece)) for piece in pieces])


def marks(values: Array) -> Array:
    """A 64-bit number for each row, the same for equal rows, different for others by all odds.

    Formula: the sum over the columns j of mix(bits of value j + (j + 1) 2^64 / golden ratio), with
        the finalizer of SplitMix64 as mix, modulo 2^64.
    Source: G. Steele, D. Lea, C. Flood, 2014, doi:10.1145/2660193.2660195.
    """
    columns = np.arange(1, values.shape[1] + 1, dtype=np.uint64) * np.uint64(0x9E3779B97F4A7C15)
    bits = np.ascontiguousarray(values).view(np.uint64) + columns
    for shift, factor in zip((30, 27), FACTORS, strict=True):
        bits ^= bits >> np.uint64(shift)
        bits *= np.uint64(factor)
    bits ^= bits >> np.uint64(31)
    return np.asarray(bits.sum(axis=1, dtype=np.uint64))
