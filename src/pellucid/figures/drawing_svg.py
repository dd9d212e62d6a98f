"""A drawing as SVG with its own colours: for a notebook, a page or a document."""

from __future__ import annotations

from html import escape

from pellucid.figures.drawing import (
    Dot,
    Drawing,
    Line,
    Text,
    Tile,
    dot_colours,
    picture_uri,
    stroke_colour,
    stroke_width,
)
from pellucid.figures.theme import Theme, mixed, theme


def drawing_svg(drawing: Drawing, template: str = "light") -> str:
    """Draw it as SVG; the notes are the titles of what they stand for, and all text is escaped.

    Raises: ``UnknownNameError`` for an unknown template.
    """
    colours = theme(template)
    parts = [
        f'<svg viewBox="0 0 {drawing.width} {drawing.height}" width="{drawing.width}" role="img" '
        f'style="max-width:100%;height:auto" aria-label="{escape(drawing.title)}" '
        'font-family="system-ui,sans-serif" xmlns="http://www.w3.org/2000/svg">',
        f'<rect width="100%" height="100%" fill="{colours.paper}"/>',
    ]
    lines = sorted(drawing.lines, key=lambda line: line.size)
    parts += [_line(line, colours) for line in lines]
    parts += [_tile(tile, colours) for tile in drawing.tiles]
    parts += [_dot(dot, colours) for dot in drawing.dots]
    parts += [_text(text, colours) for text in drawing.texts]
    return "".join([*parts, "</svg>"])


def _line(line: Line, colours: Theme) -> str:
    return (
        f'<line x1="{line.x1:.1f}" y1="{line.y1:.1f}" x2="{line.x2:.1f}" y2="{line.y2:.1f}" '
        f'stroke="{stroke_colour(colours, line)}" stroke-width="{stroke_width(line.size)}">'
        f"{_title(line.note)}</line>"
    )


def _title(note: str) -> str:
    return f"<title>{escape(note)}</title>" if note else ""


def _tile(tile: Tile, colours: Theme) -> str:
    box = f'x="{tile.x:.1f}" y="{tile.y:.1f}" width="{tile.width:.1f}" height="{tile.height:.1f}"'
    frame = mixed(colours.paper, colours.ink, 0.5)
    found = f'<rect {box} fill="{colours.signs[1]}" stroke="{frame}">{_title(tile.note)}</rect>'
    if tile.pixels is None:
        return found
    return found + (
        f'<image {box} preserveAspectRatio="none" style="image-rendering:pixelated" '
        f'href="{picture_uri(colours, tile.pixels)}">{_title(tile.note)}</image>'
    )


def _dot(dot: Dot, colours: Theme) -> str:
    fill, ink = dot_colours(colours, dot)
    found = (
        f'<circle cx="{dot.x:.1f}" cy="{dot.y:.1f}" r="{dot.radius:.1f}" fill="{fill}" '
        f'stroke="{colours.ink}">{_title(dot.note)}</circle>'
    )
    if not dot.text:
        return found
    return found + (
        f'<text x="{dot.x:.1f}" y="{dot.y + 3.5:.1f}" text-anchor="middle" font-size="10" '
        f'fill="{ink}">{escape(dot.text)}</text>'
    )


def _text(text: Text, colours: Theme) -> str:
    colour = mixed(colours.paper, colours.ink, 0.72) if text.faint else colours.ink
    weight = ' font-weight="bold"' if text.strong else ""
    return (
        f'<text x="{text.x:.1f}" y="{text.y + 0.35 * text.size:.1f}" font-size="{text.size}" '
        f'text-anchor="{text.anchor}" fill="{colour}" stroke="{colours.paper}" stroke-width="4" '
        f'paint-order="stroke"{weight}>{escape(text.content)}</text>'
    )
