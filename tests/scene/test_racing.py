"""Races on a bench: the same as ``Network.race``, and the bench stays where it is."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from pellucid.errors import ParameterError
from pellucid.learn import SGD, Adam, Backprop, Oja
from pellucid.nn.dense import Dense
from pellucid.scene.bench import Bench
from pellucid.scene.racing import last_race, last_start, raced, ready_to_race
from pellucid.scene.scene import Scene
from pellucid.scene.source import Sample

MOONS = Scene(Sample("moons"), hidden=(Dense(4, "tanh"),), rule=Backprop(Adam(0.05)), batch=20)
RULES = {"a": Backprop(SGD(0.1)), "b": Backprop(Adam(0.1))}


def test_it_is_the_race_of_the_library_from_the_same_start() -> None:
    bench = Bench(MOONS)
    found = raced(bench, RULES, 4)
    data = bench.data
    alone = MOONS.network().race(data.x, data.y, RULES, epochs=4, batch=20)
    ours, theirs = ([row["loss"] for row in race.curves()] for race in (found, alone))
    assert ours == pytest.approx(theirs, rel=1e-6) and len(ours) == 8
    assert last_race(bench) is found and last_race(Bench(MOONS)) is None


def test_a_race_is_of_the_data_and_layers_that_it_ran_on() -> None:
    bench = Bench(MOONS)
    bench.learn(7)
    found = raced(bench, RULES, 1)
    bench.learn(5)
    bench.change(rule=Backprop(SGD(0.2)))
    assert last_race(bench) is found and last_start(bench) == 7
    changes = ({"source": Sample("iris")}, {"hidden": (Dense(2, "tanh"),)}, {"seed": 3},
               {"validation": 0.5})  # fmt: skip
    for change in changes:
        bench.change(**change)
        assert last_race(bench) is None and last_start(bench) is None
        bench.undo()
        assert last_race(bench) is found
    bench.relabel(0, str(1 - int(bench.data.y[0])))
    assert last_race(bench) is None
    bench.undo()
    bench.restart()
    assert last_race(bench) is found and last_start(bench) == 7


def test_a_race_that_ends_when_the_data_are_others_is_of_those_before() -> None:
    bench = Bench(MOONS)
    run = ready_to_race(bench, RULES, 1)
    bench.change(source=Sample("iris"))
    found = run()
    assert last_race(bench) is None
    bench.undo()
    assert last_race(bench) is found


def test_the_bench_learns_nothing_and_goes_on_as_if_nothing_had_been() -> None:
    bench, other = Bench(MOONS), Bench(MOONS)
    bench.learn(15)
    other.learn(15)
    before = {name: value.copy() for name, value in bench.network.parameters.items()}
    raced(bench, RULES, 3)
    assert bench.step == 15
    for name, value in bench.network.parameters.items():
        np.testing.assert_array_equal(value, before[name])
    bench.learn(10)
    other.learn(10)
    for name, value in bench.network.parameters.items():
        np.testing.assert_array_equal(value, other.network.parameters[name])


def test_all_begin_where_the_network_is_and_none_with_an_optimizer_s_memory() -> None:
    """The bench has learned by Adam; a runner with the same Adam begins with empty slots."""
    bench = Bench(MOONS)
    bench.learn(15)
    found = raced(bench, {"same": MOONS.rule, "other": Backprop(SGD(0.1))}, 1)
    fresh = bench.network.copy()
    fresh._rule = None
    bare = MOONS.network().build(bench.data.x, bench.data.y)
    bare = bare.with_parameters(dict(fresh.parameters.items()))
    run = bare.fit(bench.data.x, bench.data.y, rule=MOONS.rule, epochs=1, batch=20, progress=False)
    assert found.runs["same"].history.rows[0]["epoch"] >= 1
    assert found.runs["same"].history.rows[-1]["loss"] == pytest.approx(
        run.history.rows[-1]["loss"], rel=0.2
    )


def test_rows_held_out_are_the_judges() -> None:
    found = raced(Bench(replace(MOONS, validation=0.25)), RULES, 3)
    assert found.value == "val_loss"
    assert all(row["val_loss"] is not None for row in found.rows())


@pytest.mark.parametrize(
    ("rules", "message"),
    [
        (
            {str(k): Backprop(SGD(0.1)) for k in range(9)},
            "At most 8 rules race at a time, got 9. Leave some out.",
        ),
        (
            {"oja": Oja(), "sgd": Backprop(SGD(0.1))},
            "A race is of rules that learn from targets. Leave the others out.",
        ),
        (
            {"sgd": Backprop(SGD(0.1))},
            "A race needs two rules at least, got 1. Give a list such as ['sgd', 'momentum', "
            "'adam'], or a mapping from names to rules.",
        ),
    ],
)
def test_what_is_no_race(rules: dict[str, object], message: str) -> None:
    with pytest.raises(ParameterError) as caught:
        raced(Bench(MOONS), rules, 2)  # type: ignore[arg-type]
    assert str(caught.value) == message
