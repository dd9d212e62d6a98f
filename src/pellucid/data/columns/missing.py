"""What stands in for a missing value: a policy for each column, where the default is not meant.

Whatever stands in, the network also sees that the value was missing, if any was in training.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Literal, TypeAlias, get_args

import numpy as np

from pellucid.data.arrays import Array
from pellucid.data.columns.base import Column
from pellucid.data.columns.boolean import Boolean
from pellucid.data.columns.category import Category
from pellucid.data.columns.cells import moments, numbers, texts
from pellucid.data.columns.moment import Moment
from pellucid.data.columns.number import Number
from pellucid.data.columns.text import Text
from pellucid.errors import DataError, ParameterError, unknown_name

if TYPE_CHECKING:
    import polars as pl

    from pellucid.data.frame import Table

Policy: TypeAlias = Literal["mean", "median", "zero", "most_frequent", "own", "drop"]
POLICIES: tuple[str, ...] = get_args(Policy)
FITTING: Mapping[type[Column], tuple[str, ...]] = {
    Number: ("mean", "median", "zero", "most_frequent", "drop"),
    Moment: ("mean", "median", "drop"),
    Category: ("own", "most_frequent", "drop"),
    Boolean: ("own", "most_frequent", "drop"),
    Text: ("own", "drop"),
}
"""What fits each kind, the default first. ``own`` is a value of its own: none of the others."""


def check_policies(policies: Mapping[str, str], columns: list[str]) -> None:
    """Raise ``UnknownNameError`` for a column or a policy that there is not."""
    for name, policy in policies.items():
        if name not in columns:
            raise unknown_name("column", name, columns)
        if policy not in POLICIES:
            raise unknown_name(f"policy for missing values (of {name!r})", policy, POLICIES)


def filled(column: Column, series: pl.Series, policy: str | None) -> Column:
    """The column with what stands in for its missing values, found in training cells.

    Formula: median: the middle of the values in order, or the mean of the two middle ones;
        most_frequent: of several equally frequent ones the least, of texts the first by name.
    Raises: ``ParameterError`` for a policy that does not fit the kind of column.
    """
    if policy is None:
        return column
    fitting = FITTING.get(type(column), ())
    if policy not in fitting:
        can = f"expected {', '.join(fitting)}" if fitting else "it is not learned from"
        raise ParameterError(
            f"The column {column.name!r} is of kind {column.kind}, for which missing values cannot "
            f"be handled by {policy!r}; {can}. Give another policy, or the column another kind."
        )
    if policy in ("drop", fitting[0]):
        return column
    if isinstance(column, Number):
        return replace(column, fill=_of_numbers(numbers(series)[0], policy))
    if isinstance(column, Moment):
        return replace(column, fill=_of_numbers(moments(series, column.form), policy))
    assert isinstance(column, Category | Boolean)
    return replace(column, fill=_most_frequent(series, column))


def complete_rows(table: Table, policies: Mapping[str, str]) -> Array | None:
    """The places of the rows without a missing value in the columns to be dropped by; None for all.

    Raises: ``DataError`` where none is left.
    """
    chosen = [name for name, policy in policies.items() if policy == "drop"]
    if not chosen:
        return None
    gone = np.zeros(len(table), bool)
    for name in chosen:
        series = table.column(name)
        gone |= texts(series).is_null().to_numpy()
    if gone.all():
        raise DataError(
            f"Each of the {len(table):,} rows has a missing value in {', '.join(chosen)}, and such "
            "rows are to be dropped; expected some without. Use another policy."
        )
    return np.flatnonzero(~gone) if gone.any() else None


def _of_numbers(values: Array, policy: str) -> float:
    there = values[~np.isnan(values)]
    if policy == "median":
        return float(np.median(there))
    if policy == "zero":
        return 0.0
    different, counts = np.unique(there, return_counts=True)
    return float(different[np.argmax(counts)])


def _most_frequent(series: pl.Series, column: Category | Boolean) -> str:
    known = column.levels if isinstance(column, Category) else (column.no, column.yes)
    cells = texts(series).drop_nulls()
    counts = cells.filter(cells.is_in(list(known))).value_counts(name="rows")
    order = counts.sort(["rows", cells.name], descending=[True, False])
    return str(order[cells.name][0])
