"""How turns are taken, with contenders that only note that it was their turn."""

from __future__ import annotations

import time
from dataclasses import replace

import numpy as np

import memory
import race
from workloads import load, named


def test_contenders_take_turns() -> None:
    log: list[str] = []

    def turn(name: str) -> race.Entry:
        return race.Entry(lambda count: log.extend([name] * count), steps=2)

    entries = {"a": turn("a"), "b": turn("b")}
    race.contest(entries, rounds=3, enough=0.0)
    assert log == ["a", "a", "b", "b", "a", "b", "a", "b", "a", "b"]
    assert [len(entry.seconds) for entry in entries.values()] == [3, 3]


def test_a_turn_is_lengthened_until_what_a_call_costs_is_little() -> None:
    def costly(count: int) -> None:  # 2 ms a call, 1 ms a unit
        time.sleep(0.002 + 0.001 * count)

    entry = race.Entry(costly, steps=1)
    entry.warm_up(0.03)
    assert entry.repeats >= 15
    entry.measure()
    assert entry.seconds[0] >= 0.001


def test_a_first_batch_has_all_classes() -> None:
    digits = named("digits")
    data = load(digits, None)
    rows = race.batch_of_all_classes(digits, data)
    assert len(rows) == len(set(rows.tolist())) == digits.batch
    assert set(data.y[rows]) == set(range(10))
    two = replace(digits, batch=12)
    assert set(data.y[race.batch_of_all_classes(two, data)]) == set(range(10))


def test_the_peak_of_memory_knows_what_was_held() -> None:
    before = memory.peak()
    held = np.ones(60_000_000, np.uint8)
    assert memory.peak() >= held.nbytes
    assert memory.peak() >= before
