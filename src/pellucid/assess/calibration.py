"""Whether the chances that a network gives come true as often as they say."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

BINS = 10


def reliability(true: Any, chances: Any, labels: Any, bins: int = BINS) -> list[dict[str, Any]]:
    """How often the answer is right, for answers of about the same chance.

    Formula: rows are put into ``bins`` bins of one width by the chance p of their most likely
        class, (k - 1)/bins < p <= k/bins; of each bin: the mean of p, and the share that is right.
    Shapes: n labels; n x classes -> a row a bin that is not empty: ``low``, ``high``, ``rows``,
        ``chance``, ``right``.
    Parameters:
        labels: the class of each column of ``chances``.

    Example:
        >>> reliability(["a", "b"], [[0.75, 0.25], [0.75, 0.25]], ["a", "b"])
        [{'low': 0.7, 'high': 0.8, 'rows': 2, 'chance': 0.75, 'right': 0.5}]
    Source: C. Guo et al., On Calibration of Modern Neural Networks, ICML 2017, section 2.
    """
    shares = np.asarray(chances, float)
    said = np.asarray(labels)[shares.argmax(axis=1)]
    sure, right = shares.max(axis=1), np.asarray(true) == said
    places = np.searchsorted(np.arange(1, bins) / bins, sure, side="left")
    rows = []
    for place in np.unique(places).tolist():
        own = places == place
        rows.append({
            "low": place / bins, "high": (place + 1) / bins, "rows": int(own.sum()),
            "chance": float(sure[own].mean()), "right": float(right[own].mean()),
        })  # fmt: skip
    return rows


def expected_calibration_error(rows: Sequence[Mapping[str, Any]]) -> float:
    """How far the chances are from what came true, on average over the rows of ``reliability``.

    Formula: sum over bins of rows / n * |right - chance|.

    Example:
        >>> expected_calibration_error([{"rows": 4, "chance": 0.75, "right": 0.5}])
        0.25
    """
    count = sum(row["rows"] for row in rows)
    return float(sum(row["rows"] * abs(row["right"] - row["chance"]) for row in rows) / count)
