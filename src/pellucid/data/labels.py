"""Reading targets: what kind of values y holds, and whether they are classes or numbers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal, TypeAlias

import numpy as np

from pellucid.data.arrays import Array, count_of, is_missing, show_size, to_array
from pellucid.data.dataset import Kind
from pellucid.dataclass import dataclass
from pellucid.errors import DataError, ShapeError

Sort: TypeAlias = Literal["text", "truth", "whole", "float"]
Label: TypeAlias = str | bool | int | float
FEW = 20
"""Whole values written as floats are classes up to this many different ones."""
MANY, PART = 50, 0.1
"""Integers are numbers above this many different ones that are more than this part of the rows."""
_WORDS = {"text": "text", "truth": "True or False", "whole": "whole numbers", "float": "numbers"}


@dataclass(frozen=True, eq=False)
class Target:
    """Targets as read: their values in a plain array, and the form they came in.

    Attributes:
        values: text as objects, truth values, integers or finite floats.
        sort: which of the four.
        dtype: the name of the type they came in: "str", "object", "int64", ...
        categories: the categories of a pandas categorical in their order, else None.
        ordered: whether those are ordered.
    """

    values: Array
    sort: Sort
    dtype: str
    categories: tuple[Label, ...] | None = None
    ordered: bool = False

    @property
    def kind(self) -> Kind:
        """Classes or numbers, by the rule that ``fit_target`` states."""
        if self.values.ndim > 1 and self.values.shape[1] > 1:
            return "numbers"
        if self.categories is not None or self.sort in ("text", "truth"):
            return "classes"
        different = len(np.unique(self.values))
        if self.sort == "whole":
            many = different > MANY and different > PART * len(self.values)
            return "numbers" if many else "classes"
        whole = bool((self.values == np.floor(self.values)).all())
        return "classes" if whole and different <= FEW else "numbers"


def read_target(y: Any) -> Target:
    """Read targets of any form: arrays, lists, pandas series and categoricals.

    Raises: ``DataError`` for values that are missing, not finite, mixed or of no use as targets;
        ``ShapeError`` for more than two axes, or none.
    """
    dtype: Any = getattr(y, "dtype", None)
    if type(dtype).__name__ == "CategoricalDtype":  # pandas, whether it can be imported or not
        categories = tuple(_plain(np.asarray(dtype.categories))[0].tolist())
        found = _read(y)
        return Target(found.values, found.sort, found.dtype, categories, bool(dtype.ordered))
    return _read(y)


def _read(y: Any) -> Target:
    array = to_array(y, "y")
    if array.dtype.kind == "U" and not hasattr(y, "dtype"):
        array = np.asarray(y, dtype=object)  # a list that mixes text and numbers shows as it is
    if array.ndim not in (1, 2):
        raise ShapeError(
            f"y is {show_size(array.shape)}; expected one target a row (or several columns of "
            "numbers)."
        )
    if array.size == 0:
        raise DataError("y is empty; expected a target for each row of x.")
    came = "object" if array.dtype.kind == "O" and hasattr(y, "dtype") else None
    values, sort = _plain(array)
    if sort == "float" and not np.isfinite(values).all():
        _refuse(~np.isfinite(values), "missing or infinite value")
    dtype = came or ("str" if sort == "text" else values.dtype.name)
    return Target(values, sort, dtype)


def _plain(array: Array) -> tuple[Array, Sort]:
    """The values in one of the four sorts."""
    sorts: dict[str, Sort] = {"b": "truth", "i": "whole", "u": "whole", "f": "float"}
    kind = array.dtype.kind
    if kind in sorts:
        fits = array.dtype.name in ("float16", "float32", "float64") or kind != "f"
        return array if fits else array.astype(np.float64), sorts[kind]
    if kind == "U":
        return array.astype(object), "text"
    if kind != "O":
        raise DataError(
            f"y holds values of type {array.dtype}; expected text, numbers, or True and False. "
            "Turn them into one of these."
        )
    if set(map(type, array.ravel().tolist())) == {str}:
        return array, "text"
    missing = np.array([is_missing(value) for value in array.flat]).reshape(array.shape)
    if missing.any():
        _refuse(missing, "missing value")
    found = [_sort(value) for value in array.flat]
    kinds = set(found)
    if kinds == {"whole", "float"}:
        kinds = {"float"}
    if len(kinds) > 1 or None in kinds:
        _refuse_mix(list(array.flat), found)
    sort: Sort = kinds.pop()  # type: ignore[assignment]
    if sort == "text":
        return array, sort
    dtypes = {"truth": np.bool_, "whole": np.int64, "float": np.float64}
    try:
        return array.astype(dtypes[sort]), sort
    except OverflowError:
        raise DataError(
            "y holds whole numbers beyond 64 bits. Give smaller ones, or text for names."
        ) from None


def _sort(value: Any) -> Sort | None:
    if isinstance(value, str):
        return "text"
    if isinstance(value, (bool, np.bool_)):
        return "truth"
    if isinstance(value, (int, np.integer)):
        return "whole"
    return "float" if isinstance(value, (float, np.floating)) else None


def _refuse_mix(values: Sequence[Any], sorts: Sequence[Sort | None]) -> None:
    other = next(row for row, sort in enumerate(sorts) if sort is None or sort != sorts[0])
    if sorts[other] is None:
        raise DataError(
            f"y holds {values[other]!r} ({type(values[other]).__name__}) in row {other}; expected "
            "text, numbers, or True and False. Turn the values into one of these."
        )
    raise DataError(
        f"y mixes {_WORDS[str(sorts[0])]} and {_WORDS[str(sorts[other])]}: {values[0]!r} in row 0, "
        f"{values[other]!r} in row {other}. Expected one kind: turn all values into text, or all "
        "into numbers."
    )


def _refuse(bad: Array, what: str) -> None:
    rows = np.flatnonzero(bad.reshape(len(bad), -1).any(axis=1))
    raise DataError(
        f"y has {count_of(int(bad.sum()), what)}, the first in row {rows[0]}; expected a target in "
        "every row. Fill them in, or drop those rows."
    )
