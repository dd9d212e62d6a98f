"""Training step by step: an executor takes many steps in one call."""

from __future__ import annotations

import time
from collections.abc import Iterator
from functools import lru_cache
from typing import Any

import numpy as np

from pellucid.graph import Builder, Graph
from pellucid.graph.primitive import Array
from pellucid.learn.events import Event, RunStarted, StepsDone
from pellucid.learn.progress import Progress
from pellucid.learn.rule import Rule
from pellucid.learn.score import combine, mean_loss
from pellucid.learn.step import RULE, step_graph
from pellucid.ops import permutation
from pellucid.run.executor import Executor, Feed, Steps

SHUFFLE_STREAM = 0  # layers draw from the streams from 1 on
SECONDS_A_CALL = 1 / 30


class Stepwise:
    """Epochs of steps, each of which sees one batch."""

    converged = False

    def __init__(self, run: Progress, rule: Rule) -> None:
        self.run, self.rule = run, rule
        self.program = run.executor.compile(step_graph(run.task, rule, run.plan.batch))
        self.steps_an_epoch = -(-len(run.data) // run.plan.batch)
        self.first = run.state.step  # a schedule runs over one call of ``train``
        self.total = run.plan.epochs * self.steps_an_epoch
        self._chunk = 1
        self._orders = Orders(run.executor, len(run.data), run.plan.shuffle)

    def started(self) -> RunStarted:
        """The run's first event."""
        return self.run.started(self.run.plan.batch)

    def epoch(self) -> Iterator[Event]:
        """The steps of one epoch, in calls of about a thirtieth of a second each."""
        state, order = self.run.state, self._order()
        parts: list[dict[str, Array]] = []
        done, rate = 0, 0.0
        while done < self.steps_an_epoch:
            chosen = self._chosen(order, done)
            feed = self._feed(chosen)
            before = time.perf_counter()
            result = self.program.steps(state.carried, feed)
            took = time.perf_counter() - before
            # One statement without a call in it: Ctrl-C cannot come between values and count.
            state.carried, state.step = result.carried, state.step + result.done
            if result.done:
                parts.append(result.reported)
                rate = float(feed.numbers["rate"][result.done - 1])
                yield self._steps_done(chosen, result, rate)
            if not result.finite:
                yield self.run.diverged(self.program, state.carried | feed.step(result.done))
                return
            done += result.done
            grown = int(self._chunk * min(16.0, SECONDS_A_CALL / max(took, 1e-6)))
            self._chunk = min(max(1, grown), self.steps_an_epoch)
        yield self.run.epoch_done(combine(parts), rate)

    def close(self) -> None:
        """Nothing to let go of."""

    def _order(self) -> Array:
        return self._orders.of(self.run.plan.seed, self.run.state.epoch)

    def _chosen(self, order: Array, done: int) -> Array:
        """The places of the samples of the next call."""
        batch, count = self.run.plan.batch, min(self._chunk, self.steps_an_epoch - done)
        return order[done * batch : (done + count) * batch]

    def _feed(self, chosen: Array) -> Feed:
        plan, state = self.run.plan, self.run.state
        count = -(-len(chosen) // plan.batch)
        rates = self.rule.schedule.rates(state.step - self.first, count, self.total)
        rows, places = self.run.data.chosen(chosen)
        return Feed(rows, places, plan.batch, numbers(plan.seed, state.step, rates))

    def _steps_done(self, chosen: Array, result: Steps, rate: float) -> StepsDone:
        state = self.run.state
        log: list[dict[str, Any]] = []
        noted = {
            name.removeprefix(RULE): array
            for name, array in result.reported.items()
            if name.startswith(RULE)
        }
        first = state.step - result.done + 1
        for k in range(result.done if noted else 0):
            rows = chosen[k * self.run.plan.batch : (k + 1) * self.run.plan.batch]
            values = {name: array[k] for name, array in noted.items()}
            log += self.rule.entries(first + k, [int(row) for row in rows], values)
        loss = mean_loss({name: array[-1] for name, array in result.reported.items()})
        return StepsDone(state.step, state.epoch + 1, loss, rate, self.run.seconds, tuple(log))


class Orders:
    """The order of the samples in each epoch: a function of seed and epoch."""

    def __init__(self, executor: Executor, count: int, shuffle: bool = True) -> None:
        self.count = count
        self._program = executor.compile(_order_graph(count)) if shuffle else None

    def of(self, seed: int, epoch: int) -> Array:
        """The samples' places, for an epoch counted from 0."""
        if self._program is None:
            return np.arange(self.count)
        return self._program.run({"key": np.array([seed, epoch], np.int64)})["order"]


@lru_cache(maxsize=16)
def _order_graph(count: int) -> Graph:
    b = Builder()
    return b.build(order=permutation(b.input("key", (2,), "int"), SHUFFLE_STREAM, count))


def numbers(seed: int, step: int, rates: Array) -> dict[str, Array]:
    """What changes from step to step, from step number ``step`` on (counted from 0)."""
    times = np.arange(step, step + len(rates))
    key = np.stack([np.full(len(rates), seed), times], axis=1)
    return {"rate": rates, "time": times + 1.0, "key": key}
