"""Feature maps and kernels of a network that looks at pictures, and the sum of one output pixel."""

from __future__ import annotations

from typing import Any

import numpy as np

from pellucid.errors import ParameterError
from pellucid.graph.primitive import Array
from pellucid.inspect.views.layers import read, shapes
from pellucid.inspect.views.live.tiles import painted
from pellucid.nn.conv import Conv2D, DepthwiseConv2D
from pellucid.nn.pool import AvgPool2D, MaxPool2D
from pellucid.nn.window import around, pair
from pellucid.scene.bench import Bench
from pellucid.studio.views.answers import chances, class_names, has_answers, numbers
from pellucid.studio.views.data import is_picture, picture

MOST_MAPS, MOST_LAYERS, MOST_PIXELS = 64, 12, 4_000
WINDOWED = Conv2D | DepthwiseConv2D | MaxPool2D | AvgPool2D


def maps(bench: Bench) -> dict[str, Any]:
    """The chosen picture, what each layer makes of it, and the kernels.

    Shapes: ``picture`` is channels x height x width, 0 to 255; of a layer ``maps`` is channels x
        height x width, ``kernels`` filters x channels x rows x columns, both painted around 128.
    """
    network = bench.network
    shape = network.architecture.in_shape
    if not is_picture(bench) or not any(len(after) == 3 for *_, after in shapes(network)):
        return {"none": True}
    encoded = read(network, bench.chosen_x)
    given = bench.outputs_of(encoded)
    layers: list[dict[str, Any]] = []
    for name, layer, before, after in shapes(network):
        if len(after) != 3 or len(layers) == MOST_LAYERS:
            continue
        found = np.asarray(given[name][0], float)[:MOST_MAPS]
        told: dict[str, Any] = {
            "name": name, "kind": type(layer).__name__, "shape": list(after),
            "maps": painted("map", found), "zoom": isinstance(layer, WINDOWED),
            "top": float(found.max()), "low": float(found.min()), "before": list(before),
        }  # fmt: skip
        if isinstance(layer, Conv2D | DepthwiseConv2D):
            weight = np.asarray(network.parameters[f"{name}.weight"], float)[:MOST_MAPS]
            told["kernels"] = painted("kernel", weight[:, :16])
        layers.append(told)
    row = bench.chosen
    told = {
        "picture": picture(bench, row), "shape": list(shape), "layers": layers, "row": row,
        "rows": len(bench.data.x), "held": bool(np.isin(row, bench.held)), "step": bench.step,
        "wanted": str(np.asarray(bench.data.y)[row]), "classes": class_names(bench),
    }  # fmt: skip
    if has_answers(bench) and told["classes"]:
        scores = chances(bench, numbers(bench, bench.chosen_x))
        told["scores"] = None if scores is None else scores[0]
    return told


def products(bench: Bench, name: str, channel: int, row: int, column: int) -> dict[str, Any]:
    """How one pixel of a feature map comes about: the window, the kernel, their products, the sum.

    Shapes: ``window``, ``kernel`` and ``products`` are channels x rows x columns; ``inside`` is
        rows x columns: 0 where the window stands over the edge.
    Raises: ``ParameterError`` for a layer without windows, or a place that it does not have.
    """
    network = bench.network
    found = {own: (layer, before) for own, layer, before, _ in shapes(network)}
    if name not in found or not isinstance(found[name][0], WINDOWED):
        known = [own for own, (layer, _) in found.items() if isinstance(layer, WINDOWED)]
        raise ParameterError(
            f"There is no layer {name!r:.60} that looks through a window. Those that do: "
            f"{', '.join(known) or 'none'}."
        )
    layer, before = found[name]
    shape = layer.output_shape(before)
    if not all(0 <= at < size for at, size in zip((channel, row, column), shape, strict=True)):
        raise ParameterError(
            f"{name} gives {' x '.join(map(str, shape))} numbers, and has none at {channel}, "
            f"{row}, {column}, counted from 0. Choose a pixel inside."
        )
    encoded = read(network, bench.chosen_x)
    given = bench.outputs_of(encoded)
    names = list(found)
    place = names.index(name)
    source = np.asarray(encoded[0] if place == 0 else given[names[place - 1]][0], float)
    source = source.reshape(before)
    cut = _Cut(layer, before, row, column)
    told: dict[str, Any] = {
        "layer": name, "kind": type(layer).__name__, "channel": channel, "row": row,
        "column": column, "shape": list(shape), "from": None if place == 0 else names[place - 1],
        "top": cut.top, "left": cut.left, "rows": cut.rows, "columns": cut.columns,
        "value": float(given[name][0][channel, row, column]), "inside": cut.inside.astype(np.uint8),
    }  # fmt: skip
    if isinstance(layer, MaxPool2D | AvgPool2D):
        return told | _pooled(layer, cut.of(source[channel : channel + 1]), cut.inside, channel)
    return told | _summed(network, name, layer, cut, source, channel)


class _Cut:
    """Where a window lies on the picture before it."""

    def __init__(self, layer: Any, before: tuple[int, ...], row: int, column: int) -> None:
        is_pool = isinstance(layer, MaxPool2D | AvgPool2D)
        size = pair(layer.size if is_pool else layer.kernel)
        stride = size if layer.stride is None else pair(layer.stride)
        spread = (1, 1) if is_pool else pair(layer.dilation)
        (above, _), (left, _) = around(
            layer.padding, (before[1], before[2]), size, stride, spread
        )  # fmt: skip
        self.top, self.left = row * stride[0] - above, column * stride[1] - left
        self.down = self.top + spread[0] * np.arange(size[0])
        self.across = self.left + spread[1] * np.arange(size[1])
        self.rows = int(self.down[-1] - self.top + 1)
        self.columns = int(self.across[-1] - self.left + 1)
        within_rows = (self.down >= 0) & (self.down < before[1])
        within_columns = (self.across >= 0) & (self.across < before[2])
        self.inside = within_rows[:, None] & within_columns

    def of(self, source: Array) -> Array:
        """The window of each channel; 0 over the edge."""
        down = np.clip(self.down, 0, source.shape[1] - 1)
        across = np.clip(self.across, 0, source.shape[2] - 1)
        return np.where(self.inside, source[:, down][:, :, across], 0.0)


def _summed(
    network: Any, name: str, layer: Any, cut: _Cut, source: Array, channel: int
) -> dict[str, Any]:  # fmt: skip
    """The products of a convolution, their sum, the bias and what the activation makes of it."""
    weight = np.asarray(network.parameters[f"{name}.weight"], float)
    kernel = weight[channel]
    filters, taken = len(weight), len(kernel)
    groups = len(source) // taken
    begin = channel // (filters // groups) * taken
    window = cut.of(source[begin : begin + taken])
    bias = network.parameters.get(f"{name}.bias")
    parts = window * kernel
    sums = parts.sum(axis=(1, 2))
    shift = 0.0 if bias is None else float(bias[channel])
    return {
        "window": window, "kernel": kernel, "products": parts, "sums": sums.tolist(),
        "bias": shift, "sum": float(sums.sum() + shift), "first": begin,
        "activation": layer.activation.kind if hasattr(layer.activation, "kind") else
        type(layer.activation).__name__.lower(),
    }  # fmt: skip


def _pooled(layer: Any, window: Array, inside: Array, channel: int) -> dict[str, Any]:
    """What pooling takes of its window."""
    seen = window[0][inside]
    largest = isinstance(layer, MaxPool2D)
    return {
        "window": window, "first": channel, "pool": "max" if largest else "mean",
        "sum": float(seen.max() if largest else seen.mean()),
    }  # fmt: skip
