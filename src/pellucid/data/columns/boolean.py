"""Columns of two values: yes and no."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from pellucid.data.arrays import Array
from pellucid.data.columns.base import Column, Notes
from pellucid.data.columns.cells import is_number, texts
from pellucid.data.record import Fields

if TYPE_CHECKING:
    import polars as pl

TRUE = ("true", "yes", "y", "t", "1", "on", "ja", "j", "oui", "si", "sí", "sim", "да")
FALSE = ("false", "no", "n", "f", "0", "off", "nein", "non", "não", "нет")


@dataclass(frozen=True)
class Boolean(Column):
    """One of two values, as -1 or 1.

    Formula: z = 1 for ``yes``, -1 for ``no``, 0 where neither. Where any was missing in training, a
        second number is 1 where the value is missing, else 0.

    Attributes:
        no, yes: the two texts.
        missing: whether any was missing in training.
    """

    kind: ClassVar[str] = "boolean"
    no: str
    yes: str
    missing: bool = False

    @classmethod
    def fit(cls, name: str, reason: str, series: pl.Series) -> Boolean:
        """Fit on training rows that hold at most two different values."""
        cells = texts(series)
        no, yes = ends(sorted(cells.drop_nulls().unique().to_list()))
        return cls(name, reason, no, yes, cells.null_count() > 0)

    @property
    def feature_names(self) -> tuple[str, ...]:
        """The value, and whether it is missing."""
        first = f"{self.name} = {self.yes}"
        return (first, f"{self.name} is missing") if self.missing else (first,)

    @property
    def is_text(self) -> bool:
        """Whether cells that look like numbers are to be read as text."""
        return not (is_number(self.no) and is_number(self.yes))

    def encode(self, series: pl.Series, out: Array, notes: Notes) -> None:
        """Write -1 and 1."""
        cells = texts(series)
        yes = (cells == self.yes).fill_null(False).to_numpy()
        no = (cells == self.no).fill_null(False).to_numpy()
        gone = cells.is_null().to_numpy()
        out[:, 0] = yes.astype(np.int8) - no.astype(np.int8)
        if self.missing:
            out[:, 1] = gone
        else:
            notes.add(self.name, int(gone.sum()), "no value, which never was in training")
        other = ~(yes | no | gone)
        if other.any():
            what = f"neither {self.no!r} nor {self.yes!r}"
            notes.add(self.name, int(other.sum()), what, cells.filter(other).head(20).to_list())

    def decode(self, z: Array) -> pl.Series:
        """The texts; null where neither."""
        import polars as pl

        places = np.select([z[:, 0] > 0.5, z[:, 0] < -0.5], [1, 0], 2)
        return pl.Series(self.name, [self.no, self.yes, None], dtype=pl.String).gather(places)

    def settings(self) -> dict[str, Any]:
        """Both values."""
        return {"no": self.no, "yes": self.yes, "missing": self.missing}

    @classmethod
    def read(cls, name: str, reason: str, fields: Fields) -> Boolean:
        """Read back what ``settings`` gave."""
        return cls(name, reason, fields.word("no"), fields.word("yes"), fields.truth("missing"))

    @property
    def becomes(self) -> str:
        """In words."""
        return f"-1 for {self.no}, 1 for {self.yes}" + (", missing marked" if self.missing else "")


def ends(values: list[str]) -> tuple[str, str]:
    """Which of two values is no, and which yes: by their meaning, else in their order."""
    first, last = values[0], values[-1]
    if first.lower() in TRUE and last.lower() in FALSE:
        return last, first
    return first, last
