"""Smaller graphs with the same outputs: dead nodes out, equal nodes once, constants computed.

Only steps that keep every output's bits are taken: ``x * 1``, ``x / 1``, ``-(-x)``, a reshape or
broadcast to the same shape; not ``x + 0`` (it changes -0) and no reordering of sums.
"""

from __future__ import annotations

import numpy as np

from pellucid.graph.build import WIDEST, Builder, Value
from pellucid.graph.node import Graph, Node
from pellucid.graph.primitive import Array, lookup
from pellucid.graph.types import Batch, resolve

FOLDED_ELEMENTS = 64  # a larger constant would cost more to keep than to compute


def simplify(graph: Graph) -> Graph:
    """Return a graph with the same inputs and outputs and no more nodes than needed.

    Constants of up to 64 elements are computed once, in float64. Inputs stay, used or not.
    """
    live = needed(graph)
    builder = Builder()
    place: dict[int, Value] = {}
    for node in graph.nodes:
        if node.id not in live and node.op != "input":
            continue
        inputs = [place[id] for id in node.inputs]
        twin = place[node.twin].id if node.twin in place and node.twin is not None else None
        with builder.context(scope=node.scope, role=node.role, twin=twin):
            place[node.id] = _rewrite(builder, node, inputs)
    kept = builder.freeze(**{name: place[id] for name, id in graph.outputs.items()})
    return kept if len(kept) == len(needed(kept) | _inputs(kept)) else simplify(kept)


def needed(graph: Graph) -> set[int]:
    """The ids of the nodes that the outputs depend on."""
    live: set[int] = set()
    stack = list(graph.outputs.values())
    while stack:
        id = stack.pop()
        if id not in live:
            live.add(id)
            stack.extend(graph.nodes[id].inputs)
    return live


def _inputs(graph: Graph) -> set[int]:
    return {node.id for node in graph.nodes if node.op == "input"}


def _rewrite(builder: Builder, node: Node, inputs: list[Value]) -> Value:
    if node.op == "input":
        return builder.input(node.attrs["name"], node.shape, node.dtype)
    if node.op == "constant":
        return builder.again(node, ())
    if _folds(node, inputs):
        values = [constant_array(value.node) for value in inputs]
        with np.errstate(all="ignore"):
            result = lookup(node.op).meaning(*values, **node.attrs)
        return builder.constant(np.asarray(result), node.dtype)
    if node.op in ("multiply", "divide") and _is_one(inputs[1]):
        return inputs[0]
    if node.op == "multiply" and _is_one(inputs[0]):
        return inputs[1]
    if node.op == "negate" and inputs[0].node.op == "negate":
        return builder.value(inputs[0].node.inputs[0])
    if node.op in ("reshape", "broadcast_to") and inputs[0].shape == node.shape:
        return inputs[0]
    return builder.again(node, inputs)


def constant_array(node: Node) -> Array:
    """The value of a constant node, in the widest numbers of its kind."""
    return np.asarray(node.attrs["value"], WIDEST[node.dtype]).reshape(resolve(node.shape, 0))


def _folds(node: Node, inputs: list[Value]) -> bool:
    if not inputs or any(isinstance(dim, Batch) for dim in node.shape):
        return False
    sizes = [dim for dim in node.shape if isinstance(dim, int)]
    small = int(np.prod(sizes)) <= FOLDED_ELEMENTS
    return small and all(value.node.op == "constant" for value in inputs)


def _is_one(value: Value) -> bool:
    """Whether it is the number 1; a scalar, so that it broadcasts nothing."""
    return value.node.op == "constant" and value.shape == () and value.node.attrs["value"] == 1
