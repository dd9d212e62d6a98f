"""Activation functions and their slopes as formulas, for those that have a name.

Each formula is checked against the trace's value before it is shown; where it does not give that
value (which no test has seen), and for functions of one's own, the operations speak for themselves.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import TypeAlias

from pellucid.dataclass import dataclass
from pellucid.inspect.explain.expression import Expr, Literal, Operand, evaluate, exp, function, ln
from pellucid.nn import activations as known

One: TypeAlias = Callable[[Expr], Expr]
Two: TypeAlias = Callable[[Expr, Expr], Expr]


@dataclass(frozen=True)
class Form:
    """A function of z at one value of z, its slope as a function of z and y, and why so."""

    value: One
    slope: Two
    why: str = ""


def form(function_: object, z: float) -> Form | None:
    """How an activation is written at z; None where it has no formula of its own here."""
    maker = FORMS.get(type(function_))
    return None if maker is None else maker(function_, z)


def agrees(own: Form, z: float, y: float, slope: float | None) -> bool:
    """Whether a form gives the value, and the slope where that is known."""
    found = evaluate(own.value(Literal(z)))
    if not math.isclose(found, y, rel_tol=1e-9, abs_tol=1e-12):
        return False
    if slope is None:
        return True
    there = evaluate(own.slope(Literal(z), Literal(y)))
    return math.isclose(there, slope, rel_tol=1e-7, abs_tol=1e-9)


def _constant(value: float) -> Two:
    return lambda z, y: Literal(value)


def _branch(z: float, border: float, strict: bool, above: Form, below: Form) -> Form:
    return above if (z > border if strict else z >= border) else below


def _step(f: known.Step, z: float) -> Form:
    up = z >= f.threshold
    sign = "is at least" if up else "is below"
    return Form(
        lambda _: Literal(float(up)), _constant(0.0), f"z {sign} the threshold {f.threshold:g}"
    )


def _relu(f: known.Relu, z: float) -> Form:
    why = "the slope is 1 where z > 0, else 0"
    return Form(lambda x: function("max", x, 0.0), _constant(float(z > 0)), why)


def _leaky(f: known.LeakyRelu, z: float) -> Form:
    s = f.slope
    why = f"the slope is 1 where z > 0, else {s:g}"
    return Form(lambda x: function("max", x, s * x), _constant(1.0 if z > s * z else s), why)


def _elu(z: float, scale: float, alpha: float) -> Form:
    if z > 0:
        lines: One = (lambda x: x) if scale == 1 else (lambda x: scale * x)
        return Form(lines, _constant(scale), "z > 0")
    inside: Operand = scale * alpha
    if inside == 1:
        return Form(lambda x: exp(x) - 1, lambda z, y: exp(z), "z is at most 0")
    return Form(lambda x: inside * (exp(x) - 1), lambda z, y: inside * exp(z), "z is at most 0")


def _softplus(f: known.Softplus, z: float) -> Form:
    if z < 30:
        return Form(lambda x: ln(1 + exp(x)), lambda z, y: 1 / (1 + exp(-z)))
    why = "for large z, e^-z is nearly nothing"
    return Form(lambda x: x + ln(1 + exp(-x)), lambda z, y: 1 / (1 + exp(-z)), why)


def _hard(f: known.HardSigmoid, z: float) -> Form:
    inside = 0.0 <= z + 3.0 <= 6.0
    return Form(
        lambda x: function("min", function("max", x + 3, 0.0), 6.0) / 6,
        (lambda z, y: Literal(1.0) / 6) if inside else _constant(0.0),
        "the slope is 1/6 from z = -3 to 3, else 0",
    )


def _gelu(f: known.Gelu, z: float) -> Form | None:
    if f.approximate:
        return None
    half, root = Literal(0.5), Literal(math.sqrt(0.5))
    around = Literal(math.sqrt(0.5 / math.pi))
    return Form(
        lambda x: half * x * (1 + function("erf", x * root)),
        lambda z, y: half * (1 + function("erf", z * root)) + around * z * exp(-(z**2) / 2),
    )


def _silu(f: known.Silu, z: float) -> Form:
    return Form(
        lambda x: x / (1 + exp(-x)),
        lambda z, y: (1 + exp(-z) * (1 + z)) / (1 + exp(-z)) ** 2,
    )


FORMS: dict[type, Callable[..., Form | None]] = {
    known.Linear: lambda f, z: Form(lambda x: x, _constant(1.0)),
    known.Step: _step,
    known.Sigmoid: lambda f, z: Form(lambda x: 1 / (1 + exp(-x)), lambda z, y: y * (1 - y)),
    known.Tanh: lambda f, z: Form(lambda x: function("tanh", x), lambda z, y: 1 - y**2),
    known.Relu: _relu,
    known.LeakyRelu: _leaky,
    known.Elu: lambda f, z: _elu(z, 1.0, f.alpha),
    known.Selu: lambda f, z: _elu(z, 1.0507009873554804934, 1.6732632423543772848),
    known.Softplus: _softplus,
    known.HardSigmoid: _hard,
    known.Gelu: _gelu,
    known.Silu: _silu,
    known.Exponential: lambda f, z: Form(exp, lambda z, y: y),
}
