"""Reading several labels a row: columns of 0 and 1, collections of labels, or text with separators.

Whatever the form, ``read_labels`` gives one truth value for each row and label.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal, TypeAlias

import numpy as np

from pellucid.data.arrays import Array, is_missing, show_size
from pellucid.data.labels import read_target
from pellucid.dataclass import dataclass
from pellucid.errors import DataError, ShapeError

Form: TypeAlias = Literal["columns", "sets", "text"]
Name: TypeAlias = str | int
SEPARATORS = (";", "|", ",")
_COLLECTIONS = (list, tuple, set, frozenset, np.ndarray)


@dataclass(frozen=True, eq=False)
class LabelRows:
    """Several labels a row, as read.

    Attributes:
        form: what they came as.
        names: of the labels: of columns in their order, else sorted.
        present: whether a row has a label: rows x labels.
        dtype: the type of columns, in which predictions come back.
        separator: what stands between the labels of a text.
        named: whether columns had names of their own.
    """

    form: Form
    names: tuple[Name, ...]
    present: Array
    dtype: str = "bool"
    separator: str = ""
    named: bool = False


def label_sets(y: Any) -> Array | None:
    """The rows as tuples of labels, where each row is a collection of labels; else None.

    It is where rows are sets, or differ in their number of values, or hold several texts: rows of
    as many numbers each are columns.
    """
    if not isinstance(y, list | tuple | np.ndarray) and not hasattr(y, "to_list"):
        return None
    first = next(iter(y), None)
    if not isinstance(first, _COLLECTIONS) and not hasattr(first, "to_list"):
        return None
    if isinstance(y, np.ndarray) and y.dtype.kind not in "UO":
        return None
    values = y.to_list() if hasattr(y, "to_list") else list(y)
    if not all(isinstance(row, _COLLECTIONS) for row in values):
        return None
    if not any(isinstance(row, set | frozenset) for row in values):
        texts = any(isinstance(label, str) for row in values for label in row)
        widths = {len(row) for row in values}
        if len(widths) == 1 and (not texts or widths == {1}):
            return None
    rows = np.empty(len(values), object)
    for place, row in enumerate(values):
        plain = [str(label) if isinstance(label, str) else label for label in row]
        rows[place] = tuple(sorted(plain, key=str) if isinstance(row, set | frozenset) else plain)
    return rows


def read_labels(y: Any, separator: str | None = None) -> LabelRows:
    """Read several labels a row in any form.

    Raises: ``DataError`` for values that are no labels, with the row; ``ShapeError``.
    """
    rows = label_sets(y)
    if rows is not None:
        return _of_sets(rows)
    target = read_target(y)
    if target.values.ndim == 1 and target.sort == "text":
        return _of_texts(target.values, separator)
    return _of_columns(y)


def _of_columns(y: Any) -> LabelRows:
    target = read_target(y)
    values = target.values
    if values.ndim != 2 or values.shape[1] < 2:
        raise ShapeError(
            f"y is {show_size(values.shape)}; expected several labels a row: at least two columns "
            "of 0 and 1, lists of labels, or text such as 'red;round'. For one label a row use "
            "kind='classes'."
        )
    if target.sort == "text":
        raise DataError(
            f"y holds the text {str(values.flat[0])!r:.40} in columns; expected 0 and 1, or True "
            "and False. Turn the values into numbers."
        )
    odd = ~np.isin(values, (0, 1))
    if odd.any():
        row, column = (int(axis[0]) for axis in np.nonzero(odd))
        raise DataError(
            f"y holds {values[row, column]:g} in row {row}, column {column}; expected 0 and 1, or "
            "True and False, for labels. Use kind='numbers' for measures."
        )
    columns = getattr(y, "columns", None)
    names: tuple[Name, ...] = tuple(range(values.shape[1]))
    if columns is not None:
        names = tuple(map(str, columns))
    present = values.astype(bool)
    return LabelRows("columns", names, present, values.dtype.name, named=columns is not None)


def _of_sets(rows: Array) -> LabelRows:
    for place, row in enumerate(rows):
        for label in row:
            if isinstance(label, bool | np.bool_) or not isinstance(label, str | int | np.integer):
                raise DataError(
                    f"y holds {label!r} ({type(label).__name__}) among the labels of row {place}; "
                    "expected text, or whole numbers. Turn the labels into text."
                )
    every = {label for row in rows for label in row}
    if len({isinstance(label, str) for label in every}) > 1:
        raise DataError(
            "y mixes text and numbers among its labels. Expected one kind: turn all into text."
        )
    plain = [[label if isinstance(label, str) else int(label) for label in row] for row in rows]
    return LabelRows("sets", *_presence(plain))


def _of_texts(values: Array, separator: str | None) -> LabelRows:
    missing = [place for place, value in enumerate(values) if is_missing(value)]
    if missing:
        raise DataError(
            f"y has a missing value in row {missing[0]}; expected labels, or an empty text for "
            "none. Fill it in."
        )
    found = separator or separator_of(values)
    rows = [[part.strip() for part in str(cell).split(found)] for cell in values]
    return LabelRows(
        "text", *_presence([[part for part in row if part] for row in rows]), separator=found
    )


def separator_of(values: Any) -> str:
    """What stands between labels: of ; | and , that which most cells hold.

    Raises: ``DataError`` where none holds any.
    """
    counts = {mark: sum(mark in str(cell) for cell in values) for mark in SEPARATORS}
    best = max(SEPARATORS, key=lambda mark: counts[mark])
    if not counts[best]:
        raise DataError(
            "y is to hold several labels a row, and no row has a ; | or , between two, for example "
            f"{str(values[0])!r:.60}. Use kind='classes' for one label a row."
        )
    return best


def _presence(rows: Sequence[Sequence[Name]]) -> tuple[tuple[Name, ...], Array]:
    names: tuple[Name, ...] = tuple(sorted({label for row in rows for label in row}))
    places = {name: place for place, name in enumerate(names)}
    present = np.zeros((len(rows), len(names)), bool)
    for row, labels in enumerate(rows):
        present[row, [places[label] for label in labels]] = True
    return names, present
