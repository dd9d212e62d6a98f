"""The elements of a trace's values: what each is called, and which element a value was moved from.

A value that is only reshaped, cut out or repeated is the same number in another place: there is
nothing to work out. ``Elements.source`` goes back to where it was made.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np

from pellucid.graph import Node
from pellucid.graph.types import Batch
from pellucid.inspect.explain.expression import Expr, Literal, Number, Slope, Symbol

if TYPE_CHECKING:
    from pellucid.inspect.trace import Trace

Place: TypeAlias = tuple[int, ...]
OBJECTIVE = Symbol("J")
LETTERS = {
    "x": "x", "y": "t", "weight": "c", "rate": "r", "time": "step", "output": "o", "losses": "L",
    "objective": "J", "loss": "J", "prediction": "p", "params": "w", "gradient": "g",
    "clipped gradient": "g",
}  # fmt: skip
"""What the values of the whole network are called."""
SHORT = 10
"""The signs up to which a constant is written as it is."""
OWN = {"weight": "w", "bias": "b", "z": "z", "y": "y", "output": "y", "x": "x", "input": "x"}
"""What the values of a layer are called."""


class Elements:
    """Names of elements, and their sources."""

    def __init__(self, trace: Trace) -> None:
        self.trace, self.nodes = trace, trace.graph.nodes
        self.named: dict[int, Symbol] = {}
        for name, id in trace.names.items():
            symbol = _symbol(name)
            known = self.named.get(id)
            if symbol is not None and (known is None or _rank(symbol) > _rank(known)):
                self.named[id] = symbol
        self.slopes = {slope: id for id, slope in trace.slopes.items() if id in self.named}
        self.made: dict[tuple[int, Place], Symbol] = {}

    def value(self, id: int, place: Place) -> float:
        """A number of the trace."""
        return float(self.trace.values[id][place])

    def number(self, id: int, place: Place) -> Expr:
        """The same as it stands in a calculation: constants of the formula as they are."""
        if self.nodes[id].op == "constant":
            return constant(self.value(id, place))
        return Number(self.value(id, place))

    def is_leaf(self, id: int) -> bool:
        """Whether it has a name, so that how it came about is told elsewhere, if at all."""
        node = self.nodes[id]
        return node.op in ("input", "constant") or id in self.named or id in self.slopes

    def symbol(self, id: int, place: Place) -> Expr:
        """What an element is called; those without a name are v with a number."""
        node = self.nodes[id]
        if node.op == "constant":
            return constant(self.value(id, place))
        if (id, place) in self.made:
            return self.made[id, place]
        if id in self.named:
            return self._placed(self.named[id], node, place)
        if id in self.slopes:
            by = self.slopes[id]
            return Slope(OBJECTIVE, self._placed(self.named[by], self.nodes[by], place))
        self.made[id, place] = Symbol("v", str(len(self.made) + 1))
        return self.made[id, place]

    def _placed(self, symbol: Symbol, node: Node, place: Place) -> Symbol:
        own, rest = list(map(str, place)), ""
        if node.shape and isinstance(node.shape[0], Batch):
            own = own[1:]
            rest = f"s{place[0]}" if self.trace.samples > 1 else ""
        sub = ",".join([*([rest] if rest else []), *own])
        return Symbol(symbol.name, sub, symbol.of)

    def source(self, id: int, place: Place, start: bool = True) -> tuple[int, Place] | float:
        """Where an element was made; a plain number where a padding put it there."""
        while start or not self.is_leaf(id):
            start = False
            node = self.nodes[id]
            step = _MOVES.get(node.op)
            if step is None:
                break
            found = step(self, node, place)
            if isinstance(found, float):
                return found
            if node.op == "cast" and self.value(*found) != self.value(id, place):
                break
            id, place = found
        return id, place

    def shape(self, id: int) -> tuple[int, ...]:
        """The shape of a value."""
        return tuple(int(size) for size in np.shape(self.trace.values[id]))


def constant(value: float) -> Expr:
    """A constant of a graph: as it is where that is short, else rounded as all numbers are."""
    return Literal(value) if len(repr(value)) <= SHORT else Number(value)


def _symbol(name: str) -> Symbol | None:
    if name in LETTERS:
        return Symbol(LETTERS[name])
    if name.startswith(("d ", "rule.", "loss.")) or name.endswith("'"):
        return None
    of, _, own = name.rpartition(".")
    return Symbol(OWN.get(own, own), "", of)


def _rank(symbol: Symbol) -> int:
    """Which of two names tells more: a layer's own z or y more than the next layer's x."""
    order = ("x", "o", "y", "z", "w", "b", "t")
    return order.index(symbol.name) if symbol.name in order else 0


def repeated(place: Place, shape: tuple[int, ...]) -> Place:
    """The element that broadcasting repeats at a place."""
    own = place[len(place) - len(shape) :]
    return tuple(0 if size == 1 else at for at, size in zip(own, shape, strict=True))


def _reshape(own: Elements, node: Node, place: Place) -> tuple[int, Place]:
    flat = int(np.ravel_multi_index(place, own.shape(node.id))) if place else 0
    found = np.unravel_index(flat, own.shape(node.inputs[0]))
    return node.inputs[0], tuple(int(at) for at in found)


def _transpose(own: Elements, node: Node, place: Place) -> tuple[int, Place]:
    found = [0] * len(place)
    for at, axis in zip(place, node.attrs["order"], strict=True):
        found[axis] = at
    return node.inputs[0], tuple(found)


def _broadcast(own: Elements, node: Node, place: Place) -> tuple[int, Place]:
    return node.inputs[0], repeated(place, own.shape(node.inputs[0]))


def _slice(own: Elements, node: Node, place: Place) -> tuple[int, Place]:
    axis, start, step = (node.attrs[name] for name in ("axis", "start", "step"))
    return node.inputs[0], (*place[:axis], start + step * place[axis], *place[axis + 1 :])


def _concatenate(own: Elements, node: Node, place: Place) -> tuple[int, Place]:
    axis, at = node.attrs["axis"], place[node.attrs["axis"]]
    for id in node.inputs:
        size = own.shape(id)[axis]
        if at < size:
            return id, (*place[:axis], at, *place[axis + 1 :])
        at -= size
    raise AssertionError("a place beyond the parts that were joined")


def _pad(own: Elements, node: Node, place: Place) -> tuple[int, Place] | float:
    axis, before, between = (node.attrs[name] for name in ("axis", "before", "between"))
    at, off = divmod(place[axis] - before, between + 1)
    if off or not 0 <= at < own.shape(node.inputs[0])[axis]:
        return float(node.attrs["value"])
    return node.inputs[0], (*place[:axis], at, *place[axis + 1 :])


def _cast(own: Elements, node: Node, place: Place) -> tuple[int, Place]:
    return node.inputs[0], place


_MOVES: dict[str, Any] = {
    "reshape": _reshape, "transpose": _transpose, "broadcast_to": _broadcast, "slice": _slice,
    "concatenate": _concatenate, "pad": _pad, "cast": _cast,
}  # fmt: skip
