"""Judging: which rows take turns, and losses row by row against the library's own."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats
from sklearn.metrics import log_loss, mean_pinball_loss

from pellucid import Network
from pellucid.assess.judge import difference, losses, spread, turns
from pellucid.data import load
from pellucid.errors import DataError
from pellucid.nn import Quantiles


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


def test_losses_of_counts_and_quantiles_are_the_networks_own_row_by_row() -> None:
    rng = np.random.default_rng(0)
    x = rng.normal(size=(60, 2))
    calls = rng.poisson(np.exp(x[:, 0]))
    net = Network(hidden=[4], target="counts", seed=0)
    net.fit(x, calls, epochs=3)
    mean = net.predict(x)
    np.testing.assert_allclose(losses(net, x, calls), mean - calls * np.log(mean), rtol=1e-4)
    y = 100 + 10 * rng.normal(size=60)
    net = Network(hidden=[4], loss=Quantiles((0.1, 0.5, 0.9)), seed=0)
    net.fit(x, y, epochs=3)
    found, columns = losses(net, x, y), net.predict_quantiles(x)
    own = [mean_pinball_loss(y, columns[:, k], alpha=a) for k, a in enumerate((0.1, 0.5, 0.9))]
    assert found.shape == (60,)
    assert found.mean() * y.std() == pytest.approx(np.mean(own), rel=1e-4)
    assert found.mean() == pytest.approx(net.evaluate(x, y)["loss"], rel=1e-4)


@pytest.mark.parametrize("loss", ["absolute_error", "huber"])
def test_losses_of_another_name_are_given_row_by_row_too(loss: str) -> None:
    x, y = load("diabetes")
    net = Network(hidden=[4], loss=loss, seed=0)
    net.fit(x, y, epochs=2)
    found = losses(net, x, y)
    assert found.shape == (len(y),)
    assert found.std() > 0
    assert found.mean() == pytest.approx(net.evaluate(x, y)["loss"], rel=1e-4)


def test_losses_of_classes_without_chances_are_the_networks_own() -> None:
    x, y = load("iris")
    net = Network(hidden=[4], loss="hinge", seed=0)
    net.fit(x, y, epochs=2)
    assert losses(net, x, y).shape == (150,)
    assert losses(net, x, y).mean() == pytest.approx(net.evaluate(x, y)["loss"], rel=1e-4)


def test_losses_of_labels_are_cross_entropies_summed_over_them() -> None:
    rng = np.random.default_rng(0)
    x = rng.normal(size=(80, 3))
    present = x + rng.normal(size=x.shape) > 0
    y = [{name for name, is_there in zip("abc", row, strict=True) if is_there} for row in present]
    net = Network(hidden=[4], seed=0)
    net.fit(x, y, epochs=3)
    chances = net.predict_proba(x)
    own = sum(log_loss(present[:, k], chances[:, k]) for k in range(3))
    assert losses(net, x, y).shape == (80,)
    assert losses(net, x, y).mean() == pytest.approx(own, rel=1e-4)


def test_the_variance_is_that_of_all_rows_that_judge() -> None:
    x, y = load("diabetes")
    net = Network(hidden=[4], seed=0)
    net.fit(x, y, epochs=2)
    flat = np.full(5, 150.0)  # has no variance of its own
    error = (flat - net.predict(x[:5])) ** 2
    np.testing.assert_allclose(losses(net, x[:5], flat, spread(y)), error / y.var(), rtol=1e-6)
    assert spread(np.ones((4, 2))).tolist() == [1.0, 1.0]


def test_the_difference_has_the_standard_error_that_scipy_gives() -> None:
    rng = np.random.default_rng(0)
    one, other = rng.normal(size=50), rng.normal(size=50)
    apart, error = difference(one, other)
    assert apart == pytest.approx(np.mean(one - other))
    assert error == pytest.approx(stats.sem(one - other))
    assert difference(np.array([2.0]), np.array([1.5])) == (0.5, 0.0)
