"""The reliability curve: whether chances come true as often as they say."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

from pellucid.errors import DataError
from pellucid.figures.chart import Axis, Chart, Guide, Series, to_plotly


def reliability_curve(rows: Sequence[Mapping[str, Any]], template: str = "light") -> Any:
    """Draw how often answers are right over the chance that they were given.

    Points on the diagonal are honest, below it too sure, above it too modest; the larger a point,
    the more rows it stands for.

    Parameters:
        rows: as ``pellucid.assess.calibration.reliability`` gives them.
        template: "light" or "dark".

    Returns: a ``plotly.graph_objects.Figure``.
    Raises: ``DataError`` for no rows; ``UnknownNameError`` for an unknown template.
    """
    return to_plotly(reliability_chart(rows), template)


def reliability_chart(rows: Sequence[Mapping[str, Any]]) -> Chart:
    """The curve as plain data."""
    if not rows:
        raise DataError("There is no reliability curve: there are no rows. Give at least one.")
    most = max(row["rows"] for row in rows)
    x, y = [row["chance"] for row in rows], [row["right"] for row in rows]
    notes = [
        f"of {row['rows']:,} answers given about {row['chance']:.0%}, {row['right']:.1%} were right"
        for row in rows
    ]
    sizes = [5 + 15 * math.sqrt(row["rows"] / most) for row in rows]
    return Chart(
        "Do its chances come true?",
        Axis("chance given to the answer", min(0.5, *x) - 0.05, 1.03, percent=True),
        Axis("share of answers that were right", min(0.5, *x, *y) - 0.05, 1.05, percent=True),
        (
            Series("by chance", x, y, "line"),
            Series("a tenth of the chances", x, y, "points", notes=notes, sizes=sizes),
        ),
        (Guide("as often as it says", (min(0.5, *x), min(0.5, *x)), (1.0, 1.0)),),
    )
