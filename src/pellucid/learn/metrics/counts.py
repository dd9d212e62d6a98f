"""Metrics of answers that are the means of counts, and of those that are quantiles."""

from __future__ import annotations

from collections.abc import Mapping

from pellucid.dataclass import dataclass
from pellucid.graph import BATCH, Value
from pellucid.learn.metrics.base import TINY, Metric, share
from pellucid.learn.metrics.numbers import columns
from pellucid.ops import cast, log, maximum, mean, reshape, slice, sum, where


@dataclass(frozen=True)
class PoissonDeviance(Metric):
    """How far counts are from their means, as unlikely as they are under Poisson's distribution.

    Formula: mean of 2 (y ln(y / p) - y + p), with y ln y = 0 at y = 0; 0 where p = y.
    Numerics: p below 1e-30 counts as that; 0 where nothing has weight.
    """

    kind = "poisson_deviance"
    higher_is_better = False
    reads = ("numbers",)

    def counts(self, output: Value, target: Value, weight: Value) -> dict[str, Value]:
        y, p = columns(target), maximum(columns(output), TINY)
        ratio = where(y > 0.0, y, 1.0) / where(y > 0.0, p, 1.0)
        deviance = 2.0 * (y * log(ratio) - y + p)
        return {"deviance": sum(reshape(weight, (BATCH, 1)) * deviance, 0), "all": sum(weight)}

    def value(self, totals: Mapping[str, Value]) -> Value:
        return mean(share(totals["deviance"], totals["all"]))


@dataclass(frozen=True)
class Coverage(Metric):
    """The share of targets that lie between the lowest and the highest quantile, ends included.

    Formula: sum of w over samples with low <= y <= high / sum of w.
    Numerics: 0 where nothing has weight.
    """

    kind = "coverage"
    shifts = False
    reads = ("quantiles",)

    def counts(self, output: Value, target: Value, weight: Value) -> dict[str, Value]:
        width = output.shape[-1]
        assert isinstance(width, int)
        low, high = slice(output, 1, 0, 1), slice(output, 1, width - 1, width)
        inside = cast(target >= low, "float") * cast(target <= high, "float")
        return {"inside": sum(weight * reshape(inside, (BATCH,))), "all": sum(weight)}

    def value(self, totals: Mapping[str, Value]) -> Value:
        return share(totals["inside"], totals["all"])
