"""Scores with their intervals, and the importance of columns: a name, a value, a whisker."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from pellucid.errors import DataError
from pellucid.figures.theme import dressed, theme


def score_intervals(rows: Sequence[Mapping[str, Any]], template: str = "light") -> Any:
    """Draw a score of several models with its interval, one below the other.

    Parameters:
        rows: ``model``, ``measure``, ``value``, ``low`` and ``high``, all of one measure; the first
            model is pointed out.
        template: "light" or "dark".

    Returns: a ``plotly.graph_objects.Figure``.
    Raises: ``DataError`` for no rows; ``UnknownNameError`` for an unknown template.
    """
    import plotly.graph_objects as go

    colours = theme(template)
    told = [row for row in rows if row["value"] is not None]
    if not told:
        raise DataError("There are no scores to draw. Give at least one with a value.")
    values = [row["value"] for row in told]
    figure = go.Figure(
        go.Scatter(
            x=values, y=[row["model"] for row in told], mode="markers",
            marker={
                "size": 11,
                "color": [colours.training, *[colours.validation] * (len(told) - 1)],
                "symbol": ["circle", *["diamond"] * (len(told) - 1)],
            },
            error_x={
                "type": "data", "symmetric": False, "color": colours.ink, "thickness": 1.5,
                "array": [(row["high"] or row["value"]) - row["value"] for row in told],
                "arrayminus": [row["value"] - (row["low"] or row["value"]) for row in told],
            },
            hovertemplate="%{y}: %{x:.4g}<extra></extra>",
        )
    )  # fmt: skip
    figure.update_xaxes(title_text=str(told[0]["measure"]))
    figure.update_yaxes(type="category", autorange="reversed")
    return dressed(figure, colours, "Scores and their intervals", 140 + 60 * len(told))


def importance_bars(rows: Sequence[Mapping[str, Any]], template: str = "light") -> Any:
    """Draw how much the error rises when each column is shuffled, and the share of its weights.

    Parameters:
        rows: as ``Importance.rows()`` gives them: ``column``, ``rise``, ``deviation`` and
            ``weights``, which may be None.
        template: "light" or "dark".

    Returns: a ``plotly.graph_objects.Figure``.
    Raises: ``DataError`` for no rows; ``UnknownNameError`` for an unknown template.
    """
    from plotly.subplots import make_subplots

    colours = theme(template)
    if not rows:
        raise DataError("There is no importance to draw: there are no columns. Give at least one.")
    names = [str(row["column"]) for row in rows]
    weighed = all(row.get("weights") is not None for row in rows)
    titles = ["by shuffling", "by weights"][: 1 + weighed]
    figure = make_subplots(1, len(titles), shared_yaxes=True, subplot_titles=titles)
    figure.add_bar(
        x=[row["rise"] for row in rows], y=names, orientation="h", row=1, col=1,
        marker={"color": colours.training}, name="by shuffling",
        error_x={"type": "data", "array": [row["deviation"] for row in rows],
                 "color": colours.ink, "thickness": 1},
    )  # fmt: skip
    figure.update_xaxes(title_text="rise of the error", row=1, col=1)
    if weighed:
        total = sum(row["weights"] for row in rows) or 1.0
        figure.add_bar(
            x=[row["weights"] / total for row in rows], y=names, orientation="h", row=1, col=2,
            marker={"color": colours.validation}, name="by weights",
        )  # fmt: skip
        figure.update_xaxes(title_text="share of the weights", tickformat=".0%", row=1, col=2)
    figure.update_yaxes(type="category", autorange="reversed")
    height = 160 + 26 * len(rows)
    return dressed(figure, colours, "What the answers depend on", height).update_layout(
        showlegend=False
    )
