"""What a single neuron is to the engine: a layer of one unit, and samples as its rows."""

from __future__ import annotations

from typing import Any

import numpy as np

from pellucid.data.arrays import check_inputs, count_of, show_size, to_array
from pellucid.errors import ShapeError
from pellucid.graph import BATCH, Builder, Graph, simplify
from pellucid.graph.primitive import Array
from pellucid.nn.activations import ActivationFunction
from pellucid.nn.architecture import Architecture
from pellucid.nn.compose import Chain
from pellucid.nn.dense import Dense
from pellucid.nn.layer import Tracer


def architecture(inputs: int, function: ActivationFunction) -> Architecture:
    """A network of nothing but the neuron."""
    return Architecture(Chain((Dense(1, activation=function, name="neuron"),)), (inputs,))


def unit_graph(inputs: int, function: ActivationFunction) -> Graph:
    """The graph from x, weight and bias to the weighted sum z and the answer y.

    Raises: ``ShapeError`` for an activation that does not give one number for one weighted sum.
    """
    b = Builder()
    x = b.input("x", (BATCH, inputs))
    tracer = Tracer(b, {"weight": b.input("weight", (inputs, 1)), "bias": b.input("bias", (1,))})
    with b.context(scope="neuron"):
        y = Dense(1, activation=function).trace(tracer, x)
    if y.shape != (BATCH, 1):
        raise ShapeError(
            f"The activation {function!r} gives {y.type} for one weighted sum a sample; a neuron's "
            "gives one number. Use it in a layer such as Dense."
        )
    return simplify(b.build(z=tracer.notes["z"], y=y))


def rows_of(x: Any, inputs: int) -> tuple[Array, bool]:
    """Samples as rows of floats, and whether a single sample was given, without the axis of rows.

    Raises: ``ShapeError`` for another number of inputs; ``DataError`` for what is no finite number.
    """
    array = to_array(x, "x")
    single = array.ndim < 2 and array.size > 0
    rows = check_inputs(array.reshape(1, -1) if single else x)
    if rows.shape[1:] != (inputs,):
        found = "a row of " if single else "rows of "
        found += count_of(rows.shape[1], "number") if rows.ndim == 2 else show_size(rows.shape[1:])
        remedy = f"Give {count_of(inputs, 'number')} for each sample."
        if single and inputs == 1:
            remedy = "For many samples give one in each row: x.reshape(-1, 1)."
        raise ShapeError(f"The neuron has {count_of(inputs, 'input')}, x holds {found}. {remedy}")
    return rows.astype(np.float64), single
