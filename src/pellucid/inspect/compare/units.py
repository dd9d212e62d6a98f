"""Which axes of which parameters belong to the hidden units of a layer.

The hidden units of a layer have no order: with its outputs, and the inputs of what reads them,
put into another order, a network computes the same. So before the weights of two networks are
compared, the units of one are put into the order of the other's.
"""

from __future__ import annotations

from dataclasses import field

import numpy as np

from pellucid.dataclass import dataclass
from pellucid.graph.primitive import Array
from pellucid.nn.activate import Activation
from pellucid.nn.architecture import Architecture
from pellucid.nn.conv import Conv1D, Conv2D, DepthwiseConv2D
from pellucid.nn.dense import Dense
from pellucid.nn.dropout import Dropout
from pellucid.nn.layer import Layer
from pellucid.nn.norm import BatchNorm, LayerNorm
from pellucid.nn.pool import AvgPool2D, GlobalAvgPool2D, MaxPool2D
from pellucid.nn.shape import Flatten


@dataclass(frozen=True)
class Axis:
    """An axis of a parameter that holds the units: of sizes ``dims`` taken apart, at place ``at``.

    Behind a Flatten, an axis of channels x rows x columns holds the channels at place 0.
    """

    parameter: str
    axis: int
    dims: tuple[int, ...]
    at: int

    def units_first(self, array: Array) -> Array:
        """The parameter as a matrix: a row a unit."""
        apart = self._apart(array)
        return np.moveaxis(apart, self.axis + self.at, 0).reshape(self.dims[self.at], -1)

    def ordered(self, array: Array, order: Array) -> Array:
        """The parameter with its units in another order."""
        return np.take(self._apart(array), order, self.axis + self.at).reshape(array.shape)

    def _apart(self, array: Array) -> Array:
        shape = array.shape
        return array.reshape(*shape[: self.axis], *self.dims, *shape[self.axis + 1 :])


@dataclass
class Units:
    """The hidden units of one layer."""

    layer: str
    count: int
    axes: list[Axis] = field(default_factory=list)


class Unordered(Exception):
    """A layer between whose units and the next ones it is not known what belongs together."""


@dataclass
class _Place:
    """Where the units are in a sample on its way: in axis ``axis``, of ``dims``, at ``at``."""

    units: Units
    axis: int
    dims: tuple[int, ...]
    at: int = 0

    def hold(self, parameter: str, axis: int = 0) -> None:
        self.units.axes.append(Axis(parameter, axis, self.dims, self.at))


PASSING = Activation | Dropout | MaxPool2D | AvgPool2D


def hidden_units(architecture: Architecture) -> list[Units]:
    """The groups of hidden units, layer by layer; the last layer's are the answer, in its order.

    Raises: ``Unordered`` for a layer that this does not know.
    """
    place: _Place | None = None
    found: list[Units] = []
    shape = architecture.in_shape
    for name, layer in architecture.layers:
        after = layer.output_shape(shape)
        place = _passed(name, layer, shape, place)
        if place is not None and (not found or found[-1] is not place.units):
            found.append(place.units)
        shape = after
    return found[:-1]


def _passed(name: str, layer: Layer, shape: tuple[int, ...], place: _Place | None) -> _Place | None:
    """Where the units are behind a layer, whose own parameters are noted."""
    match layer:
        case Dense():
            if place is not None:
                _require(place.axis == len(shape) - 1, name)
                place.hold(f"{name}.weight")
            return _made(name, layer.units or 0, len(shape) - 1, "weight", 1, layer.bias)
        case Conv1D() | Conv2D() if layer.groups == 1:
            if place is not None:
                _require(place.axis == 0 and len(place.dims) == 1, name)
                place.hold(f"{name}.weight", 1)
            return _made(name, layer.filters, 0, "weight", 0, layer.bias)
        case DepthwiseConv2D() if layer.multiplier == 1:
            if place is not None:
                _require(place.axis == 0 and len(place.dims) == 1, name)
                place.hold(f"{name}.weight")
                if layer.bias:
                    place.hold(f"{name}.bias")
        case BatchNorm():
            if place is not None:
                _require(place.axis == 0, name)
                for own in ("scale", "shift", "mean", "variance"):
                    place.hold(f"{name}.{own}")
        case LayerNorm():
            if place is not None:
                first = len(shape) - layer.axes
                _require(place.axis >= first, name)
                place.hold(f"{name}.scale", place.axis - first)
                place.hold(f"{name}.shift", place.axis - first)
        case Flatten():
            if place is not None and len(shape) > 1:
                return _Place(place.units, 0, shape, place.axis)
        case GlobalAvgPool2D():
            if place is not None:
                _require(place.axis == 0 and len(place.dims) == 1, name)
        case _ if isinstance(layer, PASSING):
            pass
        case _:
            raise Unordered(f"{name} ({type(layer).__name__}) is not known to keep units apart")
    return place


def _made(name: str, count: int, axis: int, weight: str, weight_axis: int, bias: bool) -> _Place:
    place = _Place(Units(name, count), axis, (count,))
    place.hold(f"{name}.{weight}", weight_axis)
    if bias:
        place.hold(f"{name}.bias")
    return place


def _require(fits: bool, name: str) -> None:
    if not fits:
        raise Unordered(f"{name} reads its inputs along another axis than the units'")
