"""Columns of two values: yes and no."""

from __future__ import annotations

from itertools import product
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from pellucid.data.arrays import Array
from pellucid.data.columns.base import Column, Notes
from pellucid.data.columns.cells import is_number, texts
from pellucid.data.record import Fields
from pellucid.dataclass import dataclass

if TYPE_CHECKING:
    import polars as pl

TRUE = ("true", "yes", "y", "t", "1", "on", "ja", "j", "oui", "si", "sí", "sim", "да")
FALSE = ("false", "no", "n", "f", "0", "off", "nein", "non", "não", "нет")


@dataclass(frozen=True)
class Boolean(Column):
    """One of two values, as -1 or 1.

    Formula: z = 1 for ``yes``, -1 for ``no``, 0 where neither. Where any was missing in training, a
        second number is 1 where the value is missing, else 0. With ``fill`` a missing value
        counts as that one of the two. Words for yes and no are the same in capital and small
        letters: a file may say True where a data frame says true.

    Attributes:
        no, yes: the two texts.
        missing: whether any was missing in training.
        fill: which of the two stands in for a missing value; None: neither.
    """

    kind: ClassVar[str] = "boolean"
    no: str
    yes: str
    missing: bool = False
    fill: str | None = None

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

    @property
    def stand_in(self) -> float:
        """The number of a missing value."""
        return 0.0 if self.fill is None else 1.0 if self.fill == self.yes else -1.0

    @property
    def means_truth(self) -> bool:
        """Whether its two texts are words for no and yes."""
        return self.yes.lower() in TRUE and self.no.lower() in FALSE

    @property
    def spellings(self) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """All texts that count as no, and all that count as yes."""
        if not self.means_truth:
            return (self.no,), (self.yes,)
        return spellings(self.no), spellings(self.yes)

    def encode(self, series: pl.Series, out: Array, notes: Notes) -> None:
        """Write -1 and 1."""
        cells = texts(series)
        no, yes = (cells.is_in(list(known)).fill_null(False).to_numpy() for known in self.spellings)
        gone = cells.is_null().to_numpy()
        out[:, 0] = yes.astype(np.int8) - no.astype(np.int8)
        out[gone, 0] = self.stand_in
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

        gone = z[:, 1] > 0.5 if self.missing else np.zeros(len(z), bool)
        places = np.select([gone, z[:, 0] > 0.5, z[:, 0] < -0.5], [2, 1, 0], 2)
        return pl.Series(self.name, [self.no, self.yes, None], dtype=pl.String).gather(places)

    def settings(self) -> dict[str, Any]:
        """Both values."""
        own = {"no": self.no, "yes": self.yes, "missing": self.missing}
        return own if self.fill is None else own | {"fill": self.fill}

    @classmethod
    def read(cls, name: str, reason: str, fields: Fields) -> Boolean:
        """Read back what ``settings`` gave."""
        no, yes = fields.word("no"), fields.word("yes")
        fill = fields.text("fill", (no, yes)) if fields.has("fill") else None
        return cls(name, reason, no, yes, fields.truth("missing"), fill)

    @property
    def becomes(self) -> str:
        """In words."""
        filled = f", missing as {self.fill}" if self.fill is not None else ""
        marked = (" and marked" if filled else ", missing marked") if self.missing else ""
        return f"-1 for {self.no}, 1 for {self.yes}{filled}{marked}"


def spellings(word: str) -> tuple[str, ...]:
    """A word in capital and small letters, mixed in every way.

    Example:
        >>> spellings("no")
        ('no', 'nO', 'No', 'NO')
    """
    letters = [dict.fromkeys((letter.lower(), letter.upper())) for letter in word]
    return tuple("".join(each) for each in product(*letters))


def ends(values: list[str]) -> tuple[str, str]:
    """Which of two values is no, and which yes: by their meaning, else in their order."""
    first, last = values[0], values[-1]
    if first.lower() in TRUE and last.lower() in FALSE:
        return last, first
    return first, last
