"""The type check: every fault of a graph, in one message."""

from __future__ import annotations

from typing import Any

import pytest

from pellucid.errors import GraphError
from pellucid.graph import BATCH, PRIMITIVES, Builder, Graph, Node, check
from pellucid.ops import exp


def node(id: int, op: str, inputs: tuple[int, ...] = (), shape: Any = (), **more: Any) -> Node:
    fields = {"dtype": "float", "attrs": {}, **more}
    return Node(id, op, inputs, shape=shape, **fields)


def message(nodes: list[Node], **outputs: int) -> str:
    with pytest.raises(GraphError) as caught:
        check(Graph(tuple(nodes), outputs))
    return str(caught.value)


def test_a_well_formed_graph_is_handed_back() -> None:
    builder = Builder()
    graph = builder.build(y=exp(builder.input("x", (BATCH, 2))))
    assert check(graph) is graph
    assert check(Graph(())) == Graph(())


def test_all_faults_come_in_one_message() -> None:
    x = node(0, "input", shape=(BATCH, 3), attrs={"name": "x"})
    nodes = [
        x,
        node(1, "input", shape=(2,), attrs={"name": "x"}),
        node(2, "sigmoyd", (0,), (BATCH, 3)),
        node(3, "add", (0, 1), (BATCH, 3), scope="dense_1"),
        node(4, "exp", (4,), (BATCH, 3)),
        node(5, "exp", (7,), (BATCH, 3)),
        node(6, "exp", (0,), (BATCH, 4)),
        node(7, "exp", (70,), (BATCH, 3)),
        node(7, "exp", (0,), (BATCH, 3)),
        node(9, "exp", (0,), (BATCH, 3), role="forwards"),
        node(10, "exp", (0,), (BATCH, 3), twin=99),
        node(11, "sum", (0,), ()),
        node(12, "exp", (0, 0), (BATCH, 3)),
        node(13, "constant", attrs={"value": (1.0, 2)}, shape=(2,)),
        node(14, "constant", attrs={"value": (1.0,)}, shape=(2,)),
        node(15, "constant", attrs={"value": "one"}),
        node(16, "constant"),
        node(17, "input", shape=(-1,), attrs={"name": "z"}),
        node(18, "exp", (0,), (BATCH, 3), dtype="text"),
    ]
    known = ", ".join(sorted(PRIMITIVES))
    assert message(nodes, y=4, z=33) == "\n  ".join(
        [
            "The graph has 19 faults:",
            "%1 = input: an input needs a name of its own, got 'x'",
            "%2 = sigmoyd: There is no operation 'sigmoyd'. Did you mean 'sigmoid'? "
            f"Known: {known}.",
            "%3 = add in dense_1: these shapes do not broadcast together",
            "%4 = exp: it uses %4, which comes later: a cycle, or nodes out of order",
            "%5 = exp: it uses %7, which comes later: a cycle, or nodes out of order",
            "%6 = exp: it says float[B, 4], the operation gives float[B, 3]",
            "%7 = exp: it uses %70, which does not exist",
            "%8 = exp: its id is 7, its place is 8",
            "%9 = exp: its role is 'forwards', not one of forward, loss, backward, update, metric",
            "%10 = exp: its twin %99 does not exist",
            '%11 = sum: its inputs or attributes do not fit: TypeError("_reduced.<locals>.rule() '
            "missing 2 required positional arguments: 'axes' and 'keepdims'\")",
            "%12 = exp: takes 1 input, got 2",
            "%13 = constant: a constant mixes float, int",
            "%14 = constant: a constant's values do not fill the shape [2]",
            "%15 = constant: a constant holds str, not numbers",
            "%16 = constant: its inputs or attributes do not fit: KeyError('value')",
            "%17 = input: a size is a whole number from 0 on or a multiple of B, got -1",
            "%18 = exp: there is no kind of number 'text'; use float, int or bool",
            "output 'z': there is no node %33",
        ]
    )


def test_one_fault_is_named_as_one() -> None:
    x = node(0, "input", attrs={"name": "x"})
    assert message([x], y=1) == "The graph has a fault:\n  output 'y': there is no node %1"
