"""What the perceptron rule noted: each mistake, and how the weights moved because of it."""

from __future__ import annotations

from typing import Any

import numpy as np

from pellucid.data.frame import Table
from pellucid.inspect.views.layers import column_names
from pellucid.learn.local import Perceptron
from pellucid.scene.bench import Bench
from pellucid.studio.views.answers import class_names

MOST, MOST_INPUTS, MOST_UNITS = 50, 8, 4


def mistakes(bench: Bench) -> dict[str, Any]:
    """The latest mistakes, the newest first, and how many there were in all that were noted.

    Each has ``step``, ``row`` (its place in the data), ``inputs`` as the network reads them,
    ``wanted`` and ``got``, ``rate``, and weights and biases before and after.
    """
    if not isinstance(bench.scene.rule, Perceptron):
        return {"none": "rule"}
    x = bench.data.x
    if isinstance(x, Table) or x.ndim != 2 or x.shape[1] > MOST_INPUTS:
        return {"none": "size"}
    log = bench.log
    return {
        "columns": list(column_names(bench.network)), "target": bench.data.target or "y",
        "scaled": bench.scene.scale, "noted": len(log),
        "classes": class_names(bench),
        "mistakes": [_told(bench, row) for row in log[: -MOST - 1 : -1]],
    }  # fmt: skip


def _told(bench: Bench, row: dict[str, Any]) -> dict[str, Any]:
    """A note of the log, with the inputs that it speaks of."""
    sample, ready = int(row["sample"]), bench.ready
    inputs = np.asarray(ready.samples.x[sample : sample + 1], float).reshape(-1)
    told: dict[str, Any] = {
        name: _unit_first(row[name])
        for name in ("weights_before", "weights_after", "bias_before", "bias_after")
        if name in row
    }
    return {
        "step": row["step"], "row": int(bench.learned[sample]),
        "inputs": inputs.tolist(), "wanted": row["wanted"], "got": row["got"], **told,
    }  # fmt: skip


def _unit_first(values: Any) -> list[Any]:
    """Weights as a list a unit of a few units; biases as they are."""
    array = np.asarray(values, float)
    return list((array.T if array.ndim == 2 else array)[:MOST_UNITS].tolist())
