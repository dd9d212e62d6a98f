"""The confusion matrix: how often each class was taken for each other."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from pellucid.errors import ShapeError
from pellucid.figures.theme import dressed, theme

READABLE = 25


def confusion_matrix(matrix: Any, labels: Sequence[Any], template: str = "light") -> Any:
    """Draw counts by true class (rows) and predicted class (columns).

    The shade is the share of the row, so that a rare class shows its mistakes as clearly as a
    common one; the number is the count, left out for more than 25 classes.

    Shapes: classes x classes, whole numbers.
    Returns: a ``plotly.graph_objects.Figure``.
    Raises: ``ShapeError``; ``UnknownNameError`` for an unknown template.
    """
    import plotly.graph_objects as go

    colours = theme(template)
    counts, names = checked(matrix, labels)
    shares = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
    scale = [
        [place / (len(colours.shades) - 1), shade] for place, shade in enumerate(colours.shades)
    ]
    figure = go.Figure(
        go.Heatmap(
            z=shares.tolist(), x=names, y=names, zmin=0, zmax=1, colorscale=scale,
            text=counts.tolist() if len(names) <= READABLE else None,
            texttemplate="%{text}" if len(names) <= READABLE else None,
            customdata=counts.tolist(), xgap=1, ygap=1,
            colorbar={"title": {"text": "share of<br>the row"}, "tickformat": ".0%"},
            hovertemplate="%{y} taken for %{x}: %{customdata} (%{z:.1%})<extra></extra>",
        )
    )  # fmt: skip
    figure.update_xaxes(title_text="predicted", type="category", showgrid=False)
    figure.update_yaxes(title_text="true", type="category", autorange="reversed", showgrid=False)
    figure.update_yaxes(scaleanchor="x", constrain="domain")
    figure.update_xaxes(constrain="domain")
    right = int(np.trace(counts))
    title = f"Confusion matrix: {right:,} of {int(counts.sum()):,} right"
    return dressed(figure, colours, title, 560).update_layout(width=680)


def checked(matrix: Any, labels: Sequence[Any]) -> tuple[np.ndarray[Any, Any], list[str]]:
    """The counts as an array, and the labels as text, one a class."""
    counts = np.asarray(matrix)
    if counts.ndim != 2 or counts.shape != (len(labels), len(labels)):
        raise ShapeError(
            f"A confusion matrix of {len(labels)} labels is {len(labels)} x {len(labels)}, got "
            f"shape {list(counts.shape)}. Give one row, one column and one label a class."
        )
    return counts, [str(label) for label in labels]
