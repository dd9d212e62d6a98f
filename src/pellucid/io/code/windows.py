"""Convolution and pooling: loops over the elements of a window that lie on the picture."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from pellucid.graph import Node
from pellucid.io.code.expression import At, Element, Expression, Index

if TYPE_CHECKING:
    from pellucid.io.code.lower import Lowering


def _conv2d(low: Lowering, node: Node) -> Element:
    low.stored(node.inputs[0])
    kernel = low.stored(node.inputs[1]).shape
    groups = node.attrs["groups"]

    def element(at: At) -> Expression:
        batch, out, *place = at
        channel = Index()
        if groups > 1:
            of = low.language.quotient.format(out, kernel[0] // groups)
            channel = low.writer.whole("group", of) * kernel[1]
        total = low.writer.declare("total", low.language.number(0.0))
        with low.writer.loop(kernel[1]) as c:

            def tap(x: Callable[[Index], Expression], within: tuple[Index, Index]) -> None:
                weight = low.element(node.inputs[1], (out, c, *within))
                low.writer.add(total, low.language.call("multiply", weight, x(channel + c)))

            _window(low, node, (batch, *place), kernel[2:], node.attrs["dilation"], tap)
        return Expression(total)

    return element


def _window(
    low: Lowering, node: Node, at: Sequence[Index], size: Sequence[int], dilation: Sequence[int],
    tap: Callable[[Callable[[Index], Expression], tuple[Index, Index]], None],
) -> None:  # fmt: skip
    """Loop over a window's elements that lie on the picture; ``tap`` gets the way to an element."""
    batch, *place = at
    picture, writer = low.shape(node.inputs[0])[2:], low.writer
    with writer.loop(size[0]) as u, writer.loop(size[1]) as v:
        places, conditions = [], []
        for axis, inside in enumerate((u, v)):
            before, after = node.attrs["padding"][axis]
            step = node.attrs["stride"][axis]
            spot = place[axis] * step + inside * dilation[axis] + -before
            if before or after:
                spot = writer.whole(("row", "column")[axis], str(spot))
                conditions += [f"0 <= {spot}"] if before else []
                conditions += [f"{spot} < {picture[axis]}"] if after else []
            places.append(spot)
        with writer.when(*conditions):
            tap(lambda c: low.element(node.inputs[0], (batch, c, *places)), (u, v))


def _max_pool2d(low: Lowering, node: Node) -> Element:
    low.stored(node.inputs[0])

    def element(at: At) -> Expression:
        batch, channel, *place = at
        top = low.writer.declare("top", low.language.number(-math.inf))

        def tap(x: Callable[[Index], Expression], within: tuple[Index, Index]) -> None:
            low.writer.assign(top, low.language.call("maximum", Expression(top), x(channel)))

        _window(low, node, (batch, *place), node.attrs["size"], (1, 1), tap)
        return Expression(top)

    return element


def _avg_pool2d(low: Lowering, node: Node) -> Element:
    low.stored(node.inputs[0])
    size, padding = node.attrs["size"], node.attrs["padding"]
    fixed = node.attrs["count_padding"] or not any(map(any, padding))

    def element(at: At) -> Expression:
        batch, channel, *place = at
        one, zero = low.language.literal(1.0), low.language.number(0.0)
        total = low.writer.declare("total", zero)
        count = "" if fixed else low.writer.declare("count", zero)

        def tap(x: Callable[[Index], Expression], within: tuple[Index, Index]) -> None:
            low.writer.add(total, x(channel))
            if not fixed:
                low.writer.add(count, one)

        _window(low, node, (batch, *place), size, (1, 1), tap)
        divisor = low.language.literal(float(size[0] * size[1])) if fixed else Expression(count)
        return low.language.call("divide", Expression(total), divisor)

    return element


WINDOWS: dict[str, Callable[[Lowering, Node], Element]] = {
    "conv2d": _conv2d, "max_pool2d": _max_pool2d, "avg_pool2d": _avg_pool2d,
}  # fmt: skip
