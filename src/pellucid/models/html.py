"""Small tables for notebooks, in the page's own colours: readable in light and in dark."""

from __future__ import annotations

import html
from collections.abc import Sequence

STYLE = "border-collapse:collapse;font-variant-numeric:tabular-nums"
CELL = "padding:0.2em 0.8em;border-bottom:1px solid rgba(128,128,128,0.35);text-align:"


def table(
    head: Sequence[str], rows: Sequence[Sequence[str]], *, left: int = 0, caption: str = "",
    foot: Sequence[str] = (),
) -> str:  # fmt: skip
    """A table of plain texts, which are escaped here; the first ``left`` columns are set left."""
    parts = [f'<table style="{STYLE}">']
    if caption:
        lines = "<br>".join(html.escape(line) for line in caption.split("\n"))
        parts.append(f'<caption style="text-align:left;padding:0.4em 0.8em">{lines}</caption>')
    parts.append(f"<thead>{_row('th', head, left)}</thead><tbody>")
    parts += [_row("td", row, left) for row in rows]
    parts.append("</tbody>")
    if foot:
        parts.append(f"<tfoot>{_row('th', foot, left)}</tfoot>")
    return "".join([*parts, "</table>"])


def _row(tag: str, cells: Sequence[str], left: int) -> str:
    scope = ' scope="col"' if tag == "th" else ""
    inside = "".join(
        f'<{tag}{scope} style="{CELL}{"left" if place < left else "right"};white-space:pre">'
        f"{html.escape(cell)}</{tag}>"
        for place, cell in enumerate(cells)
    )
    return f"<tr>{inside}</tr>"
