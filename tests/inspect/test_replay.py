"""Any step of a run reached again, to the bit; and other ways from there."""

from __future__ import annotations

import pickle
import sys
from collections.abc import Callable
from types import ModuleType
from typing import Any

import numpy as np
import pytest

from pellucid import Backprop, Dense, Dropout, Network
from pellucid.data.pictures.framing import Framing
from pellucid.errors import DivergenceWarning, ParameterError
from pellucid.inspect.replay import at, branch, inputs_of, rows_of
from pellucid.learn import LBFGS, SGD, Adam, Cosine, Oja, OneCycle, Perceptron, WarmUp, stepwise
from pellucid.learn.events import EpochDone, Event, StepsDone
from pellucid.models.recording import InMemory
from pellucid.models.run import Run
from pellucid.nn import BatchNorm
from pellucid.run.executor import Executor
from pellucid.run.native import NativeExecutor
from pellucid.run.reference import ReferenceExecutor

Array = np.ndarray[Any, Any]
DRAW = np.random.default_rng(5)
X = DRAW.normal(size=(61, 5))
Y = (X @ DRAW.normal(size=(5, 3))).argmax(axis=1)


def deep(seed: int = 3) -> Network:
    layers = [Dense(8, activation="tanh"), BatchNorm(), Dropout(0.3), Dense(3)]
    return Network(layers, seed=seed)


def small(seed: int = 3) -> Network:
    return Network(hidden=[7], seed=seed)


def bits(carried: Any) -> dict[str, bytes]:
    return {name: array.tobytes() for name, array in carried.items()}


def watched(
    monkeypatch: pytest.MonkeyPatch, make: Callable[[], Network], x: Any, y: Any, **settings: Any
) -> tuple[Run, dict[int, dict[str, bytes]]]:
    """A run, and the bits of its carried values after each step, seen one step a call."""
    net, seen = make(), {}

    def note(event: Event) -> None:
        if isinstance(event, StepsDone):
            seen[event.step] = bits(net._reached().carried)

    with monkeypatch.context() as slowly:
        slowly.setattr(stepwise, "SECONDS_A_CALL", 1e-12)
        net.fit(x, y, on_event=note, **settings)
    return make().fit(x, y, **settings), seen


PICTURES = (DRAW.integers(0, 256, (40, 1, 6, 6)).astype(np.uint8), DRAW.integers(0, 2, 40))
NATIVE, TWO = NativeExecutor(threads=1), NativeExecutor(threads=2)
EXACT: Executor = ReferenceExecutor()
CASES: dict[str, tuple[Callable[[], Network], Any, Any, dict[str, Any]]] = {
    "adam, one thread": (deep, X, Y, {"batch": 8, "engine": NATIVE}),
    "adam, two threads": (deep, X, Y, {"batch": 16, "engine": TWO}),
    "reference": (deep, X, Y, {"batch": 8, "engine": EXACT}),
    "float64": (deep, X, Y, {"batch": 7, "engine": NativeExecutor("float64", 1)}),
    "cosine": (small, X, Y, {"batch": 9, "engine": NATIVE, "rule": Backprop(Adam(Cosine(0.01)))}),
    "one cycle": (small, X, Y, {"batch": 9, "engine": EXACT, "rule": Backprop(SGD(OneCycle()))}),
    "warm up": (small, X, Y, {"batch": 9, "engine": TWO, "rule": Backprop(SGD(WarmUp(0.1, 9)))}),
    "momentum": (small, X, Y, {"batch": 10, "engine": NATIVE, "rule": "momentum"}),
    "rmsprop, all at once": (small, X, Y, {"batch": 61, "engine": NATIVE, "rule": "rmsprop"}),
    "one at a time": (small, X, Y, {"batch": 1, "engine": NATIVE, "rule": "nadam"}),
    "weights": (small, X, Y, {"batch": 8, "sample_weight": np.arange(61.0), "engine": NATIVE}),
    "no shuffling": (small, X, Y, {"batch": 8, "shuffle": False, "engine": NATIVE}),
    "held out": (small, X, Y, {"batch": 8, "validation": 0.2, "engine": NATIVE}),
    "perceptron": (
        lambda: Network([Dense(1, activation="step")], seed=1), X, (Y == 1) * 1.0,
        {"rule": Perceptron(), "engine": EXACT},
    ),
    "oja": (
        lambda: Network([Dense(2, bias=False)], seed=1), X, None,
        {"rule": Oja(), "batch": 6, "engine": NATIVE},
    ),
    "pictures": (
        lambda: Network(hidden=[4], framing=Framing(6, 6, color=False), seed=2), *PICTURES,
        {"batch": 16, "engine": NATIVE},
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", CASES)
def test_any_step_is_reached_again_to_the_bit(case: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Seven steps of each of sixteen runs: 112 pairs."""
    make, x, y, settings = CASES[case]
    run, seen = watched(monkeypatch, make, x, y, epochs=9, **settings)
    last = max(seen)
    assert run.network.steps_taken == last
    draw = np.random.default_rng(len(case))
    for step in [last, *draw.choice(last, 6, replace=False).tolist()]:
        found = at(run, step)
        assert found.steps_taken == step
        if step:
            assert bits(found._reached().carried) == seen[step]


@pytest.mark.parametrize("room", [0, 1, 3, 10])
def test_few_kept_states_reach_as_far_as_many(room: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pellucid.models.recording.MOST", room)
    run, seen = watched(monkeypatch, deep, X, Y, epochs=9, batch=8, engine=NATIVE)
    recording = run.recording
    assert recording is not None
    assert isinstance(recording.kept, InMemory)
    assert len(recording.kept.found) <= room + 1
    for step in (1, 8, 9, 35, 71, 72):
        assert bits(at(run, step)._reached().carried) == seen[step]


def test_kept_states_take_a_bounded_room_and_are_spread_evenly(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("pellucid.models.recording.MOST", 16)
    monkeypatch.setattr(stepwise, "SECONDS_A_CALL", 1e-12)
    run = small().fit(X, Y, epochs=40, batch=4, engine=NATIVE)
    assert run.recording is not None
    assert isinstance(run.recording.kept, InMemory)
    steps = [kept.step for kept in run.recording.kept.found]
    assert steps[0] == 0 and 8 <= len(steps) <= 17
    assert max(np.diff([*steps, run.recording.last])) <= 4 * run.recording.last / 16


def test_the_first_network_is_that_before_the_first_step() -> None:
    built = deep().build(X, Y)
    run = deep().fit(X, Y, epochs=2, batch=8)
    found = at(run, 0)
    assert bits(found.parameters) == bits(built.parameters)
    assert found.steps_taken == 0


def test_what_is_done_to_a_network_does_not_reach_its_run() -> None:
    run = small().fit(X, Y, epochs=3, batch=8)
    before = bits(at(run, 24).parameters)
    for array in run.network.parameters.values():
        array += 1.0
    at(run, 24).parameters["dense_1.bias"][...] = 7.0
    run.network.fit(X, Y, epochs=1)
    assert bits(at(run, 24).parameters) == before


def test_a_second_fit_counts_on() -> None:
    net = small()
    first = net.fit(X, Y, epochs=2, batch=8)
    second = net.fit(X, Y, epochs=2, batch=16)
    assert bits(second.at(16).parameters) == bits(first.at(16).parameters)
    assert bits(second.at(24).parameters) == bits(net.parameters)
    with pytest.raises(ParameterError) as caught:
        second.at(3)
    assert str(caught.value) == (
        "This run can be seen after 16 to 24 steps, got 3. The first 16 belong to earlier runs. "
        "Ask for one of these."
    )


def test_steps_that_there_are_not_are_refused() -> None:
    run = small().fit(X, Y, epochs=2, batch=8)
    with pytest.raises(ParameterError) as caught:
        run.at(17)
    assert str(caught.value) == (
        "This run can be seen after 0 to 16 steps, got 17. Ask for one of these."
    )
    with pytest.raises(
        ParameterError, match=r"^A step is a whole number from 0 to 16, got 1\.5\.$"
    ):
        at(run, 1.5)  # type: ignore[arg-type]
    with pytest.raises(ParameterError) as caught:
        inputs_of(run, 16)
    assert str(caught.value) == (
        "The run ended after 16 steps, so none was taken from there. Ask for a step from 0 to 15: "
        "the one taken after so many."
    )


def test_a_run_out_of_a_pickle_says_that_it_has_no_recording() -> None:
    run = pickle.loads(pickle.dumps(small().fit(X, Y, epochs=1)))  # noqa: S301
    with pytest.raises(
        ParameterError, match=r"^This run has no recording: it came out of a pickle"
    ):
        run.at(0)


def test_early_stopping_goes_back_and_the_last_step_is_what_was_reached() -> None:
    rule = Backprop(Adam(0.05))
    run = small().fit(X, Y, epochs=60, batch=8, rule=rule, validation=0.3, early_stopping=3)
    assert run.reason == "early_stopping"
    assert run.history.ended is not None and run.history.ended.best_epoch is not None
    steps = run.history.rows[run.history.ended.best_epoch - 1]["step"]
    assert bits(run.at(steps).parameters) == bits(run.network.parameters)
    assert bits(run.at(run.history.ended.step).parameters) != bits(run.network.parameters)


def test_an_iteration_of_a_minimizer_is_reached_again(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: dict[int, dict[str, bytes]] = {}
    net = small()

    def note(event: Event) -> None:
        if isinstance(event, EpochDone):
            seen[event.step] = bits(net.parameters)

    monkeypatch.setattr("pellucid.models.recording.MOST", 0)
    run = net.fit(X, Y, epochs=12, rule=Backprop(LBFGS()), on_event=note)
    for step in (1, 5, max(seen)):
        assert bits(run.at(step).parameters) == seen[step]
    with pytest.raises(ParameterError, match=r"^LBFGS looks at all samples at several points"):
        inputs_of(run, 1)


# --- what a step read


@pytest.mark.parametrize("case", ["adam, one thread", "cosine", "pictures", "weights", "oja"])
def test_the_inputs_of_a_step_lead_to_the_next(case: str) -> None:
    make, x, y, settings = CASES[case]
    run = make().fit(x, y, epochs=3, **settings)
    recording = run.recording
    assert recording is not None
    graph = run.network.graph(step=True, rule=run.rule, batch=recording.plan.batch)
    for step in (0, 2, recording.last - 1):
        inputs = inputs_of(run, step)
        outputs = recording.executor.compile(graph).run(inputs)
        following = at(run, step + 1)._reached().carried
        for name, array in following.items():
            np.testing.assert_allclose(outputs[f"{name}'"], array, rtol=1e-4, atol=1e-6)
        assert int(inputs["time"]) == step + 1
        rows = rows_of(run, step)
        np.testing.assert_array_equal(inputs["x"], recording.data.x[rows])


def test_the_rows_of_an_epoch_are_all_rows() -> None:
    run = small().fit(X, Y, epochs=3, batch=8)
    rows = [rows_of(run, step).tolist() for step in range(8, 16)]
    assert [len(some) for some in rows] == [8] * 7 + [5]
    assert sorted(row for some in rows for row in some) == list(range(61))


def test_the_step_that_broke_can_be_looked_at() -> None:
    x = np.concatenate([X, [[1e300, 0, 0, 0, 0]]])
    net = Network([Dense(1, bias=False)], scale_inputs=False, seed=1)
    with pytest.warns(DivergenceWarning):
        run = net.fit(x, x[:, 1], epochs=3, batch=4, rule="sgd", engine=EXACT)
    last = run.at(run.history.diverged.step - 1).steps_taken  # type: ignore[union-attr]
    assert 61 in rows_of(run, last)
    assert inputs_of(run, last)["x"].max() == 1e300


# --- branches


def test_a_branch_without_settings_is_the_run() -> None:
    rule = Backprop(Adam(Cosine(0.01)))
    run = deep().fit(X, Y, epochs=6, batch=8, rule=rule)
    for step in (0, 8, 13, 47):
        other = run.branch(step)
        assert bits(other.network._reached().carried) == bits(run.network._reached().carried)
        done = step // 8
        without = [{k: v for k, v in row.items() if k != "seconds"} for row in other.history.rows]
        assert without == [
            {k: v for k, v in row.items() if k != "seconds"} for row in run.history.rows[done:]
        ]


def test_a_branch_of_a_branch_is_one_too() -> None:
    run = deep().fit(X, Y, epochs=6, batch=8)
    other = run.branch(13).branch(21)
    assert bits(other.network.parameters) == bits(run.network.parameters)
    with pytest.raises(ParameterError, match="can be seen after 13 to 48 steps, got 12"):
        run.branch(13).at(12)


def test_a_branch_has_its_own_settings_and_leaves_the_run_alone() -> None:
    run = deep().fit(X, Y, epochs=6, batch=8)
    before = bits(run.network.parameters)
    other = branch(run, 16, rule="sgd", epochs=2, batch=20, seed=9, engine="reference")
    assert [row["epoch"] for row in other.history.rows] == [3, 4]
    assert other.history.started is not None
    assert (other.history.started.batch, other.history.started.engine) == (20, "reference")
    assert other.network.steps_taken == 16 + 2 * 4
    assert bits(run.network.parameters) == before
    assert bits(other.at(16).parameters) == bits(run.at(16).parameters)


def test_a_branch_past_the_end_needs_epochs() -> None:
    run = small().fit(X, Y, epochs=2, batch=8)
    with pytest.raises(ParameterError) as caught:
        run.branch(16)
    assert str(caught.value) == (
        "The run's 2 epochs are done at this step, so none are left to go on with. Say how many, "
        "as in branch(step, epochs=10)."
    )
    assert run.branch(16, epochs=1).network.steps_taken == 24


def test_a_branch_keeps_to_the_loss() -> None:
    run = small().fit(X, Y, epochs=2, batch=8)
    with pytest.raises(ParameterError, match=r"^Oja learns another loss than the run's Backprop"):
        run.branch(3, rule=Oja())


# --- an epoch gone on with


def interrupted(step: int) -> Callable[[Event], None]:
    def note(event: Event) -> None:
        if isinstance(event, StepsDone) and event.step >= step:
            raise KeyboardInterrupt

    return note


@pytest.mark.parametrize("step", [1, 7, 8, 11, 15, 16])
def test_a_fit_goes_on_in_the_middle_of_an_epoch(
    step: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stepwise, "SECONDS_A_CALL", 1e-12)
    rule = Backprop(Adam(0.01))
    whole, halves = deep(), deep()
    run = whole.fit(X, Y, epochs=4, batch=8, rule=rule)
    first = halves.fit(X, Y, epochs=4, batch=8, rule=rule, on_event=interrupted(step))
    assert first.reason == "interrupted" and halves.steps_taken == step
    copied = pickle.loads(pickle.dumps(halves.copy()))  # noqa: S301
    for net in (halves, copied):
        rest = net.fit(X, Y, epochs=4 - step // 8, batch=8, rule=rule)
        assert bits(net._reached().carried) == bits(whole._reached().carried)
        told = [*first.history.rows, *rest.history.rows]
        assert [row["loss"] for row in told] == [row["loss"] for row in run.history.rows]


def test_other_rows_or_another_batch_begin_an_epoch_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stepwise, "SECONDS_A_CALL", 1e-12)
    for x, batch, steps in ((X, 8, 5), (X + 1, 8, 8), (X, 16, 4)):
        net = small()
        net.fit(X, Y, epochs=4, batch=8, on_event=interrupted(11))
        net.fit(x, Y, epochs=1, batch=batch)
        assert net.steps_taken == 11 + steps


def test_a_trace_is_of_the_inputs_and_the_network_of_its_step(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """What is handed on to ``pellucid.inspect.trace``."""
    given: dict[str, Any] = {}

    def trace_step(network: Network, inputs: Any, rule: Any, batch: int, *, rows: Any) -> str:
        given.update(network=network, inputs=inputs, rule=rule, batch=batch, rows=rows)
        return "a trace"

    stand_in = ModuleType("pellucid.inspect.trace")
    stand_in.trace_step = trace_step  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "pellucid.inspect.trace", stand_in)
    run = small().fit(X, Y, epochs=2, batch=8)
    assert run.trace(9) == "a trace"
    assert given["network"].steps_taken == 9
    assert (given["rule"], given["batch"]) == (run.rule, 8)
    assert bits({"params": given["inputs"]["params"]}) == bits(
        {"params": run.at(9)._reached().carried["params"]}
    )
    assert given["rows"].tolist() == rows_of(run, 9).tolist()
