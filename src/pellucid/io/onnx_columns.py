"""The inputs of an ONNX model of a table some of whose columns hold texts: one for each column."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from pellucid.data.columns.cells import MISSING

if TYPE_CHECKING:
    from pellucid.io.onnx import Writer

ML, ML_OPSET = "ai.onnx.ml", 3
"""The set of operators that has one for texts, and its version."""
SIDE_BY_SIDE = "columns, side by side"
"""What the rows are called that are made of the columns."""


def add_columns(w: Writer) -> list[Any]:
    """Put the nodes that make rows of the columns before all others; gives the inputs.

    An input is called as its column is, but for ``_input`` after names that the model uses itself.
    """
    taken = {name for node in w.nodes for name in (*node.input, *node.output)}
    inputs, parts, others = [], [], w.nodes
    w.nodes, w.scope = [], "columns of the table"
    for place, field in enumerate(w.deployment.fields):
        name = field.name or f"column {place}"
        while name in taken:
            name += "_input"
        taken.add(name)
        kind = int(w.types.STRING) if field.texts else w.outer
        inputs.append(w.helper.make_tensor_value_info(name, kind, ["rows", 1]))
        parts.append(_places(w, name, field.texts) if field.texts else name)
    joined = w.helper.make_node("Concat", parts, [SIDE_BY_SIDE], axis=1, name=SIDE_BY_SIDE)
    w.nodes += [joined, *others]
    return inputs


def _places(w: Writer, column: str, texts: Sequence[str]) -> str:
    """The place of each cell among the known texts, from 1; 0 for others, NaN where nothing is."""
    nothing = [text for text in MISSING if text not in texts]
    found = w.add(
        "LabelEncoder", column, domain=ML, keys_strings=[*texts, *nothing], default_float=0.0,
        values_floats=[*map(float, range(1, len(texts) + 1)), *[math.nan] * len(nothing)],
    )  # fmt: skip
    return found if w.outer == w.types.FLOAT else w.add("Cast", found, to=w.outer)
