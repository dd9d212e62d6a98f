"""Operations on the elements at one place: an expression each, and no lines before it."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from pellucid.graph import Node
from pellucid.io.code.expression import SUM, At, Element, Expression

if TYPE_CHECKING:
    from pellucid.io.code.lower import Lowering


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
        here = Expression(str(at[-1]), SUM)
        found = language.call("equal", low.element(node.inputs[0], at[:-1]), here)
        return language.select(found, language.literal(1.0), language.literal(0.0))

    return element


ONE_BY_ONE: dict[str, Callable[[Lowering, Node], Element]] = {
    **dict.fromkeys(
        ("add", "subtract", "multiply", "negate", "power", "exp", "log", "log1p", "sqrt", "tanh",
         "sigmoid", "erf", "abs", "sign", "maximum", "minimum", "equal", "less", "less_equal"),
        _function,
    ),
    "divide": _divide, "where": _where, "clip": _clip, "cast": _cast,
}  # fmt: skip
BESIDE: dict[str, Callable[[Lowering, Node], Element]] = {"one_hot": _one_hot}
"""Those that read another place than that of the element they give."""
