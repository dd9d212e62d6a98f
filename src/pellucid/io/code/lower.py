"""From the operations of a graph to loops over one row's numbers.

A value is either stored in an array, or computed where it is needed: an operation on each element
whose only reader is another one in the same layer becomes part of that one's loop. Reshaping,
turning, cutting and repeating move nothing: they are other ways to reach the same elements.
"""

from __future__ import annotations

import re
from contextlib import AbstractContextManager

import numpy as np

from pellucid.graph import Node
from pellucid.graph.primitive import Array
from pellucid.graph.simplify import constant_array, needed
from pellucid.graph.types import resolve
from pellucid.io.code.arrays import ARRAYS
from pellucid.io.code.expression import At, Element, Expression, Index, Stored, steps_of
from pellucid.io.code.language import Language, Writer, identifier
from pellucid.io.code.one_by_one import ONE_BY_ONE
from pellucid.io.code.operations import ELEMENTS
from pellucid.io.deployment import ANSWER, PLACE, ROWS, Deployment

LOCAL = r"([a-z]|answer|count|group|logarithm|row|column|place|shift|top|total)(_\d+)?"
"""What the lines themselves call their variables; no array is called so."""


class Lowering:
    """The body of the function that computes one row's answer, and the arrays that it reads.

    Attributes:
        writer: the lines.
        tables: the fixed arrays, by their name in the program.
    """

    def __init__(self, deployment: Deployment, language: Language) -> None:
        self.deployment, self.language = deployment, language
        self.writer = Writer(language)
        self.tables: dict[str, Array] = {}
        self.nodes = deployment.graph.nodes
        self._values: dict[int, Stored | Element] = {}
        self._names: set[str] = set(language.reserved)
        self._scope = ""
        self._answer = deployment.graph.output(ANSWER).id
        live = needed(deployment.graph)
        self._readers: dict[int, list[Node]] = {node.id: [] for node in self.nodes}
        for node in self.nodes:
            for id in node.inputs if node.id in live else ():
                self._readers[id].append(node)

    def body(self) -> Expression | None:
        """Write all lines; gives the place of the class, where there are classes."""
        live = needed(self.deployment.graph)
        for node in self.nodes:
            if node.id not in live:
                continue
            if node.op == "input":
                self._values[node.id] = self._input(node)
            elif node.op == "constant":
                self._values[node.id] = self._constant(node)
            elif node.op in ARRAYS:
                self._values[node.id] = ARRAYS[node.op](self, node)
            else:
                self._values[node.id] = ELEMENTS[node.op](self, node)
                if not self._is_part(node):
                    self.stored(node.id)
        self._finish()
        place = self.deployment.graph.outputs.get(PLACE)
        return None if place is None else self.element(place, (Index(),))

    # --- what the operations call

    def shape(self, node: Node | int) -> tuple[int, ...]:
        """The shape of a value for a single row."""
        return resolve(self.nodes[node].shape if isinstance(node, int) else node.shape, 1)

    def element(self, id: int, at: At) -> Expression:
        """One element of a value; a condition where the value is one."""
        value = self._values[id]
        if not isinstance(value, Stored):
            return value(at)
        found = Expression(f"{value.array}[{value.index(at)}]")
        if self.nodes[id].dtype != "bool":
            return found
        return self.language.call("less", self.language.literal(0.0), found)

    def element_along(self, id: int, at: At) -> Expression:
        """The element that broadcasting puts beside one of a larger value."""
        shape = self.shape(id)
        own = at[len(at) - len(shape) :]
        sizes = zip(shape, own, strict=True)
        return self.element(id, tuple(Index() if size == 1 else place for size, place in sizes))

    def stored(self, id: int) -> Stored:
        """Where a value's elements lie; they are computed into an array where they do not yet."""
        value = self._values[id]
        if isinstance(value, Stored):
            return value
        node = self.nodes[id]
        made = self.room(node)
        with self.loops_over(self.shape(node)) as at:
            self.store(made, at, value(at), node)
        self._values[id] = made
        return made

    def room(self, node: Node) -> Stored:
        """An array for a value, under a comment where a layer begins."""
        self.entitle(node)
        shape = self.shape(node)
        if node.id == self._answer:
            return Stored.whole("answer", shape)
        name = self._name(node.scope or "value")
        self.writer.line(self.language.array.format(name, int(np.prod(shape))))
        return Stored.whole(name, shape)

    def entitle(self, node: Node) -> None:
        """A comment that says which layer begins."""
        self.writer.forget()
        if node.scope == self._scope:
            return
        self._scope = node.scope
        what = self.deployment.layers.get(node.scope)
        self.writer.comment(f"{node.scope}: {what}" if what else node.scope or "The network")

    def store(self, target: Stored, at: At, value: Expression, node: Node) -> None:
        """Write an element of an array."""
        if node.dtype == "bool":
            value = self.language.select(
                value, self.language.literal(1.0), self.language.literal(0.0)
            )
        self.writer.assign(f"{target.array}[{target.index(at)}]", value)

    def loops_over(self, shape: tuple[int, ...]) -> AbstractContextManager[At]:
        """Loops over all elements of a shape."""
        return self.writer.loops_over(shape)

    # --- inside

    def _input(self, node: Node) -> Stored:
        name = node.attrs["name"]
        if name == ROWS:
            return Stored.whole("x", self.shape(node))
        return self._table(name, self.deployment.arrays[name])

    def _constant(self, node: Node) -> Stored | Element:
        array = constant_array(node)
        if array.shape:
            return self._table(f"{node.scope}.constant", array.astype(np.float64))
        if node.dtype == "bool":
            zero, one = self.language.literal(0.0), self.language.literal(float(array))
            return lambda at: self.language.call("less", zero, one)
        return lambda at: self.language.literal(float(array))

    def _table(self, name: str, array: Array) -> Stored:
        own = self._name(name)
        self.tables[own] = array
        return Stored.whole(own, array.shape)

    def _name(self, text: str) -> str:
        base = identifier(text)
        if re.fullmatch(LOCAL, base):
            base = f"layer_{base}"
        name, number = base, 1
        while name in self._names:
            number += 1
            name = f"{base}_{number}"
        self._names.add(name)
        return name

    def _is_part(self, node: Node) -> bool:
        """Whether a value is computed in the loop of the one operation that reads it."""
        readers = self._readers[node.id]
        if node.id in self.deployment.graph.outputs.values() or len(readers) != 1:
            return node.id == self.deployment.graph.outputs.get(PLACE)
        reader = readers[0]
        alike = reader.shape == node.shape and reader.scope == node.scope
        return alike and reader.op in ONE_BY_ONE

    def _finish(self) -> None:
        """See that the answer is where the caller looks for it."""
        node = self.nodes[self._answer]
        found = self.stored(node.id)
        if found.array == "answer":
            return
        target = Stored("answer", self.shape(node), steps_of(self.shape(node)))
        with self.loops_over(self.shape(node)) as at:
            self.store(target, at, self.element(node.id, at), node)
