"""The curve of a learning-rate finder: the loss against a rising learning rate."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from pellucid.errors import DataError
from pellucid.figures.theme import dressed, theme


def rate_curve(
    rows: Sequence[Mapping[str, Any]], suggestion: float | None = None, template: str = "light"
) -> Any:
    """Draw the loss over the learning rate, on a logarithmic axis, with the suggested rate marked.

    Parameters:
        rows: mappings with ``rate`` and ``loss``; ``smoothed`` is drawn as a second curve where it
            is given. Values that are not finite are left out, and the axis of the loss does not
            reach up to where the loss blows up.
        suggestion: the rate to mark; None: no mark.
        template: "light" or "dark".

    Returns: a ``plotly.graph_objects.Figure``.
    Raises: ``DataError`` for rows without a finite loss; ``UnknownNameError``.
    """
    import plotly.graph_objects as go

    colours = theme(template)
    if not _curve(rows, "loss")[0]:
        raise DataError(
            "There is no rate curve: no learning rate that was tried gave a finite loss."
        )
    figure = go.Figure()
    curves = (
        ("loss", "loss", colours.training, 1.5),
        ("smoothed", "smoothed", colours.validation, 3),
    )
    for key, label, colour, width in curves:
        x, y = _curve(rows, key)
        if x:
            figure.add_scatter(
                x=x, y=y, name=label, mode="lines", line={"color": colour, "width": width},
                hovertemplate="rate %{x:.3g}: loss %{y:.4g}<extra></extra>",
            )  # fmt: skip
    if suggestion is not None:
        figure.add_vline(
            x=float(suggestion), line={"color": colours.mark, "dash": "dot", "width": 2}
        )
        figure.add_scatter(  # only for the legend: a text beside the line would cover the curve
            x=[None], y=[None], mode="lines", name=f"suggested: {suggestion:.3g}",
            line={"color": colours.mark, "dash": "dot", "width": 2},
        )  # fmt: skip
    figure.update_xaxes(title_text="learning rate", type="log", exponentformat="power", dtick=1)
    figure.update_yaxes(title_text="loss", range=_range(rows))
    return dressed(figure, colours, "Loss over the learning rate")


def _range(rows: Sequence[Mapping[str, Any]]) -> list[float]:
    """From below the smallest loss to half a fall above the first: not up to the blow-up."""
    losses = _curve(rows, "loss")[1]
    fall = losses[0] - min(losses)
    top = min(max(losses), losses[0] + max(fall / 2, abs(losses[0]) / 10))
    margin = 0.05 * (top - min(losses)) or 0.5
    return [min(losses) - margin, top + margin]


def _curve(rows: Sequence[Mapping[str, Any]], key: str) -> tuple[list[float], list[float]]:
    pairs = [(float(row["rate"]), float(row[key])) for row in rows if row.get(key) is not None]
    kept = [(rate, value) for rate, value in pairs if rate > 0 and np.isfinite(value)]
    return [rate for rate, _ in kept], [value for _, value in kept]
