"""The computational graph: immutable nodes, builder, type check, differentiation, rendering."""

from pellucid.graph.build import Builder, Value
from pellucid.graph.check import check
from pellucid.graph.gradient import gradient, gradients
from pellucid.graph.node import Graph, Node, Role
from pellucid.graph.primitive import PRIMITIVES, Primitive, Sample, TypeProblem, lookup, register
from pellucid.graph.show import (
    from_dict,
    from_json,
    to_dict,
    to_dot,
    to_json,
    to_mermaid,
    to_text,
)
from pellucid.graph.simplify import simplify
from pellucid.graph.types import BATCH, Batch, Dim, DType, Shape, Type

__all__ = [
    "BATCH",
    "PRIMITIVES",
    "Batch",
    "Builder",
    "DType",
    "Dim",
    "Graph",
    "Node",
    "Primitive",
    "Role",
    "Sample",
    "Shape",
    "Type",
    "TypeProblem",
    "Value",
    "check",
    "from_dict",
    "from_json",
    "gradient",
    "gradients",
    "lookup",
    "register",
    "simplify",
    "to_dict",
    "to_dot",
    "to_json",
    "to_mermaid",
    "to_text",
]
