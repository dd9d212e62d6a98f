"""Columns of dates and times."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from pellucid.data.arrays import Array
from pellucid.data.columns.base import Column, Notes
from pellucid.data.columns.cells import MOMENTS, SECOND, moment_form, moments, texts
from pellucid.data.record import Fields, damaged
from pellucid.data.scale import mean_and_scale
from pellucid.dataclass import dataclass
from pellucid.errors import DataError

if TYPE_CHECKING:
    import polars as pl

DAY = 86400.0
PERIODS = {"year": 365.2425 * DAY, "week": 7 * DAY, "day": DAY}
"""The cycles, in seconds. A week is counted from Thursday, 1 January 1970, on."""


@dataclass(frozen=True)
class Moment(Column):
    """A date or a time: how late it is, and where in the year, the week and the day.

    Formula: with t the seconds since 1970 (UTC), or since midnight, clipped as a number is:
        (t - mean) / scale, then sin(2 pi t / p) and cos(2 pi t / p) for each period p. A missing t
        gives 0 everywhere; where any was missing in training, a last number is 1, else 0.

    Attributes:
        form: how text is read, as ``strptime`` does; None for columns of dates or times by type.
        mean, scale, low, high: of t, in seconds.
        cycles: those periods of year, week and day that training went through and within.
        missing: whether any was missing in training.
        fill: the t that stands in for a missing one, its cycles left 0; None for the mean.
    """

    kind: ClassVar[str] = "date"
    form: str | None
    mean: float
    scale: float
    low: float
    high: float
    cycles: tuple[str, ...]
    missing: bool = False
    fill: float | None = None

    @classmethod
    def fit(cls, name: str, reason: str, series: pl.Series, form: str | None = None) -> Moment:
        """Fit on training rows.

        Parameters:
            form: how text is read, where that is known already.
        """
        import polars as pl

        if series.dtype == pl.String and form is None:
            form = moment_form(texts(series))
            if form is None:
                example = str(series.drop_nulls()[0])[:40]
                raise DataError(
                    f"The column {name!r} holds no dates or times in one form that is known, for "
                    f"example {example!r}; expected such as 2024-12-31 or 2024-12-31 23:59:00. "
                    "Rewrite them so, or give the column another kind."
                )
        t = moments(series, form)
        there = t[~np.isnan(t)]
        if not len(there):
            raise DataError(
                f"The column {name!r} holds no dates or times. Give it another kind, or ignore it."
            )
        mean, scale = mean_and_scale(there[:, None], f"The column {name!r}")
        ends = (float(there.min()), float(there.max()))
        has_gaps = len(there) < len(t)
        return cls(
            name, reason, form, float(mean[0]), float(scale[0]), *ends, _cycles(there), has_gaps
        )

    @property
    def feature_names(self) -> tuple[str, ...]:
        """Time itself, sine and cosine of each cycle, and whether it is missing."""
        waves = [f"{self.name} {wave} of {p}" for p in self.cycles for wave in ("sin", "cos")]
        last = [f"{self.name} is missing"] if self.missing else []
        return (self.name, *waves, *last)

    @property
    def is_text(self) -> bool:
        """Whether cells that look like numbers are to be read as text."""
        return self.form is not None

    def encode(self, series: pl.Series, out: Array, notes: Notes) -> None:
        """Write time and its cycles."""
        t = moments(series, self.form)
        gone = np.isnan(t)
        unread = int(gone.sum()) - (0 if series.dtype.is_temporal() else texts(series).null_count())
        if series.dtype.is_temporal():
            unread -= series.null_count()
        notes.add(self.name, unread, f"no moment in the form {self.form}")
        span = self.high - self.low
        low, high = self.low - span, self.high + span
        far = (t < low) | (t > high) if span else gone & False
        notes.add(self.name, int(far.sum()), "moments far from those of training")
        now = np.where(gone, self.mean if self.fill is None else self.fill, t)
        out[:, 0] = ((np.clip(now, low, high) if span else now) - self.mean) / self.scale
        for place, cycle in enumerate(self.cycles):
            angle = 2 * np.pi * (now / PERIODS[cycle] % 1)
            out[:, 1 + 2 * place] = np.where(gone, 0, np.sin(angle))
            out[:, 2 + 2 * place] = np.where(gone, 0, np.cos(angle))
        if self.missing:
            out[:, -1] = gone
        elif int(gone.sum()) > unread:
            lost = int(gone.sum()) - unread
            notes.add(self.name, lost, "no value, which never was in training")

    def decode(self, z: Array) -> pl.Series:
        """Moments, from how late they are; missing ones as null."""
        import polars as pl

        t = np.round((z[:, 0].astype(np.float64) * self.scale + self.mean) * SECOND)
        series = pl.Series(self.name, t.astype(np.int64)).cast(pl.Datetime("us"))
        return series.set(pl.Series(z[:, -1] > 0.5), None) if self.missing else series

    def settings(self) -> dict[str, Any]:
        """The form, and the scales."""
        own = {
            "form": self.form, "mean": self.mean, "scale": self.scale, "low": self.low,
            "high": self.high, "cycles": list(self.cycles), "missing": self.missing,
        }  # fmt: skip
        return own if self.fill is None else own | {"fill": self.fill}

    @classmethod
    def read(cls, name: str, reason: str, fields: Fields) -> Moment:
        """Read back what ``settings`` gave."""
        form = fields.text("form", MOMENTS) if fields.has("form") else None
        scale, cycles = fields.number("scale"), fields.values("cycles")
        if scale <= 0:
            raise damaged("scale", "a number above 0", scale)
        if not all(cycle in PERIODS for cycle in cycles if isinstance(cycle, str)) or any(
            not isinstance(cycle, str) for cycle in cycles
        ):
            raise damaged("cycles", f"some of {', '.join(PERIODS)}", cycles)
        numbers = fields.number("mean"), scale, fields.number("low"), fields.number("high")
        fill = fields.number("fill") if fields.has("fill") else None
        return cls(name, reason, form, *numbers, tuple(cycles), fields.truth("missing"), fill)

    @property
    def becomes(self) -> str:
        """In words."""
        cycles = f", place in the {', '.join(self.cycles)}" if self.cycles else ""
        filled = ", missing as the median" if self.fill is not None else ""
        marked = (" and marked" if filled else ", missing marked") if self.missing else ""
        return f"time{cycles}{filled}{marked}"


def _cycles(t: Array) -> tuple[str, ...]:
    """The periods that the moments go through, if they do not all fall on one place in it."""
    span = float(t.max() - t.min())
    return tuple(
        name
        for name, period in PERIODS.items()
        if span >= period / 2 and np.ptp(t / period % 1) > 1e-6
    )
