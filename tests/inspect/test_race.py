"""A race: the same start, the same batches, other rules."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from pellucid import Backprop, Dense, Network
from pellucid.errors import ParameterError
from pellucid.inspect.race import race
from pellucid.inspect.replay import inputs_of
from pellucid.learn import SGD

DRAW = np.random.default_rng(4)
X = DRAW.normal(size=(60, 5))
Y = (X @ DRAW.normal(size=(5, 3))).argmax(axis=1)
SETTINGS: dict[str, Any] = {"epochs": 4, "batch": 20, "progress": False}


def test_all_begin_with_the_same_and_read_the_same() -> None:
    net = Network(hidden=[6], seed=1).build(X, Y)
    before = net.parameters["dense_1.weight"].copy()
    found = race(net, X, Y, ["sgd", "momentum", "adam"], validation=0.2, **SETTINGS)
    assert found.value == "val_loss"
    starts = [run.at(0).parameters["dense_1.weight"] for run in found.runs.values()]
    assert all(np.array_equal(start, before) for start in starts)
    for step in (0, 1, 5):
        fed = [inputs_of(run, step) for run in found.runs.values()]
        assert all(np.array_equal(one["x"], fed[0]["x"]) for one in fed)
    assert np.array_equal(net.parameters["dense_1.weight"], before)


def test_each_does_as_it_would_alone() -> None:
    found = Network(hidden=[6], seed=1).race(
        X, Y, {"fast": Backprop(SGD(0.5)), "a": "adam"}, **SETTINGS
    )
    alone = Network(hidden=[6], seed=1).fit(X, Y, rule=Backprop(SGD(0.5)), **SETTINGS)
    told = [row["loss"] for row in found.runs["fast"].history.rows]
    assert told == [row["loss"] for row in alone.history.rows]


def test_the_table_is_in_order_and_the_broken_are_last() -> None:
    slow, wild = (Backprop(SGD(rate)) for rate in (1e-4, 1e30))
    rules: dict[str, Any] = {"slow": slow, "good": "adam", "wild": wild}
    found = race(Network(hidden=[6], seed=1), X, Y, rules, **SETTINGS)
    rows = found.rows()
    assert [row["rule"] for row in rows] == ["good", "slow", "wild"]
    assert rows[-1]["ended"] == "diverged"
    assert rows[0]["loss"] == found.runs["good"].history.rows[-1]["loss"]
    assert found.text().splitlines()[0].split()[:3] == ["rule", "loss", "best"]
    assert {row["run"] for row in found.curves()} >= {"slow", "good"}
    assert len(found.plot().data) >= 2


def test_halfway_lies_between_the_worst_first_and_the_best_last_epoch() -> None:
    y = X @ np.arange(5.0)
    rules: dict[str, Any] = {"up": Backprop(SGD(1.2)), "slow": Backprop(SGD(0.003)), "good": "adam"}
    found = race(Network([Dense(1)], seed=1), X, y, rules, epochs=6, batch=20, progress=False)
    told = {name: [row["loss"] for row in run.history.rows] for name, run in found.runs.items()}
    middle = (max(own[0] for own in told.values()) + min(own[-1] for own in told.values())) / 2
    for row in found.rows():
        reached = [k + 1 for k, loss in enumerate(told[row["rule"]]) if loss <= middle]
        assert row["halfway"] == (reached[0] if reached else None)


@pytest.mark.parametrize(
    ("rules", "told"),
    [
        (["sgd"], "A race needs two rules at least, got 1."),
        ("sgd", "A race needs two rules at least, got 1."),
        (["sgd", "sgd"], "Two rules of the race are sgd."),
    ],
)
def test_what_is_refused(rules: object, told: str) -> None:
    with pytest.raises(ParameterError) as refused:
        race(Network(hidden=[6]), X, Y, rules, **SETTINGS)  # type: ignore[arg-type]
    assert str(refused.value).startswith(told)
