"""A graph as text, as JSON (and back), as Graphviz DOT and as Mermaid."""

from __future__ import annotations

import html
import json
import math
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from pellucid.errors import GraphError
from pellucid.graph.check import check
from pellucid.graph.node import Graph, Node
from pellucid.graph.types import Batch, parse_dim, show_shape

COLOURS = {
    "forward": "#dbe9f6",
    "loss": "#fde3c8",
    "backward": "#e9e0f3",
    "update": "#d8efdc",
    "metric": "#eeeeee",
}


def to_text(graph: Graph) -> str:
    """One line a node, then one line an output: ``%3 = add(%1, %2) : float[B, 4]``."""
    lines = [f"%{node.id} = {_call(node)} : {node.type}" for node in graph.nodes]
    lines += [f"{name} = %{id}" for name, id in graph.outputs.items()]
    return "\n".join(lines)


def to_dict(graph: Graph) -> dict[str, Any]:
    """The graph as plain JSON values."""
    return {
        "nodes": [
            {
                "id": node.id,
                "op": node.op,
                "inputs": list(node.inputs),
                "attrs": {name: _json(value) for name, value in node.attrs.items()},
                "shape": [_plain(dim) for dim in node.shape],
                "dtype": node.dtype,
                "scope": node.scope,
                "role": node.role,
                "twin": node.twin,
            }
            for node in graph.nodes
        ],
        "outputs": dict(graph.outputs),
    }


def from_dict(record: Mapping[str, Any]) -> Graph:
    """Read back what ``to_dict`` wrote; every fault of the graph is reported at once."""
    try:
        nodes = tuple(_node(entry) for entry in record["nodes"])
        graph = Graph(nodes, {str(name): int(id) for name, id in record["outputs"].items()})
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise GraphError(
            f"This is no graph record: {error!r}. A record has 'nodes', each with id, op, inputs, "
            "attrs, shape and dtype, and 'outputs'."
        ) from None
    return check(graph)


def to_json(graph: Graph) -> str:
    """The graph as JSON text."""
    return json.dumps(to_dict(graph), separators=(",", ":"), allow_nan=False)


def from_json(text: str) -> Graph:
    """Read back what ``to_json`` wrote."""
    try:
        record = json.loads(text)
    except (json.JSONDecodeError, RecursionError) as error:
        raise GraphError(f"The graph's text is not JSON: {error}.") from None
    return from_dict(record)


def to_dot(graph: Graph) -> str:
    """The graph in Graphviz DOT, layers as boxes, roles as colours."""
    lines = ["digraph {", '  rankdir=TB; node [shape=box style="rounded,filled" fontname=sans];']
    for number, (scope, nodes) in enumerate(_by_scope(graph).items()):
        indent = "  "
        if scope:
            lines.append(f'  subgraph cluster_{number} {{ label={_quoted(scope)}; color="#999999";')
            indent = "    "
        for node in nodes:
            label = _quoted(f"{_name(node)}\n{show_shape(node.shape)}")
            lines.append(f'{indent}n{node.id} [label={label} fillcolor="{COLOURS[node.role]}"];')
        if scope:
            lines.append("  }")
    lines += [f"  n{source} -> n{node.id};" for node in graph.nodes for source in node.inputs]
    for name, id in graph.outputs.items():
        out = _quoted(f"out {name}")
        lines.append(f'  {out} [shape=plaintext style="" label={_quoted(name)}];')
        lines.append(f"  n{id} -> {out};")
    return "\n".join([*lines, "}"]) + "\n"


def to_mermaid(graph: Graph) -> str:
    """The graph as a Mermaid flow chart, layers as boxes, roles as colours."""
    lines = ["flowchart TB"]
    for number, (scope, nodes) in enumerate(_by_scope(graph).items()):
        if scope:
            lines.append(f'  subgraph s{number}["{_entities(scope)}"]')
        lines += [
            f'    n{node.id}["{_entities(_name(node))}<br/>{show_shape(node.shape)}"]:::{node.role}'
            for node in nodes
        ]
        if scope:
            lines.append("  end")
    lines += [f"  n{source} --> n{node.id}" for node in graph.nodes for source in node.inputs]
    for number, (name, id) in enumerate(graph.outputs.items()):
        lines.append(f'  o{number}(["{_entities(name)}"])')
        lines.append(f"  n{id} --> o{number}")
    lines += [f"  classDef {role} fill:{colour},color:#222" for role, colour in COLOURS.items()]
    return "\n".join(lines) + "\n"


def _quoted(text: str) -> str:
    """A text as a string of the DOT language."""
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return f'"{escaped}"'


def _entities(text: str) -> str:
    """A text as a label of Mermaid, which has HTML inside."""
    return html.escape(text, quote=False).replace('"', "#quot;")


def _by_scope(graph: Graph) -> dict[str, list[Node]]:
    groups: dict[str, list[Node]] = {}
    for node in graph.nodes:
        groups.setdefault(node.scope, []).append(node)
    return groups


def _name(node: Node) -> str:
    if node.op == "input":
        return str(node.attrs["name"])
    if node.op == "constant" and not node.shape:
        return f"{node.attrs['value']:g}" if node.dtype == "float" else str(node.attrs["value"])
    return node.op


def _call(node: Node) -> str:
    if node.op == "input":
        return f"input {node.attrs['name']}"
    if node.op == "constant":
        return f"constant {_short(node.attrs['value'])}"
    settings = [f"{name}={_short(value)}" for name, value in node.attrs.items() if value]
    return f"{node.op}({', '.join([f'%{id}' for id in node.inputs] + settings)})"


def _short(value: Any) -> str:
    text = str(_plain(value))
    return text if len(text) <= 60 else text[:57] + "..."


def _plain(value: Any) -> Any:
    if isinstance(value, Batch):
        return str(value)
    return [_plain(item) for item in value] if isinstance(value, tuple) else value


def _json(value: Any) -> Any:
    """The value as JSON has it, which knows neither tuples nor NaN and infinity."""
    if isinstance(value, tuple):
        return [_json(item) for item in value]
    if isinstance(value, float) and not math.isfinite(value):
        return {"number": str(value)}
    return _plain(value)


def _node(entry: Mapping[str, Any]) -> Node:
    twin = entry.get("twin")
    return Node(
        id=int(entry["id"]),
        op=str(entry["op"]),
        inputs=tuple(int(id) for id in entry["inputs"]),
        attrs=MappingProxyType(
            {str(name): _thaw(name, value) for name, value in entry["attrs"].items()}
        ),
        shape=tuple(parse_dim(dim) for dim in entry["shape"]),
        dtype=entry["dtype"],
        scope=str(entry.get("scope", "")),
        role=entry.get("role", "forward"),
        twin=None if twin is None else int(twin),
    )


def _thaw(name: str, value: Any) -> Any:
    if isinstance(value, list):
        return tuple(_thaw(name, item) for item in value)
    if isinstance(value, dict):
        return float(value["number"])
    return parse_dim(value) if name in ("shape", "size") and isinstance(value, str) else value
