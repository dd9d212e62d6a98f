"""Looking at a network's health while it learns: a consumer of events that keeps to its time."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import field, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from pellucid.dataclass import dataclass
from pellucid.errors import ParameterError
from pellucid.hyper import Declared, hyper
from pellucid.inspect.effort import work_a_row
from pellucid.inspect.health.look import Look, look
from pellucid.inspect.health.survey import sample_of
from pellucid.learn.events import Event, RunStarted, StepsDone

if TYPE_CHECKING:
    from pellucid.models.run import Run

FIRST_COST, COST_A_PRODUCT = 0.02, 2e-9
"""What the first look is taken to cost in seconds: to make its graph, and for each multiplication.
From the second on, what the one before it cost."""


@dataclass(frozen=True)
class Health(Declared):
    """How a network's health is looked at while it learns: ``net.fit(x, y, health=Health())``.

    Parameters:
        rows: how many rows, evenly spread, a look takes.
        looks: how many looks a run gets at most, evenly over its steps.
        share: the share of the run's time that all looks together may take; in a run too short for
            one there is none, and ``run.health()`` looks afterwards.
        on_look: called with each ``Look``, as soon as it is there.
    """

    rows: int = hyper(128, kind=int, low=2, doc="the rows a look takes")
    looks: int = hyper(20, kind=int, low=1, doc="the looks of a run, at most")
    share: float = hyper(0.05, above=0, high=1, doc="the share of the time that looks may take")
    on_look: Callable[[Look], None] | None = None


@dataclass(eq=False)
class Watch:
    """The looks at one run.

    Attributes:
        before: who else is called with each event.
        looks: those taken so far.
        seconds: what they cost.
    """

    run: Run
    settings: Health
    before: Callable[[Event], None] | None = None
    looks: list[Look] = field(default_factory=list)
    seconds: float = 0.0
    _began: float = 0.0
    _due: list[int] = field(default_factory=list)
    _expected: float = 0.0
    _sample: dict[str, Any] = field(default_factory=dict)

    def __call__(self, event: Event) -> None:
        """Take an event, and hand it to who else is called with it."""
        self.take(event)
        if self.before is not None:
            self.before(event)

    def take(self, event: Event) -> None:
        """Look, if the event tells of steps, it is time for a look, and there is time for one."""
        if isinstance(event, RunStarted):
            self._begin(event)
        elif isinstance(event, StepsDone) and self._due and event.step >= self._due[0]:
            spared = self.settings.share * (time.perf_counter() - self._began)
            if self.seconds + self._expected <= spared:
                self._look(event)
                self._due = [step for step in self._due if step > event.step]

    def _begin(self, event: RunStarted) -> None:
        self._began = time.perf_counter()
        last = event.first_step - 1 + event.steps
        due = np.linspace(event.first_step - 1, last, self.settings.looks + 1)[1:]
        self._due = [int(step) for step in due]
        work = work_a_row(self.run.network.architecture) * self.settings.rows
        self._expected = FIRST_COST + COST_A_PRODUCT * work

    def _look(self, event: StepsDone) -> None:
        began = time.perf_counter()
        recording = self.run.recording
        assert recording is not None
        if not self._sample:
            self._sample = sample_of(recording.data, self.settings.rows)
        inputs = recording.state.carried | self._sample | {
            "rate": np.array(event.rate), "time": np.array(event.step + 1.0),
            "key": np.array([recording.plan.seed, event.step]),
        }  # fmt: skip
        found = look(recording.task, recording.rule, inputs, event.step)
        took = time.perf_counter() - began
        self.looks.append(replace(found, seconds=took))
        self._expected, self.seconds = took, self.seconds + took
        if self.settings.on_look is not None:
            self.settings.on_look(self.looks[-1])


def watch(run: Run, asked: bool | Health) -> Watch:
    """Look at a run that has not begun; its events go to the looks, too.

    Raises: ``ParameterError`` for what is no ``Health``.
    """
    settings = Health() if asked is True else asked
    if not isinstance(settings, Health):
        raise ParameterError(
            f"fit expects health to be True or Health(...), got {asked!r:.60}. Health is in "
            "pellucid.inspect.health."
        )
    watching = Watch(run, settings, run.settings.on_event)
    run.settings = replace(run.settings, on_event=watching)
    return watching
