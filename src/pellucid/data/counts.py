"""The codec of counts: how many calls, accidents or children; whole numbers that are not scaled."""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np
from numpy.typing import DTypeLike

from pellucid.data.arrays import Array, count_of, show_size
from pellucid.data.labels import Target, read_target
from pellucid.data.record import Fields, Record, damaged
from pellucid.data.target_codec import TargetCodec
from pellucid.dataclass import dataclass
from pellucid.errors import DataError, ShapeError


@dataclass(frozen=True, eq=False, repr=False)
class Counts(TargetCodec):
    """Take counts as they are; predictions are means, which have fractions.

    Attributes:
        columns: how many counts a row has.
        flat: whether y has one axis, so that predictions have one too.

    Formula: z = y.
    Shapes: n or n x columns -> n x columns; back in the shape that was given.
    """

    kind: ClassVar[str] = "counts"
    columns: int = 1
    flat: bool = True

    @classmethod
    def fit(cls, target: Target) -> Counts:
        """Fit on training targets.

        Raises: ``DataError`` for text, negative numbers and fractions, with the row.
        """
        values = checked(target)
        return cls(1 if values.ndim == 1 else values.shape[1], values.ndim == 1)

    @property
    def outputs(self) -> int:
        """The number of columns."""
        return self.columns

    @property
    def mean(self) -> Array:
        """What is taken off: nothing."""
        return np.zeros(self.columns)

    @property
    def scale(self) -> Array:
        """What is divided by: one."""
        return np.ones(self.columns)

    def encode(self, y: Any, dtype: DTypeLike = np.float32) -> Array:
        """Turn counts into columns of numbers."""
        values = checked(read_target(y))
        columns = values.reshape(len(values), -1)
        if columns.shape[1] != self.columns:
            raise ShapeError(
                f"y is {show_size(values.shape)}; the model was fitted on "
                f"{count_of(self.columns, 'column')} of counts. Give as many."
            )
        return columns.astype(dtype)

    def decode(self, z: Any) -> Array:
        """Turn columns of numbers into counts, or means of such, in float64."""
        columns = np.asarray(z, np.float64)
        if columns.ndim != 2 or columns.shape[1] != self.columns:
            raise ShapeError(
                f"decode got {show_size(columns.shape)}; expected n x {self.columns}, as encode "
                "returns it."
            )
        return columns[:, 0] if self.flat else columns

    def describe(self) -> str:
        """Say in one line what the codec does."""
        return f"Counts: {count_of(self.columns, 'column')} as they are"

    def to_record(self) -> Record:
        """Return what a model file keeps."""
        return {"kind": self.kind, "columns": self.columns, "flat": self.flat}, {}

    @classmethod
    def from_fields(cls, fields: Fields) -> Counts:
        """Read back what ``to_record`` gave."""
        columns, flat = int(fields.number("columns")), fields.truth("flat")
        if columns < 1 or columns != fields.number("columns") or (flat and columns > 1):
            raise damaged("columns", "how many counts a row has", fields.number("columns"))
        return cls(columns, flat)


def checked(target: Target) -> Array:
    """Targets as numbers, all of them whole and at least 0.

    Raises: ``DataError`` with the first row of another.
    """
    values = not_negative(target)
    odd = values != np.floor(values)
    if odd.any():
        raise DataError(
            f"y holds the fraction {_bad(values, odd)} in row {_first(odd)}; expected counts: "
            "whole numbers of at least 0. Use kind='numbers' for measures."
        )
    return values


def not_negative(target: Target) -> Array:
    """Targets as numbers of at least 0.

    Raises: ``DataError`` with the first row of another.
    """
    if target.sort == "text" or target.categories is not None:
        raise DataError(
            f"y holds {'text' if target.sort == 'text' else 'categories'}, for example "
            f"{target.values.flat[0]!r}; expected counts: whole numbers of at least 0. Turn the "
            "values into numbers."
        )
    values = target.values.astype(np.float64)
    low = values < 0
    if low.any():
        raise DataError(
            f"y holds {_bad(values, low)} in row {_first(low)}; expected counts: whole numbers of "
            "at least 0. Correct it, or use kind='numbers' for measures."
        )
    return values


def _first(bad: Array) -> int:
    return int(np.argmax(bad.reshape(len(bad), -1).any(axis=1)))


def _bad(values: Array, bad: Array) -> str:
    return f"{values[bad][0]:g}"
