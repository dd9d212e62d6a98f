"""Carried values are overwritten in place: whoever reads the old one must come first.

Each graph here reads a carried value elsewhere than where its next value is written; and what a
step reads without rows is not read through the order.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

import pellucid.ops as ops
from pellucid.graph import BATCH, Builder, Graph, Value
from pellucid.run.executor import Feed
from tests.run.native.agree import WAYS, Way, check_steps

COLUMNS, LONG, MANY = 64, 9000, 2000  # rows enough for several chunks
rng = np.random.default_rng(0)
X = rng.normal(size=(4000, COLUMNS)) / 100
SHORT = rng.normal(size=COLUMNS)
VECTOR = rng.normal(size=LONG)


def moved_up(p: Value, x: Value) -> Value:
    return ops.concatenate([ops.reshape(ops.sum(x), (1,)), ops.slice(p, 0, 0, LONG - 1) * 0.9], 0)


def moved_down(p: Value, x: Value) -> Value:
    return ops.concatenate([ops.slice(p, 0, 1, LONG) * 0.9, ops.reshape(ops.sum(x), (1,))], 0)


def less_the_first(p: Value, x: Value) -> Value:
    return p - ops.slice(p, 0, 0, 1) * 0.5


def summed_over_rows(p: Value, x: Value) -> Value:
    return ops.sum(x * p, (0,))


def summed_with_softmax(p: Value, x: Value) -> Value:
    y = ops.tanh(x * p)
    return ops.sum(y + ops.logsumexp(y, (1,), keepdims=True), (0,)) * 1e-4


@pytest.mark.parametrize("way", WAYS, ids=str)
@pytest.mark.parametrize(
    "following",
    [moved_up, moved_down, less_the_first, summed_over_rows, summed_with_softmax],
    ids=lambda rule: rule.__name__,
)
def test_the_old_value_is_read_before_the_next_is_written(
    following: Callable[[Value, Value], Value], way: Way
) -> None:
    before = SHORT if "summed" in following.__name__ else VECTOR
    b = Builder()
    x, p = b.input("x", (BATCH, COLUMNS)), b.input("p", before.shape)
    graph = b.build(**{"p'": following(p, x), "loss": ops.sum(x)})
    check_steps(graph, {"p": before}, Feed({"x": X}, np.arange(4000), MANY), way, 100.0)


@pytest.mark.parametrize("way", WAYS, ids=str)
def test_all_chunks_read_the_old_value(way: Way) -> None:
    b = Builder()
    x, p = b.input("x", (BATCH, COLUMNS)), b.input("p", (COLUMNS,))
    loss = ops.sum(ops.tanh(ops.matmul(x * p, b.constant(np.ones((COLUMNS, 3))))))
    graph = b.build(**{"p'": ops.sum(x, (0,)), "loss": loss})
    check_steps(graph, {"p": SHORT}, Feed({"x": X}, np.arange(4000), MANY), way, 100.0)


def noisy() -> Graph:
    b = Builder()
    x, p = b.input("x", (BATCH, COLUMNS)), b.input("p", (COLUMNS,))
    noise = b.input("noise", (BATCH, COLUMNS))
    return b.build(**{"p'": p * 0.9 + ops.sum(x * noise, (0,)), "loss": ops.sum(x)})


@pytest.mark.parametrize("way", WAYS, ids=str)
@pytest.mark.parametrize("batch", [1, 4])
def test_a_number_may_have_the_size_of_the_batch(batch: int, way: Way) -> None:
    noise = rng.normal(size=(5, batch, COLUMNS))
    feed = Feed({"x": X}, np.arange(300, 300 + 5 * batch), batch, {"noise": noise})
    check_steps(noisy(), {"p": SHORT}, feed, way, 100.0)


@pytest.mark.parametrize("way", WAYS, ids=str)
def test_rows_of_a_fixed_number_are_picked_too(way: Way) -> None:
    b = Builder()
    x, p = b.input("x", (1, COLUMNS)), b.input("p", (COLUMNS,))
    graph = b.build(**{"p'": p * 0.9 + ops.sum(x, (0,)), "loss": ops.sum(x)})
    check_steps(graph, {"p": SHORT}, Feed({"x": X}, np.arange(300, 305), 1), way, 100.0)
