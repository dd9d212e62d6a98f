"""Arithmetic as it is written down: symbols, numbers, sums, products, fractions, powers, functions.

A formula is written once, as a Python function of expressions. Given symbols it is the formula,
given numbers it is the calculation; so what is explained and what is computed cannot differ.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

import numpy as np

from pellucid.dataclass import dataclass


class Expr:
    """Something that can be written down and, unless symbols are in it, worked out."""

    def __add__(self, other: Operand) -> Expr:
        return Sum((*_terms(self), *_terms(lift(other))))

    def __radd__(self, other: Operand) -> Expr:
        return lift(other) + self

    def __sub__(self, other: Operand) -> Expr:
        return Sum((*_terms(self), Negative(lift(other))))

    def __rsub__(self, other: Operand) -> Expr:
        return lift(other) - self

    def __mul__(self, other: Operand) -> Expr:
        return Product((*_factors(self), *_factors(lift(other))))

    def __rmul__(self, other: Operand) -> Expr:
        return lift(other) * self

    def __truediv__(self, other: Operand) -> Expr:
        return Quotient(self, lift(other))

    def __rtruediv__(self, other: Operand) -> Expr:
        return Quotient(lift(other), self)

    def __pow__(self, other: Operand) -> Expr:
        return Power(self, lift(other))

    def __neg__(self) -> Expr:
        return Negative(self)


Operand: TypeAlias = "Expr | float | int"


@dataclass(frozen=True)
class Symbol(Expr):
    """A letter, with an index and with what it belongs to: ``w_0,1 of dense_1``."""

    name: str
    sub: str = ""
    of: str = ""


@dataclass(frozen=True)
class Slope(Expr):
    """The derivative of one symbol by another."""

    top: Symbol
    bottom: Symbol


@dataclass(frozen=True)
class Number(Expr):
    """A number from a trace; ``text`` is how it is printed, once that is decided."""

    value: float
    text: str = ""


@dataclass(frozen=True)
class Literal(Expr):
    """A number of the formula itself, printed as it is."""

    value: float


@dataclass(frozen=True)
class Sum(Expr):
    """Terms added up; a ``Negative`` one is taken off."""

    terms: tuple[Expr, ...]


@dataclass(frozen=True)
class Product(Expr):
    """Factors multiplied."""

    factors: tuple[Expr, ...]


@dataclass(frozen=True)
class Quotient(Expr):
    """One over the other."""

    top: Expr
    bottom: Expr


@dataclass(frozen=True)
class Power(Expr):
    """A base with an exponent."""

    base: Expr
    exponent: Expr


@dataclass(frozen=True)
class Negative(Expr):
    """Minus something."""

    inside: Expr


@dataclass(frozen=True)
class Function(Expr):
    """A function by its name: exp, ln, sqrt, tanh, erf, abs, sign, max, min."""

    name: str
    inside: tuple[Expr, ...]


@dataclass(frozen=True)
class Series(Expr):
    """A sum (or the largest, or the mean) over an index, in a formula only."""

    kind: str
    index: str
    inside: Expr


@dataclass(frozen=True)
class Words(Expr):
    """Something said in words within a formula."""

    text: str


def lift(value: Operand) -> Expr:
    """An expression as it is, a plain number as a literal."""
    return value if isinstance(value, Expr) else Literal(float(value))


def exp(x: Operand) -> Expr:
    """e to the power of x."""
    return Function("exp", (lift(x),))


def ln(x: Operand) -> Expr:
    """The natural logarithm."""
    return Function("ln", (lift(x),))


def sqrt(x: Operand) -> Expr:
    """The square root."""
    return Function("sqrt", (lift(x),))


def function(name: str, *inside: Operand) -> Expr:
    """A function by its name."""
    return Function(name, tuple(map(lift, inside)))


def _erf(x: float) -> float:
    import math

    return math.erf(x)


FUNCTIONS: dict[str, Callable[..., float]] = {
    "exp": np.exp, "ln": np.log, "sqrt": np.sqrt, "tanh": np.tanh, "erf": _erf, "abs": np.abs,
    "sign": np.sign, "max": lambda *x: np.max(np.array(x)), "min": lambda *x: np.min(np.array(x)),
}  # fmt: skip


def evaluate(expr: Expr) -> float:
    """Work an expression out, with numbers as they are printed where that is decided."""
    with np.errstate(all="ignore"):
        return float(_value(expr))


def _value(expr: Expr) -> np.float64:
    match expr:
        case Number(value, text):
            return np.float64(text or value)
        case Literal(value):
            return np.float64(value)
        case Sum(terms):
            total = np.float64(0.0)
            for term in terms:
                total = total + _value(term)
            return total
        case Product(factors):
            product = np.float64(1.0)
            for factor in factors:
                product = product * _value(factor)
            return product
        case Quotient(top, bottom):
            return _value(top) / _value(bottom)
        case Power(base, exponent):
            return np.float64(np.power(_value(base), _value(exponent)))
        case Negative(inside):
            return -_value(inside)
        case Function(name, inside):
            return np.float64(FUNCTIONS[name](*map(_value, inside)))
    raise TypeError(f"{type(expr).__name__} stands in formulas only and has no value")


def replaced(expr: Expr, change: Callable[[Number], Number]) -> Expr:
    """The same with each number changed."""
    match expr:
        case Number():
            return change(expr)
        case Sum(terms):
            return Sum(tuple(replaced(term, change) for term in terms))
        case Product(factors):
            return Product(tuple(replaced(factor, change) for factor in factors))
        case Quotient(top, bottom):
            return Quotient(replaced(top, change), replaced(bottom, change))
        case Power(base, exponent):
            return Power(replaced(base, change), replaced(exponent, change))
        case Negative(inside):
            return Negative(replaced(inside, change))
        case Function(name, inside):
            return Function(name, tuple(replaced(each, change) for each in inside))
    return expr


def precedence(expr: Expr) -> int:
    """How tightly it holds together: 1 sums, 2 minus, 3 products, 4 powers, 5 all else."""
    match expr:
        case Sum(terms):
            return 1 if len(terms) > 1 else precedence(terms[0])
        case Series():
            return 1
        case Words(text):
            return 1 if " " in text else 5
        case Negative():
            return 2
        case Number(value, text):
            negative = (text or str(value)).startswith("-")
            return 2 if negative else 5
        case Literal(value):
            return 2 if value < 0 else 5
        case Product() | Quotient():
            return 3
        case Power() | Function("exp"):
            return 4
    return 5


def _terms(expr: Expr) -> tuple[Expr, ...]:
    return expr.terms if isinstance(expr, Sum) else (expr,)


def _factors(expr: Expr) -> tuple[Expr, ...]:
    return expr.factors if isinstance(expr, Product) else (expr,)
