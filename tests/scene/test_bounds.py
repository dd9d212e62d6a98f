"""What a bench does not take, refused before it fills the memory."""

from __future__ import annotations

import tracemalloc
from dataclasses import replace

import numpy as np
import pytest

from pellucid.data.dataset import Dataset
from pellucid.errors import DataError, ParameterError, PellucidError
from pellucid.nn.compose import Residual
from pellucid.nn.dense import Dense
from pellucid.nn.layer import Layer
from pellucid.scene import bounds
from pellucid.scene.bench import Bench
from pellucid.scene.scene import Scene


def refused(hidden: tuple[Layer, ...]) -> str:
    tracemalloc.start()
    with pytest.raises(PellucidError) as error:
        Bench(Scene(hidden=hidden))
    most = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert most < 50_000_000
    assert isinstance(error.value, ParameterError)
    return str(error.value)


def test_a_network_too_large_is_refused_before_it_is_made() -> None:
    assert refused((Dense(1_000_000), Dense(1_000))) == (
        "The network would have 1,003,003,002 parameters; it may have 20,000,000 at most. Use "
        "smaller layers, or fewer."
    )


def test_a_network_of_too_many_layers_is_refused() -> None:
    inner = Residual((Dense(2), Dense(2)))
    assert refused((inner,) * 67) == (
        "The network has 201 layers; a bench takes 200 at most. Leave some out."
    )


def test_a_change_that_is_too_large_leaves_the_bench_as_it_was() -> None:
    bench = Bench(Scene())
    bench.learn(3)
    with pytest.raises(ParameterError):
        bench.change(hidden=(Dense(10**9),))
    assert (bench.step, bench.scene.hidden) == (3, ())


def test_data_too_many_are_refused() -> None:
    x = np.broadcast_to(np.float32(0), (1_000_001, 2))
    long = Dataset("long", x, np.zeros(len(x), int), "classes", ("a", "b"), ("0", "1"))
    with pytest.raises(DataError) as error:
        bounds.check_data(long)
    assert str(error.value) == (
        "long has 1,000,001 rows of 2 values; a bench takes 1,000,000 rows and 100,000,000 values "
        "at most. Use a part of it, or learn all of it with pellucid train."
    )
    wide = replace(long, x=np.broadcast_to(np.float32(0), (1_001, 100_000)), y=long.y[:1_001])
    with pytest.raises(DataError, match="1,001 rows of 100,000 values"):
        bounds.check_data(wide)
    bounds.check_data(replace(wide, x=wide.x[:1_000], y=wide.y[:1_000]))
