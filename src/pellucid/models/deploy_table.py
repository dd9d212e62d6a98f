"""How a network of a table reads its rows, in operations of the graph, for all forms of export.

It is what ``TableCodec`` does. A row has one number for each column that is used. In a column of
texts that number is the text's place among the known ones, which each form looks up in its own way.
"""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from itertools import groupby
from typing import Any

import numpy as np

from pellucid.data.codec import TableCodec
from pellucid.data.columns.base import Column
from pellucid.data.columns.boolean import Boolean
from pellucid.data.columns.category import Category
from pellucid.data.columns.cells import is_number, numbers, texts
from pellucid.data.columns.number import Number
from pellucid.data.frame import Table
from pellucid.errors import ExportError
from pellucid.graph import BATCH, Value
from pellucid.graph.primitive import Array
from pellucid.io.deployment import Arrays, Field
from pellucid.ops import cast, concatenate, equal, maximum, minimum, reshape, slice, sum, where


def fields(codec: TableCodec) -> tuple[Field, ...]:
    """What a row is made of: the columns that are used, in the order of the table.

    Raises: ``ExportError`` that names all columns of dates and of text.
    """
    refused = [c for c in codec.used if not isinstance(c, Number | Boolean | Category)]
    if refused:
        raise _refused(refused)
    return tuple(Field(column.name, _texts(column)) for column in codec.used)


def reads_table(codec: TableCodec, x: Value, arrays: Arrays) -> Value:
    """Add what the codec does to rows x, with one number for each field.

    Formula: that of each column; a category's number is compared with those of the known ones.
    """
    plain: list[Value] = []
    places: list[Value] = []
    start = 0
    for number, (_, group) in enumerate(groupby(codec.used, _alike)):
        columns = list(group)
        name = f"codec.input.columns_{number}"
        own = slice(x, 1, start, start + len(columns))
        start += len(columns)
        first = columns[0]
        if isinstance(first, Number):
            plain.append(_numbers(columns, own, arrays, name))
            continue
        if first.lookup is not None and _texts(first):
            assert isinstance(first, Category)
            places.append(where(equal(own, own), own, float(first.stand_in)))
            plain += _marks(first, own)
            continue
        stand_in = _stand_in(first, own, arrays, name)
        if isinstance(first, Boolean):
            plain.append(_plus(_truth(first, own, arrays, name), stand_in))
            plain += _marks(first, own)
            continue
        values = arrays.leaf(x.builder, f"{name}.known", _values(first))
        found = cast(equal(own, values), "float")
        if first.lookup is None:
            plain.append(_plus(found, stand_in))
        else:
            count = arrays.leaf(x.builder, f"{name}.places", 1.0 + np.arange(len(_known(first))))
            places.append(_plus(sum(found * count, 1, keepdims=True), stand_in))
        plain += _marks(first, own)
    parts = [*plain, *places]
    return concatenate(parts, 1) if len(parts) > 1 else parts[0]


def cells(codec: TableCodec, table: Table) -> list[Array]:
    """The cells of each field, as an exported model takes them: numbers, or texts.

    Shapes: rows x 1 each, float64 with NaN or text with "" where nothing is.
    """
    return [_cells(column, table)[:, None] for column in codec.used]


def drawn_table(codec: TableCodec, rows: int, random: np.random.Generator) -> Table:
    """Rows of numbers like those of training, and of known, unknown and missing categories."""
    import polars as pl

    made = []
    for column in codec.used:
        if isinstance(column, Number):
            values = random.normal(size=rows) * column.scale + column.mean
            gone = random.random(rows) < 0.1
            made.append(pl.Series(column.name, values).set(pl.Series(gone), None))
        else:
            known = [*_known(column), "something else", None]
            places = random.integers(0, len(known), rows)
            made.append(pl.Series(column.name, known, dtype=pl.String).gather(places))
    return Table.join(made)


# --- the numbers of a column


def _numbers(columns: Sequence[Column], x: Value, arrays: Arrays, name: str) -> Value:
    """Columns of numbers side by side, each followed by its mark where any was missing."""
    own = [column for column in columns if isinstance(column, Number)]
    limits = [c.limits if c.low < c.high else (-np.inf, np.inf) for c in own]
    given: dict[str, Any] = {
        "mean": [c.mean for c in own], "scale": [c.scale for c in own],
        "least": [low for low, _ in limits], "most": [high for _, high in limits],
    }  # fmt: skip
    mean, scale, least, most = (
        arrays.leaf(x.builder, f"{name}.{key}", np.array(each)) for key, each in given.items()
    )
    instead = mean
    if any(c.fill is not None for c in own):
        fills = np.array([c.stand_in for c in own])
        instead = arrays.leaf(x.builder, f"{name}.instead", fills)
    z: Value = (minimum(maximum(where(equal(x, x), x, instead), least), most) - mean) / scale
    if not own[0].missing:
        return z
    if len(own) == 1:
        return concatenate([z, _is_missing(x)], 1)
    shape = (BATCH, len(own), 1)
    both = concatenate([reshape(z, shape), reshape(_is_missing(x), shape)], 2)
    return reshape(both, (BATCH, 2 * len(own)))


def _truth(column: Boolean, x: Value, arrays: Arrays, name: str) -> Value:
    """1 for each spelling of yes, -1 for each of no, 0 for all else."""
    values, count = _values(column).tolist(), len(column.spellings[0])
    no, yes = dict.fromkeys(values[:count]), dict.fromkeys(values[count:])
    known = arrays.leaf(x.builder, f"{name}.known", np.array([*no, *yes]))
    found = cast(equal(x, known), "float")
    ends = slice(found, 1, 0, len(no)), slice(found, 1, len(no), len(no) + len(yes))
    if len(no) + len(yes) > 2:
        ends = sum(ends[0], 1, keepdims=True), sum(ends[1], 1, keepdims=True)
    return ends[1] - ends[0]


def _marks(column: Column, x: Value) -> list[Value]:
    """Where a category or a truth value is missing, if any was in training."""
    assert isinstance(column, Boolean | Category)
    return [_is_missing(x)] if column.missing else []


def _stand_in(column: Column, x: Value, arrays: Arrays, name: str) -> Value | None:
    """What a missing category or truth value adds to the numbers of a cell; None: nothing."""
    assert isinstance(column, Boolean | Category)
    if column.fill is None:
        return None
    added = np.array([float(column.stand_in)])
    if isinstance(column, Category) and column.lookup is None:
        added = (np.arange(len(column.levels)) == column.stand_in - 1).astype(float)
    return _is_missing(x) * arrays.leaf(x.builder, f"{name}.instead", added)


def _plus(found: Value, stand_in: Value | None) -> Value:
    return found if stand_in is None else found + stand_in


def _is_missing(x: Value) -> Value:
    """1 for NaN, which alone is not equal to itself."""
    return 1.0 - cast(equal(x, x), "float")


def _alike(column: Column) -> Any:
    """Neighbouring columns of numbers go together; all others by themselves."""
    return (Number, column.missing) if isinstance(column, Number) else column.name


# --- what a column knows


def _known(column: Column) -> tuple[str, ...]:
    if isinstance(column, Boolean):
        no, yes = column.spellings
        return *no, *yes
    return column.levels if isinstance(column, Category) else ()


def _as_numbers(column: Column) -> list[float] | None:
    """The known cells as numbers, where they are given as such: false is 0, and true 1."""
    import polars as pl

    known = _known(column)
    if isinstance(column, Boolean) and {cell.lower() for cell in known} == {"false", "true"}:
        return [float(cell.lower() == "true") for cell in known]
    if not all(map(is_number, known)):
        return None
    values = [float(cell) for cell in known]
    return values if texts(pl.Series(values)).to_list() == list(known) else None


def _texts(column: Column) -> tuple[str, ...]:
    """The known texts, each once; none for columns that are given as numbers."""
    return () if _as_numbers(column) is not None else tuple(dict.fromkeys(_known(column)))


def _values(column: Column) -> Array:
    """The number in a row that stands for each known cell."""
    values = _as_numbers(column)
    if values is None:
        places = {text: place for place, text in enumerate(_texts(column), 1)}
        values = [float(places[text]) for text in _known(column)]
    return np.array(values)


def _cells(column: Column, table: Table) -> Array:
    import polars as pl

    series = table.column(column.name)
    if isinstance(column, Number):
        return numbers(series)[0]
    own = texts(series)
    if _texts(column):
        return own.fill_null("").to_numpy().astype(object)
    values = dict(zip(_known(column), _values(column).tolist(), strict=True))
    other = max(values.values()) + 1.0
    known = pl.Series(list(values), dtype=pl.String)
    found = own.replace_strict(
        known, pl.Series(list(values.values())), default=other, return_dtype=pl.Float64
    )
    return found.set(own.is_null(), np.nan).to_numpy()


def _refused(columns: Sequence[Column]) -> ExportError:
    told = "; ".join(f"{c.name!r} is of kind {c.kind} ({c.reason})" for c in columns)
    them = "this column" if len(columns) == 1 else "these columns"
    line = " ".join(f"--column {shlex.quote(c.name + '=ignore')}" for c in columns)
    given = ", ".join(f"{c.name!r}: 'ignore'" for c in columns)
    return ExportError(
        "A network that reads dates or text cannot be exported, numbers, truth values and "
        f"categories can: {told}. Train one without {them}: {line}, in Python "
        f"columns={{{given}}}."
    )
