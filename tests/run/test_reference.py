"""The reference executor: node after node, in either precision, for any batch."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pellucid.errors import ShapeError, UnknownNameError
from pellucid.graph import BATCH, Batch, Builder, Graph, simplify
from pellucid.ops import cast, exp, mean, reshape, sigmoid
from pellucid.ops import sum as add_up
from pellucid.run import ReferenceExecutor
from tests.graph.graphs import graphs


def layer() -> Graph:
    builder = Builder()
    x, w, b = builder.input("x", (BATCH, 2)), builder.input("w", (2, 1)), builder.input("b", (1,))
    a = x @ w + b
    return builder.build(a=a, y=sigmoid(a))


def inputs(batch: int = 3) -> dict[str, Any]:
    x = np.arange(2.0 * batch).reshape(batch, 2)
    return {"x": x, "w": np.array([[1.0], [-1.0]]), "b": np.array([1.0])}


def test_it_computes_the_outputs_by_name() -> None:
    result = ReferenceExecutor().compile(layer()).run(inputs())
    assert list(result) == ["a", "y"]
    np.testing.assert_array_equal(result["a"], [[0.0], [0.0], [0.0]])
    np.testing.assert_array_equal(result["y"], [[0.5], [0.5], [0.5]])


def test_only_the_outputs_asked_for_are_computed() -> None:
    program = ReferenceExecutor().compile(layer(), outputs=["a"])
    assert [node.op for node in program.graph] == ["input", "input", "input", "matmul", "add"]
    assert list(program.run(inputs())) == ["a"]
    with pytest.raises(UnknownNameError) as caught:
        ReferenceExecutor().compile(layer(), outputs=["z"])
    assert str(caught.value) == "There is no output 'z'. Known: a, y."


def test_watching_yields_every_node_in_order_with_the_values_of_a_run() -> None:
    graph = layer()
    program = ReferenceExecutor().compile(graph)
    seen = list(program.watch(inputs()))
    assert [node for node, _ in seen] == list(graph.nodes)
    values = {node.id: value for node, value in seen}
    result = program.run(inputs())
    for name, id in graph.outputs.items():
        np.testing.assert_array_equal(values[id], result[name])
    np.testing.assert_array_equal(values[graph.inputs["x"].id], inputs()["x"])


def test_watching_goes_on_step_by_step() -> None:
    builder = Builder()
    x = builder.input("x")
    one = exp(x)
    program = ReferenceExecutor().compile(builder.build(y=exp(one)))
    watching = program.watch({"x": np.array(0.0)})
    assert [next(watching)[1].item(), next(watching)[1].item()] == [0.0, 1.0]
    assert next(watching)[1].item() == pytest.approx(math.e)
    assert next(watching, None) is None


@pytest.mark.parametrize("precision", ["float32", "float64"])
def test_every_float_is_rounded_to_the_precision(precision: Any) -> None:
    builder = Builder()
    x, n, m = (
        builder.input("x", (2,)),
        builder.input("n", (2,), "int"),
        builder.input("m", (2,), "bool"),
    )
    graph = builder.build(
        third=x / 3.0, tenth=builder.constant(0.1), n=n + 1, m=m, f=cast(n, "float"), mean=mean(x)
    )
    executor = ReferenceExecutor(precision)
    assert (executor.name, executor.precision) == ("reference", precision)
    result = executor.compile(graph).run(
        {"x": np.array([1, 2]), "n": np.array([1, 2], np.uint8), "m": np.array([True, False])}
    )
    kind = np.dtype(precision)
    assert [result[k].dtype for k in ("third", "tenth", "f", "mean")] == [kind] * 4
    assert result["n"].dtype == np.int64
    assert result["m"].dtype == np.bool_
    np.testing.assert_array_equal(result["third"], np.array([1, 2], kind) / kind.type(3))
    assert result["tenth"] == kind.type(0.1)


def test_one_program_serves_every_batch_size() -> None:
    program = ReferenceExecutor().compile(layer())
    for batch in (1, 5, 0, 2, 5):
        assert program.run(inputs(batch))["y"].shape == (batch, 1)


def test_the_batch_is_known_from_a_multiple_and_is_1_without_any() -> None:
    builder = Builder()
    flat, w = builder.input("flat", (Batch(3),)), builder.input("w", (2,))
    graph = builder.build(y=reshape(flat, (BATCH, 3)), w=w)
    program = ReferenceExecutor().compile(graph)
    given = {"w": np.zeros(2)}
    assert program.run({"flat": np.zeros(6), **given})["y"].shape == (2, 3)
    with pytest.raises(ShapeError) as caught:
        program.run({"flat": np.zeros(7), **given})
    assert str(caught.value) == ("The graph's inputs do not fit: flat is [7], expected [3B].")
    plain = Builder()
    alone = plain.build(y=exp(plain.input("x")))
    assert ReferenceExecutor().compile(alone).run({"x": np.array(0.0)})["y"] == 1.0


def test_all_inputs_that_do_not_fit_are_named_at_once() -> None:
    builder = Builder()
    names = {"x": (BATCH, 3), "y": (BATCH,), "w": (3, 2), "b": (2,)}
    made = [builder.input(name, shape) for name, shape in names.items()]
    label, flag = builder.input("label", (BATCH,), "int"), builder.input("flag", (), "bool")
    program = ReferenceExecutor().compile(
        builder.build(**{v.node.attrs["name"]: v for v in (*made, label, flag)})
    )
    with pytest.raises(ShapeError) as caught:
        program.run(
            {
                "x": np.zeros((4, 3)), "y": np.zeros(5), "w": np.zeros((3, 2, 1)),
                "bias": np.zeros(2), "label": np.zeros(4), "flag": np.array("yes"),
            }
        )  # fmt: skip
    assert str(caught.value) == (
        "The graph's inputs do not fit: b is missing; bias is not an input of this graph; "
        "y is [5], expected [B] with B = 4; w is [3, 2, 1], expected [3, 2] with B = 4; "
        "label holds float64 values, expected int; flag holds <U3 values, expected bool."
    )


def test_watching_and_running_check_alike() -> None:
    program = ReferenceExecutor().compile(layer())
    for call in (program.run, lambda given: list(program.watch(given))):
        with pytest.raises(ShapeError, match=r"^The graph's inputs do not fit: b is missing\.$"):
            call({k: v for k, v in inputs().items() if k != "b"})


def test_nan_and_infinity_are_values_not_warnings() -> None:
    builder = Builder()
    x = builder.input("x", (3,))
    graph = builder.build(y=exp(x) / (x - x), s=add_up(x))
    program = ReferenceExecutor().compile(graph)
    given = {"x": np.array([1e4, np.nan, -np.inf])}
    np.testing.assert_array_equal(program.run(given)["y"], [np.inf, np.nan, np.nan])
    assert len(list(program.watch(given))) == len(graph)


def test_an_output_may_be_an_input_or_asked_for_twice() -> None:
    builder = Builder()
    x = builder.input("x", (BATCH,))
    y = exp(x)
    result = ReferenceExecutor().compile(builder.build(x=x, y=y, z=y)).run({"x": np.zeros(2)})
    np.testing.assert_array_equal(result["x"], [0.0, 0.0])
    np.testing.assert_array_equal(result["y"], result["z"])


def test_running_leaves_the_inputs_as_they_were() -> None:
    given = inputs()
    before = {name: array.copy() for name, array in given.items()}
    program = ReferenceExecutor().compile(simplify(layer()))
    program.run(given)
    list(program.watch(given))
    for name, array in given.items():
        np.testing.assert_array_equal(array, before[name])


@given(graphs(), st.sampled_from(["float32", "float64"]))
def test_reusing_memory_changes_no_bit_and_no_input(graph: Graph, precision: Any) -> None:
    """``watch`` keeps every value in memory of its own, ``run`` does not."""
    given_values = {"x": np.linspace(-2.0, 3.0, 12).reshape(4, 3), "w": np.array([0.5, -1.0, 4.0])}
    fed = {name: value.astype(precision) for name, value in given_values.items()}
    program = ReferenceExecutor(precision).compile(simplify(graph))
    kept = {node.id: value.copy() for node, value in program.watch(fed)}
    found = program.run(fed)
    for name, id in program.graph.outputs.items():
        np.testing.assert_array_equal(found[name], kept[id])
    for name, value in given_values.items():
        np.testing.assert_array_equal(fed[name], value.astype(precision))


def test_memory_that_a_view_looks_into_is_not_reused() -> None:
    builder = Builder()
    x = builder.input("x", (2, 2))
    total = x + x
    view = reshape(total, (4,))
    graph = builder.build(view=view, twice=total * 2.0)
    found = ReferenceExecutor().compile(graph).run({"x": np.ones((2, 2))})
    np.testing.assert_array_equal(found["view"], np.full(4, 2.0))
    np.testing.assert_array_equal(found["twice"], np.full((2, 2), 4.0))
