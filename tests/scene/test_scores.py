"""The scores of a bench are those at its cursor."""

from __future__ import annotations

import pytest

from pellucid.learn.local import Delta
from pellucid.nn.dense import Dense
from pellucid.nn.losses import SquaredError
from pellucid.scene.bench import Bench
from pellucid.scene.scene import Scene
from pellucid.scene.source import Sample


def test_scores_follow_learning_step_by_step() -> None:
    scene = Scene(Sample("and"), output=Dense(1), loss=SquaredError(), rule=Delta(0.1), scale=False)
    played, fresh = Bench(scene), Bench(scene)
    for steps in range(1, 6):
        played.learn(1)
        played.scores()
        fresh.restart()
        fresh.learn(steps)
        y = played.outputs(played.data.x)["dense_1"][:, 0]
        assert played.scores()["loss"] == pytest.approx(((y - played.data.y) ** 2).mean())
        assert played.scores() == fresh.scores()
