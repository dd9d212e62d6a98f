"""Layers made of layers: names, parameters' names, order, and the errors of what does not fit."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from pellucid.errors import ParameterError, PellucidError, ShapeError
from pellucid.nn import (
    Activation,
    Architecture,
    AvgPool2D,
    BatchNorm,
    Chain,
    Conv1D,
    Conv2D,
    Dense,
    DepthwiseConv2D,
    Dropout,
    Embedding,
    Flatten,
    GlobalAvgPool2D,
    Layer,
    LayerNorm,
    MaxPool2D,
    Parallel,
    Reshape,
    Residual,
)
from pellucid.nn.compose import named
from tests.nn.cases import Case, run


def names(layer: Layer, in_shape: tuple[int, ...]) -> list[str]:
    return [p.name for p in layer.parameters(in_shape)]


def test_layers_are_named_by_class_and_number() -> None:
    layers = [Conv2D(2, 3), MaxPool2D(), BatchNorm(), Dense(2), Dense(3, name="out"), Dense(4)]
    assert [name for name, _ in named(layers)] == [
        "conv2d_1", "max_pool2d_1", "batch_norm_1", "dense_1", "out", "dense_3",
    ]  # fmt: skip
    assert [layer.name for _, layer in named(layers)] == [name for name, _ in named(layers)]
    assert GlobalAvgPool2D().name is None
    assert next(iter(named([GlobalAvgPool2D()])))[0] == "global_avg_pool2d_1"
    assert next(iter(named([DepthwiseConv2D(1)])))[0] == "depthwise_conv2d_1"


def test_parameters_are_named_by_their_place() -> None:
    inner = Chain([Dense(3), Residual([Dense(3)], Dense(3))], name="block")
    assert names(Chain([inner, Parallel([Dense(1), [Dense(2)]])]), (2,)) == [
        "block.dense_1.weight",
        "block.dense_1.bias",
        "block.residual_1.dense_1.weight",
        "block.residual_1.dense_1.bias",
        "block.residual_1.shortcut.weight",
        "block.residual_1.shortcut.bias",
        "parallel_1.dense_1.weight",
        "parallel_1.dense_1.bias",
        "parallel_1.chain_1.dense_1.weight",
        "parallel_1.chain_1.dense_1.bias",
    ]


def test_nodes_and_notes_carry_the_layers_full_name() -> None:
    from pellucid.graph import BATCH, Builder

    net = Architecture(Chain([Chain([Dense(3)], name="block")]), (2,))
    b = Builder()
    x = b.input("x", (BATCH, 2))
    traced = net.trace(x, b.input("params", (9,)), b.input("state", (0,)))
    assert traced.output.node.scope == "block.dense_1"
    own = [f"block.dense_1.{part}" for part in ("input", "output", "x", "y", "z")]
    assert sorted(traced.notes) == sorted([*own, "block.input", "block.output"])
    assert sorted(traced.parameters) == ["block.dense_1.bias", "block.dense_1.weight"]


def test_a_chain_in_residual_stands_for_its_layers() -> None:
    layers = [Dense(4, "tanh"), Dense(4)]
    assert Residual(Chain(layers)) == Residual(layers)
    assert Residual(layers[0]) == Residual(layers[:1])


def test_a_layer_named_shortcut_is_no_shortcut() -> None:
    layer = Residual([Dense(3, name="shortcut")])
    w, x = np.diag([1.0, 2.0, 3.0]), np.ones((1, 3))
    inputs = {"shortcut.weight": w, "shortcut.bias": np.zeros(3), "x": x}
    y = run(Case(layer, (3,), (3,)), **inputs)["y"]
    np.testing.assert_array_equal(y, [[2.0, 3.0, 4.0]])


def test_what_residual_and_parallel_compute() -> None:
    x, w = np.array([[1.0, 2.0]]), np.array([[1.0, 0.0], [0.0, 3.0]])
    zero = np.zeros(2)
    inputs = {"dense_1.weight": w, "dense_1.bias": zero, "x": x}
    y = run(Case(Residual(Dense(2)), (2,), (2,)), **inputs)["y"]
    np.testing.assert_array_equal(y, [[2.0, 8.0]])
    with_shortcut = Residual(Dense(2), Dense(2, bias=False))
    y = run(Case(with_shortcut, (2,), (2,)), **inputs, **{"shortcut.weight": 10 * w})["y"]
    np.testing.assert_array_equal(y, [[11.0, 66.0]])
    y = run(Case(Parallel([Flatten(), Dense(2)]), (2,), (4,)), **inputs)["y"]
    np.testing.assert_array_equal(y, [[1.0, 2.0, 1.0, 6.0]])


NO_LAYER = "A network is made of layers such as Dense(64), got {}."


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: Chain([Dense(3), "relu"]), NO_LAYER.format("'relu'")),  # type: ignore[list-item]
        (lambda: Chain(3), NO_LAYER.format("3")),  # type: ignore[arg-type]
        (lambda: Residual([3]), NO_LAYER.format("3")),  # type: ignore[list-item]
        (lambda: Residual(Dense(3), "same"), NO_LAYER.format("'same'")),  # type: ignore[arg-type]
        (lambda: Parallel([Dense(3), [3]]), NO_LAYER.format("3")),  # type: ignore[list-item]
        (lambda: Parallel([]), "Parallel expects branches, a list of at least one layer, got []."),
        (
            lambda: Chain([Dense(3, name="a"), Dense(3, name="a")]),
            "Two layers are named 'a'. Give each a name of its own.",
        ),
        (
            lambda: Chain([Dense(3), Dense(3, name="dense_1")]),
            "Two layers are named 'dense_1'. Give each a name of its own.",
        ),
        (
            lambda: Residual(Dense(3, name="shortcut"), Dense(3)),
            "Two layers are named 'shortcut'. Give each a name of its own.",
        ),
    ],
)
def test_what_cannot_be_composed_is_said(make: Callable[[], Any], message: str) -> None:
    with pytest.raises(ParameterError) as caught:
        make()
    assert str(caught.value) == message


PICTURES = "expects samples of shape [channels, height, width], got"


@pytest.mark.parametrize(
    ("layers", "in_shape", "message"),
    [
        (
            [Dense(3), Conv2D(2, 3)],
            (4,),
            f"conv2d_1 {PICTURES} [3]. Put Reshape((channels, height, width)) before it.",
        ),
        (
            [Conv2D(2, 3)],
            (64,),
            f"conv2d_1 {PICTURES} [64]. Put Reshape((1, 8, 8)) before it.",
        ),
        (
            [Conv2D(2, 3)],
            (8, 9),
            f"conv2d_1 {PICTURES} [8, 9]. Put Reshape((1, 8, 9)) before it.",
        ),
        (
            [Conv2D(2, 3, name="eye")],
            (64,),
            f"eye {PICTURES} [64]. Put Reshape((1, 8, 8)) before it.",
        ),
        (
            [DepthwiseConv2D(3)],
            (),
            f"depthwise_conv2d_1 {PICTURES} []. Put Reshape((channels, height, width)) before it.",
        ),
        (
            [Flatten(), MaxPool2D()],
            (1, 2, 2),
            f"max_pool2d_1 {PICTURES} [4]. Put Reshape((1, 2, 2)) before it.",
        ),
        (
            [AvgPool2D()],
            (4, 4),
            f"avg_pool2d_1 {PICTURES} [4, 4]. Put Reshape((1, 4, 4)) before it.",
        ),
        (
            [GlobalAvgPool2D()],
            (9,),
            f"global_avg_pool2d_1 {PICTURES} [9]. Put Reshape((1, 3, 3)) before it.",
        ),
        (
            [Conv1D(2, 3)],
            (9,),
            "conv1d_1 expects samples of shape [channels, length], got [9]. Put Reshape((1, "
            "9)) before it.",
        ),
        (
            [Conv1D(2, 3)],
            (1, 9, 9),
            "conv1d_1 expects samples of shape [channels, length], got [1, 9, 9]. Put a "
            "Reshape before it.",
        ),
        (
            [Conv2D(4, 1, groups=2)],
            (3, 2, 2),
            "conv2d_1 expects channels and filters that divide into 2 groups, got 3 channels "
            "and 4 filters. Change groups or filters.",
        ),
        (
            [Conv1D(3, 1, groups=2)],
            (2, 2),
            "conv1d_1 expects channels and filters that divide into 2 groups, got 2 channels "
            "and 3 filters. Change groups or filters.",
        ),
        (
            [Dense(3)],
            (),
            "dense_1 expects samples of shape [..., features], got []. Put Reshape((1,)) "
            "before it.",
        ),
        (
            [Dense(), Dense(2)],
            (4,),
            "dense_1 does not know its number of units. Only a network's last layer may leave "
            "it to the data; write Dense(units) here.",
        ),
        (
            [BatchNorm()],
            (),
            "batch_norm_1 expects samples of shape [features] or [channels, ...], got []. Put "
            "Reshape((1,)) before it.",
        ),
        (
            [LayerNorm(3)],
            (4,),
            "layer_norm_1 expects samples of at least 3 axes, got [4]. Use axes=1.",
        ),
        (
            [Reshape((2, 3))],
            (5,),
            "reshape_1 expects samples that fill the shape [2, 3], got [5], which holds 5 "
            "numbers. Change the shape, or let -1 stand for one of its sizes.",
        ),
        (
            [Reshape((2, -1))],
            (5,),
            "reshape_1 expects samples that fill the shape [2, -1], got [5], which holds 5 "
            "numbers. Change the shape, or let -1 stand for one of its sizes.",
        ),
        (
            [Dense(2), Embedding(3, 2)],
            (5,),
            "embedding_1 expects whole numbers to look up, got float values. Put it first in "
            "the network.",
        ),
        (
            [Residual([Dense(3), Dense(5)])],
            (4,),
            "residual_1 expects layers and shortcut to give the same shape, got [5] from the "
            "layers and [4] around them. Let the layers keep the shape, or give a shortcut "
            "such as Conv2D(filters, 1) or Dense(units).",
        ),
        (
            [Residual(Dense(1))],
            (4,),
            "residual_1 expects layers and shortcut to give the same shape, got [1] from the "
            "layers and [4] around them. Let the layers keep the shape, or give a shortcut "
            "such as Conv2D(filters, 1) or Dense(units).",
        ),
        (
            [Parallel([Dense(2), [Dense(3), Reshape((3, 1))]])],
            (4,),
            "parallel_1 expects branches whose shapes agree but for axis 0, got [2] from "
            "dense_1, [3, 1] from chain_1. Change the branches or the axis.",
        ),
        (
            [Parallel([Dense(2), Dense(3)], axis=1)],
            (4,),
            "parallel_1 expects branches whose shapes agree but for axis 1, got [2] from "
            "dense_1, [3] from dense_2. Change the branches or the axis.",
        ),
        (
            [Residual([Dense(3), Conv2D(2, 3)])],
            (4,),
            f"residual_1: conv2d_1 {PICTURES} [3]. Put Reshape((channels, height, width)) "
            "before it.",
        ),
        (
            [Residual(Dense(3), Conv2D(2, 3))],
            (4,),
            f"residual_1: shortcut {PICTURES} [4]. Put Reshape((1, 2, 2)) before it.",
        ),
        (
            [Parallel([[Dense(3), Conv2D(2, 3)]])],
            (4,),
            f"parallel_1: chain_1: conv2d_1 {PICTURES} [3]. Put Reshape((channels, height, "
            "width)) before it.",
        ),
    ],
)
def test_the_first_layer_that_does_not_fit_is_named(
    layers: list[Layer], in_shape: tuple[int, ...], message: str
) -> None:
    with pytest.raises(PellucidError) as caught:
        Architecture(Chain(layers), in_shape)
    assert str(caught.value) == message
    assert isinstance(caught.value, ShapeError)


def test_what_a_primitive_says_comes_under_the_layers_name() -> None:
    with pytest.raises(ShapeError) as caught:
        Architecture(Chain([Dense(9), Reshape((1, 3, 3)), Conv2D(2, 5)]), (4,))
    assert str(caught.value) == (
        "conv2d_1: conv2d(float[B, 1, 3, 3], float[2, 1, 5, 5]): the window covers 5 x 5, more "
        "than the padded picture's 3 x 3; use a smaller window or more padding"
    )


def test_layers_alone_call_themselves_by_their_class() -> None:
    with pytest.raises(ShapeError) as caught:
        Conv2D(2, 3).parameters((64,))
    assert str(caught.value) == f"Conv2D {PICTURES} [64]. Put Reshape((1, 8, 8)) before it."


@pytest.mark.parametrize(
    ("layer", "expected"),
    [
        (Chain([Embedding(3, 2), Flatten()]), "int"),
        (Chain([Chain([Embedding(3, 2)]), Flatten()]), "int"),
        (Residual([Embedding(3, 2)]), "int"),
        (Parallel([Embedding(3, 2), Embedding(3, 1)], axis=-1), "int"),
        (Chain([Activation("relu"), Dropout()]), "float"),
        (Chain(), "float"),
    ],
)
def test_the_first_layer_says_what_kind_of_number_comes_in(layer: Layer, expected: str) -> None:
    assert layer.input_dtype == expected
