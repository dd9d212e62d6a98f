"""The numbers that one element of a node's value was made of, by name, and the row they are of."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import field

import numpy as np

from pellucid.dataclass import dataclass
from pellucid.graph import Batch, Graph, Node
from pellucid.graph.primitive import Array
from pellucid.inspect.findings import spell
from pellucid.learn.step import Task

NAMES = {"rate": "the rate", "weight": "the sample weight"}


@dataclass(frozen=True)
class Operand:
    """One number that the broken value was made of."""

    what: str
    value: float

    def text(self) -> str:
        """The number with its name."""
        return f"{self.what} = {spell(self.value)}"


@dataclass
class Made:
    """What a value was made of: the numbers, the row of the batch, how many terms were added."""

    operands: list[Operand] = field(default_factory=list)
    row: int | None = None
    terms: int = 1


@dataclass(frozen=True)
class Origin:
    """Finds what a value of a step's graph was made of."""

    graph: Graph
    task: Task

    def of(
        self, node: Node, given: Sequence[tuple[Node, Array]], value: Array, place: tuple[int, ...]
    ) -> Made:
        """What the element at ``place`` was made of.

        Of an operation on single numbers those; of a product of matrices the largest term; of any
        other the largest number of each of its inputs.
        """
        if node.op == "matmul":
            return self._product(node, given, place)
        made = Made()
        if all(_broadcasts(array.shape, value.shape) for _, array in given):
            for source, array in given:
                self._add(made, source, array, _spot(array.shape, place))
            return made
        for source, array in given:
            if source.dtype == "float" and array.size:
                self._add(made, source, array, _largest(array), "the largest of ")
                made.terms = max(made.terms, array.size // max(1, value.size))
        return made

    def _product(
        self, node: Node, given: Sequence[tuple[Node, Array]], place: tuple[int, ...]
    ) -> Made:
        (left, a), (right, b) = given
        across, down = node.attrs["transpose_a"], node.attrs["transpose_b"]
        i, j = place[-2:]
        outer_a, outer_b = (_spot(array.shape[:-2], place[:-2]) for array in (a, b))
        first = a[outer_a][:, i] if across else a[outer_a][i]
        second = b[outer_b][j] if down else b[outer_b][:, j]
        with np.errstate(all="ignore"):
            terms = np.abs(first.astype(np.float64) * second.astype(np.float64))
        k = int(np.argmax(np.where(np.isnan(terms), np.inf, terms)))
        made = Made(terms=len(first))
        self._add(made, left, a, (*outer_a, *((k, i) if across else (i, k))))
        self._add(made, right, b, (*outer_b, *((j, k) if down else (k, j))))
        return made

    def _add(
        self, made: Made, source: Node, array: Array, spot: tuple[int, ...], before: str = ""
    ) -> None:
        made.operands.append(Operand(before + self.name(source, spot), float(array[spot])))
        made.row = row_at(source, spot) if made.row is None else made.row

    def name(self, node: Node, place: tuple[int, ...]) -> str:
        """What a reader may call one element of a node's value."""
        where = f"[{', '.join(map(str, place))}]" if place else ""
        if node.op == "input":
            name = node.attrs["name"]
            return f"{NAMES.get(name, name)}{where}"
        if node.op == "constant":
            return "a constant"
        parameter = self._parameter(node)
        if parameter:
            return f"{parameter}{where}"
        scope = layer_of(node, self.graph)
        if node.role == "backward":
            return f"gradient in {scope}{where} ({node.op})"
        return f"{scope}{where} ({node.op})"

    def _parameter(self, node: Node) -> str:
        """The parameter that a node is a view of; empty where it is none."""
        while node.op == "reshape":
            node = self.graph.nodes[node.inputs[0]]
        source = self.graph.nodes[node.inputs[0]] if node.op == "slice" else node
        if source.attrs.get("name") != "params":
            return ""
        start = 0
        for parameter in self.task.architecture.learned.parameters:
            if node.attrs.get("start") == start:
                return parameter.name
            start += parameter.size
        return ""


def layer_of(node: Node, graph: Graph) -> str:
    """The layer that a node belongs to, or what else it is part of."""
    scope = node.scope
    if scope in ("", "update") and node.twin is not None:
        scope = graph.nodes[node.twin].scope
    return scope or ("the input" if node.op == "input" else "the step")


def row_at(node: Node, place: tuple[int, ...]) -> int | None:
    """Which row of the batch an element of a node's value belongs to; None: to no single one."""
    for dim, at in zip(node.shape, place, strict=False):
        if isinstance(dim, Batch) and dim.power == 1:
            return at // dim.multiple
    return None


def _spot(shape: tuple[int, ...], place: tuple[int, ...]) -> tuple[int, ...]:
    """Which element of an array a place in what it is broadcast to stands for."""
    last = place[len(place) - len(shape) :]
    return tuple(0 if size == 1 else at for size, at in zip(shape, last, strict=True))


def _broadcasts(shape: tuple[int, ...], to: tuple[int, ...]) -> bool:
    try:
        return np.broadcast_shapes(shape, to) == to
    except ValueError:
        return False


def _largest(array: Array) -> tuple[int, ...]:
    sizes = np.abs(array.astype(np.float64))
    flat = int(np.argmax(np.where(np.isnan(sizes), np.inf, sizes)))
    return tuple(int(k) for k in np.unravel_index(flat, array.shape)) if array.shape else ()
