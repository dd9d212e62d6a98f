"""The course of the weights, against the bench sought step by step."""

from __future__ import annotations

from typing import Any

import numpy as np

from pellucid.learn.local import Hebb
from pellucid.lessons.hebb import STORM
from pellucid.nn.dense import Dense
from pellucid.scene.bench import Bench
from pellucid.scene.course import MOST_STEPS, course, places
from pellucid.scene.scene import Scene
from pellucid.scene.source import Sample


def drawn(bench: Bench) -> dict[str, Any]:
    found = course(bench)
    assert found is not None
    return found


def sought(bench: Bench, steps: Any) -> np.ndarray[Any, Any]:
    """The same numbers, each step gone to and read from the network."""
    here, rows = bench.step, []
    for step in steps:
        bench.seek(int(step))
        rows.append(np.concatenate([v.ravel() for v in bench.network.parameters.values()]))
    bench.seek(here)
    return np.array(rows)


def test_it_is_what_each_step_shows() -> None:
    bench = Bench(Scene(source=Sample("xor"), hidden=(Dense(2, activation="tanh"),), epochs=300))
    bench.learn(300)
    found = drawn(bench)
    assert found["steps"][0] == 0 and found["steps"][-1] == 300
    assert len(found["steps"]) <= MOST_STEPS
    assert np.array_equal(found["values"], sought(bench, found["steps"]))
    assert np.array_equal(found["now"], found["values"][-1])


def test_after_going_back_and_on_another_way_it_is_that_of_the_new_way() -> None:
    bench = Bench(STORM)
    bench.learn(20)
    before = drawn(bench)
    bench.seek(10)
    assert np.array_equal(drawn(bench)["values"], before["values"])
    assert np.array_equal(drawn(bench)["now"], before["values"][10])
    bench.edit("dense_1.weight", (3, 0), 2.0)
    assert np.array_equal(drawn(bench)["values"], before["values"])
    assert drawn(bench)["now"][3] == 2.0
    bench.learn(10)
    after = drawn(bench)
    assert np.array_equal(after["values"][:10], before["values"][:10])
    assert after["values"][10, 3] == 2.0
    assert not np.allclose(after["values"][20], before["values"][20])
    assert np.array_equal(after["values"], sought(bench, after["steps"]))
    assert bench.undo() and bench.undo()
    assert np.array_equal(drawn(bench)["values"], before["values"])


def test_before_learning_it_is_one_point_with_what_was_written() -> None:
    bench = Bench(STORM)
    bench.edit("dense_1.weight", (0, 0), -0.5)
    found = drawn(bench)
    assert found["steps"].tolist() == [0] and found["values"][0, 0] == -0.5
    bench.learn(3)
    assert drawn(bench)["values"][0, 0] == -0.5
    bench.change(rule=Hebb(0.5))
    bench.learn(3)
    assert np.array_equal(drawn(bench)["values"], sought(bench, range(7)))


def test_a_large_network_has_none() -> None:
    assert course(Bench(Scene(hidden=(Dense(4),)))) is None


def test_steps_stay_while_learning_goes_on() -> None:
    for last in (0, 1, 62, 63, 64, 1000, 99_999):
        found = places(0, last)
        assert found[0] == 0 and found[-1] == last and len(found) <= MOST_STEPS
        more = places(0, last + 1)
        assert set(more) - {last + 1} <= set(found)
