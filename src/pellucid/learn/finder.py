"""The learning-rate finder: what happens to the loss as the rate rises step by step."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import numpy as np

from pellucid.dataclass import dataclass
from pellucid.errors import ParameterError
from pellucid.graph.primitive import Array
from pellucid.hyper import Declared, hyper
from pellucid.learn.course import Orders, numbers
from pellucid.learn.plan import Samples, State
from pellucid.learn.rule import Rule
from pellucid.learn.schedules import Constant
from pellucid.learn.score import mean_loss
from pellucid.learn.step import Task, step_graph
from pellucid.run.executor import Executor, Feed


@dataclass(frozen=True)
class RateTest(Declared):
    """How rates are tried.

    Parameters:
        low, high: the first and the last rate.
        steps: the steps from low to high, each by the same factor.
        batch: samples a step.
        seed: of the order of the samples, and of dropout.
        smoothing: the share of the running mean that each step keeps.
        blow_up: the trial ends when the smoothed loss is this many times the smallest.
    """

    low: float = hyper(1e-6, above=0, doc="the first rate")
    high: float = hyper(10.0, above=0, doc="the last rate")
    steps: int = hyper(200, kind=int, low=10, doc="the steps from the first rate to the last")
    batch: int = hyper(32, kind=int, low=1, doc="the samples a step")
    seed: int = hyper(0, kind=int, low=0, high=2**63 - 1, doc="the seed of order and dropout")
    smoothing: float = hyper(0.9, low=0, below=1, doc="the share of the running mean that is kept")
    blow_up: float = hyper(4.0, above=1, doc="the growth of the loss that ends the trial")

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.low >= self.high:
            raise ParameterError(
                f"RateTest expects low to be below high, got {self.low} and {self.high}. "
                "Swap them, or widen the range."
            )

    @property
    def rates(self) -> Array:
        """The rates, one a step."""
        return np.geomspace(self.low, self.high, self.steps)


@dataclass(frozen=True)
class FoundRate:
    """What the finder saw.

    Attributes:
        rows: one a step: step, rate, loss (of the batch, before the step), smoothed. JSON-able.
        suggestion: the rate at which the smoothed loss falls fastest; None where it never falls.
        reason: why it ended: ``end`` (all rates were tried), ``blow_up`` or ``not_finite``.
    """

    rows: tuple[dict[str, Any], ...]
    suggestion: float | None
    reason: str


def find_rate(
    task: Task, rule: Rule, state: State, data: Samples, executor: Executor,
    test: RateTest = RateTest(),  # noqa: B008 - it does not change
) -> FoundRate:  # fmt: skip
    """Raise the learning rate from step to step, on a copy, and suggest one.

    The rule starts afresh and its own schedule is left aside; ``state`` and everything random are
    as before. The suggestion is the rate where the smoothed loss falls fastest against ln(rate),
    between the start and its smallest
    value: about a tenth of the rate at which the loss is smallest.
    Formula: rate_k = low (high / low)^(k / (steps - 1));
        smoothed_k = (1 - s) sum over i <= k of s^(k - i) loss_i / (1 - s^(k + 1)), s = smoothing.
    Raises: ``ParameterError`` for a rule without a learning rate.
    Source: L. Smith, 2017, doi:10.1109/WACV.2017.58, section 3.3; smoothing and choice as in
        fastai.
    """
    if rule.minimizer is not None:
        raise ParameterError(
            f"find_rate expects a rule with a learning rate, got one with "
            f"{type(rule.minimizer).__name__}, which finds its step length by a line search. "
            "There is nothing to find."
        )
    test = replace(test, batch=min(test.batch, len(data)))
    program = executor.compile(step_graph(task, rule, test.batch))
    orders = Orders(executor, len(data))
    kept = {name: state.carried[name].copy() for name in ("params", "state")}
    carried = kept | rule.slots(task.architecture)
    rows: list[dict[str, Any]] = []
    mean, least, reason = 0.0, math.inf, "end"
    for k, rate in enumerate(test.rates):
        feed = _feed(test, data, orders, state.step, k, float(rate))
        result = program.steps(carried, feed)
        if not result.finite:
            reason = "not_finite"
            break
        carried = result.carried
        loss = mean_loss({name: array[0] for name, array in result.reported.items()})
        mean = test.smoothing * mean + (1.0 - test.smoothing) * loss
        smoothed = mean / (1.0 - test.smoothing ** (k + 1))
        rows.append({"step": k + 1, "rate": float(rate), "loss": loss, "smoothed": smoothed})
        least = min(least, smoothed)
        if smoothed > test.blow_up * least:
            reason = "blow_up"
            break
    settled = min(round(1.0 / (1.0 - test.smoothing)), len(rows) // 2)
    return FoundRate(tuple(rows), _steepest(rows[settled:]), reason)


def _feed(test: RateTest, data: Samples, orders: Orders, step: int, k: int, rate: float) -> Feed:
    """The k-th batch: whole batches of one epoch's order after the other's."""
    epoch, at = divmod(k, max(1, len(data) // test.batch))
    order = orders.of(test.seed, epoch)
    chosen = order[at * test.batch : (at + 1) * test.batch]
    rows, places = data.chosen(chosen)
    return Feed(
        rows, places, test.batch, numbers(test.seed, step + k, Constant(rate).rates(0, 1, 1))
    )


def _steepest(rows: list[dict[str, Any]]) -> float | None:
    """The rate of the steepest fall of the smoothed loss against ln(rate), before its least.

    The rows begin where the smoothing has seen enough: its first values are single noisy batches.
    """
    smoothed = np.array([row["smoothed"] for row in rows])
    end = int(np.argmin(smoothed)) + 1 if len(smoothed) else 0
    if end < 2:
        return None
    slopes = np.gradient(smoothed[:end])  # the steps of ln(rate) are all the same
    best = int(np.argmin(slopes))
    return float(rows[best]["rate"]) if slopes[best] < 0 else None
