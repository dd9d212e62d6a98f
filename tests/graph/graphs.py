"""Random graphs for the tests of what must hold for every graph."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

import pellucid.ops as ops
from pellucid.graph import BATCH, Builder, Graph, Value

CONSTANTS = (0.0, -0.0, 1.0, 2.0, -1.5, float("inf"))
UNARY = (ops.exp, ops.tanh, ops.negate, ops.abs, ops.sqrt, ops.sign, ops.sigmoid)
BINARY = (ops.add, ops.subtract, ops.multiply, ops.divide, ops.maximum, ops.minimum)


@st.composite
def graphs(draw: Any) -> Graph:
    """A graph of inputs x (B, 3) and w (3,), with repeats, dead ends and neutral operations."""
    builder = Builder()
    values = [builder.input("x", (BATCH, 3)), builder.input("w", (3,))]
    for _ in range(draw(st.integers(1, 14))):
        kind = draw(st.integers(0, 5))
        one = values[draw(st.integers(0, len(values) - 1))]
        two = values[draw(st.integers(0, len(values) - 1))]
        values.append(_grow(draw, builder, kind, one, two))
    outputs = draw(st.lists(st.integers(0, len(values) - 1), min_size=1, max_size=3))
    return builder.build(**{f"y{k}": values[place] for k, place in enumerate(outputs)})


def _grow(draw: Any, builder: Builder, kind: int, one: Value, two: Value) -> Value:
    with builder.context(scope=draw(st.sampled_from(["", "a", "b"]))):
        if kind == 0:
            return builder.constant(draw(st.sampled_from(CONSTANTS)))
        if kind == 1:
            return draw(st.sampled_from(UNARY))(one)  # type: ignore[no-any-return]
        if kind == 2:
            return one * 1.0 if draw(st.booleans()) else 1.0 * one
        if kind == 3:
            return one / 1.0
        if kind == 4:
            return ops.reshape(ops.clip(one, -3.0, float("inf")), one.shape)
        return draw(st.sampled_from(BINARY))(one, two)  # type: ignore[no-any-return]
