"""The door for arrays: what comes in, and what is said to the rest."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest
import scipy.sparse

from pellucid.data import check_inputs, check_pair
from pellucid.errors import DataError, ShapeError

Said = Callable[[type[Exception], Callable[[], object]], str]


class Foreign:
    """An array of another library, which has nothing but ``__array__``."""

    def __init__(self, values: Any, refuse: bool = False) -> None:
        self.values, self.refuse = values, refuse

    def __array__(self, dtype: Any = None, copy: Any = None) -> Any:
        if self.refuse:
            raise RuntimeError("it is on another device")
        return np.asarray(self.values, dtype)


@pytest.mark.parametrize(
    ("x", "dtype"),
    [
        ([[1, 2]], "int64"),
        ([[1.5, 2]], "float64"),
        (((True, False),), "int64"),
        (np.ones((2, 3, 3), np.uint8), "uint8"),
        (np.ones((2, 2), np.float16), "float64"),
        (np.ones((2, 2), np.float32), "float32"),
        (pd.DataFrame({"a": [1, 2], "b": [0.5, 1.5]}), "float64"),
        (pd.DataFrame({"a": [True, False], "b": [0.5, 1.5]}), "float64"),
        (pd.DataFrame({"a": [1, 2]}, dtype="Int64"), "int64"),
        (np.array([[1, 2.5], [True, np.int8(3)]], dtype=object), "float64"),
        (Foreign([[1.0]]), "float64"),
        (np.ma.MaskedArray([[1.0, 2.0]]), "float64"),
    ],
)
def test_numbers_in_any_array_like_come_in(x: Any, dtype: str) -> None:
    array = check_inputs(x)
    assert array.dtype == dtype
    assert array.ndim >= 2


def test_values_survive_the_door() -> None:
    frame = pd.DataFrame({"a": [True, False], "b": [0.5, 1.5]})
    assert check_inputs(frame).tolist() == [[1.0, 0.5], [0.0, 1.5]]


NAN = float("nan")
REFUSED: list[tuple[type[Exception], Any, str]] = [
    (
        DataError,
        [[1.0, NAN], [2.0, float("-inf")], [3.0, 4.0]],
        "x has 2 values that are not a finite number, in 2 rows; the first is NaN in row 0, column "
        "1. Expected finite numbers: fill them in, or drop those rows.",
    ),
    (
        DataError,
        pd.DataFrame({"a": [1.0, 2.0], "age": [3.0, None]}),
        "x has 1 value that is not a finite number, in 1 row; the first is NaN in row 1, column "
        "'age'. Expected finite numbers: fill them in, or drop those rows.",
    ),
    (
        DataError,
        np.where(np.arange(8).reshape(1, 2, 2, 2) == 6, np.inf, 0.0),
        "x has 1 value that is not a finite number, in 1 row; the first is infinity in row 0, "
        "place [1, 1, 0]. Expected finite numbers: fill them in, or drop those rows.",
    ),
    (
        DataError,
        [[1, "a"]],
        "x holds text, for example 1; expected numbers. Turn each such column into numbers (a "
        "category into one 0/1 column a value), or drop it.",
    ),
    (
        DataError,
        pd.DataFrame({"a": [1.0, 2.0], "colour": ["red", "blue"]}),
        "x holds 'red' (str) in row 0, column 'colour'; expected numbers. Turn each such column "
        "into numbers (a category into one 0/1 column a value), or drop it.",
    ),
    (
        DataError,
        np.array([[1, None]], dtype=object),
        "x has 1 value that is not a finite number, in 1 row; the first is NaN in row 0, column 1. "
        "Expected finite numbers: fill them in, or drop those rows.",
    ),
    (
        DataError,
        [[10**400, 1]],
        "x has 1 value that is not a finite number, in 1 row; the first is infinity in row 0, "
        "column 0. Expected finite numbers: fill them in, or drop those rows.",
    ),
    (
        DataError,
        [[1j, 2.0]],
        "x holds complex numbers, for example 1j; expected numbers. Turn each such column into "
        "numbers (a category into one 0/1 column a value), or drop it.",
    ),
    (
        DataError,
        np.array([["2020-01-01"]], "datetime64[D]"),
        "x holds dates, for example 2020-01-01; expected numbers. Turn each such column into "
        "numbers (a category into one 0/1 column a value), or drop it.",
    ),
    (
        DataError,
        scipy.sparse.csr_matrix(np.eye(3)),
        "x is a sparse matrix (csr_matrix, 3 x 3); expected a dense array. Use x.toarray().",
    ),
    (
        DataError,
        np.ma.MaskedArray([[1.0, 2.0]], [[False, True]]),
        "x has 1 masked value; expected a value everywhere. Fill them in with x.filled(...), or "
        "drop those rows.",
    ),
    (DataError, [], "x is empty (0); expected at least one row and one column."),
    (DataError, np.ones((0, 4)), "x is empty (0 x 4); expected at least one row and one column."),
    (
        DataError,
        Foreign(1, refuse=True),
        "x (Foreign) cannot be read as an array: it is on another device",
    ),
    (
        ShapeError,
        3.5,
        "x is a single number, 3.5; expected a table with a row for each sample. For one sample of "
        "one feature use [[3.5]].",
    ),
    (
        ShapeError,
        [1.0, 2.0],
        "x has one axis (2 values); expected a row for each sample. For one feature of many "
        "samples use x.reshape(-1, 1), for many features of one sample x.reshape(1, -1).",
    ),
    (
        ShapeError,
        [[1, 2], [3, 4], [5]],
        "x is a list whose rows differ: row 0 has 2 values, row 2 has 1 value. Expected the same "
        "number of values in every row.",
    ),
    (
        ShapeError,
        [[1, 2], 3],
        "x is a list whose rows differ: row 0 has 2 values, row 1 has no list. Expected the same "
        "number of values in every row.",
    ),
]


@pytest.mark.parametrize(("kind", "x", "message"), REFUSED)
def test_what_is_no_table_of_numbers_is_refused(
    said: Said, kind: type[Exception], x: Any, message: str
) -> None:
    assert said(kind, lambda: check_inputs(x)) == message


def test_a_sum_beyond_the_range_is_not_an_infinite_value() -> None:
    x = np.full((3, 1), 1.7e308)
    assert check_inputs(x) is x


def test_a_pair_of_different_lengths(said: Said) -> None:
    assert said(ShapeError, lambda: check_pair(np.ones((150, 4)), [1] * 149)) == (
        "x has 150 rows and y has 149; expected one target for each row of x. Check that both come "
        "from the same table, in the same order."
    )
