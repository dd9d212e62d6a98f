"""Records: what a file may say, and the errors for all it may not."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

import pytest

import pellucid.nn as nn
from pellucid.errors import ParameterError, PellucidError, UnknownNameError
from pellucid.graph import Value
from pellucid.nn import (
    Chain,
    Conv2D,
    Dense,
    Layer,
    Reshape,
    Tracer,
    layer_from_record,
    layer_to_record,
    leaky_relu,
    loss_from_record,
    loss_to_record,
)

DENSE: dict[str, Any] = layer_to_record(Dense(3, leaky_relu(0.2), weight_init="orthogonal"))


def test_a_record_reads_like_the_layer() -> None:
    assert DENSE == {
        "layer": "Dense",
        "name": None,
        "units": 3,
        "activation": {"activation": "leaky_relu", "slope": 0.2},
        "bias": True,
        "weight_init": {"initializer": "Orthogonal", "gain": 1.0},
    }
    assert layer_to_record(Chain([Reshape((1, -1))], name="front")) == {
        "layer": "Chain",
        "name": "front",
        "layers": [{"layer": "Reshape", "name": None, "shape": [1, -1]}],
    }


def test_fields_with_a_default_may_be_left_out() -> None:
    assert layer_from_record({"layer": "Conv2D", "filters": 2, "kernel": 3}) == Conv2D(2, 3)


@pytest.mark.parametrize(
    ("record", "message"),
    [
        (
            {"layer": "Desne"},
            "There is no layer 'Desne'. Did you mean 'Dense'? Known: "
            + ", ".join(sorted(Layer.classes))
            + ".",
        ),
        (
            {**DENSE, "activation": {"activation": "reluu"}},
            "There is no activation 'reluu'. Did you mean 'relu'? Known: custom, elu, exponential, "
            "gelu, hard_sigmoid, leaky_relu, linear, relu, selu, sigmoid, silu, softmax, softplus, "
            "step, tanh.",
        ),
        (
            {**DENSE, "weight_init": {"initializer": "normal"}},
            "There is no initializer 'normal'. Did you mean 'Normal'? Known: Constant, Normal, "
            "Orthogonal, Scaled, Uniform.",
        ),
    ],
)
def test_unknown_classes(record: dict[str, Any], message: str) -> None:
    with pytest.raises(UnknownNameError) as caught:
        layer_from_record(record)
    assert str(caught.value) == message


NO_RECORD = "A record of a layer is an object with the key 'layer' and a name, got {}."


@pytest.mark.parametrize(
    ("record", "message"),
    [
        (None, NO_RECORD.format("None")),
        (
            [DENSE],
            NO_RECORD.format(repr([DENSE])[:57] + "..."),
        ),
        ({"units": 3}, NO_RECORD.format("{'units': 3}")),
        ({"layer": 3}, NO_RECORD.format("{'layer': 3}")),
        (
            {"layer": "Conv2D", "kernal": 3, "size": 2},
            "The record of layer Conv2D has wrong fields: kernal, size unknown; filters, kernel "
            "missing. Its fields are name, filters, kernel, stride, padding, dilation, groups, "
            "activation, bias, weight_init.",
        ),
        (
            {**DENSE, "units": "3"},
            "Dense expects units to be a whole number at least 1 or None, got '3'. "
            "units is the number of outputs.",
        ),
        (
            {**DENSE, "units": [3]},
            "Dense expects units to be a whole number at least 1 or None, got (3,). "
            "units is the number of outputs.",
        ),
        (
            {**DENSE, "weight_init": 0.5},
            "An initializer is a name such as 'he_normal', or an Initializer such as "
            "Constant(0.5), got 0.5.",
        ),
        (
            {"layer": "Chain", "layers": ["Dense"]},
            "A network is made of layers such as Dense(64), got 'Dense'.",
        ),
        (
            {"layer": "Chain", "layers": {"activation": "relu"}},
            "A network is made of layers such as Dense(64), got Relu().",
        ),
        (
            {"layer": "Activation", "function": {"activation": "custom", "written": 3}},
            "A function's record holds a label and a list of graphs, and nothing else.",
        ),
        (
            {"layer": "Activation", "function": {"activation": "relu", "slope": 3}},
            "The record of activation relu has wrong fields: slope unknown. Its fields are none.",
        ),
    ],
)
def test_wrong_records(record: Any, message: str) -> None:
    with pytest.raises(ParameterError) as caught:
        layer_from_record(record)
    assert str(caught.value) == message


def test_wrong_records_of_losses() -> None:
    with pytest.raises(UnknownNameError, match="There is no loss 'hubber'"):
        loss_from_record({"loss": "hubber"})
    with pytest.raises(ParameterError) as caught:
        loss_from_record({"loss": "huber", "delta": 0.0})
    assert str(caught.value) == (
        "Huber expects delta to be a number above 0, got 0.0. "
        "delta is the size from which on an error counts as large."
    )


def test_a_record_cannot_name_a_class_of_another_kind() -> None:
    with pytest.raises(UnknownNameError):
        layer_from_record({"layer": "huber"})
    with pytest.raises(ParameterError):
        layer_from_record({"loss": "huber"})


@pytest.mark.parametrize("depth", [100, 5000])
def test_a_record_that_nests_too_deep_is_refused(depth: int) -> None:
    record: dict[str, Any] = {"layer": "Chain", "layers": []}
    for _ in range(depth):
        record = {"layer": "Chain", "layers": [record]}
    with pytest.raises(ParameterError) as caught:
        layer_from_record(record)
    assert str(caught.value) == "The record is nested more than 64 deep."


def test_deep_lists_are_refused() -> None:
    value: Any = []
    for _ in range(5000):
        value = [value]
    with pytest.raises(PellucidError) as caught:
        layer_from_record({"layer": "Reshape", "shape": value})
    assert str(caught.value) == "The record is nested more than 64 deep."


def test_ones_own_layer_has_a_record_too() -> None:
    @dataclass(frozen=True)
    class Double(Layer):
        """Twice the input."""

        def trace(self, builder: Tracer, x: Value) -> Value:
            return 2.0 * x

    try:
        layer = Chain([Double(), Dense(2)])
        assert layer_from_record(json.loads(json.dumps(layer_to_record(layer)))) == layer
    finally:
        del Layer.classes["Double"]


def test_ones_own_layer_cannot_take_a_name_that_files_use() -> None:
    with pytest.raises(ParameterError) as caught:
        type("Dense", (Layer,), {"__module__": "elsewhere"})
    assert str(caught.value) == (
        "There is a layer 'Dense' already, in pellucid.nn.dense. Give yours another name."
    )
    assert Layer.classes["Dense"] is Dense


def test_values_that_no_file_can_hold() -> None:
    layer = Dense(3)
    object.__setattr__(layer, "units", {1, 2})
    with pytest.raises(ParameterError) as caught:
        layer_to_record(layer)
    assert str(caught.value) == "A file cannot hold {1, 2}, the value of units."


def test_losses_have_records_with_nested_activations() -> None:
    record = loss_to_record(nn.CategoricalCrossEntropy(0.1, "one_hot"))
    assert record == {"loss": "categorical_cross_entropy", "smoothing": 0.1, "targets": "one_hot"}


def test_the_public_names() -> None:
    assert sorted(nn.__all__) == nn.__all__
    for name in nn.__all__:
        assert getattr(nn, name) is not None
