"""Shapley values: by brute force over all orders, exactly, and SHAP's where it is installed."""

from __future__ import annotations

from itertools import permutations
from typing import Any

import numpy as np
import pytest

from pellucid.errors import ParameterError
from pellucid.inspect.attribute import attribute
from pellucid.run import ReferenceExecutor
from tests.inspect.attribute.nets import Array, conv, dense


def brute(score: Any, x: Array, several: Array) -> Array:
    """The mean of what each adds, over all orders, with the others from the baselines."""
    count = len(x)
    total = np.zeros(count)
    orders = list(permutations(range(count)))
    for order in orders:
        rows = several.copy()
        before = score(rows).mean()
        for place in order:
            rows[:, place] = x[place]
            after = score(rows).mean()
            total[place] += after - before
            before = after
    return total / len(orders)


def scores_of(net: Any, place: int) -> Any:
    """The raw scores of one class."""
    program = ReferenceExecutor().compile(net.graph(), ["output"])
    params, state = net._vectors()
    return lambda rows: program.run({"x": rows, "params": params, "state": state})["output"][
        :, place
    ]


@pytest.mark.parametrize("seed", range(4))
def test_exact_values_are_those_of_all_orders(seed: int) -> None:
    net = dense(5, [6, 4], 3, "relu", seed)
    rng = np.random.default_rng(seed)
    x, several = rng.normal(size=5), rng.normal(size=(4, 5))
    found = attribute(net, x, "exact_shapley", output=1, baseline=several)
    np.testing.assert_allclose(found.values, brute(scores_of(net, 1), x, several), atol=1e-12)
    assert abs(found.residual) < 1e-12
    assert found.notes == ("all 32 coalitions of 5",)


def test_the_sum_is_exact_on_iris() -> None:
    from pellucid import Network, data

    x, y = data.load("iris")
    net = Network(hidden=[8], seed=0)
    net.fit(x, y, epochs=20)
    for row in range(0, 150, 10):
        found = attribute(net, x[row], "exact_shapley", baseline=x[::15])
        assert abs(found.residual) < 1e-6 * max(1.0, abs(found.difference))


def test_sampled_values_lie_within_their_standard_errors() -> None:
    net = dense(8, [10], 3, "tanh", 1)
    rng = np.random.default_rng(1)
    x, several = rng.normal(size=8), rng.normal(size=(3, 8))
    exact = attribute(net, x, "exact_shapley", output=0, baseline=several)
    off = []
    for seed in range(20):
        found = attribute(
            net, x, "sampled_shapley", output=0, baseline=several, seed=seed, orders=64
        )
        assert found.errors is not None
        assert abs(found.residual) < 1e-10
        off.append((found.values - exact.values) / found.errors)
    spread = float(np.sqrt(np.mean(np.square(off))))
    assert 0.7 < spread < 1.4  # 160 numbers that should have deviation 1


def test_a_pair_of_orders_cancels_what_two_do_together() -> None:
    # of products of two, an order and its reverse give each half: no error is left
    net = dense(4, [], 3, "relu", 0)
    found = attribute(net, [1.0, 2.0, 3.0, 4.0], "sampled_shapley", orders=4)
    assert found.errors == pytest.approx(np.zeros(4), abs=1e-12)


def test_columns_as_in_the_baseline_are_not_asked_about() -> None:
    net = dense(20, [6], 3, "relu", 2)
    base = np.random.default_rng(2).normal(size=20)
    x = base.copy()
    x[[3, 7]] += 1.0
    found = attribute(net, x, "exact_shapley", baseline=base)
    assert found.notes == ("all 4 coalitions of 2",)
    assert np.flatnonzero(found.values).tolist() == [3, 7]
    assert abs(found.residual) < 1e-12
    same = attribute(net, base, "sampled_shapley", baseline=base)
    assert not same.values.any()
    assert same.residual_share is None


def test_too_many_columns_for_all_coalitions() -> None:
    net = dense(15, [3], 3, "relu", 0)
    with pytest.raises(ParameterError) as caught:
        attribute(net, np.ones(15), "exact_shapley")
    assert str(caught.value) == (
        "exact_shapley asks about all coalitions of at most 14 columns or blocks, and here 15 "
        "differ from the baseline, which makes 2^15. Use method='sampled_shapley', or larger "
        "blocks (patch)."
    )


def test_blocks_of_pixels_play_as_one() -> None:
    net = conv(1)
    x = np.random.default_rng(1).normal(size=(2, 8, 8))
    found = attribute(net, x, "exact_shapley", patch=4)
    assert found.notes == ("all 16 coalitions of 4",)
    assert found.map is not None
    blocks = found.map.reshape(2, 4, 2, 4)
    assert np.ptp(blocks, axis=(1, 3)).max() < 1e-12  # evenly over each block
    assert abs(found.residual) < 1e-12
    sampled = attribute(net, x, "sampled_shapley", patch=4, orders=400)
    assert sampled.values == pytest.approx(found.values, abs=0.2 * np.abs(found.values).max())


@pytest.mark.parity
def test_shaps_exact_explainer_gives_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(
        "NUMBA_DISABLE_JIT", "1"
    )  # to compile takes longer than to count six columns
    shap = pytest.importorskip("shap")
    net = dense(6, [7], 3, "relu", 6)
    rng = np.random.default_rng(6)
    x, several = rng.normal(size=6), rng.normal(size=(10, 6))
    mask = shap.maskers.Independent(several, max_samples=10)
    told = shap.explainers.Exact(scores_of(net, 2), mask)(x[None])
    found = attribute(net, x, "exact_shapley", output=2, baseline=several)
    np.testing.assert_allclose(found.values, told.values[0], atol=1e-9)
    assert found.baseline_score == pytest.approx(float(told.base_values[0]))
    sampled = attribute(net, x, "sampled_shapley", output=2, baseline=several, orders=1000)
    assert sampled.errors is not None
    assert (np.abs(sampled.values - told.values[0]) <= 5 * sampled.errors + 1e-12).all()
