"""The network at one moment, for a page that no engine stands behind."""

from __future__ import annotations

from base64 import b64encode
from typing import Any

import numpy as np

from pellucid.inspect.views.layers import layers_graph
from pellucid.inspect.views.live.drawn import Drawn, Surroundings
from pellucid.models.network import Network
from pellucid.run.reference import ReferenceExecutor

KINDS = {"f": "float32", "i": "int32", "u": "uint8", "b": "uint8"}


def frozen_network(
    network: Network, x: Any, y: Any = None, *, sample: str = "",
    around: Surroundings | None = None,
) -> dict[str, Any]:  # fmt: skip
    """What the page is told of a network and one row, in plain JSON values.

    Parameters:
        x, y: one row and its target, as rows.
    """
    executor = ReferenceExecutor()
    drawn = Drawn(network, executor, around or Surroundings())
    program = executor.compile(layers_graph(network.architecture))
    params, state = network._vectors()
    row = drawn.row(x, y, sample)
    fixed = {"params": params, "state": state}
    given = program.run({"x": row.encoded, **fixed})
    over = None if drawn.plane is None else program.run({"x": drawn.plane.encoded, **fixed})
    told = drawn.told(network.parameters, row, given, over, network.steps_taken)
    found: dict[str, Any] = frozen(told | {"revision": "1"})  # a page of its own has no other
    return found


def frozen(value: Any) -> Any:
    """A value with its arrays as text: {"shape", "dtype", "base64"}."""
    if isinstance(value, np.ndarray):
        kind = KINDS[value.dtype.kind]
        data = np.ascontiguousarray(value, kind).astype(np.dtype(kind).newbyteorder("<"))
        text = b64encode(data.tobytes()).decode("ascii")
        return {"shape": list(value.shape), "dtype": kind, "base64": text}
    if isinstance(value, dict):
        return {name: frozen(item) for name, item in value.items()}
    if isinstance(value, list | tuple):
        return [frozen(item) for item in value]
    return value
