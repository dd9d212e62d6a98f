"""Where a training broke: its failed step done again node by node, up to the first bad value."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from pellucid.graph import Batch, Graph, Node
from pellucid.graph.primitive import Array, lookup
from pellucid.inspect.findings import spell
from pellucid.learn.step import Task
from pellucid.run.executor import Precision
from pellucid.run.reference import ReferenceExecutor

PRODUCTS = ("matmul",)


@dataclass(frozen=True)
class Operand:
    """One number that the broken value was made of."""

    what: str
    value: float

    def text(self) -> str:
        """The number with its name."""
        return f"{self.what} = {spell(self.value)}"


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
            return float(value[scene.place]) if value.shape else float(value)
    return float("nan")


def _scene(graph: Graph, node: Node, values: Mapping[int, Array], task: Task) -> Scene:
    value = values[node.id]
    place = tuple(int(axis[0]) for axis in np.nonzero(~np.isfinite(value))) if value.shape else ()
    given = [(graph.nodes[id], values[id]) for id in node.inputs]
    operands, found, terms = _operands(graph, node, given, value, place, task)
    row = _row(node, place)
    known = node.op not in ("input", "constant")
    twin = "" if node.twin is None or node.role != "backward" else graph.nodes[node.twin].op
    return Scene(
        node.id, node.op if known else f"input {node.attrs['name']}", layer_of(node, graph), node.role,
        lookup(node.op).formula if known else "", float(value[place]) if value.shape else float(value),
        place, found if row is None else row, tuple(operands), twin, terms,
    )  # fmt: skip


def layer_of(node: Node, graph: Graph) -> str:
    """The layer that a node belongs to, or what else it is part of."""
    scope = node.scope
    if scope in ("", "update") and node.twin is not None:
        scope = graph.nodes[node.twin].scope
    return scope or ("the input" if node.op == "input" else "the step")


def _operands(
    graph: Graph, node: Node, given: Sequence[tuple[Node, Array]], value: Array,
    place: tuple[int, ...], task: Task,
) -> tuple[list[Operand], int | None, int]:  # fmt: skip
    """The numbers that made the value, the row of the batch they belong to, and how many terms."""
    if node.op in PRODUCTS:
        return _product(graph, node, given, place, task)
    same = all(_broadcasts(array.shape, value.shape) for _, array in given)
    if same and len(place) == value.ndim:
        found, row = [], None
        for source, array in given:
            at = np.unravel_index(
                int(np.broadcast_to(np.arange(array.size).reshape(array.shape), value.shape)[place]),
                array.shape,
            ) if array.shape else ()  # fmt: skip
            spot = tuple(int(k) for k in at)
            found.append(Operand(name_of(source, graph, task, spot), float(array[spot])))
            row = _row(source, spot) if row is None else row
        return found, row, 1
    found, row, terms = [], None, 1
    for source, array in given:
        if source.dtype != "float" or not array.size:
            continue
        spot = _largest(array)
        what = name_of(source, graph, task, spot)
        found.append(Operand(f"the largest of {what}", float(array[spot])))
        row = _row(source, spot) if row is None else row
        terms = max(terms, array.size // max(1, value.size))
    return found, row, terms


def _product(
    graph: Graph, node: Node, given: Sequence[tuple[Node, Array]], place: tuple[int, ...],
    task: Task,
) -> tuple[list[Operand], int | None, int]:  # fmt: skip
    """The largest term of a sum of products."""
    (left, a), (right, b) = given
    i, j = place[-2:]
    outer = place[:-2]
    a2, b2 = (array[tuple(0 if n == 1 else k for n, k in zip(array.shape[:-2], outer[-(array.ndim - 2):] if array.ndim > 2 else (), strict=False))] for array in (a, b))  # fmt: skip  # noqa: E501
    first = a2[:, i] if node.attrs["transpose_a"] else a2[i]
    second = b2[j] if node.attrs["transpose_b"] else b2[:, j]
    with np.errstate(all="ignore"):
        terms = np.abs(first.astype(np.float64) * second.astype(np.float64))
    k = int(np.argmax(np.where(np.isnan(terms), np.inf, terms)))
    at_a = (k, i) if node.attrs["transpose_a"] else (i, k)
    at_b = (j, k) if node.attrs["transpose_b"] else (k, j)
    row = _row(left, at_a)
    row = _row(right, at_b) if row is None else row
    found = [
        Operand(name_of(left, graph, task, at_a), float(first[k])),
        Operand(name_of(right, graph, task, at_b), float(second[k])),
    ]
    return found, row, len(first)


def name_of(node: Node, graph: Graph, task: Task, place: tuple[int, ...]) -> str:
    """What a reader may call one element of a node's value."""
    where = f"[{', '.join(map(str, place))}]" if place else ""
    if node.op == "input":
        name = {"rate": "the rate", "weight": "the sample weight"}.get(
            node.attrs["name"], node.attrs["name"]
        )
        return f"{name}{where}"
    if node.op == "constant":
        return "a constant"
    parameter = _parameter(node, graph, task)
    if parameter:
        return f"{parameter}{where}"
    scope = layer_of(node, graph)
    if node.role == "backward":
        return f"gradient in {scope}{where} ({node.op})"
    return f"{scope}{where} ({node.op})"


def _parameter(node: Node, graph: Graph, task: Task) -> str:
    """The parameter that a node is a view of; empty where it is none."""
    while node.op == "reshape":
        node = graph.nodes[node.inputs[0]]
    if node.op != "slice" or graph.nodes[node.inputs[0]].attrs.get("name") != "params":
        return ""
    starts = 0
    for parameter in task.architecture.learned.parameters:
        if node.attrs.get("start") == starts:
            return parameter.name
        starts += parameter.size
    return ""


def _row(node: Node, place: tuple[int, ...]) -> int | None:
    """Which row of the batch an element of a node's value belongs to."""
    for dim, at in zip(node.shape, place, strict=False):
        if isinstance(dim, Batch) and dim.power == 1:
            return at // dim.multiple
    return None


def _broadcasts(shape: tuple[int, ...], to: tuple[int, ...]) -> bool:
    try:
        return np.broadcast_shapes(shape, to) == to
    except ValueError:
        return False


def _largest(array: Array) -> tuple[int, ...]:
    sizes = np.abs(array.astype(np.float64))
    flat = int(np.argmax(np.where(np.isnan(sizes), np.inf, sizes)))
    return tuple(int(k) for k in np.unravel_index(flat, array.shape)) if array.shape else ()
