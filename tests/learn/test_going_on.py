"""A run that was broken off and goes on ends as one that was not: bits, history, early stopping."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from pellucid.io.checkpoints import Stored, read_checkpoint, write_checkpoint
from pellucid.learn import (
    Adam,
    Backprop,
    Cosine,
    EarlyStopping,
    EpochDone,
    Event,
    Plan,
    RunEnded,
    State,
    Task,
    stepwise,
    train,
)
from pellucid.learn.plan import Began
from pellucid.nn import BatchNorm, CategoricalCrossEntropy, Dense, Dropout
from pellucid.run.native import NativeExecutor
from tests.learn.cases import EXACT, begin, blobs, make_task, samples

PLAN = Plan(30, 8, seed=4, stopping=EarlyStopping(patience=3))
RULE = Backprop(Adam(Cosine(0.05)))
DATA, HELD_OUT = samples(*blobs(61)), samples(*blobs(20))


def task() -> Task:
    layers = [Dense(6, activation="tanh"), BatchNorm(), Dropout(0.4), Dense(3)]
    return make_task(layers, 3, CategoricalCrossEntropy(), ("accuracy",))


def told(events: list[Event]) -> list[tuple[Any, ...]]:
    """What is told of epochs and of the end, but for the seconds."""
    found: list[tuple[Any, ...]] = []
    for event in events:
        if isinstance(event, EpochDone):
            found.append((event.epoch, event.step, event.rate, event.values))
        if isinstance(event, RunEnded):
            found.append((event.reason, event.epoch, event.step, event.best_epoch))
    return found


@pytest.mark.parametrize("executor", [EXACT, NativeExecutor(threads=1)], ids=["exact", "native"])
def test_from_any_state_on_a_run_ends_as_it_would_have(
    executor: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stepwise, "SECONDS_A_CALL", 1e-12)
    kept: list[Stored] = []

    def keep(state: State) -> None:
        write_checkpoint(tmp_path / "state", state, 1.5)
        kept.append(read_checkpoint(tmp_path / "state"))

    state = begin(task(), RULE)
    events = list(train(task(), RULE, PLAN, state, DATA, executor, HELD_OUT, keep=keep))
    assert isinstance(events[-1], RunEnded) and events[-1].reason == "early_stopping"
    assert len(kept) == events[-1].step
    monkeypatch.undo()
    draw = np.random.default_rng(2)
    for place in {0, 7, len(kept) - 1, *draw.choice(len(kept), 12, replace=False).tolist()}:
        stored = kept[place]
        again, began = stored.state, Began(seconds=stored.seconds)
        assert again.step == place + 1
        epoch = again.epoch
        rest = list(train(task(), RULE, PLAN, again, DATA, executor, HELD_OUT, began=began))
        before = [one for one in events if isinstance(one, EpochDone) and one.epoch <= epoch]
        assert told([*before, *rest]) == told(events)
        assert all(
            again.carried[name].tobytes() == state.carried[name].tobytes() for name in state.carried
        )
        assert rest[0].row()["first_step"] == 1
        assert rest[-1].row()["seconds"] > 1.5
