"""The learning-rate finder: what it suggests, and that it leaves no trace."""

from __future__ import annotations

import dataclasses
import json
from itertools import pairwise
from typing import Any

import numpy as np
import pytest

from pellucid.errors import ParameterError
from pellucid.hyper import declarations
from pellucid.learn import (
    SGD,
    Adam,
    Backprop,
    EpochDone,
    FoundRate,
    Oja,
    Plan,
    RateTest,
    Reconstruction,
    Rule,
    Samples,
    State,
    Task,
    find_rate,
    no_targets,
)
from pellucid.nn import CategoricalCrossEntropy, Dense, Dropout, SquaredError
from tests.learn.cases import EXACT, SINGLE, begin, blobs, invalid_values, make_task, run, samples


def setting(rule: Rule) -> tuple[Task, State, Samples]:
    layers = [Dense(8, activation="tanh"), Dropout(0.2), Dense(3)]
    task = make_task(layers, 3, CategoricalCrossEntropy(), ["accuracy"])
    return task, begin(task, rule), samples(*blobs(90))


def test_nothing_is_left_behind() -> None:
    """The state's bits, what a run makes of it, and NumPy's random numbers are as before."""
    rule = Backprop(Adam(0.01))
    task, state, data = setting(rule)
    run(task, rule, Plan(2), state, data)
    twin = State({name: array.copy() for name, array in state.carried.items()}, state.step, 2)
    arrays = {name: array.tobytes() for name, array in state.carried.items()}
    drawn: Any = np.random.get_state()  # noqa: NPY002
    before = (state.step, state.epoch, state.best)
    find_rate(task, rule, state, data, EXACT)
    assert {name: array.tobytes() for name, array in state.carried.items()} == arrays
    assert (state.step, state.epoch, state.best) == before
    after: Any = np.random.get_state()  # noqa: NPY002
    assert after[1].tobytes() == drawn[1].tobytes()
    assert after[2:] == drawn[2:]
    run(task, rule, Plan(2), state, data)
    run(task, rule, Plan(2), twin, data)
    assert state.carried["params"].tobytes() == twin.carried["params"].tobytes()


def test_the_rows_are_json_and_the_rates_rise_by_one_factor() -> None:
    rule = Backprop(SGD(0.1))
    task, state, data = setting(rule)
    found = find_rate(task, rule, state, data, EXACT, RateTest(1e-4, 1e-1, steps=31))
    rows = json.loads(json.dumps(found.rows, allow_nan=False))
    assert list(rows[0]) == ["step", "rate", "loss", "smoothed"]
    assert [row["step"] for row in rows] == list(range(1, 32))
    factors = [b["rate"] / a["rate"] for a, b in pairwise(rows)]
    assert factors == pytest.approx([10**0.1] * 30)
    assert found.reason == "end"
    with pytest.raises(dataclasses.FrozenInstanceError):
        found.reason = "other"  # type: ignore[misc]


def test_the_smoothed_loss_is_the_weighted_mean_of_the_losses_so_far() -> None:
    rule = Backprop(SGD(0.1))
    task, state, data = setting(rule)
    rows = find_rate(task, rule, state, data, EXACT, RateTest(1e-3, 1e-1, steps=10)).rows
    losses = np.array([row["loss"] for row in rows])
    for k, row in enumerate(rows):
        share = 0.9 ** np.arange(k, -1, -1)
        assert row["smoothed"] == pytest.approx(share @ losses[: k + 1] / share.sum())


@pytest.mark.parametrize("rule", [Backprop(SGD()), Backprop(Adam())], ids=["SGD", "Adam"])
@pytest.mark.parametrize("executor", [EXACT, SINGLE], ids=["float64", "float32"])
def test_the_suggestion_learns_and_is_below_the_blow_up(rule: Backprop, executor: object) -> None:
    task, state, data = setting(rule)
    found = find_rate(task, rule, state, data, executor)  # type: ignore[arg-type]
    assert found.suggestion is not None
    assert 1e-4 < found.suggestion < found.rows[-1]["rate"]
    assert found.suggestion in [row["rate"] for row in found.rows]
    kind = type(rule.optimizer)
    suggested = Backprop(kind(found.suggestion))  # type: ignore[call-arg]
    slow = Backprop(kind(found.suggestion / 1000))  # type: ignore[call-arg]
    ends = []
    for chosen in (suggested, slow):
        history = run(task, chosen, Plan(8), begin(task, chosen), data)
        ends.append([e.values["loss"] for e in history if isinstance(e, EpochDone)][-1])
    assert ends[0] < 0.6 * ends[1]


def parabola(rule: Rule) -> tuple[Task, State, Samples]:
    """The loss w^2: each step with rate r multiplies w by 1 - 2 r."""
    task = make_task([Dense(1, bias=False)], 1, SquaredError(), kind="numbers")
    return task, begin(task, rule, weight=1.0), samples([[1.0]], [[0.0]])


def test_losses_worked_by_hand_and_the_steepest_fall() -> None:
    rule = Backprop(SGD())
    test = RateTest(0.01, 0.4, steps=20, batch=1, smoothing=0.0)
    found = find_rate(*reorder(rule), EXACT, test)
    w, losses = 1.0, []
    for rate in np.geomspace(0.01, 0.4, 20):
        losses.append(w * w)
        w *= 1 - 2 * rate
    assert [row["loss"] for row in found.rows] == pytest.approx(losses, rel=1e-12)
    slopes = np.gradient(losses)
    assert found.suggestion == pytest.approx(np.geomspace(0.01, 0.4, 20)[np.argmin(slopes)])


def reorder(rule: Rule) -> tuple[Task, Rule, State, Samples]:
    task, state, data = parabola(rule)
    return task, rule, state, data


def test_it_stops_where_the_loss_blows_up() -> None:
    rule = Backprop(SGD())
    found = find_rate(*reorder(rule), EXACT, RateTest(0.01, 1e4, steps=60, smoothing=0.0))
    assert found.reason == "blow_up"
    losses = np.array([row["smoothed"] for row in found.rows])
    least = np.minimum.accumulate(losses)
    assert losses[-1] > 4 * least[-1]
    assert (losses[:-1] <= 4 * least[:-1]).all()
    assert len(losses) < 60


def test_it_stops_where_a_step_is_not_finite() -> None:
    rule = Backprop(SGD())
    found = find_rate(*reorder(rule), EXACT, RateTest(1e150, 1e300, steps=10, blow_up=1e308))
    assert found.reason == "not_finite"
    assert found.suggestion is None
    assert len(found.rows) == 1


def test_a_loss_that_never_falls_has_no_suggestion() -> None:
    rule = Backprop(SGD())
    task, state, data = parabola(rule)
    state.carried["params"][...] = 0.0
    found = find_rate(task, rule, state, data, EXACT)
    assert found == FoundRate(found.rows, None, "end")


def test_it_works_for_rules_without_targets() -> None:
    task = make_task([Dense(1)], 3, Reconstruction(), kind="numbers")
    x = blobs(60)[0]
    found = find_rate(task, Oja(), begin(task, Oja()), samples(x, no_targets(60)), EXACT)
    assert found.suggestion is not None


def test_another_rule_than_the_states_starts_with_slots_of_its_own() -> None:
    task, state, data = setting(Backprop("sgd"))
    assert find_rate(task, Backprop("adam"), state, data, EXACT).suggestion is not None


def test_few_samples_are_seen_again_and_again() -> None:
    rule = Backprop(SGD())
    task, state, data = setting(rule)
    few = Samples(data.x[:5], data.y[:5], data.weight[:5])
    assert len(find_rate(task, rule, state, few, EXACT, RateTest(1e-5, 1e-2, 20)).rows) == 20


def test_lbfgs_has_no_rate_to_find() -> None:
    rule = Backprop("lbfgs")
    task, state, data = setting(rule)
    with pytest.raises(ParameterError) as caught:
        find_rate(task, rule, state, data, EXACT)
    assert str(caught.value) == (
        "find_rate expects a rule with a learning rate, got one with LBFGS, which finds its step "
        "length by a line search. There is nothing to find."
    )


def test_settings_outside_their_range_are_refused() -> None:
    for name, declared in declarations(RateTest).items():
        for value in invalid_values(declared):
            with pytest.raises(ParameterError) as caught:
                RateTest(**{name: value})
            assert str(caught.value) == (
                f"RateTest expects {name} to be {declared.range}, got {value!r}. "
                f"{name} is {declared.doc}."
            )
    with pytest.raises(ParameterError) as order:
        RateTest(1.0, 0.1)
    assert str(order.value) == (
        "RateTest expects low to be below high, got 1.0 and 0.1. Swap them, or widen the range."
    )
