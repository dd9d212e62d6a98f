"""Training step by step: an executor takes many steps in one call."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from pellucid.graph.primitive import Array
from pellucid.learn.course import Course, Orders, numbers
from pellucid.learn.events import Event, RunStarted, StepsDone
from pellucid.learn.plan import Begun
from pellucid.learn.progress import End, Progress
from pellucid.learn.rule import Rule
from pellucid.learn.score import combine, mean_loss
from pellucid.learn.step import RULE, step_graph
from pellucid.run.executor import Feed, Steps

__all__ = ["SECONDS_A_CALL", "Orders", "Stepwise", "numbers"]

SECONDS_A_CALL = 1 / 30
FEW, MOST = 4, 6
"""A call makes its parameters' memory anew: slow steps are taken a few at a time, if that takes no
longer than so many calls."""


class Stepwise:
    """Epochs of steps, each of which sees one batch."""

    converged = False

    def __init__(self, run: Progress, rule: Rule) -> None:
        self.run, self.rule = run, rule
        self.program = run.executor.compile(step_graph(run.task, rule, run.plan.batch))
        self.course = Course(rule, run.plan, run.data, run.executor, run.began)
        self.steps_an_epoch = self.course.each
        self._chunk = 1  # steps that fit into a call
        self._waiting: list[Event] = []
        self._unscored: list[End] = []

    @property
    def last_epoch(self) -> int:
        """The number of epochs that are done when the run is."""
        return self.course.last_epoch

    def started(self) -> RunStarted:
        """The run's first event."""
        return self.run.started(self.run.plan.batch, self.course.total)

    def advance(self, most: int) -> Iterator[Event]:
        """One more epoch, or up to ``most`` short ones where nothing is to be done between."""
        alone = self.run.state.begun is not None or not self.run.together
        together = 1 if alone else min(self.run.portion(self._chunk) // self.steps_an_epoch, most)
        return self._epoch() if together < 2 else self._epochs(together)

    def _epoch(self) -> Iterator[Event]:
        """The steps of one epoch, or what is left of it, in calls of a thirtieth of a second."""
        state, batch, begun = self.run.state, self.run.plan.batch, self.run.state.begun
        order = self.course.orders.of(self.run.plan.seed, state.epoch)
        done, parts = (0, []) if begun is None else (begun.steps, begun.told)
        rate = None
        while done < self.steps_an_epoch:
            count = min(self.run.portion(self._chunk), self.steps_an_epoch - done)
            chosen = order[done * batch : (done + count) * batch]
            feed = self.course.feed(chosen, state.step, count)
            result = self._take(feed, done, parts)
            if result.done:
                rate = float(feed.numbers["rate"][result.done - 1])
                yield self._steps_done(feed, chosen, result, state.epoch + 1)
            if not result.finite:
                yield self.run.diverged(self.program, state.carried | feed.step(result.done))
                return
            done += result.done
        if rate is None:  # all steps had been taken before
            rate = self.course.rate(state.step - 1)
        yield self.run.epoch_done(combine(parts), rate)

    def _epochs(self, count: int) -> Iterator[Event]:
        """Whole epochs in one call."""
        run, state, each = self.run, self.run.state, self.steps_an_epoch
        epoch, step = state.epoch, state.step
        order = self.course.orders.several(run.plan.seed, epoch, count)
        feed = self.course.feed(order, step, count * each, len(run.data))
        result = self._take_epochs(feed)
        if result.done:
            self._waiting.append(
                self._steps_done(feed, order, result, epoch + -(-result.done // each))
            )
        self._unscored = self._ends(feed, result, epoch, step)
        wrong = None if result.finite else state.carried | feed.step(result.done)
        del order, feed, result  # large, and whoever pulls the events may pause for long
        yield from self.rest()
        if wrong is not None:
            yield run.diverged(self.program, wrong)

    def _ends(
        self, feed: Feed, result: Steps, epoch: int, step: int
    ) -> list[tuple[int, int, float, dict[str, Array]]]:
        """Of each epoch that was done: its number, its last step, that step's rate, its counts."""
        ends, each = [], self.steps_an_epoch
        for end in range(each, result.done + 1, each):
            epoch, step = epoch + 1, step + each
            part = {name: array[end - each : end] for name, array in result.reported.items()}
            ends.append((epoch, step, float(feed.numbers["rate"][end - 1]), combine([part])))
        return ends

    def rest(self) -> Iterator[Event]:
        """The events of what is done already, and has not been told."""
        if self._unscored:
            scored = self.run.scored_together(self._unscored)  # interrupted, it is done again
            self._waiting, self._unscored = [*self._waiting, *scored], []
        while self._waiting:
            yield self._waiting.pop(0)

    def close(self) -> None:
        """Nothing to let go of."""

    def _take(self, feed: Feed, before: int, parts: list[dict[str, Array]]) -> Steps:
        """Do steps of an epoch, of which some were taken before and reported ``parts``."""
        state, result = self.run.state, self._timed(feed)
        if result.done:
            parts.append(result.reported)
        begun = Begun(before + result.done, parts, len(parts), self.run.order)
        # One statement without a call in it: Ctrl-C cannot come between values and counts.
        state.carried, state.step, state.begun = result.carried, state.step + result.done, begun
        self.run.kept()
        return result

    def _take_epochs(self, feed: Feed) -> Steps:
        """Do the steps of whole epochs."""
        state, result = self.run.state, self._timed(feed)
        epochs, rest = divmod(result.done, self.steps_an_epoch)
        step, epoch, begun = state.step + result.done, state.epoch + epochs, None
        if rest:
            part = {name: array[result.done - rest :] for name, array in result.reported.items()}
            begun = Begun(rest, [part], 1, self.run.order)
        state.carried, state.step, state.epoch, state.begun = result.carried, step, epoch, begun
        self.run.kept()
        return result

    def _timed(self, feed: Feed) -> Steps:
        """Do steps; their time tells how many to do in the next call."""
        before = time.perf_counter()
        result = self.program.steps(self.run.state.carried, feed)
        took = time.perf_counter() - before
        calls = max(took, 1e-6) / feed.count / SECONDS_A_CALL  # that one step would fill
        self._chunk = max(1, int(min(16.0 * feed.count, 1 / calls)), int(min(FEW, MOST / calls)))
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
