"""Health: sick trainings get their finding, healthy ones none; measures agree with NumPy, SciPy."""

from __future__ import annotations

import json
import pickle
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
import pytest
import scipy.linalg
import scipy.stats

from pellucid import Conv2D, Dense, Dropout, Flatten, Network, data
from pellucid.errors import ParameterError
from pellucid.inspect.health import Health, Look, look
from pellucid.inspect.health import measures as m
from pellucid.learn import SGD, Adam
from pellucid.learn.backprop import Backprop
from pellucid.learn.step import start
from pellucid.models.run import Run
from tests.inspect.sabotage import SICK, classes, fit, numbers


@dataclass(frozen=True)
class Trained:
    """A run, and the data of its first fit."""

    run: Run
    x: np.ndarray
    y: np.ndarray


@cache
def trained(name: str) -> Trained:
    """A sick training; it is only looked at, so it is done once."""
    seen: list[tuple[np.ndarray, np.ndarray]] = []
    fitted = Network.fit

    def keeping(net: Network, x: np.ndarray, y: np.ndarray, **options: object) -> object:
        seen.append((x, y))
        return fitted(net, x, y, **options)  # type: ignore[arg-type]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Network, "fit", keeping)
        run = SICK[name][0]()
    return Trained(run, *seen[0])


@pytest.mark.parametrize("name", SICK)
def test_each_sick_training_gets_its_finding_first(name: str) -> None:
    run = trained(name).run
    assert run.reason == "finished"
    health = run.health()
    assert health.findings, run.history.rows[-1]
    assert health[0].kind in SICK[name][1], health
    json.dumps(health.row(), allow_nan=False)


@pytest.mark.parametrize("name", ["iris", "wine", "digits", "xor", "moons", "diabetes"])
def test_healthy_trainings_get_no_serious_finding(name: str) -> None:
    x, y = data.load(name)
    run = Network(hidden=[32], seed=0).fit(x, y, progress=False, validation=0.2, epochs=60)
    assert [found.kind for found in run.health().told if found.severity == "serious"] == []


@pytest.mark.parametrize(
    "options",
    [
        {"rule": Backprop(SGD(0.05)), "epochs": 40},
        {"rule": "momentum", "epochs": 40, "validation": 0.2},
        {"rule": "adam", "early_stopping": 5, "validation": 0.2},
        {"rule": "lbfgs", "epochs": 30},
    ],
    ids=["sgd", "momentum", "adam", "lbfgs"],
)
@pytest.mark.parametrize("activation", ["relu", "tanh", "sigmoid"])
def test_plain_trainings_of_other_kinds_get_none_but_notes(
    options: dict[str, Any], activation: str
) -> None:
    x, y = data.load("wine")
    net = Network(hidden=[16], activation=activation, seed=1)
    assert not net.fit(x, y, progress=False, **options).health().told


CURED = (
    "dead relu start", "all weights zero", "vanishing sigmoid chain", "inputs not scaled",
    "rate too low", "rate too high", "sorted batches", "loss too small", "saturated tanh",
    "one heavy row", "one row makes the scale", "label leak", "exploding gradients",
)  # fmt: skip


@pytest.mark.parametrize("name", CURED)
def test_the_remedy_takes_the_finding_away(name: str) -> None:
    ill = trained(name)
    found = ill.run.health()[0]
    assert found.change
    again = found.apply(ill.run, ill.x, ill.y)
    assert found.kind not in [one.kind for one in again.health().serious]


# --- measures


def test_dead_units_are_those_that_give_zero_and_do_not_learn() -> None:
    x, y = classes(120)
    net = Network(hidden=[6], seed=0).build(x, y)
    bias = np.zeros(6)
    bias[[1, 4]] = -100.0
    run = fit(net.with_parameters({"dense_1.bias": bias}), x, y, epochs=1)
    assert {one.layer("dense_1").dead for one in run.health().looks} == {(1, 4)}


def test_dead_channels_of_a_convolution() -> None:
    random = np.random.default_rng(0)
    x, y = random.normal(size=(40, 1, 6, 6)), np.arange(40) % 2
    net = Network([Conv2D(3, 3, activation="relu"), Flatten(), Dense()], seed=0).build(x, y)
    net = net.with_parameters({"conv2d_1.bias": np.array([0.0, -100.0, 0.0])})
    run = fit(net, x, y, epochs=1)
    assert run.health().looks[0].layer("conv2d_1").dead == (1,)


@pytest.mark.parametrize("shape", [(40, 7), (12, 30), (128, 128)])
def test_effective_rank_is_that_of_scipys_singular_values(shape: tuple[int, int]) -> None:
    values = np.random.default_rng(0).normal(size=shape) * np.arange(1.0, shape[1] + 1)
    s = scipy.linalg.svdvals(values - values.mean(axis=0))
    wanted = np.exp(scipy.stats.entropy(s / s.sum()))
    assert m.effective_rank(values) == pytest.approx(wanted, rel=1e-5)


def test_effective_rank_of_equal_rows_is_0_and_of_one_direction_is_1() -> None:
    assert m.effective_rank(np.ones((10, 4))) == 0.0
    assert m.effective_rank(np.outer(np.arange(10.0), np.ones(4))) == pytest.approx(1.0)


def test_lengths_do_not_overflow() -> None:
    values = np.random.default_rng(0).normal(size=100)
    assert m.length(values * 1e300) == pytest.approx(np.linalg.norm(values) * 1e300)
    assert m.root_mean_square(values) == pytest.approx(np.sqrt(np.mean(values**2)))
    assert m.root_mean_square(np.zeros(0)) == 0.0


def test_histograms_are_numpys() -> None:
    values = np.random.default_rng(0).normal(size=500)
    counts, edges = np.histogram(values, 20)
    found = m.Histogram.of(values)
    assert found.counts == tuple(counts.tolist()) and found.edges == tuple(edges.tolist())
    assert m.Histogram.of(np.array([np.nan, np.inf])).counts == ()


def test_saturated_units_are_at_an_end_for_95_of_100_rows() -> None:
    values = np.full((100, 3), 0.5)
    values[:95, 1], values[:94, 2] = 0.999, 0.001
    assert m.saturated_units(values, "sigmoid").tolist() == [False, True, False]


def test_a_look_measures_what_numpy_and_the_chain_rule_do() -> None:
    x, y = classes(64)
    net = Network([Dense(5, activation="tanh"), Dense()], seed=0).build(x, y)
    task, codec, _ = net._parts()
    rule = Backprop(SGD(0.1))
    inputs = start(task, rule, 0) | {
        "x": codec.encode(x), "y": y.astype(np.int64), "weight": np.ones(64),
        "rate": np.array(0.1), "time": np.array(1.0), "key": np.array([0, 0]),
    }  # fmt: skip
    found = look(task, rule, inputs, 0)
    w = task.architecture.learned.views(inputs["params"])
    h = np.tanh(inputs["x"] @ w["dense_1.weight"] + w["dense_1.bias"])
    z = h @ w["dense_2.weight"] + w["dense_2.bias"]
    p = np.exp(z) / np.exp(z).sum(axis=1, keepdims=True)
    error = (p - np.eye(2)[y]) / 64
    outer = h.T @ error
    inner = inputs["x"].T @ (error @ w["dense_2.weight"].T * (1 - h * h))
    first, last = found.layer("dense_1"), found.layer("dense_2")
    assert last.gradient == pytest.approx(np.linalg.norm(outer), rel=1e-6)
    assert first.gradient == pytest.approx(np.linalg.norm(inner), rel=1e-6)
    assert first.update == pytest.approx(0.1 * np.linalg.norm(inner), rel=1e-6)
    wanted = 0.1 * np.linalg.norm(inner) / np.linalg.norm(w["dense_1.weight"])
    assert first.ratio == pytest.approx(wanted, rel=1e-6)
    assert first.size == pytest.approx(np.sqrt(np.mean(h * h)), rel=1e-6)
    assert [first.low, first.high] == pytest.approx([h.min(), h.max()])
    assert last.signal == pytest.approx(np.sqrt(np.mean(np.sum((64 * error) ** 2, 1))), rel=1e-6)
    assert found.loss == pytest.approx(-np.log(p[np.arange(64), y]).mean(), rel=1e-6)


# --- while it learns


def test_health_while_learning_keeps_to_its_share_of_the_time() -> None:
    x, y = data.load("digits")
    told: list[Look] = []
    settings = Health(looks=5, share=0.5, on_look=told.append)
    net = Network(hidden=[64], seed=0)
    run = net.fit(x, y, progress=False, health=settings)
    assert run.watching.looks == told and 1 <= len(told) <= 5
    assert run.watching.seconds <= 0.75 * run.seconds + 0.2
    health = run.health()
    assert health.watched == len(told)
    assert [one.step for one in health.looks] == sorted({one.step for one in health.looks})


def test_looking_changes_no_bit_of_what_is_learned() -> None:
    x, y = data.load("iris")
    plain, watched = Network(hidden=[8], seed=0), Network(hidden=[8], seed=0)
    plain.fit(x, y, epochs=20, progress=False)
    watched.fit(x, y, epochs=20, progress=False, health=Health(share=1.0))
    for name, value in plain.parameters.items():
        assert np.array_equal(value, watched.parameters[name])


def test_a_look_while_learning_is_the_look_by_replay() -> None:
    x, y = data.load("digits")
    net = Network([Dense(16, activation="relu"), Dropout(0.3), Dense()], seed=0)
    run = net.fit(x, y, epochs=20, progress=False, health=Health(share=1.0, looks=4))
    assert run.watching.looks
    one = run.watching.looks[0]
    state = run.at(one.step)._state
    taken = dict(state.carried) | {"rate": np.array(one.rate), "time": np.array(one.step + 1.0)}
    from pellucid.inspect.health.survey import sample_of

    assert run.recording is not None
    sample = sample_of(run.recording.data, 128) | {"key": np.array([0, one.step])}
    again = look(run.network._parts()[0], run.rule, taken | sample, one.step)
    assert again.layers == one.layers


def test_a_watched_run_can_be_pickled() -> None:
    x, y = data.load("iris")
    run = Network(hidden=[4], seed=0).fit(x, y, epochs=2, progress=False, health=True)
    assert len(pickle.loads(pickle.dumps(run)).history) == 2  # noqa: S301


def test_health_of_what_is_none_is_refused_before_anything_is_learned() -> None:
    x, y = data.load("iris")
    net = Network(hidden=[4], seed=0)
    with pytest.raises(ParameterError) as error:
        net.fit(x, y, health="yes")
    assert str(error.value) == (
        "fit expects health to be True or Health(...), got 'yes'. Health is in "
        "pellucid.inspect.health."
    )
    assert net._task is None


@pytest.mark.parametrize("rule", ["lbfgs", Backprop(Adam(0.01), l2=0.01, clip_norm=1.0)])
def test_health_of_any_rule(rule: object) -> None:
    x, y = numbers(100)
    run = fit(Network(hidden=[6], seed=0), x, y, epochs=12, rule=rule)
    assert not run.health().serious


def test_health_of_a_run_out_of_a_pickle_goes_by_its_history() -> None:
    run = SICK["overfitting"][0]()
    run.recording = None
    health = run.health()
    assert not health.looks and [one.kind for one in health] == ["overfitting"]


def test_a_branch_takes_what_of_the_remedy_it_can() -> None:
    run = SICK["rate too low"][0]()
    found = run.health()[0]
    again = run.branch(0, **found.settings(run))
    fell, falls = (one.history.column("loss") for one in (run, again))
    assert falls[0] - falls[-1] > 50 * (fell[0] - fell[-1])
