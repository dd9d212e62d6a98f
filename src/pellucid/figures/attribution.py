"""What each part of one row did for an answer: bars for a row of numbers, a map for a picture."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from pellucid.errors import DataError, ShapeError
from pellucid.figures.theme import dressed, signed_scale, theme

MOST = 20
"""So many bars are drawn; what the others add up to is a bar of its own."""


def attribution_bars(
    names: Sequence[str], values: Sequence[float], given: Sequence[Any] | None = None,
    errors: Sequence[float] | None = None, answer: str = "the answer", template: str = "light",
) -> Any:  # fmt: skip
    """Draw for one row how much each input speaks for an answer, or against it.

    The largest come first; of more than 20 the rest are added up and said to be.

    Parameters:
        names, values: of the inputs, and what each adds to the answer.
        given: what the inputs are in this row.
        errors: standard errors of the values, where they were sampled.
        answer: what it speaks for, such as "versicolor".
        template: "light" or "dark".

    Returns: a ``plotly.graph_objects.Figure``.
    Raises: ``DataError`` for no inputs; ``ShapeError`` for lists of different lengths.
    """
    import plotly.graph_objects as go

    colours = theme(template)
    numbers = _checked(names, values, given, errors)
    order = np.argsort(-np.abs(numbers), kind="stable")
    shown = order[:MOST]
    labels = [str(names[k]) + ("" if given is None else f" = {_told(given[k])}") for k in shown]
    bars: list[float] = numbers[shown].tolist()
    wide: list[float | None] | None = None
    if errors is not None:
        wide = [2 * float(errors[k]) for k in shown]
    if len(order) > MOST:
        rest = order[MOST:]
        labels.append(f"the other {len(rest):,}, added up")
        bars.append(float(numbers[rest].sum()))
        wide = None if wide is None else [*wide, None]
    figure = go.Figure(
        go.Bar(
            x=bars, y=labels, orientation="h",
            marker={"color": [colours.signs[2 if bar > 0 else 0] for bar in bars]},
            error_x=None if wide is None else {"array": wide, "color": colours.ink},
            text=[f"{bar:+.3g}" for bar in bars] if wide is None else None, textposition="auto",
            hovertemplate="%{y}: %{x:.4g}<extra></extra>",
        )
    )  # fmt: skip
    figure.add_vline(x=0, line={"color": colours.ink, "width": 1})
    sides = "against  ←   →  for"
    told = "" if wide is None else "<br><sup>whiskers: two standard errors</sup>"
    figure.update_xaxes(title_text=sides + told)
    figure.update_yaxes(type="category", autorange="reversed", automargin=True, showgrid=False)
    total = f"What speaks for {answer}: {float(numbers.sum()):+.4g} in all"
    dressed(figure, colours, total, 150 + 28 * len(bars))
    return figure.update_layout(
        margin={"l": 16, "r": 24, "t": 70, "b": 70}, showlegend=False,
        title={"font": {"size": 16}, "y": 1 - 34 / (150 + 28 * len(bars)), "yanchor": "top"},
    )  # fmt: skip


def attribution_map(
    values: Any, picture: Any = None, answer: str = "the answer", template: str = "light"
) -> Any:
    """Draw for one picture how much each pixel speaks for an answer, or against it.

    Channels are added up. The picture itself stands beside the map, where it is given.

    Shapes: values and picture are height x width, or channels x height x width.
    Returns: a ``plotly.graph_objects.Figure``.
    Raises: ``ShapeError``; ``UnknownNameError`` for an unknown template.
    """
    from plotly.subplots import make_subplots

    colours = theme(template)
    plane = _plane(values, "values")
    beside = None if picture is None else _grey(picture)
    if beside is not None and beside.shape != plane.shape:
        raise ShapeError(
            f"The values are {list(plane.shape)} and the picture {list(beside.shape)}; expected "
            "one value a pixel."
        )
    reach = float(np.max(np.abs(plane))) or 1.0
    figure = make_subplots(
        1, 1 if beside is None else 2, horizontal_spacing=0.04,
        subplot_titles=None if beside is None else ["the picture", f"for and against {answer}"],
    )  # fmt: skip
    last = 1 if beside is None else 2
    if beside is not None:
        figure.add_heatmap(
            z=beside.tolist(), colorscale=[[0, "#000000"], [1, "#ffffff"]], showscale=False,
            hovertemplate="%{y}, %{x}: %{z:.4g}<extra></extra>", row=1, col=1,
        )  # fmt: skip
    figure.add_heatmap(
        z=plane.tolist(), zmin=-reach, zmax=reach, colorscale=signed_scale(colours), row=1,
        col=last, colorbar={"thickness": 14},
        hovertemplate="%{y}, %{x}: %{z:.4g}<extra></extra>",
    )  # fmt: skip
    title = f"What speaks for {answer}: {float(plane.sum()):+.4g} in all"
    dressed(figure, colours, title, 430)
    for col in range(1, last + 1):
        anchor = "x" if col == 1 else f"x{col}"
        figure.update_xaxes(visible=False, constrain="domain", row=1, col=col)
        figure.update_yaxes(
            visible=False, autorange="reversed", scaleanchor=anchor, constrain="domain", row=1,
            col=col,
        )  # fmt: skip
    return figure.update_layout(margin={"l": 16, "r": 16, "t": 90, "b": 20})


def _checked(
    names: Sequence[str], values: Sequence[float], given: Sequence[Any] | None,
    errors: Sequence[float] | None,
) -> np.ndarray[Any, Any]:  # fmt: skip
    if not len(names):
        raise DataError("There is nothing to draw: there are no inputs. Give at least one.")
    lengths = {len(part) for part in (names, values, given, errors) if part is not None}
    if len(lengths) > 1:
        raise ShapeError(f"Names, values, given and errors differ in length: {sorted(lengths)}.")
    return np.asarray(values, float)


def _told(value: Any) -> str:
    return f"{value:.4g}" if isinstance(value, float | np.floating) else str(value)


def _plane(values: Any, what: str) -> np.ndarray[Any, Any]:
    array = np.asarray(values, float)
    array = array.sum(axis=0) if array.ndim == 3 else array
    if array.ndim != 2 or not array.size:
        raise ShapeError(
            f"{what} are height x width or channels x height x width, got shape "
            f"{list(np.shape(values))}."
        )
    return array


def _grey(picture: Any) -> np.ndarray[Any, Any]:
    array = np.asarray(picture, float)
    return _plane(array.mean(axis=0) if array.ndim == 3 else array, "Pixels")
