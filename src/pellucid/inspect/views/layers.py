"""What each layer of a network gives: the prediction's graph, with every layer as an output."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from pellucid.data.codec import TableCodec
from pellucid.data.frame import Table
from pellucid.errors import ParameterError, unknown_name
from pellucid.graph import BATCH, Builder, Graph, Value
from pellucid.graph.primitive import Array
from pellucid.models.network import Network
from pellucid.models.prepare import checked, encoded
from pellucid.nn.architecture import Architecture
from pellucid.nn.layer import Layer, Tracer
from pellucid.run.reference import ReferenceExecutor

SUM = "sum of "
"""Before a dense layer's name: its weighted sums, before the activation."""


def walked(
    builder: Builder, architecture: Architecture, *, training: bool = False, key: Any = None
) -> tuple[dict[str, Value], dict[str, Value], dict[str, Value]]:
    """Add the forward pass, layer by layer.

    Returns: what each layer gives, the learned parameters, and the sums of dense layers, by name.
    """
    value = builder.input("x", (BATCH, *architecture.in_shape), architecture.in_dtype)
    learned = architecture.learned.values(builder.input("params", (architecture.learned.size,)))
    states = architecture.states.values(builder.input("state", (architecture.states.size,)))
    tracer = Tracer(builder, learned | states, training, key)
    given: dict[str, Value] = {}
    sums: dict[str, Value] = {}
    for name, layer in architecture.layers:
        with tracer.inside(name):
            value = layer.trace(tracer, value)
        given[name] = value
        if f"{name}.z" in tracer.notes:
            sums[name] = tracer.notes[f"{name}.z"]
    return given, learned, sums


def layers_graph(architecture: Architecture) -> Graph:
    """The graph of what every layer gives; of dense layers also the sums."""
    builder = Builder()
    given, _, sums = walked(builder, architecture)
    outputs = given | {f"{SUM}{name}": value for name, value in sums.items()}
    return builder.build(**outputs)


def shapes(
    net: Network,
) -> Iterator[tuple[str, Layer, tuple[int, ...], tuple[int, ...]]]:
    """Each layer's name, the layer, and the shapes of a sample before and after it."""
    before = net.architecture.in_shape
    for name, layer in net.architecture.layers:
        after = layer.output_shape(before)
        yield name, layer, before, after
        before = after


def layer_outputs(net: Network, x: Any) -> dict[str, Array]:
    """What every layer gives for rows in the user's units, in float64, by its name.

    Of dense layers also the weighted sums, under ``sum of NAME``.
    """
    rows = read(net, x)
    params, state = net._vectors()
    program = ReferenceExecutor().compile(layers_graph(net.architecture))
    return program.run({"x": rows, "params": params, "state": state})


def read(net: Network, x: Any) -> Array:
    """What a network reads of rows in the user's units, in float64."""
    task, codec, _ = net._parts()
    rows = encoded(checked(x, None, codec), codec, task, "float64")
    return np.asarray(rows[0 : len(rows)] if not isinstance(rows, np.ndarray) else rows)


def found_layer(net: Network, name: str) -> Layer:
    """The layer of a name.

    Raises: ``UnknownNameError`` with the nearest name.
    """
    known = dict(net.architecture.layers)
    if name not in known:
        raise unknown_name("layer", name, known)
    return known[name]


def found_unit(net: Network, unit: Any) -> tuple[str, tuple[int, ...]]:
    """A unit as a layer's name and a place in what it gives: "dense_1/3", or ("dense_1", 3).

    Raises: ``UnknownNameError`` for a layer that is not there; ``ParameterError`` for a place
        outside it, and for anything else.
    """
    if isinstance(unit, str) and "/" in unit:
        name, _, rest = unit.rpartition("/")
        unit = (name, *rest.split(",")) if rest else (name,)
    if not isinstance(unit, tuple) or len(unit) < 2 or not isinstance(unit[0], str):
        raise ParameterError(
            f"A unit is a layer and a number, such as 'dense_1/3' or ('dense_1', 3), got {unit!r}."
        )
    name = unit[0]
    found_layer(net, name)
    shape = np.shape(layer_outputs(net, example(net))[name])[1:]
    try:
        place = tuple(int(part) for part in unit[1:])
    except (TypeError, ValueError):
        place = ()
    inside = len(place) == len(shape) and all(
        0 <= at < size for at, size in zip(place, shape, strict=True)
    )
    if not inside:
        last = ", ".join(f"0 to {size - 1}" for size in shape)
        form = name + "/" + ",".join(["0"] * len(shape))
        raise ParameterError(
            f"{name} has units {last}, got {', '.join(map(str, unit[1:]))}. Write for example "
            f"{form!r}."
        )
    return name, place


def example(net: Network) -> Any:
    """A row that the network takes, of zeros as it reads them."""
    codec = net.inputs
    rows = codec.decode(np.zeros((1, *codec.sample_shape)))
    return Table.of(rows) if isinstance(codec, TableCodec) else rows


def column_names(net: Network, given: Any = None) -> tuple[str, ...]:
    """What the numbers of a row are called: as given, as the model says, or x1, x2, ..."""
    codec = net.inputs
    if isinstance(codec, TableCodec):
        return tuple(column.name for column in codec.columns)
    size = codec.row_shape[0] if len(codec.row_shape) == 1 else 0
    if given is not None:
        if len(given) != size:
            raise ParameterError(f"A row has {size} numbers, got {len(given)} names.")
        return tuple(map(str, given))
    data = net.provenance.get("data")
    known = data.get("features") if isinstance(data, dict) else None
    if isinstance(known, list) and len(known) == size and all(isinstance(n, str) for n in known):
        return tuple(known)
    return tuple(f"x{place}" for place in range(1, size + 1))
