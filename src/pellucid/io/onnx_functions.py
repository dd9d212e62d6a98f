"""ONNX's operators that work on each value: how they are written in operations of the graph."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeAlias

import numpy as np

from pellucid import ops
from pellucid.errors import ParameterError
from pellucid.graph import Value
from pellucid.nn.activations import Elu, Gelu, Selu, Sigmoid, Silu, Softplus

Operand: TypeAlias = Any
"""A value of the graph, a number, or a fixed array."""
Meaning: TypeAlias = Callable[[Mapping[str, Any], Sequence[Operand]], Value]


def _clip(attrs: Mapping[str, Any], x: Sequence[Operand]) -> Value:
    low = attrs.get("min", x[1] if len(x) > 1 and x[1] is not None else -math.inf)
    high = attrs.get("max", x[2] if len(x) > 2 and x[2] is not None else math.inf)
    found: Value = x[0]
    if np.all(np.asarray(low) > -1e38):
        found = ops.maximum(found, float(np.asarray(low)))
    if np.all(np.asarray(high) < 1e38):
        found = ops.minimum(found, float(np.asarray(high)))
    return found


def _leaky(slope: Operand, z: Value) -> Value:
    found: Value = ops.maximum(z, 0.0) + slope * ops.minimum(z, 0.0)
    return found


def _hard_sigmoid(alpha: float, beta: float, z: Value) -> Value:
    found: Value = ops.clip(alpha * z + beta, 0.0, 1.0)
    return found


def _variadic(function: Callable[[Any, Any], Any]) -> Meaning:
    def meaning(attrs: Mapping[str, Any], x: Sequence[Operand]) -> Value:
        found = x[0]
        for other in x[1:]:
            found = function(found, other)
        return found  # type: ignore[no-any-return]

    return meaning


def _cast(attrs: Mapping[str, Any], x: Sequence[Operand]) -> Value:
    """Conditions as 0 and 1; floats as they are, since all are of one kind here."""
    if attrs.get("to") not in (1, 10, 11, 16):
        raise ParameterError("Cast turns numbers into another kind than floats")
    found: Value = ops.cast(x[0], "float") if x[0].dtype == "bool" else x[0]
    return found


def _where(attrs: Mapping[str, Any], x: Sequence[Operand]) -> Value:
    found: Value = ops.where(*x)
    return found


FUNCTIONS: dict[str, Meaning] = {
    "Relu": lambda a, x: ops.maximum(x[0], 0.0),
    "LeakyRelu": lambda a, x: _leaky(a.get("alpha", 0.01), x[0]),
    "PRelu": lambda a, x: _leaky(x[1], x[0]),
    "Elu": lambda a, x: Elu(a.get("alpha", 1.0))(x[0]),
    "Celu": lambda a, x: ops.maximum(x[0], 0.0) + a.get("alpha", 1.0) * (
        ops.exp(ops.minimum(x[0], 0.0) / a.get("alpha", 1.0)) - 1.0),
    "Selu": lambda a, x: Selu()(x[0]),
    "Sigmoid": lambda a, x: Sigmoid()(x[0]),
    "HardSigmoid": lambda a, x: _hard_sigmoid(a.get("alpha", 0.2), a.get("beta", 0.5), x[0]),
    "HardSwish": lambda a, x: x[0] * _hard_sigmoid(1 / 6, 0.5, x[0]),
    "Softplus": lambda a, x: Softplus()(x[0]),
    "Softsign": lambda a, x: x[0] / (1.0 + ops.abs(x[0])),
    "Tanh": lambda a, x: ops.tanh(x[0]),
    "Mish": lambda a, x: x[0] * ops.tanh(Softplus()(x[0])),
    "Swish": lambda a, x: Silu()(x[0]),
    "Gelu": lambda a, x: Gelu(a.get("approximate", "none") == "tanh")(x[0]),
    "ThresholdedRelu": lambda a, x: x[0] * ops.cast(x[0] > a.get("alpha", 1.0), "float"),
    "Clip": _clip,
    "Abs": lambda a, x: ops.abs(x[0]), "Neg": lambda a, x: -x[0],
    "Exp": lambda a, x: ops.exp(x[0]), "Log": lambda a, x: ops.log(x[0]),
    "Sqrt": lambda a, x: ops.sqrt(x[0]), "Erf": lambda a, x: ops.erf(x[0]),
    "Sign": lambda a, x: ops.sign(x[0]), "Reciprocal": lambda a, x: 1.0 / x[0],
    "Pow": lambda a, x: x[0] ** x[1],
    "Add": lambda a, x: x[0] + x[1], "Sub": lambda a, x: x[0] - x[1],
    "Mul": lambda a, x: x[0] * x[1], "Div": lambda a, x: x[0] / x[1],
    "Max": _variadic(ops.maximum), "Min": _variadic(ops.minimum),
    "Sum": _variadic(lambda a, b: a + b),
    "Less": lambda a, x: x[0] < x[1], "LessOrEqual": lambda a, x: x[0] <= x[1],
    "Greater": lambda a, x: x[0] > x[1], "GreaterOrEqual": lambda a, x: x[0] >= x[1],
    "Equal": lambda a, x: ops.equal(x[0], x[1]), "Where": _where, "Cast": _cast,
}  # fmt: skip
"""From an operator's attributes and inputs to its value."""
CONDITIONS = ("Less", "LessOrEqual", "Greater", "GreaterOrEqual", "Equal")
