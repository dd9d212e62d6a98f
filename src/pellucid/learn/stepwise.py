"""Training step by step: an executor takes many steps in one call."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import replace
from functools import lru_cache
from typing import Any

import numpy as np

from pellucid.graph import Builder, Graph
from pellucid.graph.primitive import Array
from pellucid.learn.events import Event, RunStarted, StepsDone
from pellucid.learn.progress import End, Progress
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
        self._chunk = 1  # steps that fit into a call
        self._waiting: list[Event] = []
        self._unscored: list[End] = []
        self._orders = Orders(run.executor, len(run.data), run.plan.shuffle)

    def started(self) -> RunStarted:
        """The run's first event."""
        return self.run.started(self.run.plan.batch)

    def advance(self, most: int) -> Iterator[Event]:
        """One more epoch, or up to ``most`` short ones where nothing is to be done between."""
        together = min(self._chunk // self.steps_an_epoch, most) if self.run.together else 1
        return self._epoch() if together < 2 else self._epochs(together)

    def _epoch(self) -> Iterator[Event]:
        """The steps of one epoch, in calls of about a thirtieth of a second each."""
        state, plan = self.run.state, self.run.plan
        order = self._orders.of(plan.seed, state.epoch)
        parts: list[dict[str, Array]] = []
        done, rate = 0, 0.0
        while done < self.steps_an_epoch:
            count = min(self._chunk, self.steps_an_epoch - done)
            chosen = order[done * plan.batch : (done + count) * plan.batch]
            feed = self._feed(chosen, count)
            result = self._take(feed, 0)
            if result.done:
                parts.append(result.reported)
                rate = float(feed.numbers["rate"][result.done - 1])
                yield self._steps_done(feed, chosen, result, state.epoch + 1)
            if not result.finite:
                yield self.run.diverged(self.program, state.carried | feed.step(result.done))
                return
            done += result.done
        yield self.run.epoch_done(combine(parts), rate)

    def _epochs(self, count: int) -> Iterator[Event]:
        """Whole epochs in one call."""
        run, state, each = self.run, self.run.state, self.steps_an_epoch
        epoch, step = state.epoch, state.step
        order = self._orders.several(run.plan.seed, epoch, count)
        feed = self._feed(order, count * each, len(run.data))
        result = self._take(feed, count)
        if result.done:
            self._waiting.append(
                self._steps_done(feed, order, result, epoch + -(-result.done // each))
            )
        ends = []
        for end in range(each, result.done + 1, each):
            epoch, step = epoch + 1, step + each
            part = {name: array[end - each : end] for name, array in result.reported.items()}
            ends.append((epoch, step, float(feed.numbers["rate"][end - 1]), combine([part])))
        self._unscored = ends
        yield from self.rest()
        if not result.finite:
            yield run.diverged(self.program, state.carried | feed.step(result.done))

    def rest(self) -> Iterator[Event]:
        """The events of what is done already, and has not been told."""
        if self._unscored:
            scored = self.run.scored_together(self._unscored)  # interrupted, it is done again
            self._waiting, self._unscored = [*self._waiting, *scored], []
        while self._waiting:
            yield self._waiting.pop(0)

    def close(self) -> None:
        """Nothing to let go of."""

    def _feed(self, order: Array, count: int, epoch: int | None = None) -> Feed:
        plan, state = self.run.plan, self.run.state
        rates = self.rule.schedule.rates(state.step - self.first, count, self.total)
        given = numbers(plan.seed, state.step, rates)
        rows, places = self.run.data.chosen(order)
        return Feed(rows, places, plan.batch, given, epoch)

    def _take(self, feed: Feed, epochs: int) -> Steps:
        """Do steps, which end so many epochs; their time tells how many to do in the next call."""
        state, each = self.run.state, self.steps_an_epoch
        before = time.perf_counter()
        result = self.program.steps(state.carried, feed)
        took = time.perf_counter() - before
        reached = state.epoch + (result.done // each if epochs else 0)
        # One statement without a call in it: Ctrl-C cannot come between values and counts.
        state.carried, state.step, state.epoch = result.carried, state.step + result.done, reached
        self._chunk = max(1, int(feed.count * min(16.0, SECONDS_A_CALL / max(took, 1e-6))))
        return result

    def _steps_done(self, feed: Feed, order: Array, result: Steps, epoch: int) -> StepsDone:
        state = self.run.state
        log: list[dict[str, Any]] = []
        noted = {
            name.removeprefix(RULE): array
            for name, array in result.reported.items()
            if name.startswith(RULE)
        }
        first, asked = state.step - result.done + 1, replace(feed, order=order)
        for k in range(result.done if noted else 0):
            values = {name: array[k] for name, array in noted.items()}
            log += self.rule.entries(first + k, [int(row) for row in asked.chosen(k)], values)
        loss = mean_loss({name: array[-1] for name, array in result.reported.items()})
        rate = float(feed.numbers["rate"][result.done - 1])
        return StepsDone(state.step, epoch, loss, rate, self.run.seconds, tuple(log))


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

    def several(self, seed: int, epoch: int, count: int) -> Array:
        """The orders of so many epochs from one on, one after the other."""
        if self._program is None:
            return np.tile(np.arange(self.count), count)
        keys = np.stack([np.full(count, seed), np.arange(epoch, epoch + count)], axis=1)
        found = self._program.steps({}, Feed.of_numbers({"key": keys}, count))
        return found.reported["order"].reshape(-1)


@lru_cache(maxsize=16)
def _order_graph(count: int) -> Graph:
    b = Builder()
    return b.build(order=permutation(b.input("key", (2,), "int"), SHUFFLE_STREAM, count))


def numbers(seed: int, step: int, rates: Array) -> dict[str, Array]:
    """What changes from step to step, from step number ``step`` on (counted from 0)."""
    times = np.arange(step, step + len(rates))
    key = np.stack([np.full(len(rates), seed), times], axis=1)
    return {"rate": rates, "time": times + 1.0, "key": key}
