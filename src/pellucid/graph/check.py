"""The type check of a whole graph: every fault at once, each with the node it is in."""

from __future__ import annotations

from typing import Any

from pellucid.errors import GraphError, PellucidError
from pellucid.graph.node import ROLES, Graph, Node
from pellucid.graph.primitive import TypeProblem, lookup
from pellucid.graph.types import DType, Shape, Type

# What a rule may run into on attributes of a kind it was not written for, as a file may hold.
MALFORMED = (TypeError, ValueError, LookupError, ArithmeticError, AttributeError)


def check(graph: Graph) -> Graph:
    """Return the graph if it is well formed, else raise ``GraphError`` naming every fault.

    A graph is well formed when each node uses only earlier nodes (so there is no cycle), each
    operation is known, each shape and dtype is the one its operation's rule gives, no input is
    declared twice, and each output exists.
    """
    faults: list[str] = []
    names: set[str] = set()
    for place, node in enumerate(graph.nodes):
        at = f"%{place} = {node.op}" + (f" in {node.scope}" if node.scope else "")
        faults += [f"{at}: {fault}" for fault in _faults(graph, place, node, names)]
    for name, id in graph.outputs.items():
        if not 0 <= id < len(graph.nodes):
            faults.append(f"output {name!r}: there is no node %{id}")
    if faults:
        count = f"{len(faults)} faults" if len(faults) > 1 else "a fault"
        raise GraphError(f"The graph has {count}:\n  " + "\n  ".join(faults))
    return graph


def _faults(graph: Graph, place: int, node: Node, names: set[str]) -> list[str]:
    if node.id != place:
        return [f"its id is {node.id}, its place is {place}"]
    if node.role not in ROLES:
        return [f"its role is {node.role!r}, not one of {', '.join(ROLES)}"]
    if node.twin is not None and not 0 <= node.twin < len(graph.nodes):
        return [f"its twin %{node.twin} does not exist"]
    for id in node.inputs:
        if not 0 <= id < len(graph.nodes):
            return [f"it uses %{id}, which does not exist"]
        if id >= place:
            return [f"it uses %{id}, which comes later: a cycle, or nodes out of order"]
    try:
        expected, said = _type(graph, node, names), node.type
    except (TypeProblem, PellucidError) as problem:
        return [str(problem)]
    except MALFORMED as problem:  # a missing or unknown attribute, or too few or many inputs
        return [f"its inputs or attributes do not fit: {problem!r}"]
    return [] if expected == said else [f"it says {said}, the operation gives {expected}"]


def _type(graph: Graph, node: Node, names: set[str]) -> Type:
    if node.op == "input":
        name = node.attrs.get("name")
        if not isinstance(name, str) or name in names:
            raise TypeProblem(f"an input needs a name of its own, got {name!r}")
        names.add(name)
        return node.type
    if node.op == "constant":
        return constant_type(node.attrs["value"], node.shape, node.dtype)
    return lookup(node.op).rule(*(graph.nodes[id].type for id in node.inputs), **node.attrs)


def constant_type(value: Any, shape: Shape, empty: DType = "float") -> Type:
    """The type of nested tuples of numbers, all of one kind, that fill ``shape``.

    Where there are none, ``empty`` says of what kind they would be.
    """
    kinds: set[type] = set()
    _collect(value, tuple(shape), kinds)
    if len(kinds) > 1:
        raise TypeProblem(f"a constant mixes {', '.join(sorted(k.__name__ for k in kinds))}")
    if not kinds:
        return Type(tuple(shape), empty)
    known: dict[type, DType] = {float: "float", int: "int", bool: "bool"}
    kind = kinds.pop()
    if kind not in known:
        raise TypeProblem(f"a constant holds {kind.__name__}, not numbers")
    return Type(tuple(shape), known[kind])


def _collect(value: Any, shape: tuple[Any, ...], kinds: set[type]) -> None:
    if not shape:
        kinds.add(type(value))
    elif not isinstance(value, tuple) or len(value) != shape[0]:
        raise TypeProblem(f"a constant's values do not fill the shape {list(shape)}")
    else:
        for item in value:
            _collect(item, shape[1:], kinds)
