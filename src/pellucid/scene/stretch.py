"""A stretch of learning: one rule, one batch size, from one state on, taken portion by portion."""

from __future__ import annotations

from collections.abc import Generator
from copy import deepcopy
from dataclasses import field, replace

from pellucid.dataclass import dataclass
from pellucid.inspect.replay import state_at
from pellucid.learn.events import Diverged, EpochDone, Event, RunEnded, StepsDone
from pellucid.learn.plan import State
from pellucid.learn.rule import Rule
from pellucid.models.network import Network
from pellucid.models.recording import InMemory, Recording
from pellucid.models.run import Run, Settings, going_on, plan
from pellucid.run.executor import Executor
from pellucid.scene.acts import Act, Learn
from pellucid.scene.curve import Curve
from pellucid.scene.prepared import Prepared

ROOM = 16 << 20
"""Bytes that a stretch's states may take, by which any of its steps is reached again quickly."""


class Portion:
    """How many steps the loop takes before it tells of them.

    It does not know its ``Work``, which so is let go, with all its arrays, once nobody needs it.
    """

    def __init__(self) -> None:
        self.most: int | None = None

    def __call__(self, wanted: int) -> int:
        """So many as are wanted, or the most."""
        return wanted if self.most is None else max(1, min(wanted, self.most))


class Work:
    """A run that is pulled portion by portion.

    Attributes:
        run: with the recording by which any of its steps is reached again.
        curve: what its steps and epochs told.
        log: what the rule noted, the last thousand.
        problem: why it broke off, if it diverged.
        epochs: what it was planned for.
        asked: the batch size that was asked for.
    """

    def __init__(
        self, ready: Prepared, state: State, rule: Rule, batch: int | None, epochs: int,
        seed: int, executor: Executor, last: Rule | None,
    ) -> None:  # fmt: skip
        count = len(ready.samples)
        planned = plan(
            count, rule, seed, epochs, batch if batch is None else min(batch, count), True, None,
            ready.held is not None, unwatched=True,
        )  # fmt: skip
        network = _sharing(ready.network)
        architecture = ready.network.architecture
        reached = going_on(state, architecture, rule, last)
        recording = Recording(
            network, rule, planned, executor, ready.samples, ready.held, reached, ROOM
        )
        self.run = Run(_sharing(network), Settings(rule, planned, executor), recording=recording)
        self.rule, self.batch, self.epochs, self.asked = rule, planned.batch, epochs, batch
        self.curve, self.log, self.problem = Curve(), list[dict[str, object]](), ""
        self.over = False
        self._portion = Portion()
        self._events: Generator[Event, None, None] = self.run.begin(portion=self._portion)
        next(self._events)  # RunStarted: nothing has been done by then

    @property
    def recording(self) -> Recording:
        """What its steps follow from."""
        assert self.run.recording is not None
        return self.run.recording

    @property
    def settings(self) -> tuple[object, ...]:
        """What its steps follow from, beside where it began."""
        return self.rule, self.asked, self.epochs

    @property
    def nbytes(self) -> int:
        """The memory that its states take."""
        kept = self.recording.kept
        return kept.nbytes if isinstance(kept, InMemory) else 0

    def thin(self, room: int) -> None:
        """Take less memory: steps between are reached more slowly."""
        kept = self.recording.kept
        if isinstance(kept, InMemory):
            kept.thin(room)

    @property
    def steps_an_epoch(self) -> int:
        """The steps of an epoch."""
        return 1 if self.rule.minimizer is not None else self.recording.course.each

    @property
    def end(self) -> int:
        """The steps that have been taken."""
        return self.recording.state.step

    def advance(self, most: int | None) -> None:
        """Take a portion of steps, of at most so many, and note what was told of them."""
        self._portion.most = most
        while not self.over:
            event = next(self._events, None)
            if event is None:
                self.over = True
                break
            self._take(event)
            if not self._has_more(event):
                break

    def _has_more(self, event: Event) -> bool:
        """Whether the next event costs no steps."""
        if isinstance(event, RunEnded):
            return False
        state = self.recording.state
        if isinstance(event, Diverged):
            return True
        if self.rule.minimizer is not None:
            return isinstance(event, StepsDone)
        if isinstance(event, EpochDone):
            return event.epoch < state.epoch or state.epoch >= self.recording.course.last_epoch
        if state.begun is not None:
            return state.begun.steps >= self.steps_an_epoch
        return True

    def _take(self, event: Event) -> None:
        match event:
            case StepsDone():
                self.curve.steps.add(event.step, {"batch_loss": event.loss, "rate": event.rate})
                if event.log:
                    self.log = [*self.log, *event.log][-1000:]
            case EpochDone():
                self.curve.epochs.add(event.step, {"epoch": float(event.epoch), **event.values})
            case Diverged():
                self.problem = event.message
            case RunEnded():
                self.over = True


def _sharing(network: Network) -> Network:
    """Another network with the same arrays: a run gives it others, and writes to none of them."""
    other = object.__new__(type(network))
    other.__dict__.update(network.__dict__)
    other.provenance, other._predictors = deepcopy(network.provenance), {}
    return other


def copied(state: State) -> State:
    """The same state, apart from a run that goes on with it: it takes other arrays, and counts."""
    return State(dict(state.carried), state.step, state.epoch, begun=state.begun)


@dataclass(frozen=True, eq=False)
class Stretch:
    """Learning from one state on, and the edits right before it.

    Attributes:
        acts: the edits that led from the stretch before to its first state.
        start: what its work was made from, with those edits.
        before: the rule whose slots that state holds.
        last: the steps after which it was left for a branch; None: it has not been.
    """

    work: Work
    acts: tuple[Act, ...]
    start: State = field(repr=False)
    before: Rule | None = field(repr=False)
    last: int | None = None
    ready: Prepared = field(repr=False, kw_only=True)

    @property
    def first(self) -> int:
        """The steps that had been taken at its first state."""
        return self.start.step

    @property
    def end(self) -> int:
        """The steps that had been taken at its end."""
        return self.work.end if self.last is None else self.last

    def cut(self, step: int) -> Stretch:
        """The same, left after so many steps."""
        return replace(self, last=step)

    def at(self, step: int) -> tuple[State, Rule | None]:
        """What it had reached after so many steps, to the bit, and the rule whose slots that holds.

        At its first step it is as its work found it: another rule goes on from there as it would
        have then.
        """
        recording = self.work.recording
        if step == self.first:
            return copied(self.start), self.before
        if step == recording.state.step:
            return copied(recording.state), self.work.rule
        return state_at(self.work.run, step), self.work.rule

    def learn(self) -> Learn:
        """It as an act."""
        work = self.work
        return Learn(self.end - self.first, work.rule, work.asked, work.epochs)
