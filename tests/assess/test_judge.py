"""Judging: which rows take turns, and losses row by row against the library's own."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from pellucid import Network
from pellucid.assess.judge import difference, losses, turns
from pellucid.data import load
from pellucid.errors import DataError


def test_few_rows_take_turns_in_folds_and_many_are_held_out_once() -> None:
    few = turns(np.arange(100) % 2, True, None, 0)
    assert len(few) == 5
    assert few.words == "5 folds of 100 rows"
    assert few.share == 100 / 80
    held = np.concatenate([part for _, part in few.parts])
    assert sorted(held.tolist()) == list(range(100))
    many = turns(np.arange(3000) % 2, True, None, 0)
    assert (len(many), many.words) == (1, "300 rows held out")
    assert np.bincount(np.arange(3000)[many.parts[0][1]] % 2).tolist() == [150, 150]
    assert len(turns(np.arange(100) % 2, True, 0.25, 0).parts[0][1]) == 25
    assert len(turns(np.arange(100) % 2, True, None, 0, single=True)) == 1


def test_groups_stay_together_and_times_go_forward() -> None:
    groups = np.arange(60) // 6
    for kept, held in turns(np.arange(60), False, None, 0, groups=groups).parts:
        assert not set(groups[kept]) & set(groups[held])
    for kept, held in turns(np.arange(60), False, None, 0, times=np.arange(60)).parts:
        assert kept.max() < held.min()
    # two groups are too few for folds, and enough to hold one out
    assert len(turns(np.arange(60), False, None, 0, groups=np.arange(60) // 30)) == 1


def test_classes_of_single_rows_are_no_hindrance() -> None:
    labels = np.array([f"class {k}" for k in range(12)])
    assert len(turns(labels, True, 0.5, 0).parts[0][1]) == 6


def test_too_few_rows_are_refused() -> None:
    with pytest.raises(DataError) as caught:
        turns(np.arange(4), False, None, 0)
    assert str(caught.value) == (
        "A search judges on rows that were not learned from, and there are 4 rows only; expected "
        "at least 10. Search without these, or add rows."
    )


def test_losses_of_classes_are_the_networks_own_row_by_row() -> None:
    x, y = load("iris")
    net = Network(hidden=[8], seed=0)
    net.fit(x, y, epochs=5)
    found = losses(net, x, y)
    assert found.shape == (150,)
    assert found.mean() == pytest.approx(net.evaluate(x, y)["loss"], rel=1e-4)


def test_losses_of_numbers_are_shares_of_the_variance() -> None:
    x, y = load("diabetes")
    net = Network(hidden=[8], seed=0)
    net.fit(x, y, epochs=5)
    found = losses(net, x, y)
    assert found.mean() == pytest.approx(1 - net.evaluate(x, y, metrics=["r2"])["r2"], rel=1e-4)


def test_the_difference_has_the_standard_error_that_scipy_gives() -> None:
    rng = np.random.default_rng(0)
    one, other = rng.normal(size=50), rng.normal(size=50)
    apart, error = difference(one, other)
    assert apart == pytest.approx(np.mean(one - other))
    assert error == pytest.approx(stats.sem(one - other))
    assert difference(np.array([2.0]), np.array([1.5])) == (0.5, 0.0)
