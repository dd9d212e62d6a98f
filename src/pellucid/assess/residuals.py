"""Where a network of numbers errs: its errors by size, and by the range of what was true."""

from __future__ import annotations

from typing import Any

import numpy as np

from pellucid.data.draw import Draw

POINTS, BINS, RANGES = 400, 24, 5


def shown_points(true: Any, predicted: Any, seed: int) -> list[list[float]]:
    """Pairs of true and predicted, at most 400, drawn where there are more."""
    y, got = np.asarray(true, float), np.asarray(predicted, float)
    places = np.arange(len(y))
    if len(y) > POINTS:
        places = np.sort(Draw(seed, "points of a figure").order(len(y))[:POINTS])
    pairs: list[list[float]] = np.column_stack([y[places], got[places]]).tolist()
    return pairs


def histogram(true: Any, predicted: Any) -> list[dict[str, Any]]:
    """How often each size of error, predicted - true, occurs.

    The outermost bins hold what lies beyond the 0.5th and the 99.5th percentile as well.
    """
    errors = np.asarray(predicted, float) - np.asarray(true, float)
    low, high = np.quantile(errors, [0.005, 0.995])
    if high <= low:
        return [{"low": float(low), "high": float(high), "rows": len(errors)}]
    edges = np.linspace(low, high, BINS + 1)
    counts = np.histogram(np.clip(errors, low, high), edges)[0]
    return [
        {"low": float(edges[k]), "high": float(edges[k + 1]), "rows": int(counts[k])}
        for k in range(BINS)
    ]


def ranges(true: Any, predicted: Any) -> tuple[list[dict[str, Any]], np.ndarray[Any, Any]]:
    """The errors in each fifth of the rows, by what was true; and the range of each row.

    ``mae`` is the mean |error|, ``bias`` the mean of predicted - true: above 0 it says too much.
    Rows of one true value stay together, so that ranges may be fewer.
    """
    y = np.asarray(true, float)
    errors = np.asarray(predicted, float) - y
    cuts = np.unique(np.quantile(y, np.linspace(0, 1, RANGES + 1)[1:-1]))
    places = np.searchsorted(cuts, y, side="left")
    rows = []
    for number, place in enumerate(np.unique(places).tolist()):
        own = places == place
        rows.append({
            "low": float(y[own].min()), "high": float(y[own].max()), "rows": int(own.sum()),
            "mae": float(np.abs(errors[own]).mean()), "bias": float(errors[own].mean()),
        })  # fmt: skip
        places[own] = number
    return rows, places
