"""The codec of tables with names and kinds: each column by its kind, side by side."""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

import numpy as np
from numpy.typing import DTypeLike

from pellucid.data.arrays import Array, count_of, show_size
from pellucid.data.columns.base import Column, NewThings, Notes
from pellucid.data.columns.kinds import CLASSES, KINDS, as_number, fit_column, is_empty
from pellucid.data.columns.missing import check_policies, filled
from pellucid.data.columns.number import Number
from pellucid.data.frame import Table
from pellucid.data.inputs import REACH, InputCodec, has_one_unit
from pellucid.data.record import Fields, Record, damaged
from pellucid.dataclass import dataclass
from pellucid.errors import DataError, ShapeError, unknown_name

LOOK = 10_000


@dataclass(frozen=True, eq=False, repr=False)
class TableCodec(InputCodec):
    """Encode each column by its kind.

    Attributes:
        columns: the columns in the order of the table, those that are not used among them.
    Formula: the numbers of all columns side by side, in their order; the places that embeddings
        look up come after all others.
    Shapes: n rows -> n x width.
    """

    kind: ClassVar[str] = "table"
    columns: tuple[Column, ...]

    @classmethod
    def fit(
        cls, table: Table, kinds: Mapping[str, str] | None = None, *, embed: bool = True,
        missing: Mapping[str, str] | None = None,
    ) -> TableCodec:  # fmt: skip
        """Fit on training rows.

        Parameters:
            kinds: the kinds of some columns, where what is found is not what is meant.
            embed: whether many categories go into an embedding; else the most frequent 32 have a
                number each.
            missing: what stands in for missing values of some columns; see ``columns/missing.py``.
        Raises: ``DataError`` for columns without a single value, and where no column is left.
        """
        asked = dict(kinds or {})
        for name, kind in asked.items():
            if name not in table.columns:
                raise unknown_name("column", name, table.columns)
            if kind not in KINDS:
                raise unknown_name(f"kind of column (asked for {name!r})", kind, KINDS)
        policies = dict(missing or {})
        check_policies(policies, table.columns)
        wanted = [name for name in table.columns if asked.get(name) != "ignore"]
        empty = [name for name in wanted if is_empty(table.column(name))]
        if empty:
            raise _empty(empty)
        pixels = () if asked or policies else one_unit(table, wanted)
        columns = pixels or tuple(
            fit_column(table.column(name), asked.get(name), embed=embed) for name in wanted
        )
        columns = tuple(filled(c, table.column(c.name), policies.get(c.name)) for c in columns)
        if not any(column.is_used for column in columns):
            columns = tuple(
                c if c.name in asked else as_number(c, table.column(c.name)) for c in columns
            )
        if not any(column.is_used for column in columns):
            raise _unused(columns)
        return cls(columns)

    @property
    def used(self) -> tuple[Column, ...]:
        """The columns that the network sees."""
        return tuple(column for column in self.columns if column.is_used)

    @property
    def row_shape(self) -> tuple[int, ...]:
        """The number of columns, those that are not used included."""
        return (len(self.columns),)

    @property
    def sample_shape(self) -> tuple[int, ...]:
        """The number of numbers a row becomes."""
        return (sum(len(column.feature_names) for column in self.columns),)

    @property
    def lookups(self) -> tuple[tuple[int, int], ...]:
        """Entries and units of the embeddings that read the last numbers of a row."""
        return tuple(column.lookup for column in self.columns if column.lookup is not None)

    @property
    def feature_names(self) -> tuple[str, ...]:
        """A name for each number, in their order."""
        plain = [name for c in self.columns for name in c.feature_names[: _plain_width(c)]]
        return (*plain, *(c.feature_names[-1] for c in self.columns if c.lookup is not None))

    @property
    def text_columns(self) -> list[str]:
        """The columns whose cells are text even where they look like numbers."""
        return [column.name for column in self.columns if column.is_text]

    def encode(self, x: Any, dtype: DTypeLike = np.float32) -> Array:
        """Turn rows of a table into what the network reads, with one warning for what is new.

        Takes any data frame; an array has to have the columns of training, in their order.

        Raises: ``DataError`` that names all missing columns; for text where numbers were.
        """
        z, notes = self.encode_noting(x, dtype)
        if notes.entries:
            warnings.warn(NewThings(notes), stacklevel=2)
        return z

    def encode_noting(self, x: Any, dtype: DTypeLike = np.float32) -> tuple[Array, Notes]:
        """As ``encode``, with what is new returned in place of a warning."""
        table = Table.of(x, [column.name for column in self.columns])
        check_columns("x", [column.name for column in self.used], table.columns)
        z = np.zeros((len(table), *self.sample_shape), dtype)
        notes = Notes()
        for column, places in zip(self.columns, self._places(), strict=True):
            if not column.is_used:
                continue
            series = table.column(column.name)
            if column.lookup is None:
                column.encode(series, z[:, places[0] : places[0] + len(places)], notes)
            else:
                own = np.zeros((len(table), len(places)), dtype)
                column.encode(series, own, notes)
                z[:, places] = own
        return z, notes

    def decode(self, z: Any) -> Table:
        """Turn encoded rows back into a table, as far as the kinds allow.

        Texts, identifiers and categories unseen in training come back as missing.
        """
        z = np.asarray(z)
        if z.ndim != 2 or z.shape[1:] != self.sample_shape:
            raise ShapeError(
                f"decode got {show_size(z.shape)}; expected n x {show_size(self.sample_shape)}, as "
                "encode returns it."
            )
        pairs = zip(self.columns, self._places(), strict=True)
        return Table.join([column.decode(z[:, places]) for column, places in pairs])

    def _places(self) -> list[list[int]]:
        """Where the numbers of each column stand in a row."""
        plain, code = 0, sum(_plain_width(column) for column in self.columns)
        result = []
        for column in self.columns:
            width = _plain_width(column)
            own = list(range(plain, plain + width))
            plain += width
            if column.lookup is not None:
                own.append(code)
                code += 1
            result.append(own)
        return result

    def rows(self) -> list[dict[str, Any]]:
        """What was found: of each column its kind, the reason, and what it becomes."""
        return [
            {"column": c.name, "kind": c.kind, "why": c.reason, "becomes": c.becomes}
            for c in self.columns
        ]

    def describe(self) -> str:
        """Say in one line what the codec does."""
        counts: dict[str, int] = {}
        for column in self.columns:
            counts[column.kind] = counts.get(column.kind, 0) + 1
        kinds = ", ".join(f"{count} {kind}" for kind, count in counts.items())
        width = count_of(self.sample_shape[0], "number")
        return f"Table: {count_of(len(self.columns), 'column')} ({kinds}) as {width}"

    def to_record(self) -> Record:
        """Return what a model file keeps."""
        columns = [
            {"kind": c.kind, "name": c.name, "reason": c.reason, **c.settings()}
            for c in self.columns
        ]
        return {"kind": self.kind, "columns": columns}, {}

    @classmethod
    def from_fields(cls, fields: Fields) -> TableCodec:
        """Read back what ``to_record`` gave."""
        columns = []
        for entry in fields.values("columns"):
            if not isinstance(entry, dict):
                raise damaged("columns", "a list of objects", entry)
            own = Fields(entry, {})
            read = CLASSES[own.text("kind", tuple(CLASSES))].read
            columns.append(read(own.word("name"), own.word("reason"), own))
        names = [column.name for column in columns]
        if len(set(names)) < len(names) or not any(column.is_used for column in columns):
            raise damaged("columns", "columns of different names, one of them used", names)
        return cls(tuple(columns))


def _plain_width(column: Column) -> int:
    return len(column.feature_names) - (column.lookup is not None)


def one_unit(table: Table, names: Sequence[str]) -> tuple[Column, ...]:
    """Columns that look like measures in one unit, such as pixels; none where they do not.

    See ``has_one_unit`` and ``Standardize``: there the same is done for arrays.
    """
    if len(names) < 16 or not table.is_all_numbers(names):
        return ()
    if not has_one_unit(table[: min(LOOK, len(table))].select(names).to_numpy()):
        return ()
    x = table.select(names).to_numpy()
    if not has_one_unit(x):
        return ()
    low, high = float(x.min()), float(x.max())
    columns: list[Column] = []
    for name in names:
        own = Number.fit(name, "numbers, all columns in one unit", table.column(name))
        scale = max(own.scale, (high - low) / REACH) if own.high > own.low else (high - low) / REACH
        columns.append(Number(name, own.reason, own.mean, scale, low, high))
    return tuple(columns)


def check_columns(where: object, wanted: Sequence[str], given: Sequence[str]) -> None:
    """Raise ``DataError`` that names all columns that are not there."""
    held = set(given)
    missing = [name for name in wanted if name not in held]
    if missing:
        verb = "is" if len(missing) == 1 else "are"
        raise DataError(
            f"{where} lacks {count_of(len(missing), 'column')} that the model was fitted on: "
            f"{_listed(missing)} {verb} not among {_listed(given)}. Add what is missing, or "
            "correct the header."
        )


def _listed(names: Sequence[str], most: int = 50) -> str:
    shown = ", ".join(map(repr, names[:most]))
    return shown + (f" and {len(names) - most:,} more" if len(names) > most else "")


def _empty(names: Sequence[str]) -> DataError:
    one = ("The column", "holds", "it")
    noun, verb, them = one if len(names) == 1 else ("The columns", "hold", "them")
    return DataError(
        f"{noun} {_listed(names)} {verb} no value in any training row; expected some. Drop {them}, "
        f"or have {them} ignored: columns={{{names[0]!r}: 'ignore'}}, on the command line --column "
        f"{names[0]}=ignore."
    )


def _unused(columns: Sequence[Column]) -> DataError:
    kinds = "; ".join(f"{c.name!r} is {c.kind} ({c.reason})" for c in columns[:10])
    return DataError(
        f"No column is left to learn from: {kinds or 'all are ignored'}. Add columns, or say which "
        "kind they are: columns={'name': 'number'}, on the command line --column name=number."
    )
