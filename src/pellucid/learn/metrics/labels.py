"""Metrics of answers that are several labels a row."""

from __future__ import annotations

from collections.abc import Mapping

from pellucid.dataclass import dataclass
from pellucid.graph import Value
from pellucid.learn.metrics.base import Metric, share
from pellucid.ops import abs, cast, mean, sum


@dataclass(frozen=True)
class HammingLoss(Metric):
    """The share of labels that are wrong, of all labels of all rows.

    Formula: sum of w (mean over the labels of |given - wanted|) / sum of w, with given 1 where the
        raw output (a logit) is above 0.
    Numerics: 0 where nothing has weight.
    """

    kind = "hamming_loss"
    higher_is_better = False
    reads = ("labels",)

    def counts(self, output: Value, target: Value, weight: Value) -> dict[str, Value]:
        wrong = mean(abs(present(output) - target), 1)
        return {"wrong": sum(weight * wrong), "all": sum(weight)}

    def value(self, totals: Mapping[str, Value]) -> Value:
        return share(totals["wrong"], totals["all"])


def present(output: Value) -> Value:
    """1.0 for each label whose raw output is above 0, else 0.0."""
    found: Value = cast(output > 0.0, "float")
    return found
