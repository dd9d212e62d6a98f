"""The training loop: a generator of events.

Pausing is not pulling; a consumer is a function over events.
The loop asks an executor for many steps at a time and knows nothing of how they are done. What
changes from step to step lives in a ``State``, which always holds the last good values.
"""

from __future__ import annotations

from collections.abc import Generator, Iterator
from typing import Protocol

from pellucid.learn.events import Diverged, Event, Reason, RunEnded, RunStarted
from pellucid.learn.plan import Began, EarlyStopping, Keep, Plan, Portion, Samples, State
from pellucid.learn.progress import Progress
from pellucid.learn.rule import Rule
from pellucid.learn.step import Task
from pellucid.learn.stepwise import Stepwise
from pellucid.learn.whole import Whole
from pellucid.run.executor import Executor

__all__ = ["EarlyStopping", "Plan", "Samples", "State", "train"]


def train(
    task: Task, rule: Rule, plan: Plan, state: State, data: Samples, executor: Executor,
    validation: Samples | None = None, *, began: Began | None = None, keep: Keep | None = None,
    portion: Portion | None = None,
) -> Generator[Event, None, None]:  # fmt: skip
    """Train, and tell what happens; ``state`` always holds the last good values.

    An interrupt (Ctrl-C) while the loop is at work, or thrown into the generator, ends the run
    cleanly: ``RunEnded`` is the last event. With early stopping the best epoch's values are put
    back however the run ends, also when nobody pulls any more and the generator is closed.
    Parameters:
        began: where the run began, if ``state`` is in the middle of it: it goes on as if it had
            never been broken off. None: a run begins here.
        keep: called with the state after each portion of steps; it may keep what the state holds.
        portion: asked before each call of the executor how many steps it may take at most: for one
            who wants to see single steps. The steps are the same.
    Yields: ``RunStarted``; ``StepsDone`` at most about 30 times a second; ``EpochDone``;
        ``Diverged`` at the first step with NaN or infinity; ``RunEnded``.
    Raises: ``UnknownNameError`` for a column that early stopping cannot watch; whatever the rule
        has against the network; both at the call, before anything is pulled.
    """
    run = Progress(task, plan, state, data, executor, validation, began, keep, portion)
    worker: Worker
    if rule.minimizer is not None:
        worker = Whole(run, rule, rule.minimizer)
    else:
        worker = Stepwise(run, rule)
    return _told(run, worker, state)


def _told(run: Progress, worker: Worker, state: State) -> Generator[Event, None, None]:
    reason: Reason = "finished"
    try:
        yield worker.started()
        while state.epoch < worker.last_epoch and reason == "finished":
            for event in worker.advance(worker.last_epoch - state.epoch):
                yield event
                if isinstance(event, Diverged):
                    reason = "diverged"
            if worker.converged:
                reason = "converged"
            elif reason == "finished" and run.should_stop():
                reason = "early_stopping"
    except KeyboardInterrupt:
        reason = "interrupted"
        yield from worker.rest()
    finally:
        worker.close()
        best_epoch = run.keep_best()
    yield RunEnded(reason, state.epoch, state.step, best_epoch, run.seconds)


class Worker(Protocol):
    """Moves the parameters, epoch after epoch."""

    converged: bool

    @property
    def last_epoch(self) -> int:
        """The number of epochs that are done when the run is."""

    def started(self) -> RunStarted:
        """The run's first event."""

    def advance(self, most: int) -> Iterator[Event]:
        """Do an epoch, or several up to ``most``; the last event is ``Diverged`` where one did.

        Where training had converged before, nothing is done.
        """

    def rest(self) -> Iterator[Event]:
        """The events that an interrupt kept from being told."""

    def close(self) -> None:
        """Let go of what the worker holds."""
