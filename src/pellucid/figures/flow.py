"""How large activations and gradients are from layer to layer, where they vanish or explode."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

from pellucid.errors import DataError
from pellucid.figures.theme import DASHES, SYMBOLS, below, dressed, mixed, theme

FORWARD = (("activation", "what the layer gives", "training"),)
BACKWARD = (
    ("gradient", "gradient of what it gives", "validation"),
    ("weight_gradient", "gradient of its weights", "mark"),
)


def layer_flow(
    rows: Sequence[Mapping[str, Any]], title: str = "From layer to layer", template: str = "light"
) -> Any:
    """Draw panels over the layers: how large activations are, which share is 0, and gradients.

    Sizes are root mean squares, on logarithmic axes: a straight fall is a signal that vanishes by
    the same factor in each layer.

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
    panels = 3 if backward else 2
    figure = make_subplots(
        panels, 1, shared_xaxes=True, vertical_spacing=0.09, row_heights=[0.4, 0.2, 0.4][:panels],
        subplot_titles=["activations", "share of them that is 0", "gradients"][:panels],
    )  # fmt: skip
    figure.add_bar(
        x=names, y=[row.get("zeros") for row in rows], name="share that is 0", row=2, col=1,
        marker={"color": mixed(colours.paper, colours.training, 0.5)}, showlegend=False,
        hovertemplate="%{x}: %{y:.0%} are 0<extra></extra>",
    )  # fmt: skip
    for panel, lines in ((1, FORWARD), (3, BACKWARD))[: panels - 1]:
        for place, (key, name, role) in enumerate(lines):
            colour = getattr(colours, role)
            figure.add_scatter(
                x=names, y=[_positive(row.get(key)) for row in rows], name=name,
                mode="lines+markers", row=panel, col=1, connectgaps=True,
                line={"color": colour, "width": 2.5, "dash": DASHES[place]},
                marker={"color": colour, "size": 9, "symbol": SYMBOLS[place]},
                hovertemplate="%{x}: %{y:.3g}<extra>" + name + "</extra>",
            )  # fmt: skip
        figure.update_yaxes(
            type="log", title_text="size", exponentformat="power", nticks=5, row=panel, col=1
        )
    dressed(figure, colours, title, 220 * panels)
    figure.update_xaxes(type="category", showgrid=False)
    figure.update_yaxes(range=[0, 1], tickformat=".0%", row=2, col=1)
    figure.update_xaxes(title_text="layer", row=panels, col=1)
    return below(figure, left=70, bottom=170)


def _positive(value: Any) -> float | None:
    """What a logarithmic axis can show."""
    known = value is not None and math.isfinite(value) and value > 0
    return float(value) if known else None
