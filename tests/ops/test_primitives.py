"""The suite that every primitive passes; it finds them in the table that ``pellucid.ops`` fills.

Oracles: values worked out by hand (the records' samples), difference quotients in float64 for gradients
of first and second order, and float64 for float32.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
import pytest

import pellucid.ops
from pellucid.graph import PRIMITIVES, Builder, Graph, Primitive, Sample, gradient
from pellucid.graph.types import resolve
from pellucid.ops import sum as add_up
from pellucid.run import ReferenceExecutor
from tests.ops.cases import CASES, Array, Case, built, feed, graph_of

STEP = 1e-5  # of a difference quotient; its error is of the order of 1e-10
# Where NaN may vanish: these look at numbers (compare, choose, count) or leave some of them out.
NAN_CAN_END = {
    "argmax", "bernoulli", "cast", "count", "equal", "less", "less_equal", "max_pool2d_gradient",
    "max_pool2d_select", "normal", "one_hot", "permutation", "slice", "uniform", "where", "gather",
}  # fmt: skip

SAMPLES = [(p, s) for p in PRIMITIVES.values() for s in p.samples]
SMOOTH = [c for c in CASES if PRIMITIVES[c.op].vjp is not None]
names = [f"{p.name}-{k}" for p in PRIMITIVES.values() for k in range(len(p.samples))]


@pytest.mark.parametrize("primitive", PRIMITIVES.values(), ids=lambda p: p.name)
def test_a_primitive_is_described_sampled_and_covered(primitive: Primitive) -> None:
    assert re.match(r"y\S* = ", primitive.formula)
    assert "=" in primitive.latex or r"\sim" in primitive.latex
    assert primitive.latex.count("{") == primitive.latex.count("}")
    assert primitive.samples
    sizes = [case.shapes for case in CASES if case.op == primitive.name]
    assert any(0 in shape for shapes in sizes for shape in shapes) or _made_of_nothing(primitive)
    assert any(set(shape) <= {1} for shapes in sizes for shape in shapes) or primitive.vjp is None
    if primitive.vjp is not None:
        assert any(case.large for case in CASES if case.op == primitive.name)


def _made_of_nothing(primitive: Primitive) -> bool:
    """Whether a case makes an empty value from a key, as random numbers are."""
    attrs = [case.attrs for case in CASES if case.op == primitive.name]
    return any(0 in a.get("shape", ()) or a.get("size") == 0 for a in attrs)


def test_every_case_and_every_public_function_belongs_to_a_primitive() -> None:
    assert {case.op for case in CASES} == set(PRIMITIVES)
    assert set(pellucid.ops.__all__) == set(PRIMITIVES) | {"softmax"}


def _arrays(sample: Sample) -> list[Array]:
    return [np.asarray(value) for value in sample.inputs]


@pytest.mark.parametrize(("primitive", "sample"), SAMPLES, ids=names)
def test_a_sample_gives_the_value_worked_out_by_hand(primitive: Primitive, sample: Sample) -> None:
    arrays = _arrays(sample)
    builder, _, y = built(primitive.name, arrays, sample.attrs)
    result = _run(builder.build(y=y), arrays)
    expected = np.asarray(sample.expected)
    assert result.shape == expected.shape == y.shape
    if y.dtype == "float":
        np.testing.assert_allclose(result, expected, rtol=1e-14, atol=1e-15)
    else:
        np.testing.assert_array_equal(result, expected)
    at_once = primitive(*arrays, **sample.attrs)
    np.testing.assert_array_equal(at_once.astype(result.dtype), result)


@pytest.mark.parametrize("precision", ["float64", "float32"])
@pytest.mark.parametrize("case", CASES, ids=str)
def test_the_type_rule_tells_the_actual_type(case: Case, precision: Any) -> None:
    arrays = case.arrays()
    builder, _, y = built(case.op, arrays, case.attrs)
    kinds = {"float": np.dtype(precision), "int": np.dtype(np.int64), "bool": np.dtype(np.bool_)}
    narrow = [a.astype(precision) if a.dtype.kind == "f" else a for a in arrays]
    with np.errstate(all="ignore"):
        raw = np.asarray(PRIMITIVES[case.op].meaning(*narrow, **case.attrs))
    result = ReferenceExecutor(precision).compile(builder.build(y=y)).run(feed(narrow))["y"]
    assert result.shape == raw.shape == y.shape
    assert result.dtype == kinds[y.dtype]
    if any(a.dtype.kind == "f" for a in narrow) and y.dtype == "float" and case.op != "count":
        assert raw.dtype == np.dtype(precision)  # the meaning itself keeps the precision


@pytest.mark.parametrize("case", [c for c in CASES if c.batch], ids=str)
def test_a_symbolic_batch_gives_what_known_sizes_give(case: Case) -> None:
    arrays = case.arrays()
    symbolic = graph_of(case, case.batch)
    program = ReferenceExecutor().compile(symbolic)
    for times in (1, 2):
        more = [np.concatenate([a] * times) if k in case.batch else a for k, a in enumerate(arrays)]
        builder, _, y = built(case.op, more, case.attrs)
        known = _run(builder.build(y=y), more)
        result = program.run(feed(more))["y"]
        np.testing.assert_array_equal(result, known)
        batch = len(more[case.batch[0]])
        assert resolve(symbolic.output("y").shape, batch) == result.shape


# --- gradients


def _run(graph: Graph, arrays: list[Array], **more: Array) -> Array:
    outputs = ReferenceExecutor().compile(graph).run({**feed(arrays), **more})
    return next(iter(outputs.values()))


def _loss_graph(case: Case) -> tuple[Graph, list[str]]:
    """``loss``, a combination (weights ``c``) of the output, and the inputs it has slopes in."""
    builder, inputs, y = built(case.op, case.arrays(), case.attrs)
    graph = builder.build(loss=add_up(y * builder.input("c", y.shape)))
    return graph, [f"x{k}" for k, value in enumerate(inputs) if value.dtype == "float"]


def _feed_of(case: Case, graph: Graph) -> dict[str, Array]:
    """The case's inputs, and random numbers for the others that the graph takes."""
    generator = np.random.default_rng(0)
    known = feed(case.arrays())
    shapes = {name: resolve(node.shape, 1) for name, node in graph.inputs.items()}
    return {n: known[n] if n in known else generator.normal(size=s) for n, s in shapes.items()}


def _second(graph: Graph, loss: str, wrt: list[str]) -> Graph:
    """``bend``: a random combination (weights ``u_NAME``) of the gradient of the loss."""
    sloped = gradient(graph, loss, wrt)
    builder = Builder(sloped)
    terms = []
    for name in wrt:
        slope = builder.value(sloped.output(f"d {loss} / d {name}").id)
        terms.append(add_up(slope * builder.input(f"u_{name}", slope.shape)))
    total = terms[0]
    for term in terms[1:]:
        total = total + term
    return builder.build(bend=total)


def _check_gradient(
    graph: Graph, loss: str, wrt: list[str], inputs: Mapping[str, Array], all_entries: bool
) -> None:
    """Compare the graph's gradient with central differences, by entry or along random directions."""
    sloped = gradient(graph, loss, wrt)
    values = ReferenceExecutor().compile(sloped).run(inputs)
    near = 2e-7 * max(1.0, float(np.abs(values[loss])))
    program = ReferenceExecutor().compile(graph)

    def at(name: str, direction: Array, length: float) -> float:
        moved = {**inputs, name: inputs[name] + length * direction}
        return float(program.run(moved)[loss])

    for name in wrt:
        slope = values[f"d {loss} / d {name}"]
        assert slope.shape == inputs[name].shape
        for direction in _directions(inputs[name].shape, all_entries):
            difference = (at(name, direction, STEP) - at(name, direction, -STEP)) / (2 * STEP)
            got = float(np.sum(slope * direction))
            assert got == pytest.approx(difference, rel=2e-6, abs=near)


def _directions(shape: tuple[int, ...], all_entries: bool) -> Iterator[Array]:
    if all_entries:
        for place in np.ndindex(shape):
            direction = np.zeros(shape)
            direction[place] = 1.0
            yield direction
    else:
        generator = np.random.default_rng(1)
        for _ in range(3):
            direction = generator.normal(size=shape)
            yield direction / max(1.0, float(np.sqrt(np.sum(direction**2))))


@pytest.mark.parametrize("case", SMOOTH, ids=str)
def test_the_gradient_is_that_of_difference_quotients(case: Case) -> None:
    graph, wrt = _loss_graph(case)
    _check_gradient(graph, "loss", wrt, _feed_of(case, graph), not case.large)


@pytest.mark.parametrize("case", SMOOTH, ids=str)
def test_the_gradient_of_the_gradient_is_that_of_difference_quotients(case: Case) -> None:
    graph, wrt = _loss_graph(case)
    bent = _second(graph, "loss", [*wrt, "c"])
    _check_gradient(bent, "bend", [*wrt, "c"], _feed_of(case, bent), not case.large)


@pytest.mark.parametrize(
    ("primitive", "sample"),
    [(p, s) for p, s in SAMPLES if s.check_gradient and p.vjp is not None],
    ids=lambda value: value.name if isinstance(value, Primitive) else "",
)
def test_the_gradient_holds_at_the_samples(primitive: Primitive, sample: Sample) -> None:
    arrays = _arrays(sample)
    builder, inputs, y = built(primitive.name, arrays, sample.attrs)
    shape = resolve(y.shape, 1)
    weights = np.linspace(0.5, 1.5, math.prod(shape)).reshape(shape)
    graph = builder.build(loss=add_up(y * builder.constant(weights)))
    wrt = [f"x{k}" for k, value in enumerate(inputs) if value.dtype == "float"]
    _check_gradient(graph, "loss", wrt, feed(arrays), all_entries=True)


@pytest.mark.parametrize(
    "primitive", [p for p in PRIMITIVES.values() if p.vjp is None], ids=lambda p: p.name
)
def test_nothing_flows_back_through_what_has_no_slope(primitive: Primitive) -> None:
    case = next(c for c in CASES if c.op == primitive.name)
    arrays = case.arrays()
    builder, inputs, y = built(case.op, arrays, case.attrs)
    loss = add_up(pellucid.ops.cast(y, "float"))
    graph = gradient(builder.build(loss=loss), "loss", [f"x{k}" for k in range(len(inputs))])
    values = ReferenceExecutor().compile(graph).run(feed(arrays))
    for k, array in enumerate(arrays):
        np.testing.assert_array_equal(values[f"d loss / d x{k}"], np.zeros(array.shape))


# --- precision and magnitude


@pytest.mark.parametrize("case", CASES, ids=str)
@pytest.mark.parametrize("scale", [1.0, 1000.0])
def test_float32_gives_what_float64_gives(case: Case, scale: float) -> None:
    """To 2e-5 of the largest element: some ten units in the last place for the sums here."""
    arrays = [a.astype(np.float32) if a.dtype.kind == "f" else a for a in case.arrays(scale)]
    graph = graph_of(case)
    fine = ReferenceExecutor("float64").compile(graph).run(feed(arrays))["y"]
    coarse = ReferenceExecutor("float32").compile(graph).run(feed(arrays))["y"]
    if coarse.dtype.kind != "f":
        np.testing.assert_array_equal(coarse, fine)
        return
    with np.errstate(over="ignore"):
        expected = fine.astype(np.float32)  # infinity where only float64 has such numbers
    finite = np.abs(expected[np.isfinite(expected)])
    tolerance = 2e-5 * float(finite.max(initial=1.0 if case.op != "exp" else 0.0))
    np.testing.assert_allclose(coarse, expected, rtol=2e-4, atol=tolerance)


@pytest.mark.parametrize("case", [c for c in CASES if not c.large], ids=str)
def test_nan_and_infinity_pass_through(case: Case) -> None:
    graph = graph_of(case)
    for value in (np.nan, np.inf, -np.inf):
        for k, array in enumerate(case.arrays()):
            if array.dtype.kind != "f" or not array.size:
                continue
            arrays = case.arrays()
            arrays[k].reshape(-1)[0] = value
            result = _run(graph, arrays)  # raises and warns of nothing
            if np.isnan(value) and case.op not in NAN_CAN_END and result.size:
                assert np.isnan(result).any()
