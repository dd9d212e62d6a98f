"""One input: the samples as points, the network's answer as a curve, and where it bends."""

from __future__ import annotations

from typing import Any

import numpy as np

from pellucid.data.frame import Table
from pellucid.graph.primitive import Array
from pellucid.inspect.views.layers import SUM, column_names, read
from pellucid.nn.activations import LeakyRelu, Linear, Relu
from pellucid.nn.dense import Dense
from pellucid.scene.bench import Bench
from pellucid.studio.views.answers import chances, class_names, has_answers, numbers, values

PLACES, MOST_POINTS, MARGIN, MOST_BENDS = 241, 1000, 0.15, 32


def line(bench: Bench) -> dict[str, Any]:
    """The answer over the range of the one input, and the samples.

    ``straight`` names the two parameters where the network is a line: its slope and intercept;
    and by how much the line is moved at each end by one more of either.
    ``bends`` are the places where a rectifier of the first layer begins or ends to fire.
    Shapes: ``x`` and ``y`` places; ``points`` n x 2, of classes 0 or 1 by the class.
    """
    data, names = bench.data, class_names(bench)
    if isinstance(data.x, Table) or data.x.ndim != 2 or data.x.shape[1] != 1:
        return {"none": "inputs"}
    if not has_answers(bench) or np.ndim(data.y) != 1 or (names is not None and len(names) != 2):
        return {"none": "answers"}
    inputs = np.asarray(data.x, float)[:, 0]
    low, high = float(inputs.min()), float(inputs.max())
    pad = MARGIN * (high - low) or 1.0
    x = np.linspace(low - pad, high + pad, PLACES)
    outputs = numbers(bench, x[:, None])
    if names is None:
        wanted = np.asarray(data.y, float)
        y = np.asarray(values(bench, outputs), float).reshape(-1)
    else:
        wanted = np.array([names.index(str(label)) for label in data.y], float)
        shares = chances(bench, outputs)
        if shares is None:
            return {"none": "answers"}
        y = shares[:, 1]
    some = np.unique(np.linspace(0, len(inputs) - 1, min(len(inputs), MOST_POINTS)).astype(int))
    return {
        "x": x, "y": y, "points": np.stack([inputs[some], wanted[some]], axis=1),
        "rows": some, "held": np.isin(some, bench.held), "chosen": bench.chosen,
        "input": column_names(bench.network)[0], "target": data.target or "y", "classes": names,
        "straight": _straight(bench, x[[0, -1]]), "bends": _bends(bench, x), "step": bench.step,
    }  # fmt: skip


def _straight(bench: Bench, ends: Array) -> dict[str, Any] | None:
    """The slope's and the intercept's parameter, where the network is a line."""
    layers = bench.network.architecture.layers
    if len(layers) != 1 or not isinstance(layers[0][1], Dense) or not layers[0][1].bias:
        return None
    name, layer = layers[0]
    activation = getattr(layer, "activation", None)
    if not isinstance(activation, Linear) or class_names(bench) is not None:
        return None
    own = bench.network.parameters
    none, one = values(bench, np.array([[0.0], [1.0]]))
    return {
        "slope": {"parameter": f"{name}.weight", "place": [0, 0],
                  "value": float(own[f"{name}.weight"][0, 0])},
        "intercept": {"parameter": f"{name}.bias", "place": [0],
                      "value": float(own[f"{name}.bias"][0])},
        "scaled": bool(bench.scene.scale), "shift": float(one - none),
        "turn": [float((one - none) * at) for at in read(bench.network, ends[:, None])[:, 0]],
    }  # fmt: skip


def _bends(bench: Bench, x: Array) -> Array:
    """Where the sum of each rectifier of the first layer passes 0: (bends, 2), place and unit."""
    name, layer = bench.network.architecture.layers[0]
    if not isinstance(layer, Dense) or not isinstance(layer.activation, Relu | LeakyRelu):
        return np.zeros((0, 2))
    sums = bench.outputs(x[:, None])[f"{SUM}{name}"].astype(float)
    found = []
    for unit in range(min(sums.shape[1], MOST_BENDS)):
        own = sums[:, unit]
        for k in np.flatnonzero((own[:-1] <= 0) != (own[1:] <= 0)):
            share = own[k] / (own[k] - own[k + 1])
            found.append((x[k] + share * (x[k + 1] - x[k]), unit))
    return np.array(found).reshape(-1, 2)
