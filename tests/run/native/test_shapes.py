"""Shapes and attributes of all kinds: tails, broadcasting, transposes, groups, axes."""

from __future__ import annotations

from typing import Any

import numpy as np
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import pellucid.ops as ops
from pellucid.errors import PellucidError
from pellucid.graph import BATCH, Builder, Value, gradients
from tests.ops.cases import Array
from tests.run.native.agree import WAYS, Way, check_graph

quick = settings(
    max_examples=25, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck)
)
sizes = st.sampled_from([0, 1, 2, 3, 5, 8, 16, 17, 33])
ways = st.sampled_from(WAYS)
Draw = Any


def numbers(shape: tuple[int, ...], way: Way, seed: int = 0) -> Array:
    return (
        np.random.default_rng([seed, len(shape), *shape]).normal(size=shape).astype(way.precision)
    )


def leaf(b: Builder, name: str, array: Array, batched: bool, kind: Any = "float") -> Value:
    return b.input(name, (BATCH, *array.shape[1:]) if batched else array.shape, kind)


def with_gradients(b: Builder, y: Value, inputs: list[Value], **more: Value) -> Any:
    """The graph of a value, its weighted sum, and the gradients of that."""
    loss = ops.sum(y * b.input("pull", y.shape))
    found = gradients(loss, inputs)
    return b.build(y=y, loss=loss, **{f"d{k}": g for k, g in enumerate(found)}, **more)


def pulled(graph: Any, given: dict[str, Array], way: Way, batch: int) -> dict[str, Array]:
    from pellucid.graph.types import resolve

    return {**given, "pull": numbers(resolve(graph.inputs["pull"].shape, batch), way, 9)}


@st.composite
def pairs(draw: Draw) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """Two shapes that broadcast."""
    full = tuple(draw(st.lists(sizes, min_size=0, max_size=4)))
    shapes = []
    for _ in range(2):
        kept = draw(st.integers(0, len(full)))
        shapes.append(tuple(1 if draw(st.booleans()) else n for n in full[kept:]))
    return shapes[0], shapes[1]


@quick
@given(
    pairs(), ways, st.booleans(), st.sampled_from(["add", "divide", "maximum", "where", "power"])
)
def test_broadcasting(shapes: Any, way: Way, batched: bool, op: str) -> None:
    one, two = (numbers(shape, way, k) for k, shape in enumerate(shapes))
    batched = batched and bool(one.ndim) and one.shape[0] != 1 and one.ndim >= two.ndim
    both = batched and one.ndim == two.ndim and one.shape[0] == two.shape[0]
    if batched and not both and one.ndim == two.ndim and two.shape[0] != 1:
        batched = False
    b = Builder()
    x, y = leaf(b, "x", one, batched), leaf(b, "y", two, batched and both)
    if op == "where":
        z = ops.where(x < y, x * y, y)
    else:
        other = 1.0 + y * y if op == "divide" else y
        z = getattr(ops, op)(abs(x) + 0.5 if op == "power" else x, other)
    graph = with_gradients(b, z, [x, y], flag=ops.equal(x, y), count=ops.cast(x < y, "int") + 2)
    batch = len(one) if batched else 1
    check_graph(graph, pulled(graph, {"x": one, "y": two}, way, batch), way, times=50.0)


@quick
@given(
    st.lists(sizes, min_size=1, max_size=4), st.data(), ways, st.booleans(), st.booleans(),
    st.sampled_from(["sum", "mean", "max", "logsumexp"]),
)  # fmt: skip
def test_reductions(
    shape: list[int], data: Any, way: Way, batched: bool, keepdims: bool, op: str
) -> None:
    axes = tuple(k for k in range(len(shape)) if data.draw(st.booleans()))
    if op in ("max", "mean") and any(shape[axis] == 0 for axis in axes):
        return
    x = numbers(tuple(shape), way)
    b = Builder()
    value = leaf(b, "x", x, batched)
    y = getattr(ops, op)(value * 2.0, axes, keepdims=keepdims)
    graph = with_gradients(b, y, [value], back=ops.tanh(y))
    check_graph(graph, pulled(graph, {"x": x}, way, shape[0] if batched else 1), way, times=50.0)


@quick
@given(sizes, sizes, sizes, ways, st.booleans(), st.booleans(), st.booleans(), st.data())
def test_products(
    m: int, k: int, n: int, way: Way, turn_a: bool, turn_b: bool, batched: bool, data: Any
) -> None:
    outer = data.draw(
        st.sampled_from([((), ()), ((3,), ()), ((), (2,)), ((3,), (3,)), ((2, 1), (4,))])
    )
    a = numbers((*outer[0], *((k, m) if turn_a else (m, k))), way, 1)
    c = numbers((*outer[1], *((n, k) if turn_b else (k, n))), way, 2)
    batched = batched and not outer[1]
    b = Builder()
    x, w = leaf(b, "x", a, batched), leaf(b, "w", c, False)
    try:
        y = ops.matmul(x, w, transpose_a=turn_a, transpose_b=turn_b)
    except PellucidError:
        return  # a batch axis cannot be the inner one
    graph = with_gradients(b, y, [x, w], more=ops.tanh(y))
    given = pulled(graph, {"x": a, "w": c}, way, len(a) if batched else 1)
    check_graph(graph, given, way, times=50.0)


@quick
@given(st.lists(sizes, min_size=1, max_size=4), st.data(), ways, st.booleans())
def test_moves(shape: list[int], data: Any, way: Way, batched: bool) -> None:
    """Transposing, cutting, padding and joining along any axis, and views of views."""
    x = numbers(tuple(shape), way)
    b = Builder()
    value = leaf(b, "x", x, batched)
    order = tuple(data.draw(st.permutations(range(len(shape)))))
    axis = data.draw(st.integers(1 if batched else 0, len(shape) - 1)) if len(shape) > 1 else 0
    outputs = {
        "turned": ops.transpose(value, order),
        "twice": ops.transpose(value * 2.0, order) + 1.0,
    }
    if not (batched and axis == 0):
        size = shape[axis]
        start = data.draw(st.integers(0, size))
        stop, step = data.draw(st.integers(start, size)), data.draw(st.integers(1, 3))
        part = ops.slice(value, axis, start, stop, step)
        before, after, between = (data.draw(st.integers(0, 2)) for _ in range(3))
        padded = ops.pad(
            ops.tanh(value), axis, before=before, after=after, between=between, value=2.0
        )
        joined = ops.concatenate([part, value, padded, part], axis)
        outputs |= {"part": part, "padded": padded, "joined": joined, "sum": ops.sum(joined, axis)}
    loss = ops.sum(outputs["twice"] * outputs["twice"])
    if "joined" in outputs:
        loss = loss + ops.sum(ops.tanh(outputs["joined"]))
    (slope,) = gradients(loss, [value])
    check_graph(b.build(**outputs, loss=loss, slope=slope), {"x": x}, way, times=50.0)


@quick
@given(st.data(), ways, st.sampled_from([0, 1, 2, 15, 16, 17, 35]), st.booleans())
def test_convolutions(data: Any, way: Way, count: int, batched: bool) -> None:
    small = st.integers(1, 3)
    groups, per_group, outs = (data.draw(small) for _ in range(3))
    kernel, stride, dilation = (
        (data.draw(small), data.draw(small)) for _ in range(3)
    )  # fmt: skip
    padding: Any = tuple(tuple(data.draw(st.integers(0, 2)) for _ in range(2)) for _ in range(2))
    reach = [dilation[k] * (kernel[k] - 1) + 1 for k in range(2)]
    height, width = (data.draw(st.integers(reach[k], reach[k] + 6)) for k in range(2))
    x = numbers((count, groups * per_group, height, width), way)
    w = numbers((groups * outs, per_group, *kernel), way, 1)
    b = Builder()
    pictures, filters = leaf(b, "x", x, batched), leaf(b, "w", w, False)
    bias = b.input("bias", (groups * outs,))
    y = ops.conv2d(
        pictures, filters, stride=stride, padding=padding, dilation=dilation, groups=groups
    )
    y = ops.maximum(y + ops.reshape(bias, (groups * outs, 1, 1)), 0.0)
    graph = with_gradients(b, y, [pictures, filters, bias], flat=ops.sum(y, (0, 2, 3)))
    given = {"x": x, "w": w, "bias": numbers((groups * outs,), way, 2)}
    check_graph(graph, pulled(graph, given, way, count if batched else 1), way, times=50.0)


@quick
@given(st.data(), ways, st.sampled_from([0, 1, 16, 19]), st.booleans(), st.booleans())
def test_pools(data: Any, way: Way, count: int, batched: bool, counted: bool) -> None:
    size = (data.draw(st.integers(1, 3)), data.draw(st.integers(1, 3)))
    stride = (data.draw(st.integers(1, 3)), data.draw(st.integers(1, 3)))
    padding: Any = tuple(
        tuple(data.draw(st.integers(0, size[k] - 1)) for _ in range(2)) for k in range(2)
    )
    shape = (count, data.draw(st.integers(1, 3)), *(n + data.draw(st.integers(0, 6)) for n in size))
    x = numbers(shape, way)
    b = Builder()
    pictures = leaf(b, "x", x, batched)
    top = ops.max_pool2d(pictures, size, stride, padding)
    middle = ops.avg_pool2d(pictures, size, stride, padding, count_padding=counted)
    y = ops.tanh(top) * middle
    graph = with_gradients(b, y, [pictures], top=top, middle=middle)
    given = pulled(graph, {"x": x}, way, count if batched else 1)
    check_graph(graph, given, way, times=50.0)


@quick
@given(st.data(), ways, sizes, sizes, st.booleans())
def test_picking(data: Any, way: Way, count: int, depth: int, batched: bool) -> None:
    width = data.draw(st.integers(1, 9))
    rng = np.random.default_rng([count, depth])
    index = rng.integers(0, max(depth, 1), (count, 2)) if depth else np.zeros((0, 2), int)
    table = numbers((depth, width), way)
    b = Builder()
    n, values = leaf(b, "n", index, batched, "int"), leaf(b, "t", table, False)
    picked = ops.gather(values, n, 0)
    back = ops.scatter_add(picked * 2.0, n, depth, 0)
    hot = ops.one_hot(n, width)
    graph = with_gradients(b, picked, [values], back=back, hot=hot, twice=n * 2 - 1)
    given = pulled(graph, {"n": index, "t": table}, way, len(index) if batched else 1)
    check_graph(graph, given, way, times=50.0)
