"""The measures of predictions, each a function of means over rows.

That is what lets ``bootstrap.py`` find the interval of a measure without taking the rows in hand a
thousand times: it needs the means of the same numbers over other rows.
"""

from __future__ import annotations

from typing import Any

import numpy as np

HIGHER_IS_BETTER = frozenset({"accuracy", "r2"})
"""Of the other measures, mae and rmse, less is better."""


def scores(kind: str, true: Any, predicted: Any) -> dict[str, float | None]:
    """The measures of predictions: accuracy for classes; mae, rmse and r2 for numbers.

    Formula: mae = mean |e|; rmse = sqrt(mean e^2); r2 = 1 - sum e^2 / sum (y - mean y)^2, with
        e = y - prediction; None where all y are equal.
    """
    if kind == "classes":
        return {"accuracy": float(np.mean(np.asarray(true) == np.asarray(predicted)))}
    y = np.asarray(true, float)
    squares = (y - np.asarray(predicted, float).reshape(y.shape)) ** 2
    spread = float(((y - y.mean(axis=0)) ** 2).sum())
    return {
        "mae": float(np.sqrt(squares).mean()),
        "rmse": float(np.sqrt(squares.mean())),
        "r2": 1 - float(squares.sum()) / spread if spread else None,
    }


def row_values(kind: str, true: Any, predicted: Any) -> np.ndarray[Any, Any]:
    """The numbers of each row whose means the measures follow from.

    Shapes: n rows -> n x 1 for classes (whether it is right); n x (3 + columns of y) for numbers
        (the mean |e|, the sums of e^2 and of c^2, and c = y - mean y of each column).
    """
    if kind == "classes":
        return np.asarray(np.asarray(true) == np.asarray(predicted), float).reshape(-1, 1)
    y = np.asarray(true, float)
    y = y.reshape(len(y), -1)
    errors = y - np.asarray(predicted, float).reshape(y.shape)
    centred = y - y.mean(axis=0)  # the measures stay as they are, and nothing cancels
    sums = [np.abs(errors).mean(axis=1), (errors**2).sum(axis=1), (centred**2).sum(axis=1)]
    return np.column_stack([*sums, centred])


def measures(kind: str, means: np.ndarray[Any, Any]) -> dict[str, np.ndarray[Any, Any]]:
    """The measures that follow from means of ``row_values``, for one set of rows or many.

    Shapes: ... x values -> an array of ... for each measure. NaN where r2 is undefined.
    """
    if kind == "classes":
        return {"accuracy": means[..., 0]}
    columns = means.shape[-1] - 3
    spread = means[..., 2] - (means[..., 3:] ** 2).sum(axis=-1)
    with np.errstate(divide="ignore", invalid="ignore"):
        r2 = np.where(spread > 0, 1 - means[..., 1] / spread, np.nan)
    return {"mae": means[..., 0], "rmse": np.sqrt(means[..., 1] / columns), "r2": r2}
