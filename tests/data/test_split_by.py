"""Splits and folds by group and by time: what they never do, and how near they come."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.model_selection import GroupKFold, TimeSeriesSplit

from pellucid.data import folds, split_rows
from pellucid.errors import DataError, ParameterError

Said = Callable[[type[Exception], Callable[[], object]], str]
labels = st.lists(st.integers(0, 9), min_size=8, max_size=60).filter(lambda v: len(set(v)) > 3)


@given(groups=labels, fraction=st.floats(0.05, 0.6), seed=st.integers(0, 99))
def test_no_group_is_on_both_sides(groups: list[int], fraction: float, seed: int) -> None:
    values = np.array(groups)
    kept, held = split_rows(len(values), fraction, seed, groups=values)
    assert sorted([*kept, *held]) == list(range(len(values)))
    assert len(kept) and len(held)
    assert not set(values[kept]) & set(values[held])
    again = split_rows(len(values), fraction, seed, groups=[f"g{v}" for v in groups])
    assert np.array_equal(again[1], held)


def test_groups_come_near_the_fraction() -> None:
    groups = np.random.default_rng(0).integers(0, 50, 1000)
    shares = [len(split_rows(1000, 0.2, seed, groups=groups)[1]) / 1000 for seed in range(20)]
    assert max(abs(share - 0.2) for share in shares) < 0.02
    assert len(set(shares)) > 5


@given(times=labels, fraction=st.floats(0.05, 0.6))
def test_the_latest_are_held_back(times: list[int], fraction: float) -> None:
    values = np.array(times)
    kept, held = split_rows(len(values), fraction, times=values)
    assert len(kept) and len(held) and values[kept].max() < values[held].min()


def test_times_that_all_differ_are_cut_at_the_fraction() -> None:
    kept, held = split_rows(10, 0.3, times=[9, 8, 7, 6, 5, 4, 3, 2, 1, 0])
    assert held.tolist() == [0, 1, 2] and kept.tolist() == [3, 4, 5, 6, 7, 8, 9]


def test_folds_by_group_are_as_even_as_those_of_scikit_learn() -> None:
    groups = np.random.default_rng(1).zipf(1.6, 500) % 40
    ours = folds(500, 5, groups=groups)
    theirs = list(GroupKFold(5).split(groups, groups=groups))
    sizes = sorted(len(held) for _, held in ours)
    assert sizes == sorted(len(held) for _, held in theirs)
    for kept, held in ours:
        assert not set(groups[kept]) & set(groups[held])
    assert sorted(np.concatenate([held for _, held in ours])) == list(range(500))


@pytest.mark.parametrize(("rows", "k"), [(60, 5), (12, 3), (8, 7)])
def test_folds_by_time_are_those_of_scikit_learn(rows: int, k: int) -> None:
    theirs = list(TimeSeriesSplit(k).split(np.zeros(rows)))
    for (kept, held), (before, after) in zip(
        folds(rows, k, times=np.arange(rows)), theirs, strict=True
    ):
        assert kept.tolist() == before.tolist() and held.tolist() == after.tolist()


@given(times=labels, k=st.integers(2, 3))
def test_folds_by_time_never_learn_from_the_future(times: list[int], k: int) -> None:
    values = np.array(times)
    parts = folds(len(values), k, times=values)
    assert len(parts) == k
    for kept, held in parts:
        assert len(kept) and len(held) and values[kept].max() < values[held].min()


def test_what_cannot_be_divided(said: Said) -> None:
    def split(**by: Any) -> str:
        return said(by.pop("error", DataError), lambda: split_rows(4, **by))

    assert split(groups=[1, 1, 1, 1]) == (
        "All 4 rows are of one group; expected at least two, so that one can be held back. Split "
        "by another column, or by rows."
    )
    assert split(times=[5, 5, 5, 5]) == (
        "All 4 rows are of one time, 5; expected at least two, so that the later can be held back. "
        "Split by another column, or by rows."
    )
    assert split(groups=[1, 2]) == ("There are 4 rows and 2 groups; expected one for each row.")
    assert split(groups=[1, 2, 3, 4], times=[1, 2, 3, 4], error=ParameterError) == (
        "A split goes by class (stratify=True), by groups or by times; expected one of them. Leave "
        "the others out."
    )
    assert said(DataError, lambda: folds(6, 3, groups=[1, 1, 1, 2, 2, 2])) == (
        "3 folds need at least 3 groups, got 2. Use fewer folds or other groups."
    )
    assert said(DataError, lambda: folds(6, 3, times=[1, 1, 1, 2, 2, 3])) == (
        "3 folds by time need at least 4 different times, got 3. Use fewer folds."
    )
