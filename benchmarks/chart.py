"""The pictures of the results: bars of ratios for the README, lines for growth and accuracy."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import ceil, floor, log10
from typing import Any

import svg
from contest import NAMES, OURS, Contest
from report import duration, ratio

WIDTH, LEFT, RIGHT = 880.0, 250.0, 150.0
BAR, GAP, TOP = 13.0, 14.0, 70.0


def bars(found: Sequence[Contest], note: str) -> str:
    """A group of bars a workload: each peer's time in units of ours, on a logarithmic axis."""
    every = [value for one in found for value in one.ratios.values()]
    low, high = 1.1 * log10(min([1.0, *every])), log10(max([10.0, *every]))

    def across(value: float) -> float:
        return LEFT + (WIDTH - LEFT - RIGHT) * (log10(value) - low) / (high - low)

    heights = [BAR * max(2, len(one.peers)) + GAP for one in found]
    bottom = TOP + sum(heights)
    parts = [
        svg.text(20, 28, "How many times as long as Pellucid", "title"),
        svg.text(20, 46, note, "faint"),
    ]
    for power in range(ceil(low), floor(high) + 1):
        x = across(10.0**power)
        parts.append(svg.line(x, TOP - 6, x, bottom, "grid"))
        parts.append(svg.text(x, bottom + 16, f"{10.0**power:g}x", "faint", "middle"))
    y = TOP
    for one, height in zip(found, heights, strict=True):
        parts += _group(one, y, across)
        y += height
    start = across(1)
    parts.append(svg.line(start, TOP - 6, start, bottom, "one"))
    parts.append(svg.text(start, bottom + 32, "Pellucid = 1", "strong", "middle"))
    parts.append(
        svg.text(WIDTH - 20, bottom + 32, "left of the line the peer is faster", "faint", "end")
    )
    said = "; ".join(
        f"{one.title}: " + ", ".join(f"{NAMES[n]} {ratio(r)}" for n, r in one.ratios.items())
        for one in found
    )
    label = f"Time of each library divided by Pellucid's. {said}"
    return svg.picture(WIDTH, bottom + 46, label, parts)


def _group(one: Contest, y: float, across: Callable[[float], float]) -> list[str]:
    parts = [
        svg.text(LEFT - 14, y + 11, one.title, "strong", "end"),
        svg.text(LEFT - 14, y + 26, f"Pellucid {duration(one.ours)}", "faint", "end"),
    ]
    for name, value in one.ratios.items():
        start, end = sorted((across(1), across(value)))
        parts.append(svg.bar(start, y, max(end - start, 1), BAR - 3, svg.COLOURS[name]))
        words = f"{ratio(value)} {NAMES[name]}"
        parts.append(svg.text(max(end, across(1)) + 6, y + 9.5, words))
        y += BAR
    return parts


# --- lines


@dataclass(frozen=True)
class Panel:
    """One plot: series by name; ``limit`` is drawn dashed. Both axes logarithmic if ``log``."""

    title: str
    x_label: str
    series: dict[str, list[tuple[float, float]]]
    show_x: Callable[[float], str]
    show_y: Callable[[float], str]
    log: bool = True


PANEL, HIGH, SIDE = 280.0, 250.0, 58.0


def panels(title: str, note: str, drawn: Sequence[Panel]) -> str:
    """Plots side by side under one title, with one legend."""
    width = (PANEL + SIDE) * len(drawn) + 20
    parts = [svg.text(20, 28, title, "title"), svg.text(20, 46, note, "faint")]
    x = 20.0
    for name in dict.fromkeys(name for panel in drawn for name in panel.series):
        points = [(x, 62.0), (x + 22, 62.0)]
        parts.append(svg.path(points, svg.COLOURS.get(name)))
        words = NAMES.get(name, "the machine's limit")
        parts.append(svg.text(x + 28, 66, words))
        x += 52 + 7 * len(words)
    for k, panel in enumerate(drawn):
        parts += _plot(panel, SIDE + k * (PANEL + SIDE), 100.0)
    return svg.picture(width, 100 + HIGH + 50, f"{title}. {note}", parts)


def _plot(panel: Panel, left: float, top: float) -> list[str]:
    points = [point for series in panel.series.values() for point in series]
    xs, ys = sorted({x for x, _ in points}), [y for _, y in points]
    x_low, x_high = _bounds(xs, True, exact=True)
    y_low, y_high = _bounds(ys, panel.log)
    scale = log10 if panel.log else float

    def at(x: float, y: float) -> tuple[float, float]:
        across = (log10(x) - x_low) / (x_high - x_low)
        up = (scale(y) - y_low) / (y_high - y_low)
        return left + across * (PANEL - 14), top + HIGH * (1 - up)

    parts = [svg.text(left, top - 10, panel.title, "strong")]
    for y in _ticks(y_low, y_high, panel.log):
        height = at(xs[0], y)[1]
        parts.append(svg.line(left, height, left + PANEL - 14, height, "grid"))
        parts.append(svg.text(left - 6, height + 4, panel.show_y(y), "faint", "end"))
    for x in xs if panel.log else _ticks(x_low, x_high, True):
        across = at(x, ys[0])[0]
        parts.append(svg.text(across, top + HIGH + 17, panel.show_x(x), "faint", "middle"))
    middle = left + (PANEL - 14) / 2
    parts.append(svg.text(middle, top + HIGH + 36, panel.x_label, "faint", "middle"))
    for name, series in panel.series.items():
        parts.append(svg.path([at(*point) for point in series], svg.COLOURS.get(name)))
    return parts


def _bounds(values: Sequence[float], log: bool, exact: bool = False) -> tuple[float, float]:
    """The ends of an axis: whole powers of ten, or a little more than what is shown."""
    low, high = min(values), max(values)
    if not log:
        room = max((high - low) * 0.08, 1e-3)
        return low - room, high + room
    if exact:
        return log10(low), log10(max(high, low * 1.01))
    low, high = floor(log10(low)), ceil(log10(high))
    return low, max(high, low + 1)


def _ticks(low: float, high: float, log: bool) -> list[float]:
    """Round values between the ends: powers of ten (and 2, 5 in a short range), or even steps."""
    if log:
        factors = (1, 2, 5) if high - low < 2.5 else (1,)
        every = (f * 10.0**p for p in range(floor(low), ceil(high) + 1) for f in factors)
        return [value for value in every if low - 1e-9 <= log10(value) <= high + 1e-9]
    step = 10.0 ** floor(log10(high - low))
    step *= next(f for f in (0.1, 0.2, 0.5, 1) if (high - low) / (step * f) <= 6)
    return [k * step for k in range(ceil(low / step), floor(high / step) + 1)]


def growth(rows: list[dict[str, Any]], note: str) -> str:
    """Time a step against width, batch and depth: ours, PyTorch's and the limit."""
    drawn = []
    for curve in dict.fromkeys(row["workload"].split()[0] for row in rows):
        series: dict[str, list[tuple[float, float]]] = {}
        for row in rows:
            kind, _, value = row["workload"].partition(" ")
            if kind == curve:
                for name, seconds in [*row["median"].items(), ("limit", row["limit"])]:
                    series.setdefault(name, []).append((float(value), seconds))
        drawn.append(Panel(f"time a step, by {curve}", curve, series, "{:g}".format, duration))
    return panels("How the cost of a step grows", note, drawn)


def curves(rows: list[dict[str, Any]], note: str) -> str:
    """Accuracy on MNIST's test set against the seconds trained."""
    drawn = [
        Panel(
            row["title"].split(": ")[1].replace(", ", ", batch "),
            "seconds of training",
            {name: [(s, a) for s, a in row["curve"][name]] for name in (OURS, "pytorch")
             if name in row["curve"]},
            "{:g}".format,
            "{:.1%}".format,
            log=False,
        )
        for row in rows
    ]  # fmt: skip
    return panels("Accuracy reached, against seconds", note, drawn)
