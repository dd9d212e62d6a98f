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
        rows: mappings with ``rate`` and ``loss``; ``smooth`` is drawn as a second curve where it is
            given. Values that are not finite are left out.
        suggestion: the rate to mark; None: no mark.
        template: "light" or "dark".

    Returns: a ``plotly.graph_objects.Figure``.
    Raises: ``DataError`` for rows without a finite loss; ``UnknownNameError``.
    """
    import plotly.graph_objects as go

    colours = theme(template)
    if not _curve(rows, "loss")[0]:
        raise DataError("There is no rate curve: no learning rate that was tried gave a finite loss.")
    figure = go.Figure()
    curves = (("loss", "loss", colours.training, 1.5), ("smooth", "smoothed", colours.validation, 3))
    for key, label, colour, width in curves:
        x, y = _curve(rows, key)
        if x:
            figure.add_scatter(
                x=x, y=y, name=label, mode="lines", line={"color": colour, "width": width},
                hovertemplate="rate %{x:.3g}: loss %{y:.4g}<extra></extra>",
            )  # fmt: skip
    if suggestion is not None:
        figure.add_vline(
            x=float(suggestion), line={"color": colours.mark, "dash": "dot", "width": 2},
            annotation={"text": f"suggested: {suggestion:.3g}", "font": {"color": colours.mark}},
        )  # fmt: skip
    figure.update_xaxes(title_text="learning rate", type="log", exponentformat="power", dtick=1)
    figure.update_yaxes(title_text="loss")
    return dressed(figure, colours, "Loss over the learning rate")


def _curve(rows: Sequence[Mapping[str, Any]], key: str) -> tuple[list[float], list[float]]:
    pairs = [(float(row["rate"]), float(row[key])) for row in rows if row.get(key) is not None]
    kept = [(rate, value) for rate, value in pairs if rate > 0 and np.isfinite(value)]
    return [rate for rate, _ in kept], [value for _, value in kept]
