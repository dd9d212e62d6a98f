"""Functions of each value by their names: what ``z * sigmoid(z)`` is called.

A function that somebody wrote as several operations is tried on a line of numbers, and if it gives
what a known activation gives, it is that activation; else it stays a function of its own.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

import numpy as np

from pellucid.graph import BATCH, Builder, Value
from pellucid.graph.primitive import Array
from pellucid.nn.activations import (
    ActivationFunction,
    Custom,
    Elu,
    Exponential,
    Gelu,
    HardSigmoid,
    LeakyRelu,
    Linear,
    Relu,
    Selu,
    Sigmoid,
    Silu,
    Softplus,
    Tanh,
)
from pellucid.nn.custom import Written
from pellucid.run.reference import ReferenceExecutor

Function: TypeAlias = Callable[[Value], Value]

PLACES = np.unique(np.concatenate([np.linspace(-6, 6, 97), [-40.0, -20.0, -1.0, 0.0, 1.0, 20.0]]))
NEAR = 2e-6
"""Constants are often kept in single precision; exact and approximate gelu are 2e-4 apart."""
PLAIN: tuple[ActivationFunction, ...] = (
    Linear(), Relu(), Sigmoid(), Tanh(), Gelu(), Gelu(True), Silu(), Softplus(), Selu(),
    HardSigmoid(), Exponential(),
)  # fmt: skip


def recognised(function: Function, label: str) -> ActivationFunction:
    """The activation that a function of each value is, or one of its own.

    Example:
        >>> recognised(lambda z: z / (1.0 + abs(z)), "softsign")
        Custom(written=softsign)
        >>> from pellucid.ops import maximum
        >>> recognised(lambda z: maximum(z, 0.25 * z), "max")
        LeakyRelu(slope=0.25)
    """
    values = _values(function)
    own = Custom(Written(function, label=label))
    if values is None:
        return own
    candidates: list[ActivationFunction] = [*PLAIN]
    minus, one = float(values[PLACES == -1.0][0]), float(values[PLACES == 1.0][0])
    if abs(one - 1) < NEAR and 0 < -minus < 1:
        candidates.append(LeakyRelu(_short(-minus)))
    least = -float(values[PLACES == -40.0][0])
    if 0 < least < 1e6:
        candidates.append(Elu(_short(least)))
    for candidate in candidates:
        other = _values(candidate)
        if other is not None and np.allclose(values, other, rtol=NEAR, atol=NEAR):
            return candidate
    return own


def _short(value: float) -> float:
    """The number that was meant: 0.01, where single precision made it 0.009999999776."""
    short = float(f"{value:.6g}")
    return short if abs(short - value) <= 1e-7 * abs(value) else value


def _values(function: Function) -> Array | None:
    """What a function gives on the line of numbers; None where it needs values of another shape."""
    builder = Builder()
    try:
        found = function(builder.input("z", (BATCH, 1)))
        if found.shape != (BATCH, 1):
            return None
        graph = builder.build(y=found)
    except ValueError:
        return None
    values = ReferenceExecutor().compile(graph).run({"z": PLACES[:, None]})["y"][:, 0]
    return values if np.isfinite(values[(abs(PLACES) <= 6)]).all() else None
