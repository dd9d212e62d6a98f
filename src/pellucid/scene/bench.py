"""A bench: a network on its data, as someone plays with it: learn, look, touch, rewind, branch.

What was reached is a ``Moment``; each change makes another, so that any can be undone. Learning is
done in stretches, each a run with a recording: so any step is reached again to the bit.
"""

from __future__ import annotations

from dataclasses import replace
from math import inf
from pathlib import Path
from time import monotonic
from typing import Any

import numpy as np

from pellucid.errors import DataError, ParameterError
from pellucid.graph.primitive import Array
from pellucid.inspect.views.editing import check_edit
from pellucid.learn.rule import Rule
from pellucid.learn.step import step_graph
from pellucid.run.choose import executor
from pellucid.run.executor import Executor
from pellucid.scene.acts import Act, Edit, Knock, Learn, Relabel, Take, together
from pellucid.scene.gauge import Gauge
from pellucid.scene.knocking import knocked
from pellucid.scene.model import parameters_of
from pellucid.scene.moment import Drag, Moment
from pellucid.scene.past import Past
from pellucid.scene.prepared import bare, first_state, prepared, relabelled
from pellucid.scene.room import thin, thin_touched
from pellucid.scene.scene import Scene
from pellucid.scene.shown import Shown
from pellucid.scene.source import within
from pellucid.scene.stretch import Stretch, Work, copied

AGAIN = 60
"""In so many portions a way that was gone before is gone again, at full speed."""
LEARNING = frozenset(("rule", "batch", "epochs"))
"""What of a scene can be changed without starting anew."""
OF_MODEL = frozenset(("source", "hidden", "output", "loss", "scale"))
"""What a network that was trained elsewhere says itself."""


class TooLong(ParameterError):
    """A scene's acts take longer than anyone wants to wait."""

    def __init__(self) -> None:
        super().__init__("What was learned in the scene takes too long to be learned again.")


class Bench(Shown):
    """A network on its data, as someone plays with it; one thread at a time.

    Parameters:
        scene: what to begin with; its acts are done.
        folder: of the session, where uploaded files lie.
        threads: of the engine, at most.
        patience: seconds that the scene's acts may take.

    Raises: what is wrong with the scene; ``TooLong`` where its acts take longer.

    Example:
        >>> bench = Bench(Scene())
        >>> bench.learn(20)
        >>> bench.seek(10)
        >>> bench.step, bench.last
        (10, 20)
    """

    kind = "network"

    def __init__(
        self, scene: Scene, folder: Path | None = None, *, threads: int | None = None,
        patience: float = inf,
    ) -> None:  # fmt: skip
        self.folder = folder
        self.executor: Executor = executor("auto", threads=threads)
        self.threads, self.chosen, self.plane = threads, 0, None
        self._past, self._gauge = Past[Moment](), Gauge(self.executor)
        self._drag: Drag | None = None
        plain = replace(scene, acts=())
        ready = prepared(plain, folder, self.executor)
        self._now, start = Moment("start", plain, ready, (), 0, first_state(ready)), None
        until = monotonic() + patience
        for act in scene.acts:
            if start is None and isinstance(act, Learn):
                start = self._now
            if monotonic() > until:
                raise TooLong
            self._do(act, until)
        self._past = Past[Moment]()  # what a scene came with is not undone
        self._now = replace(self._now, what="start", scene=plain, origin=start or self._now)

    def choose(self, row: int) -> None:
        """Look at another row.

        Raises: ``DataError`` for a row that is not there.
        """
        if not 0 <= row < len(self.data.x):
            raise DataError(f"The data have rows 0 to {len(self.data.x) - 1}, got {row}.")
        self.chosen = int(row)

    def look_along(self, across: int, up: int) -> None:
        """Look at the plane of two other inputs, by their places.

        Raises: ``ParameterError`` for the same twice.
        """
        if across == up:
            raise ParameterError(
                f"A plane has two inputs, got {across} twice. Choose another for one of them."
            )
        self.plane = across, up

    # --- learning

    def advance(self, most: int | None = None) -> int:
        """Take a portion of steps: of a thirtieth of a second, or at most so many.

        Where one went back and changed nothing, they are the steps that were taken before. At the
        end of the epochs planned nothing is done; ``more`` plans them anew.

        Returns: how many steps were taken.
        """
        before, behind = self.step, self._now.behind()
        if behind is not None:
            portion = max(1, (behind - self.first) // AGAIN) if most is None else most
            self.seek(min(before + portion, behind))
            return self.step - before
        work = self._going()
        if not work.over:
            work.advance(most)
            state = work.recording.state
            self._now = replace(self._now, step=state.step, state=state, rule=work.rule)
        return self.step - before

    def learn(self, steps: int) -> None:
        """Take so many steps, fewer where learning ends or breaks off before."""
        goal = self.step + steps
        while self.step < goal and self.advance(goal - self.step):
            pass

    def learn_epochs(self, count: int = 1) -> None:
        """Go on to the end of the epoch under way, or of so many."""
        goal = self.epoch + count
        while self.epoch < goal and self.advance(self.to_epoch_end()):
            pass

    def to_end(self) -> None:
        """Learn until the planned epochs are done, or learning breaks off."""
        while self.advance():
            pass

    def more(self) -> None:
        """Plan the scene's epochs once more, from here."""
        if self.is_over and self.problem is None:
            self._branch()

    def to_epoch_end(self) -> int:
        """The steps to the end of the epoch under way."""
        at = self._now.at()
        work = self._going() if at is None else at.work
        begun = self._now.state.begun
        return work.steps_an_epoch - (begun.steps if begun is not None else 0)

    def _going(self) -> Work:
        """The work that goes on at the cursor; a new one where something was changed."""
        work = self._now.work()
        if work is None:
            return self._branch()
        self._now = self._now.opened()
        return work

    def _branch(self) -> Work:
        """New work from the cursor; what lay beyond it can be undone to."""
        now, scene = self._now, self.scene
        index = now.index(now.step)
        kept: tuple[Stretch, ...] = now.stretches
        if index is not None:
            kept = (*now.stretches[:index], now.stretches[index].cut(now.step))
            if now.step < now.last:
                self._remember("branch")
        work = Work(
            now.ready, now.state, scene.rule, scene.batch, scene.epochs, scene.seed, self.executor,
            now.rule,
        )  # fmt: skip
        acts = now.pending
        if kept and kept[-1].end == kept[-1].first:  # nothing was learned since its edits
            acts = together(kept[-1].acts, acts)
            kept = kept[:-1]
        made = Stretch(work, acts, copied(now.state), now.rule, ready=now.ready)
        state = work.recording.state
        self._now = replace(self._now, stretches=(*kept, made), pending=(), state=state)
        thin(self._past.before, self._now)
        return work

    # --- time

    def seek(self, step: int) -> None:
        """Go to any step between the first and the last; edits not yet learned from are left.

        Raises: ``ParameterError`` for a step that was not reached.
        """
        if not self.first <= step <= self.last:
            raise ParameterError(
                f"Steps {self.first:,} to {self.last:,} can be seen, got {step:,}. Learn on to "
                "reach a later one."
            )
        if self._now.pending:
            self._remember(self._now.what)
        self._now, self._drag = self._now.at_step(step), None

    def params_at(self, step: int) -> Array:
        """The flat vector of parameters after a step that was reached; the cursor stays.

        Raises: ``ParameterError`` for a step that was not reached.
        """
        if not self.first <= step <= self.last:
            raise ParameterError(
                f"Steps {self.first:,} to {self.last:,} can be seen, got {step:,}."
            )
        return np.array(self._now.at_step(step).state.carried["params"])

    def branch_at(self, step: int) -> object:
        """Which branch a step belongs to: the same step of another has other numbers."""
        index = self._now.index(step)
        return None if index is None else self._now.stretches[index].work

    def restart(self) -> None:
        """Back to the same start: with the edits that the scene came with."""
        self._remember("restart")
        self._now = self._now.start("restart")

    # --- touching

    def edit(
        self, parameter: str, place: tuple[Any, ...], value: float, gesture: int | None = None
    ) -> None:
        """Give a weight or bias another value.

        Parameters:
            gesture: edits with the same number, one after the other, are undone together; without
                one those of the same place are.
        Raises: ``UnknownNameError``, ``ParameterError`` for a parameter or place that is not there,
            or a value that is not finite.
        """
        place = tuple(place)
        check_edit(self.network.parameters, parameter, place, value)
        act = Edit(parameter, place, float(value))
        name = (parameter, place) if gesture is None else gesture
        drag = self._drag
        if drag is None or not drag.goes_on(name, None if gesture is not None else self._now):
            self._remember("edit")
            drag = None
        count = len(self._now.pending)
        begun = count if drag is None else min(count, drag.begun)
        values = {parameter: {place: float(value)}}
        kept = self._now.without(parameter, place, begun)
        self._now = kept.touched(act, f"edit of {parameter}", values)
        self._drag = Drag(name, begun, self._now)

    def knock(self, layer: str, unit: int) -> None:
        """Knock a unit out: what leads on from it is set to 0, so nobody hears it any more.

        Raises: ``UnknownNameError``; ``ParameterError`` for a unit that is not there, or of the
            last layer.
        """
        name, places = knocked(self.network, layer, unit)
        self._remember("knock")
        what, values = f"{layer} unit {unit} knocked out", {name: dict.fromkeys(places, 0.0)}
        self._now = self._now.touched(Knock(layer, unit), what, values)

    def relabel(self, row: int, label: Any) -> None:
        """Give a row another label, and go on from the same numbers.

        Raises: ``DataError`` for a row or a label that is not there.
        """
        if not 0 <= row < len(self.data.x):
            raise DataError(f"The data have rows 0 to {len(self.data.x) - 1}, got {row}.")
        ready = relabelled(self._now.ready, self.scene, row, label, self.executor)
        self._remember("label")
        state = bare(self._now.state)
        self._now = replace(
            self._now, what=f"label of row {row}", ready=ready, state=state, rule=None,
            pending=(*self._now.pending, Relabel(row, str(label))),
        )  # fmt: skip

    def take(self, file: str) -> None:
        """Take all parameters from a model file of the session.

        Raises: ``FileError``; ``ParameterError`` for a model of other layers.
        """
        params, states = parameters_of(self.network, within(self.folder, file))
        self._remember("parameters")
        self._now = self._now.taken(Take(file), f"parameters of {file}", params, states)

    def change(self, **fields: Any) -> None:
        """Change the scene: how it learns from here on, or anything else, for a new start.

        Raises: what is wrong with the new scene; then nothing is changed.
        """
        scene = replace(self.scene, **fields)
        differs = {name for name in fields if getattr(scene, name) != getattr(self.scene, name)}
        if differs & OF_MODEL and "model" not in fields:
            scene = replace(scene, model=None, history=None)  # another network begins anew
        if not differs <= LEARNING or scene.rule.loss != self.scene.rule.loss:
            self.open(scene)
        elif differs:
            self._check(scene.rule)
            self._remember("settings")
            self._now = replace(self._now, scene=scene)

    def _check(self, rule: Rule) -> None:
        """Build a step with a rule, so that one that does not fit is refused at once."""
        task = self.network._parts()[0]
        if rule.minimizer is None:
            rule.slots(task.architecture)
            step_graph(task, rule, 1)

    def open(self, scene: Scene) -> None:
        """Another scene, with its acts.

        Raises: what is wrong with it; then nothing is changed.
        """
        self.adopt(Bench(scene, self.folder, threads=self.threads))

    def adopt(self, other: Bench) -> None:
        """Go on with what another bench has reached."""
        self._remember("scene")
        self._go(replace(other._now, what="scene"))

    # --- undoing

    def undo(self) -> bool:
        """Take the last change back; whether there was one."""
        found = self._past.undo(self._now.sealed())
        if found is not None:
            self._go(found)
        return found is not None

    def redo(self) -> bool:
        """Do what was undone again; whether there was something."""
        found = self._past.redo(self._now.sealed())
        if found is not None:
            self._go(found)
        return found is not None

    # --- inside

    def _go(self, moment: Moment) -> None:
        """Be at another moment."""
        self._now, self._drag = moment, None
        self.chosen = min(self.chosen, len(moment.ready.data.x) - 1)

    def _do(self, act: Act, until: float = inf) -> None:
        match act:
            case Learn():
                scene = replace(self.scene, rule=act.rule, batch=act.batch, epochs=act.epochs)
                self._now = replace(self._now, scene=scene)
                self._branch()  # as it was: a schedule is planned anew where learning began
                goal = self.step + act.steps
                while self.step < goal and self.advance(goal - self.step):
                    if monotonic() > until:
                        raise TooLong
            case Edit():
                self.edit(act.parameter, act.place, act.value)
            case Knock():
                self.knock(act.layer, act.unit)
            case Relabel():
                self.relabel(act.row, act.label)
            case Take():
                self.take(act.file)

    def _remember(self, what: str) -> None:
        self._past.remember(self._now.sealed())
        thin_touched(self._past.before, self._now)
        self._now, self._drag = replace(self._now, what=what), None
