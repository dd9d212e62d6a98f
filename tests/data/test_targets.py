"""Codecs of targets: the rule for the kind, labels of all types there and back, numbers."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.preprocessing import LabelEncoder

from pellucid.data import Classes, Numbers, fit_target
from pellucid.data.arrays import Array
from pellucid.errors import DataError, ShapeError, UnknownNameError

Said = Callable[[type[Exception], Callable[[], object]], str]


@pytest.mark.parametrize(
    ("y", "kind"),
    [
        (["a", "b"], "classes"),
        ([True, False], "classes"),
        (pd.Categorical([1.5, 2.5]), "classes"),
        (pd.Series(["a", "b"]), "classes"),
        (np.array(["a", "b"], object), "classes"),
        ([1, 2, 3], "classes"),
        (list(range(50)), "classes"),
        (list(range(51)), "numbers"),
        (list(range(51)) * 10, "classes"),  # 51 of 510 rows: not more than a tenth
        (list(range(52)) * 10 + [0], "classes"),
        (list(range(60)) * 9, "numbers"),
        ([1.0, 2.0], "classes"),
        (np.arange(20.0), "classes"),
        (np.arange(21.0), "numbers"),
        ([0.5, 1.0], "numbers"),
        ([[0.5], [1.0]], "numbers"),
        ([[1, 2], [3, 4]], "numbers"),
    ],
)
def test_the_rule_for_the_kind(y: Any, kind: str) -> None:
    assert fit_target(y).kind == kind


def test_the_rule_can_be_overridden() -> None:
    assert isinstance(fit_target([0, 1, 1], "numbers"), Numbers)
    assert isinstance(fit_target(np.arange(60), "classes"), Classes)
    assert fit_target([True, False], "numbers").encode([True]).tolist() == [[1.0]]


FORMS: list[Any] = [
    np.array(["no", "yes", "no"]),
    np.array(["no", "yes", "no"], object),
    np.array([3, 1, 3], np.int64),
    np.array([3, 1, 3], np.uint8),
    np.array([3.0, -1.0, 3.0], np.float32),
    np.array([True, False, True]),
    np.array([3, 1, 3], object),
    np.array([2**63 + 1, 5, 5], np.uint64),
]


@pytest.mark.parametrize("y", FORMS, ids=lambda y: f"{y.dtype}")
def test_labels_come_back_in_the_type_they_came_in(y: Array) -> None:
    codec = fit_target(y)
    z = codec.encode(y)
    assert z.dtype == np.int64 and codec.outputs == 2
    back = codec.decode(z)
    assert back.dtype == y.dtype and back.tolist() == y.tolist()
    assert [type(value) for value in back.tolist()] == [type(value) for value in y.tolist()]


@pytest.mark.parity
@given(st.one_of(
    st.lists(st.integers(-5, 5), min_size=2, max_size=30),
    st.lists(st.text(st.characters(codec="ascii", min_codepoint=33), max_size=4), min_size=2),
    st.lists(st.booleans(), min_size=2),
    st.lists(st.integers(-3, 3).map(float), min_size=2),
))  # fmt: skip
def test_labels_are_numbered_as_in_scikit_learn(y: list[Any]) -> None:
    if len(set(y)) < 2:
        return
    codec = fit_target(y, "classes")
    assert isinstance(codec, Classes)
    encoder = LabelEncoder().fit(y)
    assert codec.encode(y).tolist() == encoder.transform(y).tolist()
    assert list(codec.labels) == encoder.classes_.tolist()
    assert codec.decode(codec.encode(y)).tolist() == y


def test_categories_of_pandas_come_back_as_such() -> None:
    sizes = pd.CategoricalDtype(["small", "middle", "large", "huge"], ordered=True)
    y = pd.Series(["large", "small", "small", "middle"], dtype=sizes)
    codec = fit_target(y)
    assert isinstance(codec, Classes)
    assert codec.labels == ("small", "middle", "large")  # in their own order, those that are there
    assert codec.encode(y).tolist() == [2, 0, 0, 1]
    assert codec.encode(["middle", "large"]).tolist() == [1, 2]
    back: Any = codec.decode([0, 2])
    assert isinstance(back, pd.Categorical) and back.dtype == sizes
    assert list(back) == ["small", "large"]


def test_categories_without_pandas_come_back_as_an_array(monkeypatch: pytest.MonkeyPatch) -> None:
    codec = fit_target(pd.Categorical([3, 5, 3]))
    monkeypatch.setitem(sys.modules, "pandas", None)
    back = codec.decode([0, 1])
    assert type(back) is np.ndarray and back.tolist() == [3, 5]


@pytest.mark.parametrize("y", [["a", "b"], pd.Series(["a", "b"]), pd.Categorical(["a", "b"])])
def test_a_series_or_a_list_may_be_encoded_by_the_same_codec(y: Any) -> None:
    codec = fit_target(y)
    for other in (["b", "a"], np.array(["b", "a"]), pd.Series(["b", "a"], dtype="category")):
        assert codec.encode(other).tolist() == [1, 0]


def test_unseen_labels(said: Said) -> None:
    codec = fit_target(["setosa", "virginica"])
    assert said(DataError, lambda: codec.encode(["setossa"])) == (
        "y holds the label 'setossa', not there when the model was fitted. Did you mean 'setosa'? "
        "Known: 'setosa', 'virginica'."
    )
    assert said(DataError, lambda: fit_target([1, 2]).encode([2, 4, 3])) == (
        "y holds the labels 3, 4, not there when the model was fitted. Known: 1, 2."
    )
    assert said(DataError, lambda: fit_target([0, 1]).encode([True, False])) == (
        "y holds the labels False, True, not there when the model was fitted. Known: 0, 1."
    )
    many = fit_target(list(range(30)), "classes")
    assert said(DataError, lambda: many.encode(["x"])) == (
        "y holds the label 'x', not there when the model was fitted. Known: 0, 1, 2, 3, 4, 5, 6, "
        "7, 8, 9 and 20 more."
    )
    assert fit_target([1, 2]).encode([2.0]).tolist() == [1]


def test_places_that_stand_for_no_label(said: Said) -> None:
    codec = fit_target(["a", "b"])
    assert said(DataError, lambda: codec.decode([0, 2])) == (
        "decode expects one axis of places 0 to 1, got array([0, 2]). Use argmax(axis=1) of the "
        "scores."
    )
    assert said(DataError, lambda: codec.decode([[0.5, 0.5]])) == (
        "decode expects one axis of places 0 to 1, got array([[0.5, 0.5]]). Use argmax(axis=1) of "
        "the scores."
    )


finite = st.floats(-1e6, 1e6, width=32)


@given(st.lists(st.tuples(finite, finite), min_size=1, max_size=20))
def test_numbers_come_back_in_their_shape(rows: list[tuple[float, float]]) -> None:
    y = np.array(rows)
    for target in (y, y[:, :1], y[:, 0]):
        codec = fit_target(target, "numbers")
        z = codec.encode(target, np.float64)
        assert z.shape == (len(y), codec.outputs)
        back = codec.decode(z)
        assert back.shape == target.shape
        np.testing.assert_allclose(back, target, rtol=1e-12, atol=1e-9 * (1 + np.abs(y).max()))


def test_numbers_by_hand() -> None:
    codec = fit_target([1.5, 3.5])
    assert isinstance(codec, Numbers)
    assert codec.mean.tolist() == [2.5] and codec.scale.tolist() == [1]
    assert codec.encode([4.5]).tolist() == [[2]] and codec.encode([4.5]).dtype == np.float32
    assert codec.decode([[2.0]]).tolist() == [4.5]
    assert codec.describe() == "Numbers: (y - 2.5) / 1"
    several = fit_target([[1.5, 0.0], [3.5, 0.0]])
    assert several.describe() == "Numbers: 2 columns, each (y - mean) / scale"
    assert several.encode([[2.5, 7.0]]).tolist() == [[0, 7]]


NAN = float("nan")
REFUSED: list[tuple[type[Exception], Any, Any, str]] = [
    (
        DataError,
        ["a", "a"],
        None,
        "y holds one class only, 'a'; expected at least two to tell apart. Add rows of another "
        "class, or use kind='numbers' if y holds measures.",
    ),
    (
        DataError,
        [0.5, NAN, NAN],
        None,
        "y has 2 missing or infinite values, the first in row 1; expected a target in every row. "
        "Fill them in, or drop those rows.",
    ),
    (
        DataError,
        ["a", None],
        None,
        "y has 1 missing value, the first in row 1; expected a target in every row. Fill them in, "
        "or drop those rows.",
    ),
    (
        DataError,
        ["a", NAN],
        None,
        "y has 1 missing value, the first in row 1; expected a target in every row. Fill them in, "
        "or drop those rows.",
    ),
    (
        DataError,
        pd.Series([None, "a", pd.NA], dtype="string"),
        None,
        "y has 2 missing values, the first in row 0; expected a target in every row. Fill them in, "
        "or drop those rows.",
    ),
    (
        DataError,
        pd.Categorical(["a", None, "b"]),
        None,
        "y has 1 missing value, the first in row 1; expected a target in every row. Fill them in, "
        "or drop those rows.",
    ),
    (
        DataError,
        ["a", "b", 3],
        None,
        "y mixes text and whole numbers: 'a' in row 0, 3 in row 2. Expected one kind: turn all "
        "values into text, or all into numbers.",
    ),
    (
        DataError,
        np.array(["a", (1, 2)], object),
        None,
        "y holds (1, 2) (tuple) in row 1; expected text, numbers, or True and False. Turn the "
        "values into one of these.",
    ),
    (
        DataError,
        [1j, 2j],
        None,
        "y holds values of type complex128; expected text, numbers, or True and False. Turn them "
        "into one of these.",
    ),
    (
        DataError,
        [2**70, 1],
        None,
        "y holds whole numbers beyond 64 bits. Give smaller ones, or text for names.",
    ),
    (
        DataError,
        ["a", "b"],
        "numbers",
        "y holds text, for example 'a'; expected numbers. Use kind='classes', or turn the values "
        "into numbers.",
    ),
    (
        DataError,
        [1.0, 2.5],
        "classes",
        "y holds the fraction 2.5 in row 1; expected text, whole numbers, or True and False for "
        "classes. Use kind='numbers', or turn the values into text.",
    ),
    (DataError, [], None, "y is empty; expected a target for each row of x."),
    (
        ShapeError,
        np.eye(3),
        None,
        "y is 3 x 3 with a single 1 in every row, as one-hot classes are; expected one label a "
        "row. Use y.argmax(axis=1), or kind='numbers' if it holds measures.",
    ),
    (
        ShapeError,
        [["a"], ["b"]],
        None,
        "y is 2 x 1; expected one label a row, in a single axis. Use y.ravel().",
    ),
    (
        ShapeError,
        np.ones((3, 2)),
        "classes",
        "y is 3 x 2; expected one label a row, in a single axis. Use y.argmax(axis=1) if each "
        "column stands for a class.",
    ),
    (
        ShapeError,
        np.ones((2, 2, 2)),
        None,
        "y is 2 x 2 x 2; expected one target a row (or several columns of numbers).",
    ),
    (
        UnknownNameError,
        [1, 2],
        "class",
        "There is no kind of target 'class'. Did you mean 'classes'? Known: classes, counts, "
        "labels, numbers.",
    ),
]


@pytest.mark.parametrize(("error", "y", "kind", "message"), REFUSED)
def test_what_is_no_target_is_refused(
    said: Said, error: type[Exception], y: Any, kind: Any, message: str
) -> None:
    assert said(error, lambda: fit_target(y, kind)) == message


def test_numbers_of_another_shape(said: Said) -> None:
    codec = fit_target([[0.5, 1.0], [1.5, 2.0]])
    assert said(ShapeError, lambda: codec.encode([1.0, 2.0])) == (
        "y is 2; the model was fitted on 2 columns of targets. Give as many."
    )
    assert said(ShapeError, lambda: codec.decode([1.0, 2.0])) == (
        "decode got 2; expected n x 2, as encode returns it."
    )
