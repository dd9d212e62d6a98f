"""A network as the stages of its diagram, with what its units are for one row if one is given."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from pellucid.data.arrays import show_size
from pellucid.data.codec import Classes, Labels, TableCodec
from pellucid.errors import DataError
from pellucid.figures.diagram import Stage, diagram, network_diagram
from pellucid.figures.drawing import Drawing
from pellucid.figures.drawing_svg import drawing_svg
from pellucid.graph.primitive import Array
from pellucid.inspect.views.layers import column_names, layer_outputs, read
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

BESIDE = Activation | BatchNorm | ColorJitter | CutOut | Dropout | LayerNorm | RandomAffine
"""Layers that are told in a word beside the one before them."""
SMALL_STAGES, SMALL_LINES = 8, 300
"""A network of no more is drawn wherever it is shown."""


def network_figure(
    net: Network, x: Any = None, *, names: Any = None, template: str = "light",
    narrow: bool = False,
) -> Any:  # fmt: skip
    """The diagram of a network, as a Plotly figure.

    Parameters:
        x: one row; then every unit shows what it is for this row, and each answer its chance.
        names: what the numbers of a row are called, where the model does not say.
        narrow, template: as for ``figures.network_diagram``.

    Raises: ``DataError`` for more than one row.
    """
    found = stages(net, x, names)
    return network_diagram(found, title(net, x), template, narrow=narrow)


def network_drawing(net: Network, x: Any = None, *, names: Any = None) -> Drawing:
    """The same as a drawing, which becomes SVG."""
    return diagram(stages(net, x, names), title(net, x))


def small_svg(net: Network) -> str:
    """The diagram as SVG for a network that is small; nothing for a large one."""
    found = stages(net)
    if len(found) > SMALL_STAGES:
        return ""
    drawing = diagram(found, title(net))
    return drawing_svg(drawing) if len(drawing.lines) <= SMALL_LINES else ""


def title(net: Network, x: Any = None) -> str:
    """What the diagram is called."""
    size = f"{net.architecture.learned.size:,} parameters"
    return f"The network for one row: {size}" if x is not None else f"The network: {size}"


def stages(net: Network, x: Any = None, names: Any = None) -> list[Stage]:
    """The inputs, and each layer that is drawn."""
    given: dict[str, Array] = {}
    encoded = None
    if x is not None:
        rows = one_row(x)
        encoded, given = read(net, rows)[0], {k: v[0] for k, v in layer_outputs(net, rows).items()}
    shape = net.architecture.in_shape
    found = [_inputs(net, encoded, x, names)]
    has_others = any(not isinstance(each, BESIDE | Flatten) for _, each in net.architecture.layers)
    for name, layer in net.architecture.layers:
        before, shape = shape, layer.output_shape(shape)
        values = given.get(name)
        if isinstance(layer, Flatten) and has_others:
            continue
        if isinstance(layer, BESIDE) and has_others and before == shape:
            found[-1] = _beside(found[-1], layer, values, shape)
            continue
        found.append(_stage(net, name, layer, before, shape, values))
    return [*found[:-1], _answers(net, found[-1], x)] if len(found) > 1 else found


def one_row(x: Any) -> Any:
    """The row as rows.

    Raises: ``DataError`` for several.
    """
    if len(x) != 1:
        raise DataError(f"The diagram shows one row, got {len(x)}. Give x[:1], for example.")
    return x


def _inputs(net: Network, encoded: Array | None, x: Any, names: Any) -> Stage:
    codec, shape = net.inputs, net.architecture.in_shape
    labels: tuple[str, ...] = ()
    scores: list[str] = []
    if isinstance(codec, TableCodec):
        labels = codec.feature_names
    elif len(shape) == 1:
        labels = column_names(net, names)
        if x is not None:
            scores = [f"{value:.4g}" for value in np.asarray(x, float).reshape(-1)]
    what = f"{shape[0]} numbers" if len(shape) == 1 else show_size(shape)
    return Stage("inputs", _plane(shape), (what,), labels, values=_shaped(encoded), scores=scores)


def _plane(shape: tuple[int, ...]) -> tuple[int, ...]:
    """A shape as a diagram has it: units in a row, or channels of pictures."""
    if len(shape) == 2:
        return (shape[0], 1, shape[1])
    return shape if len(shape) in (1, 3) else (int(np.prod(shape)),)


def _shaped(values: Array | None) -> Array | None:
    return None if values is None else np.asarray(values, float).reshape(_plane(values.shape))


def _beside(stage: Stage, layer: Layer, values: Array | None, shape: tuple[int, ...]) -> Stage:
    """The stage before, with a word on what else is done to it."""
    words = {BatchNorm: "batch norm", LayerNorm: "layer norm", Dropout: "dropout"}
    word = words.get(type(layer), "varied in training")
    if isinstance(layer, Activation):
        word = _function(layer.function)
    notes = [*stage.notes]
    if word:
        notes = [*notes[:1], ", ".join([*notes[1:], word])]
    own = None if values is None else _shaped(values)
    own = own if own is not None and own.shape == stage.shape else stage.values
    return replace(stage, notes=notes, values=own)


def _stage(
    net: Network, name: str, layer: Layer, before: tuple[int, ...], shape: tuple[int, ...],
    values: Array | None,
) -> Stage:  # fmt: skip
    size = f"{shape[0]} units" if len(shape) == 1 else show_size(shape)
    first, link = _done(layer)
    notes = [size, first] if first else [size]
    weights = biases = None
    if isinstance(layer, Dense) and len(before) == 1:
        weights = net.parameters[f"{name}.weight"]
        biases = net.parameters.get(f"{name}.bias")
    count = sum(p.size for p in layer.parameters(before) if p.kind != "state")
    link = ", ".join(filter(None, (link, f"{count:,} parameters" if count else "")))
    return Stage(name, _plane(shape), notes, (), weights, biases, link, _shaped(values))


def _done(layer: Layer) -> tuple[str, str]:
    """What a layer does, in a word, and what leads to it."""
    function = _function(getattr(layer, "activation", Linear()))
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
    told = {"GlobalAvgPool2D": "mean of each", "Reshape": "reshaped", "Embedding": "looked up"}
    kind = type(layer).__name__
    return told.get(kind, kind), describe(layer)


def _function(function: Any) -> str:
    if isinstance(function, Linear) or not isinstance(function, ActivationFunction):
        return ""
    return function.written.label if isinstance(function, Custom) else function.kind


def _answers(net: Network, stage: Stage, x: Any) -> Stage:
    """The last stage with the classes' names, and the chances or the value for the row."""
    target, scores, labels = net._parts()[2], list[str](), list[str]()
    if isinstance(target, Classes | Labels):
        names = [str(label) for label in target.labels]
        labels = names if len(names) == stage.count else names[1:]
    if x is not None and isinstance(target, Classes | Labels):
        try:
            chances = net.predict_proba(x, engine="reference")[0]
        except DataError:  # scores that are no chances
            chances = ()
        scores = [f"{chance:.1%}" for chance in chances][-stage.count :]
    elif x is not None:
        answer = np.asarray(net.predict(x, engine="reference"), float).reshape(-1)
        scores = [f"{value:.4g}" for value in answer] if len(answer) == stage.count else []
    if len(labels) != stage.count:
        labels = []
    return replace(stage, labels=labels, scores=scores)
