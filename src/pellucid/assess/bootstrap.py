"""How sure a measure is: what it would be on other rows of the same kind (the bootstrap).

The rows at hand stand for all there could be: draw as many of them, with repetition, measure again,
a thousand times over. Where the middle 95 % of these results lie is the interval.

Source: B. Efron, R. Tibshirani, An Introduction to the Bootstrap, 1993, chapter 13 (percentiles).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from pellucid.assess.scores import HIGHER_IS_BETTER, measures, row_values
from pellucid.data.draw import Draw

RESAMPLES, LEVEL = 1_000, 0.95
MOST_UNITS = 10_000
"""More rows than that are put together at random into so many groups, and groups are drawn."""
ROOM = 1_000_000


def resampled_means(values: Any, seed: int, resamples: int = RESAMPLES) -> np.ndarray[Any, Any]:
    """The means of the columns in each resample.

    Formula: the mean over n rows drawn with repetition from the n at hand. Of more than 10,000 rows
        random groups of (nearly) one size are drawn in place of single rows: a group's mean varies
        as much less as it has more rows, so that the spread of the results is the same.
    Shapes: n x k -> resamples x k.
    """
    units = np.asarray(values, float)
    draw = Draw(seed, "bootstrap")
    sizes = np.ones(len(units))
    if len(units) > MOST_UNITS:
        starts = np.arange(MOST_UNITS) * len(units) // MOST_UNITS
        sizes = np.diff([*starts, len(units)]).astype(float)
        units = np.add.reduceat(units[draw.order(len(units))], starts, axis=0)
    summed = np.column_stack([units, sizes])
    count = len(units)
    result = np.empty((resamples, summed.shape[1]))
    step = max(1, ROOM // count)
    for first in range(0, resamples, step):
        some = min(step, resamples - first)
        drawn = np.minimum((draw.uniform(some, count) * count).astype(np.int64), count - 1)
        places = (drawn + np.arange(some)[:, None] * count).reshape(-1)
        times = np.bincount(places, minlength=some * count).reshape(some, count)
        result[first : first + some] = times.astype(float) @ summed
    return np.asarray(result[:, :-1] / result[:, -1:])


def ends(values: Any, level: float = LEVEL) -> tuple[float, float] | tuple[None, None]:
    """The two percentiles between which the middle share of the values lies; None for no values."""
    found = np.asarray(values)[np.isfinite(values)]
    if not len(found):
        return None, None
    low, high = np.quantile(found, [(1 - level) / 2, (1 + level) / 2])
    return float(low), float(high)


def compared(
    kind: str, true: Any, answers: Mapping[str, Any], seed: int, resamples: int = RESAMPLES
) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """The measures of several models on the same rows, and how far the first is from each other.

    The rows drawn are the same for all models: what makes rows hard makes them hard for all, and
    the difference of two models is surer than either.

    Parameters:
        answers: the predictions of each model by its name.
    Where all rows, or none, are right, the interval is Clopper and Pearson's.

    Returns: a row a model and measure: ``value``, ``low``, ``high``; and a row a difference, first
        model less the other: the same, and ``better``: "first", "other", or "unsure" where the
        interval holds 0.
    """
    values = [row_values(kind, true, predicted) for predicted in answers.values()]
    width = values[0].shape[1]
    drawn = resampled_means(np.hstack(values), seed, resamples)
    exact, varied = {}, {}
    for place, (name, own) in enumerate(zip(answers, values, strict=True)):
        exact[name] = measures(kind, own.mean(axis=0))
        varied[name] = measures(kind, drawn[:, place * width : (place + 1) * width])
    first = next(iter(answers))
    rows = [
        _row(name, measure, float(value), varied[name][measure])
        for name, found in exact.items()
        for measure, value in found.items()
    ]
    for row in rows:
        if row["measure"] == "accuracy" and row["value"] in (0.0, 1.0):
            row["low"], row["high"] = _all_alike(row["value"], len(values[0]))
    differences = []
    for name, found in exact.items():
        for measure, value in found.items() if name != first else ():
            apart = varied[first][measure] - varied[name][measure]
            row = _row(name, measure, float(exact[first][measure] - value), apart)
            differences.append(row | {"better": _better(measure, row["low"], row["high"])})
    return rows, differences


def _all_alike(share: float, rows: int) -> tuple[float, float]:
    """The interval of a share of 0 or 1, from which every resample gives the same again.

    Formula: with all of n right, down to the share of which all n would be right with a chance of
        2.5 %: 0.025^(1/n); with none right the reverse.
    Source: C. Clopper, E. Pearson, The Use of Confidence or Fiducial Limits, Biometrika 26, 1934.
    """
    far = ((1 - LEVEL) / 2) ** (1 / rows)
    return (far, 1.0) if share == 1.0 else (0.0, 1 - far)


def _row(name: str, measure: str, value: float, drawn: Any) -> dict[str, Any]:
    low, high = ends(drawn)
    defined = value if np.isfinite(value) else None
    return {"model": name, "measure": measure, "value": defined, "low": low, "high": high}


def _better(measure: str, low: float | None, high: float | None) -> str:
    if low is None or high is None or low <= 0 <= high:
        return "unsure"
    return "first" if (low > 0) == (measure in HIGHER_IS_BETTER) else "other"
