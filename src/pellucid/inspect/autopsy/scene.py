"""Where a training broke: its failed step done again node by node, up to the first bad value."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

import numpy as np

from pellucid.dataclass import dataclass
from pellucid.graph import Graph, Node
from pellucid.graph.primitive import Array, lookup
from pellucid.inspect.autopsy.operands import Operand, Origin, layer_of, row_at
from pellucid.inspect.findings import spell
from pellucid.learn.step import Task
from pellucid.run.executor import Precision
from pellucid.run.reference import ReferenceExecutor


@dataclass(frozen=True)
class Scene:
    """The first value of a step that is no finite number.

    Attributes:
        node: its place in the step's graph.
        operation, layer, role: of that node.
        formula: what the operation computes.
        value: infinity or NaN.
        place: which element of the node's value it is.
        row: which row of the batch it belongs to; None where it belongs to no single one.
        operands: the numbers it was made of; of a sum of products the largest term.
        twin: the operation whose gradient it is part of; empty in the forward pass.
        terms: how many values were added up to it; 1 for an operation on single numbers.
    """

    node: int
    operation: str
    layer: str
    role: str
    formula: str
    value: float
    place: tuple[int, ...]
    row: int | None
    operands: tuple[Operand, ...]
    twin: str = ""
    terms: int = 1

    def record(self) -> dict[str, Any]:
        """The scene as plain JSON."""
        return asdict(self) | {"value": spell(self.value), "place": list(self.place)}


def broken(
    graph: Graph, inputs: Mapping[str, Array], task: Task, precision: Precision
) -> Scene | None:
    """Do a step again and find the first value that is not finite; None where there is none.

    Infinite constants are meant so, and comparisons with them give none: they are passed over.
    """
    values: dict[int, Array] = {}
    program = ReferenceExecutor(precision).compile(graph)
    for node, value in program.watch(inputs):
        values[node.id] = value
        if node.dtype != "float" or node.op == "constant" or np.isfinite(value).all():
            continue
        return _scene(graph, node, values, task)
    return None


def value_at(
    graph: Graph, inputs: Mapping[str, Array], scene: Scene, precision: Precision
) -> float:
    """The value that the same node has, at the same place, with other inputs."""
    program = ReferenceExecutor(precision).compile(graph)
    for node, value in program.watch(inputs):
        if node.id == scene.node:
            return float(value[scene.place])
    return float("nan")


def _scene(graph: Graph, node: Node, values: Mapping[int, Array], task: Task) -> Scene:
    value = values[node.id]
    place = tuple(int(axis[0]) for axis in np.nonzero(~np.isfinite(value))) if value.shape else ()
    given = [(graph.nodes[id], values[id]) for id in node.inputs]
    made = Origin(graph, task).of(node, given, value, place)
    row = row_at(node, place)
    known = node.op not in ("input", "constant")
    twin = "" if node.twin is None or node.role != "backward" else graph.nodes[node.twin].op
    return Scene(
        node=node.id,
        operation=node.op if known else f"input {node.attrs['name']}",
        layer=layer_of(node, graph),
        role=node.role,
        formula=lookup(node.op).formula if known else "",
        value=float(value[place]),
        place=place,
        row=made.row if row is None else row,
        operands=tuple(made.operands),
        twin=twin,
        terms=made.terms,
    )
