"""Sums and the like: a few lines of a program before the element is there."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import TYPE_CHECKING

from pellucid.graph import Node
from pellucid.io.code.expression import At, Element, Expression, Index

if TYPE_CHECKING:
    from pellucid.io.code.lower import Lowering


def _matmul(low: Lowering, node: Node) -> Element:
    left, _ = (low.stored(id) for id in node.inputs)
    turn_a, turn_b = node.attrs["transpose_a"], node.attrs["transpose_b"]
    inner = left.shape[-2 if turn_a else -1]

    def element(at: At) -> Expression:
        *outer, row, column = at
        total = low.writer.declare("total", low.language.number(0.0))
        with low.writer.loop(inner) as k:
            a = low.element_along(node.inputs[0], (*outer, *((k, row) if turn_a else (row, k))))
            b = low.element_along(
                node.inputs[1], (*outer, *((column, k) if turn_b else (k, column)))
            )
            low.writer.add(total, low.language.call("multiply", a, b))
        return Expression(total)

    return element


def _reduction(finish: Callable[[Lowering, str, int], Expression]) -> Callable[..., Element]:
    """A sum over axes, and what is made of it."""

    def lower(low: Lowering, node: Node) -> Element:
        source = low.stored(node.inputs[0])
        count = math.prod(source.shape[axis] for axis in node.attrs["axes"])

        def element(at: At) -> Expression:
            total = low.writer.declare("total", low.language.number(0.0))
            _over(low, node, at, lambda value: low.writer.add(total, value))
            return finish(low, total, count)

        return element

    return lower


def _over(low: Lowering, node: Node, at: At, do: Callable[[Expression], None]) -> None:
    """Loop over the elements that a reduction takes together for the place ``at``."""
    axes, shape = node.attrs["axes"], low.shape(node.inputs[0])
    kept = [axis for axis in range(len(shape)) if axis not in axes]
    places: dict[int, Index] = {}
    own = [at[axis] for axis in kept] if node.attrs["keepdims"] else list(at)
    places.update(zip(kept, own, strict=True))
    with low.loops_over(tuple(shape[axis] for axis in axes)) as inner:
        places.update(zip(axes, inner, strict=True))
        do(low.element(node.inputs[0], tuple(places[axis] for axis in range(len(shape)))))


def _largest(low: Lowering, node: Node, at: At) -> str:
    top = low.writer.declare("top", low.language.number(-math.inf))

    def compare(value: Expression) -> None:
        low.writer.assign(top, low.language.call("maximum", Expression(top), value))

    _over(low, node, at, compare)
    return top


def _max(low: Lowering, node: Node) -> Element:
    low.stored(node.inputs[0])
    return lambda at: Expression(_largest(low, node, at))


def _logsumexp(low: Lowering, node: Node) -> Element:
    """With the largest taken out first, where it is finite."""
    low.stored(node.inputs[0])
    language = low.language

    def element(at: At) -> Expression:
        top = Expression(_largest(low, node, at))
        finite = language.call("less", language.call("abs", top), language.literal(math.inf))
        shift = low.writer.declare("shift", str(language.select(finite, top, language.literal(0))))
        total = low.writer.declare("total", language.number(0.0))

        def gather(value: Expression) -> None:
            apart = language.call("subtract", value, Expression(shift))
            low.writer.add(total, language.call("exp", apart))

        _over(low, node, at, gather)
        logarithm = language.call("log", Expression(total))
        return language.call("add", logarithm, Expression(shift))

    return element


def _argmax(low: Lowering, node: Node) -> Element:
    low.stored(node.inputs[0])
    axis, language = node.attrs["axis"], low.language

    def element(at: At) -> Expression:
        def value(k: Index) -> Expression:
            return low.element(node.inputs[0], (*at[:axis], k, *at[axis:]))

        top = low.writer.declare("top", str(value(Index())))
        place = low.writer.declare("place", language.number(0.0))
        with low.writer.loop(low.shape(node.inputs[0])[axis]) as k:
            larger = language.call("less", Expression(top), value(k))
            with low.writer.when(str(larger)):
                low.writer.assign(top, value(k))
                low.writer.assign(place, k)
        return Expression(place)

    return element


def _total(low: Lowering, total: str, count: int) -> Expression:
    return Expression(total)


def _mean(low: Lowering, total: str, count: int) -> Expression:
    return low.language.call("divide", Expression(total), low.language.literal(float(count)))


SUMS: dict[str, Callable[[Lowering, Node], Element]] = {
    "matmul": _matmul, "sum": _reduction(_total), "mean": _reduction(_mean), "max": _max,
    "logsumexp": _logsumexp, "argmax": _argmax,
}  # fmt: skip
