"""What holds for every activation, and what is particular to one."""

from __future__ import annotations

import json
import math

import numpy as np
import pytest

from pellucid.errors import ParameterError, UnknownNameError
from pellucid.graph import BATCH, Builder
from pellucid.nn import (
    Activation,
    ActivationFunction,
    Custom,
    Dense,
    Elu,
    Gelu,
    HardSigmoid,
    LeakyRelu,
    Relu,
    Selu,
    Softmax,
    Softplus,
    Step,
    activation,
    elu,
    gelu,
    layer_from_record,
    layer_to_record,
    leaky_relu,
    step,
)
from tests.nn.cases import ACTIVATIONS, Case, classes, compute, differences, rng, runner, slopes

each = pytest.mark.parametrize("function", ACTIVATIONS, ids=repr)
POINTS = np.array([-30.0, -4.0, -2.5, -1.0, -0.3, 0.2, 0.7, 1.9, 2.9, 5.0, 30.0])


def test_every_activation_class_has_a_case() -> None:
    assert {type(function) for function in ACTIVATIONS} == set(classes(ActivationFunction))


@each
def test_a_batch_of_any_size_keeps_its_shape_and_nan_passes(
    function: ActivationFunction,
) -> None:
    assert compute(function, rng(0).normal(size=(3, 2, 4))).shape == (3, 2, 4)
    assert compute(function, np.zeros((0, 4))).shape == (0, 4)
    if not isinstance(function, Step):
        assert np.isnan(compute(function, np.full((1, 2), np.nan))).all()


@each
def test_large_sums_give_no_nan(function: ActivationFunction) -> None:
    y = compute(function, np.array([[-1e4, 1e4], [-1e300, 1e300]]))
    finite = not isinstance(function, Gelu) or not function.approximate
    assert finite or np.isfinite(y[0]).all()
    assert not np.isnan(y[0]).any()


@each
def test_derivatives_agree_with_central_differences(function: ActivationFunction) -> None:
    case = Case(Activation(function), (3,), (3,))
    z = POINTS[1:-1].reshape(3, 3)
    go = runner(case)
    expected = differences(lambda x: float(go(x=x)["loss"]), z)
    np.testing.assert_allclose(go(x=z)["d x"], expected, rtol=1e-6, atol=1e-8)


@each
def test_a_record_gives_the_same_activation_back(function: ActivationFunction) -> None:
    layer = Activation(function)
    layer.output_shape((3,))
    again = layer_from_record(json.loads(json.dumps(layer_to_record(layer))))
    assert again == layer


def test_values_worked_by_hand() -> None:
    z = np.array([[-2.0, 0.0, 1.0]])
    e = math.e
    hand: dict[str, list[float]] = {
        "linear": [-2, 0, 1],
        "step": [0, 1, 1],
        "sigmoid": [1 / (1 + e**2), 0.5, e / (e + 1)],
        "tanh": [math.tanh(-2), 0, math.tanh(1)],
        "hard_sigmoid": [1 / 6, 0.5, 4 / 6],
        "relu": [0, 0, 1],
        "leaky_relu": [-0.02, 0, 1],
        "elu": [e**-2 - 1, 0, 1],
        "selu": [1.0507009873554805 * 1.6732632423543772 * (e**-2 - 1), 0, 1.0507009873554805],
        "softplus": [math.log(1 + e**-2), math.log(2), math.log(1 + e)],
        "gelu": [-(1 + math.erf(-(2**0.5))), 0, (1 + math.erf(0.5**0.5)) / 2],
        "silu": [-2 / (1 + e**2), 0, e / (e + 1)],
        "exponential": [e**-2, 1, e],
        "softmax": [v / (e**-2 + 1 + e) for v in (e**-2, 1, e)],
    }
    assert set(hand) == set(ActivationFunction.classes) - {"custom"}
    for name, expected in hand.items():
        np.testing.assert_allclose(
            compute(activation(name), z), [expected], rtol=1e-14, atol=1e-16, err_msg=name
        )


@pytest.mark.parametrize(
    ("function", "at", "slope"),
    [
        (Relu(), 0.0, 0.0),
        (LeakyRelu(0.2), 0.0, 0.2),
        (Elu(0.5), 0.0, 0.5),
        (Selu(), 0.0, 1.0507009873554805 * 1.6732632423543772),
        (Softplus(), 0.0, 0.5),
        (HardSigmoid(), 3.0, 1 / 6),
        (HardSigmoid(), -3.0, 1 / 6),
        (Step(), 0.0, 0.0),
    ],
)
def test_slopes_at_the_corners(function: ActivationFunction, at: float, slope: float) -> None:
    assert slopes(function, at) == pytest.approx(slope, rel=1e-14)


def test_softplus_is_smooth_at_zero_and_exact_far_out() -> None:
    assert slopes(Softplus(), 0.0, order=2) == pytest.approx(0.25)
    assert slopes(Softplus(), 0.0, order=4) == pytest.approx(-0.125)
    np.testing.assert_array_equal(compute(Softplus(), [[-800.0, 800.0]]), [[0.0, 800.0]])
    np.testing.assert_array_equal(compute(Softplus(), [[-np.inf, np.inf]]), [[0.0, np.inf]])
    np.testing.assert_array_equal(slopes(Softplus(), [-800.0, 800.0]), [0.0, 1.0])
    assert compute(Softplus(), [[-40.0]]) == pytest.approx(math.exp(-40), rel=1e-14)


def test_elu_does_not_overflow_on_its_way() -> None:
    np.testing.assert_array_equal(slopes(Elu(), [-1e4, 1e4]), [0.0, 1.0])
    np.testing.assert_array_equal(compute(Elu(), [[-np.inf, np.inf]]), [[-1.0, np.inf]])


def test_softmax_adds_up_to_one() -> None:
    y = compute(Softmax(), rng(2).normal(size=(4, 6)) * 100)
    np.testing.assert_allclose(y.sum(-1), 1.0, rtol=1e-14)
    assert (y >= 0).all()


def test_the_step_fires_at_its_threshold_and_not_on_nan() -> None:
    y = compute(step(0.5), [[0.4999, 0.5, np.nan]])
    np.testing.assert_array_equal(y, [[0.0, 1.0, 0.0]])


def test_factories() -> None:
    assert (step(0.5), leaky_relu(0.2)) == (Step(0.5), LeakyRelu(0.2))
    assert (elu(2.0), gelu(True)) == (Elu(2.0), Gelu(True))


def test_an_unknown_name_suggests_the_nearest() -> None:
    with pytest.raises(UnknownNameError) as caught:
        Dense(3, "rleu")
    assert str(caught.value) == (
        "There is no activation 'rleu'. Did you mean 'relu'? Known: elu, exponential, gelu, "
        "hard_sigmoid, leaky_relu, linear, relu, selu, sigmoid, silu, softmax, softplus, step, "
        "tanh."
    )


@pytest.mark.parametrize("choice", [3, None, Relu])
def test_what_is_no_activation_is_said(choice: object) -> None:
    with pytest.raises(ParameterError) as caught:
        activation(choice)  # type: ignore[arg-type]
    assert str(caught.value) == (
        "An activation is a name such as 'relu', an activation such as leaky_relu(0.1), or a "
        f"function of a graph value, got {choice!r}."
    )


def test_a_custom_activation_adds_ordinary_nodes_to_the_layers_scope() -> None:
    b = Builder()
    z = b.input("z", (BATCH, 3))
    with b.context(scope="dense_1"):
        y = Custom.from_function(lambda v: v * abs(v))(z)
    assert (y.node.op, y.node.scope) == ("multiply", "dense_1")
