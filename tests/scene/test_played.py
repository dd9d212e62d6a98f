"""A scene that was played opens as it stood: to the bit, also where learning was planned anew."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from pellucid import Adam, Backprop, Dense
from pellucid.learn.schedules import Cosine
from pellucid.scene.bench import Bench
from pellucid.scene.scene import Scene

SCENE = Scene(hidden=(Dense(3),), rule=Backprop(Adam(Cosine(0.1, steps=20))), batch=20, epochs=3)


def on(bench: Bench) -> None:
    bench.learn(10)
    bench.seek(1)
    bench.learn(9)


def further(bench: Bench) -> None:
    bench.to_end()
    bench.more()
    bench.learn(7)


def edited(bench: Bench) -> None:
    bench.learn(12)
    bench.seek(5)
    bench.edit("dense_1.weight", (0, 1), 2.5)
    bench.learn(3)
    bench.knock("dense_1", 2)


def undone(bench: Bench) -> None:
    on(bench)
    bench.undo()
    bench.learn(4)


def back_to_an_edit(bench: Bench) -> None:
    bench.learn(12)
    bench.edit("dense_1.bias", (0,), 2.5)
    bench.learn(3)
    bench.seek(12)


def broken_at_once(bench: Bench) -> None:
    bench.learn(12)
    bench.edit("dense_2.weight", (0, 0), 3e38)
    bench.edit("dense_1.bias", (0,), 3e38)
    bench.learn(3)


PLAYS = [on, further, edited, undone, back_to_an_edit, broken_at_once]


@pytest.mark.parametrize("play", PLAYS)
def test_what_was_played_opens_as_it_stood(play: Callable[[Bench], None]) -> None:
    bench = Bench(SCENE)
    play(bench)
    again = Bench(bench.played())
    assert (again.step, again.epoch) == (bench.step, bench.epoch)
    for name, values in again.network.parameters.items():
        np.testing.assert_array_equal(values, bench.network.parameters[name])
    assert again.played() == bench.played()
