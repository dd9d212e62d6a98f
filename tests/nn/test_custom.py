"""Activations and losses of one's own: traced, compared, saved, and refused with reasons."""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from pellucid.errors import GraphError, ParameterError, PellucidError
from pellucid.graph import BATCH, Builder, Value
from pellucid.nn import (
    Activation,
    Architecture,
    Chain,
    Custom,
    CustomLoss,
    Dense,
    layer_from_record,
    layer_to_record,
    loss_from_record,
    loss_to_record,
)
from pellucid.nn.custom import Written
from pellucid.ops import less, mean, sum, tanh, where
from tests.nn.cases import compute

OTHER = Builder().input("other", (BATCH, 2))


def with_math(z: Value) -> Value:
    return math.exp(z)  # type: ignore[arg-type, return-value]


def with_numpy(z: Value) -> Value:
    result: Value = np.tanh(z)  # type: ignore[call-overload]
    return result


def with_if(z: Value) -> Value:
    return z if z > 0.0 else 0.0 * z


def misnamed(z: Value) -> Value:
    result: Value = z.relu()  # type: ignore[attr-defined]
    return result


def misshapen(z: Value) -> Value:
    return z + np.ones(3)


ADVICE = (
    " It is run on symbols, not numbers: use +, -, *, /, **, @ and the functions of pellucid.ops, "
    "where(...) in place of if, and nothing of math or numpy."
)
CANNOT = "The function {} cannot be made part of the graph: {}" + ADVICE
ONE_ROW = (
    "The function {} must give a graph value with one float row a sample, float[B, ...], got {}."
)


def message(act: Callable[[], Any]) -> str:
    with pytest.raises(PellucidError) as caught:
        act()
    return str(caught.value)


@pytest.mark.parametrize(
    ("function", "reason"),
    [
        (with_math, "must be real number, not Value"),
        (with_numpy, "operand 'Value' does not support ufuncs (__array_ufunc__=None)"),
        (
            with_if,
            "A graph value has no truth yet: it is computed when the graph runs. "
            "Use pellucid.ops.where(condition, a, b) in place of if.",
        ),
        (misnamed, "'Value' object has no attribute 'relu'"),
        (
            misshapen,
            "add(float[B, 2], float[3]): these shapes do not broadcast together",
        ),
    ],
)
def test_a_function_that_cannot_be_traced_is_said_with_its_reason(
    function: Callable[[Value], Value], reason: str
) -> None:
    assert message(lambda: Activation(function).output_shape((2,))) == CANNOT.format(
        function.__name__, reason
    )


@pytest.mark.parametrize(
    ("function", "got"),
    [
        (lambda z: 3.0, "3.0"),
        (lambda z: z > 0.0, "bool[B, 2]; cast it with pellucid.ops.cast(y, 'float')"),
        (lambda z: sum(z), "float[], without the batch as its first axis"),
        (lambda z: sum(z, 0), "float[2], without the batch as its first axis"),
        (lambda z: z.builder.constant([1.0]), "float[1], without the batch as its first axis"),
        (lambda z: OTHER, "one of another graph"),
        (lambda z: None, "None"),
    ],
)  # fmt: skip
def test_a_function_that_gives_something_else_is_said(
    function: Callable[[Value], Value], got: str
) -> None:
    assert message(lambda: Activation(function).output_shape((2,))) == ONE_ROW.format(
        "<lambda>", got
    )


def test_a_chain_says_in_which_layer_the_function_is() -> None:
    net = Chain([Dense(3), Dense(2, with_math)])
    expected = "dense_2: " + CANNOT.format("with_math", "must be real number, not Value")
    assert message(lambda: net.parameters((4,))) == expected


def test_a_primitive_is_a_function_too() -> None:
    np.testing.assert_array_equal(compute(Custom.from_function(tanh), [[0.5]]), np.tanh([[0.5]]))


def test_branches_by_where() -> None:
    function = Custom.from_function(lambda z: where(less(z, 0.0), z * 0.5, z))
    np.testing.assert_array_equal(compute(function, [[-2.0, 4.0]]), [[-1.0, 4.0]])


def test_equality_goes_by_the_graph() -> None:
    def first(z: Value) -> Value:
        return z * z

    one, two = Custom.from_function(first), Custom.from_function(lambda v: v * v)
    other = Custom.from_function(lambda v: v + v)
    assert one == Custom.from_function(first)
    assert one != two  # nothing is known of either yet
    for function in (one, two, other):
        Activation(function).output_shape((2,))
    assert one == two
    assert hash(one) == hash(two)
    assert one != other
    assert repr(one) == "Custom(written=first)"


def test_a_saved_function_runs_without_the_python_function() -> None:
    layer = Chain([Dense(3, lambda z: z * abs(z)), Dense(2, lambda z: mean(z, 1, keepdims=True))])
    Architecture(layer, (4,))
    again = layer_from_record(json.loads(json.dumps(layer_to_record(layer))))
    assert isinstance(again, Chain)
    assert again == layer
    assert Architecture(again, (4,)).out_shape == (1,)
    saved = again.layers[0]
    assert isinstance(saved, Dense)
    assert isinstance(saved.activation, Custom)
    assert saved.activation.written.function is None
    np.testing.assert_array_equal(compute(saved.activation, [[-2.0, 0.0, 3.0]]), [[-4.0, 0.0, 9.0]])


def test_one_function_for_several_shapes_keeps_a_graph_for_each() -> None:
    layer = Activation(lambda z: z / sum(z, -1, keepdims=True))
    for shape in ((2,), (3,), (2, 3)):
        layer.output_shape(shape)
    again = layer_from_record(layer_to_record(layer))
    assert again == layer
    assert again.output_shape((2, 3)) == (2, 3)


def test_a_saved_function_meets_another_shape() -> None:
    layer = Activation(lambda z: z * z)
    layer.output_shape((2,))
    again = layer_from_record(layer_to_record(layer))
    assert message(lambda: again.output_shape((3,))) == (
        "The function <lambda> comes from a file and was saved for z of float[B, 2], got z of "
        "float[B, 3]. Keep the network's shapes, or give the function again."
    )


def test_a_function_that_was_never_used_cannot_be_saved() -> None:
    assert message(lambda: layer_to_record(Dense(3, with_if))) == (
        "The function with_if has not been used yet: there is no graph of it to save. "
        "Build the network for its input shape first."
    )


def saved() -> dict[str, Any]:
    layer = Activation(lambda z: z * z)
    layer.output_shape((2,))
    return layer_to_record(layer)["function"]["written"]  # type: ignore[no-any-return]


@pytest.mark.parametrize(
    "record",
    [None, [], {}, {"label": "f"}, {"label": 3, "graphs": []}, {"label": "f", "graphs": []},
     {**saved(), "code": "import os"}],
)  # fmt: skip
def test_a_broken_record_is_refused(record: Any) -> None:
    with pytest.raises(ParameterError) as caught:
        Written.from_record(record, ("z",))
    assert str(caught.value) == (
        "A function's record holds a label and a list of graphs, and nothing else."
    )


def test_a_record_with_an_unknown_operation_is_refused() -> None:
    record = saved()
    record["graphs"][0]["nodes"][1]["op"] = "system"
    with pytest.raises(GraphError, match="There is no operation 'system'"):
        Written.from_record(record, ("z",))


def test_a_record_with_other_inputs_or_outputs_is_refused() -> None:
    assert message(lambda: Written.from_record(saved(), ("output", "target"))) == (
        "A graph of the function <lambda> must make of output and target one output y with one "
        "float row a sample, got:\n%0 = input z : float[B, 2]\n"
        "%1 = multiply(%0, %0) : float[B, 2]\ny = %1"
    )
    b = Builder()
    graph = b.build(y=sum(b.input("z", (BATCH, 2))))
    from pellucid.graph import to_dict

    record = {"label": "f", "graphs": [to_dict(graph)]}
    assert message(lambda: Written.from_record(record, ("z",))).endswith(
        "%1 = sum(%0, axes=[0, 1]) : float[]\ny = %1"
    )


def test_a_custom_loss_must_give_one_number_a_sample() -> None:
    b = Builder()
    output, target = b.input("output", (BATCH, 2)), b.input("target", (BATCH, 2))
    loss = CustomLoss.from_function(lambda o, t: abs(o - t))
    assert message(lambda: loss.per_sample(output, target)) == (
        "The loss <lambda> must give one float a sample, float[B], got float[B, 2]. "
        "Take a mean over the other axes."
    )


def test_a_custom_loss_keeps_its_target_kind_and_link_in_a_file() -> None:
    loss = CustomLoss.from_function(lambda o, t: mean(o * o, 1), "index", "sigmoid")
    b = Builder()
    loss.per_sample(b.input("output", (BATCH, 2)), b.input("target", (BATCH,), "int"))
    again = loss_from_record(json.loads(json.dumps(loss_to_record(loss))))
    assert again == loss
    assert again.target_type((2,)).dtype == "int"
    assert again.link == Activation("sigmoid").function
