"""The parameters of any step that was reached, without going there."""

from __future__ import annotations

import numpy as np
import pytest

from pellucid.errors import ParameterError
from pellucid.nn.dense import Dense
from pellucid.scene.bench import Bench
from pellucid.scene.scene import Scene
from pellucid.scene.source import Sample


def test_they_are_those_one_finds_there() -> None:
    bench = Bench(Scene(Sample("and"), output=Dense(1), scale=False))
    first = bench.params_at(0)
    bench.learn(5)
    there = [bench.params_at(step) for step in range(6)]
    assert bench.step == 5
    assert np.array_equal(there[0], first)
    for step in (3, 0, 5):
        bench.seek(step)
        found = np.concatenate([bench.network.parameters[f"dense_1.{n}"].ravel() for n in
                                ("weight", "bias")])  # fmt: skip
        assert np.array_equal(found, there[step])


def test_a_step_that_was_not_reached() -> None:
    with pytest.raises(ParameterError) as caught:
        Bench(Scene(Sample("and"), output=Dense(1))).params_at(3)
    assert str(caught.value) == "Steps 0 to 0 can be seen, got 3."
