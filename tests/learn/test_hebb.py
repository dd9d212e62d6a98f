"""Hebb's rule, Oja's and Sanger's: steps worked by hand, the runaway, and principal components."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest

from pellucid.errors import ParameterError, UnknownNameError
from pellucid.learn import (
    Backprop,
    EpochDone,
    Event,
    Hebb,
    NoTarget,
    Oja,
    Plan,
    Reconstruction,
    Rule,
    Sanger,
    Task,
    no_targets,
    predict_graph,
    step_graph,
    train,
)
from pellucid.nn import Dense, Flatten, Linear, Loss, SquaredError
from tests.learn.cases import EXACT, Array, begin, make_task, run, samples, views


def layer_task(units: int, features: int, loss: Loss, **settings: Any) -> Task:
    return make_task([Dense(units, **settings)], features, loss, kind="numbers")


def losses(events: Sequence[Event]) -> list[float]:
    return [event.values["loss"] for event in events if isinstance(event, EpochDone)]


def cloud(count: int = 400) -> tuple[Array, Array, Array]:
    """Centred points, and the main directions (columns) with the mean squares along them."""
    rng = np.random.default_rng(2)
    turn = np.linalg.qr(rng.normal(size=(4, 4)))[0]
    x = (rng.normal(size=(count, 4)) * [2.0, 1.4, 0.8, 0.3]) @ turn
    x -= x.mean(0)
    squares, directions = np.linalg.eigh(x.T @ x / count)
    return x, directions[:, ::-1], squares[::-1]


# --- Hebb


@pytest.mark.parametrize(
    ("x", "weight", "moved"), [(2.0, 1.0, 0.4), (-2.0, -1.0, -0.4), (2.0, -1.0, -0.4)]
)
def test_the_sign_of_hebbs_step(x: float, weight: float, moved: float) -> None:
    """y = w x: with x and y of one sign the weight grows, with opposite signs it falls.

    0.1 * x * y = 0.1 * 2 * 2 = 0.4 in the first case; in the second x = -2 and y = 2.
    """
    task, rule = layer_task(1, 1, NoTarget(), bias=False), Hebb(0.1)
    state = begin(task, rule, weight=weight)
    run(task, rule, Plan(1, 1), state, samples([[x]], no_targets(1)))
    assert state.carried["params"] == pytest.approx([weight + moved], rel=1e-15)


def test_hebb_uses_the_output_takes_the_mean_and_leaves_the_bias() -> None:
    """Outputs of a step unit with bias -1: z = 2 - 1 and -2 - 1 -> y = 1 and 0; weights 1 and 3."""
    task, rule = layer_task(1, 1, NoTarget(), activation="step"), Hebb(0.1, decay=0.5)
    state = begin(task, rule, weight=1.0, bias=-1.0)
    run(task, rule, Plan(1, 2), state, samples([[2.0], [-2.0]], no_targets(2), [1.0, 3.0]))
    expected = [1.0 + 0.1 * (2.0 * 1.0 * 1.0 / 2 - 0.5 * 1.0), -1.0]
    np.testing.assert_allclose(state.carried["params"], expected, rtol=1e-15)


def test_hebb_runs_away_along_the_main_direction() -> None:
    x, directions, squares = cloud()
    task, rule = layer_task(1, 4, NoTarget(), bias=False), Hebb(1.0)
    state, lengths = begin(task, rule), []
    for event in train(task, rule, Plan(900, 400), state, samples(x, no_targets(400)), EXACT):
        if isinstance(event, EpochDone):
            w = state.carried["params"]
            lengths.append(float(np.abs(w).max()))
    assert lengths[-1] / lengths[-2] == pytest.approx(1 + squares[0], rel=1e-9)
    assert lengths[-1] > 1e300
    assert abs(w @ directions[:, 0]) / np.hypot.reduce(w) == pytest.approx(1.0, abs=1e-9)
    assert event.row()["reason"] == "diverged"
    assert np.isfinite(state.carried["params"]).all()


def test_enough_decay_lets_the_weights_fall() -> None:
    x, _, squares = cloud()
    task, rule = layer_task(1, 4, NoTarget(), bias=False), Hebb(0.1, decay=squares[0] + 1)
    state = begin(task, rule)
    run(task, rule, Plan(200, len(x)), state, samples(x, no_targets(len(x))))
    assert np.linalg.norm(state.carried["params"]) < 1e-6


def test_hebb_on_the_layers_named() -> None:
    layers = [Dense(3), Dense(2), Dense(2)]
    task = make_task(layers, 2, NoTarget(), kind="numbers")
    data = samples(np.ones((3, 2)), no_targets(3))
    for names, expected in ((None, {1, 2, 3}), (["dense_2"], {2}), ("dense_3", {3})):
        rule = Hebb(layers=names)
        state = begin(task, rule)
        before = {name: view.copy() for name, view in views(task, state).items()}
        run(task, rule, Plan(1, 3), state, data)
        after = views(task, state)
        moved = {int(n[6]) for n in before if not np.array_equal(before[n], after[n])}
        assert moved == expected
        assert all(np.array_equal(before[n], after[n]) for n in before if n.endswith("bias"))


def test_hebb_names_that_are_no_dense_layers() -> None:
    task = make_task([Dense(3), Dense(2)], 2, NoTarget(), kind="numbers")
    with pytest.raises(UnknownNameError) as caught:
        step_graph(task, Hebb(layers=["dense_3"]), 1)
    assert str(caught.value) == (
        "There is no Dense layer 'dense_3'. Did you mean 'dense_2'? Known: dense_1, dense_2."
    )
    with pytest.raises(ParameterError) as none:
        Hebb(layers=[])
    assert str(none.value) == (
        "Hebb expects layers to name Dense layers, or None for all, got []. "
        "Without a layer nothing is learned."
    )
    flat = make_task([Flatten()], 2, NoTarget(), kind="numbers")
    with pytest.raises(ParameterError) as bare:
        step_graph(flat, Hebb(), 1)
    assert str(bare.value) == (
        "Hebb changes the weights of Dense layers, and this network has none. "
        "Add one, or use Backprop."
    )


# --- Oja and Sanger


def test_a_step_of_oja_worked_by_hand() -> None:
    """x = (1, 2), w = (1, 0.5): y = 2, x - y w = (-1, 1), so w + 0.1 * 2 * (-1, 1)."""
    task, rule = layer_task(1, 2, Reconstruction()), Oja(0.1)
    state = begin(task, rule, weight=[[1.0], [0.5]], bias=7.0)
    events = run(task, rule, Plan(1, 1), state, samples([[1.0, 2.0]], no_targets(1)))
    np.testing.assert_allclose(state.carried["params"], [0.8, 0.7, 7.0], rtol=1e-15)
    assert losses(events) == [2.0]  # |x - y w|^2 before the step


@pytest.mark.parametrize(("rule", "first"), [(Sanger(0.1), 0.2), (Oja(0.1), 0.0)])
def test_a_step_with_two_units_worked_by_hand(rule: Rule, first: float) -> None:
    """x = (1, 2), units (1, 0) and (0, -1): y = 1, -2; all of x is read back: x - W y = 0.

    Oja: no change. Sanger: the first unit sees x - (1, 0) y_1 = (0, 2), so it moves by
    0.1 * 1 * (0, 2); the second sees x - W y = 0.
    """
    task = layer_task(2, 2, Reconstruction(), bias=False)
    state = begin(task, rule, weight=[[1.0, 0.0], [0.0, -1.0]])
    run(task, rule, Plan(1, 1), state, samples([[1.0, 2.0]], no_targets(1)))
    np.testing.assert_allclose(
        views(task, state)["dense_1.weight"], [[1.0, 0.0], [first, -1.0]], atol=1e-15
    )


def test_oja_ends_at_the_first_principal_component() -> None:
    x, directions, squares = cloud()
    task, rule = layer_task(1, 4, Reconstruction()), Oja(0.05)
    state = begin(task, rule)
    events = run(task, rule, Plan(300, len(x)), state, samples(x, no_targets(len(x))))
    w = views(task, state)["dense_1.weight"][:, 0]
    assert np.linalg.norm(w) == pytest.approx(1.0, abs=1e-9)
    np.testing.assert_allclose(w * np.sign(w @ directions[:, 0]), directions[:, 0], atol=1e-6)
    assert losses(events)[-1] == pytest.approx(squares[1:].sum(), rel=1e-9)
    assert losses(events)[0] > losses(events)[-1]


@pytest.mark.parity
def test_sanger_ends_at_the_principal_components_in_order() -> None:
    from sklearn.decomposition import PCA

    x, directions, squares = cloud()
    task, rule = layer_task(3, 4, Reconstruction()), Sanger(0.15)
    state = begin(task, rule)
    events = run(task, rule, Plan(500, len(x)), state, samples(x, no_targets(len(x))))
    found = views(task, state)["dense_1.weight"]
    found = found * np.sign(np.sum(found * directions[:, :3], 0))
    np.testing.assert_allclose(found, directions[:, :3], atol=1e-5)
    components = PCA(3).fit(x).components_.T
    np.testing.assert_allclose(np.abs(np.sum(found * components, 0)), 1.0, atol=1e-8)
    assert losses(events)[-1] == pytest.approx(squares[3], rel=1e-6)


def test_several_units_of_oja_span_the_space_of_the_first_components() -> None:
    x, directions, squares = cloud()
    task, rule = layer_task(2, 4, Reconstruction()), Oja(0.15)
    state = begin(task, rule)
    events = run(task, rule, Plan(300, len(x)), state, samples(x, no_targets(len(x))))
    found = views(task, state)["dense_1.weight"]
    np.testing.assert_allclose(found.T @ found, np.eye(2), atol=1e-8)
    space = directions[:, :2]
    np.testing.assert_allclose(found @ found.T, space @ space.T, atol=1e-6)
    assert losses(events)[-1] == pytest.approx(squares[2:].sum(), rel=1e-9)


@pytest.mark.parametrize("rule", [Oja(0.01), Sanger(0.01)], ids=["Oja", "Sanger"])
def test_single_samples_lead_near_the_same_place(rule: Rule) -> None:
    x, directions, _ = cloud()
    task = layer_task(1, 4, Reconstruction())
    state = begin(task, rule)
    run(task, rule, Plan(4, 1), state, samples(x, no_targets(len(x))))
    w = views(task, state)["dense_1.weight"][:, 0]
    assert abs(w @ directions[:, 0]) == pytest.approx(1.0, abs=0.02)


def test_weights_of_samples_count_in_the_mean_square() -> None:
    """Two directions at right angles; the weights make the shorter one the main one."""
    x = np.array([[2.0, 0.0], [0.0, 1.0]])
    task, rule = layer_task(1, 2, Reconstruction(), bias=False), Oja(0.1)
    for weight, expected in (([1.0, 1.0], [1, 0]), ([0.1, 1.9], [0, 1])):
        state = begin(task, rule, weight=[[0.5], [0.5]])
        run(task, rule, Plan(200, 2), state, samples(x, no_targets(2), weight))
        np.testing.assert_allclose(np.abs(state.carried["params"]), expected, atol=1e-6)


@pytest.mark.parametrize("rule", [Oja(), Sanger()], ids=["Oja", "Sanger"])
def test_principal_components_want_a_linear_layer(rule: Rule) -> None:
    task = make_task([Dense(2, activation="tanh")], 2, NoTarget(), kind="numbers")
    with pytest.raises(ParameterError) as caught:
        step_graph(task, rule, 1)
    assert str(caught.value) == (
        f"{type(rule).__name__} expects a linear activation, got dense_1 with tanh. "
        "Leave the activation out."
    )


# --- learning without targets


def test_each_rule_says_whether_it_needs_targets() -> None:
    assert Hebb().loss == NoTarget()
    assert Oja().loss == Sanger().loss == Reconstruction()
    assert Backprop().loss is None


def test_a_loss_without_targets_is_0_and_known_by_name() -> None:
    task = layer_task(2, 3, NoTarget())
    rule = Hebb(1e-3)
    data = samples(np.ones((5, 3)), no_targets(5))
    events = run(task, rule, Plan(2, 2), begin(task, rule), data, validation=data)
    assert events[-2].row()["loss"] == events[-2].row()["val_loss"] == 0.0
    assert Loss.classes["no_target"] is NoTarget
    assert Loss.classes["reconstruction"] is Reconstruction
    assert NoTarget().link == Reconstruction().link == Linear()


def test_the_prediction_of_a_network_without_targets_is_its_output() -> None:
    task = layer_task(1, 2, Reconstruction())
    carried = begin(task, Oja(), weight=[[2.0], [3.0]], bias=1.0).carried
    program = EXACT.compile(predict_graph(task.architecture, task.loss))
    inputs = {"params": carried["params"], "state": carried["state"], "x": np.ones((1, 2))}
    assert program.run(inputs)["prediction"].tolist() == [[6.0]]


def test_metrics_need_targets() -> None:
    with pytest.raises(ParameterError) as caught:
        make_task([Dense(1)], 2, Reconstruction(), ["mae", "r2"], "numbers")
    assert str(caught.value) == (
        "A metric compares answers with targets, and Reconstruction has no targets, got mae, r2. "
        "Leave the metrics out."
    )


def test_reading_back_wants_one_dense_layer() -> None:
    task = make_task([Dense(2), Dense(1)], 2, Reconstruction(), kind="numbers")
    with pytest.raises(ParameterError) as caught:
        step_graph(task, Hebb(), 1)
    assert str(caught.value) == (
        "Reconstruction expects a network with one Dense layer over rows of features, got "
        "2 Dense layers: dense_1, dense_2. Use one, or the loss NoTarget()."
    )


def test_reconstruction_can_be_learned_by_backprop_too() -> None:
    x, _, squares = cloud()
    task, rule = layer_task(2, 4, Reconstruction()), Backprop("lbfgs")
    state = begin(task, rule)
    events = run(task, rule, Plan(300), state, samples(x, no_targets(len(x))))
    assert losses(events)[-1] == pytest.approx(squares[2:].sum(), rel=1e-5)


def test_a_supervised_loss_may_watch_an_unsupervised_rule() -> None:
    task = layer_task(1, 2, SquaredError())
    state = begin(task, Hebb(0.0001))
    data = samples(np.ones((4, 2)), np.ones((4, 1)))
    assert losses(run(task, Hebb(0.0001), Plan(1, 4), state, data))[0] > 0
