"""The perceptron rule and the delta rule: steps worked by hand, and where they lead."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest

from pellucid.errors import ParameterError, ShapeError
from pellucid.learn import (
    SGD,
    Backprop,
    Cosine,
    Delta,
    EpochDone,
    Event,
    Perceptron,
    Plan,
    Rule,
    StepsDone,
    Task,
    step_graph,
)
from pellucid.nn import (
    Architecture,
    BinaryCrossEntropy,
    CategoricalCrossEntropy,
    Chain,
    Dense,
    Dropout,
    Flatten,
    Layer,
    SquaredError,
    step,
)
from tests.learn.cases import Array, begin, blobs, make_task, run, samples, views

CORNERS = np.array([[0, 0], [0, 1], [1, 0], [1, 1]], float)
AND = np.array([[0], [0], [0], [1]], float)


def gate(units: int = 1, features: int = 2, **settings: Any) -> Task:
    layer = Dense(units, activation=step(), **settings)
    return make_task([layer], features, SquaredError(), kind="numbers")


def log_of(events: Sequence[Event]) -> list[dict[str, Any]]:
    return [row for event in events if isinstance(event, StepsDone) for row in event.log]


def test_two_steps_of_the_perceptron_worked_by_hand() -> None:
    """From w = (0, 0), b = 0 the unit fires at (0, 0) and at (0, 1), where it should not.

    Then b = -0.5; (0, 1) has z = -0.5 and is right: so the second mistake is (1, 1).
    """
    task, rule = gate(), Perceptron(0.5)
    state = begin(task, rule, weight=0.0)
    events = run(task, rule, Plan(1, 1, shuffle=False), state, samples(CORNERS, AND))
    assert state.carried["params"].tolist() == [0.5, 0.5, 0.0]
    assert log_of(events) == [
        {
            "step": 1, "sample": 0, "wanted": [0.0], "got": [1.0],
            "weights_before": [[0.0], [0.0]], "weights_after": [[0.0], [0.0]],
            "bias_before": [0.0], "bias_after": [-0.5],
        },
        {
            "step": 4, "sample": 3, "wanted": [1.0], "got": [0.0],
            "weights_before": [[0.0], [0.0]], "weights_after": [[0.5], [0.5]],
            "bias_before": [-0.5], "bias_after": [0.0],
        },
    ]  # fmt: skip


@pytest.mark.parametrize("rate", [1.0, 0.1])
def test_the_perceptron_learns_and_and_its_log_replays_to_the_same_weights(rate: float) -> None:
    task, rule = gate(), Perceptron(rate)
    assert rule.batch == 1
    state = begin(task, rule, seed=3)
    weights, bias = (view.copy() for view in views(task, state).values())
    events = run(task, rule, Plan(40, 1), state, samples(CORNERS, AND))
    last = [event for event in events if isinstance(event, EpochDone)][-1]
    assert last.values["loss"] == 0.0
    log = log_of(events)
    assert 0 < len(log) < 160
    for row in log:
        np.testing.assert_array_equal(weights, row["weights_before"])
        np.testing.assert_array_equal(bias, row["bias_before"])
        x, error = CORNERS[row["sample"]], AND[row["sample"]] - row["got"]
        assert row["wanted"] == AND[row["sample"]].tolist() != row["got"]
        weights, bias = weights + rate * np.outer(x, error), bias + rate * error
        np.testing.assert_allclose(weights, row["weights_after"], rtol=1e-15)
        np.testing.assert_allclose(bias, row["bias_after"], rtol=1e-15)
    learned = views(task, state)
    np.testing.assert_array_equal(weights, learned["dense_1.weight"])
    np.testing.assert_array_equal(bias, learned["dense_1.bias"])


def test_several_units_learn_classes() -> None:
    x, y = blobs(60)
    layer = Dense(3, activation=step())
    task = make_task([layer], 3, CategoricalCrossEntropy(), ["accuracy"])
    rule = Perceptron()
    state = begin(task, rule, weight=0.0)
    centres = np.array([[8, 0, 0], [0, 8, 0], [0, 0, 8]], float)[y] + x / 10
    events = run(task, rule, Plan(20, 1), state, samples(centres, y))
    last = [event for event in events if isinstance(event, EpochDone)][-1]
    assert last.values["accuracy"] == 1.0
    row = log_of(events)[0]
    assert np.shape(row["weights_before"]) == (3, 3)
    assert sum(row["wanted"]) == 1.0


def test_a_batch_takes_the_mean_and_a_weight_counts() -> None:
    """All four corners fire at first: errors -1, -1, -1, 0; only (1, 0) and (0, 1) have inputs."""
    task, rule = gate(), Perceptron(1.0)
    state = begin(task, rule, weight=0.0)
    data = samples(CORNERS, AND, [1, 2, 1, 1])
    run(task, rule, Plan(1, 4, shuffle=False), state, data)
    assert state.carried["params"].tolist() == [-1 / 4, -2 / 4, -4 / 4]


def test_the_log_is_kept_for_small_layers_and_when_asked_for() -> None:
    x = np.ones((1, 600))
    task = gate(2, 600, bias=False)
    for log, rows in ((None, 0), (True, 1), (False, 0)):
        rule = Perceptron(log=log)
        state = begin(task, rule, weight=0.0)
        events = run(task, rule, Plan(1, 1), state, samples(x, [[0.0, 1.0]]))
        assert len(log_of(events)) == rows
    small = Perceptron(log=False)
    events = run(gate(), small, Plan(1, 1), begin(gate(), small), samples(CORNERS, 1 - AND))
    assert log_of(events) == []


def test_a_layer_without_bias_learns_only_weights() -> None:
    task, rule = gate(bias=False), Perceptron()
    state = begin(task, rule, weight=-1.0)
    events = run(task, rule, Plan(1, 1), state, samples([[1.0, 1.0]], [[1.0]]))
    assert state.carried["params"].tolist() == [0.0, 0.0]
    assert "bias_before" not in log_of(events)[0]


def test_a_schedule_of_rates_is_followed() -> None:
    task, rule = gate(bias=False), Delta(Cosine(1.0, 0.0))
    state = begin(task, rule, weight=0.0)
    run(task, rule, Plan(2, 1), state, samples([[1.0, 0.0]], [[1.0]]))
    # rates 1 and 1/2: the first step reaches the target
    assert state.carried["params"].tolist() == [1.0, 0.0]


# --- the delta rule


def test_a_step_of_the_delta_rule_worked_by_hand() -> None:
    """z = 1 * 2 - 3 + 1 = 0, error 5; z = 2 + 1 = 3, error -2, both halved."""
    task = make_task([Dense(1)], 2, SquaredError(), kind="numbers")
    rule = Delta(0.1)
    state = begin(task, rule, weight=[[1.0], [-1.0]], bias=1.0)
    data = samples([[2.0, 3.0], [2.0, 0.0]], [[5.0], [1.0]])
    run(task, rule, Plan(1, 2), state, data)
    expected = [1 + 0.1 * (10 - 4) / 2, -1 + 0.1 * 15 / 2, 1 + 0.1 * 3 / 2]
    np.testing.assert_allclose(state.carried["params"], expected, rtol=1e-15)


def test_the_delta_rule_is_half_the_gradient_of_the_squared_error() -> None:
    """With one output: d (z - t)^2 / dw = -2 (t - z) x."""
    rng = np.random.default_rng(0)
    data = samples(rng.normal(size=(9, 3)), rng.normal(size=(9, 1)), rng.uniform(0.5, 2, 9))
    task = make_task([Dense(1)], 3, SquaredError(), kind="numbers")
    ours, theirs = begin(task, Delta()), begin(task, Backprop("sgd"))
    run(task, Delta(0.2), Plan(3, 4), ours, data)
    run(task, Backprop(SGD(0.1)), Plan(3, 4), theirs, data)
    np.testing.assert_allclose(ours.carried["params"], theirs.carried["params"], rtol=1e-12)


@pytest.mark.parametrize("activation", ["linear", "step", "sigmoid"])
def test_the_delta_rule_ends_at_least_squares(activation: str) -> None:
    rng = np.random.default_rng(1)
    x, t = rng.normal(size=(40, 3)), rng.normal(size=(40, 2))
    task = make_task([Dense(2, activation=activation)], 3, SquaredError(), kind="numbers")
    rule = Delta(0.5)
    state = begin(task, rule)
    run(task, rule, Plan(200, 40), state, samples(x, t))
    solved = np.linalg.lstsq(np.column_stack([x, np.ones(40)]), t, rcond=None)[0]
    learned = views(task, state)
    np.testing.assert_allclose(learned["dense_1.weight"], solved[:3], atol=1e-9)
    np.testing.assert_allclose(learned["dense_1.bias"], solved[3], atol=1e-9)


@pytest.mark.parametrize("units", [1, 3])
def test_classes_are_0_and_1_or_a_one_at_their_place(units: int) -> None:
    x, y = blobs(30, number=max(2, units))
    loss = BinaryCrossEntropy() if units == 1 else CategoricalCrossEntropy()
    classes = make_task([Flatten(), Dense(units)], 3, loss)
    numbers = make_task([Flatten(), Dense(units)], 3, SquaredError(), kind="numbers")
    ours, theirs = begin(classes, Delta()), begin(numbers, Delta())
    wanted: Array = y[:, None].astype(float) if units == 1 else np.eye(units)[y]
    run(classes, Delta(), Plan(2, 7), ours, samples(x, y))
    run(numbers, Delta(), Plan(2, 7), theirs, samples(x, wanted))
    np.testing.assert_array_equal(ours.carried["params"], theirs.carried["params"])


# --- networks they do not fit


def trained(rule: Rule, layers: Sequence[Layer], in_shape: tuple[int, ...] = (2,)) -> None:
    task = Task(Architecture(Chain(tuple(layers)), in_shape), SquaredError(), kind="numbers")
    step_graph(task, rule, 1)


def test_networks_with_more_to_learn_are_refused() -> None:
    with pytest.raises(ParameterError) as caught:
        trained(Perceptron(), [Dense(3), Dense(1, activation="step")])
    assert str(caught.value) == (
        "Perceptron trains one Dense layer, the network's last, with nothing to learn before it; "
        "got dense_1, dense_2. Use Network([Dense(...)]), or Backprop."
    )
    with pytest.raises(ParameterError) as after:
        trained(Delta(), [Dense(3), Dropout(0.5)])
    assert str(after.value) == (
        "Delta trains one Dense layer, the network's last, with nothing to learn before it; "
        "got dense_1, dropout_1. Use Network([Dense(...)]), or Backprop."
    )


def test_the_perceptron_wants_a_step() -> None:
    with pytest.raises(ParameterError) as caught:
        trained(Perceptron(), [Dense(1, activation="sigmoid")])
    assert str(caught.value) == (
        "Perceptron expects a step activation, got dense_1 with sigmoid. Use "
        "Dense(..., activation='step'), or the rule Delta or Backprop."
    )


def test_rows_of_features_are_wanted() -> None:
    with pytest.raises(ShapeError) as caught:
        trained(Delta(), [Dense(1)], (4, 2))
    assert str(caught.value) == (
        "Delta expects dense_1 to see one row of features a sample, got float[B, 4, 2]. "
        "Put Flatten() before it."
    )
