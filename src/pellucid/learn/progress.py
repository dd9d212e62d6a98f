"""What the parts of a run share: state, clock, the scores of an epoch, early stopping."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from typing import TypeAlias

import numpy as np

from pellucid.errors import unknown_name
from pellucid.graph.primitive import Array
from pellucid.learn.events import Diverged, EpochDone, RunStarted
from pellucid.learn.plan import Began, Keep, Plan, Portion, Samples, State
from pellucid.learn.score import Scorer
from pellucid.learn.step import Task
from pellucid.run.executor import Executor, Program

End: TypeAlias = tuple[int, int, float, dict[str, Array]]
"""The end of an epoch: its number, the step, the rate, the totals over its steps."""
CLEAN = "Look for values that are not finite in the data."
CURES = {"rate": "Use a smaller learning rate."}


class Progress:
    """One call of ``train``, as its parts see it."""

    def __init__(
        self, task: Task, plan: Plan, state: State, data: Samples, executor: Executor,
        validation: Samples | None, began: Began | None = None, keep: Keep | None = None,
        portion: Portion | None = None,
    ) -> None:  # fmt: skip
        self.task, self.plan, self.state = task, plan, state
        self.data, self.executor, self.validation = data, executor, validation
        self.scorer = Scorer(task, executor)
        self.keep, self.order = keep, (len(data), *plan.order)
        self.portion: Portion = portion or (lambda wanted: wanted)
        if began is None:
            began = _begin(state, self.order)
        self.began = began
        self._clock = time.perf_counter() - began.seconds
        self._latest: dict[str, float] = {}
        self._sign = self._direction()

    @property
    def seconds(self) -> float:
        """How long the run has taken so far."""
        return time.perf_counter() - self._clock

    def started(self, batch: int, steps: int) -> RunStarted:
        """The first event, for so many steps of ``batch`` samples."""
        plan, count = self.plan, len(self.data)
        return RunStarted(
            epochs=plan.epochs,
            steps=steps,
            batch=batch,
            samples=count,
            validation_samples=len(self.validation) if self.validation is not None else 0,
            parameters=self.task.architecture.learned.size,
            seed=plan.seed,
            engine=self.executor.name,
            precision=self.executor.precision,
            first_epoch=self.began.epoch + 1,
            first_step=self.began.step + 1,
        )

    @property
    def together(self) -> bool:
        """Whether nothing is to be done between one epoch and the next."""
        return self.plan.unwatched and self.validation is None and self.plan.stopping is None

    def kept(self) -> None:
        """Show the state to what keeps some."""
        if self.keep is not None:
            self.keep(self.state)

    def epoch_done(self, totals: dict[str, Array], rate: float) -> EpochDone:
        """Count the epoch and score it, by ``totals`` over training samples and on validation."""
        values = self.scorer.finish(totals)
        if self.validation is not None:
            params, states = self.state.carried["params"], self.state.carried["state"]
            found = self.scorer.finish(self.scorer.totals(params, states, self.validation.rows))
            values |= {f"val_{name}": value for name, value in found.items()}
        # Without a call in it, as where steps are counted.
        self.state.epoch, self.state.begun, self._latest = self.state.epoch + 1, None, values
        return EpochDone(self.state.epoch, self.state.step, rate, self.seconds, values)

    def scored_together(self, ends: Sequence[End]) -> list[EpochDone]:
        """Score epochs that were done in one call."""
        every = self.scorer.finish_all([totals for *_, totals in ends])
        self._latest = every[-1]
        return [
            EpochDone(epoch, step, rate, self.seconds, values)
            for (epoch, step, rate, _), values in zip(ends, every, strict=True)
        ]

    def should_stop(self) -> bool:
        """Whether early stopping has waited long enough; remembers the best values on the way."""
        stopping = self.plan.stopping
        if stopping is None:
            return False
        value = self._latest[stopping.monitor]
        best = self.state.best
        better = best is None or self._sign * (best[0] - value) > stopping.margin
        if better and np.isfinite(value):
            carried = {name: array.copy() for name, array in self.state.carried.items()}
            self.state.best, self.state.waited = (value, self.state.epoch, carried), 0
        else:
            self.state.waited += 1
        return self.state.waited >= stopping.patience

    def keep_best(self) -> int | None:
        """Go back to the best values, where early stopping kept some."""
        if self.state.best is None:
            return None
        _, epoch, carried = self.state.best
        self.state.carried = {name: array.copy() for name, array in carried.items()}
        self.state.begun = None  # what is gone on from is not in the middle of an epoch
        return epoch

    def diverged(self, program: Program, inputs: Mapping[str, Array]) -> Diverged:
        """Compute a failed step once more, node by node, and name the first that is not finite."""
        step, epoch = self.state.step + 1, self.state.epoch + 1
        at, kept = f"Step {step} (epoch {epoch})", "The parameters are those before that step."
        for node, value in program.watch(inputs):
            if node.dtype != "float" or np.isfinite(value).all():
                continue
            what = "NaN" if np.isnan(value).any() else "infinity"
            where = node.scope or "the step"
            if node.op == "input":
                name = node.attrs["name"]
                message = f"{at} was given {what} in {name}. {kept} {CURES.get(name, CLEAN)}"
                return Diverged(step, epoch, where, f"input {name}", node.role, message)
            message = (
                f"{at} gave {what} first in {where}, operation {node.op} ({node.role}). {kept} A "
                "smaller learning rate, scaled inputs or clip_norm often cure it."
            )
            return Diverged(step, epoch, where, node.op, node.role, message)
        message = (
            f"{at} gave a value that is not finite, and not when done again node by node. {kept}"
        )
        return Diverged(step, epoch, "", "", "", message)

    def _direction(self) -> float:
        """1 where the watched value is meant to fall, -1 where it is meant to rise."""
        stopping = self.plan.stopping
        if stopping is None:
            return 1.0
        rises = {"loss": False} | {m.name: m.higher_is_better for m in self.task.metrics}
        if self.validation is not None:
            rises |= {f"val_{name}": rise for name, rise in rises.items()}
        if stopping.monitor not in rises:
            raise unknown_name("column of the history", stopping.monitor, rises)
        return -1.0 if rises[stopping.monitor] else 1.0


def _begin(state: State, order: tuple[int, int, int, bool]) -> Began:
    """A new run from a state on, in the middle of an epoch only where that has the same order."""
    state.best, state.waited = None, 0  # of another run, perhaps measured on other samples
    if state.begun is not None and state.begun.order != order:
        state.begun = None
    return Began(state.step, state.epoch, state.begun.steps if state.begun is not None else 0)
