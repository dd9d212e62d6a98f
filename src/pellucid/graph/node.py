"""Nodes and graphs: immutable records of a computation, in the order in which it is done."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import field
from functools import cached_property
from types import MappingProxyType
from typing import Any, Literal, TypeAlias

from pellucid.dataclass import dataclass
from pellucid.errors import unknown_name
from pellucid.graph.types import DType, Shape, Type

Role: TypeAlias = Literal["forward", "loss", "backward", "update", "metric"]
ROLES: tuple[Role, ...] = ("forward", "loss", "backward", "update", "metric")


@dataclass(frozen=True)
class Node:
    """One value of a computation.

    Attributes:
        id: its place in the graph, counted from 0; inputs always have smaller ids.
        op: a primitive's name, or ``input`` (fed from outside) or ``constant``.
        inputs: the ids of the nodes it is computed from.
        attrs: the operation's fixed settings.
        shape, dtype: what the value is; the batch axis may be symbolic.
        scope: the layer or other part it belongs to, such as ``dense_1``.
        role: forward, loss, backward, update or metric.
        twin: for a backward node, the id of the node whose gradient it helps to compute.
    """

    id: int
    op: str
    inputs: tuple[int, ...]
    attrs: Mapping[str, Any]
    shape: Shape
    dtype: DType
    scope: str = ""
    role: Role = "forward"
    twin: int | None = None

    @cached_property
    def type(self) -> Type:
        """Shape and dtype as one record."""
        return Type(self.shape, self.dtype)

    @cached_property
    def key(self) -> tuple[Any, ...]:
        """What it computes, as something hashable: equal keys are equal values.

        Settings are compared as text, which tells 0.0 from -0.0 and 1 from True.
        """
        return self.op, self.inputs, repr(sorted(self.attrs.items())), self.shape, self.dtype


@dataclass(frozen=True)
class Graph:
    """An immutable computation: nodes in order, and the names of those asked for."""

    nodes: tuple[Node, ...]
    outputs: Mapping[str, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        object.__setattr__(self, "outputs", MappingProxyType(dict(self.outputs)))

    @cached_property
    def inputs(self) -> dict[str, Node]:
        """The nodes fed from outside, by name."""
        return {node.attrs["name"]: node for node in self.nodes if node.op == "input"}

    def output(self, name: str) -> Node:
        """The node of a named output."""
        if name not in self.outputs:
            raise unknown_name("output", name, self.outputs)
        return self.nodes[self.outputs[name]]

    def __len__(self) -> int:
        return len(self.nodes)

    def __iter__(self) -> Iterator[Node]:
        return iter(self.nodes)

    def __str__(self) -> str:
        from pellucid.graph.show import to_text

        return to_text(self)

    def _repr_markdown_(self) -> str:
        from pellucid.graph.show import to_mermaid

        return f"```mermaid\n{to_mermaid(self)}```"
