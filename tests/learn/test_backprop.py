"""Back-propagation: the gradient, its penalties and its limits."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from pellucid.errors import ParameterError
from pellucid.learn import LBFGS, SGD, Adam, Backprop, Plan, step_graph
from pellucid.nn import CategoricalCrossEntropy, Dense, Flatten, SquaredError
from pellucid.run import Executor
from tests.learn.cases import EXACT, SINGLE, Array, begin, blobs, make_task, run, samples, views


def one_step(rule: Backprop, scale: float = 1.0, executor: Executor = EXACT) -> Array:
    """What one step takes off the parameters, for a rate of 1: the gradient that the step used."""
    task = make_task([Dense(4, activation="tanh"), Dense(3)], 3, CategoricalCrossEntropy())
    state, (x, y) = begin(task, rule), blobs(20)
    before = state.carried["params"].copy()
    run(task, rule, Plan(1, 20), state, samples(x * scale, y), executor)
    return np.asarray(before - state.carried["params"])


def torch_gradient(limit: Any = None) -> Array:
    """The same gradient by PyTorch, with its own clipping."""
    torch = pytest.importorskip("torch")
    task = make_task([Dense(4, activation="tanh"), Dense(3)], 3, CategoricalCrossEntropy())
    state, (x, y) = begin(task, Backprop()), blobs(20)
    given = [torch.tensor(v.copy(), requires_grad=True) for v in views(task, state).values()]
    w1, b1, w2, b2 = given
    output = torch.tanh(torch.tensor(x) @ w1 + b1) @ w2 + b2
    torch.nn.functional.cross_entropy(output, torch.tensor(y)).backward()
    if limit is not None:
        limit(torch.nn.utils, given)
    return np.concatenate([part.grad.numpy().reshape(-1) for part in given])


@pytest.mark.parity
def test_the_gradient_is_pytorchs() -> None:
    np.testing.assert_allclose(one_step(Backprop(SGD(1.0))), torch_gradient(), atol=1e-13)


@pytest.mark.parity
def test_clipping_by_value_is_pytorchs() -> None:
    theirs = torch_gradient(lambda u, given: u.clip_grad_value_(given, 0.05))
    assert abs(theirs).max() == 0.05
    ours = one_step(Backprop(SGD(1.0), clip_value=0.05))
    np.testing.assert_allclose(ours, theirs, atol=1e-13)


@pytest.mark.parity
@pytest.mark.parametrize("limit", [0.1, 100.0])
def test_clipping_by_norm_is_pytorchs(limit: float) -> None:
    theirs = torch_gradient(lambda u, given: u.clip_grad_norm_(given, limit))
    ours = one_step(Backprop(SGD(1.0), clip_norm=limit))
    np.testing.assert_allclose(ours, theirs, rtol=2e-5)  # PyTorch adds 1e-6 to the norm


def test_the_clipped_gradient_has_the_length_asked_for_and_the_same_direction() -> None:
    free, clipped = one_step(Backprop(SGD(1.0))), one_step(Backprop(SGD(1.0), clip_norm=0.1))
    assert np.linalg.norm(clipped) == pytest.approx(0.1, rel=1e-12)
    np.testing.assert_allclose(clipped, free * (0.1 / np.linalg.norm(free)), rtol=1e-9)


def test_value_comes_before_norm() -> None:
    by_value = one_step(Backprop(SGD(1.0), clip_value=0.01))
    both = one_step(Backprop(SGD(1.0), clip_value=0.01, clip_norm=0.02))
    expected = by_value * (0.02 / np.linalg.norm(by_value))
    np.testing.assert_allclose(both, expected, rtol=1e-9)


def test_a_gradient_whose_square_overflows_is_still_clipped() -> None:
    """Gradients of 1e30 in float32: their squares are infinite there."""
    task = make_task([Dense(1, bias=False)], 1, SquaredError(), kind="numbers")
    rule = Backprop(SGD(1.0), clip_norm=0.5)
    state = begin(task, rule, weight=1e15)
    run(task, rule, Plan(1, 1), state, samples([[1e3]], [[0.0]]), SINGLE)
    assert state.carried["params"] == pytest.approx([1e15])
    state = begin(task, rule, weight=1.0)
    run(task, rule, Plan(1, 1), state, samples([[1e15]], [[0.0]]), SINGLE)
    assert state.carried["params"] == pytest.approx([0.5])


def test_no_gradient_is_not_clipped_to_nan() -> None:
    task = make_task([Dense(1)], 1, SquaredError(), kind="numbers")
    rule = Backprop(SGD(1.0), clip_norm=0.5)
    state = begin(task, rule, weight=2.0)
    events = run(task, rule, Plan(1, 2), state, samples([[1.0], [3.0]], [[2.0], [6.0]]))
    assert events[-1].row()["reason"] == "finished"
    np.testing.assert_array_equal(state.carried["params"], [2.0, 0.0])


def test_penalties_pull_on_weights_and_leave_biases() -> None:
    """From weights 2 and -4 without any data: w - 0.1 (0.3 sign(w) + 0.5 w)."""
    task = make_task([Dense(1)], 2, SquaredError(), kind="numbers")
    rule = Backprop(SGD(0.1), l1=0.3, l2=0.5)
    state = begin(task, rule, weight=[[2.0], [-4.0]], bias=3.0)
    run(task, rule, Plan(1, 1), state, samples([[1.0, 1.0]], [[0.0]], [0.0]))
    np.testing.assert_allclose(
        state.carried["params"], [2 - 0.1 * (0.3 + 1.0), -4 - 0.1 * (-0.3 - 2.0), 3.0], rtol=1e-14
    )


@pytest.mark.parametrize("batch", [1, 4])
def test_a_penalty_counts_once_a_step_whatever_the_batch(batch: int) -> None:
    task = make_task([Dense(1, bias=False)], 1, SquaredError(), kind="numbers")
    rule = Backprop(SGD(0.1), l2=1.0)
    state = begin(task, rule, weight=1.0)
    run(task, rule, Plan(1, batch), state, samples(np.zeros((4, 1)), np.zeros((4, 1))))
    assert state.carried["params"] == pytest.approx([0.9 ** (4 // batch)])


def test_the_step_is_nodes_with_roles() -> None:
    task = make_task([Dense(4), Dense(3)], 3, CategoricalCrossEntropy(), ["accuracy"])
    graph = step_graph(task, Backprop(l2=0.1, clip_norm=1.0), 8)
    assert {node.role for node in graph.nodes} == {
        "forward", "loss", "backward", "update", "metric",
    }  # fmt: skip
    assert graph.output("params'").role == "update"
    assert graph.output("loss.sum").role == "loss"
    assert any(node.scope == "penalty" for node in graph.nodes)
    assert list(graph.inputs) == [
        "x", "params", "state", "mean", "square", "steps", "rate", "time", "key", "y", "weight",
    ]  # fmt: skip


def test_a_network_without_parameters_trains_to_itself() -> None:
    task = make_task([Flatten()], 2, SquaredError(), kind="numbers")
    for rule in (Backprop(), Backprop("sgd")):
        state = begin(task, rule)
        events = run(task, rule, Plan(2, 2), state, samples([[1.0, 2.0]] * 3, [[0.0, 0.0]] * 3))
        assert events[-2].row()["loss"] == 2.5
        assert state.carried["params"].shape == (0,)


def test_an_optimizer_by_name_and_what_the_rule_says_of_it() -> None:
    assert Backprop("adam") == Backprop(Adam()) == Backprop()
    assert Backprop(SGD(0.5)).schedule.rate(7, 9) == 0.5
    assert Backprop().minimizer is None
    assert Backprop().batch is None
    assert Backprop().loss is None


def test_lbfgs_takes_no_limits_of_the_gradient_and_shows_no_single_step() -> None:
    with pytest.raises(ParameterError) as caught:
        Backprop(LBFGS(), clip_norm=1.0)
    assert str(caught.value) == (
        "Backprop with LBFGS expects clip_value and clip_norm to be None, got None and 1.0. "
        "Its line search needs the gradient as it is; leave them out or use Adam."
    )
    task = make_task([Dense(3)], 3, CategoricalCrossEntropy())
    with pytest.raises(ParameterError) as single:
        step_graph(task, Backprop("lbfgs"), 8)
    assert str(single.value) == (
        "LBFGS has no single step to show: it looks at the loss in several points before it moves. "
        "Use an optimizer such as Adam."
    )
