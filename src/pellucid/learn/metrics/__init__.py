"""Metrics: numbers that a person reads off a prediction, as nodes of the graph.

A metric adds up *counts* over samples (for accuracy: the weight of the right answers, and of all),
and computes its value from the totals. So it comes out the same for any batch size, and exactly.
"""

from pellucid.learn.metrics.base import Metric, metric
from pellucid.learn.metrics.classes import (
    F1,
    Accuracy,
    BalancedAccuracy,
    Precision,
    Recall,
    TopK,
    answers,
)
from pellucid.learn.metrics.counts import Coverage, PoissonDeviance
from pellucid.learn.metrics.labels import HammingLoss
from pellucid.learn.metrics.numbers import MAE, R2, RMSE

__all__ = [
    "F1",
    "MAE",
    "R2",
    "RMSE",
    "Accuracy",
    "BalancedAccuracy",
    "Coverage",
    "HammingLoss",
    "Metric",
    "PoissonDeviance",
    "Precision",
    "Recall",
    "TopK",
    "answers",
    "metric",
]
