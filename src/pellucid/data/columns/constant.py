"""Columns that hold the same value everywhere: there is nothing to learn from them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from pellucid.data.arrays import Array
from pellucid.data.columns.base import Column, Notes
from pellucid.data.columns.cells import texts
from pellucid.data.record import Fields
from pellucid.dataclass import dataclass

if TYPE_CHECKING:
    import polars as pl


@dataclass(frozen=True)
class Constant(Column):
    """The same value in every training row: left out.

    Formula: no numbers.

    Attributes:
        value: the one value, as text.
    """

    kind: ClassVar[str] = "constant"
    value: str

    @classmethod
    def fit(cls, name: str, reason: str, series: pl.Series) -> Constant:
        """Remember the value."""
        return cls(name, reason, str(texts(series).drop_nulls().head(1).to_list()[0]))

    @property
    def feature_names(self) -> tuple[str, ...]:
        """None."""
        return ()

    def encode(self, series: pl.Series, out: Array, notes: Notes) -> None:
        """Write nothing."""

    def decode(self, z: Array) -> pl.Series:
        """The value in every row."""
        import polars as pl

        return pl.Series(self.name, [self.value], dtype=pl.String).new_from_index(0, len(z))

    def settings(self) -> dict[str, Any]:
        """The value."""
        return {"value": self.value}

    @classmethod
    def read(cls, name: str, reason: str, fields: Fields) -> Constant:
        """Read back what ``settings`` gave."""
        return cls(name, reason, fields.word("value"))

    @property
    def becomes(self) -> str:
        """In words."""
        return "nothing, left out"
