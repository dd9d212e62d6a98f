"""The measures of predictions, and the means over rows that they follow from.

That each measure is a function of means is what lets ``bootstrap.py`` find its interval without
taking the rows in hand a thousand times: it needs the means of the same numbers over other rows.
"""

from __future__ import annotations

from typing import Any

import numpy as np

Array = np.ndarray[Any, Any]
HIGHER_IS_BETTER = frozenset({"accuracy", "r2", "f1_micro", "f1_macro"})
"""Of the other measures less is better."""


def scores(kind: str, true: Any, predicted: Any, chances: Any = None) -> dict[str, float | None]:
    """The measures of predictions: accuracy for classes; mae, rmse and r2 for numbers.

    Labels have the accuracy (all labels of a row right), f1 over all labels together and as the
    mean of the labels' own, and the share of labels that is wrong; counts have Poisson's deviance.

    Parameters:
        chances: of each class or label, where they are known: adds ``ece``, the expected
            calibration error. Shapes: rows x classes (in the order of the sorted labels).
    Formula: mae = mean |e|; rmse = sqrt(mean e^2); r2 = 1 - sum e^2 / sum (y - mean y)^2, with
        e = y - prediction; None where all y are equal. f1 = 2 hits / (2 hits + false + missed);
        0 where there is none of either. Deviance = mean of 2 (y ln(y / p) - y + p); None where
        p is not above 0.
    """
    means = row_values(kind, true, predicted).mean(axis=0)
    found = {
        name: float(value) if np.isfinite(value) else None
        for name, value in measures(kind, means).items()
    }
    if chances is None:
        return found
    if kind == "labels":
        return found | _calibration(np.asarray(true) > 0.5, chances)
    return found | _calibration(np.asarray(true) == np.asarray(predicted), chances)


def row_values(kind: str, true: Any, predicted: Any) -> Array:
    """The numbers of each row whose means the measures follow from.

    Shapes: n rows -> n x 1 for classes (whether it is right); n x (3 + columns of y) for numbers
        (the mean |e|, the sums of e^2 and of c^2, and c = y - mean y of each column); n x 3 for
        counts (the means of |e| and e^2, and the deviance); n x (2 + 2 labels) for labels (whether
        all are right, the share that is wrong, and of each label hits and hits or misses).
    """
    if kind == "classes":
        return np.asarray(np.asarray(true) == np.asarray(predicted), float).reshape(-1, 1)
    if kind == "labels":
        wanted, got = np.asarray(true) > 0.5, np.asarray(predicted) > 0.5
        wrong = (wanted != got).mean(axis=1)
        return np.column_stack([wrong == 0, wrong, wanted & got, 1.0 * wanted + got])
    y = np.asarray(true, float)
    y = y.reshape(len(y), -1)
    p = np.asarray(predicted, float).reshape(y.shape)
    errors = y - p
    if kind == "counts":
        return np.column_stack([np.abs(errors).mean(1), (errors**2).mean(1), _deviance(y, p)])
    centred = y - y.mean(axis=0)  # the measures stay as they are, and nothing cancels
    sums = [np.abs(errors).mean(axis=1), (errors**2).sum(axis=1), (centred**2).sum(axis=1)]
    return np.column_stack([*sums, centred])


def measures(kind: str, means: Array) -> dict[str, Array]:
    """The measures that follow from means of ``row_values``, for one set of rows or many.

    Shapes: ... x values -> an array of ... for each measure. NaN where one is undefined.
    """
    if kind == "classes":
        return {"accuracy": means[..., 0]}
    if kind == "labels":
        hits, either = np.split(means[..., 2:], 2, axis=-1)
        own = 2 * hits / np.where(either > 0, either, 1.0)
        every = either.sum(axis=-1)
        return {
            "accuracy": means[..., 0],
            "f1_micro": 2 * hits.sum(axis=-1) / np.where(every > 0, every, 1.0),
            "f1_macro": own.mean(axis=-1),
            "hamming_loss": means[..., 1],
        }
    if kind == "counts":
        return {"mae": means[..., 0], "rmse": np.sqrt(means[..., 1]), "deviance": means[..., 2]}
    columns = means.shape[-1] - 3
    spread = means[..., 2] - (means[..., 3:] ** 2).sum(axis=-1)
    with np.errstate(divide="ignore", invalid="ignore"):
        r2 = np.where(spread > 0, 1 - means[..., 1] / spread, np.nan)
    return {"mae": means[..., 0], "rmse": np.sqrt(means[..., 1] / columns), "r2": r2}


def _deviance(y: Array, p: Array) -> Array:
    """Poisson's deviance of each row; NaN where a prediction is not above 0."""
    above = np.where(p > 0, p, np.nan)
    ratio = np.where(y > 0, y, 1.0) / np.where(y > 0, above, 1.0)
    return np.asarray((2 * (y * np.log(ratio) - y + above)).mean(axis=1))


def _calibration(right: Any, chances: Any) -> dict[str, float | None]:
    """The expected calibration error, where there are chances."""
    from pellucid.assess.calibration import reliability

    told = np.asarray(chances, float)
    return {"ece": reliability(right, told if told.shape == right.shape else told.max(1)).error}
