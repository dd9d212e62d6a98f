"""What a drawing of a network has, before any number: its inputs, and each layer that is drawn.

A diagram on paper (``diagram.py``) and the one that is touched in the studio fill it with numbers.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from pellucid.data.arrays import count_of, show_size
from pellucid.data.codec import Classes, Labels, TableCodec
from pellucid.dataclass import dataclass
from pellucid.inspect.views.layers import column_names
from pellucid.models.network import Network
from pellucid.models.summary import describe
from pellucid.nn.activate import Activation
from pellucid.nn.activations import ActivationFunction, Custom, Linear
from pellucid.nn.affine import RandomAffine
from pellucid.nn.conv import Conv1D, Conv2D, DepthwiseConv2D
from pellucid.nn.dense import Dense
from pellucid.nn.dropout import Dropout
from pellucid.nn.jitter import ColorJitter, CutOut
from pellucid.nn.layer import Layer
from pellucid.nn.norm import BatchNorm, LayerNorm
from pellucid.nn.pool import AvgPool2D, MaxPool2D
from pellucid.nn.shape import Flatten
from pellucid.nn.window import pair

INPUTS = "inputs"
BESIDE = Activation | BatchNorm | ColorJitter | CutOut | Dropout | LayerNorm | RandomAffine
"""Layers that are told in a word beside the one before them."""


@dataclass(frozen=True)
class Outline:
    """One layer of a drawing, or the inputs.

    Attributes:
        name: what the layer is called.
        kind: "inputs", or the layer's class in small letters, such as "dense".
        shape: of what it gives for a sample: ``(units,)``, or ``(channels, height, width)``.
        notes: short lines on what it does.
        labels: what its units are called; none for numbers from 0.
        link: what leads to it where that are no single weights, such as "kernels of 5 x 5".
        function: the activation's name; nothing where there is none.
        gives: the name of the layer whose output its units are: the last that is told beside it,
            or itself.
        weight, bias: the names of a dense layer's parameters; nothing where there are none.
    """

    name: str
    kind: str
    shape: tuple[int, ...]
    notes: tuple[str, ...] = ()
    labels: tuple[str, ...] = ()
    link: str = ""
    function: str = ""
    gives: str = ""
    weight: str = ""
    bias: str = ""

    @property
    def is_picture(self) -> bool:
        """Whether its units lie on a plane."""
        return len(self.shape) == 3

    @property
    def count(self) -> int:
        """How many dots or tiles all of it would be."""
        return self.shape[0]


def outline(net: Network, names: Any = None) -> list[Outline]:
    """The inputs, and each layer that is drawn.

    Parameters:
        names: what the numbers of a row are called, where the model does not say.
    """
    shape = net.architecture.in_shape
    found = [_inputs(net, names)]
    has_others = any(not isinstance(each, BESIDE | Flatten) for _, each in net.architecture.layers)
    for name, layer in net.architecture.layers:
        before, shape = shape, layer.output_shape(shape)
        if isinstance(layer, Flatten) and has_others:
            continue
        if isinstance(layer, BESIDE) and has_others and before == shape:
            found[-1] = _beside(found[-1], name, layer, shape)
            continue
        found.append(_layer(name, layer, before, shape))
    if len(found) > 1:
        found[-1] = replace(found[-1], labels=_answers(net, found[-1].count, found[-1].function))
    return found


def plane(shape: tuple[int, ...]) -> tuple[int, ...]:
    """A shape as a drawing has it: units in a row, or channels of pictures."""
    if len(shape) == 2:
        return (shape[0], 1, shape[1])
    return shape if len(shape) in (1, 3) else (int(np.prod(shape)),)


def _inputs(net: Network, names: Any) -> Outline:
    codec, shape = net.inputs, net.architecture.in_shape
    labels: tuple[str, ...] = ()
    if isinstance(codec, TableCodec):
        labels = tuple(codec.feature_names)
    elif len(shape) == 1:
        labels = column_names(net, names)
    what = count_of(shape[0], "number") if len(shape) == 1 else show_size(shape)
    return Outline(INPUTS, INPUTS, plane(shape), (what,), labels, gives=INPUTS)


def _beside(stage: Outline, name: str, layer: Layer, shape: tuple[int, ...]) -> Outline:
    """The stage before, with a word on what else is done to it."""
    words = {BatchNorm: "batch norm", LayerNorm: "layer norm", Dropout: "dropout"}
    word = words.get(type(layer), "varied in training")
    function = stage.function
    if isinstance(layer, Activation):
        word = function = told(layer.function)
    notes = stage.notes
    if word:
        notes = (*notes[:1], ", ".join([*notes[1:], word]))
    gives = name if plane(shape) == stage.shape else stage.gives
    return replace(stage, notes=notes, gives=gives, function=function)


def _layer(name: str, layer: Layer, before: tuple[int, ...], shape: tuple[int, ...]) -> Outline:
    size = count_of(shape[0], "unit") if len(shape) == 1 else show_size(shape)
    first, link = _done(layer)
    notes = (size, first) if first else (size,)
    weight = bias = ""
    if isinstance(layer, Dense) and len(before) == 1:
        weight = f"{name}.weight"
        bias = f"{name}.bias" if layer.bias else ""
    count = sum(p.size for p in layer.parameters(before) if p.kind != "state")
    link = ", ".join(filter(None, (link, f"{count:,} parameters" if count else "")))
    function = told(getattr(layer, "activation", Linear()))
    kind = type(layer).__name__.lower()
    return Outline(name, kind, plane(shape), notes, (), link, function, name, weight, bias)


def _done(layer: Layer) -> tuple[str, str]:
    """What a layer does, in a word, and what leads to it."""
    function = told(getattr(layer, "activation", Linear()))
    if isinstance(layer, Dense):
        return function, ""
    if isinstance(layer, Conv2D | DepthwiseConv2D):
        kernel = f"kernels {show_size(pair(layer.kernel))}"
        return ", ".join(filter(None, (kernel, function))), kernel
    if isinstance(layer, Conv1D):
        kernel = f"kernels of {layer.kernel}"
        return ", ".join(filter(None, (kernel, function))), kernel
    if isinstance(layer, MaxPool2D | AvgPool2D):
        kind = "largest" if isinstance(layer, MaxPool2D) else "mean"
        words = f"{kind} of {show_size(pair(layer.size))}"
        return words, words
    others = {"GlobalAvgPool2D": "mean of each", "Reshape": "reshaped", "Embedding": "looked up"}
    named = type(layer).__name__
    return others.get(named, named), describe(layer)


def told(function: Any) -> str:
    """An activation's name; nothing for none."""
    if isinstance(function, Linear) or not isinstance(function, ActivationFunction):
        return ""
    return function.written.label if isinstance(function, Custom) else function.kind


def _answers(net: Network, count: int, found: str) -> tuple[str, ...]:
    """What the units of the last layer are called; nothing where they have no names.

    Parameters:
        found: the activation's name.
    """
    target = net._parts()[2]
    if not isinstance(target, Classes | Labels):
        return ()
    names = tuple(str(label) for label in target.labels)
    if count == 1 and len(names) == 2:  # "1" alone beside 0.000 would be read as the answer
        return (f"chance of {names[1]}" if found == "sigmoid" else f"says {names[1]}?",)
    return names if len(names) == count else ()
