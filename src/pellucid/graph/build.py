"""The builder: grows a graph node by node, so that one can write ``y = sigmoid(w * x + b)``."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from types import MappingProxyType
from typing import Any, TypeAlias

import numpy as np

from pellucid.dataclass import dataclass
from pellucid.errors import GraphError, ShapeError, unknown_name
from pellucid.graph.check import check
from pellucid.graph.node import Graph, Node, Role
from pellucid.graph.primitive import Primitive, TypeProblem, lookup
from pellucid.graph.types import DType, Shape, Type

Operand: TypeAlias = "Value | float | int | bool | np.ndarray[Any, Any]"
ORDER: tuple[DType, ...] = ("bool", "int", "float")  # each can hold the numbers of those before it
WIDEST: dict[DType, Any] = {"float": np.float64, "int": np.int64, "bool": np.bool_}
KINDS: dict[str, DType] = {"b": "bool", "i": "int", "u": "int", "f": "float"}  # by NumPy's letter


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
        try:
            declared = Type(tuple(shape), dtype)
        except TypeProblem as problem:
            raise ShapeError(f"input {name!r}: {problem}") from None
        return self._add("input", (), {"name": name}, declared)

    def constant(self, value: Any, dtype: DType | None = None) -> Value:
        """A fixed number or small array, of its own kind or of the given one.

        Raises: ``GraphError`` for what is no number, and where ``dtype`` cannot hold the value.
        """
        array = np.asarray(value)
        if array.dtype.kind not in KINDS:
            raise GraphError(f"A constant holds float, int or bool numbers, got {value!r}.")
        kind = dtype or KINDS[array.dtype.kind]
        with np.errstate(all="ignore"):
            exact = array.astype(WIDEST[kind])
        if not np.array_equal(exact, array, equal_nan=True):
            raise GraphError(f"A constant of kind {kind} cannot hold {value!r}; use another kind.")
        return self._add("constant", (), {"value": _freeze(exact)}, Type(exact.shape, kind))

    def apply(self, op: Primitive, inputs: Sequence[Operand], attrs: Mapping[str, Any]) -> Value:
        """Add one operation; plain numbers become constants of the other operands' dtype."""
        lifted = self._lift(inputs)
        attrs = {name: _freeze(value) for name, value in attrs.items()}
        types = [value.type for value in lifted]
        try:
            result = op.rule(*types, **attrs)
        except TypeProblem as problem:
            at = f"{self._scope}: " if self._scope else ""
            raise ShapeError(f"{at}{op.name}{_tuple(types)}: {problem}") from None
        return self._add(op.name, tuple(value.id for value in lifted), attrs, result)

    def again(self, node: Node, inputs: Sequence[Value]) -> Value:
        """Add a node of another graph on inputs of the same types as it had there."""
        return self._add(node.op, tuple(value.id for value in inputs), node.attrs, node.type)

    def known(self, op: str, inputs: Sequence[Value], type: Type) -> Value | None:
        """A value of that type, of an operation without settings, if it has been added."""
        ids = tuple(value.id for value in inputs)
        key = Node(0, op, ids, {}, type.shape, type.dtype).key
        return Value(self, self._known[key]) if key in self._known else None

    def build(self, **outputs: Value) -> Graph:
        """Freeze what has been built, name its outputs, and type-check it."""
        return check(self.freeze(**outputs))

    def freeze(self, **outputs: Value) -> Graph:
        """Freeze what has been built from nodes that were checked already."""
        for name, value in outputs.items():
            if value.builder is not self:
                raise GraphError(f"Output {name!r} belongs to another builder.")
        return Graph(tuple(self.nodes), {name: value.id for name, value in outputs.items()})

    def inline(self, graph: Graph, inputs: Mapping[str, Value], output: str | None = None) -> Value:
        """Copy a graph into this one, its inputs replaced by the given values.

        Returns: the output of that name, or the first.
        Raises: ``UnknownNameError`` for a name that the graph does not have; ``ShapeError`` that
            lists every input that is missing or of another type than declared.
        """
        for name in inputs:
            if name not in graph.inputs:
                raise unknown_name("input", name, graph.inputs)
        _check_inlined(graph, inputs)
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
        return place[graph.output(output or next(iter(graph.outputs), "")).id]

    def _lift(self, inputs: Sequence[Operand]) -> list[Value]:
        handles = [value for value in inputs if isinstance(value, Value)]
        for value in handles:
            if value.builder is not self:
                raise GraphError("An operation mixes values of two builders; build them in one.")
        # A condition says nothing of the other operands: where(mask, g, 0.0) means a float zero.
        kinds = [value.dtype for value in handles if value.dtype != "bool"]
        like = kinds[0] if kinds else (handles[0].dtype if handles else None)
        return [v if isinstance(v, Value) else self._number(v, like) for v in inputs]

    def _number(self, value: Operand, like: DType | None) -> Value:
        """A plain number as a constant of the other operands' kind, if that can hold its kind."""
        own = KINDS.get(np.asarray(value).dtype.kind)
        widens = own is not None and like is not None and ORDER.index(own) <= ORDER.index(like)
        return self.constant(value, like if widens else None)

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

    def __rmatmul__(self, other: Operand) -> Value:
        return self._apply("matmul", other, self, transpose_a=False, transpose_b=False)

    def __lt__(self, other: Any) -> Value:
        return self._apply("less", self, other)

    def __le__(self, other: Any) -> Value:
        return self._apply("less_equal", self, other)

    def __gt__(self, other: Any) -> Value:
        return self._apply("less", other, self)

    def __ge__(self, other: Any) -> Value:
        return self._apply("less_equal", other, self)

    __array_ufunc__ = None  # NumPy leaves ``array * value`` to us

    def __bool__(self) -> bool:
        raise GraphError(
            "A graph value has no truth yet: it is computed when the graph runs. "
            "Use pellucid.ops.where(condition, a, b) in place of if."
        )

    def __repr__(self) -> str:
        return f"<%{self.id} = {self.node.op} : {self.type}>"


def _check_inlined(graph: Graph, inputs: Mapping[str, Value]) -> None:
    faults = [f"{name} is missing" for name in graph.inputs if name not in inputs]
    faults += [
        f"{name} is {inputs[name].type}, expected {node.type}"
        for name, node in graph.inputs.items()
        if name in inputs and inputs[name].type != node.type
    ]
    if faults:
        raise ShapeError(f"The inlined graph's inputs do not fit: {'; '.join(faults)}.")


def _freeze(value: Any) -> Any:
    """The value as plain Python numbers, with tuples for lists and arrays."""
    if isinstance(value, (np.ndarray, np.generic)):
        value = value.tolist()
    return tuple(_freeze(item) for item in value) if isinstance(value, (list, tuple)) else value


def _tuple(types: Sequence[Type]) -> str:
    return "(" + ", ".join(str(type) for type in types) + ")"
