"""Several labels a row in each form; scikit-learn's MultiLabelBinarizer is the oracle."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.preprocessing import MultiLabelBinarizer

from pellucid.data import Classes, Counts, Labels, Numbers, fit_target
from pellucid.errors import DataError, PellucidError, ShapeError

Said = Callable[[type[Exception], Callable[[], object]], str]
SETS = [{"red", "round"}, {"round"}, set(), {"soft"}]
PRESENT = [[1, 1, 0], [0, 1, 0], [0, 0, 0], [0, 0, 1]]


@pytest.mark.parametrize(
    "y",
    [
        SETS,
        [sorted(each) for each in SETS],
        [frozenset(each) for each in SETS],
        tuple(map(tuple, map(sorted, SETS))),
        pd.Series([sorted(each) for each in SETS]),
        pl.Series([sorted(each) for each in SETS]),
    ],
)
def test_collections_of_labels(y: Any) -> None:
    codec = fit_target(y)
    assert isinstance(codec, Labels)
    assert (codec.labels, codec.form) == (("red", "round", "soft"), "sets")
    assert codec.encode(y).tolist() == PRESENT
    assert codec.decode(PRESENT).tolist() == [("red", "round"), ("round",), (), ("soft",)]


@given(st.lists(st.sets(st.integers(-5, 5)), min_size=2, max_size=30))
@settings(deadline=None)
def test_presence_is_scikit_learns(rows: list[set[int]]) -> None:
    if len(set().union(*rows)) < 2:
        return
    codec, theirs = fit_target(rows), MultiLabelBinarizer()
    assert codec.encode(rows).tolist() == theirs.fit_transform(rows).tolist()
    assert isinstance(codec, Labels)
    assert codec.labels == tuple(theirs.classes_.tolist())
    assert [set(row) for row in codec.decode(codec.encode(rows))] == rows


@pytest.mark.parametrize("dtype", ["bool", "int64", "uint8", "float32"])
def test_columns_of_0_and_1_come_back_in_their_type(dtype: str) -> None:
    y = np.array(PRESENT, dtype)
    codec = fit_target(y)
    assert isinstance(codec, Labels)
    assert codec.labels == (0, 1, 2)
    found = codec.decode(codec.encode(y))
    assert found.dtype == dtype and (found == y).all()


def test_columns_with_names_are_found_by_them() -> None:
    frame = pd.DataFrame(PRESENT, columns=["red", "round", "soft"])
    codec = fit_target(frame)
    assert isinstance(codec, Labels)
    assert codec.labels == ("red", "round", "soft")
    assert codec.encode(frame[["soft", "red", "round"]]).tolist() == PRESENT
    assert codec.encode(np.array(PRESENT)).tolist() == PRESENT


@pytest.mark.parametrize("mark", [";", "|", ","])
def test_text_with_separators(mark: str) -> None:
    y = [f"round {mark}red", "round", "", f"soft{mark}"]
    codec = fit_target(y, "labels")
    assert isinstance(codec, Labels)
    assert (codec.form, codec.separator) == ("text", mark)
    assert codec.encode(y).tolist() == PRESENT
    assert codec.decode(PRESENT).tolist() == [f"red{mark}round", "round", "", "soft"]
    assert codec.encode(SETS).tolist() == PRESENT  # any form is read


def test_a_separator_of_ones_own() -> None:
    codec = Labels.fit(["a / b", "b; c"], separator="/")
    assert codec.labels == ("a", "b", "b; c")


def test_what_is_no_several_labels_is_read_as_before() -> None:
    assert isinstance(fit_target([[0.5, 1.0], [0.0, 1.0]]), Numbers)
    assert isinstance(fit_target([[0, 2], [1, 1]]), Numbers)
    assert isinstance(fit_target(["red;round", "red"]), Classes)
    assert isinstance(fit_target([[0, 1], [1, 1]], "numbers"), Numbers)


@pytest.mark.parametrize(
    ("error", "y", "message"),
    [
        (DataError, [{"a"}, {"a"}], "y names one label only, 'a'; expected at least two. For yes "
         "and no use kind='classes'."),
        (DataError, [set(), set()], "y names no label at all; expected at least two. For yes and "
         "no use kind='classes'."),
        (DataError, [{"a"}, {1}], "y mixes text and numbers among its labels. Expected one kind: "
         "turn all into text."),
        (DataError, [{"a"}, {2.5}], "y holds 2.5 (float) among the labels of row 1; expected text, "
         "or whole numbers. Turn the labels into text."),
        (DataError, [[0, 1], [1, 7]], "y holds 7 in row 1, column 1; expected 0 and 1, or True and "
         "False, for labels. Use kind='numbers' for measures."),
        (DataError, ["a", "b"], "y is to hold several labels a row, and no row has a ; | or , "
         "between two, for example 'a'. Use kind='classes' for one label a row."),
        (ShapeError, [1, 0], "y is 2; expected several labels a row: at least two columns of 0 and "
         "1, lists of labels, or text such as 'red;round'. For one label a row use "
         "kind='classes'."),
    ],
)  # fmt: skip
def test_what_names_no_labels_is_refused(
    said: Said, error: type[PellucidError], y: Any, message: str
) -> None:
    assert said(error, lambda: fit_target(y, "labels")) == message


def test_labels_that_were_not_there(said: Said) -> None:
    codec = fit_target(SETS)
    assert said(DataError, lambda: codec.encode([{"rond"}])) == (
        "y holds the label 'rond', not there when the model was fitted. Did you mean 'round'? "
        "Known: 'red', 'round', 'soft'."
    )
    assert said(ShapeError, lambda: codec.encode([[0, 1], [1, 1]])) == (
        "y is 2 x 2; the model was fitted on 3 labels. Give a column for each."
    )
    assert said(ShapeError, lambda: codec.decode([[1, 0]])) == (
        "decode got 1 x 2; expected n x 3, as encode returns it."
    )


def test_counts_come_back_as_they_were() -> None:
    for y in ([3, 0, 2], [[3, 0], [1, 1]], np.array([2.0, 5.0])):
        codec = fit_target(y, "counts")
        assert isinstance(codec, Counts)
        assert np.array_equal(codec.decode(codec.encode(y)), y)


@pytest.mark.parametrize(
    ("y", "message"),
    [
        ([1, 2, -1], "y holds -1 in row 2; expected counts: whole numbers of at least 0. Correct "
         "it, or use kind='numbers' for measures."),
        ([[1, 2], [2.5, 0]], "y holds the fraction 2.5 in row 1; expected counts: whole numbers of "
         "at least 0. Use kind='numbers' for measures."),
        (["3", "x"], "y holds text, for example '3'; expected counts: whole numbers of at least 0. "
         "Turn the values into numbers."),
    ],
)  # fmt: skip
def test_what_are_no_counts_is_refused(said: Said, y: Any, message: str) -> None:
    assert said(DataError, lambda: fit_target(y, "counts")) == message
