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
    the more rows it stands for. Whiskers say how sure the share is: Wilson's interval of 95 %.

    Parameters:
        rows: as ``rows()`` of ``pellucid.assess.calibration.reliability`` gives them.
        template: "light" or "dark".

    Returns: a ``plotly.graph_objects.Figure``.
    Raises: ``DataError`` for no rows; ``UnknownNameError`` for an unknown template.
    """
    return to_plotly(reliability_chart(rows), template)


def reliability_chart(rows: Sequence[Mapping[str, Any]]) -> Chart:
    """The curve as plain data."""
    if not rows:
        raise DataError("There is no reliability curve: there are no rows. Give at least one.")
    most = max(row["count"] for row in rows)
    x, y = [row["confidence"] for row in rows], [row["accuracy"] for row in rows]
    notes = [
        f"of {row['count']:,} answers given about {row['confidence']:.0%}, "
        f"{row['accuracy']:.1%} were right"
        for row in rows
    ]
    low, high = zip(*(wilson(row["accuracy"], row["count"]) for row in rows), strict=True)
    sizes = [5 + 15 * math.sqrt(row["count"] / most) for row in rows]
    return Chart(
        "Do its chances come true?",
        Axis("chance given to the answer", min(0.5, *x) - 0.05, 1.03, percent=True),
        Axis(
            "share of answers that were right",
            max(-0.03, min(0.5, *x, *low) - 0.05),
            1.05,
            percent=True,
        ),
        (Series("answers", x, y, "points", notes=notes, sizes=sizes, low=low, high=high),),
        (Guide("as often as it says", (min(0.5, *x), min(0.5, *x)), (1.0, 1.0)),),
    )


def wilson(share: float, rows: int, z: float = 1.96) -> tuple[float, float]:
    """The interval of 95 % of a share among so many rows.

    Source: E. Wilson, Probable Inference, the Law of Succession, and Statistical Inference, Journal
        of the American Statistical Association 22, 1927, doi:10.1080/01621459.1927.10502953.
    """
    middle = (share + z * z / (2 * rows)) / (1 + z * z / rows)
    spread = share * (1 - share) / rows + z * z / (4 * rows * rows)
    half = z * math.sqrt(spread) / (1 + z * z / rows)
    return max(0.0, middle - half), min(1.0, middle + half)
