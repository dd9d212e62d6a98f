"""How each operation is computed for one row: its elements one by one, or an array at once."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

from pellucid.graph import Node
from pellucid.io.code.expression import COMPARISON, Expression, Index, Stored, steps_of
from pellucid.io.code.lower import At, Element, Lowering

# --- element by element


def _function(low: Lowering, node: Node) -> Element:
    """An operation of the elements at one place."""

    def element(at: At) -> Expression:
        operands = [low.element_along(id, at) for id in node.inputs]
        return low.language.call(node.op, *operands)

    return element


def _divide(low: Lowering, node: Node) -> Element:
    """By the operator where nothing can be divided by zero, else as IEEE 754 has it."""
    divisor = low.nodes[node.inputs[1]]
    name = divisor.attrs["name"] if divisor.op == "input" else ""
    values = low.deployment.arrays.get(name)
    if divisor.op == "constant":
        safe = divisor.shape == () and divisor.attrs["value"] != 0
    else:
        safe = values is not None and bool(values.all())

    def element(at: At) -> Expression:
        operands = [low.element_along(id, at) for id in node.inputs]
        guarded = "ratio" in low.language.functions and not safe
        return low.language.call("ratio" if guarded else "divide", *operands)

    return element


def _where(low: Lowering, node: Node) -> Element:
    return lambda at: low.language.select(*(low.element_along(id, at) for id in node.inputs))


def _clip(low: Lowering, node: Node) -> Element:
    low_end, high_end = (low.language.literal(node.attrs[side]) for side in ("low", "high"))

    def element(at: At) -> Expression:
        above = low.language.call("maximum", low.element(node.inputs[0], at), low_end)
        return low.language.call("minimum", above, high_end)

    return element


def _cast(low: Lowering, node: Node) -> Element:
    came, language = low.nodes[node.inputs[0]].dtype, low.language
    one, zero = language.literal(1.0), language.literal(0.0)

    def element(at: At) -> Expression:
        value = low.element(node.inputs[0], at)
        if came == "bool" and node.dtype != "bool":
            return language.select(value, one, zero)
        if node.dtype == "bool" and came != "bool":
            size = language.call("abs", value)
            return language.call("less", zero, size)
        return language.call("truncate", value) if (came, node.dtype) == ("float", "int") else value

    return element


def _one_hot(low: Lowering, node: Node) -> Element:
    language = low.language

    def element(at: At) -> Expression:
        here = Expression(str(at[-1]), COMPARISON + 1)
        found = language.call("equal", low.element(node.inputs[0], at[:-1]), here)
        return language.select(found, language.literal(1.0), language.literal(0.0))

    return element


# --- sums and the like: a few lines before the element is there


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
            _add(low, total, low.language.call("multiply", a, b))
        return Expression(total)

    return element


def _add(low: Lowering, total: str, value: Expression) -> None:
    low.writer.assign(total, low.language.call("add", Expression(total), value))


def _reduction(finish: Callable[[Lowering, str, int], Expression]) -> Callable[..., Element]:
    """A sum over axes, and what is made of it."""

    def lower(low: Lowering, node: Node) -> Element:
        source = low.stored(node.inputs[0])
        count = math.prod(source.shape[axis] for axis in node.attrs["axes"])

        def element(at: At) -> Expression:
            total = low.writer.declare("total", low.language.number(0.0))
            _over(low, node, at, lambda value: _add(low, total, value))
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
            _add(low, total, language.call("exp", apart))

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


# --- windows over pictures


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
                _add(low, total, low.language.call("multiply", weight, x(channel + c)))

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
            _add(low, total, x(channel))
            if not fixed:
                _add(low, count, one)

        _window(low, node, (batch, *place), size, (1, 1), tap)
        divisor = low.language.literal(float(size[0] * size[1])) if fixed else Expression(count)
        return low.language.call("divide", Expression(total), divisor)

    return element


# --- an array at once


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
            _add(low, total, language.call("exp", shifted))
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


def _total(low: Lowering, total: str, count: int) -> Expression:
    return Expression(total)


def _mean(low: Lowering, total: str, count: int) -> Expression:
    return low.language.call("divide", Expression(total), low.language.literal(float(count)))


ONE_BY_ONE = {
    "add", "subtract", "multiply", "negate", "power", "exp", "log", "log1p", "sqrt", "tanh",
    "sigmoid", "erf", "abs", "sign", "maximum", "minimum", "equal", "less", "less_equal",
    "divide", "where", "clip", "cast",
}  # fmt: skip
"""The operations on the elements at one place."""
ELEMENTS: dict[str, Callable[[Lowering, Node], Element]] = {
    **dict.fromkeys(ONE_BY_ONE, _function),
    "divide": _divide, "where": _where, "clip": _clip, "cast": _cast, "one_hot": _one_hot,
    "matmul": _matmul, "sum": _reduction(_total), "mean": _reduction(_mean), "max": _max,
    "logsumexp": _logsumexp, "argmax": _argmax, "conv2d": _conv2d, "max_pool2d": _max_pool2d,
    "avg_pool2d": _avg_pool2d,
}  # fmt: skip
STORED: dict[str, Callable[[Lowering, Node], Stored]] = {
    "log_softmax": _log_softmax, "gather": _gather, "pad": _pad, "concatenate": _concatenate,
    "reshape": _reshape, "transpose": _transpose, "broadcast_to": _broadcast_to, "slice": _slice,
}  # fmt: skip
KNOWN = frozenset(ELEMENTS) | frozenset(STORED)
"""All that is written. Left out, since no prediction needs them: random numbers, and the gradients
of convolution, pooling and gather."""
