"""Explanations as LaTeX: formulas, fractions and derivatives as they are printed in books."""

from __future__ import annotations

from pellucid.inspect.explain.expression import Expr, Symbol
from pellucid.inspect.explain.worked import Grid, Worked
from pellucid.inspect.explain.writing import Writer

NAMES = {"ln": r"\ln", "tanh": r"\tanh", "max": r"\max", "min": r"\min",
         "erf": r"\operatorname{erf}", "sign": r"\operatorname{sign}"}  # fmt: skip
SPECIAL = {
    "\\": r"\textbackslash{}", "_": r"\_", "%": r"\%", "&": r"\&", "#": r"\#", "$": r"\$",
    "{": r"\{", "}": r"\}", "~": r"\textasciitilde{}", "^": r"\textasciicircum{}",
    "<": r"\textless{}", ">": r"\textgreater{}", "|": r"\textbar{}",
}  # fmt: skip
HEAD = r"""\documentclass{article}
\usepackage[T1]{fontenc}
\usepackage[utf8]{inputenc}
\usepackage{amsmath}
\usepackage[a4paper,margin=2cm]{geometry}
\setlength{\parindent}{0pt}
\setlength{\parskip}{4pt}
\allowdisplaybreaks
\begin{document}
"""
LEVELS = ("section*", "subsection*", "subsubsection*", "paragraph*")


class LatexWriter(Writer):
    """Expressions in TeX's mathematics."""

    fractions = True

    def symbol(self, symbol: Symbol) -> str:
        """A letter with its index; what it belongs to stands above."""
        name, primes = symbol.name.rstrip("'"), "'" * symbol.name.count("'")
        if name.endswith("_hat"):
            written = rf"\hat{{{name.removesuffix('_hat')}}}"
        elif len(name) > 1:
            written = rf"\mathrm{{{escaped(name)}}}"
        else:
            written = name
        written += primes
        if symbol.sub:
            written += f"_{{{escaped(symbol.sub)}}}"
        if symbol.of:
            base = f"{{{written}}}" if primes else written
            written = rf"{base}^{{(\text{{{escaped(symbol.of)}}})}}"
        return written

    def slope(self, top: str, bottom: str) -> str:
        """A fraction of partial derivatives."""
        return rf"\frac{{\partial {top}}}{{\partial {bottom}}}"

    def number(self, text: str) -> str:
        """Powers of ten written out."""
        digits, e, exponent = text.partition("e")
        if text in ("inf", "-inf"):
            return text.replace("inf", r"\infty")
        if text == "nan":
            return r"\mathrm{NaN}"
        return rf"{digits} \cdot 10^{{{exponent}}}" if e else digits

    def words(self, text: str) -> str:
        """Upright."""
        return rf"\text{{{escaped(text)}}}"

    def minus(self) -> str:
        """The sign."""
        return "-"

    def plus_or_minus(self, minus: bool) -> str:
        """The sign between blanks."""
        return " - " if minus else " + "

    def product(self, factors: list[str]) -> str:
        """With dots."""
        return r" \cdot ".join(factors)

    def quotient(self, top: str, bottom: str) -> str:
        """A fraction."""
        return rf"\frac{{{top}}}{{{bottom}}}"

    def power(self, base: str, exponent: Expr) -> str:
        """Raised."""
        return f"{{{base}}}^{{{self.write(exponent)}}}"

    def function(self, name: str, inside: tuple[Expr, ...]) -> str:
        """By its name; roots, sizes and powers of e in signs of their own."""
        written = ", ".join(map(self.write, inside))
        if name == "exp":
            return f"e^{{{written}}}"
        if name == "sqrt":
            return rf"\sqrt{{{written}}}"
        if name == "abs":
            return rf"\left|{written}\right|"
        return NAMES[name] + self.brackets(written)

    def series(self, kind: str, index: str, inside: str) -> str:
        """A sum sign; another kind in words."""
        sign = r"\sum" if kind == "sum" else rf"\operatorname*{{{kind}}}"
        below = index if len(index) == 1 else rf"\text{{{escaped(index)}}}"
        return rf"{sign}_{{{below}}} {inside}"

    def brackets(self, inside: str) -> str:
        """Round ones that grow."""
        return rf"\left({inside}\right)"


def escaped(text: str) -> str:
    """Text with the signs that TeX reads otherwise."""
    return "".join(SPECIAL.get(sign, sign) for sign in text)


def to_latex(worked: Worked) -> str:
    """An explanation as a whole document."""
    return HEAD + "\n".join(_parts(worked, 0)) + "\n\\end{document}\n"


def _parts(worked: Worked, depth: int) -> list[str]:
    parts = []
    if worked.title:
        parts.append(rf"\{LEVELS[min(depth, 3)]}{{{escaped(worked.title)}}}")
        if depth >= 3:
            parts.append(r"\mbox{}\par")
    parts += [_grid(grid) for grid in worked.grids]
    if worked.result:
        parts.append(display(worked))
    parts += [escaped(note) + r"\par" for note in worked.notes]
    for child in worked.children:
        parts += _parts(child, depth + 1)
    return parts


def display(worked: Worked, star: str = "align*") -> str:
    """The lines of a calculation, aligned at the equals sign."""
    writer = LatexWriter()
    symbol = writer.write(worked.symbol) if worked.symbol is not None else ""
    sides = [] if worked.formula is None else [writer.write(worked.formula)]
    if worked.numbers is not None:
        sides.append(writer.write(worked.numbers))
    lines = [side for place, side in enumerate(sides) if side not in sides[:place]]
    result = writer.number(worked.result)
    if worked.terms:
        return _column(worked, writer, symbol, lines, result, star)
    if not lines or lines[-1] != result:
        lines.append(result)
    made = [f"{symbol if n == 0 else ''} &= {line}" for n, line in enumerate(lines)]
    return f"\\begin{{{star}}}\n" + " \\\\\n".join(made) + f"\n\\end{{{star}}}"


def _column(
    worked: Worked, writer: LatexWriter, symbol: str, lines: list[str], result: str, star: str
) -> str:
    rows = []
    for term in worked.terms:
        label = term.label
        name = rf"\text{{{escaped(label)}}}" if isinstance(label, str) else writer.write(label)
        how = "" if term.numbers is None else f"{writer.write(term.numbers)} ="
        rows.append(f"{name} & {how} & {writer.number(term.text)}")
    rows.append(rf"\hline {symbol} & = & {result}")
    head = f"{symbol} &= {lines[0]}\n" if lines else ""
    table = "\\begin{array}{lrr}\n" + " \\\\\n".join(rows) + "\n\\end{array}"
    first = f"\\begin{{{star}}}\n{head}\\end{{{star}}}\n" if head else ""
    inside = f"\\begin{{{star}}}\n& {table}\n\\end{{{star}}}"
    return first + inside


def _grid(grid: Grid) -> str:
    writer = LatexWriter()
    columns = "r" * max((len(row) for row in grid.rows), default=1)
    rows = " \\\\\n".join(" & ".join(map(writer.number, row)) for row in grid.rows)
    table = f"\\begin{{array}}{{{columns}}}\n{rows}\n\\end{{array}}"
    return f"{escaped(grid.title)}:\\par\n\\begin{{align*}}\n& {table}\n\\end{{align*}}"
