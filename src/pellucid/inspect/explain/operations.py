"""How one element came about, operation by operation, with each primitive's own formula.

This explains any layer, activation, loss or rule, whoever wrote it: it reads nothing but the nodes.
The words for the usual parts stand in the files beside this one, and take their numbers from the
same trace.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TypeAlias

import numpy as np

from pellucid.graph import Node, lookup
from pellucid.inspect.explain.elements import Elements, Place, constant, repeated
from pellucid.inspect.explain.expression import (
    Expr,
    Literal,
    Words,
    exp,
    function,
    ln,
    sqrt,
)
from pellucid.inspect.explain.worked import Worked, calculated, read

MOST_STEPS = 80

ELEMENTWISE: dict[str, Callable[..., Expr]] = {
    "add": lambda a, b: a + b,
    "subtract": lambda a, b: a - b,
    "multiply": lambda a, b: a * b,
    "divide": lambda a, b: a / b,
    "negate": lambda a: -a,
    "power": lambda a, b: a**b,
    "exp": exp,
    "log": ln,
    "log1p": lambda x: ln(1 + x),
    "sqrt": sqrt,
    "tanh": lambda x: function("tanh", x),
    "sigmoid": lambda x: 1 / (1 + exp(-x)),
    "erf": lambda x: function("erf", x),
    "abs": lambda x: function("abs", x),
    "sign": lambda x: function("sign", x),
    "maximum": lambda a, b: function("max", a, b),
    "minimum": lambda a, b: function("min", a, b),
}


Handler: TypeAlias = "Callable[[Workings, Node, Place], Worked]"
"""Works out one operation on more than single elements."""


class Workings:
    """The steps that led to some elements, each once, in the order in which they build up."""

    def __init__(
        self, elements: Elements, handlers: Mapping[str, Handler], most: int = MOST_STEPS
    ) -> None:
        self.elements, self.handlers, self.most = elements, handlers, most
        self.steps: list[Worked] = []
        self._seen: set[tuple[int, Place]] = set()

    def derive(self, id: int, place: Place, start: bool = True) -> None:
        """Add the steps up to an element; those of elements with names are told elsewhere."""
        found = self.elements.source(id, place, start)
        if isinstance(found, float) or found in self._seen or len(self.steps) >= self.most:
            return
        self._seen.add(found)
        at, spot = found
        if self.elements.is_leaf(at) and not (start and found == (id, place)):
            return
        if not self.elements.nodes[at].inputs:
            return
        node = self.elements.nodes[at]
        made = self._step(node, spot)  # which adds the steps before it
        self.steps.append(made)

    def _step(self, node: Node, place: Place) -> Worked:
        if node.op in ELEMENTWISE:
            return self._elementwise(node, place)
        handler = self.handlers.get(node.op)
        if handler is not None:
            return handler(self, node, place)
        return self._by_formula(node, place)

    # --- operations on single elements

    def operands(self, node: Node, place: Place) -> list[tuple[int, Place] | float]:
        """Where the operands of an elementwise operation were made."""
        own = self.elements
        return [own.source(id, repeated(place, own.shape(id)), start=False) for id in node.inputs]

    def symbol(self, source: tuple[int, Place] | float) -> Expr:
        """What a source is called."""
        return Literal(source) if isinstance(source, float) else self.elements.symbol(*source)

    def number(self, source: tuple[int, Place] | float) -> Expr:
        """Its number."""
        return Literal(source) if isinstance(source, float) else self.elements.number(*source)

    def value(self, source: tuple[int, Place] | float) -> float:
        """Its value."""
        return source if isinstance(source, float) else self.elements.value(*source)

    def before(self, sources: Sequence[tuple[int, Place] | float]) -> None:
        """Add the steps up to operands."""
        for source in sources:
            if not isinstance(source, float):
                self.derive(*source, start=False)

    def _elementwise(self, node: Node, place: Place) -> Worked:
        sources = self.operands(node, place)
        self.before(sources)
        formula = ELEMENTWISE[node.op]
        fixed = [s if isinstance(s, float) else None for s in map(self._literal, sources)]

        def written(*given: Expr) -> Expr:
            pairs = zip(fixed, given, strict=True)
            return formula(*(g if f is None else Literal(f) for f, g in pairs))

        return calculated(
            "", self.elements.symbol(node.id, place), written,
            [self.symbol(s) for s in sources], [self.value(s) for s in sources],
            self.elements.value(node.id, place),
        )  # fmt: skip

    def _literal(self, source: tuple[int, Place] | float) -> tuple[int, Place] | float:
        """A constant of the formula as its number."""
        if isinstance(source, float) or self.elements.nodes[source[0]].op != "constant":
            return source
        value = self.elements.value(*source)
        return value if isinstance(constant(value), Literal) else source

    def inlined(self, source: tuple[int, Place] | float) -> tuple[Expr, Expr | None]:
        """A term's label, and how it comes about where that is one operation on numbers."""
        if isinstance(source, float):
            return Literal(source), None
        node = self.elements.nodes[source[0]]
        if self.elements.is_leaf(source[0]) or node.op not in ELEMENTWISE:
            return self._label(source), None
        sources = self.operands(node, source[1])
        return self._label(source), ELEMENTWISE[node.op](*map(self.number, sources))

    def _label(self, source: tuple[int, Place]) -> Expr:
        own = self.elements
        if own.is_leaf(source[0]) or source in own.made:
            return own.symbol(*source)
        node = own.nodes[source[0]]
        if node.op not in ELEMENTWISE:
            return Words(f"at {at_place(source[1])}")
        parts = []
        for inner in self.operands(node, source[1]):
            known = isinstance(inner, float) or own.is_leaf(inner[0]) or inner in own.made
            if not known:
                return Words(f"at {at_place(source[1])}")
            parts.append(self.symbol(inner))
        return ELEMENTWISE[node.op](*parts)

    def _by_formula(self, node: Node, place: Place) -> Worked:
        own = self.elements
        formula = lookup(node.op).formula
        seen = [
            f"{chr(ord('a') + n)} begins {_first(own.trace.values[id])}"
            for n, id in enumerate(node.inputs)
        ]
        notes = (f"{node.op}: {formula}.", *seen)
        return read("", own.symbol(node.id, place), own.value(node.id, place), notes)


def at_place(place: Place) -> str:
    """A place in brackets."""
    return "[" + ", ".join(map(str, place)) + "]"


def _first(value: np.ndarray[tuple[int, ...], np.dtype[np.float64]]) -> str:
    flat = np.asarray(value).reshape(-1)[:4].tolist()
    return ", ".join(f"{number:.6g}" for number in flat) + (", ..." if np.size(value) > 4 else "")
