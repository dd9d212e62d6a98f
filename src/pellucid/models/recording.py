"""What a run keeps so that any of its steps can be reached again: all that the steps follow from.

The samples are kept as they were encoded, by reference; the states, now and then. Watching costs
nothing that way: a state is a few arrays that training makes anew anyway and would let go of. What
is done with a recording is in ``pellucid.inspect.replay``.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Mapping
from dataclasses import field
from functools import cached_property
from typing import TYPE_CHECKING, Protocol

from pellucid.dataclass import dataclass
from pellucid.graph.primitive import Array
from pellucid.learn.course import Course
from pellucid.learn.events import Event
from pellucid.learn.loop import train
from pellucid.learn.plan import Began, Begun, Keep, Plan, Portion, Samples, State
from pellucid.learn.rule import Rule
from pellucid.learn.step import Task
from pellucid.run.executor import Executor

if TYPE_CHECKING:
    from pellucid.models.network import Network

MOST_BYTES, MOST = 64 << 20, 256
"""What a run keeps of states in memory, beside the first."""


@dataclass(frozen=True, eq=False)
class Checkpoint:
    """The carried values after so many steps."""

    step: int
    carried: Mapping[str, Array]

    def copy(self) -> dict[str, Array]:
        """The values in arrays of their own."""
        return {name: array.copy() for name, array in self.carried.items()}


class Kept(Protocol):
    """States of a run that were kept."""

    @property
    def first(self) -> Checkpoint:
        """The one that the run began with."""

    def before(self, step: int) -> Checkpoint:
        """The latest after at most so many steps."""


class InMemory:
    """States kept while a run is at work: the first, and others spread evenly over its steps.

    Of the others there are at most ``MOST``, and so many that they take ``MOST_BYTES``: where there
    would be more, every second one goes.
    """

    def __init__(self, state: State, room: int = MOST_BYTES) -> None:
        self.found = [Checkpoint(state.step, state.carried)]
        each = sum(array.nbytes for array in state.carried.values())
        self._each = max(each, 1)
        self.room = min(MOST, room // self._each)
        self._spacing = 1
        self._next: float = state.step + 1 if self.room else float("inf")

    def take(self, state: State) -> None:
        """Keep a state, if it is time for one."""
        if state.step < self._next:
            return
        self.found.append(Checkpoint(state.step, state.carried))
        if len(self.found) > self.room + 1:
            self.found = [self.found[0], *self.found[2::2]]
            self._spacing = -(-2 * (state.step - self.found[0].step) // max(self.room, 1))
        self._next = state.step + self._spacing

    @property
    def nbytes(self) -> int:
        """The memory that the states take."""
        return len(self.found) * self._each

    def thin(self, room: int) -> None:
        """Let go of all but the first and, of the others, evenly so many as take ``room`` bytes."""
        self.room = min(self.room, room // self._each)
        every = -(-(len(self.found) - 1) // max(self.room, 1))
        self.found = self.found[:1] + (self.found[1::every] if self.room and every else [])
        if not self.room:
            self._next = float("inf")

    def seal(self, state: State) -> None:
        """Once the run is over: its last arrays are the network's, and may be written over."""
        held = {id(array) for array in state.carried.values()}
        for k in {0, len(self.found) - 1}:
            kept = self.found[k]
            if held & {id(array) for array in kept.carried.values()}:
                self.found[k] = Checkpoint(kept.step, kept.copy())

    @property
    def first(self) -> Checkpoint:
        """The one that the run began with."""
        return self.found[0]

    def before(self, step: int) -> Checkpoint:
        """The latest after at most so many steps."""
        return max((one for one in self.found if one.step <= step), key=lambda one: one.step)


@dataclass(eq=False)
class Recording:
    """What a run keeps for replay.

    Attributes:
        network: the network as the run found it; its layers, and how data go in and come out.
        rule, plan, executor: how it learned, how long, and what computed.
        data, validation: the encoded samples, those to learn from and those held out.
        state: what the run has reached; its counts are right at any time.
        room: the memory that states on the way may take, in bytes.
        began: where its epochs and its schedule count from.
        begun: the epoch that was under way at its first state.
        kept: states on the way, the first among them.
    """

    network: Network
    rule: Rule
    plan: Plan
    executor: Executor
    data: Samples
    validation: Samples | None
    state: State
    room: int = MOST_BYTES
    began: Began = field(init=False)
    begun: Begun | None = field(init=False, default=None)
    kept: Kept = field(init=False)

    @property
    def task(self) -> Task:
        """What was learned: layers, loss, metrics."""
        return self.network._parts()[0]

    @property
    def first(self) -> int:
        """The steps that had been taken at its first state."""
        return self.kept.first.step

    @property
    def last(self) -> int:
        """How many steps were taken in all when it ended, or until now."""
        return self.state.step

    @cached_property
    def course(self) -> Course:
        """What each of its steps read."""
        return Course(self.rule, self.plan, self.data, self.executor, self.began)

    def events(
        self,
        keep: Keep | None = None,
        began: Began | None = None,
        portion: Portion | None = None,
    ) -> Generator[Event, None, None]:
        """The run from its state on, to be pulled.

        Parameters:
            keep: is shown the states as well.
            began: where the run began, where its state is in the middle of it.
            portion: as for ``learn.train``.
        """
        memory = InMemory(self.state, self.room)
        events = train(
            self.task, self.rule, self.plan, self.state, self.data, self.executor, self.validation,
            began=began, keep=memory.take if keep is None else _both(memory.take, keep),
            portion=portion,
        )  # fmt: skip
        self.begun = self.state.begun
        if began is None:
            into = 0 if self.begun is None else self.begun.steps
            began = Began(self.state.step, self.state.epoch, into)
        self.began, self.kept = began, memory
        return events

    def seal(self) -> None:
        """The run is over: what it kept is from now on apart from the network's own numbers."""
        if isinstance(self.kept, InMemory):
            self.kept.seal(self.state)


def _both(one: Callable[[State], None], other: Callable[[State], None]) -> Keep:
    def keep(state: State) -> None:
        one(state)
        other(state)

    return keep
