"""The bench: every way to a step leads to the same numbers, and every change can be taken back."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from pellucid import Dense, step
from pellucid.errors import DataError, ParameterError, UnknownNameError
from pellucid.learn import LBFGS, SGD, Adam, Backprop, Cosine, Delta, Hebb, Oja, Perceptron
from pellucid.nn import Conv2D, Dropout, Flatten, MaxPool2D, Reshape
from pellucid.scene.acts import Edit
from pellucid.scene.bench import Bench
from pellucid.scene.scene import Scene, scene_from_record, scene_to_record
from pellucid.scene.source import Points, Sample

MOONS = Scene(hidden=(Dense(4, activation="tanh"),), validation=0.2, epochs=20)


def params(bench: Bench) -> Any:
    return bench.network.architecture.learned, np.array(bench.network._reached().carried["params"])


def same(one: Bench, other: Bench) -> bool:
    return bool((params(one)[1] == params(other)[1]).all())


def test_single_steps_are_those_of_a_whole_run() -> None:
    slow, quick = Bench(MOONS), Bench(MOONS)
    for _ in range(13):
        assert slow.advance(1) == 1
    quick.learn(13)
    assert same(slow, quick)
    assert slow.step == quick.step == 13


def test_it_learns_as_fit_does() -> None:
    bench = Bench(MOONS)
    bench.to_end()
    net = MOONS.network()
    run = net.fit(
        bench.data.x, bench.data.y, epochs=20, rule=MOONS.rule, validation=0.2, progress=False
    )
    assert (np.asarray(net._reached().carried["params"]) == params(bench)[1]).all()
    assert bench.step == run.history.rows[-1]["step"]
    assert bench.is_over
    assert bench.scores()["val_accuracy"] == run.history.rows[-1]["val_accuracy"]


@pytest.mark.parametrize(
    "scene",
    [
        MOONS,
        Scene(hidden=(Dense(5), Dropout(0.3)), rule=Backprop(SGD(0.1, momentum=0.9)), epochs=9),
        Scene(hidden=(Dense(3),), rule=Backprop(Adam(Cosine(0.02)), l2=0.01), batch=7, epochs=4),
        Scene(hidden=(Dense(3, activation="tanh"),), rule=Backprop(LBFGS(), l2=0.01), epochs=40),
        Scene(
            Sample("and"), output=Dense(1, activation=step(0.5)), rule=Perceptron(0.1),
            scale=False, epochs=8,
        ),
        Scene(Sample("line"), output=Dense(1), rule=Delta(0.05), epochs=40),
        Scene(Sample("iris"), output=Dense(2), rule=Oja(0.01), epochs=3),
        Scene(Sample("iris"), output=Dense(2), rule=Hebb(0.0001), epochs=3),
    ],
)  # fmt: skip
def test_any_step_is_reached_again_and_gone_on_from(scene: Scene) -> None:
    bench, straight = Bench(scene), Bench(scene)
    straight.learn(6)
    six = params(straight)[1]
    straight.learn(5)
    bench.learn(11)
    assert same(bench, straight)
    bench.seek(6)
    assert (params(bench)[1] == six).all()
    bench.learn(5)  # the same way again
    assert same(bench, straight)
    assert bench.last == straight.last == 11
    bench.learn(3)
    straight.learn(3)
    assert same(bench, straight)


def busy() -> Bench:
    bench = Bench(MOONS)
    bench.learn(20)
    bench.seek(7)
    bench.edit("dense_1.weight", (0, 1), 2.5)
    bench.learn(4)
    bench.knock("dense_1", 2)
    bench.learn(3)
    bench.change(rule=Backprop(SGD(0.2)))
    bench.learn(5)
    bench.relabel(3, "1")
    bench.learn(6)
    bench.edit("dense_2.bias", (0,), 1.0)
    return bench


def test_a_scene_with_its_acts_opens_again_to_the_bit() -> None:
    bench = busy()
    told: Any = scene_from_record(scene_to_record(bench.played()))
    again = Bench(told)
    assert same(bench, again)
    assert again.step == bench.step == 25
    assert str(again.data.y[3]) == "1"
    assert scene_to_record(again.played()) == scene_to_record(bench.played())


def test_everything_can_be_taken_back_and_done_again() -> None:
    bench = busy()
    after = params(bench)[1].copy()
    undone = []
    while bench.undoable:
        undone.append(bench.undoable)
        assert bench.undo()
    assert not bench.undo()
    assert undone == [
        "edit of dense_2.bias", "label of row 3", "settings", "dense_1 unit 2 knocked out",
        "branch", "edit of dense_1.weight",
    ]  # fmt: skip
    assert (bench.step, bench.last) == (7, 20)
    while bench.redo():
        pass
    assert (params(bench)[1] == after).all()
    bench.learn(2)
    again = busy()
    again.learn(2)
    assert same(bench, again)


def test_an_edit_that_goes_on_is_one_edit() -> None:
    bench = Bench(MOONS)
    for value in (0.1, 0.2, 0.3):
        bench.edit("dense_1.bias", (0,), value)
    assert bench.network.parameters["dense_1.bias"][0] == pytest.approx(0.3)
    assert len(bench.played().acts) == 1
    bench.undo()
    assert bench.network.parameters["dense_1.bias"][0] == 0
    assert bench.undoable is None


def dragged(bench: Bench, gesture: int | None, values: Any) -> None:
    for value in values:
        bench.edit("dense_1.weight", (0, 0), value, gesture)
        bench.edit("dense_1.bias", (0,), -value, gesture)


def test_a_gesture_that_moves_two_weights_is_one_edit() -> None:
    bench = Bench(MOONS)
    start = params(bench)[1]
    dragged(bench, 1, np.linspace(0, 1, 120))
    assert bench.played().acts == (
        Edit("dense_1.weight", (0, 0), 1.0), Edit("dense_1.bias", (0,), -1.0)
    )  # fmt: skip
    assert same(bench, Bench(bench.played()))
    bench.undo()
    assert (params(bench)[1] == start).all()
    assert bench.undoable is None
    bench.redo()
    assert bench.network.parameters["dense_1.bias"][0] == -1


def test_another_gesture_is_another_edit() -> None:
    bench = Bench(MOONS)
    dragged(bench, 1, (0.1, 0.2))
    dragged(bench, 2, (0.3, 0.4))
    assert len(bench.played().acts) == 4
    bench.undo()
    assert bench.network.parameters["dense_1.bias"][0] == pytest.approx(-0.2)
    dragged(bench, 1, (0.5,))  # after undoing it is a new one
    bench.undo()
    assert bench.network.parameters["dense_1.bias"][0] == pytest.approx(-0.2)
    bench.undo()
    assert bench.undoable is None


def test_a_gesture_while_the_network_learns_is_one_edit() -> None:
    bench = Bench(MOONS)
    bench.learn(3)
    bench.knock("dense_1", 1)
    before = params(bench)[1]
    for value in (0.1, 0.2, 0.3):
        dragged(bench, 7, (value, value))
        bench.learn(2)
    assert [type(act).__name__ for act in bench.played().acts[5:]] == ["Edit", "Edit", "Learn"] * 2
    assert bench.step == 9
    assert same(bench, Bench(bench.played()))
    bench.undo()
    assert (params(bench)[1] == before).all()
    assert bench.step == 3


def test_a_knocked_out_unit_is_heard_by_nobody() -> None:
    bench = Bench(MOONS)
    bench.knock("dense_1", 1)
    before = bench.outputs(bench.data.x)["dense_2"]
    bench.edit("dense_1.weight", (0, 1), 9.0)
    assert (bench.outputs(bench.data.x)["dense_2"] == before).all()
    with pytest.raises(ParameterError, match=r"dense_2 is the last layer that weighs anything"):
        bench.knock("dense_2", 0)


def test_a_channel_is_knocked_out_behind_pooling_and_flattening() -> None:
    layers = (Reshape((1, 8, 8)), Conv2D(3, 3), MaxPool2D(2), Conv2D(4, 3), Flatten())
    bench = Bench(Scene(Sample("digits"), hidden=layers))
    for layer, unit, entry in (("conv2d_1", 1, "conv2d_1.bias"), ("conv2d_2", 2, "conv2d_2.bias")):
        bench.knock(layer, unit)
        x = bench.data.x[:4]
        before = bench.outputs(x)["dense_1"]
        bench.edit(entry, (unit,), 5.0)
        assert (bench.outputs(x)["dense_1"] == before).all()


def test_what_each_layer_gives_is_what_the_reference_gives() -> None:
    from pellucid.inspect.views.layers import layer_outputs

    bench = busy()
    found = bench.outputs(bench.data.x[:9])
    wanted = layer_outputs(bench.network, bench.data.x[:9])
    assert set(found) == set(wanted)
    for name, values in wanted.items():
        np.testing.assert_allclose(found[name], values, rtol=2e-5, atol=2e-6)


def test_a_new_network_is_a_new_start_and_can_be_undone() -> None:
    bench = Bench(MOONS)
    bench.learn(5)
    before = params(bench)[1].copy()
    bench.change(hidden=(Dense(6),))
    assert bench.step == 0
    assert bench.network.parameters["dense_1.weight"].shape == (2, 6)
    bench.undo()
    assert bench.step == 5
    assert (params(bench)[1] == before).all()
    with pytest.raises(UnknownNameError):
        bench.change(source=Sample("moon"))
    assert (params(bench)[1] == before).all()


def test_restart_is_the_same_start() -> None:
    bench = Bench(MOONS)
    before = params(bench)[1].copy()
    bench.learn(5)
    bench.restart()
    assert bench.step == bench.last == 0
    assert (params(bench)[1] == before).all()


def test_learning_that_breaks_off_says_why_and_keeps_the_last_good_numbers() -> None:
    bench = Bench(Scene(Sample("line"), rule=Backprop(SGD(1e6)), epochs=50, scale=False))
    bench.to_end()
    assert bench.problem is not None
    assert "A smaller learning rate" in bench.problem
    assert np.isfinite(params(bench)[1]).all()
    assert bench.advance() == 0
    bench.change(rule=Backprop(SGD(1e-4)))
    assert not bench.is_over
    bench.restart()
    bench.learn(30)
    assert bench.step == 30


def test_memory_stays_within_bounds_through_branch_after_branch(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("pellucid.scene.room.MOST_BYTES", 200_000)
    monkeypatch.setattr("pellucid.scene.room.LEAST_BYTES", 5_000)
    bench = Bench(Scene(hidden=(Dense(16),), epochs=10_000))
    for k in range(60):
        bench.learn(40)
        bench.seek(bench.step - 5)
        bench.edit("dense_1.bias", (0,), k / 60)
    works = {id(s.work): s.work for m in (*bench._past.before, bench._now) for s in m.stretches}
    assert sum(work.nbytes for work in works.values()) < 600_000
    bench.seek(17)
    straight = Bench(Scene(hidden=(Dense(16),), epochs=10_000))
    straight.learn(17)
    assert same(bench, straight)


def test_edits_of_large_networks_are_kept_within_bounds(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pellucid.scene.room.MOST_TOUCHED", 100_000)
    bench = Bench(Scene(hidden=(Dense(1000),)))
    each = bench.network._vectors()[0].nbytes
    for k in range(40):
        bench.edit("dense_1.bias", (k,), 1.0)
    assert each > 10_000 and 10 <= len(bench._past.before) <= 100_000 / each + 10
    small = Bench(MOONS)
    for k in range(40):
        small.edit("dense_1.bias", (k % 4,), 0.1 * k)
    assert len(small._past.before) == 40
    while bench.undo():
        pass
    assert (bench.network.parameters["dense_1.bias"][:40] == 1).sum() in range(20, 31)


def test_a_stretch_that_was_left_holds_little_but_its_states() -> None:
    import gc
    import tracemalloc

    bench = Bench(Scene(Sample("digits"), hidden=(Dense(32),), epochs=10_000))
    bench.learn(500)
    bench.edit("dense_1.bias", (0,), 0.0)
    bench.learn(500)
    gc.collect()
    tracemalloc.start()
    count = 8
    for k in range(count):
        bench.edit("dense_1.bias", (0,), 1.0 + k)
        for _ in range(5):
            bench.advance()
    gc.collect()
    held = tracemalloc.get_traced_memory()[0]
    tracemalloc.stop()
    works = list({id(s.work): s.work for s in bench._now.stretches[-count:]}.values())
    assert len(works) == count
    assert held - sum(work.nbytes for work in works) < 40_000 * count


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        ((), "The scene has 0 points; it takes 1 to 10,000. Draw some, or upload a table"),
        (((0.0, 1.0),), "A point of the scene is 3 finite numbers: x1, x2 and what it is."),
        (((0.0, float("inf"), 1.0),), "A point of the scene is 3 finite numbers"),
        (((0.0, 1.0, 2.0),), "The class of a point is a place from 0 to 1: 0, 1."),
    ],
)
def test_points_that_are_none(rows: Any, message: str) -> None:
    with pytest.raises(DataError, match=message.split("(")[0][:60]):
        Points(rows).open(None)


def test_places_that_are_not_there() -> None:
    bench = Bench(MOONS)
    with pytest.raises(UnknownNameError, match=r"dense_1\.weight"):
        bench.edit("dense_1.weigth", (0, 0), 1.0)
    with pytest.raises(ParameterError, match=r"dense_1.weight is \[2, 4\] finite numbers"):
        bench.edit("dense_1.weight", (2, 0), 1.0)
    with pytest.raises(ParameterError, match=r"Steps 0 to 0 can be seen, got 3"):
        bench.seek(3)
    with pytest.raises(DataError, match=r"The data have rows 0 to \d+, got 10000"):
        bench.choose(10_000)
    assert bench.undoable is None


def test_edits_of_one_step_are_one_branch() -> None:
    bench, other = Bench(MOONS), Bench(MOONS)
    for one in (bench, other):
        one.learn(6)
    for value in range(20):
        bench.seek(3)
        bench.edit("dense_1.bias", (value % 2,), float(value))
        bench.learn(5)
    assert len(bench._now.stretches) == 2
    edits = [act for act in bench.played().acts if isinstance(act, Edit)]
    assert [(act.place, act.value) for act in edits] == [((0,), 18.0), ((1,), 19.0)]
    other.seek(3)
    for act in edits:
        other.edit(act.parameter, act.place, act.value)
    other.learn(5)
    assert same(bench, other)
    opened = Bench(bench.played())
    assert same(bench, opened)
    while bench.undoable:
        bench.undo()
    bench.seek(3)
    plain = Bench(MOONS)
    plain.learn(3)
    assert same(bench, plain)
