"""Explanations as Markdown, with formulas in TeX between dollar signs."""

from __future__ import annotations

import re

from pellucid.inspect.explain.latex import LatexWriter
from pellucid.inspect.explain.worked import Grid, Worked


def to_markdown(worked: Worked) -> str:
    """An explanation as Markdown."""
    return "\n\n".join(_parts(worked, 0)) + "\n"


def _parts(worked: Worked, depth: int) -> list[str]:
    parts = []
    if worked.title:
        title = escaped(worked.title)
        parts.append(f"{'#' * (depth + 1)} {title}" if depth < 3 else f"**{title}**")
    parts += [_grid(grid) for grid in worked.grids]
    if worked.result:
        parts += _calculation(worked)
    parts += [escaped(note) for note in worked.notes]
    for child in worked.children:
        parts += _parts(child, depth + 1)
    return parts


def escaped(text: str) -> str:
    """Text with the signs that Markdown reads otherwise."""
    return re.sub(r"([\\`*_{}\[\]<>|$#~])", r"\\\1", text)


def _calculation(worked: Worked) -> list[str]:
    writer = LatexWriter()
    symbol = writer.write(worked.symbol) if worked.symbol is not None else ""
    sides = [] if worked.formula is None else [writer.write(worked.formula)]
    if worked.numbers is not None:
        sides.append(writer.write(worked.numbers))
    lines = [side for place, side in enumerate(sides) if side not in sides[:place]]
    result = writer.number(worked.result)
    if worked.terms:
        return [*([f"$$\n{symbol} = {lines[0]}\n$$"] if lines else []), _table(worked, writer)]
    if not lines or lines[-1] != result:
        lines.append(result)
    made = [f"{symbol if n == 0 else ''} &= {line}" for n, line in enumerate(lines)]
    return ["$$\n\\begin{aligned}\n" + " \\\\\n".join(made) + "\n\\end{aligned}\n$$"]


def _table(worked: Worked, writer: LatexWriter) -> str:
    rows = ["| term | | |", "| :-- | --: | --: |"]
    for term in worked.terms:
        label = term.label
        name = escaped(label) if isinstance(label, str) else f"${_cell(writer.write(label))}$"
        how = "" if term.numbers is None else f"${_cell(writer.write(term.numbers))} =$"
        rows.append(f"| {name} | {how} | ${writer.number(term.text)}$ |")
    symbol = "sum" if worked.symbol is None else f"${_cell(writer.write(worked.symbol))}$"
    rows.append(f"| **{symbol}** | | **${writer.number(worked.result)}$** |")
    return "\n".join(rows)


def _cell(tex: str) -> str:
    """A formula within a cell, where a bar would end it."""
    return tex.replace(r"\left|", r"\left\vert ").replace(r"\right|", r"\right\vert ")


def _grid(grid: Grid) -> str:
    width = max((len(row) for row in grid.rows), default=1)
    lines = ["|" + " |" * width, "|" + " --: |" * width]
    lines += ["| " + " | ".join(row) + " |" for row in grid.rows]
    return f"{escaped(grid.title)}:\n\n" + "\n".join(lines)
