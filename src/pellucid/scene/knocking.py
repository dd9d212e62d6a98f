"""What leads on from a unit: the weights by which the next layer hears it."""

from __future__ import annotations

from itertools import product
from typing import Any

from pellucid.errors import ParameterError
from pellucid.inspect.views.layers import found_layer
from pellucid.models.network import Network
from pellucid.nn.conv import Conv1D, Conv2D, DepthwiseConv2D
from pellucid.nn.dense import Dense


def knocked(network: Network, layer: str, unit: int) -> tuple[str, list[tuple[int, ...]]]:
    """The parameter, and the places in it, by which the next layer hears a unit.

    Raises: ``UnknownNameError`` for a layer that is not there; ``ParameterError`` for a unit that
        is not there, of the last layer, or before a layer that does not weigh units one by one.
    """
    found_layer(network, layer)
    shape: tuple[int, ...] = network.architecture.in_shape
    before: tuple[int, ...] | None = None
    for name, each in network.architecture.layers:
        if before is not None and isinstance(each, Dense | Conv1D | Conv2D | DepthwiseConv2D):
            return f"{name}.weight", _places(network, name, each, before[0], unit, layer)
        shape = each.output_shape(shape)
        before = shape if name == layer else before
    raise ParameterError(
        f"{layer} is the last layer that weighs anything: nothing leads on from its units. Knock "
        "out a unit of a layer before it."
    )


def _places(
    network: Network, name: str, layer: Any, count: int, unit: int, of: str
) -> list[tuple[int, ...]]:
    if not 0 <= unit < count:
        raise ParameterError(f"{of} has units 0 to {count - 1}, got {unit}. Choose one of these.")
    shape = network.parameters[f"{name}.weight"].shape
    ranges = [range(size) for size in shape]
    axis = 0 if isinstance(layer, Dense | DepthwiseConv2D) else 1
    each = shape[axis] // count  # of a flattened picture, so many pixels a channel
    ranges[axis] = range(unit * each, (unit + 1) * each)
    return list(product(*ranges))
