"""An attribution drawn: bars of columns, or a map of a picture's pixels."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from pellucid.errors import DataError
from pellucid.figures.theme import dressed, theme

MOST = 30


def attribution_bars(
    rows: Sequence[Mapping[str, Any]], title: str = "Attribution", template: str = "light"
) -> Any:
    """Draw what each column gets, the largest first; at most 30, the others as one bar.

    Parameters:
        rows: as ``Attribution.rows()`` gives them: ``column``, ``value``, ``attribution`` and,
            where they were sampled, ``error``.
        template: "light" or "dark".

    Returns: a ``plotly.graph_objects.Figure``.
    Raises: ``DataError`` for no rows; ``UnknownNameError`` for an unknown template.
    """
    import plotly.graph_objects as go

    colours = theme(template)
    if not rows:
        raise DataError("There is no attribution to draw: there are no columns. Give at least one.")
    kept = list(rows) if len(rows) <= MOST else list(rows[: MOST - 1])
    names = [_name(row) for row in kept]
    values = [float(row["attribution"]) for row in kept]
    errors = [float(row.get("error") or 0.0) for row in kept]
    if len(kept) < len(rows):
        rest = rows[len(kept) :]
        names.append(f"{len(rest)} more, together")
        values.append(sum(float(row["attribution"]) for row in rest))
        errors.append(0.0)
    figure = go.Figure(
        go.Bar(
            x=values, y=names, orientation="h",
            marker={"color": [colours.training if v >= 0 else colours.validation for v in values]},
            error_x={"type": "data", "array": errors, "color": colours.ink, "thickness": 1}
            if any(errors) else None,
            hovertemplate="%{y}: %{x:.4g}<extra></extra>",
        )
    )  # fmt: skip
    figure.add_vline(x=0, line={"color": colours.ink, "width": 1})
    figure.update_xaxes(title_text="attribution")
    figure.update_yaxes(type="category", autorange="reversed", automargin=True)
    return dressed(figure, colours, title, 160 + 26 * len(names))


def attribution_map(
    values: Sequence[Sequence[float]], title: str = "Attribution", template: str = "light"
) -> Any:
    """Draw what each pixel gets: blue speaks for the output, vermilion against it.

    Parameters:
        values: height x width, as ``Attribution.map`` gives them.
        template: "light" or "dark".

    Returns: a ``plotly.graph_objects.Figure``.
    Raises: ``DataError`` for no pixels; ``UnknownNameError`` for an unknown template.
    """
    import plotly.graph_objects as go

    colours = theme(template)
    rows = [list(map(float, row)) for row in values]
    if not rows or not rows[0]:
        raise DataError("There is no attribution to draw: there are no pixels. Give a picture's.")
    top = max(abs(value) for row in rows for value in row) or 1.0
    figure = go.Figure(
        go.Heatmap(
            z=rows, zmin=-top, zmax=top, colorbar={"title": "attribution"},
            colorscale=[[0, colours.validation], [0.5, colours.paper], [1, colours.training]],
            hovertemplate="row %{y}, column %{x}: %{z:.4g}<extra></extra>",
        )
    )  # fmt: skip
    figure.update_xaxes(visible=False, constrain="domain")
    figure.update_yaxes(visible=False, autorange="reversed", scaleanchor="x")
    return dressed(figure, colours, title, 480)


def _name(row: Mapping[str, Any]) -> str:
    """A column with what it holds."""
    value = row.get("value")
    shown = f"{value:.4g}" if isinstance(value, float) else str(value)
    return f"{row['column']} = {shown if len(shown) <= 20 else shown[:19] + '…'}"
