"""Operations that take several elements together, look one up or choose one: how they are told."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from pellucid.graph import Node
from pellucid.inspect.explain.elements import Elements, Place
from pellucid.inspect.explain.expression import (
    Expr,
    Literal,
    Number,
    Product,
    Series,
    Symbol,
    Words,
    exp,
    function,
    ln,
)
from pellucid.inspect.explain.operations import ELEMENTWISE, Workings, at_place
from pellucid.inspect.explain.windows import PRODUCTS, WINDOWS
from pellucid.inspect.explain.worked import Part, Worked, added, calculated, read, total

SAFE = 50.0
"""The size up to which exponentials are written as they are, with nothing taken out first."""
COMPARED = {"equal": "=", "less": "<", "less_equal": "<="}
DRAWN = ("bernoulli", "uniform", "normal", "permutation")


def workings(elements: Elements) -> Workings:
    """An empty list of steps that knows all operations."""
    return Workings(elements, HANDLERS)


def reduced(own: Workings, node: Node, place: Place) -> list[tuple[int, Place] | float]:
    """The elements that a reduction takes together."""
    id, elements = node.inputs[0], own.elements
    shape, axes = elements.shape(id), node.attrs["axes"]
    kept = list(place)
    if not node.attrs["keepdims"]:
        for axis in axes:
            kept.insert(axis, 0)
    ranges = [range(n) if axis in axes else (kept[axis],) for axis, n in enumerate(shape)]
    grids = np.stack(np.meshgrid(*ranges, indexing="ij"), -1).reshape(-1, len(shape))
    return [elements.source(id, tuple(map(int, at)), start=False) for at in grids]


def _parts(own: Workings, sources: Sequence[tuple[int, Place] | float]) -> list[Part]:
    largest = max(sources, key=lambda s: abs(own.value(s)), default=None)
    if largest is not None and not isinstance(largest, float):
        node = own.elements.nodes[largest[0]]
        if node.op in ELEMENTWISE and not own.elements.is_leaf(largest[0]):
            own.before(own.operands(node, largest[1]))
        else:
            own.derive(*largest, start=False)
    parts = []
    for source in sources:
        label, numbers = own.inlined(source)
        parts.append(Part(own.value(source), label, numbers))
    return parts


def _sum(own: Workings, node: Node, place: Place) -> Worked:
    parts = _parts(own, reduced(own, node, place))
    symbol, value = own.elements.symbol(node.id, place), own.elements.value(node.id, place)
    return added("", symbol, Words(f"the sum of {len(parts):,} numbers"), parts, value)


def _mean(own: Workings, node: Node, place: Place) -> Worked:
    parts = _parts(own, reduced(own, node, place))
    letter = Symbol("S", str(len(own.steps)))
    whole = total([part.value for part in parts])
    formula = Words(f"the sum of {len(parts):,} numbers")
    own.steps.append(added("", letter, formula, parts, whole))
    symbol, value = own.elements.symbol(node.id, place), own.elements.value(node.id, place)
    return calculated("", symbol, lambda s: s / len(parts), [letter], [whole], value)


def _max(own: Workings, node: Node, place: Place) -> Worked:
    return largest(own, node, place, reduced(own, node, place))


def largest(
    own: Workings, node: Node, place: Place, sources: Sequence[tuple[int, Place] | float]
) -> Worked:
    """The largest of some elements, and which it was."""
    values = [own.value(source) for source in sources]
    symbol, value = own.elements.symbol(node.id, place), own.elements.value(node.id, place)
    first = next((s for s, v in zip(sources, values, strict=True) if v == value), sources[0])
    own.before([first])
    where = "" if isinstance(first, float) else f" It is the one at {at_place(first[1])}."
    note = f"The largest of {len(values):,} numbers.{where}"
    if len(values) > 9:
        return read("", symbol, value, [note])
    symbols = [own.symbol(source) for source in sources]
    return calculated(
        "", symbol, lambda *given: function("max", *given), symbols, values, value, [note]
    )


def _logsumexp(own: Workings, node: Node, place: Place) -> Worked:
    whole, shift, letter = _exponentials(own, reduced(own, node, place))
    symbol, value = own.elements.symbol(node.id, place), own.elements.value(node.id, place)
    return calculated(
        "", symbol, lambda s: ln(s) + shift if shift else ln(s), [letter], [whole], value
    )


def _exponentials(
    own: Workings, sources: Sequence[tuple[int, Place] | float]
) -> tuple[float, float, Symbol]:
    """Add the sum of the exponentials; where those would overflow the largest is taken out."""
    own.before(sources if len(sources) <= 4 else [])
    values = [own.value(source) for source in sources]
    far = max(map(abs, values)) > SAFE
    shift = max(values) if far else 0.0
    parts = []
    for source, value in zip(sources, values, strict=True):
        x: Expr = own.symbol(source) if _known(own, source) else Words("x")
        symbols = exp(x - Words("m")) if far else exp(x)
        numbers = exp(Number(value) - Number(shift)) if far else exp(Number(value))
        parts.append(Part(float(np.exp(value - shift)), symbols, numbers))
    whole = total([part.value for part in parts])
    symbol = Symbol("S", str(len(own.steps)))
    formula = Series("sum", "k", exp(Words("x_k - m") if far else Symbol("x", "k")))
    notes = [f"m = {shift:g} is the largest; it is taken out so that nothing overflows."]
    own.steps.append(added("", symbol, formula, parts, whole, notes=notes if far else ()))
    return whole, shift, symbol


def _log_softmax(own: Workings, node: Node, place: Place) -> Worked:
    elements, id, axis = own.elements, node.inputs[0], node.attrs["axis"]
    size = elements.shape(id)[axis]
    sources = [
        elements.source(id, (*place[:axis], k, *place[axis + 1 :]), start=False)
        for k in range(size)
    ]
    mine = sources[place[axis]]
    own.before([mine])
    whole, shift, symbol = _exponentials(own, sources)

    def formula(x: Expr, s: Expr) -> Expr:
        return x - shift - ln(s) if shift else x - ln(s)

    return calculated(
        "", elements.symbol(node.id, place), formula, [own.symbol(mine), symbol],
        [own.value(mine), whole], elements.value(node.id, place),
    )  # fmt: skip


def _products(own: Workings, node: Node, place: Place) -> Worked:
    """A sum of products of two values' elements: matrix products and convolutions."""
    pairs = PRODUCTS[node.op](own.elements, node, place)
    parts = []
    for a, b in pairs:
        one, two = (own.elements.source(*each, start=False) for each in (a, b))
        value = own.value(one) * own.value(two)
        label: Expr = (
            Product((own.symbol(one), own.symbol(two)))
            if _known(own, one, two)
            else (Words(f"{at_place(a[1])} and {at_place(b[1])}"))
        )
        parts.append(Part(value, label, Product((own.number(one), own.number(two)))))
    if pairs:
        top = max(range(len(parts)), key=lambda n: abs(parts[n].value))
        own.before([own.elements.source(*each, start=False) for each in pairs[top]])
    symbol, value = own.elements.symbol(node.id, place), own.elements.value(node.id, place)
    return added("", symbol, Words(f"the sum of {len(parts):,} products"), parts, value)


def _known(own: Workings, *sources: tuple[int, Place] | float) -> bool:
    return all(
        isinstance(s, float) or own.elements.is_leaf(s[0]) or s in own.elements.made
        for s in sources
    )


def _windowed(own: Workings, node: Node, place: Place) -> Worked:
    """Pooling and its gradients: sums over elements, each with a factor; or the largest."""
    elements = own.elements
    if node.op == "max_pool2d":
        places = WINDOWS[node.op](elements, node, place)
        sources = [elements.source(id, at, start=False) for id, at, _ in places]
        return largest(own, node, place, sources)
    parts = []
    for id, at, factor in WINDOWS[node.op](elements, node, place):
        source = elements.source(id, at, start=False)
        label: Expr = own.symbol(source) if _known(own, source) else Words(f"at {at_place(at)}")
        numbers = None if factor == 1 else own.number(source) / Literal(factor)
        shown = label if factor == 1 else label / Literal(factor)
        parts.append(Part(own.value(source) / factor, shown, numbers))
        if len(parts) <= 2:
            own.before([source])
    symbol, value = elements.symbol(node.id, place), elements.value(node.id, place)
    return added("", symbol, Words(f"the sum of {len(parts):,} numbers"), parts, value)


def _where(own: Workings, node: Node, place: Place) -> Worked:
    condition, *branches = own.operands(node, place)
    holds = bool(own.value(condition))
    taken = branches[0] if holds else branches[1]
    own.before([taken])
    note = _condition(own, condition, holds)
    return calculated(
        "", own.elements.symbol(node.id, place), lambda x: x, [own.symbol(taken)],
        [own.value(taken)], own.elements.value(node.id, place), [note],
    )  # fmt: skip


def _condition(own: Workings, source: tuple[int, Place] | float, holds: bool) -> str:
    from pellucid.inspect.explain.text import written

    verdict = "holds" if holds else "does not hold"
    if isinstance(source, float):
        return f"The condition {verdict}."
    node = own.elements.nodes[source[0]]
    if node.op not in COMPARED:
        return f"The condition {verdict}."
    a, b = own.operands(node, source[1])
    sign = COMPARED[node.op]
    return f"The condition {written(own.number(a))} {sign} {written(own.number(b))} {verdict}."


def _compared(own: Workings, node: Node, place: Place) -> Worked:
    value = own.elements.value(node.id, place)
    note = _condition(own, (node.id, place), bool(value))
    return read("", own.elements.symbol(node.id, place), value, [note])


def _clip(own: Workings, node: Node, place: Place) -> Worked:
    source = own.operands(node, place)[0]
    own.before([source])
    low, high = node.attrs["low"], node.attrs["high"]
    return calculated(
        "", own.elements.symbol(node.id, place),
        lambda x: function("min", function("max", x, low), high), [own.symbol(source)],
        [own.value(source)], own.elements.value(node.id, place),
    )  # fmt: skip


def _gather(own: Workings, node: Node, place: Place) -> Worked:
    elements, axis = own.elements, node.attrs["axis"]
    table, index = node.inputs
    rank = len(elements.shape(index))
    at = place[axis : axis + rank]
    entry = int(elements.trace.values[index][at])
    source = elements.source(table, (*place[:axis], entry, *place[axis + rank :]), start=False)
    own.before([source])
    name = "" if isinstance(source, float) else f" of {_named(elements, source[0])}"
    note = f"Looked up: entry {entry}{name}."
    return calculated(
        "", elements.symbol(node.id, place), lambda x: x, [own.symbol(source)],
        [own.value(source)], elements.value(node.id, place), [note],
    )  # fmt: skip


def _scatter(own: Workings, node: Node, place: Place) -> Worked:
    elements, axis = own.elements, node.attrs["axis"]
    updates, index = node.inputs
    known = elements.trace.values[index]
    parts = []
    for at in np.argwhere(known == place[axis]):
        spot = (*place[:axis], *map(int, at), *place[axis + 1 :])
        source = elements.source(updates, spot, start=False)
        label, numbers = own.inlined(source)
        parts.append(Part(own.value(source), label, numbers))
    note = f"All that was looked up at entry {place[axis]} comes back to it."
    symbol, value = elements.symbol(node.id, place), elements.value(node.id, place)
    if not parts:
        return read("", symbol, value, [f"Entry {place[axis]} was not looked up."])
    formula = Words(f"the sum of {len(parts):,} numbers")
    return added("", symbol, formula, parts, value, notes=[note])


def _drawn(own: Workings, node: Node, place: Place) -> Worked:
    words = "drawn at random, by the seed, the step and the place alone"
    value = own.elements.value(node.id, place)
    if node.op == "bernoulli":
        words += f"; 1 with probability {node.attrs['chance']:g}"
    return read("", own.elements.symbol(node.id, place), value, [f"{words[0].upper()}{words[1:]}."])


def _read(note: str) -> Callable[[Workings, Node, Place], Worked]:
    def handler(own: Workings, node: Node, place: Place) -> Worked:
        symbol, value = own.elements.symbol(node.id, place), own.elements.value(node.id, place)
        return read("", symbol, value, [note])

    return handler


def _named(elements: Elements, id: int) -> str:
    names = [n for n, at in elements.trace.names.items() if at == id and not n.startswith("d ")]
    return min(names, key=len, default="the table")


HANDLERS: dict[str, Callable[[Workings, Node, Place], Worked]] = {
    "sum": _sum, "mean": _mean, "max": _max, "logsumexp": _logsumexp,
    "log_softmax": _log_softmax, "where": _where, "clip": _clip, "gather": _gather,
    "scatter_add": _scatter, "count": _read("The number of elements taken together."),
    "one_hot": _read("1 at the place of the class, 0 at all others."),
    "argmax": _read("The place of the largest, counted from 0."),
    "cast": _read("As another kind of number."),
    **dict.fromkeys(COMPARED, _compared), **dict.fromkeys(DRAWN, _drawn),
    **dict.fromkeys(PRODUCTS, _products), **dict.fromkeys(WINDOWS, _windowed),
}  # fmt: skip
