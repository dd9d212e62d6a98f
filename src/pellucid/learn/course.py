"""The course of a run: what each of its steps reads, as a function of the step's number.

Order, rates and random keys follow from seed and number alone. So any step can be taken again, in
whatever portions; ``stepwise`` takes the steps of a run, ``pellucid.inspect.replay`` those that it
is asked for once more.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from pellucid.graph import Builder, Graph
from pellucid.graph.primitive import Array
from pellucid.learn.plan import Began, Plan, Samples
from pellucid.learn.rule import Rule
from pellucid.ops import permutation
from pellucid.run.executor import Executor, Feed

SHUFFLE_STREAM = 0  # layers draw from the streams from 1 on


class Course:
    """What the steps of a run read.

    Attributes:
        each: the steps of an epoch.
        last_epoch: the number of epochs that are done when the run is.
        total: the steps that the run is planned for; a schedule runs over them.
    """

    def __init__(
        self, rule: Rule, plan: Plan, data: Samples, executor: Executor, began: Began
    ) -> None:
        self.rule, self.plan, self.data, self.began = rule, plan, data, began
        self.each = -(-len(data) // plan.batch)
        epochs = epochs_to_take(plan.epochs, self.each, began.into)
        self.last_epoch = began.epoch + epochs
        self.total = epochs * self.each - began.into
        self.orders = Orders(executor, len(data), plan.shuffle)

    def place(self, step: int) -> tuple[int, int]:
        """How many epochs, and how many steps of the next one, are done after ``step`` steps."""
        epochs, into = divmod(step - self.began.step + self.began.into, self.each)
        return self.began.epoch + epochs, into

    def rate(self, step: int) -> float:
        """The learning rate of the step that is taken after ``step`` steps."""
        return self.rule.schedule.rate(step - self.began.step, self.total)

    def order(self, step: int, count: int) -> tuple[Array, int | None]:
        """The samples' places in so many steps from ``step`` on.

        They end with the epoch, or are those of several whole ones; then also how many samples each
        epoch has.
        """
        epoch, into = self.place(step)
        if count > self.each - into:
            several = self.orders.several(self.plan.seed, epoch, count // self.each)
            return several, len(self.data)
        places = self.orders.of(self.plan.seed, epoch)
        return places[into * self.plan.batch : (into + count) * self.plan.batch], None

    def feed(self, order: Array, step: int, count: int, epoch: int | None = None) -> Feed:
        """What so many steps from ``step`` on read, of the samples in this order."""
        rates = self.rule.schedule.rates(step - self.began.step, count, self.total)
        given = numbers(self.plan.seed, step, rates)
        rows, places = self.data.chosen(order)
        return Feed(rows, places, self.plan.batch, given, epoch)


def epochs_to_take(planned: int, each: int, into: int) -> int:
    """An epoch all of whose steps had been taken before, and which was not scored, is no epoch."""
    return planned + (into == each)


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
