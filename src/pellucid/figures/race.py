"""Several runs from the same start, side by side: who comes down first, and how far."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

from pellucid.errors import DataError, unknown_name
from pellucid.figures.theme import DASHES, SYMBOLS, below, dressed, theme

SPREAD = 50.0


def race_curves(
    rows: Sequence[Mapping[str, Any]], value: str = "loss", over: str = "step",
    title: str = "The race", template: str = "light",
) -> Any:  # fmt: skip
    """Draw one curve a run; the legend is in the order in which they end, the best first.

    A run that ended in NaN or infinity is marked where it was last seen. The axis is logarithmic
    where the values are all above 0 and far apart.

    Parameters:
        rows: one mapping a point: run (its name), and what ``over`` and ``value`` name.
        value: what is compared; the smaller, the better, but for accuracy, f1 and r2.
        over: what it is drawn over: "step", "epoch" or "seconds".
        template: "light" or "dark".

    Returns: a ``plotly.graph_objects.Figure``.
    Raises: ``DataError`` for no rows; ``UnknownNameError`` for a value that no row has.
    """
    import plotly.graph_objects as go

    colours = theme(template)
    if not rows:
        raise DataError("There is no race to draw: there are no rows. Give at least one.")
    for name in (value, over):
        if not any(name in row for row in rows):
            raise unknown_name("value of the rows", name, {key for row in rows for key in row})
    runs: dict[str, list[tuple[float, float]]] = {}
    broken: set[str] = set()
    for row in rows:
        own = runs.setdefault(str(row["run"]), [])
        number = row.get(value)
        if number is None or not math.isfinite(number):
            broken.add(str(row["run"]))
        elif row.get(over) is not None:
            own.append((float(row[over]), float(number)))
    better = -1 if value.removeprefix("val_") in ("accuracy", "f1", "r2") else 1
    ends = {name: own[-1][1] if own else math.inf for name, own in runs.items()}
    order = sorted(runs, key=lambda name: (name in broken, better * ends[name]))
    places = {name: place for place, name in enumerate(runs)}
    figure = go.Figure()
    for name in order:
        place = places[name]
        colour = colours.series[place % len(colours.series)]
        told = "broke off" if name in broken else f"{ends[name]:.4g}"
        x, y = [at for at, _ in runs[name]], [number for _, number in runs[name]]
        figure.add_scatter(
            x=x, y=y, mode="lines" if len(x) > 1 else "markers", name=f"{name}: {told}",
            legendgroup=name,
            line={"color": colour, "width": 2.5, "dash": DASHES[place % len(DASHES)]},
            marker={"color": colour, "symbol": SYMBOLS[place % len(SYMBOLS)], "size": 8},
            hovertemplate=f"{over} %{{x:.6g}}: %{{y:.4g}}<extra>{name}</extra>",
        )  # fmt: skip
        if name in broken and x:
            figure.add_scatter(
                x=[x[-1]], y=[y[-1]], mode="markers", legendgroup=name, showlegend=False,
                marker={"color": colour, "symbol": "x", "size": 12},
                hovertemplate=f"{name} broke off here<extra></extra>",
            )  # fmt: skip
    every = [number for own in runs.values() for _, number in own]
    steep = every and min(every) > 0 and max(every) / min(every) > SPREAD
    figure.update_xaxes(title_text=over)
    figure.update_yaxes(
        title_text=value.replace("_", " "), type="log" if steep else "linear",
        exponentformat="power",
    )  # fmt: skip
    return below(dressed(figure, colours, title, 500), bottom=120)
