"""A neuron as a line: through points, or between the points of two classes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from pellucid.errors import ShapeError
from pellucid.figures.theme import SYMBOLS, dressed, theme


def neuron_line(
    slope: float | None, intercept: float, points: Any, labels: Sequence[Any] | None = None,
    names: tuple[str, str] = ("x", "y"), template: str = "light",
) -> Any:  # fmt: skip
    """Draw the line of a neuron on points.

    A neuron of one input is the line y = slope x + intercept. A neuron of two inputs changes its
    answer on a line, w1 x1 + w2 x2 + b = 0: slope -w1 / w2, intercept -b / w2; where w2 is 0 that
    line is upright, x1 = -b / w1: then slope is None and intercept is that place.

    Parameters:
        slope, intercept: of the line; slope None for an upright one.
        points: n x 2.
        labels: the class of each point; None: all alike.
        names: what the axes are called.
        template: "light" or "dark".

    Returns: a ``plotly.graph_objects.Figure``.
    Raises: ``ShapeError`` for points that are not n x 2, or labels of another number.
    """
    import plotly.graph_objects as go

    colours = theme(template)
    places = _checked(points, labels)
    kinds = [""] * len(places) if labels is None else [str(label) for label in labels]
    figure = go.Figure()
    for number, kind in enumerate(dict.fromkeys(kinds)):
        own = places[[k == kind for k in kinds]]
        figure.add_scatter(
            x=own[:, 0].tolist(), y=own[:, 1].tolist(), mode="markers", name=kind or "points",
            marker={
                "color": colours.series[number % len(colours.series)],
                "symbol": SYMBOLS[number % len(SYMBOLS)], "size": 9,
                "line": {"color": colours.paper, "width": 1},
            },
        )  # fmt: skip
    x, y = _ends(slope, intercept, places)
    figure.add_scatter(
        x=x, y=y, mode="lines", name=_formula(slope, intercept, names), hoverinfo="name",
        line={"color": colours.mark, "width": 3},
    )  # fmt: skip
    figure.update_xaxes(title_text=names[0])
    figure.update_yaxes(title_text=names[1])
    return dressed(figure, colours, "A neuron is a line", 480)


def _checked(points: Any, labels: Sequence[Any] | None) -> np.ndarray[Any, Any]:
    places = np.asarray(points, float)
    if places.ndim != 2 or places.shape[1] != 2:
        raise ShapeError(
            f"A line is drawn on points of two numbers, n x 2, got shape {list(places.shape)}. "
            "Choose two columns."
        )
    if labels is not None and len(labels) != len(places):
        raise ShapeError(
            f"There are {len(places)} points and {len(labels)} labels. Give one label a point."
        )
    return places


def _ends(
    slope: float | None, intercept: float, places: np.ndarray[Any, Any]
) -> tuple[list[float], list[float]]:
    """The line's ends: a little beyond the points on each side."""
    low, high = (
        (places.min(axis=0), places.max(axis=0)) if len(places) else (np.zeros(2), np.ones(2))
    )
    margin = np.where(high > low, 0.05 * (high - low), 0.5)
    low, high = low - margin, high + margin
    if slope is None:
        return [float(intercept)] * 2, [float(low[1]), float(high[1])]
    ends = [float(low[0]), float(high[0])]
    return ends, [slope * x + intercept for x in ends]


def _formula(slope: float | None, intercept: float, names: tuple[str, str]) -> str:
    if slope is None:
        return f"{names[0]} = {intercept:.4g}"
    sign = "-" if intercept < 0 else "+"
    return f"{names[1]} = {slope:.4g} {names[0]} {sign} {abs(intercept):.4g}"
