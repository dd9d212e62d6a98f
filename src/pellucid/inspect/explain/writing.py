"""Writing expressions down: what text, LaTeX and MathML have in common."""

from __future__ import annotations

from abc import ABC, abstractmethod

from pellucid.inspect.explain.digits import exact, shown
from pellucid.inspect.explain.expression import (
    Expr,
    Function,
    Literal,
    Negative,
    Number,
    Power,
    Product,
    Quotient,
    Series,
    Slope,
    Sum,
    Symbol,
    Words,
    precedence,
)


class Writer(ABC):
    """Writes an expression; a subclass says how each kind looks."""

    fractions = False  # whether a quotient is a fraction, which needs no brackets inside

    def write(self, expr: Expr) -> str:
        """The expression."""
        match expr:
            case Symbol():
                return self.symbol(expr)
            case Slope(top, bottom):
                return self.slope(self.symbol(top), self.symbol(bottom))
            case Number(value, text):
                return self.number(text or shown(value))
            case Literal(value):
                return self.number(exact(value))
            case Words(text):
                return self.words(text)
            case Sum(terms):
                return self._sum(terms)
            case Negative(inside):
                return self.minus() + self._within(inside, 3)
            case Product(factors):
                return self.product([self._factor(f, n > 0) for n, f in enumerate(factors)])
            case Quotient(top, bottom):
                if self.fractions:
                    return self.quotient(self.write(top), self.write(bottom))
                return self.quotient(self._within(top, 3), self._within(bottom, 4))
            case Power(base, exponent):
                return self.power(self._within(base, 5), exponent)
            case Function(name, inside):
                return self.function(name, inside)
            case Series(kind, index, inside):
                return self.series(kind, index, self._within(inside, 3))
        raise TypeError(f"no way to write {type(expr).__name__}")

    def _sum(self, terms: tuple[Expr, ...]) -> str:
        made = ""
        for place, term in enumerate(terms):
            taken = isinstance(term, Negative)
            inside = term.inside if isinstance(term, Negative) else term
            written = self.write(inside)
            if precedence(inside) == 1 and (taken or isinstance(inside, Sum)):
                written = self.brackets(written)
            elif place and not taken and isinstance(inside, Number) and precedence(inside) == 2:
                taken, written = True, self.number((inside.text or shown(inside.value))[1:])
            elif (place or taken) and self._begins_negative(inside):
                written = self.brackets(written)
            if place:
                made += self.plus_or_minus(taken) + written
            else:
                made += (self.minus() if taken else "") + written
        return made

    def _begins_negative(self, expr: Expr) -> bool:
        first: Expr = expr
        while isinstance(first, Product | Quotient):
            first = first.factors[0] if isinstance(first, Product) else first.top
        return precedence(first) == 2

    def _factor(self, factor: Expr, later: bool) -> str:
        if later and isinstance(factor, Quotient) and not self.fractions:
            return self.brackets(self.write(factor))
        return self._within(factor, 3 if later else 2)

    def _within(self, expr: Expr, least: int) -> str:
        written = self.write(expr)
        return self.brackets(written) if precedence(expr) < least else written

    @abstractmethod
    def symbol(self, symbol: Symbol) -> str:
        """A letter with its index."""

    @abstractmethod
    def slope(self, top: str, bottom: str) -> str:
        """A derivative."""

    @abstractmethod
    def number(self, text: str) -> str:
        """A number as it is printed."""

    @abstractmethod
    def words(self, text: str) -> str:
        """Words within a formula."""

    @abstractmethod
    def minus(self) -> str:
        """The sign before a negative."""

    @abstractmethod
    def plus_or_minus(self, minus: bool) -> str:
        """The sign between two terms."""

    @abstractmethod
    def product(self, factors: list[str]) -> str:
        """Factors."""

    @abstractmethod
    def quotient(self, top: str, bottom: str) -> str:
        """A division."""

    @abstractmethod
    def power(self, base: str, exponent: Expr) -> str:
        """A power."""

    @abstractmethod
    def function(self, name: str, inside: tuple[Expr, ...]) -> str:
        """A function."""

    @abstractmethod
    def series(self, kind: str, index: str, inside: str) -> str:
        """A sum over an index."""

    @abstractmethod
    def brackets(self, inside: str) -> str:
        """Brackets around something."""
