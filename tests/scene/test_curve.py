"""The learning curve: hours of it stay small, and no kind of row is lost."""

from __future__ import annotations

import numpy as np
import pytest

from pellucid import Dense
from pellucid.scene import curve
from pellucid.scene.bench import Bench
from pellucid.scene.curve import Curve, Rows
from pellucid.scene.scene import Scene
from pellucid.scene.source import Sample


def test_steps_and_epochs_that_alternate_are_both_kept() -> None:
    noted = Curve()
    for step in range(1, 5001):
        noted.steps.add(step, {"batch_loss": float(step)})
        noted.epochs.add(step, {"loss": -float(step)})
    found = noted.until(5000)
    for name, sign in (("batch_loss", 1), ("loss", -1)):
        there = np.isfinite(found[name])
        assert (found[name][there] == sign * found["step"][there]).all()
        at = found["step"][there]
        assert at[0] == 1 and at[-1] == 5000
        assert curve.MOST / 2 < len(at) <= curve.MOST + 1
        assert set(np.diff(at)[:-1]) == {8.0}  # evenly, but for the latest
    assert (np.diff(found["step"]) >= 0).all()


@pytest.mark.parametrize("count", [1, 2, 999, 1000, 1001, 1002, 2001, 2003])
def test_the_first_and_the_latest_stay(count: int) -> None:
    rows = Rows()
    for step in range(count):
        rows.add(step, {"loss": float(step)})
    found = rows.until(count)["step"].tolist()
    assert found[0] == 0 and found[-1] == count - 1
    assert len(found) == len(set(found)) <= curve.MOST + 1
    assert rows.until(count)["loss"].tolist() == found
    assert rows.until(0)["step"].tolist() == [0]
    assert rows.until(-1)["loss"].tolist() == []


def test_a_column_that_comes_late_is_empty_before() -> None:
    rows = Rows()
    rows.add(1, {"a": 1.0})
    rows.add(2, {"b": 2.0})
    found = rows.until(2)
    assert np.array_equal(found["a"], [1.0, np.nan], equal_nan=True)
    assert np.array_equal(found["b"], [np.nan, 2.0], equal_nan=True)


def test_nothing_learned_is_an_empty_curve() -> None:
    assert Bench(Scene()).curve["step"].tolist() == []


def test_hours_of_it_take_little_memory() -> None:
    import tracemalloc

    noted = Curve()
    tracemalloc.start()
    for step in range(20_000):
        noted.steps.add(step, {"batch_loss": 0.5 + step, "rate": 1.5 + step})
        noted.epochs.add(step, {"epoch": 1.0 + step, "loss": step / 3, "accuracy": step / 7})
    size = tracemalloc.get_traced_memory()[0]
    tracemalloc.stop()
    assert size < 120_000  # seven numbers for each of a thousand rows, and some room


def test_one_batch_an_epoch_for_long_keeps_the_losses_of_rows_held_out() -> None:
    scene = Scene(
        Sample("moons"), hidden=(Dense(2, activation="tanh"),), batch=1000, epochs=3000,
        validation=0.2,
    )  # fmt: skip
    bench = Bench(scene)
    bench.to_end()
    found = bench.curve
    for name in ("batch_loss", "loss", "val_loss", "epoch"):
        there = found["step"][np.isfinite(found[name])]
        assert len(there) > 500
        assert there[0] == 1 and there[-1] == 3000
