"""Differentiation of whole graphs: values worked by hand, structure, and errors."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from pellucid.errors import GraphError, UnknownNameError
from pellucid.graph import BATCH, Builder, Graph, gradient, gradients, simplify
from pellucid.ops import argmax, cast, exp, mean, sigmoid
from pellucid.ops import sum as add_up
from pellucid.run import ReferenceExecutor


def run(graph: Graph, **inputs: Any) -> dict[str, Any]:
    arrays = {name: np.asarray(value) for name, value in inputs.items()}
    return ReferenceExecutor().compile(graph).run(arrays)


def test_a_neuron_worked_by_hand() -> None:
    """y = sigmoid(w . x + b), loss (y - 1)^2: with w . x + b = 0, y = 1/2 and dy/da = 1/4."""
    builder = Builder()
    w, b = builder.input("w", (2,)), builder.input("b")
    y = sigmoid(add_up(w * np.array([1.0, 2.0])) + b)
    graph = gradient(builder.build(y=y, loss=(y - 1.0) ** 2), "loss", ["w", "b", "y"])
    result = run(graph, w=[2.0, -1.0], b=0.0)
    assert result["loss"] == 0.25
    assert result["d loss / d y"] == -1.0  # 2 (y - 1)
    assert result["d loss / d b"] == -0.25
    np.testing.assert_array_equal(result["d loss / d w"], [-0.25, -0.5])


def test_a_third_derivative() -> None:
    builder = Builder()
    x = builder.input("x")
    graph = builder.build(y=x * x * x * x)
    name = "y"
    for _ in range(3):
        graph = gradient(graph, name, ["x"])
        name = f"d {name} / d x"
    result = run(graph, x=2.0)
    assert [result[output] for output in graph.outputs] == [16.0, 32.0, 48.0, 48.0]


def test_shares_of_a_value_used_twice_add_up_and_broadcasting_is_undone() -> None:
    builder = Builder()
    x, bias = builder.input("x", (BATCH, 2)), builder.input("b", (2,))
    one = builder.input("c", (1, 1))
    graph = gradient(builder.build(loss=add_up((x + bias) * x * one)), "loss", ["x", "b", "c"])
    result = run(graph, x=[[1.0, 2.0], [3.0, 4.0]], b=[10.0, 20.0], c=[[2.0]])
    np.testing.assert_array_equal(result["d loss / d x"], [[24.0, 48.0], [32.0, 56.0]])
    np.testing.assert_array_equal(result["d loss / d b"], [8.0, 12.0])
    np.testing.assert_array_equal(result["d loss / d c"], [[11.0 + 44.0 + 39.0 + 96.0]])


def test_the_mean_over_a_symbolic_batch() -> None:
    builder = Builder()
    graph = gradient(builder.build(loss=mean(builder.input("x", (BATCH, 2)))), "loss", ["x"])
    for batch in (1, 3):
        slope = run(graph, x=np.zeros((batch, 2)))["d loss / d x"]
        np.testing.assert_array_equal(slope, np.full((batch, 2), 1 / (2 * batch)))


def test_what_the_loss_does_not_depend_on_has_zero_gradient() -> None:
    builder = Builder()
    x, away = builder.input("x", (2,)), builder.input("away", (BATCH, 3))
    dead = exp(away)
    steps = cast(argmax(x), "float")
    graph = gradient(builder.build(loss=steps, dead=dead), "loss", ["x", "away", "dead"])
    result = run(graph, x=[1.0, 2.0], away=np.zeros((2, 3)))
    np.testing.assert_array_equal(result["d loss / d x"], [0.0, 0.0])
    np.testing.assert_array_equal(result["d loss / d away"], np.zeros((2, 3)))
    np.testing.assert_array_equal(result["d loss / d dead"], np.zeros((2, 3)))


def test_a_value_made_after_the_loss_has_zero_gradient() -> None:
    builder = Builder()
    x = builder.input("x")
    loss = x * x
    late = exp(loss)
    slopes = gradients(loss, [late, loss, x])
    result = run(builder.build(late=slopes[0], loss=slopes[1], x=slopes[2]), x=3.0)
    assert [float(result[name]) for name in ("late", "loss", "x")] == [0.0, 1.0, 6.0]


def test_simplified_only_what_is_asked_for_is_differentiated() -> None:
    builder = Builder()
    x, w = builder.input("x", (BATCH, 3)), builder.input("w", (3, 2))
    graph = simplify(gradient(builder.build(loss=add_up(x @ w)), "loss", ["w"]))
    products = [n for n in graph if n.op == "matmul"]
    assert [n.shape for n in products] == [(BATCH, 2), (3, 2)]  # forward, and for w; none for x


def test_backward_nodes_know_their_scope_role_and_twin() -> None:
    builder = Builder()
    x = builder.input("x")
    with builder.context(scope="a"):
        y = exp(x)
    with builder.context(scope="b", role="loss"):
        loss = y * y
    before = builder.build(loss=loss)
    graph = gradient(before, "loss", ["x"])
    assert graph.nodes[: len(before)] == before.nodes
    added = [(n.op, n.scope, n.role, n.twin) for n in graph.nodes[len(before) :]]
    assert added == [
        ("constant", "b", "backward", loss.id),
        ("multiply", "b", "backward", loss.id),
        ("add", "b", "backward", loss.id),
        ("multiply", "a", "backward", y.id),
    ]


def test_what_cannot_be_differentiated_is_refused() -> None:
    builder = Builder()
    x = builder.input("x", (2,))
    graph = builder.build(loss=add_up(x), vector=x, whole=argmax(x))

    def message(error: type[Exception], loss: str, wrt: list[str]) -> str:
        with pytest.raises(error) as caught:
            gradient(graph, loss, wrt)
        return str(caught.value)

    assert message(GraphError, "vector", ["x"]) == (
        "Only a float scalar can be differentiated, the loss is float[2]."
    )
    assert message(GraphError, "whole", ["x"]) == (
        "Only a float scalar can be differentiated, the loss is int[]."
    )
    assert message(UnknownNameError, "los", ["x"]) == (
        "There is no output 'los'. Did you mean 'loss'? Known: loss, vector, whole."
    )
    assert message(UnknownNameError, "loss", ["y"]) == (
        "There is no input or output 'y'. Known: loss, vector, whole, x."
    )
