"""The builder: grows a graph node by node, so that a person can write ``y = sigmoid(w * x + b)``."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, TypeAlias

import numpy as np

from pellucid.errors import GraphError, ShapeError
from pellucid.graph.check import check, constant_type
from pellucid.graph.node import Graph, Node, Role
from pellucid.graph.primitive import Primitive, TypeProblem, lookup
from pellucid.graph.types import DType, Shape, Type

Operand: TypeAlias = "Value | float | int | bool | np.ndarray[Any, Any]"


class Builder:
    """Grows a graph. Equal nodes are made once.

    Example:
        >>> from pellucid.graph import BATCH, Builder
        >>> from pellucid.ops import sigmoid
        >>> g = Builder()
        >>> x, w, b = g.input("x", (BATCH, 2)), g.input("w", (2, 1)), g.input("b", (1,))
        >>> print(g.build(y=sigmoid(x @ w + b)))
        %0 = input x : float[B, 2]
        %1 = input w : float[2, 1]
        %2 = input b : float[1]
        %3 = matmul(%0, %1) : float[B, 1]
        %4 = add(%3, %2) : float[B, 1]
        %5 = sigmoid(%4) : float[B, 1]
        y = %5
    """

    def __init__(self, graph: Graph | None = None) -> None:
        """Start empty, or from a graph whose nodes keep their ids."""
        self.nodes: list[Node] = list(graph.nodes) if graph else []
        self._known = {node.key: node.id for node in reversed(self.nodes)}
        self._scope = ""
        self._role: Role = "forward"
        self._twin: int | None = None

    @contextmanager
    def context(
        self, *, scope: str | None = None, role: Role | None = None, twin: int | None = None
    ) -> Iterator[None]:
        """Within it, new nodes get this scope, role and twin."""
        before = self._scope, self._role, self._twin
        self._scope = self._scope if scope is None else scope
        self._role, self._twin = role or self._role, twin
        try:
            yield
        finally:
            self._scope, self._role, self._twin = before

    def value(self, id: int) -> Value:
        """The handle of a node that is already there."""
        return Value(self, id)

    def input(self, name: str, shape: Sequence[Any] = (), dtype: DType = "float") -> Value:
        """Declare a value that is fed from outside."""
        for node in self.nodes:
            if node.op == "input" and node.attrs["name"] == name:
                raise GraphError(f"The graph has an input {name!r} already; choose another name.")
        return self._add("input", (), {"name": name}, Type(tuple(shape), dtype))

    def constant(self, value: Any, dtype: DType | None = None) -> Value:
        """A fixed number or small array."""
        array = np.asarray(value)
        if dtype is not None:
            array = array.astype({"float": np.float64, "int": np.int64, "bool": np.bool_}[dtype])
        frozen = _freeze(array.tolist())
        return self._add("constant", (), {"value": frozen}, constant_type(frozen, array.shape))

    def apply(self, op: Primitive, inputs: Sequence[Operand], attrs: Mapping[str, Any]) -> Value:
        """Add one operation; plain numbers become constants of the other operands' dtype."""
        lifted = self._lift(inputs)
        types = [value.type for value in lifted]
        try:
            result = op.rule(*types, **attrs)
        except TypeProblem as problem:
            at = f"{self._scope}: " if self._scope else ""
            raise ShapeError(f"{at}{op.name}{_tuple(types)}: {problem}") from None
        return self._add(op.name, tuple(value.id for value in lifted), attrs, result)

    def build(self, **outputs: Value) -> Graph:
        """Freeze what has been built, name its outputs, and type-check it."""
        for name, value in outputs.items():
            if value.builder is not self:
                raise GraphError(f"Output {name!r} belongs to another builder.")
        return check(Graph(tuple(self.nodes), {name: v.id for name, v in outputs.items()}))

    def inline(
        self, graph: Graph, inputs: Mapping[str, Value], output: str | None = None
    ) -> Value:
        """Copy a graph into this one, its inputs replaced by the given values; return its output."""
        place: dict[int, Value] = {}
        for node in graph.nodes:
            if node.op == "input":
                place[node.id] = inputs[node.attrs["name"]]
            elif node.op == "constant":
                place[node.id] = self._add("constant", (), node.attrs, node.type)
            else:
                place[node.id] = self.apply(
                    lookup(node.op), [place[id] for id in node.inputs], node.attrs
                )
        return place[graph.outputs[output or next(iter(graph.outputs))]]

    def _lift(self, inputs: Sequence[Operand]) -> list[Value]:
        handles = [value for value in inputs if isinstance(value, Value)]
        for value in handles:
            if value.builder is not self:
                raise GraphError("An operation mixes values of two builders; build them in one.")
        # A condition says nothing of the other operands: where(mask, g, 0.0) means a float zero.
        kinds = [value.dtype for value in handles if value.dtype != "bool"]
        like = kinds[0] if kinds else (handles[0].dtype if handles else None)
        return [v if isinstance(v, Value) else self.constant(v, dtype=like) for v in inputs]

    def _add(self, op: str, inputs: tuple[int, ...], attrs: Mapping[str, Any], type: Type) -> Value:
        node = Node(
            len(self.nodes), op, inputs, MappingProxyType(dict(attrs)), type.shape, type.dtype,
            self._scope, self._role, self._twin,
        )  # fmt: skip
        known = self._known.get(node.key)
        if known is not None:
            return Value(self, known)
        self._known[node.key] = node.id
        self.nodes.append(node)
        return Value(self, node.id)


@dataclass(frozen=True, eq=False)
class Value:
    """A handle on one node of a builder, with the usual operators.

    Comparisons give bool values; ``==`` stays identity (use ``pellucid.ops.equal``).
    """

    builder: Builder
    id: int

    @property
    def node(self) -> Node:
        """The node behind the handle."""
        return self.builder.nodes[self.id]

    @property
    def type(self) -> Type:
        """Shape and dtype."""
        return self.node.type

    @property
    def shape(self) -> Shape:
        """The shape, with the batch axis possibly symbolic."""
        return self.node.shape

    @property
    def dtype(self) -> DType:
        """``float``, ``int`` or ``bool``."""
        return self.node.dtype

    def _apply(self, name: str, *inputs: Operand, **attrs: Any) -> Value:
        return self.builder.apply(lookup(name), inputs, attrs)

    def __add__(self, other: Operand) -> Value:
        return self._apply("add", self, other)

    def __radd__(self, other: Operand) -> Value:
        return self._apply("add", other, self)

    def __sub__(self, other: Operand) -> Value:
        return self._apply("subtract", self, other)

    def __rsub__(self, other: Operand) -> Value:
        return self._apply("subtract", other, self)

    def __mul__(self, other: Operand) -> Value:
        return self._apply("multiply", self, other)

    def __rmul__(self, other: Operand) -> Value:
        return self._apply("multiply", other, self)

    def __truediv__(self, other: Operand) -> Value:
        return self._apply("divide", self, other)

    def __rtruediv__(self, other: Operand) -> Value:
        return self._apply("divide", other, self)

    def __pow__(self, other: Operand) -> Value:
        return self._apply("power", self, other)

    def __rpow__(self, other: Operand) -> Value:
        return self._apply("power", other, self)

    def __neg__(self) -> Value:
        return self._apply("negate", self)

    def __abs__(self) -> Value:
        return self._apply("abs", self)

    def __matmul__(self, other: Operand) -> Value:
        return self._apply("matmul", self, other, transpose_a=False, transpose_b=False)

    def __lt__(self, other: Operand) -> Value:
        return self._apply("less", self, other)

    def __le__(self, other: Operand) -> Value:
        return self._apply("less_equal", self, other)

    def __gt__(self, other: Operand) -> Value:
        return self._apply("less", other, self)

    def __ge__(self, other: Operand) -> Value:
        return self._apply("less_equal", other, self)

    __array_ufunc__ = None  # NumPy leaves ``array * value`` to us

    def __bool__(self) -> bool:
        raise GraphError(
            "A graph value has no truth yet: it is computed when the graph runs. "
            "Use pellucid.ops.where(condition, a, b) in place of if."
        )

    def __repr__(self) -> str:
        return f"<%{self.id} = {self.node.op} : {self.type}>"


def _freeze(value: Any) -> Any:
    return tuple(_freeze(item) for item in value) if isinstance(value, list) else value


def _tuple(types: Sequence[Type]) -> str:
    return "(" + ", ".join(str(type) for type in types) + ")"
