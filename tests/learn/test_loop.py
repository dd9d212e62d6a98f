"""The training loop: its events, its bits, and every way in which a run can end."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Generator, Mapping, Sequence
from typing import Any

import numpy as np
import pytest

from pellucid.errors import ParameterError, UnknownNameError
from pellucid.graph import Graph
from pellucid.learn import (
    SGD,
    Adam,
    Backprop,
    Diverged,
    EarlyStopping,
    EpochDone,
    Event,
    Plan,
    Rule,
    RunEnded,
    RunStarted,
    Samples,
    Scorer,
    State,
    StepsDone,
    Task,
    course,
    stepwise,
    train,
)
from pellucid.learn import score as scoring
from pellucid.learn.schedules import StepDecay
from pellucid.nn import BatchNorm, CategoricalCrossEntropy, Dense, Dropout, SquaredError
from pellucid.run import Executor, Feed, Program, ReferenceExecutor, Steps, executor
from tests.learn.cases import EXACT, SINGLE, Array, begin, blobs, make_task, run, samples, views


def classifier(*more: Any, metrics: Sequence[str] = ("accuracy",)) -> Task:
    layers = [Dense(5, activation="tanh"), *more, Dense(3)]
    return make_task(layers, 3, CategoricalCrossEntropy(), metrics)


def line(**settings: Any) -> Task:
    """One weight, no bias: y = w x."""
    return make_task([Dense(1, bias=False)], 1, SquaredError(), kind="numbers", **settings)


def column(*values: float) -> Array:
    return np.array(values, float)[:, None]


def epochs(events: Sequence[Event]) -> list[EpochDone]:
    return [event for event in events if isinstance(event, EpochDone)]


def ended(events: Sequence[Event]) -> RunEnded:
    last = events[-1]
    assert isinstance(last, RunEnded)
    return last


# --- what is told


def test_the_events_of_a_run() -> None:
    task, rule, data = classifier(), Backprop(Adam(0.01)), samples(*blobs(10))
    state = begin(task, rule)
    events = run(task, rule, Plan(epochs=2, batch=4, seed=5), state, data, validation=data)
    assert events[0] == RunStarted(
        epochs=2, steps=6, batch=4, samples=10, validation_samples=10, parameters=20 + 18,
        seed=5, engine="reference", precision="float64", first_epoch=1, first_step=1,
    )  # fmt: skip
    steps = [event for event in events if isinstance(event, StepsDone)]
    assert [event.epoch for event in steps] == sorted(event.epoch for event in steps)
    assert steps[-1].step == 6
    assert {event.rate for event in steps} == {0.01}
    assert [(e.epoch, e.step) for e in epochs(events)] == [(1, 3), (2, 6)]
    assert list(epochs(events)[0].values) == ["loss", "accuracy", "val_loss", "val_accuracy"]
    assert dataclasses.replace(ended(events), seconds=0.0) == RunEnded("finished", 2, 6, None, 0.0)
    assert (state.step, state.epoch) == (6, 2)
    again = run(task, rule, Plan(epochs=1, batch=4), state, data)[0]
    assert isinstance(again, RunStarted)
    assert (again.first_epoch, again.first_step) == (3, 7)


def test_events_are_frozen_and_become_json() -> None:
    task, rule, data = classifier(), Backprop(), samples(*blobs(10))
    events = run(task, rule, Plan(epochs=1, batch=4), begin(task, rule), data)
    broken = samples(np.full((2, 3), np.inf), [0, 1])
    events += run(task, rule, Plan(epochs=1), begin(task, rule), broken)
    assert {type(e) for e in events} == {RunStarted, StepsDone, EpochDone, Diverged, RunEnded}
    for event in events:
        row = json.loads(json.dumps(event.row(), allow_nan=False))
        assert row["event"] == type(event).__name__
        with pytest.raises(dataclasses.FrozenInstanceError):
            event.epoch = 7  # type: ignore[attr-defined]
    assert list(epochs(events)[0].row()) == [
        "event", "epoch", "step", "rate", "loss", "accuracy", "seconds",
    ]  # fmt: skip


def test_validation_is_scored_without_dropout_at_the_epochs_parameters() -> None:
    task, rule, data = classifier(Dropout(0.5)), Backprop(), samples(*blobs(20))
    state, held_out = begin(task, rule), samples(*blobs(9))
    events = run(task, rule, Plan(epochs=2), state, data, validation=held_out)
    scorer = Scorer(task, EXACT)
    found = scorer.finish(
        scorer.totals(state.carried["params"], state.carried["state"], held_out.rows)
    )
    values = epochs(events)[-1].values
    assert {name: values[f"val_{name}"] for name in found} == found


# --- the arithmetic


def test_an_epoch_worked_by_hand_with_a_short_last_batch() -> None:
    """Batch 3 on the samples (1, 1), (2, 1), (3, 1), (4, 2), from w = 0 with rate 0.1.

    Step 1: the gradients 2 x (w x - y) are -2, -4, -6; their sum / 3 is -4, so w = 0.4.
    Step 2: 2 * 4 * (1.6 - 2) = -3.2, and a third of it, so w = 0.4 + 0.32 / 3.
    The losses are 1, 1, 1 and 0.4^2.
    """
    task, rule = line(), Backprop(SGD(0.1))
    state = begin(task, rule, weight=0.0)
    data = samples(column(1, 2, 3, 4), column(1, 1, 1, 2))
    events = run(task, rule, Plan(epochs=1, batch=3, shuffle=False), state, data)
    assert state.carried["params"] == pytest.approx([0.4 + 0.32 / 3], rel=1e-15)
    assert epochs(events)[0].values["loss"] == pytest.approx(3.16 / 4, rel=1e-15)


def test_a_weight_of_two_is_the_sample_twice() -> None:
    task, rule = classifier(), Backprop(SGD(0.1))
    x, y = blobs(6)
    weighted, twice = begin(task, rule), begin(task, rule)
    plan = Plan(epochs=3, batch=6, shuffle=False)
    one = run(task, rule, plan, weighted, samples(x, y, [2, 1, 1, 1, 1, 0]))
    rows = [0, 0, 1, 2, 3, 4]
    two = run(task, rule, plan, twice, samples(x[rows], y[rows]))
    np.testing.assert_allclose(weighted.carried["params"], twice.carried["params"], rtol=1e-12)
    for mine, theirs in zip(epochs(one), epochs(two), strict=True):
        assert mine.values == pytest.approx(theirs.values, rel=1e-12)


def test_samples_without_weight_change_nothing_and_have_no_loss() -> None:
    task, rule = classifier(), Backprop(SGD(0.1))
    state, (x, y) = begin(task, rule), blobs(6)
    before = state.carried["params"].copy()
    events = run(task, rule, Plan(epochs=1, batch=2), state, samples(x, y, np.zeros(6)))
    np.testing.assert_array_equal(state.carried["params"], before)
    assert epochs(events)[0].values == {"loss": 0.0, "accuracy": 0.0}


def test_each_epoch_sees_each_sample_once_in_an_order_of_its_own() -> None:
    drawn = course.Orders(ReferenceExecutor(), 50)
    orders = [drawn.of(3, epoch).tolist() for epoch in range(3)]
    assert all(sorted(order) == list(range(50)) for order in orders)
    assert orders[0] != orders[1] != orders[2]
    assert orders[1] == course.Orders(executor(), 50).of(3, 1).tolist()
    assert orders[1] != drawn.of(4, 1).tolist()
    assert course.Orders(executor(), 5, shuffle=False).of(3, 1).tolist() == [0, 1, 2, 3, 4]


def test_dropout_draws_anew_at_each_step_and_the_same_for_the_same_seed() -> None:
    task, rule, data = classifier(Dropout(0.5)), Backprop(SGD(1e-12)), samples(*blobs(12))

    def losses(seed: int) -> list[float]:
        plan = Plan(epochs=4, batch=12, seed=seed, shuffle=False)
        return [e.values["loss"] for e in epochs(run(task, rule, plan, begin(task, rule), data))]

    assert len({round(loss, 9) for loss in losses(1)}) == 4
    assert losses(1) == losses(1)
    assert losses(1) != losses(2)


def test_batch_norm_keeps_its_statistics_in_the_state() -> None:
    """momentum 0.1: mean 0.9 * 0 + 0.1 * 2 and variance 0.9 * 1 + 0.1 * 2 (the unbiased one)."""
    task = make_task([BatchNorm(), Dense(1)], 1, SquaredError(), kind="numbers")
    rule = Backprop(SGD(0.1))
    state = begin(task, rule)
    assert state.carried["state"].tolist() == [0.0, 1.0]
    run(task, rule, Plan(epochs=1, batch=2), state, samples(column(1, 3), column(0, 1)))
    np.testing.assert_allclose(state.carried["state"], [0.2, 1.1], rtol=1e-15)


# --- the bits


def network_with_everything() -> tuple[Task, Samples]:
    return classifier(BatchNorm(), Dropout(0.3)), samples(*blobs(50), np.linspace(0.5, 1.5, 50))


@pytest.mark.parametrize("executor", [EXACT, SINGLE], ids=["float64", "float32"])
def test_the_bits_depend_on_the_seed_and_not_on_the_clock(
    executor: Executor, monkeypatch: pytest.MonkeyPatch
) -> None:
    task, data = network_with_everything()
    rule = Backprop(Adam(0.01))

    def trained(seed: int, pace: float) -> tuple[bytes, list[dict[str, float]]]:
        monkeypatch.setattr(stepwise, "SECONDS_A_CALL", pace)
        state = begin(task, rule)
        events = run(task, rule, Plan(3, 4, seed), state, data, executor, data)
        return state.carried["params"].tobytes(), [event.values for event in epochs(events)]

    one_by_one, together = trained(1, 1e-12), trained(1, 1e12)
    assert one_by_one == together
    assert trained(2, 1e12)[0] != together[0]


@pytest.mark.parametrize("batch", [8, 10, 50])  # 50 samples: with and without a short last batch
@pytest.mark.parametrize("shuffle", [True, False])
def test_epochs_done_together_are_those_done_apart(
    batch: int, shuffle: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    task, data = network_with_everything()
    rule = Backprop(Adam(StepDecay(0.02, every=7, factor=0.5)))
    apart, together = begin(task, rule), begin(task, rule)
    plan = Plan(9, batch, 5, shuffle)
    told = epochs(run(task, rule, plan, apart, data))
    monkeypatch.setattr(stepwise, "SECONDS_A_CALL", 1e12)
    calls: list[int] = []
    counted: Any = Counting(calls)
    ahead = run(task, rule, dataclasses.replace(plan, unwatched=True), together, data, counted)
    assert len(calls) < 9
    assert sum(calls) == 9 * -(-50 // batch)
    for name, array in apart.carried.items():
        assert array.tobytes() == together.carried[name].tobytes(), name
    assert (apart.step, apart.epoch) == (together.step, together.epoch)
    for one, other in zip(told, epochs(ahead), strict=True):
        assert dataclasses.replace(one, seconds=0) == dataclasses.replace(other, seconds=0)


class Counting:
    """The reference executor, which notes how many steps each call took."""

    name, precision = "reference", "float64"

    def __init__(self, calls: list[int]) -> None:
        self.calls = calls

    def compile(self, graph: Graph, outputs: Sequence[str] | None = None) -> Program:
        program: Any = ReferenceExecutor().compile(graph, outputs)
        do = program.steps

        def steps(carried: Mapping[str, Array], feed: Feed, count: int | None = None) -> Steps:
            found: Steps = do(carried, feed, count)
            if carried:  # else scores or orders, for which nothing is learned
                self.calls.append(found.done)
            return found

        program.steps = steps
        return program  # type: ignore[no-any-return]


def test_an_interrupt_does_not_lose_the_events_of_epochs_that_are_done(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(stepwise, "SECONDS_A_CALL", 1e12)
    task, rule, data = classifier(), Backprop(), samples(*blobs(12))
    state = begin(task, rule)
    events = train(task, rule, Plan(40, 4, unwatched=True), state, data, EXACT)
    seen = [next(events)]
    while state.epoch < 3:
        seen.append(next(events))
    seen.append(events.throw(KeyboardInterrupt))
    seen += events
    assert [event.epoch for event in epochs(seen)] == list(range(1, state.epoch + 1))
    assert ended(seen).reason == "interrupted"
    assert (ended(seen).epoch, ended(seen).step) == (state.epoch, state.step)


def test_epochs_done_together_end_before_a_step_that_is_not_finite(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    task, rule = line(), Backprop(SGD(3.0))
    data = samples(column(1, 2, 3), column(2, 4, 6))
    plan = Plan(3000, 2)
    apart, together = begin(task, rule), begin(task, rule)
    told = run(task, rule, plan, apart, data)
    monkeypatch.setattr(stepwise, "SECONDS_A_CALL", 1e12)
    ahead = run(task, rule, dataclasses.replace(plan, unwatched=True), together, data)
    assert ended(told).reason == ended(ahead).reason == "diverged"
    assert apart.carried["params"].tobytes() == together.carried["params"].tobytes()
    assert (apart.step, apart.epoch) == (together.step, together.epoch)
    assert [e.values for e in epochs(told)] == [e.values for e in epochs(ahead)]
    broken = [next(e for e in events if isinstance(e, Diverged)) for events in (told, ahead)]
    assert broken[0] == broken[1]


@pytest.mark.parametrize("optimizer", ["momentum", "adam", "nadam", "adagrad"])
def test_two_epochs_and_two_more_are_four_to_the_bit(optimizer: str) -> None:
    task, data = network_with_everything()
    rule = Backprop(optimizer)
    whole, halves = begin(task, rule), begin(task, rule)
    run(task, rule, Plan(4, 8, 3), whole, data)
    run(task, rule, Plan(2, 8, 3), halves, data)
    run(task, rule, Plan(2, 8, 3), halves, data)
    assert whole.carried.keys() == halves.carried.keys()
    for name, array in whole.carried.items():
        assert array.tobytes() == halves.carried[name].tobytes(), name
    assert (whole.step, whole.epoch) == (halves.step, halves.epoch) == (28, 4)


# --- early stopping


def passing_by() -> tuple[Task, Rule, State, Samples, Samples]:
    """Training pulls w from 0 towards 2; validation would have it at 1."""
    task, rule = line(), Backprop(SGD(0.05))
    x = column(1, 1)
    state = begin(task, rule, weight=0.0)
    return task, rule, state, samples(x, 2 * x), samples(x, x)


def test_early_stopping_goes_back_to_the_best_epoch() -> None:
    task, rule, state, data, held_out = passing_by()
    plan = Plan(epochs=50, batch=2, stopping=EarlyStopping(patience=3))
    history, weights = [], []
    for event in train(task, rule, plan, state, data, EXACT, held_out):
        if isinstance(event, EpochDone):
            history.append(event.values["val_loss"])
            weights.append(float(state.carried["params"][0]))
        last = event
    best = int(np.argmin(history))
    assert isinstance(last, RunEnded)
    assert (last.reason, last.best_epoch, last.epoch) == ("early_stopping", best + 1, best + 4)
    assert len(history) == best + 4
    assert state.carried["params"][0] == weights[best] != weights[-1]


def test_an_improvement_smaller_than_the_margin_does_not_count() -> None:
    task, rule, state, data, held_out = passing_by()
    plan = Plan(epochs=50, batch=2, stopping=EarlyStopping(patience=3, margin=1e9))
    end = ended(run(task, rule, plan, state, data, validation=held_out))
    assert (end.reason, end.best_epoch, end.epoch) == ("early_stopping", 1, 4)


def test_accuracy_is_meant_to_rise_and_a_loss_to_fall() -> None:
    task, rule, data = classifier(), Backprop(Adam(0.05)), samples(*blobs(30))
    for monitor, best in (("val_accuracy", max), ("loss", min)):
        plan = Plan(epochs=20, stopping=EarlyStopping(20, monitor=monitor))
        events = run(task, rule, plan, begin(task, rule), data, validation=data)
        column = [event.values[monitor] for event in epochs(events)]
        assert ended(events).best_epoch == column.index(best(column)) + 1


def test_the_best_of_an_earlier_run_is_forgotten() -> None:
    task, rule, state, data, held_out = passing_by()
    run(task, rule, Plan(50, 2, stopping=EarlyStopping(3)), state, data, validation=held_out)
    end = ended(run(task, rule, Plan(30, 2), state, data))
    assert end.best_epoch is None
    assert state.carried["params"][0] == pytest.approx(2.0, abs=0.1)


def test_a_column_that_is_not_there_is_refused_before_the_first_step() -> None:
    task, rule, state, data, _ = passing_by()
    with pytest.raises(UnknownNameError) as caught:
        run(task, rule, Plan(5, 2, stopping=EarlyStopping()), state, data)
    assert str(caught.value) == (
        "There is no column of the history 'val_loss'. Did you mean 'loss'? Known: loss."
    )
    assert state.step == 0


# --- interrupts


class Interrupting:
    """An executor that is interrupted at a call of ``steps``."""

    name, precision = "interrupting", "float64"

    def __init__(self, at: int) -> None:
        self.at, self.calls = at, 0

    def compile(self, graph: Graph, outputs: Sequence[str] | None = None) -> Program:
        program: Any = ReferenceExecutor().compile(graph, outputs)
        do = program.steps

        def steps(carried: Mapping[str, Array], feed: Feed, count: int | None = None) -> Steps:
            self.calls += 1
            if self.calls == self.at:
                raise KeyboardInterrupt
            found: Steps = do(carried, feed, count)
            return found

        program.steps = steps
        return program  # type: ignore[no-any-return]


def test_an_interrupt_at_work_ends_the_run_with_the_last_good_values() -> None:
    task, rule, data = classifier(), Backprop(), samples(*blobs(12))
    state, seen = begin(task, rule), []
    executor: Any = Interrupting(at=4)
    for event in train(task, rule, Plan(5, 4), state, data, executor):
        seen.append(event)
        if isinstance(event, StepsDone):
            kept, reached = state.carried["params"].copy(), state.step
    assert ended(seen).reason == "interrupted"
    assert ended(seen).step == state.step == reached > 0
    np.testing.assert_array_equal(state.carried["params"], kept)
    end = ended(run(task, rule, Plan(1, 4), state, data))
    assert end.reason == "finished"


@pytest.mark.parametrize("pulled", [1, 2, 3, 7])
def test_an_interrupt_thrown_in_ends_the_run_too(pulled: int) -> None:
    task, rule, data = classifier(), Backprop(), samples(*blobs(12))
    state = begin(task, rule)
    events = train(task, rule, Plan(5, 4), state, data, EXACT)
    for _ in range(pulled):
        next(events)
    kept = state.carried["params"].copy()
    last = events.throw(KeyboardInterrupt)
    assert isinstance(last, RunEnded)
    assert (last.reason, last.step) == ("interrupted", state.step)
    np.testing.assert_array_equal(state.carried["params"], kept)
    assert list(events) == []


def test_an_interrupt_goes_back_to_the_best_values_where_there_is_early_stopping() -> None:
    task, rule, state, data, held_out = passing_by()
    plan = Plan(50, 2, stopping=EarlyStopping(patience=40))
    events = train(task, rule, plan, state, data, EXACT, held_out)
    assert best_after(events, state, 30, interrupt=True) == state.carried["params"][0]


def test_a_run_that_is_no_longer_pulled_goes_back_to_the_best_values() -> None:
    task, rule, state, data, held_out = passing_by()
    plan = Plan(50, 2, stopping=EarlyStopping(patience=40))
    events = train(task, rule, plan, state, data, EXACT, held_out)
    assert best_after(events, state, 30, interrupt=False) == state.carried["params"][0]


def best_after(
    events: Generator[Event, None, None], state: State, count: int, *, interrupt: bool
) -> float:
    """The weight of the best epoch, once the run was left after ``count`` epochs."""
    history: list[tuple[float, float]] = []
    for event in events:
        if isinstance(event, EpochDone):
            history.append((event.values["val_loss"], float(state.carried["params"][0])))
        if len(history) == count:
            break
    if interrupt:
        events.throw(KeyboardInterrupt)
    else:
        events.close()
    assert min(history)[1] != history[-1][1]
    return min(history)[1]


# --- divergence


def test_a_step_that_is_not_finite_is_named_and_undone() -> None:
    """w = 0 -> 0.4e31 -> about -1e62 -> ... : the square of the fifth error is above 1e308."""
    task, rule = line(), Backprop(SGD(1e30))
    state = begin(task, rule, weight=0.0)
    history = []
    for event in train(task, rule, Plan(9, 2), state, samples(column(1, 2), column(1, 3)), EXACT):
        history.append(event)
        if isinstance(event, StepsDone):
            kept = state.carried["params"].copy()
    broken = history[-2]
    assert isinstance(broken, Diverged)
    assert ended(history).reason == "diverged"
    assert (broken.step, broken.epoch) == (state.step + 1, state.epoch + 1)
    assert (broken.layer, broken.operation, broken.role) == ("loss", "multiply", "loss")
    assert broken.message == (
        f"Step {broken.step} (epoch {broken.epoch}) gave infinity first in loss, operation "
        "multiply (loss). The parameters are those before that step. A smaller learning rate, "
        "scaled inputs or clip_norm often cure it."
    )
    assert np.isfinite(kept).all()
    np.testing.assert_array_equal(state.carried["params"], kept)


def test_the_layer_whose_output_overflows_is_named() -> None:
    task, rule = classifier(), Backprop(SGD(0.1))
    state = begin(task, rule)
    views(task, state)["dense_2.weight"][...] = 1e308
    x, y = blobs(6)
    events = run(task, rule, Plan(1, 6), state, samples(x, y))
    broken = events[1]
    assert isinstance(broken, Diverged)
    assert (broken.layer, broken.operation, broken.role) == ("dense_2", "matmul", "forward")
    assert ended(events).step == 0


def test_nan_in_the_inputs_is_named() -> None:
    task, rule = line(), Backprop(SGD(0.1))
    state = begin(task, rule, weight=1.0)
    data = samples(column(1, 2, float("nan"), 4), column(1, 2, 3, 4))
    events = run(task, rule, Plan(2, 2, shuffle=False), state, data)
    broken = events[-2]
    assert isinstance(broken, Diverged)
    assert (broken.step, broken.operation) == (2, "input x")
    assert broken.message == (
        "Step 2 (epoch 1) was given NaN in x. The parameters are those before that step. "
        "Look for values that are not finite in the data."
    )
    assert state.step == 1


# --- scores


def test_a_score_does_not_depend_on_the_portions(monkeypatch: pytest.MonkeyPatch) -> None:
    task = classifier(metrics=["accuracy", "f1"])
    carried, data = begin(task, Backprop()).carried, samples(*blobs(31), np.linspace(0, 2, 31))

    def scored() -> dict[str, float]:
        scorer = Scorer(task, EXACT)
        return scorer.finish(scorer.totals(carried["params"], carried["state"], data.rows))

    whole = scored()
    assert list(whole) == ["loss", "accuracy", "f1"]
    for portion in (1, 10, 90):
        monkeypatch.setattr(scoring, "VALUES_A_BATCH", portion)
        assert scored() == pytest.approx(whole, rel=1e-12)


@pytest.mark.parametrize(
    ("width", "count", "rows"), [(4, 100, 100), (1 << 20, 100, 2), (1 << 30, 100, 1), (3, 0, 1)]
)
def test_as_many_rows_at_once_as_fit(width: int, count: int, rows: int) -> None:
    x = np.broadcast_to(np.zeros(()), (count, width))
    assert scoring.rows_a_batch(x) == rows


def test_two_metrics_of_one_name_are_refused() -> None:
    with pytest.raises(ParameterError) as caught:
        classifier(metrics=["accuracy", "accuracy"])
    assert str(caught.value) == "Two metrics are named 'accuracy'. Leave one of them out."
