"""A network on its way out: one graph from the user's rows to the user's answers, and its arrays.

ONNX, PyTorch and the code writers all read this and nothing else: the operations of the graph are
the whole of what they have to know, so any layer or activation composed of operations goes with it.
``models/deploy.py`` makes a ``Deployment`` of a network.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import field, replace
from typing import Any

import numpy as np

from pellucid.dataclass import dataclass
from pellucid.errors import ExportError
from pellucid.graph import Batch, Builder, Graph, Node, Value, simplify
from pellucid.graph.build import WIDEST
from pellucid.graph.primitive import Array
from pellucid.graph.simplify import needed
from pellucid.graph.types import resolve
from pellucid.run.reference import ReferenceExecutor

ROWS = "x"
"""The input of the graph: rows as the user gives them."""
OUTPUT, ANSWER, PLACE = "output", "answer", "place"
"""What the last layer gives; the chances, scores or values; the place of the class."""
SMALL = 64
"""Up to so many elements a value may take more room than what it is computed from."""


class Arrays(dict[str, Array]):
    """The arrays of a graph by name, entered as its leaves are made."""

    def leaf(self, builder: Builder, name: str, array: Any) -> Value:
        """Enter an array and give its node."""
        self[name] = np.asarray(array)
        return builder.input(name, self[name].shape)


@dataclass(frozen=True)
class Field:
    """One column of a table, as a row has it.

    Attributes:
        name: of the column.
        texts: for a column of texts those that are known. In the graph's rows stands the place of a
            text among them, counted from 1; 0 for another text, and NaN where nothing is. None for
            a column of numbers, with NaN where nothing is.
    """

    name: str
    texts: tuple[str, ...] = ()


@dataclass(frozen=True, eq=False)
class Deployment:
    """A network from rows to answers.

    Attributes:
        name: what it is called.
        graph: its inputs are ``x`` and the arrays by name; its outputs ``output``, ``answer`` and,
            for classes ``place``, which for labels says of each whether it is there.
        arrays: parameters, states, and what the data's scaling needs.
        row_shape: the shape of one row.
        kind: what the answer is: chances of classes, scores of classes, chances of labels (any
            of which a row may have), or values: "chances", "scores", "labels", "values".
        labels: the labels of classes, or those that a row may have, in their order; else none.
        states: the names of the arrays that are not learned.
        wide: scopes in the user's units, which may need more digits than the layers do: there the
            numbers are of double precision.
        columns: the names of a row's numbers, where they are known.
        layers: what each scope is, for a reader.
        fields: the columns of a row of a table; none for rows of an array.
        levels: of values that are quantiles: their levels.
        threshold: of two classes, the chance of the second above which it is the answer.
    """

    name: str
    graph: Graph
    arrays: Mapping[str, Array]
    row_shape: tuple[int, ...]
    kind: str
    labels: tuple[Any, ...] = ()
    states: frozenset[str] = frozenset()
    wide: frozenset[str] = frozenset()
    columns: tuple[str, ...] = ()
    layers: Mapping[str, str] = field(default_factory=dict)
    fields: tuple[Field, ...] = ()
    levels: tuple[float, ...] = ()
    threshold: float | None = None

    @property
    def rows(self) -> Node:
        """The node of the rows."""
        return self.graph.inputs[ROWS]

    @property
    def is_named(self) -> bool:
        """Whether a row is given by the names of its columns, since some of them hold texts."""
        return any(field.texts for field in self.fields)

    def part(self, *outputs: str) -> Deployment:
        """The same with some of the outputs only, and the operations that those need."""
        chosen = {name: id for name, id in self.graph.outputs.items() if name in outputs}
        return replace(self, graph=simplify(Graph(self.graph.nodes, chosen)))


def check_known(deployment: Deployment, known: Collection[str], form: str) -> None:
    """Raise ``ExportError`` for operations that a form does not have, with the layers' names."""
    live = needed(deployment.graph)
    missing: dict[str, str] = {}
    for node in deployment.graph.nodes:
        if node.id in live and node.op not in (*known, "input", "constant"):
            missing.setdefault(node.op, node.scope or "the network")
    if missing:
        told = "; ".join(f"{scope} uses {op}" for op, scope in missing.items())
        raise ExportError(
            f"{deployment.name} cannot be exported to {form}: {told}, for which {form} export has "
            "no words. Use other operations there, or another form."
        )


def check_apart(deployment: Deployment) -> None:
    """Raise ``ExportError`` where a row's answer would depend on the rows beside it."""
    follows = _follows(deployment)
    for node in deployment.graph.nodes:
        if node.id not in follows:
            continue
        first, *others = node.shape or (0,)
        by_row = isinstance(first, Batch) and first.power == 1
        if not by_row or any(isinstance(dim, Batch) for dim in others):
            raise ExportError(
                f"{deployment.name} cannot be exported: {node.scope or 'it'} mixes the rows of a "
                f"batch ({node.op} gives {node.type}), so an answer would depend on what it is "
                "asked along with. Let it compute each row by itself."
            )


def settled(deployment: Deployment) -> Deployment:
    """The same with all that does not depend on the rows computed once, in double precision.

    An array that was only reshaped or turned keeps its name and its precision.
    """
    follows = _follows(deployment)
    values = _values(deployment, follows)
    builder, place = Builder(), dict[int, Value]()
    arrays: dict[str, Array] = {}
    for node in deployment.graph.nodes:
        with builder.context(scope=node.scope, role=node.role):
            if node.id in values:
                name, array = _named(deployment, node, values[node.id])
                while name in arrays:
                    name += "_"
                arrays[name] = array
                place[node.id] = builder.input(name, array.shape, node.dtype)
            elif node.op == "input" and node.id in follows:
                place[node.id] = builder.input(ROWS, node.shape, node.dtype)
            elif all(id in place for id in node.inputs) and node.op != "input":
                place[node.id] = builder.again(node, [place[id] for id in node.inputs])
    outputs = {name: place[id] for name, id in deployment.graph.outputs.items()}
    return replace(deployment, graph=simplify(builder.freeze(**outputs)), arrays=arrays)


def _follows(deployment: Deployment) -> set[int]:
    """The nodes whose values depend on the rows; how many columns there are does not."""
    nodes, follows = deployment.graph.nodes, {deployment.rows.id}
    for node in nodes:
        if follows.intersection(node.inputs) and not _is_fixed_count(node, nodes):
            follows.add(node.id)
    return follows


def _is_fixed_count(node: Node, nodes: tuple[Node, ...]) -> bool:
    if node.op != "count":
        return False
    shape = nodes[node.inputs[0]].shape
    return not any(isinstance(shape[axis], Batch) for axis in node.attrs["axes"])


def _values(deployment: Deployment, follows: set[int]) -> dict[int, Array]:
    """What nodes that depend on the rows read of those that don't, computed."""
    nodes, live = deployment.graph.nodes, needed(deployment.graph)
    read = {id for node in nodes if node.id in follows & live for id in node.inputs} - follows
    wanted = set[int]()
    while read:
        node = nodes[read.pop()]
        if node.op == "constant":
            continue
        if node.op == "input" or _is_small(node, [nodes[id] for id in node.inputs]):
            wanted.add(node.id)
        else:
            read.update(node.inputs)
    graph = simplify(Graph(nodes, {str(id): id for id in wanted}))
    row = np.zeros(resolve(deployment.rows.shape, 1), WIDEST[deployment.rows.dtype])
    found = ReferenceExecutor().compile(graph).run({**deployment.arrays, ROWS: row})
    return {int(name): value for name, value in found.items()}


def _is_small(node: Node, inputs: list[Node]) -> bool:
    """Whether a value takes little room, at least not more than what it is computed from."""
    if any(isinstance(dim, Batch) for dim in node.shape):
        return False
    return _size(node) <= max(SMALL, sum(map(_size, inputs)))


def _size(node: Node) -> int:
    return int(np.prod([dim for dim in node.shape if isinstance(dim, int)]))


def _named(deployment: Deployment, node: Node, value: Array) -> tuple[str, Array]:
    """The name and the array of a value that is computed once."""
    nodes, source = deployment.graph.nodes, node
    while source.op in ("reshape", "transpose"):
        source = nodes[source.inputs[0]]
    if source.op != "input":
        return f"{node.scope}.fixed" if node.scope else "fixed", value
    name = source.attrs["name"]
    return name, value.astype(deployment.arrays[name].dtype)
