"""Expressions in MathML, which browsers show as formulas without any program."""

from __future__ import annotations

import html

from pellucid.inspect.explain.expression import Expr, Symbol
from pellucid.inspect.explain.writing import Writer


def escape(text: str) -> str:
    """Text within an element."""
    return html.escape(text, quote=False)


class MathWriter(Writer):
    """Expressions as MathML elements."""

    fractions = True

    def symbol(self, symbol: Symbol) -> str:
        """A letter with its index; what it belongs to stands above."""
        name, primes = symbol.name.rstrip("'"), "\u2032" * symbol.name.count("'")
        if name.endswith("_hat"):
            base = f"<mover><mi>{escape(name.removesuffix('_hat'))}</mi><mo>^</mo></mover>"
        else:
            base = f"<mi>{escape(name)}</mi>"
        above = f"<mo>{primes}</mo>" if primes else ""
        if symbol.of:
            above += f"<mtext>({escape(symbol.of)})</mtext>"
        below = f"<mtext>{escape(symbol.sub)}</mtext>" if symbol.sub else ""
        if above and below:
            return f"<msubsup>{base}<mrow>{below}</mrow><mrow>{above}</mrow></msubsup>"
        if above:
            return f"<msup>{base}<mrow>{above}</mrow></msup>"
        return f"<msub>{base}<mrow>{below}</mrow></msub>" if below else base

    def slope(self, top: str, bottom: str) -> str:
        """A fraction of partial derivatives."""
        above, below = (f"<mrow><mo>&#8706;</mo>{part}</mrow>" for part in (top, bottom))
        return f"<mfrac>{above}{below}</mfrac>"

    def number(self, text: str) -> str:
        """Powers of ten written out."""
        digits, e, exponent = text.partition("e")
        if text in ("inf", "-inf", "nan"):
            return f"<mtext>{text}</mtext>"
        if not e:
            return _signed(digits)
        power = f"<msup><mn>10</mn><mrow>{_signed(exponent)}</mrow></msup>"
        return f"<mrow>{_signed(digits)}<mo>&#8901;</mo>{power}</mrow>"

    def words(self, text: str) -> str:
        """Upright."""
        return f"<mtext>{escape(text)}</mtext>"

    def minus(self) -> str:
        """The sign."""
        return "<mo>&#8722;</mo>"

    def plus_or_minus(self, minus: bool) -> str:
        """The sign between two terms."""
        return "<mo>&#8722;</mo>" if minus else "<mo>+</mo>"

    def product(self, factors: list[str]) -> str:
        """With dots."""
        return "<mo>&#8901;</mo>".join(factors)

    def quotient(self, top: str, bottom: str) -> str:
        """A fraction."""
        return f"<mfrac><mrow>{top}</mrow><mrow>{bottom}</mrow></mfrac>"

    def power(self, base: str, exponent: Expr) -> str:
        """Raised."""
        return f"<msup><mrow>{base}</mrow><mrow>{self.write(exponent)}</mrow></msup>"

    def function(self, name: str, inside: tuple[Expr, ...]) -> str:
        """By its name; roots, sizes and powers of e in signs of their own."""
        written = "<mo>,</mo>".join(map(self.write, inside))
        if name == "exp":
            return f"<msup><mi>e</mi><mrow>{written}</mrow></msup>"
        if name == "sqrt":
            return f"<msqrt><mrow>{written}</mrow></msqrt>"
        if name == "abs":
            return f"<mrow><mo>|</mo>{written}<mo>|</mo></mrow>"
        return f"<mi>{name}</mi>{self.brackets(written)}"

    def series(self, kind: str, index: str, inside: str) -> str:
        """A sum sign; another kind in words."""
        sign = "<mo>&#8721;</mo>" if kind == "sum" else f"<mi>{escape(kind)}</mi>"
        return f"<munder>{sign}<mtext>{escape(index)}</mtext></munder>{inside}"

    def brackets(self, inside: str) -> str:
        """Round ones that grow."""
        return f"<mrow><mo>(</mo>{inside}<mo>)</mo></mrow>"


def _signed(text: str) -> str:
    if text.startswith("-"):
        return f"<mrow><mo>&#8722;</mo><mn>{text[1:]}</mn></mrow>"
    return f"<mn>{escape(text)}</mn>"


def formula(expr: Expr) -> str:
    """An expression as an element of its own."""
    return f'<math displaystyle="true"><mrow>{MathWriter().write(expr)}</mrow></math>'
