"""Graphs in the form that suits the planner: the same values by fewer kinds of operation.

Reductions are taken along neighbouring axes, and means over the batch are sums divided by its size.
A chain of elementwise operations on a joined vector - an optimizer's update of all parameters at
once - is divided into the parts that were joined, so that each part can be updated where its
gradient has just been computed.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np

from pellucid.graph import BATCH, Batch, Builder, Dim, Graph, Node, Shape, Value, lookup
from pellucid.graph.types import broadcast
from pellucid.ops import broadcast_to, concatenate, count, reshape, slice, transpose
from pellucid.ops import sum as add_up
from pellucid.run.native.items import ELEMENTWISE, REDUCTIONS
from pellucid.run.native.layout import per_channel

DIVIDED_FROM = 4096  # elements; below, one pass over all is quicker than one a part


def adapt(graph: Graph) -> Graph:
    """The graph as the planner wants it; inputs and outputs are the same."""
    return _Adapter(graph).result()


class _Adapter:
    def __init__(self, graph: Graph) -> None:
        self.graph, self.builder = graph, Builder()
        self.place: dict[int, Value] = {}
        self.parts: dict[int, list[Value]] = {}

    def result(self) -> Graph:
        for node in self.graph.nodes:
            with self.builder.context(scope=node.scope, role=node.role):
                self._add(node)
        return self.builder.freeze(
            **{name: self._whole(id) for name, id in self.graph.outputs.items()}
        )

    def _whole(self, id: int) -> Value:
        if id not in self.place:
            self.place[id] = concatenate(self.parts[id], 0)
        return self.place[id]

    def _add(self, node: Node) -> None:
        if node.op == "input":
            self.place[node.id] = self.builder.input(node.attrs["name"], node.shape, node.dtype)
        elif node.op == "constant":
            self.place[node.id] = self.builder.again(node, ())
        elif not self._divided(node):
            inputs = [self._whole(id) for id in node.inputs]
            rule = RULES.get(node.op)
            found = rule(node, inputs) if rule else None
            if found is None:
                found = self.builder.again(node, inputs)
            self.place[node.id] = found

    # --- division

    def _divided(self, node: Node) -> bool:
        """Add a node part by part, where it works on something joined."""
        if node.op == "concatenate" and _is_long(node) and len(node.inputs) > 1:
            self.parts[node.id] = [self._whole(id) for id in node.inputs]
            return True
        joined = next((id for id in node.inputs if id in self.parts), None)
        if joined is None:
            return False
        sizes = [part.shape[0] for part in self.parts[joined]]
        if node.op == "sum" and node.attrs["axes"] == (0,):
            sums = [add_up(part) for part in self.parts[joined]]
            total = sums[0]
            for part in sums[1:]:
                total = total + part
            self.place[node.id] = reshape(total, node.shape)
            return True
        if node.op not in ELEMENTWISE or not _is_long(node):
            return False
        columns = [self._along(id, sizes) for id in node.inputs]
        if any(column is None for column in columns):
            return False
        self.parts[node.id] = self._applied(node, columns, len(sizes))
        return True

    def _along(self, id: int, sizes: list[Dim]) -> list[Value] | None:
        """An input's parts of the given sizes; a single number goes with each."""
        if id in self.parts:
            own = [part.shape[0] for part in self.parts[id]]
            return self.parts[id] if own == sizes else None
        node = self.graph.nodes[id]
        if self.place[id].shape in ((), (1,)):
            return [self.place[id]] * len(sizes)
        if node.op in ELEMENTWISE:  # what only meets the parts here is computed part by part too
            columns = [self._along(source, sizes) for source in node.inputs]
            if all(columns):
                self.parts[id] = self._applied(node, columns, len(sizes))
                return self.parts[id]
        parts, start = [], 0
        for size in sizes:
            assert isinstance(size, int)
            parts.append(slice(self.place[id], 0, start, start + size))
            start += size
        return parts

    def _applied(self, node: Node, columns: list[list[Value] | None], count: int) -> list[Value]:
        op = lookup(node.op)
        return [
            self.builder.apply(op, [column[k] for column in columns if column], node.attrs)
            for k in range(count)
        ]


def _is_long(node: Node) -> bool:
    (length,) = node.shape if len(node.shape) == 1 else (0,)
    return isinstance(length, int) and length >= DIVIDED_FROM


# --- one operation by others


def _reduction(node: Node, inputs: list[Value]) -> Value | None:
    """Bring the axes that are reduced side by side; a mean over the batch is a sum divided."""
    (x,) = inputs
    axes: tuple[int, ...] = node.attrs["axes"]
    if node.op == "mean" and any(isinstance(x.shape[axis], Batch) for axis in axes):
        total = add_up(x, axes, keepdims=node.attrs["keepdims"])
        moved = _reduction(total.node, inputs)
        return (total if moved is None else moved) / count(x, axes)
    if axes == () or axes == tuple(range(axes[0], axes[0] + len(axes))):
        return None
    if node.op == "sum" and axes == (0, 2, 3) and _is_pictures(x):
        return None
    kept = [axis for axis in range(len(x.shape)) if axis not in axes]
    moved = transpose(x, (*kept, *axes))
    last = tuple(range(len(kept), len(x.shape)))
    result = x.builder.apply(lookup(node.op), [moved], {"axes": last, "keepdims": False})
    return reshape(result, node.shape)


def _is_pictures(x: Value) -> bool:
    return len(x.shape) == 4 and x.shape[0] == BATCH and x.dtype == "float"


def _log_softmax(node: Node, inputs: list[Value]) -> Value | None:
    (x,) = inputs
    axis, rank = node.attrs["axis"], len(x.shape)
    if axis == rank - 1:
        return None
    order = [other for other in range(rank) if other != axis] + [axis]
    back = tuple(int(place) for place in np.argsort(order))
    moved = x.builder.apply(lookup("log_softmax"), [transpose(x, order)], {"axis": rank - 1})
    return transpose(moved, back)


def _elementwise(node: Node, inputs: list[Value]) -> Value | None:
    """Repeat the inputs that vary over other axes than the first ones or the last ones."""
    shape = node.shape
    if all(value.shape == shape or _size(value) == 1 for value in inputs):
        return None
    if _is_pictures_by_channel(shape, inputs):
        return None  # in lanes a channel is a row
    for cut in range(len(shape) + 1):
        if all(_varies_simply(value, shape, cut) for value in inputs):
            return None
    spread = [
        value if value.shape == shape or _size(value) == 1 else broadcast_to(value, shape)
        for value in inputs
    ]
    if broadcast([value.shape for value in spread]) != shape:
        return None
    return node_of(node, spread)


def _is_pictures_by_channel(shape: Shape, inputs: list[Value]) -> bool:
    if len(shape) != 4 or shape[0] != BATCH:
        return False
    return all(
        (value.shape == shape and value.dtype == "float")
        or _size(value) == 1
        or per_channel(shape, value.shape)
        for value in inputs
    )


def node_of(node: Node, inputs: list[Value]) -> Value:
    """The node's operation on other inputs."""
    return inputs[0].builder.apply(lookup(node.op), inputs, node.attrs)


def _size(value: Value) -> int:
    if any(isinstance(dim, Batch) for dim in value.shape):
        return 0
    return math.prod(dim for dim in value.shape if isinstance(dim, int))


def _varies_simply(value: Value, shape: Shape, cut: int) -> bool:
    aligned = (1,) * (len(shape) - len(value.shape)) + value.shape
    above, below = aligned[:cut], aligned[cut:]
    ones = all(dim == 1 for dim in above), all(dim == 1 for dim in below)
    return (ones[0] or above == shape[:cut]) and (ones[1] or below == shape[cut:])


def _less(node: Node, inputs: list[Value]) -> Value | None:
    """0 < x is 0 < max(x, 0), also for NaN; the maximum is kept for the next layer anyway."""
    low, x = inputs
    if low.node.op == "constant" and low.shape == ():
        for rectified in ((x, low), (low, x)):
            found = x.builder.known("maximum", rectified, x.type)
            if found is not None:
                return node_of(node, [low, found])
    return _elementwise(node, inputs)


RULES: dict[str, Callable[[Node, list[Value]], Value | None]] = {
    **dict.fromkeys(sorted(REDUCTIONS - {"argmax"}), _reduction),
    **dict.fromkeys(sorted(ELEMENTWISE), _elementwise),
    "less": _less,
    "log_softmax": _log_softmax,
}
