"""The way from an ONNX graph's rows to its answers, as parts of a network.

Where it forks and joins again, what lies between is a function of each value (``z * sigmoid(z)``),
a layer norm, a ``Residual`` or a ``Parallel``.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from pellucid.errors import ParameterError, ShapeError
from pellucid.graph import BATCH, Builder, Value
from pellucid.graph.primitive import Array
from pellucid.io.foreign import Constant, Part, Piece, Step, chained, joined, tidied
from pellucid.io.onnx_functions import CONDITIONS, FUNCTIONS
from pellucid.io.onnx_graph import OnnxGraph, OnnxNode
from pellucid.io.onnx_layers import ARITHMETIC, LAYERS, Unreadable, layer_name
from pellucid.nn.compose import Parallel, Residual, fitted, named
from pellucid.nn.layer import sample_shape
from pellucid.nn.norm import LayerNorm

JOINS = ("Add", "Sum", "Concat")


class Walk:
    """One way along the nodes, and what was met on it that cannot be read."""

    def __init__(self, graph: OnnxGraph, nodes: Sequence[OnnxNode], end: str) -> None:
        self.graph, self.fixed = graph, graph.constants
        self.place = {id(node): k for k, node in enumerate(nodes)}
        self.nodes, self.end = list(nodes), end
        self.faults: list[str] = []
        self.after = self._after()

    def readers(self, name: str, within: frozenset[int] | None = None) -> list[int]:
        """The places of the nodes that read a value."""
        found = [self.place[id(n)] for n in self.graph.readers.get(name, ()) if id(n) in self.place]
        return [k for k in found if within is None or k in within]

    def chain(
        self, start: str, end: str, shape: tuple[int, ...], within: frozenset[int] | None = None
    ) -> list[Part]:
        """What lies between two values, in order; ends early where something cannot be read."""
        parts: list[Part] = []
        at = start
        while at != end:
            readers = self.readers(at, within)
            try:
                if len(readers) == 1:
                    node = self.nodes[readers[0]]
                    found, at = self._single(node, at, shape), node.outputs[0]
                else:
                    found, at = self._fork(at, readers, shape, end, within)
                for part in found:
                    shape = _after(part, shape)
            except Unreadable as fault:
                self.faults.append(str(fault))
                return parts
            except (ShapeError, ParameterError) as error:
                self.faults.append(str(error))
                return parts
            parts += found
        return parts

    def _single(self, node: OnnxNode, at: str, shape: tuple[int, ...]) -> list[Part]:
        """A node that reads what was computed before it, and fixed arrays."""
        loose = [name for name in node.inputs if name and name != at and name not in self.fixed]
        if loose:
            raise Unreadable(f"{node.told} reads {loose[0]!r}, which comes from elsewhere")
        try:
            before = self.graph.maker.get(at)
            told = node.op == "Cast" and before is not None and before.op in CONDITIONS
            if node.op in LAYERS and not told:
                return LAYERS[node.op](node, self.fixed, shape)
            if node.op in ARITHMETIC and node.inputs[0] != node.inputs[1]:
                first = node.inputs[0] != at
                array = self.fixed[node.inputs[0 if first else 1]]
                return [Constant(node.op, _beside(array, shape), first)]
            return [self._function([node], at, node.outputs[0], shape)]
        except Unreadable as fault:
            raise Unreadable(f"{node.told} {fault}") from None

    def _fork(
        self, at: str, readers: Sequence[int], shape: tuple[int, ...], end: str,
        within: frozenset[int] | None,
    ) -> tuple[list[Part], str]:  # fmt: skip
        """Ways that part and meet again: a function, a layer norm, a sum, or a join."""
        if not readers:
            raise Unreadable(f"the way from {at!r} does not lead to the answer")
        norm = self._layer_norm(at, readers, shape)
        if norm is not None:
            return norm
        meeting = self._meeting(readers, within)
        if meeting is None:
            told = ", ".join(self.nodes[k].told for k in readers)
            raise Unreadable(f"the ways over {told} do not meet again")
        join = self.nodes[meeting]
        inside = self._between(at, join.outputs[0])
        nodes = [self.nodes[k] for k in sorted(inside)]
        if all(node.op in FUNCTIONS for node in nodes):
            return [self._function(nodes, at, join.outputs[0], shape)], join.outputs[0]
        if join.op not in JOINS or (join.op != "Concat" and len(join.inputs) != 2):
            raise Unreadable(f"{join.told} joins two ways; only sums and Concat are known there")
        branches = [self._branch(at, name, shape) for name in join.inputs]
        if self.faults:
            raise Unreadable(self.faults.pop())
        if join.op == "Concat":
            return [self._parallel(join, branches, shape)], join.outputs[0]
        return [_residual(branches)], join.outputs[0]

    def _branch(self, at: str, end: str, shape: tuple[int, ...]) -> list[Piece]:
        if end in self.fixed:
            raise Unreadable(f"{end!r} is a fixed array among ways that meet")
        within = frozenset() if at == end else self._between(at, end)
        return tidied(self.chain(at, end, shape, within), shape)

    def _parallel(
        self, join: OnnxNode, branches: Sequence[Sequence[Piece]], shape: tuple[int, ...]
    ) -> Piece:
        axis = int(join.attrs["axis"])
        if axis == 0:
            raise Unreadable(f"{join.told} joins rows")
        pieces = [chained(branch) for branch in branches]
        layer = Parallel([piece.layer for piece in pieces], axis - 1 if axis > 0 else axis)
        arrays: dict[str, Array] = {}
        for (name, _), piece in zip(named(layer.branches), pieces, strict=True):  # type: ignore[arg-type]
            arrays |= {f"{name}.{own}": array for own, array in piece.arrays.items()}
        return Piece(layer, arrays)

    def _function(
        self, nodes: Sequence[OnnxNode], at: str, end: str, shape: tuple[int, ...]
    ) -> Step:
        """Nodes that work on each value as one function of it."""

        def function(z: Value) -> Value:
            values: dict[str, Any] = {at: z}
            for node in nodes:
                given = [self._operand(name, values, z, shape) for name in node.inputs]
                values[node.outputs[0]] = FUNCTIONS[node.op](node.attrs, given)
            return values[end]  # type: ignore[no-any-return]

        return Step(function, " ".join(dict.fromkeys(node.op for node in nodes)))

    def _operand(self, name: str, values: dict[str, Any], z: Value, shape: tuple[int, ...]) -> Any:
        if not name:
            return None
        if name in values:
            return values[name]
        array = _beside(self.fixed[name], shape)
        return float(array) if array.ndim == 0 else z.builder.constant(array)

    def _layer_norm(
        self, at: str, readers: Sequence[int], shape: tuple[int, ...]
    ) -> tuple[list[Part], str] | None:
        """``(x - mean) / sqrt(variance + epsilon)`` as older files and ours spell it out."""
        by_op = {self.nodes[k].op: self.nodes[k] for k in readers}
        mean, centred = by_op.get("ReduceMean"), by_op.get("Sub")
        if len(readers) != 2 or mean is None or centred is None:
            return None
        if centred.inputs != (at, mean.outputs[0]):
            return None
        axes = _mean_axes(mean, self.fixed, len(shape) + 1)
        count = len(axes)
        if axes != list(range(len(shape) + 1 - count, len(shape) + 1)):
            return None
        found = self._follow(centred, ("Mul", "Pow", "Div"))
        square = next((n for n in found if n.op in ("Mul", "Pow")), None)
        divide = next((n for n in found if n.op == "Div"), None)
        if square is None or divide is None:
            return None
        variance = self._next(square, "ReduceMean")
        plus = self._next(variance, "Add")
        root = self._next(plus, "Sqrt")
        if variance is None or plus is None or root is None or divide.inputs[1] != root.outputs[0]:
            return None
        epsilon = next((self.fixed[n] for n in plus.inputs if n in self.fixed), None)
        if epsilon is None or epsilon.size != 1:
            return None
        return self._scaled_norm(divide, count, float(epsilon.reshape(())), shape)

    def _scaled_norm(
        self, divide: OnnxNode, axes: int, epsilon: float, shape: tuple[int, ...]
    ) -> tuple[list[Part], str]:
        """The layer norm with the scale and the shift that may follow."""
        size, end, name = shape[len(shape) - axes :], divide.outputs[0], None
        arrays: dict[str, Array] = {"scale": np.ones(size), "shift": np.zeros(size)}
        last = divide
        for op, own in (("Mul", "scale"), ("Add", "shift")):
            node = self._next(last, op)
            fixed = (
                None if node is None else next((n for n in node.inputs if n in self.fixed), None)
            )
            if node is None or fixed is None or self.fixed[fixed].shape[-axes:] != size:
                break
            arrays[own] = np.broadcast_to(self.fixed[fixed].reshape(size), size)
            last, end, name = node, node.outputs[0], layer_name(node) or name
        layer = LayerNorm(axes, float(f"{epsilon:.6g}"), name=name)
        return [Piece(layer, arrays)], end

    def _follow(self, node: OnnxNode, among: Sequence[str]) -> list[OnnxNode]:
        found = [self.nodes[k] for k in self.readers(node.outputs[0])]
        return [each for each in found if each.op in among]

    def _next(self, node: OnnxNode | None, op: str) -> OnnxNode | None:
        """The one node that reads another, if it is of this kind."""
        readers = [] if node is None else self.readers(node.outputs[0])
        found = self.nodes[readers[0]] if len(readers) == 1 else None
        return found if found is not None and found.op == op else None

    # --- where ways meet

    def _after(self) -> list[int]:
        """For each node the first through which all ways from it lead; the end is past the last."""
        last = len(self.nodes)
        found = [last] * (last + 1)
        depth = [0] * (last + 1)
        for k in reversed(range(last)):
            node = self.nodes[k]
            ways = [r for name in node.outputs for r in self.readers(name)]
            if self.end in node.outputs or not ways:
                ways = [*ways, last]
            meet = ways[0]
            for other in ways[1:]:
                meet = _common(meet, other, found, depth)
            found[k], depth[k] = meet, depth[meet] + 1
        return found

    def _meeting(self, readers: Sequence[int], within: frozenset[int] | None) -> int | None:
        last = len(self.nodes)
        depth = [0] * (last + 1)
        for k in reversed(range(last)):
            depth[k] = depth[self.after[k]] + 1
        meet = readers[0]
        for other in readers[1:]:
            meet = _common(meet, other, self.after, depth)
        return None if meet == last or (within is not None and meet not in within) else meet

    def _between(self, start: str, end: str) -> frozenset[int]:
        """The nodes on the ways from one value to another."""
        wanted, found = {end}, set()
        for k in reversed(range(len(self.nodes))):
            node = self.nodes[k]
            if wanted.intersection(node.outputs):
                found.add(k)
                wanted.update(name for name in node.inputs if name != start)
        return frozenset(found)


def _common(a: int, b: int, parent: Sequence[int], depth: Sequence[int]) -> int:
    while a != b:
        if depth[a] >= depth[b]:
            a = parent[a]
        else:
            b = parent[b]
    return a


def _residual(branches: Sequence[list[Piece]]) -> Piece:
    """A sum of two ways as ``Residual``; the longer one holds the layers."""
    body, around = sorted(branches, key=len, reverse=True)
    layers, arrays = joined(body)
    if not around:
        return Piece(Residual(layers), arrays)
    other = chained(around)
    arrays |= {f"shortcut.{name}": array for name, array in other.arrays.items()}
    return Piece(Residual(layers, other.layer), arrays)


def _after(part: Part, shape: tuple[int, ...]) -> tuple[int, ...]:
    """The shape of a sample after a part."""
    if isinstance(part, Piece):
        return fitted(part.layer.name or type(part.layer).__name__, part.layer, shape)[1]
    builder = Builder()
    call = part if isinstance(part, Constant) else part.function
    return sample_shape(call(builder.input("z", (BATCH, *shape))))


def _beside(array: Array, shape: tuple[int, ...]) -> Array:
    """A fixed array as it stands beside samples: without an axis for the rows."""
    if array.size == 1:
        return np.asarray(array, np.float64).reshape(())
    if array.ndim == len(shape) + 1 and array.shape[0] == 1:
        array = array[0]
    if array.ndim > len(shape):
        raise Unreadable(f"has an array of shape {list(array.shape)} for samples of {list(shape)}")
    return array


def _mean_axes(node: OnnxNode, fixed: dict[str, Array], rank: int) -> list[int]:
    axes = node.attrs.get("axes")
    if axes is None and len(node.inputs) > 1 and node.inputs[1] in fixed:
        axes = fixed[node.inputs[1]].tolist()
    return sorted(int(axis) % rank for axis in axes or ())
