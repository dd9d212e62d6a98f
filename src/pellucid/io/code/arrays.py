"""Operations that fill an array at once, and those that only reach the same elements otherwise."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import TYPE_CHECKING

from pellucid.graph import Node
from pellucid.io.code.expression import At, Expression, Index, Stored, steps_of

if TYPE_CHECKING:
    from pellucid.io.code.lower import Lowering


def _log_softmax(low: Lowering, node: Node) -> Stored:
    low.stored(node.inputs[0])
    made, axis, shape, language = low.room(node), node.attrs["axis"], low.shape(node), low.language
    with low.loops_over((*shape[:axis], *shape[axis + 1 :])) as at:

        def along(k: Index) -> At:
            return (*at[:axis], k, *at[axis:])

        top = low.writer.declare("top", language.number(-math.inf))
        with low.writer.loop(shape[axis]) as k:
            value = low.element(node.inputs[0], along(k))
            low.writer.assign(top, language.call("maximum", Expression(top), value))
        total = low.writer.declare("total", language.number(0.0))
        with low.writer.loop(shape[axis]) as k:
            shifted = language.call(
                "subtract", low.element(node.inputs[0], along(k)), Expression(top)
            )
            low.writer.add(total, language.call("exp", shifted))
        logarithm = low.writer.declare("logarithm", str(language.call("log", Expression(total))))
        with low.writer.loop(shape[axis]) as k:
            shifted = language.call(
                "subtract", low.element(node.inputs[0], along(k)), Expression(top)
            )
            low.store(
                made, along(k), language.call("subtract", shifted, Expression(logarithm)), node
            )
    return made


def _gather(low: Lowering, node: Node) -> Stored:
    table, index = low.stored(node.inputs[0]), low.shape(node.inputs[1])
    low.stored(node.inputs[1])
    made, axis = low.room(node), node.attrs["axis"]
    before, after = table.shape[:axis], table.shape[axis + 1 :]
    with low.loops_over(index) as at:
        name = low.language.functions["table_row"]
        value = low.element(node.inputs[1], at)
        place = low.writer.whole("place", f"{name}({value}, {table.shape[axis]})")
        with low.loops_over(before) as first, low.loops_over(after) as last:
            source = low.element(node.inputs[0], (*first, place, *last))
            found = low.language.lookup(str(place), str(source))
            low.store(made, (*first, *at, *last), found, node)
    return made


def _pad(low: Lowering, node: Node) -> Stored:
    source = low.stored(node.inputs[0])
    made, axis = low.room(node), node.attrs["axis"]
    fill = low.language.literal(node.attrs["value"])
    with low.loops_over(made.shape) as at:
        low.store(made, at, fill, node)
    with low.loops_over(source.shape) as at:
        spread = at[axis] * (node.attrs["between"] + 1) + node.attrs["before"]
        target = (*at[:axis], spread, *at[axis + 1 :])
        low.store(made, target, low.element(node.inputs[0], at), node)
    return made


def _concatenate(low: Lowering, node: Node) -> Stored:
    for id in node.inputs:
        low.stored(id)
    made, axis, start = low.room(node), node.attrs["axis"], 0
    for id in node.inputs:
        shape = low.shape(id)
        with low.loops_over(shape) as at:
            target = (*at[:axis], at[axis] + start, *at[axis + 1 :])
            low.store(made, target, low.element(id, at), node)
        start += shape[axis]
    return made


# --- other ways to reach the same elements


def _reshape(low: Lowering, node: Node) -> Stored:
    source = low.stored(node.inputs[0])
    if not source.is_plain:
        source = _copied(low, node.inputs[0])
    shape = low.shape(node)
    return Stored(source.array, shape, steps_of(shape), source.start)


def _copied(low: Lowering, id: int) -> Stored:
    node = low.nodes[id]
    made = low.room(node)
    with low.loops_over(made.shape) as at:
        low.store(made, at, low.element(id, at), node)
    return made


def _transpose(low: Lowering, node: Node) -> Stored:
    source, order = low.stored(node.inputs[0]), node.attrs["order"]
    steps = tuple(source.steps[axis] for axis in order)
    return Stored(source.array, low.shape(node), steps, source.start)


def _broadcast_to(low: Lowering, node: Node) -> Stored:
    source, shape = low.stored(node.inputs[0]), low.shape(node)
    fill = len(shape) - len(source.shape)
    own = zip(source.shape, source.steps, strict=True)
    steps = (*(0 for _ in range(fill)), *(0 if size == 1 else step for size, step in own))
    return Stored(source.array, shape, steps, source.start)


def _slice(low: Lowering, node: Node) -> Stored:
    source, axis = low.stored(node.inputs[0]), node.attrs["axis"]
    steps = list(source.steps)
    start = source.start + steps[axis] * node.attrs["start"]
    steps[axis] *= node.attrs["step"]
    return Stored(source.array, low.shape(node), tuple(steps), start)


ARRAYS: dict[str, Callable[[Lowering, Node], Stored]] = {
    "log_softmax": _log_softmax, "gather": _gather, "pad": _pad, "concatenate": _concatenate,
    "reshape": _reshape, "transpose": _transpose, "broadcast_to": _broadcast_to, "slice": _slice,
}  # fmt: skip
