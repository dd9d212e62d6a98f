"""The builder: nodes, operators, scopes, constants, inlining."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from pellucid.errors import GraphError, ShapeError, UnknownNameError
from pellucid.graph import BATCH, PRIMITIVES, Builder, Graph, Primitive, Type, Value, register
from pellucid.ops import exp, reshape, sigmoid, where
from pellucid.ops import sum as add_up
from pellucid.run import ReferenceExecutor


def run(graph: Graph, **inputs: Any) -> Any:
    arrays = {name: np.asarray(value) for name, value in inputs.items()}
    return ReferenceExecutor().compile(graph).run(arrays)["y"]


X, Y = np.array([[1.0, -2.0], [0.5, 4.0]]), np.array([[2.0, 3.0], [-1.0, 0.5]])


@pytest.mark.parametrize(
    "operation",
    [
        lambda x, y: x + y, lambda x, y: x + 2, lambda x, y: 2 + x,
        lambda x, y: x - y, lambda x, y: x - 2, lambda x, y: 2 - x,
        lambda x, y: x * y, lambda x, y: x * 2.5, lambda x, y: 2.5 * x,
        lambda x, y: x / y, lambda x, y: x / 4, lambda x, y: 4 / y,
        lambda x, y: abs(x) ** y, lambda x, y: x**2, lambda x, y: 2**x,
        lambda x, y: -x, lambda x, y: abs(x), lambda x, y: x @ y, lambda x, y: x @ Y,
        lambda x, y: Y @ x, lambda x, y: np.array([1.0, 2.0]) * x, lambda x, y: x - np.float32(0.5),
        lambda x, y: x < y, lambda x, y: x <= y, lambda x, y: x > y, lambda x, y: x >= y,
        lambda x, y: x > 0.5, lambda x, y: x <= 0.5, lambda x, y: True * x,
    ],
)  # fmt: skip
def test_operators_mean_what_they_mean_in_numpy(operation: Callable[..., Any]) -> None:
    builder = Builder()
    x, y = builder.input("x", (2, 2)), builder.input("other", (2, 2))
    graph = builder.build(y=operation(x, y), unused=x + y)
    np.testing.assert_array_equal(run(graph, x=X, other=Y), operation(X, Y))


def test_a_shape_problem_names_scope_operation_and_types() -> None:
    builder = Builder()
    x = builder.input("x", (BATCH, 5))
    with pytest.raises(ShapeError) as caught, builder.context(scope="dense_1"):
        x @ builder.input("w", (4, 3))
    assert str(caught.value) == (
        "dense_1: matmul(float[B, 5], float[4, 3]): the inner sizes differ: "
        "5 columns against 4 rows"
    )


def test_equal_nodes_are_made_once() -> None:
    builder = Builder()
    x = builder.input("x")
    assert (x + 1.0).id == (x + 1.0).id
    assert (x + 1.0).id != (1.0 + x).id
    assert builder.constant(2.0).id == builder.constant(np.float32(2)).id
    assert builder.constant(1.0).id != builder.constant(1).id != builder.constant(True).id
    again = Builder(builder.build(y=x + 1.0))
    assert (again.value(x.id) + 1.0).id == (x + 1.0).id


def test_the_two_zeros_are_two_constants() -> None:
    builder = Builder()
    x = builder.input("x")
    positive, negative = x / 0.0, x / -0.0
    graph = builder.build(y=positive, z=negative)
    assert run(graph, x=1.0) == np.inf
    assert ReferenceExecutor().compile(graph).run({"x": np.array(1.0)})["z"] == -np.inf


def test_nodes_get_the_scope_role_and_twin_of_their_context() -> None:
    builder = Builder()
    x = builder.input("x")
    with builder.context(scope="a"):
        one = exp(x)
        with builder.context(role="backward", twin=one.id):
            two = one * 3.0
        with builder.context(scope="b"):
            three = two - x
    four = three - 1.0
    facts = [(v.node.scope, v.node.role, v.node.twin) for v in (x, one, two, three, four)]
    assert facts == [
        ("", "forward", None), ("a", "forward", None), ("a", "backward", one.id),
        ("b", "forward", None), ("", "forward", None),
    ]  # fmt: skip


def test_the_context_ends_with_an_error() -> None:
    builder = Builder()
    with pytest.raises(RuntimeError), builder.context(scope="a", role="update"):
        raise RuntimeError
    node = builder.constant(1.0).node
    assert (node.scope, node.role) == ("", "forward")


@pytest.mark.parametrize(
    ("value", "dtype", "type"),
    [
        (1.5, None, Type(())), (2, None, Type((), "int")), (True, None, Type((), "bool")),
        (2, "float", Type(())), (2.0, "int", Type((), "int")), ([1, 2], None, Type((2,), "int")),
        (float("nan"), None, Type(())), (np.zeros((0, 3)), None, Type((0, 3))),
        (np.zeros((2, 0), np.int64), None, Type((2, 0), "int")),
        (np.uint8(3), None, Type((), "int")),
    ],
)  # fmt: skip
def test_a_constant_has_the_kind_of_its_numbers_or_the_one_asked_for(
    value: Any, dtype: Any, type: Type
) -> None:
    builder = Builder()
    made = builder.constant(value, dtype)
    assert made.type == type
    result = run(builder.build(y=made))
    assert result.shape == type.shape
    np.testing.assert_array_equal(result, value)


@pytest.mark.parametrize(
    ("value", "dtype", "message"),
    [
        ("ten", None, "A constant holds float, int or bool numbers, got 'ten'."),
        (1j, None, "A constant holds float, int or bool numbers, got 1j."),
        (None, "float", "A constant holds float, int or bool numbers, got None."),
        (0.5, "int", "A constant of kind int cannot hold 0.5; use another kind."),
        (2, "bool", "A constant of kind bool cannot hold 2; use another kind."),
        (float("nan"), "int", "A constant of kind int cannot hold nan; use another kind."),
    ],
)
def test_what_a_constant_cannot_hold_is_refused(value: Any, dtype: Any, message: str) -> None:
    with pytest.raises(GraphError) as caught:
        Builder().constant(value, dtype)
    assert str(caught.value) == message


def test_a_plain_number_never_loses_its_fraction() -> None:
    builder = Builder()
    index, mask = builder.input("i", (2,), "int"), builder.input("m", (2,), "bool")
    assert (index + 1).dtype == "int"
    with pytest.raises(ShapeError) as caught:
        index + 0.5
    assert str(caught.value) == (
        "add(int[2], float[]): mixes float and int values; cast one of them"
    )
    chosen = run(builder.build(y=where(mask, 2.5, 3.5)), i=[0, 1], m=[True, False])
    np.testing.assert_array_equal(chosen, [2.5, 3.5])


def test_settings_are_kept_as_plain_numbers_and_tuples() -> None:
    builder = Builder()
    x = builder.input("x", (4,))
    one = builder.apply(PRIMITIVES["reshape"], [x], {"shape": [2, np.int64(2)]})
    assert one.node.attrs["shape"] == (2, 2)
    assert one.id == reshape(x, (2, 2)).id


def test_names_and_builders_do_not_mix() -> None:
    one, two = Builder(), Builder()
    x, other = one.input("x"), two.input("x")
    with pytest.raises(GraphError) as twice:
        one.input("x")
    with pytest.raises(GraphError) as mixed:
        x + other
    with pytest.raises(GraphError) as foreign:
        one.build(y=other)
    with pytest.raises(ShapeError) as negative:
        one.input("z", (-3,))
    assert [str(e.value) for e in (twice, mixed, foreign, negative)] == [
        "The graph has an input 'x' already; choose another name.",
        "An operation mixes values of two builders; build them in one.",
        "Output 'y' belongs to another builder.",
        "input 'z': a size is a whole number from 0 on or a multiple of B, got -3",
    ]


def test_a_value_has_no_truth_yet() -> None:
    x = Builder().input("x")
    with pytest.raises(GraphError) as caught:
        bool(x > 0.0)
    assert str(caught.value) == (
        "A graph value has no truth yet: it is computed when the graph runs. "
        "Use pellucid.ops.where(condition, a, b) in place of if."
    )
    assert repr(x) == "<%0 = input : float[]>"


def test_a_graph_is_frozen_and_knows_its_inputs_and_outputs() -> None:
    builder = Builder()
    x = builder.input("x", (BATCH,))
    graph = builder.build(y=exp(x))
    assert list(graph.inputs) == ["x"]
    assert graph.output("y").op == "exp"
    assert len(graph) == len(list(graph)) == 2
    with pytest.raises(TypeError):
        graph.outputs["y"] = 0  # type: ignore[index]
    with pytest.raises(TypeError):
        graph.nodes[0].attrs["name"] = "z"  # type: ignore[index]
    with pytest.raises(UnknownNameError) as caught:
        graph.output("yy")
    assert str(caught.value) == "There is no output 'yy'. Did you mean 'y'? Known: y."


def _square_plus(k: float) -> Graph:
    builder = Builder()
    x = builder.input("x", (2,))
    return builder.build(y=x * x + k, double=x * 2.0)


def test_a_graph_can_be_inlined_more_than_once() -> None:
    builder = Builder()
    z = builder.input("z", (2,))
    with builder.context(scope="inner"):
        once = builder.inline(_square_plus(1.0), {"x": z})
        twice = builder.inline(_square_plus(1.0), {"x": once}, output="double")
    assert once.node.scope == "inner"
    result = run(builder.build(y=twice), z=[2.0, 3.0])
    np.testing.assert_array_equal(result, [10.0, 20.0])


def test_inlining_says_what_does_not_fit() -> None:
    builder = Builder()
    z, three = builder.input("z", (2,)), builder.input("three", (3,))

    def message(error: type[Exception], inputs: dict[str, Value], output: str | None = None) -> str:
        with pytest.raises(error) as caught:
            builder.inline(_square_plus(0.0), inputs, output)
        return str(caught.value)

    assert message(ShapeError, {}) == "The inlined graph's inputs do not fit: x is missing."
    assert message(ShapeError, {"x": three}) == (
        "The inlined graph's inputs do not fit: x is float[3], expected float[2]."
    )
    assert message(UnknownNameError, {"x": z, "y": z}) == "There is no input 'y'. Known: x."
    assert message(UnknownNameError, {"x": z}, "doubel") == (
        "There is no output 'doubel'. Did you mean 'double'? Known: double, y."
    )


def test_an_operation_of_ones_own_comes_in_by_the_same_door(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("pellucid.graph.primitive.PRIMITIVES", dict(PRIMITIVES))
    slope = lambda g, y, x: (g * 3.0 * x * x,)
    cube = register(Primitive("cube", lambda x: x, lambda x: x**3, slope, "y = x^3", "y = x^3"))
    builder = Builder()
    graph = builder.build(y=add_up(cube(builder.input("x", (2,)))))
    assert run(graph, x=[1.0, 2.0]) == 9.0
    assert cube(2.0) == 8.0
    assert repr(cube) == "<primitive cube: y = x^3>"
    for name in ("cube", "input"):
        with pytest.raises(GraphError) as caught:
            register(Primitive(name, cube.rule, cube.meaning, None, "", ""))
        assert str(caught.value) == (f"There is a primitive {name!r} already; choose another name.")


def test_sigmoid_of_a_plain_number_is_computed_at_once() -> None:
    assert sigmoid(0.0) == 0.5
