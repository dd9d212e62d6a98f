"""A chart as plain data: drawn by Plotly in a notebook, and as SVG in a report.

So each figure is defined once. SVG takes a few kilobytes and no program, where Plotly's alone takes
more than four megabytes in every report.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, Literal

from pellucid.dataclass import dataclass
from pellucid.figures.theme import DASHES, dressed, theme

Role = Literal["training", "validation", "mark", "ink"]


@dataclass(frozen=True)
class Axis:
    """One axis: what it is called, and from where to where.

    Attributes:
        percent: whether its numbers are shares, shown in percent.
        whole: whether only whole numbers have a meaning.
    """

    label: str
    low: float
    high: float
    percent: bool = False
    whole: bool = False


@dataclass(frozen=True)
class Series:
    """Numbers that belong together.

    Attributes:
        name: as the legend says it.
        draw: "line" through the points, "points", or "bars" from the axis up, side by side.
        role: the colour, by its role in ``theme.py``.
        dash: whether a line is dashed.
        notes: what each point is, in words.
        sizes: the diameter of each point, in pixels.
        faint: whether points are half transparent, where many lie upon one another.
        low, high: the ends of a whisker through each point; none for no whiskers.
    """

    name: str
    x: Sequence[float]
    y: Sequence[float]
    draw: Literal["line", "points", "bars"]
    role: Role = "training"
    dash: bool = False
    notes: Sequence[str] = ()
    sizes: Sequence[float] = ()
    faint: bool = False
    low: Sequence[float] = ()
    high: Sequence[float] = ()


@dataclass(frozen=True)
class Guide:
    """A thin line to compare with, from one point to another, and what it means."""

    name: str
    start: tuple[float, float]
    end: tuple[float, float]


@dataclass(frozen=True)
class Chart:
    """Series in a frame of two axes."""

    title: str
    x: Axis
    y: Axis
    series: tuple[Series, ...]
    guides: tuple[Guide, ...] = ()


def to_plotly(chart: Chart, template: str = "light", height: int = 420) -> Any:
    """The chart as a ``plotly.graph_objects.Figure``.

    Raises: ``UnknownNameError`` for an unknown template.
    """
    import plotly.graph_objects as go

    colours = theme(template)
    figure = go.Figure()
    for guide in chart.guides:
        x, y = zip(guide.start, guide.end, strict=True)
        figure.add_scatter(
            x=x, y=y, mode="lines", name=guide.name, hoverinfo="name",
            line={"color": colours.ink, "dash": DASHES[2], "width": 1},
        )  # fmt: skip
    for own in chart.series:
        colour = getattr(colours, own.role)
        shared = {
            "x": list(own.x), "y": list(own.y), "name": own.name, "text": list(own.notes) or None,
            "hovertemplate": "%{text}<extra></extra>" if own.notes else None,
        }  # fmt: skip
        if own.draw == "bars":
            figure.add_bar(**shared, marker={"color": colour})
            continue
        marker = {
            "color": colour, "size": list(own.sizes) or 7, "opacity": 0.5 if own.faint else 1.0,
        }  # fmt: skip
        figure.add_scatter(
            **shared, mode="lines" if own.draw == "line" else "markers", marker=marker,
            line={"color": colour, "width": 2.5, "dash": DASHES[1 if own.dash else 0]},
            error_y=_whiskers(own),
        )  # fmt: skip
    for axis, update in ((chart.x, figure.update_xaxes), (chart.y, figure.update_yaxes)):
        update(
            title_text=axis.label,
            range=[axis.low, axis.high],
            tickformat=".0%" if axis.percent else None,
        )
    figure.update_layout(bargap=0.04)
    return dressed(figure, colours, chart.title, height)


def _whiskers(own: Series) -> dict[str, Any] | None:
    """The whiskers of a series as Plotly takes them."""
    if not own.low:
        return None
    return {
        "type": "data", "symmetric": False, "thickness": 1.5, "width": 0,
        "array": [high - y for y, high in zip(own.y, own.high, strict=True)],
        "arrayminus": [y - low for y, low in zip(own.y, own.low, strict=True)],
    }  # fmt: skip


def ticks(axis: Axis, most: int = 6) -> list[float]:
    """Round numbers along an axis: steps of 1, 2 or 5 times a power of ten.

    Example:
        >>> ticks(Axis("x", 0.0, 1.0), 6)
        [0.0, 0.2, 0.4, 0.6, 0.8, 1.0]
    """
    span = axis.high - axis.low
    power = 10.0 ** math.floor(math.log10(span / most))
    step = next(k * power for k in (1, 2, 5, 10) if span / (k * power) <= most)
    if axis.whole:
        step = max(1.0, step)
    first = math.ceil(axis.low / step - 1e-9)
    last = math.floor(axis.high / step + 1e-9)
    return [round(k * step, 12) for k in range(first, last + 1)]


def spanning(values: Sequence[float], margin: float = 0.04) -> tuple[float, float]:
    """From a little below the least to a little above the greatest; never of no length."""
    low, high = min(values), max(values)
    room = margin * (high - low) or max(abs(low), 1.0) / 10
    return low - room, high + room
