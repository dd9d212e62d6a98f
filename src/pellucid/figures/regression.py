"""Predictions of numbers over what was true, and the errors by their size."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from pellucid.errors import DataError
from pellucid.figures.chart import Axis, Chart, Guide, Series, spanning, to_plotly


def predicted_true(
    points: Sequence[Sequence[float]], name: str = "target", template: str = "light"
) -> Any:
    """Draw predictions over what was true: on the diagonal they are right.

    Parameters:
        points: pairs of true and predicted.
        name: of what is predicted.
        template: "light" or "dark".

    Returns: a ``plotly.graph_objects.Figure``.
    Raises: ``DataError`` for no points; ``UnknownNameError`` for an unknown template.
    """
    return to_plotly(predicted_true_chart(points, name), template)


def predicted_true_chart(points: Sequence[Sequence[float]], name: str = "target") -> Chart:
    """The points as plain data."""
    if not points:
        raise DataError("There are no points of predicted and true. Give at least one pair.")
    x, y = [float(true) for true, _ in points], [float(said) for _, said in points]
    low, high = spanning([*x, *y])
    notes = [f"true {a:.5g}, predicted {b:.5g}" for a, b in zip(x, y, strict=True)]
    return Chart(
        "Predicted and true",
        Axis(f"true {name}", low, high),
        Axis(f"predicted {name}", low, high),
        (Series("a row", x, y, "points", notes=notes, faint=True),),
        (Guide("predicted = true", (low, low), (high, high)),),
    )


def error_histogram(
    rows: Sequence[Mapping[str, Any]], name: str = "target", template: str = "light"
) -> Any:
    """Draw how often each size of error occurs.

    Parameters:
        rows: ``low``, ``high`` and ``rows`` of each bin, the bins of one width.
        name: of what is predicted.
        template: "light" or "dark".

    Returns: a ``plotly.graph_objects.Figure``.
    Raises: ``DataError`` for no bins; ``UnknownNameError`` for an unknown template.
    """
    return to_plotly(error_chart(rows, name), template)


def error_chart(rows: Sequence[Mapping[str, Any]], name: str = "target") -> Chart:
    """The histogram as plain data."""
    if not rows:
        raise DataError("There is no histogram of errors: there are no bins. Give at least one.")
    x = [(row["low"] + row["high"]) / 2 for row in rows]
    y = [float(row["rows"]) for row in rows]
    low, high = spanning([rows[0]["low"], rows[-1]["high"], 0.0], 0.02)
    notes = [f"{row['rows']:,} rows off by {row['low']:.4g} to {row['high']:.4g}" for row in rows]
    top = 1.06 * max(*y, 1.0)
    return Chart(
        "How far off, and how often",
        Axis(f"predicted - true {name}", low, high),
        Axis("rows", 0.0, top, whole=True),
        (Series("rows", x, y, "bars", notes=notes),),
        (Guide("no error", (0.0, 0.0), (0.0, top)),),
    )
