"""A moment on a bench: all that was reached, frozen, so that any can be gone back to."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field, replace
from typing import Any

import numpy as np

from pellucid.dataclass import dataclass
from pellucid.graph.primitive import Array
from pellucid.learn.plan import State
from pellucid.learn.rule import Rule
from pellucid.scene.acts import Act, Edit
from pellucid.scene.prepared import Prepared
from pellucid.scene.scene import Scene
from pellucid.scene.stretch import Stretch, Work, copied


@dataclass(frozen=True, eq=False)
class Moment:
    """What has been reached.

    Attributes:
        what: in a word or two, what led here, such as "edit of dense_1.weight".
        stretches: the learning so far, and beyond the cursor where one went back.
        step: where the cursor is.
        state: the network's numbers there, with the edits made since.
        pending: these edits.
        rule: the rule whose slots the state holds.
        origin: what there was before the first step.
    """

    what: str
    scene: Scene
    ready: Prepared
    stretches: tuple[Stretch, ...]
    step: int
    state: State
    pending: tuple[Act, ...] = ()
    rule: Rule | None = None
    origin: Moment | None = field(default=None, repr=False)

    @property
    def first(self) -> int:
        """The earliest step that can be seen."""
        return self.stretches[0].first if self.stretches else self.step

    @property
    def last(self) -> int:
        """The latest step that can be seen."""
        return self.stretches[-1].end if self.stretches else self.step

    @property
    def settings(self) -> tuple[object, ...]:
        """How the next steps learn."""
        return self.scene.rule, self.scene.batch, self.scene.epochs

    def index(self, step: int) -> int | None:
        """The latest stretch that has been at a step."""
        found = [k for k, s in enumerate(self.stretches) if s.first <= step <= s.end]
        return found[-1] if found else None

    def at(self) -> Stretch | None:
        """The stretch that the cursor is in."""
        index = self.index(self.step)
        return None if index is None else self.stretches[index]

    def work(self) -> Work | None:
        """The work whose end the cursor is at, unless something was changed since."""
        if not self.stretches or self.pending:
            return None
        last = self.stretches[-1]
        at_end = last.work.end == last.end == self.step and last.ready is self.ready
        return last.work if at_end and last.work.settings == self.settings else None

    def behind(self) -> int | None:
        """Up to which step the way on was gone before; None where it is a new one."""
        at = self.at()
        if at is None or self.pending or at.end == self.step or at.work.settings != self.settings:
            return None
        return at.end

    def acts(self) -> tuple[Act, ...]:
        """All that was done to reach the cursor."""
        found, index = list[Act](), self.index(self.step)
        for stretch in self.stretches[: 0 if index is None else index + 1]:
            found += stretch.acts
            taken = stretch.cut(min(stretch.end, self.step))
            if taken.end > taken.first:
                found.append(taken.learn())
        return (*found, *self.pending)

    def all_acts(self) -> tuple[Act, ...]:
        """What was done to reach any step of it, and where it starts from."""
        done = [act for stretch in self.stretches for act in stretch.acts]
        before = () if self.origin is None else self.origin.pending
        return (*before, *done, *self.pending)

    def at_step(self, step: int) -> Moment:
        """The same, looked at after so many steps, without the edits not yet learned from."""
        index = self.index(step)
        if index is None:
            return self.start(self.what)
        stretch = self.stretches[index]
        state, rule = stretch.at(step)
        return replace(self, step=step, state=state, pending=(), rule=rule, ready=stretch.ready)

    def start(self, what: str) -> Moment:
        """What there was before the first step, for the scene as it is now."""
        assert self.origin is not None
        return replace(self.origin, what=what, scene=self.scene, origin=self.origin)

    def sealed(self) -> Moment:
        """The same, apart from what goes on: its last stretch ends where it stands now."""
        made = replace(self, state=copied(self.state))
        if not self.stretches or self.stretches[-1].last is not None:
            return made
        last = self.stretches[-1]
        return replace(made, stretches=(*self.stretches[:-1], last.cut(last.end)))

    def opened(self) -> Moment:
        """The same, its last stretch to be gone on with."""
        last = self.stretches[-1]
        return replace(self, stretches=(*self.stretches[:-1], replace(last, last=None)))

    def taken(self, act: Act, what: str, params: Array, states: Array) -> Moment:
        """The same with all parameters and states others."""
        carried = self.state.carried | {"params": params, "state": states}
        state = State(carried, self.state.step, self.state.epoch, begun=self.state.begun)
        return replace(self, what=what, state=state, pending=(*self.pending, act))

    def without(self, parameter: str, place: tuple[Any, ...], begun: int) -> Moment:
        """The same without the pending edits of a place from the ``begun``-th act on."""
        later = [
            act for act in self.pending[begun:]
            if not isinstance(act, Edit) or (act.parameter, act.place) != (parameter, place)
        ]  # fmt: skip
        return replace(self, pending=(*self.pending[:begun], *later))

    def touched(
        self, act: Act, what: str, values: Mapping[str, Mapping[Any, float]]
    ) -> Moment:  # fmt: skip
        """The same with other values of parameters, by name and place."""
        state = self.state
        params = np.array(state.carried["params"])
        views = self.ready.network.architecture.learned.views(params)
        for name, entries in values.items():
            for place, value in entries.items():
                views[name][place] = value
        carried = state.carried | {"params": params}
        edited = State(carried, state.step, state.epoch, begun=state.begun)
        return replace(self, what=what, state=edited, pending=(*self.pending, act))


@dataclass(frozen=True, eq=False)
class Drag:
    """Edits that are one change: of a place, or of a gesture that moves several.

    Attributes:
        name: of the gesture, or the parameter and place.
        begun: how many acts were pending before it.
        now: what its last edit led to.
    """

    name: object
    begun: int
    now: Moment

    def goes_on(self, name: object, now: Moment | None) -> bool:
        """Whether an edit belongs to it; learning in between is no end of it where now is None."""
        return self.name == name and now in (None, self.now)
