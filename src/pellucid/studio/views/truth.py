"""The truth table: each of a few rows with its weighted sums, its answer and what is wanted."""

from __future__ import annotations

from typing import Any

import numpy as np

from pellucid.data.frame import Table
from pellucid.inspect.views.layers import SUM, column_names
from pellucid.scene.bench import Bench
from pellucid.studio.views.answers import class_names, has_answers, numbers, places, values, wanted

MOST_ROWS, MOST_INPUTS = 16, 8


def truth(bench: Bench) -> dict[str, Any]:
    """The rows, the last layer's sums, the answers, the wanted, and which are right.

    Shapes: ``inputs`` is rows x inputs, ``sums`` rows x outputs (of a last layer that sums),
        ``outputs`` rows x outputs; the others one a row.
    """
    x = bench.data.x
    if isinstance(x, Table) or x.ndim != 2 or not has_answers(bench):
        return {"none": "kind"}
    if len(x) > MOST_ROWS or x.shape[1] > MOST_INPUTS:
        return {"none": "size", "rows": len(x), "most": MOST_ROWS}
    found, names = numbers(bench, x), class_names(bench)
    answers = values(bench, found) if names is None else places(bench, found)
    asked = wanted(bench, np.arange(len(x)))
    name = bench.network.architecture.layers[-1][0]
    sums = bench.outputs(x).get(f"{SUM}{name}")
    return {
        "columns": list(column_names(bench.network)), "target": bench.data.target or "y",
        "inputs": np.asarray(x, float), "outputs": found, "layer": name,
        "sums": None if sums is None else np.asarray(sums, float).reshape(len(x), -1),
        "answers": answers, "wanted": asked, "classes": names,
        "right": None if names is None else answers == asked,
        "error": None if names is not None else answers - asked,
        "held": np.isin(np.arange(len(x)), bench.held), "chosen": bench.chosen,
    }  # fmt: skip
