"""Layers that behave differently in training: dropout and batch normalisation."""

from __future__ import annotations

import math

import numpy as np
import pytest

from pellucid.errors import ShapeError
from pellucid.graph import BATCH, Builder
from pellucid.nn import Architecture, BatchNorm, Chain, Dense, Dropout, Tracer
from tests.nn.cases import Array, Case, rng, run


def mask(rate: float, seed: int = 3, step: int = 1, count: int = 400) -> Array:
    case = Case(Dropout(rate), (50,), (50,))
    return run(case, True, x=np.ones((count, 50)), key=np.array([seed, step]))["y"]


@pytest.mark.parametrize("rate", [0.1, 0.5, 0.9])
def test_dropout_leaves_out_its_share_and_keeps_the_mean(rate: float) -> None:
    y = mask(rate)
    assert set(np.unique(y)) == {0.0, 1.0 / (1.0 - rate)}
    error = math.sqrt(rate * (1 - rate) / y.size)
    assert np.mean(y == 0.0) == pytest.approx(rate, abs=5 * error)
    assert y.mean() == pytest.approx(1.0, abs=5 * error / (1 - rate))


def test_numbers_are_left_out_independently() -> None:
    dropped = (mask(0.5) == 0.0).astype(float)
    for axis in (0, 1):
        shares = dropped.mean(axis)
        n = dropped.shape[axis]
        assert shares.var() == pytest.approx(0.25 / n, rel=0.6)
    pairs = np.mean(dropped[:, 1:] * dropped[:, :-1])
    assert pairs == pytest.approx(0.25, abs=0.02)


def test_seed_and_step_change_the_mask_and_nothing_else_does() -> None:
    np.testing.assert_array_equal(mask(0.5), mask(0.5))
    assert not np.array_equal(mask(0.5), mask(0.5, seed=4))
    assert not np.array_equal(mask(0.5), mask(0.5, step=2))


def test_two_dropouts_of_a_network_have_masks_of_their_own() -> None:
    chain = Chain([Dropout(0.5), Dropout(0.5)])
    y = run(Case(chain, (200,), (200,)), True, x=np.ones((20, 200)))["y"]
    assert np.mean(y == 0.0) == pytest.approx(0.75, abs=0.04)


def test_outside_training_dropout_adds_no_node() -> None:
    b = Builder()
    x = b.input("x", (BATCH, 3))
    assert Dropout(0.5).trace(Tracer(b, {}), x).id == x.id
    assert Dropout(0.0).trace(Tracer(b, {}, training=True), x).id == x.id


def test_nan_is_not_dropped() -> None:
    case = Case(Dropout(0.5), (50,), (50,))
    assert np.isnan(run(case, True, x=np.full((2, 50), np.nan))["y"]).all()


def test_random_numbers_need_a_key() -> None:
    b = Builder()
    net = Architecture(Chain([Dense(3), Dropout(0.5)]), (2,))
    with pytest.raises(ShapeError) as caught:
        net.trace(b.input("x", (BATCH, 2)), b.input("p", (9,)), b.input("s", (0,)), training=True)
    assert str(caught.value) == "dropout_1 needs random numbers, this graph has no key."


def states(x: Array, momentum: float = 0.1) -> dict[str, Array]:
    case = Case(BatchNorm(momentum), x.shape[1:], x.shape[1:])
    width = x.shape[1]
    given = {"scale": np.ones(width), "shift": np.zeros(width)}
    return run(case, True, x=x, mean=np.zeros(width), variance=np.ones(width), **given)


@pytest.mark.parametrize("shape", [(6, 3), (4, 3, 5), (4, 2, 3, 2)])
def test_batch_norm_brings_each_feature_to_mean_0_and_variance_1(shape: tuple[int, ...]) -> None:
    x = rng(0).normal(3.0, 2.0, shape)
    axes = (0, *range(2, len(shape)))
    y = states(x)["y"]
    np.testing.assert_allclose(y.mean(axes), 0.0, atol=1e-14)
    variance = x.var(axes)
    np.testing.assert_allclose(y.var(axes), variance / (variance + 1e-5), rtol=1e-12)


def test_batch_norm_moves_its_states() -> None:
    x = rng(0).normal(3.0, 2.0, (4, 2, 3, 2))
    found = states(x, 0.25)
    np.testing.assert_allclose(found["mean'"], 0.25 * x.mean((0, 2, 3)), rtol=1e-14)
    unbiased = x.var((0, 2, 3), ddof=1)
    np.testing.assert_allclose(found["variance'"], 0.75 + 0.25 * unbiased, rtol=1e-14)


def test_batch_norm_of_a_single_number_a_feature() -> None:
    found = states(np.array([[3.0, 4.0]]))
    np.testing.assert_array_equal(found["y"], [[0.0, 0.0]])
    np.testing.assert_allclose(found["mean'"], [0.3, 0.4], rtol=1e-15)
    np.testing.assert_allclose(found["variance'"], [0.9, 0.9], rtol=1e-15)


def test_states_are_not_learned_and_are_moved_by_the_architecture() -> None:
    net = Architecture(Chain([Dense(2), BatchNorm()]), (3,))
    assert net.learned.names == [
        "dense_1.weight", "dense_1.bias", "batch_norm_1.scale", "batch_norm_1.shift",
    ]  # fmt: skip
    assert net.states.names == ["batch_norm_1.mean", "batch_norm_1.variance"]
    assert [p.name for p in net.learned.select(("weight",)).parameters] == ["dense_1.weight"]
    np.testing.assert_array_equal(net.states.initial(0), [0.0, 0.0, 1.0, 1.0])
    b = Builder()
    inputs = b.input("x", (BATCH, 3)), b.input("p", (12,)), b.input("s", (4,))
    outside, inside = net.trace(*inputs), net.trace(*inputs, training=True)
    assert outside.state.shape == inside.state.shape == (4,)
    assert inside.state.id != outside.state.id
