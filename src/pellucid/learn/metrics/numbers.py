"""Metrics of answers that are numbers; with several outputs the mean over them."""

from __future__ import annotations

import math
from collections.abc import Mapping

from pellucid.dataclass import dataclass
from pellucid.graph import BATCH, Value
from pellucid.learn.metrics.base import Metric, share
from pellucid.ops import abs, cast, mean, reshape, sqrt, sum, where


@dataclass(frozen=True)
class MAE(Metric):
    """The mean size of the error, in the unit of y. Formula: sum of w |p - y| / sum of w.

    Numerics: 0 where nothing has weight.
    """

    kind = "mae"
    higher_is_better = False
    reads = ("numbers",)
    shifts = False

    def counts(self, output: Value, target: Value, weight: Value) -> dict[str, Value]:
        error = columns(output) - columns(target)
        return {"error": sum(reshape(weight, (BATCH, 1)) * abs(error), 0), "all": sum(weight)}

    def value(self, totals: Mapping[str, Value]) -> Value:
        return mean(share(totals["error"], totals["all"]))


@dataclass(frozen=True)
class RMSE(Metric):
    """The root of the mean squared error, in the unit of y.

    Formula: sqrt(sum of w (p - y)^2 / sum of w).
    Numerics: 0 where nothing has weight.
    """

    kind = "rmse"
    higher_is_better = False
    reads = ("numbers",)
    shifts = False

    def counts(self, output: Value, target: Value, weight: Value) -> dict[str, Value]:
        error = columns(output) - columns(target)
        return {"square": sum(reshape(weight, (BATCH, 1)) * (error * error), 0), "all": sum(weight)}

    def value(self, totals: Mapping[str, Value]) -> Value:
        return mean(sqrt(share(totals["square"], totals["all"])))


@dataclass(frozen=True)
class R2(Metric):
    """The share of the spread of y that is explained: 1 is perfect, 0 as good as y's mean.

    Formula: 1 - sum of w (p - y)^2 / (sum of w y^2 - (sum of w y)^2 / sum of w).
    Numerics: a y that does not vary gives 1 where all answers are exact, else 0, as in
        scikit-learn. y is taken before the shift to its own units, near 0, so that its squares keep
        their digits; a y in float32 whose mean is a thousand times its spread, and that was not
        scaled, does not.
    """

    kind = "r2"
    reads = ("numbers",)
    shifts = False

    def counts(self, output: Value, target: Value, weight: Value) -> dict[str, Value]:
        y, column = columns(target), reshape(weight, (BATCH, 1))
        error = columns(output) - y
        return {
            "square": sum(column * (error * error), 0),
            "y": sum(column * y, 0),
            "y2": sum(column * (y * y), 0),
            "all": sum(weight),
        }

    def value(self, totals: Mapping[str, Value]) -> Value:
        spread = totals["y2"] - share(totals["y"] * totals["y"], totals["all"])
        varies = spread > 1e-12 * totals["y2"]
        exact = cast(totals["square"] <= 0.0, "float")
        explained = 1.0 - totals["square"] / where(varies, spread, 1.0)
        return mean(where(varies, explained, exact))


def columns(value: Value) -> Value:
    """A value as rows of numbers: (batch, ...) -> (batch, all the others)."""
    sizes = [dim for dim in value.shape[1:] if isinstance(dim, int)]
    return reshape(value, (BATCH, math.prod(sizes)))
