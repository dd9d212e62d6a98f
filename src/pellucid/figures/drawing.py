"""A drawing as plain data: lines, dots, tiles and texts at places in pixels.

So a diagram is laid out once, and drawn twice: by Plotly, where one can point at a line and read
its number, and as SVG, which takes a few kilobytes and no program (``drawing_svg.py``).
"""

from __future__ import annotations

import base64
import io
from collections import defaultdict
from collections.abc import Sequence
from typing import Any, Literal

import numpy as np

from pellucid.dataclass import dataclass
from pellucid.figures.theme import Theme, dressed, ink_on, mixed, signed, theme

Stroke = Literal["positive", "negative", "link"]
Anchor = Literal["start", "middle", "end"]
WIDEST, BINS = 3.6, 6
TITLE, FOOT = 84, 44
SHARP = 128
LEGEND = {"positive": "weight above 0", "negative": "weight below 0"}


@dataclass(frozen=True)
class Line:
    """A line between two places.

    Attributes:
        stroke: "positive" and "negative" for a weight's sign, "link" for what is no weight.
        size: from 0 to 1: how wide it is drawn.
        note: what it is, in words.
    """

    x1: float
    y1: float
    x2: float
    y2: float
    stroke: Stroke = "link"
    size: float = 0.0
    note: str = ""


@dataclass(frozen=True)
class Dot:
    """A unit.

    Attributes:
        value: from -1 to 1: how its disc is filled; None for an empty one.
        text: what stands in it.
    """

    x: float
    y: float
    radius: float
    value: float | None = None
    text: str = ""
    note: str = ""


@dataclass(frozen=True)
class Tile:
    """A channel of a picture.

    Attributes:
        x, y: its left upper corner.
        pixels: height x width, from -1 to 1; None for an empty one.
    """

    x: float
    y: float
    width: float
    height: float
    pixels: Any = None
    note: str = ""


@dataclass(frozen=True)
class Text:
    """Words at a place: the left end, the middle or the right end of their line."""

    x: float
    y: float
    content: str
    anchor: Anchor = "start"
    size: int = 12
    strong: bool = False
    faint: bool = False


@dataclass(frozen=True)
class Drawing:
    """What is drawn, on a sheet of so many pixels; later ones lie upon earlier ones."""

    title: str
    width: int
    height: int
    lines: Sequence[Line] = ()
    tiles: Sequence[Tile] = ()
    dots: Sequence[Dot] = ()
    texts: Sequence[Text] = ()


def stroke_width(size: float) -> float:
    """How wide a line of a size from 0 to 1 is, in pixels; one of a few widths."""
    step = min(BINS - 1, int(size * BINS))
    return round(0.5 + (WIDEST - 0.5) * step / (BINS - 1), 2)


def stroke_colour(colours: Theme, line: Line) -> str:
    """The colour of a line: of its sign, paler where it is thin."""
    if line.stroke == "link":
        return mixed(colours.paper, colours.ink, 0.3)
    strong = colours.signs[2 if line.stroke == "positive" else 0]
    return mixed(colours.paper, strong, 0.35 + 0.65 * stroke_width(line.size) / WIDEST)


def dot_colours(colours: Theme, dot: Dot) -> tuple[str, str]:
    """The colour of a dot's disc, and of the text in it."""
    fill = colours.paper if dot.value is None else signed(colours, dot.value)
    return fill, ink_on(fill)


def picture_uri(colours: Theme, pixels: Any) -> str:
    """A tile's pixels as a PNG within an address."""
    from PIL import Image

    values = np.clip(np.asarray(pixels, float), -1.0, 1.0)
    low, middle, high = (
        np.array([int(c[k : k + 2], 16) for k in (1, 3, 5)]) for c in colours.signs
    )
    ends = np.where(values[..., None] > 0, high, low)
    mix = middle + (ends - middle) * np.abs(values)[..., None]
    image = Image.fromarray(np.rint(mix).astype(np.uint8))
    times = max(1, SHARP // max(image.size))  # larger, so that nobody blurs the pixels
    buffer = io.BytesIO()
    image.resize((times * image.width, times * image.height), Image.Resampling.NEAREST).save(
        buffer, "PNG", optimize=True
    )
    return "data:image/png;base64," + base64.b64encode(buffer.getvalue()).decode()


def to_plotly(drawing: Drawing, template: str = "light") -> Any:
    """The drawing as a ``plotly.graph_objects.Figure``; the notes appear where one points.

    Raises: ``UnknownNameError`` for an unknown template.
    """
    import plotly.graph_objects as go

    colours = theme(template)
    figure = go.Figure()
    _add_lines(figure, drawing.lines, colours)
    for tile in drawing.tiles:
        _add_tile(figure, tile, colours)
    _add_dots(figure, drawing, colours)
    _add_texts(figure, drawing.texts, colours)
    dressed(figure, colours, drawing.title, drawing.height + TITLE + FOOT)
    figure.update_layout(
        width=drawing.width, margin={"l": 0, "r": 0, "t": TITLE, "b": FOOT}, hovermode="closest",
        legend={"orientation": "h", "x": 0, "xanchor": "left", "y": 0, "yanchor": "top"},
    )  # fmt: skip
    figure.update_layout(
        title={"y": 1 - 34 / (drawing.height + TITLE + FOOT), "yanchor": "top",
               "font": {"size": 15 if drawing.width < 600 else 18}}
    )  # fmt: skip
    hidden = {"visible": False, "fixedrange": True}
    figure.update_xaxes(range=[0, drawing.width], **hidden)
    return figure.update_yaxes(range=[drawing.height, 0], **hidden)


def _add_lines(figure: Any, lines: Sequence[Line], colours: Theme) -> None:
    """A trace for each colour and width; and one of unseen points that carry the notes."""
    groups: dict[tuple[str, str, float], list[Line]] = defaultdict(list)
    for line in lines:
        groups[line.stroke, stroke_colour(colours, line), stroke_width(line.size)].append(line)
    for (_, colour, width), own in sorted(groups.items(), key=lambda item: item[0][2]):
        figure.add_scatter(
            x=[x for line in own for x in (line.x1, line.x2, None)],
            y=[y for line in own for y in (line.y1, line.y2, None)],
            mode="lines", line={"color": colour, "width": width}, hoverinfo="skip",
            showlegend=False,
        )  # fmt: skip
    for stroke, name in LEGEND.items():
        if any(line.stroke == stroke for line in lines):
            colour = stroke_colour(colours, Line(0, 0, 0, 0, stroke, 1.0))  # type: ignore[arg-type]
            figure.add_scatter(
                x=[None], y=[None], mode="lines", name=name, line={"color": colour, "width": 3}
            )
    noted = [line for line in lines if line.note]
    at = [0.35 + 0.3 * (place * 7 % 11) / 10 for place in range(len(noted))]
    _add_notes(
        figure,
        [line.x1 + (line.x2 - line.x1) * t for line, t in zip(noted, at, strict=True)],
        [line.y1 + (line.y2 - line.y1) * t for line, t in zip(noted, at, strict=True)],
        [line.note for line in noted],
    )


def _add_notes(figure: Any, x: list[float], y: list[float], notes: list[str]) -> None:
    if notes:
        figure.add_scatter(
            x=x, y=y, text=notes, mode="markers", marker={"size": 9, "opacity": 0},
            hovertemplate="%{text}<extra></extra>", showlegend=False,
        )  # fmt: skip


def _add_tile(figure: Any, tile: Tile, colours: Theme) -> None:
    frame = mixed(colours.paper, colours.ink, 0.5)
    place = {"x0": tile.x, "y0": tile.y, "x1": tile.x + tile.width, "y1": tile.y + tile.height}
    figure.add_shape(
        type="rect", **place, line={"color": frame, "width": 1}, fillcolor=colours.signs[1],
        layer="below",
    )  # fmt: skip
    if tile.pixels is not None:
        figure.add_layout_image(
            source=picture_uri(colours, tile.pixels), xref="x", yref="y", x=tile.x, y=tile.y,
            sizex=tile.width, sizey=tile.height, sizing="stretch", layer="above",
        )  # fmt: skip
    if tile.note:
        middle = tile.x + tile.width / 2, tile.y + tile.height / 2
        _add_notes(figure, [middle[0]], [middle[1]], [tile.note])


def _add_dots(figure: Any, drawing: Drawing, colours: Theme) -> None:
    if not drawing.dots:
        return
    fills, inks = zip(*(dot_colours(colours, dot) for dot in drawing.dots), strict=True)
    figure.add_scatter(
        x=[dot.x for dot in drawing.dots], y=[dot.y for dot in drawing.dots],
        mode="markers+text", text=[dot.text for dot in drawing.dots],
        textposition="middle center", textfont={"size": 10, "color": list(inks)},
        customdata=[dot.note for dot in drawing.dots],
        hovertemplate="%{customdata}<extra></extra>", showlegend=False,
        marker={
            "size": [2 * dot.radius for dot in drawing.dots], "color": list(fills), "opacity": 1,
            "line": {"color": colours.ink, "width": 1},
        },
    )  # fmt: skip


def _add_texts(figure: Any, texts: Sequence[Text], colours: Theme) -> None:
    anchors = {"start": "left", "middle": "center", "end": "right"}
    for text in texts:
        colour = mixed(colours.paper, colours.ink, 0.72) if text.faint else colours.ink
        content = f"<b>{text.content}</b>" if text.strong else text.content
        figure.add_annotation(
            x=text.x, y=text.y, text=content, showarrow=False, xanchor=anchors[text.anchor],
            yanchor="middle", font={"size": text.size, "color": colour}, borderpad=0,
            bgcolor=colours.paper,
        )  # fmt: skip
