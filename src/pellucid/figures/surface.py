"""The loss around the parameters: as a plane with the way of a run on it, and as slices."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from pellucid.errors import DataError, ShapeError
from pellucid.figures.theme import DASHES, below, dressed, shaded_scale, theme

STEEP = 30.0
"""From this ratio of the largest loss to the smallest on, colours go by its logarithm."""
LINES = 18


def loss_surface(
    across: Sequence[float], up: Sequence[float], losses: Any, path: Any = None,
    names: tuple[str, str] = ("against the gradient", "a random direction"),
    title: str = "The loss around these parameters", template: str = "light",
) -> Any:  # fmt: skip
    """Draw the loss over two directions in the space of the parameters.

    The parameters are at (0, 0). Lines join places of equal loss; where the loss rises steeply, so
    do the numbers on the lines.

    Parameters:
        across, up: how far along the two directions.
        losses: the loss at each place; what is not finite is left blank.
        path: the places of a run's steps on the plane, in order.
        names: of the directions.
        template: "light" or "dark".

    Shapes: losses is up x across; path steps x 2.
    Returns: a ``plotly.graph_objects.Figure``.
    Raises: ``ShapeError``; ``DataError`` where no loss is finite; ``UnknownNameError``.
    """
    import plotly.graph_objects as go

    colours = theme(template)
    plane = np.asarray(losses, float)
    if plane.shape != (len(up), len(across)):
        raise ShapeError(
            f"A plane of {len(across)} places across and {len(up)} up needs losses of shape "
            f"[{len(up)}, {len(across)}], got {list(plane.shape)}."
        )
    finite = plane[np.isfinite(plane)]
    if not len(finite):
        raise DataError("No loss on this plane is finite. Take a smaller one.")
    shown, ticks = _coloured(plane, finite)
    figure = go.Figure(
        go.Contour(
            x=list(across), y=list(up), z=shown, customdata=_plain(plane), ncontours=LINES,
            colorscale=shaded_scale(colours),
            line={"color": colours.ink, "width": 0.6}, connectgaps=False,
            colorbar={"thickness": 14, "title": {"text": "loss"}, **ticks},
            hovertemplate="%{x:.3g}, %{y:.3g}: loss %{customdata:.4g}<extra></extra>",
        )
    )  # fmt: skip
    if path is not None:
        _add_path(figure, path, colours)
    figure.add_scatter(
        x=[0], y=[0], mode="markers", name="these parameters",
        marker={"color": colours.validation, "size": 13, "symbol": "star",
                "line": {"color": colours.paper, "width": 1}},
        hoverinfo="name",
    )  # fmt: skip
    dressed(figure, colours, title, 560)
    figure.update_xaxes(title_text=names[0], showgrid=False, range=[min(across), max(across)])
    figure.update_yaxes(title_text=names[1], showgrid=False, range=[min(up), max(up)])
    return below(figure, bottom=100)


def loss_slices(
    rows: Mapping[str, Sequence[tuple[float, float]]], title: str = "The loss along lines",
    template: str = "light",
) -> Any:  # fmt: skip
    """Draw the loss along lines through the parameters, which are at 0.

    Parameters:
        rows: for each direction, by its name, pairs of a distance and the loss there.
        template: "light" or "dark".

    Returns: a ``plotly.graph_objects.Figure``.
    Raises: ``DataError`` for no directions; ``UnknownNameError`` for an unknown template.
    """
    import plotly.graph_objects as go

    if not rows:
        raise DataError("There are no slices to draw: there are no directions. Give at least one.")
    colours = theme(template)
    figure = go.Figure()
    for place, (name, pairs) in enumerate(rows.items()):
        kept = [(float(at), float(loss)) for at, loss in pairs if math.isfinite(loss)]
        figure.add_scatter(
            x=[at for at, _ in kept], y=[loss for _, loss in kept], mode="lines", name=name,
            line={"color": colours.series[place % len(colours.series)], "width": 2.5,
                  "dash": DASHES[place % len(DASHES)]},
            hovertemplate="%{x:.3g}: loss %{y:.4g}<extra></extra>",
        )  # fmt: skip
    figure.add_vline(x=0, line={"color": colours.ink, "dash": "dot", "width": 1})
    dressed(figure, colours, title, 460)
    figure.update_xaxes(title_text="how far from these parameters")
    figure.update_yaxes(title_text="loss")
    return below(figure, bottom=100)


def _coloured(
    plane: np.ndarray[Any, Any], finite: np.ndarray[Any, Any]
) -> tuple[list[list[float | None]], dict[str, Any]]:
    """What is coloured: the loss, or its logarithm with the losses as marks beside it."""
    low, high = float(finite.min()), float(finite.max())
    if low <= 0 or high / low < STEEP:
        return _plain(plane), {}
    marks = np.geomspace(low, high, 6)
    with np.errstate(divide="ignore", invalid="ignore"):
        shown = _plain(np.log10(plane))
    return shown, {
        "tickvals": np.log10(marks).tolist(), "ticktext": [f"{mark:.2g}" for mark in marks],
    }  # fmt: skip


def _plain(plane: np.ndarray[Any, Any]) -> list[list[float | None]]:
    return [[float(f"{v:.5g}") if math.isfinite(v) else None for v in row] for row in plane]


def _add_path(figure: Any, path: Any, colours: Any) -> None:
    places = np.asarray(path, float)
    if places.ndim != 2 or places.shape[1] != 2:
        raise ShapeError(f"A path is steps x 2, got shape {list(places.shape)}.")
    figure.add_scatter(
        x=places[:, 0].tolist(), y=places[:, 1].tolist(), mode="lines+markers",
        name="the way of the run", line={"color": colours.mark, "width": 2.5},
        marker={"color": colours.mark, "size": 5},
        text=[f"step {k + 1} of {len(places)}" for k in range(len(places))],
        hovertemplate="%{text}<extra></extra>",
    )  # fmt: skip
    figure.add_scatter(
        x=[float(places[0, 0])], y=[float(places[0, 1])], mode="markers", name="its start",
        marker={"color": colours.mark, "size": 12, "symbol": "diamond",
                "line": {"color": colours.paper, "width": 1}},
        hoverinfo="name",
    )  # fmt: skip
