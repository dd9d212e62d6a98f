"""Random histories: nothing in the past changes, and a scene played again gives the same bits."""

from __future__ import annotations

import random
from typing import Any

import numpy as np
import pytest

from pellucid.errors import PellucidError
from pellucid.learn import SGD, Adam, Backprop
from pellucid.learn.schedules import Cosine
from pellucid.nn import BatchNorm, Dense
from pellucid.scene.bench import Bench
from pellucid.scene.moment import Moment
from pellucid.scene.scene import Scene, scene_from_record, scene_to_record

RULES = (Backprop(SGD(Cosine(0.1))), Backprop(Adam(0.01)), Backprop(SGD(0.1, momentum=0.9)))


def bits(moment: Moment) -> tuple[object, ...]:
    """The network's numbers at a moment, and when that is."""
    state = moment.state
    return (
        moment.step, state.step, *(state.carried[name].tobytes() for name in ("params", "state"))
    )  # fmt: skip


def move(bench: Bench, draw: random.Random) -> None:
    """Do something that a learner may do."""
    does: dict[str, Any] = {
        "learn": lambda: bench.learn(draw.randint(1, 30)),
        "advance": bench.advance,
        "epoch": bench.learn_epochs,
        "more": bench.more,
        "edit": lambda: bench.edit("dense_1.weight", (0, draw.randrange(3)), draw.uniform(-1, 1)),
        "pull": lambda: bench.edit("dense_1.weight", (1, 0), draw.uniform(-1, 1), gesture=1),
        "knock": lambda: bench.knock("dense_1", draw.randrange(3)),
        "relabel": lambda: bench.relabel(draw.randrange(20), draw.choice("01")),
        "rule": lambda: bench.change(rule=draw.choice(RULES)),
        "batch": lambda: bench.change(batch=draw.choice([16, 32])),
        "epochs": lambda: bench.change(epochs=draw.choice([2, 50])),
        "seek": lambda: bench.seek(draw.randint(bench.first, bench.last)),
        "restart": bench.restart,
        "undo": bench.undo,
        "redo": bench.redo,
    }
    often = {"learn": 2, "undo": 2, "seek": 2}
    does[draw.choice([name for name in does for _ in range(often.get(name, 1))])]()


@pytest.mark.parametrize("seed", range(24))
def test_the_past_stays_and_what_was_played_gives_the_same_bits(seed: int) -> None:
    draw = random.Random(seed)
    norm = [BatchNorm()] if seed % 3 == 0 else []
    scene = Scene(
        hidden=(Dense(3, activation="tanh"), *norm), epochs=draw.choice([1, 2, 50]),
        validation=draw.choice([0, 0.2]), batch=draw.choice([None, 16, 32, 1000]),
    )  # fmt: skip
    bench = Bench(scene, threads=1)
    seen: dict[int, tuple[Moment, object]] = {}
    for _ in range(80):
        before = bits(bench._now)
        try:
            move(bench, draw)
        except PellucidError:
            assert bits(bench._now) == before  # what is refused changes nothing
        for moment in bench._past.all():
            _, known = seen.setdefault(id(moment), (moment, bits(moment)))
            assert bits(moment) == known
        assert bench._now.state.step == bench.step
        if draw.random() < 0.2:
            played: Any = scene_from_record(scene_to_record(bench.played()))
            again = Bench(played, threads=1)
            assert bits(again._now) == bits(bench._now)
            assert (again.scene, again.epoch) == (bench.scene, bench.epoch)


def test_settings_there_and_back_are_undone_to_their_own_numbers() -> None:
    bench = Bench(Scene(rule=RULES[0], batch=16), threads=1)
    bench.learn(7)
    before = bits(bench._now)
    bench.change(rule=RULES[1])
    bench.change(rule=RULES[0])
    bench.learn(5)
    bench.undo()
    assert bits(bench._now) == before


def test_another_rule_from_where_one_was_changed_begins_as_it_would_have() -> None:
    bench = Bench(Scene(rule=RULES[1]), threads=1)
    bench.learn(20)
    bench.change(rule=RULES[2])
    bench.learn(20)
    bench.seek(20)
    bench.change(rule=RULES[1])
    bench.learn(20)
    straight = Bench(Scene(rule=RULES[1]), threads=1)
    straight.learn(40)
    np.testing.assert_array_equal(
        bench.network.parameters["dense_1.weight"], straight.network.parameters["dense_1.weight"]
    )
