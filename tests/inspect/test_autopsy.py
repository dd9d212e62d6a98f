"""The autopsy: each sabotaged training gets its cause, and the first value that broke is named."""

from __future__ import annotations

import json

import numpy as np
import pytest

from pellucid import Dense, Network
from pellucid.errors import ParameterError
from pellucid.learn import SGD
from pellucid.learn.backprop import Backprop
from pellucid.learn.step import step_graph
from pellucid.run.reference import ReferenceExecutor
from tests.inspect.sabotage import BROKEN, Make, fit, numbers


@pytest.mark.parametrize(("make", "kind"), list(BROKEN.values()), ids=list(BROKEN))
def test_each_broken_training_gets_its_cause(make: Make, kind: str) -> None:
    run = make()
    assert run.reason == "diverged"
    autopsy = run.autopsy()
    assert autopsy.cause.kind == kind, autopsy
    assert autopsy.cause.severity == "serious"
    assert autopsy.cause.evidence and autopsy.cause.remedy
    json.dumps(autopsy.record(), allow_nan=False)
    assert autopsy.text().startswith(f"The training broke at step {autopsy.step:,} ")


CURED = (
    "rate 1e4", "rate with momentum", "rate with counts", "huge value in row 317",
    "exploding chain", "loss out of scale", "inputs not scaled", "float32 overflow",
)  # fmt: skip


@pytest.mark.parametrize("name", CURED)
def test_the_remedy_cures(name: str) -> None:
    make, _ = BROKEN[name]
    seen: dict[str, np.ndarray] = {}
    fitted = Network.fit

    def keeping(net: Network, x: np.ndarray, y: np.ndarray, **options: object) -> object:
        seen.setdefault("x", x)
        seen.setdefault("y", y)
        return fitted(net, x, y, **options)  # type: ignore[arg-type]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Network, "fit", keeping)
        run = make()
    autopsy = run.autopsy()
    assert autopsy.cause.change
    again = autopsy.cause.apply(run, seen["x"], seen["y"])
    assert again.reason == "finished"
    assert np.isfinite(again.history.column("loss")).all()


def test_the_first_broken_value_is_the_one_that_numpy_finds() -> None:
    run = BROKEN["overflow of exp"][0]()
    autopsy = run.autopsy()
    scene = autopsy.scene
    assert scene is not None and scene.operation == "exp" and scene.layer == "dense_1"
    from pellucid.inspect import replay

    inputs = replay.inputs_of(run, autopsy.step - 1)
    weights = run.network.architecture.learned.views(inputs["params"].astype(float))
    z = inputs["x"] @ weights["dense_1.weight"] + weights["dense_1.bias"]
    with np.errstate(over="ignore"):
        broken = ~np.isfinite(np.exp(400.0 * z * z))
    assert scene.place == tuple(int(axis[0]) for axis in np.nonzero(broken))
    assert scene.operands[0].value == pytest.approx(400.0 * z[scene.place] ** 2, rel=1e-6)
    rows = replay.rows_of(run, autopsy.step - 1)
    assert autopsy.row == rows[scene.place[0]]


def test_what_it_was_five_steps_earlier_is_the_same_node_with_those_weights() -> None:
    run = BROKEN["rate with momentum"][0]()
    autopsy = run.autopsy()
    assert autopsy.scene is not None and autopsy.step - 1 - autopsy.before_step == 5
    from pellucid.inspect import replay

    last = autopsy.step - 1
    state = replay.at(run, autopsy.before_step)._state
    assert state is not None
    graph = step_graph(run.network._parts()[0], run.rule, run.settings.plan.batch)
    program = ReferenceExecutor("float64").compile(graph)
    values = {n.id: v for n, v in program.watch(replay.inputs_of(run, last) | state.carried)}
    assert autopsy.before == values[autopsy.scene.node][autopsy.scene.place]


def test_the_row_is_that_of_the_users_data_where_some_are_held_out() -> None:
    x, y = numbers(400)
    x[317, 2] = 1e30
    net = Network(hidden=[8], scale_inputs=False, seed=2)
    run = fit(net, x, y, rule=Backprop(SGD(0.01)), epochs=5, validation=0.2)
    if run.reason != "diverged":
        pytest.fail("row 317 was held out; take another seed")
    cause = run.autopsy().cause
    assert (cause.kind, cause.rows, cause.columns) == ("bad_row", (317,), ("x3",))


def test_a_run_that_did_not_break_has_no_autopsy() -> None:
    x, y = numbers(60)
    run = fit(Network(hidden=[4], seed=0), x, y, epochs=1)
    with pytest.raises(ParameterError) as error:
        run.autopsy()
    assert str(error.value) == (
        "An autopsy is for a run that diverged, and this one did not: it ended (finished). "
        "run.health() looks for what else may be amiss."
    )


def test_a_run_without_a_recording_says_so() -> None:
    run = BROKEN["rate 1e4"][0]()
    run.recording = None
    with pytest.raises(ParameterError, match="has no recording"):
        run.autopsy()


def test_a_minimizer_that_breaks_is_told_as_well() -> None:
    x, y = numbers(60)

    def loss(output: object, target: object) -> object:
        from pellucid.ops import log, mean

        return mean(log(output) + target * 0.0, 1)  # type: ignore[operator]

    net = Network([Dense(4, activation="tanh"), Dense(1)], loss=loss, seed=0)  # type: ignore[arg-type]
    run = fit(net, x, y, rule="lbfgs", epochs=3)
    assert run.autopsy().cause.kind == "log_of_negative"
