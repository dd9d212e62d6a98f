"""What the records promise at corners, ties and limits, worked out by hand."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from pellucid.errors import DataError, ShapeError
from pellucid.graph import BATCH, PRIMITIVES, Builder, gradient
from pellucid.ops import cast, gather, power, scatter_add, where
from pellucid.ops import sum as add_up
from pellucid.run import ReferenceExecutor
from tests.ops.cases import Array, built, feed

INF, NAN = np.inf, np.nan


def slopes(op: str, *inputs: Any, **attrs: Any) -> list[Array]:
    """The gradient of the sum of the output with respect to each input."""
    arrays = [np.asarray(value) for value in inputs]
    builder, values, y = built(op, arrays, attrs)
    wrt = [f"x{k}" for k in range(len(values))]
    graph = gradient(builder.build(loss=add_up(y)), "loss", wrt)
    outputs = ReferenceExecutor().compile(graph).run(feed(arrays))
    return [outputs[f"d loss / d {name}"] for name in wrt]


def value(op: str, *inputs: Any, **attrs: Any) -> Array:
    return np.asarray(PRIMITIVES[op](*(np.asarray(x) for x in inputs), **attrs))


@pytest.mark.parametrize(
    ("op", "inputs", "attrs", "expected"),
    [
        ("abs", [[0.0, -0.0]], {}, [[0.0, 0.0]]),
        ("maximum", [[1.0, 2.0], [1.0, 0.0]], {}, [[0.0, 1.0], [1.0, 0.0]]),
        ("minimum", [[1.0, 2.0], [1.0, 3.0]], {}, [[0.0, 1.0], [1.0, 0.0]]),
        ("clip", [[-2.0, -1.0, 0.0, 1.0, 2.0]], {"low": -1.0, "high": 1.0}, [[0.0, 1.0, 1.0, 1.0, 0.0]]),
        ("max", [[3.0, 1.0, 3.0]], {"axes": (0,), "keepdims": False}, [[0.5, 0.0, 0.5]]),
        ("max", [[[2.0, 2.0], [2.0, 2.0]]], {"axes": (0, 1), "keepdims": True}, [[[0.25] * 2] * 2]),
        ("power", [[0.0, 0.0, 0.0], [0.0, 1.0, 2.0]], {}, [[0.0, 1.0, 0.0], [0.0, 0.0, 0.0]]),
        ("sqrt", [[0.0]], {}, [[INF]]),
        ("log", [[0.0]], {}, [[INF]]),
        ("sigmoid", [[-800.0, 800.0]], {}, [[0.0, 0.0]]),
        ("tanh", [[-800.0, 800.0]], {}, [[0.0, 0.0]]),
        ("logsumexp", [[1000.0, 1000.0]], {"axes": (0,), "keepdims": False}, [[0.5, 0.5]]),
    ],
)  # fmt: skip
def test_slopes_at_corners(op: str, inputs: list[Any], attrs: Any, expected: list[Any]) -> None:
    for got, wanted in zip(slopes(op, *inputs, **attrs), expected, strict=True):
        np.testing.assert_allclose(got, wanted, rtol=1e-12)


@pytest.mark.parametrize(
    ("op", "inputs", "attrs", "expected"),
    [
        ("argmax", [[2.0, 5.0, 5.0]], {"axis": 0}, 1),
        ("argmax", [[2.0, NAN, 5.0]], {"axis": 0}, 1),
        ("max", [[NAN, 1.0]], {"axes": (0,), "keepdims": False}, NAN),
        ("max", [np.zeros((0,))], {"axes": (0,), "keepdims": False}, -INF),
        ("sum", [np.zeros((0,))], {"axes": (0,), "keepdims": False}, 0.0),
        ("mean", [np.zeros((0,))], {"axes": (0,), "keepdims": False}, NAN),
        ("logsumexp", [[-INF, -INF]], {"axes": (0,), "keepdims": False}, -INF),
        ("logsumexp", [[-INF, INF]], {"axes": (0,), "keepdims": False}, INF),
        ("log_softmax", [[0.0, -INF]], {"axis": 0}, [0.0, -INF]),
        ("log_softmax", [[1000.0, -1000.0]], {"axis": 0}, [0.0, -2000.0]),
        ("sigmoid", [[-INF, INF, NAN]], {}, [0.0, 1.0, NAN]),
        ("tanh", [[-INF, INF]], {}, [-1.0, 1.0]),
        ("erf", [[-INF, INF]], {}, [-1.0, 1.0]),
        ("divide", [[1.0, -1.0, 0.0], [0.0, 0.0, 0.0]], {}, [INF, -INF, NAN]),
        ("log", [[0.0, -1.0]], {}, [-INF, NAN]),
        ("sqrt", [[-1.0]], {}, [NAN]),
        ("power", [[0.0, 0.0], [0.0, -1.0]], {}, [1.0, INF]),
        ("maximum", [[NAN, 1.0], [1.0, NAN]], {}, [NAN, NAN]),
        ("clip", [[NAN, INF, -INF]], {"low": -1.0, "high": 1.0}, [NAN, 1.0, -1.0]),
        ("equal", [[NAN, 0.0], [NAN, -0.0]], {}, [False, True]),
    ],
)  # fmt: skip
def test_values_at_limits(op: str, inputs: list[Any], attrs: Any, expected: Any) -> None:
    np.testing.assert_array_equal(value(op, *inputs, **attrs), expected)


def test_the_second_slope_of_a_power_exists_at_zero() -> None:
    builder = Builder()
    x = builder.input("x", (4,))
    y = power(x, np.array([0.0, 1.0, 2.0, 3.0]))
    graph = gradient(builder.build(loss=add_up(y)), "loss", ["x"])
    again = Builder(graph)
    slope = again.value(graph.output("d loss / d x").id)
    second = gradient(again.build(total=add_up(slope)), "total", ["x"])
    result = ReferenceExecutor().compile(second).run({"x": np.zeros(4)})
    np.testing.assert_array_equal(result["d total / d x"], [0.0, 0.0, 2.0, 0.0])


def test_nothing_flows_into_the_branch_that_where_does_not_take() -> None:
    builder = Builder()
    x = builder.input("x", (2,))
    graph = gradient(builder.build(loss=add_up(where(x > 0.0, x * x, 7.0))), "loss", ["x"])
    result = ReferenceExecutor().compile(graph).run({"x": np.array([3.0, -3.0])})
    np.testing.assert_array_equal(result["d loss / d x"], [6.0, 0.0])


@pytest.mark.parametrize(("wrong", "shown"), [(3, "3"), (-1, "-1")])
def test_an_index_outside_the_table_is_refused(wrong: int, shown: str) -> None:
    builder = Builder()
    table, index = builder.input("t", (3,)), builder.input("i", (BATCH,), "int")
    program = ReferenceExecutor().compile(builder.build(y=gather(table, index)))
    with pytest.raises(DataError) as caught:
        program.run({"t": np.zeros(3), "i": np.array([0, wrong])})
    assert str(caught.value) == (
        f"An index expects numbers from 0 to 2, got {shown}. "
        "Check what the index counts: it starts at 0."
    )


def test_nothing_flows_back_through_a_cast() -> None:
    builder = Builder()
    x = builder.input("x", (2,))
    whole = cast(cast(x, "int"), "float")
    graph = gradient(builder.build(loss=add_up(whole * x)), "loss", ["x"])
    result = ReferenceExecutor().compile(graph).run({"x": np.array([2.5, -3.5])})
    np.testing.assert_array_equal(result["d loss / d x"], [2.0, -3.0])


def _types() -> tuple[Builder, dict[str, Any]]:
    b = Builder()
    return b, {
        "x": b.input("x", (BATCH, 3)), "v": b.input("v", (4,)), "i": b.input("i", (BATCH,), "int"),
        "p": b.input("p", (BATCH, 4, 5, 6)), "w": b.input("w", (6, 4, 3, 3)),
        "g": b.input("g", (BATCH, 6, 3, 4)), "m": b.input("m", (BATCH,), "bool"),
    }  # fmt: skip


PLAIN = {"stride": (1, 1), "padding": ((0, 0), (0, 0)), "dilation": (1, 1), "groups": 1}
POOL = {"size": (2, 2), "stride": (2, 2), "padding": ((0, 0), (0, 0))}


@pytest.mark.parametrize(
    ("op", "inputs", "attrs", "message"),
    [
        ("add", "xv", {}, "add(float[B, 3], float[4]): these shapes do not broadcast together"),
        ("add", "xi", {}, "add(float[B, 3], int[B]): mixes float and int values; cast one of them"),
        ("exp", "i", {}, "exp(int[B]): takes float values, not int; cast them"),
        ("matmul", "xv", {"transpose_a": False, "transpose_b": False}, "matmul(float[B, 3], float[4]): both factors need at least 2 axes; reshape a vector to a row or column"),
        ("matmul", "xx", {"transpose_a": False, "transpose_b": False}, "matmul(float[B, 3], float[B, 3]): the inner sizes differ: 3 columns against B rows"),
        ("sum", "x", {"axes": (2,), "keepdims": False}, "sum(float[B, 3]): there is no axis 2 in a value of 2 axes"),
        ("reshape", "x", {"shape": (-1, -3)}, "reshape(float[B, 3]): 3B elements do not fill the shape [-1, -3], which holds 3"),
        ("reshape", "v", {"shape": (-1, -4)}, "reshape(float[4]): a size is a whole number from 0 on or a multiple of B, got -1"),
        ("slice", "x", {"axis": 0, "start": 0, "stop": 1, "step": 1}, "slice(float[B, 3]): the batch axis cannot be sliced: its size is not known yet"),
        ("scatter_add", "vi", {"size": 3, "axis": 5}, "scatter_add(float[4], int[B]): updates of 1 axes cannot hold the index at 5"),
        ("where", "xxx", {}, "where(float[B, 3], float[B, 3], float[B, 3]): the condition must be bool, not float"),
        ("conv2d", "xw", PLAIN, "conv2d(float[B, 3], float[6, 4, 3, 3]): x needs 4 axes (batch, channels, height, width), got [B, 3]; reshape it"),
        ("conv2d", "pv", PLAIN, "conv2d(float[B, 4, 5, 6], float[4]): the kernel must be float with 4 fixed axes (out channels, channels of a group, height, width), got float[4]"),
        ("conv2d", "pw", {**PLAIN, "groups": 2}, "conv2d(float[B, 4, 5, 6], float[6, 4, 3, 3]): the kernel takes 8 channels (4 in each of 2 groups), x has 4"),
        ("conv2d", "pw", {**PLAIN, "groups": 4}, "conv2d(float[B, 4, 5, 6], float[6, 4, 3, 3]): 4 channels in and 6 out do not divide into 4 groups; use a number of groups that divides both"),
        ("conv2d", "pw", {**PLAIN, "groups": 0}, "conv2d(float[B, 4, 5, 6], float[6, 4, 3, 3]): groups must be a whole number of at least 1, got 0"),
        ("conv2d", "pw", {**PLAIN, "dilation": (3, 1)}, "conv2d(float[B, 4, 5, 6], float[6, 4, 3, 3]): the window covers 7 x 3, more than the padded picture's 5 x 6; use a smaller window or more padding"),
        ("conv2d", "pw", {**PLAIN, "stride": (0, 1)}, "conv2d(float[B, 4, 5, 6], float[6, 4, 3, 3]): stride must be a tuple of 2 whole numbers from 1 on, got (0, 1)"),
        ("conv2d", "pw", {**PLAIN, "padding": 1}, "conv2d(float[B, 4, 5, 6], float[6, 4, 3, 3]): padding must be ((above, below), (left, right)), got 1"),
        ("conv2d_input_gradient", "gw", {**PLAIN, "size": (9, 9)}, "conv2d_input_gradient(float[B, 6, 3, 4], float[6, 4, 3, 3]): g is 3 x 4, but the window takes 7 x 7 places on 9 x 9"),
        ("conv2d_input_gradient", "pw", {**PLAIN, "size": (9, 9)}, "conv2d_input_gradient(float[B, 4, 5, 6], float[6, 4, 3, 3]): g has 4 channels, the kernel gives 6"),
        ("conv2d_weight_gradient", "pg", {**PLAIN, "size": (2, 3)}, "conv2d_weight_gradient(float[B, 4, 5, 6], float[B, 6, 3, 4]): g is 3 x 4, but the window takes 4 x 4 places on 5 x 6"),
        ("max_pool2d", "p", {**POOL, "size": (6, 2)}, "max_pool2d(float[B, 4, 5, 6]): the window covers 6 x 2, more than the padded picture's 5 x 6; use a smaller window or more padding"),
        ("max_pool2d", "p", {**POOL, "padding": ((2, 0), (0, 0))}, "max_pool2d(float[B, 4, 5, 6]): padding ((2, 0), (0, 0)) leaves a window of 2 x 2 with nothing but padding; pad by less than the window's size"),
        ("max_pool2d_gradient", "pg", POOL, "max_pool2d_gradient(float[B, 4, 5, 6], float[B, 6, 3, 4]): g must be float[B, 4, 2, 3], as the pooled x is"),
        ("max_pool2d_select", "pg", POOL, "max_pool2d_select(float[B, 4, 5, 6], float[B, 6, 3, 4]): v must be of x's type"),
        ("avg_pool2d_gradient", "g", {**POOL, "picture": (5, 6), "count_padding": False}, "avg_pool2d_gradient(float[B, 6, 3, 4]): g is 3 x 4, but the window takes 2 x 3 places on 5 x 6"),
        ("uniform", "v", {"stream": 0, "shape": (2,)}, "uniform(float[4]): the key must be int[2], seed and step, not float[4]"),
    ],
)  # fmt: skip
def test_what_does_not_fit_is_said_in_full(op: str, inputs: str, attrs: Any, message: str) -> None:
    builder, values = _types()
    with pytest.raises(ShapeError) as caught:
        builder.apply(PRIMITIVES[op], [values[name] for name in inputs], attrs)
    assert str(caught.value) == message


def test_the_way_back_of_a_gather_adds_repeated_places_up() -> None:
    builder = Builder()
    updates, index = builder.input("u", (BATCH,)), builder.input("i", (BATCH,), "int")
    program = ReferenceExecutor().compile(builder.build(y=scatter_add(updates, index, 3)))
    result = program.run({"u": np.array([1.0, 2.0, 4.0]), "i": np.array([2, 0, 2])})
    np.testing.assert_array_equal(result["y"], [2.0, 0.0, 5.0])


@pytest.mark.parametrize(
    ("picture", "winner"),
    [
        ([[5.0, 5.0], [5.0, 5.0]], 0),
        ([[-INF, -INF], [-INF, -INF]], 0),
        ([[1.0, NAN], [NAN, 9.0]], 1),
        ([[-INF, -INF], [-INF, -1e308]], 3),
        ([[1.0, INF], [INF, 9.0]], 1),
    ],
)
def test_the_first_of_equals_takes_the_whole_gradient_of_a_pool(picture: Any, winner: int) -> None:
    x, g = np.array([[picture]]), np.array([[[[7.0]]]])
    attrs = {"size": (2, 2), "stride": (2, 2), "padding": ((0, 0), (0, 0))}
    expected = np.zeros(4)
    expected[winner] = 7.0
    np.testing.assert_array_equal(value("max_pool2d_gradient", x, g, **attrs).ravel(), expected)
    largest = value("max_pool2d", x, **attrs)
    np.testing.assert_array_equal(largest.ravel(), x.ravel()[winner])
    np.testing.assert_array_equal(value("max_pool2d_select", x, x, **attrs), largest)


@pytest.mark.parametrize("pixel", [-INF, -1e308, NAN, INF])
def test_padding_never_wins_a_pool(pixel: float) -> None:
    x = np.full((1, 1, 2, 2), pixel)
    attrs = {"size": (3, 3), "stride": (3, 3), "padding": ((2, 2), (2, 2))}  # a pixel a window
    np.testing.assert_array_equal(value("max_pool2d", x, **attrs), x)
    g = np.array([[[[1.0, 2.0], [3.0, 4.0]]]])
    np.testing.assert_array_equal(value("max_pool2d_gradient", x, g, **attrs), g)
