"""A scene that is not scaled learns from its numbers as they are."""

from __future__ import annotations

import numpy as np
import pytest

from pellucid.learn.local import Delta
from pellucid.nn.dense import Dense
from pellucid.scene.acts import Edit
from pellucid.scene.bench import Bench
from pellucid.scene.scene import Scene
from pellucid.scene.source import Points

ROWS = ((0.0, 1.0), (1.0, 3.0), (2.0, 5.0))
GIVEN = (Edit("dense_1.weight", (0, 0), 2.0), Edit("dense_1.bias", (0,), 1.0))


def bench(*, scale: bool) -> Bench:
    points = Points(ROWS, names=("x",), classes=())
    return Bench(Scene(points, output=Dense(1), rule=Delta(0.1), scale=scale, acts=GIVEN))


def test_weights_are_in_the_units_of_the_targets() -> None:
    played = bench(scale=False)
    assert played.outputs(played.data.x)["dense_1"][:, 0] == pytest.approx([1.0, 3.0, 5.0])
    assert played.network.predict(played.data.x) == pytest.approx([1.0, 3.0, 5.0])
    assert played.scores()["loss"] == pytest.approx(0.0)


def test_scaled_targets_are_another_thing() -> None:
    played = bench(scale=True)
    assert not np.allclose(played.network.predict(played.data.x), [1.0, 3.0, 5.0])


def test_whole_numbers_to_predict_are_no_classes() -> None:
    assert "accuracy" not in bench(scale=False).scores()
    assert "mae" in bench(scale=True).scores()
