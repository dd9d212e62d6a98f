"""The door for arrays: what may come in as x and y, and what is said to the rest.

Everything the codecs take passes here first, so behind this door an array is dense, real, finite,
and not empty.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, TypeAlias

import numpy as np

from pellucid.errors import DataError, ShapeError

Array: TypeAlias = np.ndarray[Any, np.dtype[Any]]


def show_size(shape: Sequence[int]) -> str:
    """Write a shape as text: ``150 x 4``; ``()`` is a single number.

    Example:
        >>> show_size((150, 4))
        '150 x 4'
    """
    return " x ".join(str(size) for size in shape) or "a single number"


def count_of(number: int, noun: str, many: str | None = None) -> str:
    """Write a number with its noun: ``1 row``, ``3 rows``."""
    return f"{number:,} {noun if number == 1 else many or noun + 's'}"


def check_inputs(x: Any, name: str = "x") -> Array:
    """Return x as a dense array of finite real numbers with a row for each sample.

    Takes arrays, lists, and whatever has ``to_numpy`` or ``__array__`` (pandas, polars, PyTorch).
    Whole numbers stay whole, truth values become 0 and 1.

    Shapes: any of at least two axes, the first being the samples.
    Raises: ``DataError`` for text, objects, complex or missing numbers, NaN, infinity, no values, a
        sparse matrix; ``ShapeError`` for fewer than two axes or rows of different lengths.

    Example:
        >>> check_inputs([[1, 2], [3, 4]]).dtype
        dtype('int64')
    """
    array = to_array(x, name)
    if array.size == 0:
        raise DataError(
            f"{name} is empty ({show_size(array.shape)}); expected at least one row and one column."
        )
    array = _numbers(array, x, name)
    if array.ndim == 0:
        raise ShapeError(
            f"{name} is a single number, {array[()]}; expected a table with a row for each sample. "
            f"For one sample of one feature use [[{array[()]}]]."
        )
    if array.ndim == 1:
        raise ShapeError(
            f"{name} has one axis ({count_of(len(array), 'value')}); expected a row for each "
            f"sample. For one feature of many samples use {name}.reshape(-1, 1), for many features "
            f"of one sample {name}.reshape(1, -1)."
        )
    _check_finite(array, x, name)
    return array


def to_array(values: Any, name: str) -> Array:
    """Read anything array-like as an array of any kind, or say why it is none."""
    if hasattr(values, "toarray") and hasattr(values, "nnz"):
        raise DataError(
            f"{name} is a sparse matrix ({type(values).__name__}, {show_size(values.shape)}); "
            f"expected a dense array. Use {name}.toarray()."
        )
    if isinstance(values, np.ma.MaskedArray) and np.ma.getmaskarray(values).any():
        hidden = count_of(int(np.ma.getmaskarray(values).sum()), "masked value")
        raise DataError(
            f"{name} has {hidden}; expected a value everywhere. "
            f"Fill them in with {name}.filled(...), or drop those rows."
        )
    if isinstance(values, (list, tuple)):
        _check_even(values, name)
    try:
        return np.asarray(values.to_numpy() if hasattr(values, "to_numpy") else values)
    except (TypeError, ValueError, RuntimeError) as reason:
        raise DataError(
            f"{name} ({type(values).__name__}) cannot be read as an array: {reason}"
        ) from None


def check_pair(x: Any, y: Any) -> None:
    """Check that x and y have a row for each other.

    Raises: ``ShapeError``.

    Example:
        >>> check_pair([[1.0], [2.0]], ["a", "b"])
    """
    if len(x) != len(y):
        raise ShapeError(
            f"x has {count_of(len(x), 'row')} and y has {len(y):,}; expected one target for each "
            "row of x. Check that both come from the same table, in the same order."
        )


def _check_even(rows: Sequence[Any], name: str) -> None:
    """Refuse a list of rows of different lengths, which NumPy words for programmers."""
    lengths = [len(row) if isinstance(row, (list, tuple)) else -1 for row in rows]
    for row, length in enumerate(lengths):
        if length != lengths[0]:
            first, other = (_length_of(size) for size in (lengths[0], length))
            raise ShapeError(
                f"{name} is a list whose rows differ: row 0 has {first}, row {row} has {other}. "
                "Expected the same number of values in every row."
            )


def _length_of(length: int) -> str:
    return "no list" if length < 0 else count_of(length, "value")


def _numbers(array: Array, source: Any, name: str) -> Array:
    """The array as real numbers; what is none is named with its place."""
    kind = array.dtype.kind
    if kind in "iu":
        return array
    if kind == "b":
        return array.astype(np.int64)
    if kind == "f":
        return array if array.dtype in (np.float32, np.float64) else array.astype(np.float64)
    if kind == "O":
        return _unpack(array, source, name)
    word = {"U": "text", "S": "bytes", "c": "complex numbers", "M": "dates", "m": "durations"}
    raise DataError(
        f"{name} holds {word.get(kind, str(array.dtype))}, for example {array.flat[0]!s}; expected "
        "numbers. Turn each such column into numbers (a category into one 0/1 column a value), or "
        "drop it."
    )


def _unpack(array: Array, source: Any, name: str) -> Array:
    """Numbers out of an array of objects, as tables of mixed columns give."""
    numbers = np.empty(array.shape, np.float64)
    for place, value in np.ndenumerate(array):
        if is_missing(value):
            numbers[place] = np.nan
        elif isinstance(value, (bool, int, float, np.bool_, np.integer, np.floating)):
            numbers[place] = _as_float(value)
        else:
            raise DataError(
                f"{name} holds {value!r} ({type(value).__name__}) in {_place(place, source)}; "
                "expected numbers. Turn each such column into numbers (a category into one 0/1 "
                "column a value), or drop it."
            )
    return numbers


def _as_float(value: Any) -> float:
    try:
        return float(value)
    except OverflowError:  # an integer of more than 308 digits
        return math.inf if value > 0 else -math.inf


def is_missing(value: Any) -> bool:
    """Whether a value stands for none: None, NaN, pandas' NA and NaT."""
    if value is None or type(value).__name__ in ("NAType", "NaTType"):
        return True
    return isinstance(value, (float, np.floating)) and bool(np.isnan(value))


def _check_finite(array: Array, source: Any, name: str) -> None:
    if array.dtype.kind != "f":
        return
    with np.errstate(all="ignore"):
        if np.isfinite(array.sum(dtype=np.float64)):
            return
    bad = ~np.isfinite(array)
    if not bad.any():  # the sum alone went over the range
        return
    first = tuple(int(axis[0]) for axis in np.nonzero(bad))
    rows = int(bad.reshape(len(array), -1).any(axis=1).sum())
    amount = int(bad.sum())
    raise DataError(
        f"{name} has {count_of(amount, 'value')} that {'is' if amount == 1 else 'are'} not a "
        f"finite number, in {count_of(rows, 'row')}; the first is {_spell(array[first])} in "
        f"{_place(first, source)}. Expected finite numbers: fill them in, or drop those rows."
    )


def _spell(value: Any) -> str:
    return "NaN" if np.isnan(value) else "infinity" if value > 0 else "-infinity"


def _place(place: tuple[int, ...], source: Any) -> str:
    """Words for the place of a value; a column of a data frame is called by its name."""
    if len(place) == 1:
        return f"row {place[0]}"
    if len(place) > 2:
        return "row " + ", ".join([str(place[0]), f"place {list(place[1:])}"])
    columns = getattr(source, "columns", None)
    column = place[1] if columns is None else repr(list(columns)[place[1]])
    return f"row {place[0]}, column {column}"
