"""Explanations as a page: headings, formulas, sums as columns; in light and in dark."""

from __future__ import annotations

import html
from importlib import resources

from pellucid.inspect.explain.mathml import MathWriter, formula
from pellucid.inspect.explain.worked import Grid, Worked


def escape(text: str) -> str:
    """Text within an element."""
    return html.escape(text, quote=False)


SCOPE = "pellucid-explanation"


def to_html(worked: Worked, *, page: bool = True) -> str:
    """An explanation as a whole page, or as a part of one with its own style."""
    style = resources.files(__package__).joinpath("page.css").read_text(encoding="utf-8")
    inside = f'<article class="{SCOPE}">{_part(worked, 1)}</article>'
    if not page:
        return f"<style>{style}</style>{inside}"
    return (
        '<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{escape(worked.title)}</title><style>{style}</style></head>"
        f'<body class="{SCOPE}-page">{inside}</body></html>\n'
    )


def body(worked: Worked) -> str:
    """One calculation without its title and what is below it: grids, formulas, notes."""
    parts = []
    if worked.grids:
        parts.append(f'<div class="grids">{"".join(map(_grid, worked.grids))}</div>')
    if worked.result:
        parts.append(_calculation(worked))
    parts += [f"<p>{escape(note)}</p>" for note in worked.notes]
    return "".join(parts)


def _part(worked: Worked, level: int) -> str:
    tag = f"h{min(level, 5)}"
    parts = [f"<{tag}>{escape(worked.title)}</{tag}>"] if worked.title else []
    parts.append(body(worked))
    inside = "".join(_part(child, level + 1) for child in worked.children)
    if level == 2:
        return f"<section>{''.join(parts)}{inside}</section>"
    return "".join(parts) + (
        f'<div class="below">{inside}</div>' if level > 2 and inside else inside
    )


def _calculation(worked: Worked) -> str:
    writer = MathWriter()
    symbol = "" if worked.symbol is None else formula(worked.symbol)
    sides = [] if worked.formula is None else [formula(worked.formula)]
    if worked.numbers is not None:
        sides.append(formula(worked.numbers))
    lines = [side for place, side in enumerate(sides) if side not in sides[:place]]
    result = f"<math><mrow>{writer.number(worked.result)}</mrow></math>"
    if worked.terms:
        head = _lines(symbol, lines, "") if lines else ""
        return head + _column(worked, symbol, result, writer)
    return _lines(symbol, lines, result)


def _lines(symbol: str, lines: list[str], result: str) -> str:
    rows = []
    shown = [(line, "") for line in lines]
    if result and (not lines or lines[-1] != result):
        shown.append((result, ' class="result"'))
    for place, (line, kind) in enumerate(shown):
        first = symbol if place == 0 else ""
        rows.append(f"<tr{kind}><th scope='row'>{first}</th><td>=</td><td>{line}</td></tr>")
    return f'<div class="scroll"><table class="lines"><tbody>{"".join(rows)}</tbody></table></div>'


def _column(worked: Worked, symbol: str, result: str, writer: MathWriter) -> str:
    rows = []
    for term in worked.terms:
        label = term.label
        name = escape(label) if isinstance(label, str) else formula(label)
        how = "" if term.numbers is None else formula(term.numbers)
        value = f"<math><mrow>{writer.number(term.text)}</mrow></math>"
        equals = "=" if how else ""
        rows.append(
            f"<tr><td>{name}</td><td class='n'>{how}</td><td>{equals}</td>"
            f"<td class='n'>{value}</td></tr>"
        )
    rows.append(
        f"<tr class='result'><td>{symbol}</td><td></td><td>=</td><td class='n'>{result}</td></tr>"
    )
    return f'<div class="scroll"><table class="sum"><tbody>{"".join(rows)}</tbody></table></div>'


def _grid(grid: Grid) -> str:
    rows = "".join(
        "<tr>" + "".join(f"<td>{escape(cell)}</td>" for cell in row) + "</tr>" for row in grid.rows
    )
    caption = f"<caption>{escape(grid.title)}</caption>"
    return f'<div class="scroll"><table class="grid">{caption}<tbody>{rows}</tbody></table></div>'
