"""What lessons ask of a bench, and set on it: answers, weights, sums written out."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from pellucid.models.formula import number
from pellucid.models.neuron import Neuron
from pellucid.scene.acts import Edit
from pellucid.scene.source import Points

CORNERS = ((0, 0), (0, 1), (1, 0), (1, 1))
"""The rows of a truth table with two inputs."""


def gate(wanted: Sequence[int]) -> Points:
    """The corners of the square, each with the answer that is wanted there."""
    rows = tuple((*map(float, x), float(y)) for x, y in zip(CORNERS, wanted, strict=True))
    return Points(rows)


def unit(
    weights: Sequence[float], bias: float | None, layer: str = "dense_1", place: int = 0
) -> tuple[Edit, ...]:
    """The edits that give a unit of a layer its weights, and its bias if it has one."""
    edits = [Edit(f"{layer}.weight", (at, place), float(w)) for at, w in enumerate(weights)]
    if bias is not None:
        edits.append(Edit(f"{layer}.bias", (place,), float(bias)))
    return tuple(edits)


def give(
    bench: Any, weights: Sequence[float], bias: float | None, layer: str = "dense_1", place: int = 0
) -> None:
    """Give a unit its weights and bias on a bench."""
    for edit in unit(weights, bias, layer, place):
        bench.edit(edit.parameter, edit.place, edit.value)


def unit_of(bench: Any, layer: str = "dense_1", place: int = 0) -> tuple[list[float], float]:
    """The weights and the bias of a unit; a bias that is not there counts as 0."""
    numbers = bench.network.parameters
    bias = numbers.get(f"{layer}.bias")
    weights = numbers[f"{layer}.weight"][:, place].astype(float).tolist()
    return weights, 0.0 if bias is None else float(bias[place])


def outputs(bench: Any, x: Any = None) -> np.ndarray[Any, Any]:
    """What the last layer gives for rows, by default those of the data: a number each."""
    found = bench.outputs(bench.data.x if x is None else np.asarray(x, float))
    return np.asarray(found[bench.network.architecture.layers[-1][0]], float)[:, 0]


def answers(bench: Any) -> tuple[int, ...]:
    """The outputs for the data as 0 and 1: 1 from one half on."""
    return tuple(int(y >= 0.5) for y in outputs(bench))


def near(one: float, other: float, margin: float = 0.005) -> bool:
    """Whether two numbers are as good as the same."""
    return math.isclose(one, other, rel_tol=0, abs_tol=margin)


def sum_text(neuron: Neuron, x: Sequence[float]) -> str:
    """A weighted sum with its numbers: what a person writes down.

    Example:
        >>> sum_text(Neuron([0.6, -0.6], bias=0.5), [1, 1])
        '0.5 + 0.6 · 1 - 0.6 · 1 = 0.5'
    """
    text = number(neuron.bias)
    for weight, value in zip(neuron.weights, x, strict=True):
        text += f" {'-' if weight < 0 else '+'} {number(abs(weight))} · {number(value)}"
    return f"{text} = {number(neuron.weighted_sum(x))}"
