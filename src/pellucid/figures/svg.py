"""A chart as SVG without colours of its own: the page's style sheet has them."""

from __future__ import annotations

from html import escape
from itertools import pairwise

from pellucid.figures.chart import Axis, Chart, Series, ticks

LEFT, RIGHT, TOP, BOTTOM = 46, 12, 28, 42


class _Frame:
    """Where the values of a chart lie in its picture."""

    def __init__(self, chart: Chart, width: int, height: int) -> None:
        self.chart, self.width, self.height = chart, width, height

    def x(self, value: float) -> float:
        axis = self.chart.x
        share = (value - axis.low) / (axis.high - axis.low)
        return round(LEFT + share * (self.width - LEFT - RIGHT), 1)

    def y(self, value: float) -> float:
        axis = self.chart.y
        share = (value - axis.low) / (axis.high - axis.low)
        return round(self.height - BOTTOM - share * (self.height - TOP - BOTTOM), 1)


def svg(chart: Chart, width: int = 440, height: int = 290) -> str:
    """Draw the chart; classes name the roles, ``<title>`` says what a point is.

    Whatever is in the chart is escaped.
    """
    frame = _Frame(chart, width, height)
    parts = [
        f'<svg class="chart" viewBox="0 0 {width} {height}" role="img" '
        f'aria-label="{escape(chart.title)}" xmlns="http://www.w3.org/2000/svg">',
        *_grid(frame),
    ]
    for guide in chart.guides:
        (x1, y1), (x2, y2) = guide.start, guide.end
        parts.append(
            f'<line class="guide" x1="{frame.x(x1)}" y1="{frame.y(y1)}" x2="{frame.x(x2)}" '
            f'y2="{frame.y(y2)}"><title>{escape(guide.name)}</title></line>'
        )
    for own in chart.series:
        parts += _drawn(frame, own)
    return "".join([*parts, "</svg>"])


def labelled(axis: Axis) -> list[tuple[float, str]]:
    """The ticks of an axis with their texts: short ones, unless those do not differ."""
    values = ticks(axis, 6)
    texts = [tick_text(axis, value) for value in values]
    if len(set(texts)) < len(texts):
        texts = [f"{value:,.12g}" for value in values]
    return list(zip(values, texts, strict=True))


def tick_text(axis: Axis, value: float) -> str:
    """A number at an axis.

    Example:
        >>> tick_text(Axis("x", 0, 1, percent=True), 0.2), tick_text(Axis("x", 0, 9000), 5000.0)
        ('20 %', '5,000')
    """
    if axis.percent:
        return f"{100 * value:g} %"
    if value and abs(value) >= 1e6:
        return f"{value:.3g}"
    return f"{value:,.10g}"


def _grid(frame: _Frame) -> list[str]:
    chart, right, bottom = frame.chart, frame.width - RIGHT, frame.height - BOTTOM
    parts = []
    for value, text in labelled(chart.y):
        y = frame.y(value)
        parts.append(f'<line class="grid" x1="{LEFT}" y1="{y}" x2="{right}" y2="{y}"/>')
        parts.append(
            f'<text class="tick" x="{LEFT - 6}" y="{y + 4}" text-anchor="end">{text}</text>'
        )
    for value, text in labelled(chart.x):
        x = frame.x(value)
        parts.append(f'<line class="grid" x1="{x}" y1="{TOP}" x2="{x}" y2="{bottom}"/>')
        parts.append(
            f'<text class="tick" x="{x}" y="{bottom + 16}" text-anchor="middle">{text}</text>'
        )
    middle = (LEFT + right) / 2
    parts.append(
        f'<text class="label" x="{middle}" y="{frame.height - 6}" text-anchor="middle">'
        f"{escape(chart.x.label)}</text>"
    )
    parts.append(f'<text class="label" x="0" y="12">{escape(chart.y.label)}</text>')
    return parts


def _drawn(frame: _Frame, own: Series) -> list[str]:
    """The marks of a series."""
    places = [(frame.x(x), frame.y(y)) for x, y in zip(own.x, own.y, strict=True)]
    if own.draw == "line" and len(places) > 1:
        path = "M" + "L".join(f"{x} {y}" for x, y in places)
        dash = " dashed" if own.dash else ""
        title = f"<title>{escape(own.name)}</title>"
        return [f'<path class="line {own.role}{dash}" d="{path}">{title}</path>']
    notes = list(own.notes) or [own.name] * len(places)
    if own.draw == "bars":
        return _bars(frame, own, places, notes)
    sizes = list(own.sizes) or [6.0] * len(places)
    faint = " faint" if own.faint else ""
    whiskers = [
        f'<line class="whisker {own.role}" x1="{x}" x2="{x}" y1="{frame.y(low)}" '
        f'y2="{frame.y(high)}"/>'
        for (x, _), low, high in zip(places, own.low, own.high, strict=False)
    ]
    return whiskers + [
        f'<circle class="point {own.role}{faint}" cx="{x}" cy="{y}" r="{size / 2:g}">'
        f"<title>{escape(note)}</title></circle>"
        for (x, y), size, note in zip(places, sizes, notes, strict=True)
    ]


def _bars(
    frame: _Frame, own: Series, places: list[tuple[float, float]], notes: list[str]
) -> list[str]:
    """Bars side by side, as wide as the places are apart."""
    steps = [b[0] - a[0] for a, b in pairwise(places)]
    wide = max(1.0, min(steps, default=20.0) - 1)
    floor = frame.y(max(0.0, frame.chart.y.low))
    return [
        f'<rect class="bar {own.role}" x="{x - wide / 2:.1f}" y="{y}" width="{wide:.1f}" '
        f'height="{max(0.0, floor - y):.1f}"><title>{escape(note)}</title></rect>'
        for (x, y), note in zip(places, notes, strict=True)
    ]
