"""What a network, or one unit of it, answers over a plane of two inputs, and where it changes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from pellucid.errors import ShapeError
from pellucid.figures.theme import SYMBOLS, Theme, below, dressed, mixed, signed_scale, theme

PALE, STRONG = 0.16, 0.62
LEAST = 0.015
"""A region that takes less of the plane is not named in it."""


def decision_regions(
    across: Sequence[float], up: Sequence[float], chances: Any, classes: Sequence[Any],
    names: tuple[str, str] = ("x", "y"), points: Any = None, labels: Sequence[Any] | None = None,
    title: str = "What it answers", template: str = "light",
) -> Any:  # fmt: skip
    """Draw which class is the answer where: the stronger the colour, the surer.

    Parameters:
        across, up: the places along the two axes.
        chances: of each class at each place; their sum does not matter, the largest wins.
        classes: what the classes are called, any number of them.
        names: of the two inputs, with their units.
        points, labels: rows of the data to draw on top, and the class of each.
        template: "light" or "dark".

    Shapes: chances is up x across x classes; points n x 2.
    Returns: a ``plotly.graph_objects.Figure``.
    Raises: ``ShapeError`` for arrays that do not fit; ``UnknownNameError`` for an unknown template.
    """
    import plotly.graph_objects as go

    colours = theme(template)
    known = [str(label) for label in classes]
    shares = _checked(across, up, chances, len(known))
    winner, top = shares.argmax(axis=2), shares.max(axis=2)
    least = 1 / len(known)
    sure = np.clip((top - least) / (1 - least), 0, 0.999) if len(known) > 1 else top * 0
    figure = go.Figure(
        go.Heatmap(
            x=list(across), y=list(up), z=np.round(winner + sure, 3).tolist(), zmin=0,
            zmax=len(known), colorscale=_scale(colours, len(known)), showscale=False,
            text=[[f"{known[k]}: {p:.1%}" for k, p in zip(*row, strict=True)]
                  for row in zip(winner, top, strict=True)],
            hovertemplate=f"{names[0]} %{{x:.4g}}<br>{names[1]} %{{y:.4g}}<br>%{{text}}"
            "<extra></extra>",
        )
    )  # fmt: skip
    _add_border(figure, across, up, winner, colours)
    _add_points(figure, points, labels, known, colours)
    _add_names(figure, across, up, winner, known, colours)
    return _framed(figure, across, up, names, title, colours)


def unit_plane(
    across: Sequence[float], up: Sequence[float], values: Any,
    names: tuple[str, str] = ("x", "y"), zero: Any = None, points: Any = None,
    labels: Sequence[Any] | None = None, title: str = "What a unit gives",
    template: str = "light",
) -> Any:  # fmt: skip
    """Draw what a single unit gives over the plane, and the line on which its sum is 0.

    Parameters:
        across, up, names, points, labels, template: as for ``decision_regions``.
        values: what the unit gives at each place.
        zero: its weighted sum there, before the activation; a line is drawn where that is 0.

    Shapes: values and zero are up x across.
    Returns: a ``plotly.graph_objects.Figure``.
    Raises: as ``decision_regions``.
    """
    import plotly.graph_objects as go

    colours = theme(template)
    plane = _checked(across, up, np.asarray(values, float)[..., None], 1)[..., 0]
    largest = max(float(np.nanmax(np.abs(plane))), 1e-300)
    where = f"{names[0]} %{{x:.4g}}<br>{names[1]} %{{y:.4g}}<br>"
    places = {"x": list(across), "y": list(up)}
    figure = go.Figure(
        go.Heatmap(
            **places, z=_rounded(plane), zmin=-largest, zmax=largest,
            colorscale=signed_scale(colours), zsmooth="best",
            colorbar={"thickness": 14, "title": {"text": "value"}},
            hovertemplate=where + "value %{z:.4g}<extra></extra>",
        )
    )  # fmt: skip
    if zero is not None:
        sums = _checked(across, up, np.asarray(zero, float)[..., None], 1)[..., 0]
        figure.add_contour(
            **places, z=_rounded(sums), showscale=False, hoverinfo="skip", name="sum is 0",
            contours={"start": 0, "end": 0, "size": 1, "coloring": "none"}, showlegend=True,
            line={"color": colours.ink, "width": 3, "dash": "dash"},
        )  # fmt: skip
    known = list(dict.fromkeys(str(label) for label in labels)) if labels is not None else []
    _add_points(figure, points, labels, sorted(known), colours)
    return _framed(figure, across, up, names, title, colours)


def class_colour(colours: Theme, place: int) -> str:
    """The colour of a class; those past the palette are darker or paler ones of it."""
    base, again = colours.series[place % len(colours.series)], place // len(colours.series)
    if again == 0:
        return base
    other = colours.ink if again % 2 else colours.paper
    return mixed(base, other, min(0.3 + 0.1 * again, 0.6))


def class_symbol(place: int) -> str:
    """The shape of a class's points; with the colour it is another one for 49 classes."""
    return SYMBOLS[(place + place // len(SYMBOLS)) % len(SYMBOLS)]


def _checked(
    across: Sequence[float], up: Sequence[float], values: Any, depth: int
) -> np.ndarray[Any, Any]:
    array = np.asarray(values, float)
    wanted = (len(up), len(across), depth)
    if array.shape != wanted:
        raise ShapeError(
            f"A plane of {len(across)} places across and {len(up)} up needs values of shape "
            f"{list(wanted)}, got {list(array.shape)}."
        )
    return array


def _rounded(plane: np.ndarray[Any, Any]) -> list[list[float | None]]:
    """Four digits, which is more than one sees; what is no number is left out."""
    return [[float(f"{v:.4g}") if np.isfinite(v) else None for v in row] for row in plane]


def _scale(colours: Theme, count: int) -> list[list[Any]]:
    """For each class its colour, from pale to strong."""
    scale: list[list[Any]] = []
    for place in range(count):
        own = class_colour(colours, place)
        scale.append([place / count, mixed(colours.paper, own, PALE)])
        scale.append([(place + 1) / count, mixed(colours.paper, own, STRONG)])
    return scale


def _add_border(
    figure: Any, across: Sequence[float], up: Sequence[float], winner: Any, colours: Theme
) -> None:
    """Lines between places of different answers, midway between the two."""
    x, y = _edges(across), _edges(up)
    lines: tuple[list[Any], list[Any]] = ([], [])
    for row, column in np.argwhere(winner[:, 1:] != winner[:, :-1]).tolist():
        lines[0].extend([x[column + 1], x[column + 1], None])
        lines[1].extend([y[row], y[row + 1], None])
    for row, column in np.argwhere(winner[1:] != winner[:-1]).tolist():
        lines[0].extend([x[column], x[column + 1], None])
        lines[1].extend([y[row + 1], y[row + 1], None])
    if lines[0]:
        figure.add_scatter(
            x=lines[0], y=lines[1], mode="lines", hoverinfo="skip", showlegend=False,
            line={"color": colours.ink, "width": 1.5},
        )  # fmt: skip


def _edges(places: Sequence[float]) -> list[float]:
    """The ends of the cells around places."""
    array = np.asarray(places, float)
    if len(array) == 1:
        return [float(array[0]) - 0.5, float(array[0]) + 0.5]
    middle = (array[1:] + array[:-1]) / 2
    first, last = 2 * array[0] - middle[0], 2 * array[-1] - middle[-1]
    return [float(v) for v in np.concatenate([[first], middle, [last]])]


def _add_points(
    figure: Any, points: Any, labels: Sequence[Any] | None, known: list[str], colours: Theme
) -> None:
    if points is None:
        return
    places = np.asarray(points, float)
    if places.ndim != 2 or places.shape[1] != 2:
        raise ShapeError(f"Points are n x 2, got shape {list(places.shape)}.")
    if labels is not None and len(labels) != len(places):
        raise ShapeError(f"There are {len(places)} points and {len(labels)} labels.")
    kinds = ["data"] * len(places) if labels is None else [str(label) for label in labels]
    order = [kind for kind in known if kind in set(kinds)] if labels is not None else ["data"]
    for kind in [*order, *sorted(set(kinds) - set(order))]:
        place = known.index(kind) if kind in known else len(known)
        own = places[[each == kind for each in kinds]]
        figure.add_scatter(
            x=own[:, 0].tolist(), y=own[:, 1].tolist(), mode="markers", name=kind,
            marker={
                "color": class_colour(colours, place), "symbol": class_symbol(place), "size": 8,
                "line": {"color": colours.paper, "width": 1},
            },
        )  # fmt: skip


def _add_names(
    figure: Any, across: Sequence[float], up: Sequence[float], winner: Any, known: list[str],
    colours: Theme,
) -> None:  # fmt: skip
    """Each class's name where its region is widest."""
    from scipy.ndimage import distance_transform_edt

    for place, name in enumerate(known):
        own = winner == place
        if own.mean() < LEAST:
            continue
        depth = distance_transform_edt(np.pad(own, 1))[1:-1, 1:-1]
        row, column = divmod(int(depth.argmax()), depth.shape[1])
        figure.add_annotation(
            x=across[column], y=up[row], text=f"<b>{name}</b>", showarrow=False,
            font={"color": colours.ink, "size": 14}, bgcolor=colours.paper, opacity=0.8,
        )  # fmt: skip


def _framed(
    figure: Any, across: Sequence[float], up: Sequence[float], names: tuple[str, str], title: str,
    colours: Theme,
) -> Any:  # fmt: skip
    x, y = _edges(across), _edges(up)
    dressed(figure, colours, title, 560)
    figure.update_xaxes(title_text=names[0], range=[x[0], x[-1]], showgrid=False)
    figure.update_yaxes(title_text=names[1], range=[y[0], y[-1]], showgrid=False)
    return below(figure, left=66, bottom=120)
