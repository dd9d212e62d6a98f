"""Columns that name the row: what holds for one tells nothing of the next."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from pellucid.data.arrays import Array
from pellucid.data.columns.base import Column, Notes
from pellucid.data.columns.cells import nothing
from pellucid.data.record import Fields
from pellucid.dataclass import dataclass

if TYPE_CHECKING:
    import polars as pl


@dataclass(frozen=True)
class Identifier(Column):
    """A value that tells rows apart: left out.

    Formula: no numbers.
    """

    kind: ClassVar[str] = "identifier"

    @classmethod
    def fit(cls, name: str, reason: str, series: pl.Series) -> Identifier:
        """Remember nothing."""
        return cls(name, reason)

    @property
    def feature_names(self) -> tuple[str, ...]:
        """None."""
        return ()

    def encode(self, series: pl.Series, out: Array, notes: Notes) -> None:
        """Write nothing."""

    def decode(self, z: Array) -> pl.Series:
        """Null in every row: no number tells what it was."""
        return nothing(len(z)).alias(self.name)

    def settings(self) -> dict[str, Any]:
        """None."""
        return {}

    @classmethod
    def read(cls, name: str, reason: str, fields: Fields) -> Identifier:
        """Read back what ``settings`` gave."""
        return cls(name, reason)

    @property
    def becomes(self) -> str:
        """In words."""
        return "nothing, left out"
