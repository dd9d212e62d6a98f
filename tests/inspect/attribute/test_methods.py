"""Attribution by hand: linear networks, a relu, what adds up, what is dead, what is alike."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pellucid import Dense, Network
from pellucid.graph import Value
from pellucid.inspect.attribute import METHODS, Attribution, attribute
from pellucid.ops import where
from tests.inspect.attribute.nets import ACTIVATIONS, conv, dense, drawn, regression

OF_COLUMNS = [name for name in METHODS if name != "grad_cam"]
COMPLETE = ["deeplift", "exact_shapley", "sampled_shapley"]


def relative(found: Attribution) -> float:
    """The residual, compared with the scores' sizes."""
    return abs(found.residual) / (abs(found.score) + abs(found.baseline_score) + 1.0)


@pytest.mark.parametrize("method", OF_COLUMNS)
def test_all_methods_agree_on_a_linear_network(method: str) -> None:
    weights, x, base = np.array([2.0, -1.0, 0.0, 0.5]), [1.0, 2.0, 3.0, -4.0], [0.5, 0.5, 9.0, 1.0]
    net = regression(weights.tolist(), bias=7.0)
    found = attribute(net, x, method, baseline=base)
    assert found.values == pytest.approx(weights * (np.array(x) - base), abs=1e-6)
    assert found.score == pytest.approx(weights @ x + 7.0, rel=1e-6)
    assert found.baseline_score == pytest.approx(weights @ base + 7.0, rel=1e-6)
    assert found.sum == pytest.approx(found.difference, abs=1e-6)
    assert abs(found.residual) < 1e-6
    if found.errors is not None:  # no noise moves the slope of a line, no order matters
        assert found.errors == pytest.approx(np.zeros(4), abs=1e-6)


@pytest.mark.parametrize("method", OF_COLUMNS)
def test_several_baselines_give_the_mean(method: str) -> None:
    net = dense(3, [5], seed=3)
    rng = np.random.default_rng(1)
    x, several = rng.normal(size=3), rng.normal(size=(3, 3))
    options: dict[str, Any] = {"tolerance": None} if method == "integrated_gradients" else {}
    whole = attribute(net, x, method, output=1, baseline=several, **options)
    each = [attribute(net, x, method, output=1, baseline=base, **options) for base in several]
    assert whole.values == pytest.approx(np.mean([own.values for own in each], axis=0))
    assert whole.baseline_score == pytest.approx(np.mean([own.baseline_score for own in each]))
    assert whole.baseline == "the mean over 3 given rows"


def relu_of_two() -> Network:
    """F = max(x1 + x2 - 1, 0)."""
    x = np.array([[0.0, 0.0], [1.0, 2.0], [3.0, 1.0], [2.0, 2.0]])
    net = Network([Dense(1, activation="relu"), Dense()], target="numbers", scale_inputs=False)
    net.build(x, [-1.0, 1.0, -1.0, 1.0])  # mean 0 and deviation 1: numbers stay as they are
    return net.with_parameters({
        "dense_1.weight": np.ones((2, 1)), "dense_1.bias": np.array([-1.0]),
        "dense_2.weight": np.ones((1, 1)), "dense_2.bias": np.zeros(1),
    })  # fmt: skip


def test_a_relu_by_hand() -> None:
    net, x = relu_of_two(), [3.0, 1.0]
    # F(3, 1) = 3, F(0, 0) = 0. Slope 1 at x; from a quarter of the way on the unit fires.
    wanted = {
        "gradient_x_input": [3.0, 1.0],
        # z goes from -1 to 3 and y from 0 to 3: m = 3/4
        "deeplift": [2.25, 0.75],
        # the slope is 1 on three quarters of the way
        "integrated_gradients": [2.25, 0.75],
        # F(0, 1) = 0 and F(3, 0) = 2
        "occlusion": [3.0, 1.0],
        # alone F(3, 0) = 2 and F(0, 1) = 0; last 3 - 0 and 3 - 2: (2 + 3) / 2 and (0 + 1) / 2
        "exact_shapley": [2.5, 0.5],
        "sampled_shapley": [2.5, 0.5],
    }
    missing = {"gradient_x_input": -1.0, "occlusion": -1.0}
    for method, values in wanted.items():
        found = attribute(net, x, method)
        assert found.values == pytest.approx(values, abs=0.003), method
        assert found.score == pytest.approx(3.0)
        assert found.baseline_score == pytest.approx(0.0)
        assert found.residual == pytest.approx(missing.get(method, 0.0), abs=0.003), method
    assert attribute(net, x, "occlusion").residual_share == pytest.approx(1 / 3)


def test_deeplift_sees_through_units_at_rest() -> None:
    net = relu_of_two()
    flat = attribute(net, [0.0, 0.0], "gradient_x_input", baseline=[3.0, 1.0])
    assert flat.values.tolist() == [0.0, 0.0]
    assert flat.residual == pytest.approx(-3.0)
    found = attribute(net, [0.0, 0.0], "deeplift", baseline=[3.0, 1.0])
    assert found.values == pytest.approx([-2.25, -0.75])


@settings(max_examples=40)
@given(
    st.integers(1, 5), st.lists(st.integers(1, 6), max_size=3), st.sampled_from(ACTIVATIONS),
    st.integers(0, 2**31), st.booleans(), st.sampled_from(COMPLETE),
)  # fmt: skip
def test_deeplift_and_shapley_add_up(
    inputs: int, hidden: list[int], activation: str, seed: int, probability: bool, method: str
) -> None:
    net = dense(inputs, hidden, 3, activation, seed)
    rng = np.random.default_rng(seed)
    x, base = rng.normal(size=inputs), rng.normal(size=(2, inputs))
    options: dict[str, Any] = {"orders": 4} if method == "sampled_shapley" else {}
    found = attribute(net, x, method, baseline=base, probability=probability, **options)
    assert relative(found) < 1e-7


@settings(max_examples=30)
@given(
    st.integers(1, 5), st.lists(st.integers(1, 8), max_size=3), st.sampled_from(ACTIVATIONS),
    st.integers(0, 2**31),
)  # fmt: skip
def test_integrated_gradients_add_up(
    inputs: int, hidden: list[int], activation: str, seed: int
) -> None:
    net = dense(inputs, hidden, 3, activation, seed)
    x = np.random.default_rng(seed).normal(size=inputs)
    found = attribute(net, x, "integrated_gradients")
    # where the scores hardly differ, a share of the difference can be beyond 4,096 steps
    assert abs(found.residual) <= max(0.00501 * abs(found.difference), 1e-4)


@settings(max_examples=25)
@given(st.integers(0, 2**31), st.sampled_from(OF_COLUMNS))
def test_a_dead_input_gets_nothing(seed: int, method: str) -> None:
    net = dense(4, [5], 3, "tanh", seed)
    weight = net.parameters["dense_1.weight"].copy()
    weight[2] = 0.0
    net = net.with_parameters({"dense_1.weight": weight})
    x = np.random.default_rng(seed).normal(size=4)
    assert attribute(net, x, method).values[2] == pytest.approx(0.0, abs=1e-12)


@settings(max_examples=25)
@given(st.integers(0, 2**31), st.sampled_from(["relu", "tanh"]))
def test_alike_inputs_get_the_same(seed: int, activation: str) -> None:
    net = dense(4, [5], 3, activation, seed)
    weight = net.parameters["dense_1.weight"].copy()
    weight[3] = weight[0]
    net = net.with_parameters({"dense_1.weight": weight})
    x = np.random.default_rng(seed).normal(size=4)
    x[3] = x[0]
    for method in ("integrated_gradients", "deeplift", "exact_shapley", "occlusion"):
        values = attribute(net, x, method).values
        assert values[0] == pytest.approx(values[3], abs=1e-9), method


@pytest.mark.parametrize("activation", ["relu", "sigmoid", "gelu"])
@pytest.mark.parametrize("probability", [False, True])
def test_deeplift_of_convolutions_adds_up(activation: str, probability: bool) -> None:
    net = conv(4, activation=activation)
    rng = np.random.default_rng(4)
    found = attribute(
        net, rng.normal(size=(2, 8, 8)), "deeplift", output=2, baseline=rng.normal(size=(2, 8, 8)),
        probability=probability,
    )  # fmt: skip
    assert found.values.shape == (2, 8, 8)
    assert abs(found.residual) < 1e-9


def test_deeplift_of_normalised_layers_adds_up() -> None:
    from pellucid import BatchNorm, GlobalAvgPool2D, LayerNorm, Residual
    from pellucid import Conv2D as Conv

    layers = [
        Conv(4, 3, padding="same"), BatchNorm(), Residual([LayerNorm(3), Conv(4, 1)]),
        GlobalAvgPool2D(), LayerNorm(), Dense(),
    ]  # fmt: skip
    rng = np.random.default_rng(0)
    x = rng.normal(size=(6, 1, 5, 5))
    net = Network(layers, scale_inputs=False, seed=0)
    net = drawn(net.build(x, [0, 1, 2, 0, 1, 2]), 1, 0.7)
    found = attribute(net, x[0], "deeplift", baseline=x[1])
    assert abs(found.residual) < 1e-9 * max(1.0, abs(found.difference))


def test_what_has_no_slope_is_said_to_be_missing() -> None:
    def fires(z: Value) -> Any:
        return where(z > 0.0, z, 0.0)

    net = relu_of_two()
    x = np.array([[0.0, 0.0], [1.0, 2.0], [3.0, 1.0], [2.0, 2.0]])
    own = Network([Dense(1, activation=fires), Dense()], target="numbers", scale_inputs=False)
    own.build(x, [-1.0, 1.0, -1.0, 1.0])
    own = own.with_parameters(net.parameters)
    found = attribute(own, [3.0, 1.0], "deeplift")
    assert found.values == pytest.approx([1.5, 0.5])  # half of each branch
    assert found.residual == pytest.approx(1.0)


def test_noise_follows_from_the_seed_and_errors_shrink() -> None:
    net = dense(4, [8], 3, "relu", 5)
    x = np.array([0.5, -1.0, 0.2, 2.0])
    one, same, other = (attribute(net, x, "smoothgrad", seed=seed) for seed in (1, 1, 2))
    assert (one.values == same.values).all()
    assert (one.values != other.values).any()
    many = attribute(net, x, "smoothgrad", samples=4096, seed=3)
    assert one.errors is not None and many.errors is not None
    assert (np.abs(one.values - many.values) <= 5 * one.errors + 1e-12).all()
    assert many.errors.sum() < one.errors.sum() / 4


def test_the_rules_of_integration_agree() -> None:
    net = dense(4, [6], 3, "tanh", 2)
    x = np.array([0.5, -1.0, 0.2, 2.0])
    options: dict[str, Any] = {"output": 0, "tolerance": None}
    best = attribute(net, x, "integrated_gradients", steps=100, **options)
    assert abs(best.residual) < 1e-9
    for rule in ("trapezoid", "midpoint"):
        found = attribute(net, x, "integrated_gradients", steps=2000, rule=rule, **options)
        assert found.values == pytest.approx(best.values, abs=1e-4)


def test_a_way_that_misses_too_much_is_refined() -> None:
    net = dense(4, [40, 40], 3, "relu", 7)
    x = 3 * np.random.default_rng(7).normal(size=4)
    rough = attribute(net, x, "integrated_gradients", steps=3, tolerance=None)
    fine = attribute(net, x, "integrated_gradients", steps=3)
    assert rough.residual_share is not None and fine.residual_share is not None
    assert rough.residual_share > 0.005 >= fine.residual_share
    assert rough.notes == ("3 steps (gauss-legendre)",)
    assert fine.notes[1].startswith("these missed too much, so the way was cut into pieces: ")


def test_the_native_engine_gives_the_same() -> None:
    pytest.importorskip("pellucid._native")
    net, x = dense(5, [7], 3, "tanh", 1), np.linspace(-1, 1, 5)
    for method in OF_COLUMNS:
        slow = attribute(net, x, method, engine="reference")
        fast = attribute(net, x, method, engine="native")
        assert fast.values == pytest.approx(slow.values, abs=2e-4), method
        exact = attribute(net, x, method)  # in float64
        assert exact.values == pytest.approx(slow.values, abs=1e-12), method


def test_integrated_gradients_of_digits_miss_less_than_a_hundredth() -> None:
    from pellucid import Conv2D, Flatten, MaxPool2D, data

    training, test = data.load("digits").split()
    flat = Network(hidden=[32], seed=0)
    flat.fit(*training, epochs=8)
    deep = Network([Conv2D(4, 3, activation="relu"), MaxPool2D(2), Flatten(), Dense()], seed=0)
    deep.fit(training.x.reshape(-1, 8, 8), training.y, epochs=4)
    for net, rows in ((flat, test.x), (deep, test.x.reshape(-1, 8, 8))):
        shares = [net.attribute(row).residual_share for row in rows[:40]]
        assert max(shares) < 0.01
