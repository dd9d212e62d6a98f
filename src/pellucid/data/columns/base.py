"""What a kind of column is: how its cells become numbers, and come back.

A kind is one frozen class in a file of its own. Everything it does to a row is plain arithmetic and
look-ups, written in its docstring, so that a model can be handed on with it.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import field
from typing import TYPE_CHECKING, Any, ClassVar

from pellucid.data.arrays import Array, count_of
from pellucid.data.record import Fields
from pellucid.dataclass import dataclass
from pellucid.errors import DataWarning

if TYPE_CHECKING:
    import polars as pl

EXAMPLES = 3


@dataclass
class Notes:
    """What was met while encoding that training had not shown.

    Attributes:
        counts: by column and what it is, the number of rows and the first examples.
    """

    counts: dict[tuple[str, str], tuple[int, list[str]]] = field(default_factory=dict)

    def add(self, column: str, rows: int, what: str, examples: Any = ()) -> None:
        """Count rows of a column that hold something new; nothing for no rows."""
        if not rows:
            return
        before, known = self.counts.get((column, what), (0, []))
        every = list(dict.fromkeys([*known, *map(_shown, examples)]))
        self.counts[column, what] = before + rows, every[: EXAMPLES + 1]

    def take(self, other: Notes) -> None:
        """Count what another piece of the data held as well."""
        for (column, what), (rows, examples) in other.counts.items():
            before, known = self.counts.get((column, what), (0, []))
            every = list(dict.fromkeys([*known, *examples]))
            self.counts[column, what] = before + rows, every[: EXAMPLES + 1]

    @property
    def entries(self) -> list[str]:
        """Sentences such as "city: 3 rows hold categories that ... ('Rom')"."""
        told = []
        for (column, what), (rows, examples) in self.counts.items():
            shown = ", ".join(examples[:EXAMPLES]) + ", ..." * (len(examples) > EXAMPLES)
            tail = f" ({shown})" if examples else ""
            verb = "holds" if rows == 1 else "hold"
            told.append(f"{column}: {count_of(rows, 'row')} {verb} {what}{tail}")
        return told

    def text(self) -> str:
        """All entries in one sentence."""
        return (
            f"Some rows hold what training did not show. {'; '.join(self.entries)}. They were "
            "encoded as the nearest known, or as missing: trust the answers for them less."
        )


class NewThings(DataWarning):
    """The warning of rows that hold what training did not show; it keeps the counts."""

    def __init__(self, notes: Notes) -> None:
        super().__init__(notes.text())
        self.notes = notes


def _shown(value: Any) -> str:
    text = f"{value:g}" if isinstance(value, float) else repr(str(value))
    return text if len(text) <= 30 else text[:29] + "…"


@dataclass(frozen=True)
class Column(ABC):
    """One column of a table, of one kind.

    Attributes:
        name: as in the table.
        reason: why it is taken to be of this kind, in words.
    """

    kind: ClassVar[str]
    name: str
    reason: str

    @property
    @abstractmethod
    def feature_names(self) -> tuple[str, ...]:
        """A name for each number that a cell becomes; empty where the column is not used."""

    @property
    def lookup(self) -> tuple[int, int] | None:
        """Entries and units of an embedding that reads the last of those numbers, if one does."""
        return None

    @property
    def is_used(self) -> bool:
        """Whether the network sees it."""
        return bool(self.feature_names)

    @property
    def is_text(self) -> bool:
        """Whether cells that look like numbers are to be read as text."""
        return False

    @abstractmethod
    def encode(self, series: pl.Series, out: Array, notes: Notes) -> None:
        """Write the numbers of each cell into ``out``, and note what training did not show.

        Shapes: n cells; ``out`` is n x features.
        Raises: ``DataError`` for text where numbers were.
        """

    @abstractmethod
    def decode(self, z: Array) -> pl.Series:
        """Turn the numbers back into cells, as far as they tell them."""

    @abstractmethod
    def settings(self) -> dict[str, Any]:
        """The fields beside kind, name and reason, as plain JSON."""

    @classmethod
    @abstractmethod
    def read(cls, name: str, reason: str, fields: Fields) -> Column:
        """Bring the column back from what ``settings`` gave, checked as a stranger's."""

    @property
    @abstractmethod
    def becomes(self) -> str:
        """What a cell becomes, in a few words."""
