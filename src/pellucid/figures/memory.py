"""Memories at work: patterns before and after recall with their energy, and how many fit in."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from pellucid.errors import DataError, ShapeError
from pellucid.figures.chart import Axis, Chart, Guide, Series, spanning, to_plotly
from pellucid.figures.theme import SYMBOLS, dressed, theme

MOST = 6
CRITICAL = 0.138
"""Patterns a unit above which a large memory with Hebb's storage recalls none of them."""


def recall_course(
    start: Any, state: Any, energies: Any, names: Sequence[str] = (), template: str = "light",
    step: str = "step",
) -> Any:  # fmt: skip
    """Draw patterns as they were given and as they were recalled, and the energy between.

    Parameters:
        start, state: patterns of two axes each, before and after: (n, height, width); at most 6.
        energies: before the first step and after each: (steps + 1, n).
        names: what each was recalled as, such as "pattern 2".
        step: what a step is called: a step, a sweep.
        template: "light" or "dark".

    Returns: a ``plotly.graph_objects.Figure``.
    Raises: ``ShapeError`` for arrays that do not fit together; ``UnknownNameError`` for an unknown
        template.
    """
    from plotly.subplots import make_subplots

    colours = theme(template)
    before, after, course = (np.asarray(a, np.float64) for a in (start, state, energies))
    count = len(before)
    fits = before.ndim == 3 and before.shape == after.shape and course.shape[1:] == (count,)
    if not fits or not 1 <= count <= MOST:
        raise ShapeError(
            f"recall_course draws 1 to {MOST} patterns of height x width, as many after as before, "
            f"and a column of energies for each; got {list(before.shape)}, {list(after.shape)} and "
            f"{list(course.shape)}. Take some rows, or reshape them."
        )
    told = [str(names[k]) if k < len(names) else f"row {k}" for k in range(count)]
    figure = make_subplots(
        3, count, specs=[[{}] * count, [{}] * count, [{"colspan": count}] + [None] * (count - 1)],
        row_heights=[0.27, 0.27, 0.46], vertical_spacing=0.09, horizontal_spacing=0.02,
        row_titles=["given", "recalled", ""],
    )  # fmt: skip
    scale = [[0.0, colours.shades[0]], [0.5, colours.shades[2]], [1.0, colours.shades[-1]]]
    for k in range(count):
        for row, picture in ((1, before[k]), (2, after[k])):
            figure.add_heatmap(
                z=picture.tolist(), colorscale=scale, zmin=float(min(before.min(), after.min())),
                zmax=float(max(before.max(), after.max())), showscale=False, row=row, col=k + 1,
                hovertemplate="row %{y}, column %{x}: %{z:.3g}<extra></extra>",
            )  # fmt: skip
        colour, steps = colours.series[k % len(colours.series)], list(range(len(course)))
        figure.add_scatter(
            x=steps, y=course[:, k].tolist(), name=told[k], mode="lines", row=3, col=1,
            line={"color": colour, "width": 2.5},
            hovertemplate=f"{step} %{{x}}: %{{y:.4g}}<extra>{told[k]}</extra>",
        )  # fmt: skip
        figure.add_scatter(
            x=steps[-1:], y=course[-1:, k].tolist(), showlegend=False, mode="markers", row=3, col=1,
            marker={"color": colour, "size": 10, "symbol": SYMBOLS[k]}, hoverinfo="skip",
        )  # fmt: skip
    dressed(figure, colours, "Recall: the energy goes down", 720)
    hidden = {"showticklabels": False, "ticks": "", "showgrid": False, "linecolor": colours.ink}
    for row in (1, 2):
        figure.update_xaxes(**hidden, mirror=True, row=row, constrain="domain")
        figure.update_yaxes(
            **hidden, mirror=True, row=row, autorange="reversed", constrain="domain"
        )
    for place in range(1, 2 * count + 1):
        end = "" if place == 1 else str(place)
        figure.layout[f"yaxis{end}"].scaleanchor = f"x{end}"
    figure.update_xaxes(title_text=step, row=3, col=1, rangemode="tozero")
    figure.update_yaxes(title_text="energy", row=3, col=1)
    return figure.update_layout(
        margin={"l": 60, "r": 40, "t": 70, "b": 90},
        legend={"x": 0, "xanchor": "left", "y": -0.13, "yanchor": "top"},
    )


def capacity_chart(rows: Sequence[Mapping[str, Any]]) -> Chart:
    """How the share of wrong units grows with the load, as plain data."""
    if not rows:
        raise DataError(
            "There is no capacity to draw: no loads were measured. Measure at least one."
        )
    loads, errors = [row["load"] for row in rows], [row["error"] for row in rows]
    expected = [(row["load"], row["theory"]) for row in rows if row.get("theory") is not None]
    units = sorted({row["units"] for row in rows})
    series = [
        Series(
            f"measured, {', '.join(map(str, units))} units", loads, errors, "line", "training",
            low=[max(0.0, row["error"] - row["deviation"]) for row in rows],
            high=[row["error"] + row["deviation"] for row in rows],
        )
    ]  # fmt: skip
    if len(expected) > 1:
        x, y = zip(*expected, strict=True)
        series.append(Series("expected of a large memory", x, y, "line", "validation", dash=True))
    high = spanning([0.0, *errors])[1]
    return Chart(
        "Capacity: wrong units after recall",
        Axis("patterns / units", 0.0, max([*loads, CRITICAL]) * 1.05),
        Axis("wrong units", 0.0, high, percent=True),
        tuple(series),
        (Guide(f"{CRITICAL}", (CRITICAL, 0.0), (CRITICAL, high)),),
    )


def capacity_curve(rows: Sequence[Mapping[str, Any]], template: str = "light") -> Any:
    """Draw the share of wrong units after recall against the load.

    Parameters:
        rows: one mapping a load, as in ``measured_capacity(...).rows``.
        template: "light" or "dark".

    Returns: a ``plotly.graph_objects.Figure``.
    Raises: ``DataError`` for no rows; ``UnknownNameError`` for an unknown template.
    """
    return to_plotly(capacity_chart(rows), template)
