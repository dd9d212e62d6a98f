"""Equal rows taken together: weights add up, and order does not matter."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from pellucid.errors import DataError
from pellucid.sklearn import rows as rows_module
from pellucid.sklearn.rows import Rows, marks


def test_equal_rows_become_one_by_hand() -> None:
    x = np.array([[1.0, 2.0], [3.0, 4.0], [1.0, 2.0], [1.0, 2.0]])
    y = np.array([0, 1, 0, 1])  # the last is the first row with another target
    found = Rows(x, y, np.array([1.0, 2.0, 0.5, 4.0])).merged()
    told = sorted(zip(found.x.tolist(), found.y.tolist(), found.weight.tolist(), strict=True))
    assert told == [([1.0, 2.0], 0, 1.5), ([1.0, 2.0], 1, 4.0), ([3.0, 4.0], 1, 2.0)]


TABLES = hnp.arrays(np.int8, hnp.array_shapes(min_dims=2, max_dims=2, max_side=6))


@given(TABLES, st.integers(0, 1000))
def test_repeating_is_weighing_in_any_order(table: np.ndarray, seed: int) -> None:
    rng = np.random.default_rng(seed)
    x, y = table.astype(float), rng.integers(0, 2, len(table))
    times = rng.integers(0, 4, len(x))
    if not times.any():
        times[0] = 1
    weighed = Rows(x, y, times.astype(float)).merged()
    order = rng.permutation(int(times.sum()))
    xs, ys = np.repeat(x, times, axis=0)[order], np.repeat(y, times)[order]
    repeated = Rows(xs, ys, np.ones(len(xs))).merged()
    for one, other in zip(
        (weighed.x, weighed.y, weighed.weight), (repeated.x, repeated.y, repeated.weight),
        strict=True,
    ):  # fmt: skip
        np.testing.assert_array_equal(one, other)
    kept = np.column_stack([xs, ys])
    assert len(weighed) == len(np.unique(kept, axis=0))


def test_marks_tell_rows_apart_that_sums_would_not() -> None:
    grid = np.array(np.meshgrid(*[np.arange(-8.0, 8.0)] * 4)).reshape(4, -1).T
    assert len(np.unique(marks(grid))) == len(grid) == 65536
    assert marks(np.array([[1.0, 2.0]])) != marks(np.array([[2.0, 1.0]]))


def test_rows_of_one_mark_are_still_told_apart(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rows_module, "marks", lambda values: np.zeros(len(values), np.uint64))
    x = np.array([[1.0], [2.0], [1.0]])
    found = Rows(x, np.zeros(3), np.ones(3)).merged()
    assert found.x.tolist() == [[1.0], [2.0]]
    assert found.weight.tolist() == [2.0, 1.0]


@pytest.mark.parametrize(
    ("weight", "message"),
    [
        ([1.0, -2.0], "sample_weight holds -2; expected weights of at least 0."),
        (
            [0.0, 0.0],
            "sample_weight is zero in all 2 rows; expected a weight above 0 in at least one. Leave "
            "sample_weight out to count all rows alike.",
        ),
    ],
)
def test_weights_that_cannot_be(weight: list[float], message: str) -> None:
    with pytest.raises(DataError) as error:
        Rows(np.eye(2), np.arange(2), np.array(weight)).counted()
    assert str(error.value) == message


def test_many_rows_are_marked_in_pieces() -> None:
    x = np.random.default_rng(0).normal(size=(rows_module.PIECE + 7, 2))
    rows = Rows(x, x[:, 0], np.ones(len(x)))
    np.testing.assert_array_equal(rows.marks(), marks(np.column_stack([x, x[:, 0]])))
    twice = Rows(np.r_[x, x], np.r_[x, x][:, 0], np.ones(2 * len(x))).merged()
    assert set(twice.weight) == {2.0}
