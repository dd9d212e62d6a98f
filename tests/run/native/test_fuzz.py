"""Random graphs with gradients and updates of carried values, natively and by the reference."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import pellucid.ops as ops
from pellucid.graph import BATCH, Batch, Builder, Graph, Value, gradients, simplify
from pellucid.run.executor import Feed
from tests.ops.cases import Array
from tests.run.native.agree import WAYS, Way, check_graph, check_steps

SEEDS = range(80)
Rng = np.random.Generator


class Grower:
    """Grows a graph, value by value, from tame operations: numbers stay near 1."""

    def __init__(self, rng: Rng) -> None:
        self.rng, self.b = rng, Builder()
        self.width = int(rng.choice([1, 2, 3, 5, 8, 17]))
        with_x = (BATCH, self.width)
        self.x = self.b.input("x", with_x)
        self.n = self.b.input("n", (BATCH,), "int")
        self.w = self.b.input("w", (self.width, self.width))
        self.v = self.b.input("v", (self.width,))
        self.rate = self.b.input("rate")
        self.key = self.b.input("key", (2,), "int")
        self.picture = self.b.input("p", (BATCH, 2, 4, 5))
        self.filters = self.b.input("f", (3, 2, 3, 2))
        self.floats: list[Value] = [
            self.x,
            self.w,
            self.v,
            self.rate,
            self.picture,
            self.x @ self.w,
        ]
        self.streams = 0

    def one(self, where: Callable[[Value], bool] = lambda v: True) -> Value:
        chosen = [v for v in self.floats if where(v)]
        return chosen[int(self.rng.integers(len(chosen)))]

    def grow(self) -> None:
        choice = MOVES[int(self.rng.integers(len(MOVES)))]
        made = choice(self)
        if made is not None and len(made.shape) <= 4:
            self.floats.append(made)


def _unary(g: Grower) -> Any:
    x = g.one()
    functions: list[Any] = [
        ops.tanh, ops.sigmoid, ops.erf, lambda v: ops.exp(ops.tanh(v)), lambda v: v * 0.5,
        lambda v: ops.log(1.5 + ops.tanh(v)), lambda v: ops.sqrt(v * v + 0.1), abs, ops.negate,
        lambda v: ops.log1p(abs(v)), lambda v: ops.clip(v, -0.5, 0.7),
        lambda v: ops.maximum(v, 0.1),
        lambda v: 1.0 / (1.0 + v * v), lambda v: (abs(v) + 0.3) ** 1.5,
    ]  # fmt: skip
    return functions[int(g.rng.integers(len(functions)))](x)


def _fits(a: Value, b: Value) -> bool:
    pairs = zip(reversed(a.shape), reversed(b.shape), strict=False)
    return all(m == n or m == 1 or n == 1 for m, n in pairs)


def _binary(g: Grower) -> Any:
    a = g.one()
    b = g.one(lambda v: _fits(a, v))
    functions: list[Any] = [
        ops.add, ops.subtract, ops.multiply, ops.maximum, ops.minimum,
        lambda m, n: ops.where(m < n, m, n * 0.5), lambda m, n: m / (1.0 + n * n),
        lambda m, n: ops.cast(ops.less_equal(m, n), "float") * m,
    ]  # fmt: skip
    return ops.tanh(functions[int(g.rng.integers(len(functions)))](a, b))


def _axes(g: Grower, v: Value) -> tuple[int, ...]:
    return tuple(axis for axis in range(len(v.shape)) if g.rng.random() < 0.5)


def _reduce(g: Grower) -> Any:
    v = g.one()
    functions: list[Any] = [ops.sum, ops.mean, ops.max, ops.logsumexp]
    f = functions[int(g.rng.integers(len(functions)))]
    return ops.tanh(f(v, _axes(g, v), keepdims=bool(g.rng.random() < 0.5)))


def _softmax(g: Grower) -> Any:
    v = g.one(lambda v: len(v.shape) > 0)
    return ops.log_softmax(v, int(g.rng.integers(len(v.shape)))) * 0.3


def _product(g: Grower) -> Any:
    a = g.one(lambda v: len(v.shape) == 2 and g.width in v.shape[1:])
    return ops.tanh(a @ g.w if g.rng.random() < 0.5 else ops.matmul(a, g.w, transpose_b=True))


def _inner(g: Grower) -> Any:
    a = g.one(lambda v: v.shape == (BATCH, g.width))
    b = g.one(lambda v: v.shape == (BATCH, g.width))
    if g.rng.random() < 0.5:
        return ops.tanh(ops.matmul(a, b, transpose_a=True))
    return ops.tanh(ops.matmul(a, b, transpose_b=True)) if g.rng.random() < 0.3 else ops.tanh(a * b)


def _transpose(g: Grower) -> Any:
    v = g.one()
    return ops.transpose(v, tuple(int(k) for k in g.rng.permutation(len(v.shape))))


def _reshape(g: Grower) -> Any:
    v = g.one(lambda v: len(v.shape) > 0)
    if g.rng.random() < 0.5:
        return ops.reshape(v, (*v.shape, 1))
    flat = v.shape[0]
    rest = v.shape[1:]
    if not rest or any(isinstance(d, Batch) for d in rest):
        return None
    return ops.reshape(v, (flat, int(np.prod([int(d) for d in rest if not isinstance(d, Batch)]))))


def _cut(g: Grower) -> Any:
    v = g.one(lambda v: len(v.shape) > 0)
    axis = int(g.rng.integers(len(v.shape)))
    size = v.shape[axis]
    if isinstance(size, Batch) or size < 2:
        return None
    start = int(g.rng.integers(0, size - 1))
    stop, step = int(g.rng.integers(start + 1, size + 1)), int(g.rng.integers(1, 3))
    part = ops.slice(v, axis, start, stop, step)
    return ops.concatenate([part, v, part * 0.5], axis) if g.rng.random() < 0.4 else part


def _pad(g: Grower) -> Any:
    v = g.one(lambda v: len(v.shape) > 0)
    axis = int(g.rng.integers(len(v.shape)))
    if isinstance(v.shape[axis], Batch):
        return None
    before, after, between = (int(k) for k in g.rng.integers(0, 3, 3))
    return ops.pad(v, axis, before=before, after=after, between=between, value=0.25)


def _pick(g: Grower) -> Any:
    v = g.one(lambda v: len(v.shape) > 0)
    axis = int(g.rng.integers(len(v.shape)))
    if isinstance(v.shape[axis], Batch):
        return None
    index = g.n if axis == 0 else ops.argmax(g.v, 0) if v.shape[axis] == g.width else None
    if index is None or (axis == 0 and v.shape[0] != g.width):
        return None
    return ops.gather(v, index, axis)


def _hot(g: Grower) -> Any:
    return ops.one_hot(g.n, g.width) * g.one(lambda v: v.shape in ((), (g.width,)))


def _draw(g: Grower) -> Any:
    g.streams += 1
    v = g.one(lambda v: len(v.shape) > 0)
    kind = int(g.rng.integers(3))
    if kind == 0:
        return v * ops.uniform(g.key, g.streams, v.shape)
    if kind == 1:
        return ops.tanh(v * ops.normal(g.key, g.streams, v.shape))
    mask = ops.bernoulli(g.key, g.streams, v.shape, 0.4)
    return ops.where(mask, v, v * 0.5)


def _image(g: Grower) -> Any:
    v = g.one(lambda v: v.shape == (BATCH, 2, 4, 5))
    kind = int(g.rng.integers(4))
    if kind == 0:
        return ops.tanh(ops.conv2d(v, g.filters, padding=((1, 1), (0, 1))))
    if kind == 1:
        return ops.max_pool2d(v, (2, 2), (1, 2), ((0, 1), (0, 0)))
    if kind == 2:
        return ops.avg_pool2d(v, (2, 3), (2, 1), ((0, 0), (1, 1)))
    return ops.tanh(v * ops.mean(v, (0, 2, 3), keepdims=True))


MOVES: list[Callable[[Grower], Any]] = [
    _unary, _unary, _unary, _binary, _binary, _binary, _binary, _reduce, _reduce, _softmax,
    _product, _product, _inner, _transpose, _reshape, _cut, _pad, _pick, _hot, _draw,
    _image, _image,
]  # fmt: skip
CARRIED = ("w", "v", "f")


def random_graph(seed: int) -> Graph:
    """A step: a random value, its gradients, an update with a velocity, and reports."""
    rng = np.random.default_rng([17, seed])
    g = Grower(rng)
    for _ in range(int(rng.integers(5, 41))):
        g.grow()
    loss = ops.sum(g.floats[-1]) * 0.1
    for v in rng.choice(len(g.floats), 3):
        loss = loss + ops.mean(g.floats[int(v)]) + ops.mean(g.x @ g.w) * 0.1
    learned = [g.w, g.v, g.filters]
    slopes = gradients(loss, [*learned, g.x, g.picture])
    outputs: dict[str, Value] = {"loss": loss, "slope of x": ops.sum(slopes[3])}
    outputs["slope of p"] = ops.sum(ops.tanh(slopes[4]), (0, 2))
    flat = ops.concatenate([ops.reshape(s, (-1,)) for s in slopes[:3]], 0)
    speed = g.b.input("speed", flat.shape)
    after = speed * 0.9 + ops.clip(flat, -1.0, 1.0)
    outputs["speed'"] = after
    start = 0
    for name, value in zip(CARRIED, learned, strict=True):
        size = int(np.prod([int(d) for d in value.shape if not isinstance(d, Batch)]))
        part = ops.reshape(ops.slice(after, 0, start, start + size, 1), value.shape)
        outputs[f"{name}'"] = value - 0.01 * g.rate * part
        start += size
    fixed = [v for v in g.floats if not any(isinstance(d, Batch) for d in v.shape)]
    for k, v in enumerate(rng.choice(len(fixed), 2)):
        outputs[f"shown {k}"] = fixed[int(v)]
    return simplify(g.b.build(**outputs))


def values_of(graph: Graph, way: Way, count: int) -> dict[str, Array]:
    rng = np.random.default_rng(4)
    kind, width = way.precision, graph.inputs["v"].shape[0]
    assert isinstance(width, int)
    given: dict[str, Array] = {
        "x": rng.normal(size=(count, width)), "n": rng.integers(0, width, count),
        "p": rng.normal(size=(count, 2, 4, 5)), "w": rng.normal(size=(width, width)) / width,
        "v": rng.normal(size=width), "f": rng.normal(size=(3, 2, 3, 2)) * 0.3,
        "speed": rng.normal(size=width * width + width + 36) * 0.1,
    }  # fmt: skip
    return {n: a.astype(kind) if a.dtype.kind == "f" else a for n, a in given.items()}


@pytest.mark.parametrize("seed", SEEDS)
def test_a_random_graph_learns_alike(seed: int) -> None:
    graph = random_graph(seed)
    for way in (WAYS[seed % 2], WAYS[1 - seed % 2]):
        values = values_of(graph, way, 9)
        carried = {n: values.pop(n) for n in (*CARRIED, "speed")}
        order = np.random.default_rng(seed).permutation(9)
        batch = (1, 4, 9)[seed % 3]
        steps = -(-9 // batch)
        keys = np.stack([np.full(steps, seed), np.arange(steps)], 1)
        feed = Feed(values, order, batch, {"rate": np.linspace(1, 2, steps), "key": keys})
        names = [n for n in graph.inputs if n in values]
        feed = Feed({n: values[n] for n in names}, order, batch,
                    {n: a for n, a in feed.numbers.items() if n in graph.inputs})  # fmt: skip
        kept = {n: a for n, a in carried.items() if n in graph.inputs}
        check_steps(graph, kept, feed, way, times=1e3)


@pytest.mark.parametrize("seed", SEEDS[::4])
def test_a_random_graph_in_single_precision(seed: int) -> None:
    """One run: rounding may send two trainings apart, not one step."""
    graph = random_graph(seed)
    for way in WAYS[2:]:
        values = values_of(graph, way, 21)
        more = {"rate": np.float32(1.0), "key": np.array([seed, 1])}
        given = {n: a for n, a in {**values, **more}.items() if n in graph.inputs}
        check_graph(graph, given, way, times=1e2)
