"""Random functions of one's own, in every form of export, against the definition."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
import pytest

from pellucid import Activation, Network, ops
from pellucid.graph import BATCH, Value
from pellucid.io.onnx import run_onnx
from tests.io.networks import own
from tests.io.programs import ENDS, answers

SEEDS = range(12)
SHAPE = (2, 3, 4)
T = TypeVar("T")


class Grower:
    """Grows a function of a picture from tame operations that keep rows apart."""

    def __init__(self, seed: int, z: Value) -> None:
        self.rng = np.random.default_rng([23, seed])
        self.z = z
        self.values = [z, z.builder.constant(self.rng.normal(size=(3, 4)))]
        self.values += [z.builder.constant(self.rng.normal(size=(2, 1, 1)))]

    def one(self, where: Callable[[Value], bool] = lambda v: True) -> Value:
        fitting = [v for v in self.values if where(v)]
        return fitting[int(self.rng.integers(len(fitting)))]

    def rows(self, rank: int = 1) -> Value:
        """A value with the batch first, and more axes than the batch's."""
        return self.one(lambda v: v.shape[:1] == (BATCH,) and len(v.shape) > rank)

    def axis(self, v: Value) -> int:
        return int(self.rng.integers(1, len(v.shape)))

    def pick(self, *choices: T) -> T:
        return choices[int(self.rng.integers(len(choices)))]


def _unary(g: Grower) -> Value:
    functions: list[Any] = [
        ops.tanh, ops.sigmoid, ops.erf, lambda v: ops.exp(ops.tanh(v)), ops.negate, abs,
        lambda v: ops.log1p(abs(v)), lambda v: ops.clip(v, -0.5, 0.7), lambda v: 1.0 - (v - 2.0),
        lambda v: ops.maximum(v, 0.1), lambda v: 1.0 / (1.0 + v * v), lambda v: v / (v * v + 0.5),
        lambda v: (abs(v) + 0.3) ** 1.5, lambda v: ops.sqrt(v * v + 0.1) * -(v - 1.0),
    ]  # fmt: skip
    found: Value = g.pick(*functions)(g.one())
    return found


def _fits(a: Value, b: Value) -> bool:
    if len(b.shape) > len(a.shape):
        return False
    return all(m == n or n == 1 for m, n in zip(reversed(a.shape), reversed(b.shape), strict=False))


def _binary(g: Grower) -> Value:
    a = g.rows()
    b = g.one(lambda v: _fits(a, v) and (v.shape[:1] == (BATCH,)) == (len(v.shape) == len(a.shape)))
    functions: list[Any] = [
        ops.add, ops.subtract, ops.multiply, ops.maximum, ops.minimum,
        lambda m, n: ops.where(m < n, m, n * 0.5), lambda m, n: m / (1.0 + n * n),
        lambda m, n: n - (m - n * (m + n)), lambda m, n: ops.cast(m <= n, "float") * m,
    ]  # fmt: skip
    found: Value = ops.tanh(g.pick(*functions)(a, b))
    return found


def _reduce(g: Grower) -> Value:
    v = g.rows()
    axes = [axis for axis in range(1, len(v.shape)) if g.rng.random() < 0.6] or [len(v.shape) - 1]
    f = g.pick(ops.sum, ops.mean, ops.max, ops.logsumexp)
    found: Value = ops.tanh(f(v, axes, keepdims=bool(g.rng.random() < 0.6)))
    return found


def _softmax(g: Grower) -> Value:
    v = g.rows()
    return ops.log_softmax(v, g.axis(v)) * 0.3


def _product(g: Grower) -> Value:
    v = g.rows(2)
    turn = bool(g.rng.random() < 0.5)
    found: Value = ops.tanh(ops.matmul(v, v, transpose_a=turn, transpose_b=not turn))
    return found


def _turned(g: Grower) -> Value:
    v = g.rows()
    order = g.rng.permutation(len(v.shape) - 1) + 1
    return ops.transpose(v, (0, *map(int, order)))


def _reshaped(g: Grower) -> Value:
    v = g.rows()
    return g.pick(
        ops.reshape(v, (BATCH, -1)), ops.reshape(v, (*v.shape, 1)),
        ops.reshape(v, (BATCH, *reversed(v.shape[1:]))),
    )  # fmt: skip


def _cut(g: Grower) -> Value:
    v = g.rows()
    axis = g.axis(v)
    size = int(v.shape[axis])  # type: ignore[arg-type]
    start = int(g.rng.integers(0, size))
    part = ops.slice(v, axis, start, size, g.pick(1, 2))
    return ops.concatenate([part, v, part * 0.5], axis) if g.rng.random() < 0.4 else part


def _padded(g: Grower) -> Value:
    v = g.rows()
    before, after, between = (int(k) for k in g.rng.integers(0, 3, 3))
    return ops.pad(v, g.axis(v), before=before, after=after, between=between, value=0.25)


def _looked_up(g: Grower) -> Value:
    v = g.rows()
    table = g.z.builder.constant(g.rng.normal(size=(int(v.shape[-1]), 3)))  # type: ignore[arg-type]
    place = ops.argmax(v, -1)
    return ops.gather(table, place) + ops.one_hot(place, 3)


def _windowed(g: Grower) -> Value:
    v = g.one(lambda v: v.shape == (BATCH, *SHAPE))
    filters = g.z.builder.constant(g.rng.normal(size=(2, g.pick(1, 2), 2, 3)))
    groups = 2 // int(filters.shape[1])  # type: ignore[arg-type]
    convolved: Value = ops.tanh(ops.conv2d(v, filters, padding=((1, 0), (1, 1)), groups=groups))
    return g.pick(
        convolved,
        ops.max_pool2d(v, (2, 2), (1, 2), ((0, 1), (0, 0))),
        ops.avg_pool2d(v, (2, 3), (2, 1), ((0, 0), (1, 1))),
    )


MOVES: list[Callable[[Grower], Value]] = [
    _unary, _unary, _unary, _binary, _binary, _binary, _binary, _reduce, _reduce, _softmax,
    _product, _turned, _turned, _reshaped, _cut, _padded, _looked_up, _windowed,
]  # fmt: skip


def random_network(seed: int) -> tuple[Network, Any]:
    """A network of a random function, and rows for it."""

    def function(z: Value) -> Value:
        g = Grower(seed, z)
        while len(g.values) < 16:
            made = g.pick(*MOVES)(g)
            size = np.prod([dim for dim in made.shape if isinstance(dim, int)])
            if len(made.shape) <= 5 and size <= 300:
                g.values.append(made)
        last = [v for v in g.values if v.shape[:1] == (BATCH,)][-5:]
        return ops.concatenate([ops.reshape(v, (BATCH, -1)) for v in last], 1)

    x = np.random.default_rng(seed).normal(size=(10, *SHAPE)).astype(np.float32)
    return Network([Activation(function)], scale_inputs=False).build(x), x


@pytest.mark.parametrize("language", ENDS)
@pytest.mark.parametrize("seed", SEEDS)
def test_code(seed: int, language: str, tmp_path: Path) -> None:
    net, x = random_network(seed)
    path = tmp_path / f"model.{ENDS[language]}"
    net.to_code(path, language)
    np.testing.assert_allclose(answers(path, x, "predict"), own(net, x), rtol=1e-10, atol=1e-12)


@pytest.mark.parametrize("seed", SEEDS)
def test_onnx(seed: int, tmp_path: Path) -> None:
    net, x = random_network(seed)
    net.to_onnx(tmp_path / "model.onnx", x)
    found = run_onnx((tmp_path / "model.onnx").read_bytes(), x)["value"]
    np.testing.assert_allclose(found, own(net, x), rtol=1e-4, atol=1e-4)


@pytest.mark.parity
@pytest.mark.parametrize("seed", SEEDS)
def test_torch(seed: int) -> None:
    torch = pytest.importorskip("torch")
    net, x = random_network(seed)
    found = net.to_torch()(torch.from_numpy(x.astype(np.float64))).numpy()
    np.testing.assert_allclose(found, own(net, x), rtol=1e-10, atol=1e-12)
