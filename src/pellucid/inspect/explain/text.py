"""Explanations as plain text, for a terminal."""

from __future__ import annotations

from textwrap import wrap

from pellucid.inspect.explain.expression import Expr, Symbol, precedence
from pellucid.inspect.explain.worked import Grid, Term, Worked
from pellucid.inspect.explain.writing import Writer

WIDTH = 88


class TextWriter(Writer):
    """Expressions as one types them."""

    def symbol(self, symbol: Symbol) -> str:
        """``w_0[dense_1]``."""
        sub = f"_{symbol.sub}" if symbol.sub else ""
        return f"{symbol.name}{sub}" + (f"[{symbol.of}]" if symbol.of else "")

    def slope(self, top: str, bottom: str) -> str:
        """``dJ/dw_0``."""
        return f"d{top}/d{bottom}"

    def number(self, text: str) -> str:
        """As it is."""
        return text

    def words(self, text: str) -> str:
        """As they are."""
        return text

    def minus(self) -> str:
        """The sign."""
        return "-"

    def plus_or_minus(self, minus: bool) -> str:
        """The sign between blanks."""
        return " - " if minus else " + "

    def product(self, factors: list[str]) -> str:
        """With a star."""
        return " * ".join(factors)

    def quotient(self, top: str, bottom: str) -> str:
        """With a slash."""
        return f"{top} / {bottom}"

    def power(self, base: str, exponent: Expr) -> str:
        """With a hat."""
        written = self.write(exponent)
        return f"{base}^{written if precedence(exponent) == 5 else self.brackets(written)}"

    def function(self, name: str, inside: tuple[Expr, ...]) -> str:
        """``ln(x)``; the exponential as a power of e."""
        written = ", ".join(map(self.write, inside))
        if name == "exp":
            return "e^" + (written if precedence(inside[0]) == 5 else self.brackets(written))
        return f"{name}({written})"

    def series(self, kind: str, index: str, inside: str) -> str:
        """In words."""
        return f"{kind} over {index} of {inside}"

    def brackets(self, inside: str) -> str:
        """Round ones."""
        return f"({inside})"


def written(expr: Expr) -> str:
    """An expression as text."""
    return TextWriter().write(expr)


def to_text(worked: Worked) -> str:
    """An explanation as text."""
    return "\n".join(_lines(worked, 0)).rstrip() + "\n"


def _lines(worked: Worked, depth: int) -> list[str]:
    indent = "  " * max(0, depth - 1)
    lines = _title(worked.title, depth, indent)
    inner = indent + ("  " if depth > 1 else "")
    for grid in worked.grids:
        lines += _grid(grid, inner)
    lines += equation(worked, inner)
    for note in worked.notes:
        lines += wrap(note, WIDTH, initial_indent=inner, subsequent_indent=inner)
    if depth < 2 or worked.notes or worked.grids:
        lines.append("")
    for child in worked.children:
        lines += _lines(child, depth + 1)
    if lines[-1] and (depth < 2 or worked.children or (depth == 2 and worked.title)):
        lines.append("")
    return lines


def _title(title: str, depth: int, indent: str) -> list[str]:
    if not title:
        return []
    if depth < 2:
        return [title, ("=" if depth == 0 else "-") * len(title)]
    return [indent + title]


def equation(worked: Worked, indent: str) -> list[str]:
    """The lines of a calculation."""
    if not worked.result:
        return []
    symbol = written(worked.symbol) if worked.symbol is not None else ""
    sides: list[str] = []
    if worked.formula is not None:
        sides.append(written(worked.formula))
    if worked.terms:
        head = [indent + f"{symbol} = {sides[0]}"] if sides else []
        pad = " " * len(symbol)
        return [
            *head,
            *_column(worked.terms, indent + pad + "   "),
            f"{indent}{pad} = {worked.result}",
        ]
    if worked.numbers is not None:
        sides.append(written(worked.numbers))
    shown = [side for place, side in enumerate(sides) if side not in sides[:place]]
    if not shown or shown[-1] != worked.result:
        shown.append(worked.result)
    pad = " " * len(symbol)
    return [f"{indent}{symbol if n == 0 else pad} = {side}" for n, side in enumerate(shown)]


def _column(terms: tuple[Term, ...], indent: str) -> list[str]:
    rows = []
    for term in terms:
        label = term.label if isinstance(term.label, str) else written(term.label)
        rows.append((label, "" if term.numbers is None else written(term.numbers), term.text))
    first = max((len(row[0]) for row in rows if row[1]), default=0)
    second = max(len(row[1]) for row in rows)
    lefts = [f"{a:<{first}}   {b:<{second}}" if b else a for a, b, _ in rows]
    width = max(map(len, lefts))
    third = max(len(row[2].partition("e")[0].lstrip("-").partition(".")[0]) for row in rows) + 1
    lines = []
    for left, (_, numbers, text) in zip(lefts, rows, strict=True):
        before = len(text.partition("e")[0].partition(".")[0])
        value = " " * max(0, third - before) + text
        sign = " = " if numbers else "   "
        lines.append(f"{indent}{left:<{width}}{sign}{value}".rstrip())
    return lines


def _grid(grid: Grid, indent: str) -> list[str]:
    width = max((len(cell) for row in grid.rows for cell in row), default=0)
    lines = [f"{indent}{grid.title}"]
    return lines + [indent + "  " + "  ".join(f"{c:>{width}}" for c in row) for row in grid.rows]
