"""L-BFGS: where it ends, what it tells on the way, and how it stops."""

from __future__ import annotations

import threading
from typing import Any

import numpy as np
import pytest
from scipy.optimize import minimize

from pellucid.errors import ParameterError
from pellucid.hyper import declarations
from pellucid.learn import (
    LBFGS,
    Backprop,
    Diverged,
    EarlyStopping,
    EpochDone,
    Event,
    Minimizer,
    Plan,
    RunEnded,
    StepsDone,
    Task,
    train,
)
from pellucid.learn import score as scoring
from pellucid.learn.minimizer import Ask, Floats, Tell, pulled
from pellucid.nn import BatchNorm, CategoricalCrossEntropy, Dense, Dropout, SquaredError
from tests.learn.cases import (
    EXACT,
    SINGLE,
    Array,
    begin,
    blobs,
    classes,
    invalid_values,
    make_task,
    run,
    samples,
    views,
)

FINE = LBFGS(tolerance=1e-9, flatness=0.0)


def logistic() -> Task:
    return make_task([Dense(3)], 3, CategoricalCrossEntropy(), ["accuracy"])


def small_network() -> Task:
    return make_task([Dense(4, activation="tanh"), Dense(3)], 3, CategoricalCrossEntropy())


def end_of(events: list[Event]) -> RunEnded:
    last = events[-1]
    assert isinstance(last, RunEnded)
    return last


def threads() -> list[threading.Thread]:
    return [t for t in threading.enumerate() if t.name == "pellucid-minimizer"]


@pytest.mark.parity
def test_logistic_regression_ends_where_scikit_learns_does() -> None:
    """C sum of losses + sum w^2 / 2 is C n times mean loss + l2/2 sum w^2 with l2 = 1 / (C n)."""
    from sklearn.linear_model import LogisticRegression

    x, y = blobs(90)
    weight = np.linspace(0.5, 1.5, 90)
    theirs = LogisticRegression(C=2.0, tol=1e-10, max_iter=1000).fit(x, y, sample_weight=weight)
    task, rule = logistic(), Backprop(FINE, l2=1 / (2.0 * 90))
    state = begin(task, rule)
    events = run(task, rule, Plan(500), state, samples(x, y, weight))
    found = views(task, state)
    assert end_of(events).reason == "converged"
    np.testing.assert_allclose(found["dense_1.weight"], theirs.coef_.T, atol=1e-5)
    bias = found["dense_1.bias"] - found["dense_1.bias"].mean()  # the same for all is of no effect
    np.testing.assert_allclose(bias, theirs.intercept_ - theirs.intercept_.mean(), atol=1e-5)


def by_scipy(task: Task, start: Array, x: Array, y: Array, l1: float, l2: float) -> Any:
    """The same objective written in NumPy, gradient by hand, through SciPy."""

    def objective(p: Array) -> tuple[float, Array]:
        v = {name: part.copy() for name, part in task.architecture.learned.views(p).items()}
        w1, w2 = v["dense_1.weight"], v["dense_2.weight"]
        h = np.tanh(x @ w1 + v["dense_1.bias"])
        z = h @ w2 + v["dense_2.bias"]
        z -= z.max(1, keepdims=True)
        share = np.exp(z) / np.exp(z).sum(1, keepdims=True)
        loss = -np.log(share[np.arange(len(y)), y]).mean()
        d = (share - np.eye(3)[y]) / len(y)
        back = d @ w2.T * (1 - h * h)
        parts = [
            x.T @ back + l2 * w1 + l1 * np.sign(w1), back.sum(0),
            h.T @ d + l2 * w2 + l1 * np.sign(w2), d.sum(0),
        ]  # fmt: skip
        for w in (w1, w2):
            loss += l2 / 2 * (w * w).sum() + l1 * abs(w).sum()
        return float(loss), np.concatenate([part.reshape(-1) for part in parts])

    options: Any = {"maxcor": 10, "ftol": 0.0, "gtol": 1e-9, "maxiter": 30}
    return minimize(lambda p, *_: objective(p), start, method="L-BFGS-B", jac=True, options=options)


def test_iterates_of_a_small_network_are_those_of_scipy_on_the_same_objective() -> None:
    x, y = blobs(60)
    task, rule = small_network(), Backprop(FINE, l1=1e-3, l2=1e-2)
    state = begin(task, rule)
    theirs = by_scipy(task, state.carried["params"].copy(), x, y, 1e-3, 1e-2)
    events = run(task, rule, Plan(30), state, samples(x, y))
    assert end_of(events).epoch == theirs.nit == 30
    np.testing.assert_allclose(state.carried["params"], theirs.x, rtol=1e-6, atol=1e-8)


def test_one_iteration_is_one_epoch_and_one_step() -> None:
    task, rule, data = logistic(), Backprop("lbfgs", l2=0.01), samples(*blobs(30))
    state = begin(task, rule)
    before = state.carried["params"].copy()
    events = run(task, rule, Plan(5, batch=7), state, data, validation=data)
    kinds = [type(event).__name__ for event in events]
    assert kinds == ["RunStarted", *["StepsDone", "EpochDone"] * 5, "RunEnded"]
    assert events[0].row()["batch"] == 30
    assert events[0].row()["steps"] == 5
    rows = [event.row() for event in events if isinstance(event, EpochDone)]
    assert [(row["epoch"], row["step"], row["rate"]) for row in rows] == [
        (k, k, 1.0) for k in range(1, 6)
    ]
    column = [row["loss"] for row in rows]
    assert column[-1] < column[0]
    assert rows[-1]["loss"] == rows[-1]["val_loss"]
    assert rows[-1]["accuracy"] == rows[-1]["val_accuracy"]
    steps = [event.loss for event in events if isinstance(event, StepsDone)]
    assert steps == pytest.approx(column)
    assert (state.step, state.epoch) == (5, 5)
    assert not np.array_equal(state.carried["params"], before)
    assert threads() == []


def test_the_same_bits_again_and_a_run_that_goes_on() -> None:
    task, rule, data = small_network(), Backprop("lbfgs"), samples(*blobs(30))
    one, two = begin(task, rule), begin(task, rule)
    run(task, rule, Plan(8), one, data)
    run(task, rule, Plan(8), two, data)
    assert one.carried["params"].tobytes() == two.carried["params"].tobytes()
    first = run(task, rule, Plan(8), two, data)
    assert first[0].row()["first_epoch"] == 9
    assert two.epoch == 16


def test_portions_make_no_difference(monkeypatch: pytest.MonkeyPatch) -> None:
    task, rule = small_network(), Backprop("lbfgs", l2=0.01)
    data = samples(*blobs(31), np.linspace(0.5, 1.5, 31))
    whole, portioned = begin(task, rule), begin(task, rule)
    run(task, rule, Plan(5), whole, data)
    monkeypatch.setattr(scoring, "VALUES_A_BATCH", 3 * 7)
    run(task, rule, Plan(5), portioned, data)
    np.testing.assert_allclose(whole.carried["params"], portioned.carried["params"], rtol=1e-9)


def test_float32_converges_as_far_as_it_can() -> None:
    task, rule, data = logistic(), Backprop(FINE, l2=0.01), samples(*blobs(60))
    single, double = begin(task, rule), begin(task, rule)
    ended = end_of(run(task, rule, Plan(500), single, data, SINGLE))
    run(task, rule, Plan(500), double, data)
    assert ended.reason == "converged"
    np.testing.assert_allclose(single.carried["params"], double.carried["params"], atol=2e-3)


def test_at_the_minimum_there_is_nothing_to_do() -> None:
    task, rule = make_task([Dense(1)], 1, SquaredError(), kind="numbers"), Backprop("lbfgs")
    state = begin(task, rule, weight=2.0, bias=1.0)
    events = run(task, rule, Plan(5), state, samples([[0.0], [1.0]], [[1.0], [3.0]]))
    assert [type(event).__name__ for event in events] == ["RunStarted", "RunEnded"]
    assert end_of(events).reason == "converged"
    assert state.carried["params"].tolist() == [2.0, 1.0]


def test_early_stopping_works_with_it() -> None:
    task, rule = small_network(), Backprop("lbfgs")
    state, data, held_out = begin(task, rule), samples(*blobs(24)), samples(*blobs(25))
    rng = np.random.default_rng(0)
    noisy = samples(held_out.x, rng.integers(0, 3, 25))
    plan = Plan(200, stopping=EarlyStopping(4))
    events = run(task, rule, plan, state, data, validation=noisy)
    column = [event.values["val_loss"] for event in events if isinstance(event, EpochDone)]
    assert end_of(events).reason == "early_stopping"
    assert end_of(events).best_epoch == int(np.argmin(column)) + 1 == len(column) - 4
    assert threads() == []


@pytest.mark.parametrize("pulled_events", [1, 2, 5])
def test_an_interrupt_ends_it_with_the_last_good_values(pulled_events: int) -> None:
    task, rule, data = small_network(), Backprop("lbfgs"), samples(*blobs(30))
    state = begin(task, rule)
    events = train(task, rule, Plan(50), state, data, EXACT)
    for _ in range(pulled_events):
        next(events)
    kept = state.carried["params"].copy()
    last = events.throw(KeyboardInterrupt)
    assert isinstance(last, RunEnded)
    assert (last.reason, last.epoch) == ("interrupted", state.epoch)
    np.testing.assert_array_equal(state.carried["params"], kept)
    assert threads() == []


def test_an_interrupt_while_the_loss_is_computed(monkeypatch: pytest.MonkeyPatch) -> None:
    from pellucid.learn.whole import Whole

    task, rule, data = small_network(), Backprop("lbfgs"), samples(*blobs(30))
    state, calls, do = begin(task, rule), [0], Whole._ask

    def interrupted(self: Whole, point: Floats) -> tuple[float, Floats]:
        calls[0] += 1
        if calls[0] == 6:
            raise KeyboardInterrupt
        return do(self, point)

    monkeypatch.setattr(Whole, "_ask", interrupted)
    events = run(task, rule, Plan(50), state, data)
    assert end_of(events).reason == "interrupted"
    assert 0 < state.epoch < 6
    assert np.isfinite(state.carried["params"]).all()
    assert threads() == []


def test_a_run_that_is_no_longer_pulled_leaves_no_thread() -> None:
    task, rule, data = small_network(), Backprop("lbfgs"), samples(*blobs(30))
    events = train(task, rule, Plan(50), begin(task, rule), data, EXACT)
    for _ in range(4):
        next(events)
    assert len(threads()) == 1
    events.close()
    assert threads() == []


def test_a_start_that_is_not_finite_is_named() -> None:
    task, rule = small_network(), Backprop("lbfgs")
    state, (x, y) = begin(task, rule), blobs(30)
    views(task, state)["dense_2.weight"][...] = 1e308
    kept = state.carried["params"].copy()
    events = run(task, rule, Plan(5), state, samples(x, y))
    broken = events[1]
    assert isinstance(broken, Diverged)
    assert (broken.layer, broken.operation, broken.step) == ("dense_2", "matmul", 1)
    assert end_of(events).reason == "diverged"
    np.testing.assert_array_equal(state.carried["params"], kept)


def test_nan_late_in_the_samples_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scoring, "VALUES_A_BATCH", 3 * 7)
    task, rule = logistic(), Backprop("lbfgs")
    x, y = blobs(30)
    x[29, 1] = np.nan
    events = run(task, rule, Plan(5), begin(task, rule), samples(x, y))
    broken = events[1]
    assert isinstance(broken, Diverged)
    assert broken.operation == "input x"


@pytest.mark.parametrize(("weight", "size"), [(-0.5, 10.0), (-0.2, 10.0), (-0.02, 100.0)])
def test_a_line_search_turns_back_where_the_loss_is_not_finite(
    weight: float, size: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The loss (e^(w x) - y)^2 is nearly flat at the start; the second step goes far too far."""
    from pellucid.learn.whole import Whole

    looks, do = [], Whole._look

    def noted(self: Whole, point: Floats) -> Any:
        look = do(self, point)
        looks.append(look.broken)
        return look

    monkeypatch.setattr(Whole, "_look", noted)
    x = size * np.array([[1.0], [2.0], [3.0]])
    layer = Dense(1, bias=False, activation="exponential")
    task, rule = make_task([layer], 1, SquaredError(), kind="numbers"), Backprop(FINE)
    state = begin(task, rule, weight=weight)
    run(task, rule, Plan(200), state, samples(x, np.exp(0.7 / size * x)))
    assert 0 in looks  # the first portion was not finite somewhere
    assert state.carried["params"] * size == pytest.approx([0.7], abs=1e-6)


def test_layers_whose_loss_is_another_at_each_look_are_refused() -> None:
    data = samples(*blobs(12))
    rule = Backprop("lbfgs")
    task = make_task([Dropout(0.5), Dense(3)], 3, CategoricalCrossEntropy())
    with pytest.raises(ParameterError) as random:
        run(task, rule, Plan(2), begin(task, rule), data)
    assert str(random.value) == (
        "LBFGS expects the same loss each time it looks at a point, got dropout_1, which draws at "
        "random. Leave that layer out, or use an optimizer such as Adam."
    )
    task = make_task([BatchNorm(), Dense(3)], 3, CategoricalCrossEntropy())
    with pytest.raises(ParameterError) as running:
        run(task, rule, Plan(2), begin(task, rule), data)
    assert str(running.value) == (
        "LBFGS expects the same loss each time it looks at a point, got batch_norm_1, which keeps "
        "running statistics. Leave that layer out, or use an optimizer such as Adam."
    )


@pytest.mark.parametrize("cls", list(classes(Minimizer)), ids=lambda cls: cls.__name__)
def test_values_outside_the_declared_range_are_refused(cls: type[Minimizer]) -> None:
    for name, declared in declarations(cls).items():
        for value in invalid_values(declared):
            with pytest.raises(ParameterError) as caught:
                cls(**{name: value})
            assert str(caught.value) == (
                f"{cls.__name__} expects {name} to be {declared.range}, got {value!r}. "
                f"{name} is {declared.doc}."
            )


# --- the handing over


def square(at: Floats) -> tuple[float, Floats]:
    return float(at @ at), 2 * at


def test_what_is_pushed_can_be_pulled_and_questions_are_answered_in_the_callers_thread() -> None:
    asked: list[str] = []

    def ask(at: Floats) -> tuple[float, Floats]:
        asked.append(threading.current_thread().name)
        return square(at)

    def drive(ask: Ask, tell: Tell) -> None:
        for k in range(3):
            value, gradient = ask(np.array([float(k)]))
            tell(gradient + value)

    points = list(pulled(drive, ask))
    assert [float(point[0]) for point in points] == [0.0, 3.0, 8.0]
    assert set(asked) == {threading.current_thread().name}


def test_errors_of_either_side_arrive_and_end_the_thread() -> None:
    def broken(ask: Ask, tell: Tell) -> None:
        raise LookupError("of the driver")

    with pytest.raises(LookupError, match="of the driver"):
        list(pulled(broken, square))

    def fine(ask: Ask, tell: Tell) -> None:
        ask(np.zeros(1))

    def failing(at: Floats) -> tuple[float, Floats]:
        raise LookupError("of the loss")

    with pytest.raises(LookupError, match="of the loss"):
        list(pulled(fine, failing))
    assert threads() == []
