"""How large activations and gradients are from layer to layer, where they vanish or explode."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

from pellucid.errors import DataError
from pellucid.figures.theme import SYMBOLS, below, dressed, theme

FORWARD = (("activation", "what the layer gives", "training"),)
BACKWARD = (
    ("gradient", "gradient of what it gives", "validation"),
    ("weight_gradient", "gradient of its weights", "mark"),
)


def layer_flow(
    rows: Sequence[Mapping[str, Any]], title: str = "From layer to layer", template: str = "light"
) -> Any:
    """Draw two panels over the layers: how large activations are, and how large gradients.

    Sizes are root mean squares, on logarithmic axes: a straight fall is a signal that vanishes by
    the same factor in each layer. Bars say which share of what a layer gives is 0.

    Parameters:
        rows: one a layer, in order: layer, activation, zeros (a share), and, where there is a loss,
            gradient and weight_gradient; None where a layer has none.
        template: "light" or "dark".

    Returns: a ``plotly.graph_objects.Figure``.
    Raises: ``DataError`` for no rows; ``UnknownNameError`` for an unknown template.
    """
    from plotly.subplots import make_subplots

    colours = theme(template)
    if not rows:
        raise DataError("There is no flow to draw: there are no layers. Give at least one.")
    names = [str(row["layer"]) for row in rows]
    backward = any(row.get(key) is not None for row in rows for key, _, _ in BACKWARD)
    figure = make_subplots(
        2 if backward else 1, 1, shared_xaxes=True, vertical_spacing=0.1,
        specs=[[{"secondary_y": True}], [{}]][: 2 if backward else 1],
        subplot_titles=["forwards: activations", "backwards: gradients"][: 2 if backward else 1],
    )  # fmt: skip
    zeros = [row.get("zeros") for row in rows]
    figure.add_bar(
        x=names, y=zeros, name="share that is 0", marker={"color": colours.grid}, row=1, col=1,
        secondary_y=True, hovertemplate="%{x}: %{y:.0%} are 0<extra></extra>",
    )  # fmt: skip
    for panel, lines in enumerate((FORWARD, BACKWARD)[: 2 if backward else 1], 1):
        for place, (key, name, role) in enumerate(lines):
            values = [_positive(row.get(key)) for row in rows]
            colour = getattr(colours, role)
            figure.add_scatter(
                x=names, y=values, name=name, mode="lines+markers", row=panel, col=1,
                line={"color": colour, "width": 2.5, "dash": ("solid", "dash")[place]},
                marker={"color": colour, "size": 9, "symbol": SYMBOLS[place]}, connectgaps=True,
                hovertemplate="%{x}: %{y:.3g}<extra>" + name + "</extra>",
            )  # fmt: skip
    dressed(figure, colours, title, 620 if backward else 420)
    figure.update_xaxes(type="category", showgrid=False)
    figure.update_yaxes(type="log", title_text="size", exponentformat="power")
    figure.update_yaxes(
        type="linear", range=[0, 1], tickformat=".0%", title_text="share 0", showgrid=False,
        secondary_y=True, row=1, col=1,
    )  # fmt: skip
    figure.update_xaxes(title_text="layer", row=2 if backward else 1, col=1)
    figure.update_layout(yaxis={"overlaying": "y2"}, yaxis2={"overlaying": None, "side": "right"})
    return below(figure, bottom=110).update_layout(margin={"r": 60}, legend={"y": -0.16})


def _positive(value: Any) -> float | None:
    """What a logarithmic axis can show."""
    known = value is not None and math.isfinite(value) and value > 0
    return float(value) if known else None
