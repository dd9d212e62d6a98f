"""Columns of numbers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from pellucid.data.arrays import Array, count_of
from pellucid.data.columns.base import Column, Notes
from pellucid.data.columns.cells import numbers
from pellucid.data.record import Fields, damaged
from pellucid.data.scale import mean_and_scale
from pellucid.dataclass import dataclass
from pellucid.errors import DataError

if TYPE_CHECKING:
    import polars as pl


@dataclass(frozen=True)
class Number(Column):
    """A number, brought to mean 0 and standard deviation 1.

    Formula: z = (clip(x, low - (high - low), high + (high - low)) - mean) / scale; a missing x
        counts as the mean, z = 0, or as ``fill``. Where any was missing in training, a second
        number is 1 where x is missing, else 0.

    Attributes:
        mean, scale: of the training rows, without the missing; scale is 1 for a constant column.
        low, high: the least and the greatest number in training.
        missing: whether any was missing in training.
        strays: whether text among the numbers counts as missing, as it did in training.
        fill: what stands in for a missing number; None for the mean.
    """

    kind: ClassVar[str] = "number"
    mean: float
    scale: float
    low: float
    high: float
    missing: bool = False
    strays: bool = False
    fill: float | None = None

    @classmethod
    def fit(cls, name: str, reason: str, series: pl.Series, strays: bool = False) -> Number:
        """Fit on training rows.

        Parameters:
            strays: whether text among the numbers is taken for missing.
        """
        values, odd = numbers(series)
        if len(odd) and not strays:
            raise _text(name, odd)
        there = values[~np.isnan(values)]
        _check_finite(name, there)
        mean, scale = mean_and_scale(there[:, None], f"The column {name!r}")
        missing, ends = len(there) < len(values), (float(there.min()), float(there.max()))
        return cls(name, reason, float(mean[0]), float(scale[0]), *ends, missing, bool(len(odd)))

    @property
    def feature_names(self) -> tuple[str, ...]:
        """The number, and whether it is missing."""
        return (self.name, f"{self.name} is missing") if self.missing else (self.name,)

    @property
    def limits(self) -> tuple[float, float]:
        """Beyond these numbers are clipped: one training range further than training went."""
        span = self.high - self.low
        return max(self.low - span, -1e300), min(self.high + span, 1e300)

    @property
    def stand_in(self) -> float:
        """What stands in for a missing number, within the limits."""
        if self.fill is None:
            return self.mean
        low, high = self.limits
        return min(max(self.fill, low), high) if self.low < self.high else self.fill

    def encode(self, series: pl.Series, out: Array, notes: Notes) -> None:
        """Write scaled numbers."""
        values, odd = numbers(series)
        if len(odd):
            if not self.strays:
                raise _text(self.name, odd)
            notes.add(self.name, len(odd), "text in place of a number", odd.unique().to_list())
        gone = np.isnan(values)
        has_gaps = bool(gone.any())
        low, high = self.limits
        if self.low == self.high:
            _check_finite(self.name, values[~gone])
        elif has_gaps or values.min(initial=low) < low or values.max(initial=high) > high:
            far = (values < low) | (values > high)
            if far.any():
                what = f"numbers far from those of training ({self.low:g} to {self.high:g})"
                notes.add(self.name, int(far.sum()), what, values[far][:20].tolist())
                values = np.clip(values, low, high)
        z = values - self.mean
        z /= self.scale
        if has_gaps:
            z[gone] = (self.stand_in - self.mean) / self.scale
        out[:, 0] = z
        if self.missing:
            out[:, 1] = gone
        elif has_gaps:
            notes.add(
                self.name, int(gone.sum()) - len(odd), "no value, which never was in training"
            )

    def decode(self, z: Array) -> pl.Series:
        """Numbers in their unit, missing ones as null."""
        import polars as pl

        series = pl.Series(self.name, z[:, 0].astype(np.float64) * self.scale + self.mean)
        return series.set(pl.Series(z[:, 1] > 0.5), None) if self.missing else series

    def settings(self) -> dict[str, Any]:
        """Mean, scale, ends and the policy for what is missing."""
        own = {
            "mean": self.mean, "scale": self.scale, "low": self.low, "high": self.high,
            "missing": self.missing, "strays": self.strays,
        }  # fmt: skip
        return own if self.fill is None else own | {"fill": self.fill}

    @classmethod
    def read(cls, name: str, reason: str, fields: Fields) -> Number:
        """Read back what ``settings`` gave."""
        scale = fields.number("scale")
        if scale <= 0:
            raise damaged("scale", "a number above 0", scale)
        ends = fields.number("mean"), scale, fields.number("low"), fields.number("high")
        fill = fields.number("fill") if fields.has("fill") else None
        return cls(name, reason, *ends, fields.truth("missing"), fields.truth("strays"), fill)

    @property
    def becomes(self) -> str:
        """In words."""
        instead = "the mean" if self.fill is None else f"{self.fill:.4g}"
        filled = f", missing as {instead} and marked" if self.missing else ""
        filled = filled or (f", missing as {instead}" if self.fill is not None else "")
        return f"(x - {self.mean:.4g}) / {self.scale:.4g}{filled}"


def _check_finite(name: str, values: Array) -> None:
    if not np.isfinite(values).all():
        count = int((~np.isfinite(values)).sum())
        raise DataError(
            f"The column {name!r} holds infinity in {count:,} of {len(values):,} rows; expected "
            "finite numbers. Fill them in, or drop those rows."
        )


def _text(name: str, odd: pl.Series) -> DataError:
    example = str(odd[0])[:40]
    return DataError(
        f"The column {name!r} holds text in {count_of(len(odd), 'row')}, for example {example!r}; "
        "expected numbers, as the column is one of numbers. Correct the cells, or leave them empty "
        "for a missing value."
    )
