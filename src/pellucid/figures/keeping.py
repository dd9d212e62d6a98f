"""A figure as a file's content, and as what a notebook keeps."""

from __future__ import annotations

import json
from collections.abc import Sequence
from html import escape
from typing import Any

from pellucid.errors import FileError, PackageError, missing_package, unknown_name
from pellucid.figures.chart import Chart
from pellucid.figures.svg import svg
from pellucid.figures.theme import Theme, theme

FORMS = ("html", "json", "png", "svg", "pdf")
VIEWPORT = '<meta name="viewport" content="width=device-width, initial-scale=1">'
"""So that a telephone shows the page at its own width."""
PLOTLY = "application/vnd.plotly.v1+json"
"""The kind of a notebook's output that holds a figure without the program that draws it."""


def figure_bytes(
    figure: Any, form: str, width: int | None = None, height: int | None = None
) -> bytes:
    """A Plotly figure as the content of a file.

    Parameters:
        form: "html" (with the program that draws it: 4.8 MB, and nothing else is needed), "json",
            or a picture: "png" (at twice its size), "svg", "pdf".
        width, height: of a picture, in pixels; by default the figure's own.
    Raises: ``UnknownNameError`` for another form; ``PackageError`` for a picture without kaleido,
        or without the browser that it draws with.
    """
    if form not in FORMS:
        raise unknown_name("form of a figure", form, FORMS)
    if form == "json":
        return str(figure.to_json()).encode()
    if form == "html":
        page = str(figure.to_html(include_plotlyjs=True, full_html=True))
        return page.replace("<head>", f"<head>{VIEWPORT}", 1).encode()
    try:
        import kaleido  # noqa: F401
    except ImportError:
        raise missing_package(f"A figure as {form.upper()}", "kaleido", "figures") from None
    try:
        made: bytes = figure.to_image(
            format=form, width=width, height=height, scale=2 if form == "png" else 1
        )
    except (RuntimeError, ValueError, OSError) as error:
        first = (str(error).strip().splitlines() or [type(error).__name__])[0]
        raise PackageError(
            f"Kaleido could not draw the figure: {first:.200} It draws with Chrome or Chromium, "
            "which must be installed. Without it, write HTML or JSON."
        ) from None
    return made


def ending_of(path: str) -> str:
    """The form that a file's name asks for.

    Raises: ``FileError`` for an ending that is none of the forms.

    Example:
        >>> ending_of("net.SVG")
        'svg'
    """
    form = path.rpartition(".")[2].lower() if "." in path else ""
    if form not in FORMS:
        raise FileError(
            f"{path} does not say what to write. Give it one of the endings "
            f"{', '.join('.' + known for known in FORMS)}."
        )
    return form


def notebook_bundle(figure: Any, text: str, html: str) -> dict[str, Any]:
    """What a notebook keeps of a figure: its data, and text and HTML for where it is not drawn."""
    plain = {"data": [], "layout": {}} | json.loads(figure.to_json())
    return {PLOTLY: plain, "text/html": html, "text/plain": text}


def charts_html(charts: Sequence[Chart], template: str = "light") -> str:
    """Charts side by side as SVG, with the colours that SVG does not have of its own."""
    colours = theme(template)
    parts = [
        f'<figure style="margin:0;flex:1 1 300px;max-width:460px"><figcaption>{escape(c.title)}'
        f"</figcaption>{svg(c)}</figure>"
        for c in charts
    ]
    return (
        f'<div class="pellucid-charts" style="display:flex;flex-wrap:wrap;gap:12px;'
        f'background:{colours.paper};color:{colours.ink};padding:8px">'
        f"<style>{_style(colours)}</style>{''.join(parts)}</div>"
    )


def _style(colours: Theme) -> str:
    own = ".pellucid-charts "
    rules = {
        ".grid": f"stroke:{colours.grid}",
        ".guide": f"stroke:{colours.ink};stroke-dasharray:2 4",
        ".tick,.label": "",
        "text": f"fill:{colours.ink};font:12px system-ui,sans-serif",
        ".line": "fill:none;stroke-width:2.5",
        ".dashed": "stroke-dasharray:7 5",
    }
    for role in ("training", "validation", "mark", "ink"):
        rules[f".line.{role}"] = f"stroke:{getattr(colours, role)}"
        rules[f".point.{role},{own}.bar.{role}"] = f"fill:{getattr(colours, role)}"
    return "".join(f"{own}{name}{{{rule}}}" for name, rule in rules.items() if rule)
