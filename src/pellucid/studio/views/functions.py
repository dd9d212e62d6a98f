"""Activations: their curves and slopes, and where each unit stands on them for the chosen row."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import numpy as np

from pellucid.errors import PellucidError
from pellucid.graph import BATCH, Builder, gradients
from pellucid.graph.primitive import Array
from pellucid.inspect.views.layers import SUM
from pellucid.nn.activations import ActivationFunction, Custom, Softmax
from pellucid.ops import sum as total
from pellucid.run.executor import Program
from pellucid.run.reference import ReferenceExecutor
from pellucid.scene.bench import Bench

MOST_UNITS, MOST_ROWS, PLACES = 64, 200, 161
REACH = (4.0, 8.0, 16.0, 32.0)
FLAT = 0.01


def functions(bench: Bench) -> dict[str, Any]:
    """For each dense layer its activation's curve, and what the units make of the chosen row.

    ``flat`` is the share of the rows for which a unit's slope is below 1/100: at 1 it is dead, or
    saturated, and learns nothing.
    """
    layers = [
        (name, getattr(layer, "activation", None))
        for name, layer in bench.network.architecture.layers
    ]
    every = max(1, -(-len(bench.data.x) // MOST_ROWS))
    one, many = bench.outputs(bench.chosen_x), bench.outputs(bench.data.x[::every])
    found = []
    for name, function in layers:
        if not isinstance(function, ActivationFunction) or isinstance(function, Softmax):
            continue
        if f"{SUM}{name}" not in one or one[f"{SUM}{name}"].ndim != 2:
            continue
        sums = np.asarray(one[f"{SUM}{name}"], float)[0, :MOST_UNITS]
        all_sums = np.asarray(many[f"{SUM}{name}"], float)[:, :MOST_UNITS]
        try:
            found.append(_told(name, function, sums, all_sums))
        except PellucidError:  # one of the user's own that is not of one number
            continue
    return {"layers": found, "row": bench.chosen, "step": bench.step} if found else {
        "none": "activations"
    }  # fmt: skip


def _told(name: str, function: ActivationFunction, sums: Array, all_sums: Array) -> dict[str, Any]:
    size = float(np.abs(sums).max(initial=0.0))
    reach = next((each for each in REACH if size <= 0.95 * each), REACH[-1])
    z = np.linspace(-reach, reach, PLACES)
    y, slope = read_function(function, z)
    marks, slopes = read_function(function, sums)
    flat = np.abs(read_function(function, all_sums.reshape(-1))[1]) < FLAT
    return {
        "layer": name, "activation": "custom" if isinstance(function, Custom) else function.kind,
        "z": z, "y": y, "slope": slope, "sums": sums, "outputs": marks, "slopes": slopes,
        "flat": flat.reshape(all_sums.shape).mean(axis=0),
    }  # fmt: skip


def read_function(function: ActivationFunction, z: Array) -> tuple[Array, Array]:
    """An activation and its slope at places, by the engine, in float64."""
    found = _program(function).run({"z": np.asarray(z, np.float64)})
    return found["y"], found["slope"]


@lru_cache(64)
def _program(function: ActivationFunction) -> Program:
    builder = Builder()
    z = builder.input("z", (BATCH,))
    y = function(z)
    (slope,) = gradients(total(y), [z])
    return ReferenceExecutor().compile(builder.build(y=y, slope=slope))
