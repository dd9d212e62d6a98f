"""How large activations and gradients are, layer by layer, on some rows."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from pellucid.data.arrays import count_of
from pellucid.figures.flow import layer_flow
from pellucid.graph.primitive import Array
from pellucid.inspect.views.layers import layers_graph
from pellucid.inspect.views.losses import BY, encoded_rows, loss_graph
from pellucid.models.network import Network
from pellucid.run.reference import ReferenceExecutor

MOST = 512
"""So many rows are enough to tell a size."""


def flow(net: Network, x: Any, y: Any = None, *, template: str = "light") -> Any:
    """Draw the sizes of activations, and with y of gradients, layer by layer.

    At most 512 rows are used, evenly taken. The network is as it answers: nothing is dropped.

    Returns: a ``plotly.graph_objects.Figure``.
    """
    step = max(1, -(-len(x) // MOST))
    inputs = encoded_rows(net, x[::step], None if y is None else y[::step]) if y is not None else {
        "x": _read(net, x[::step])
    }  # fmt: skip
    return _drawn(net, inputs, template)


def trace_flow(trace: Any, *, template: str = "light") -> Any:
    """The same of the rows of a trace, which has a network, a graph, and the graph's values."""
    inputs = {
        name: np.asarray(trace.values[node.id])
        for name, node in trace.graph.inputs.items()
        if name in ("x", "y") and node.id in trace.values
    }
    return _drawn(trace.network, inputs, template)


def flow_rows(net: Network, inputs: Mapping[str, Array]) -> list[dict[str, Any]]:
    """One row a layer: how large what it gives is, which share of it is 0, and the gradients.

    Formula: sizes are root mean squares; the gradient is that of the mean loss, for what a layer
        gives by row (times the number of rows, so that it does not depend on that).
    """
    task = net._parts()[0]
    params, state = net._vectors()
    backward = "y" in inputs
    graph = (
        loss_graph(task, layers=True, params=True) if backward else layers_graph(task.architecture)
    )
    found = ReferenceExecutor().compile(graph).run({**inputs, "params": params, "state": state})
    count = len(inputs["x"])
    rows = []
    for name, _ in task.architecture.layers:
        row: dict[str, Any] = {
            "layer": name, "activation": _size(found[name]),
            "zeros": float(np.mean(found[name] == 0)),
        }  # fmt: skip
        if backward:
            own = [v for k, v in found.items() if k.startswith(f"{BY}{name}.")]
            row["gradient"] = count * _size(found[f"{BY}{name}"])
            row["weight_gradient"] = (
                _size(np.concatenate([v.reshape(-1) for v in own])) if own else None
            )
        rows.append(row)
    return rows


def _drawn(net: Network, inputs: Mapping[str, Array], template: str) -> Any:
    title = f"From layer to layer, on {count_of(len(inputs['x']), 'row')}"
    return layer_flow(flow_rows(net, inputs), title, template)


def _read(net: Network, x: Any) -> Array:
    from pellucid.inspect.views.layers import read

    return read(net, x)


def _size(values: Array) -> float:
    return float(np.sqrt(np.mean(np.square(values)))) if values.size else 0.0
