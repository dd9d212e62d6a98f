"""Every primitive, natively and by the reference: hand-worked samples, all cases, gradients."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

import pellucid.ops as ops
from pellucid.graph import PRIMITIVES, Batch, Graph, Primitive, Sample, gradient
from pellucid.graph.types import resolve
from tests.ops.cases import CASES, Array, Case, built, feed
from tests.run.native.agree import NEAR, WAYS, Way, check_graph

SAMPLES = [
    pytest.param(p, s, id=f"{p.name}-{k}")
    for p in PRIMITIVES.values() for k, s in enumerate(p.samples)
]  # fmt: skip
SMOOTH = [c for c in CASES if PRIMITIVES[c.op].vjp is not None]


def narrowed(arrays: list[Array], way: Way) -> list[Array]:
    return [a.astype(way.precision) if a.dtype.kind == "f" else a for a in arrays]


@pytest.mark.parametrize("way", WAYS, ids=str)
@pytest.mark.parametrize(("primitive", "sample"), SAMPLES)
def test_a_sample_gives_the_value_worked_out_by_hand(
    primitive: Primitive, sample: Sample, way: Way
) -> None:
    arrays = [np.asarray(value) for value in sample.inputs]
    builder, _, y = built(primitive.name, arrays, sample.attrs)
    with way.chosen() as executor:
        result = executor.compile(builder.build(y=y)).run(feed(arrays))["y"]
    expected = np.asarray(sample.expected)
    assert result.shape == expected.shape
    if y.dtype == "float":
        near = NEAR[way.precision]
        np.testing.assert_allclose(result, expected, rtol=near, atol=near)
    else:
        np.testing.assert_array_equal(result, expected)


@pytest.mark.parametrize("way", WAYS, ids=str)
@pytest.mark.parametrize("case", CASES, ids=str)
def test_a_primitive_alone(case: Case, way: Way) -> None:
    arrays = narrowed(case.arrays(), way)
    builder, _, y = built(case.op, arrays, case.attrs)
    check_graph(builder.build(y=y), feed(arrays), way)


@pytest.mark.parametrize("way", WAYS, ids=str)
@pytest.mark.parametrize("case", [c for c in CASES if c.batch], ids=str)
def test_a_primitive_with_a_symbolic_batch_and_outputs_of_all_kinds(case: Case, way: Way) -> None:
    """Behind it: its value, a function of it, its sum over the batch, and over each sample."""
    for times in (1, 9):
        arrays = narrowed(case.arrays(), way)
        more = [np.concatenate([a] * times) if k in case.batch else a for k, a in enumerate(arrays)]
        builder, _, y = built(case.op, more, case.attrs, case.batch)
        outputs = {"y": y}
        if y.dtype == "float" and y.shape:
            outputs |= {"f": ops.tanh(y) * 2.0, "all": ops.sum(y), "over": ops.sum(y, 0)}
            outputs["each"] = ops.sum(y, tuple(range(1, len(y.shape))))
        check_graph(builder.build(**outputs), feed(more), way, times=10.0)


def pulled(case: Case, arrays: list[Array], batch: tuple[int, ...]) -> Graph:
    """The gradients of a weighted sum of the output, and the sum."""
    builder, inputs, y = built(case.op, arrays, case.attrs, batch)
    graph = builder.build(loss=ops.sum(y * builder.input("c", y.shape)))
    return gradient(graph, "loss", [f"x{k}" for k, v in enumerate(inputs) if v.dtype == "float"])


@pytest.mark.parametrize("way", WAYS, ids=str)
@pytest.mark.parametrize("case", SMOOTH, ids=str)
def test_the_gradient_of_a_primitive(case: Case, way: Way) -> None:
    arrays = narrowed(case.arrays(), way)
    for batch in {(), case.batch}:
        graph = pulled(case, arrays, batch)
        fed: dict[str, Any] = feed(arrays)
        size = len(arrays[batch[0]]) if batch else 1
        shape = resolve(graph.inputs["c"].shape, size)
        weights = np.linspace(-0.7, 1.3, math.prod(shape)).reshape(shape)
        fed["c"] = weights.astype(way.precision)
        check_graph(graph, fed, way, times=10.0)


def test_a_symbolic_case_is_symbolic() -> None:
    case = next(c for c in CASES if c.batch == (0, 1) and c.op == "add")
    graph = pulled(case, case.arrays(), case.batch)
    assert isinstance(graph.inputs["x0"].shape[0], Batch)
