"""What can be seen on a bench: the network at the cursor, its data, its scores, its past."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from pellucid.dataclass import dataclass
from pellucid.graph.primitive import Array
from pellucid.inspect.views.layers import SUM, read
from pellucid.learn.course import epochs_to_take
from pellucid.learn.rule import Rule
from pellucid.models.network import Network
from pellucid.models.run import default_batch
from pellucid.scene.curve import joined
from pellucid.scene.gauge import Gauge
from pellucid.scene.moment import Moment
from pellucid.scene.past import Past
from pellucid.scene.prepared import Prepared
from pellucid.scene.scene import Scene

__all__ = ["SUM", "Shown"]


class Shown:
    """What can be seen, and nothing that changes it.

    Attributes:
        chosen: the place of the row that is looked at.
        plane: the places of the two inputs along which answers are shown; None: as suits the data.
    """

    _now: Moment
    _past: Past[Moment]
    _gauge: Gauge
    chosen: int
    plane: tuple[int, int] | None

    @property
    def scene(self) -> Scene:
        """The scene, without what was done."""
        return self._now.scene

    @property
    def data(self) -> Any:
        """The samples, in the user's words."""
        return self._now.ready.data

    @property
    def learned(self) -> Array:
        """The places of the rows that are learned from."""
        return self._now.ready.learned

    @property
    def held(self) -> Array:
        """The places of the rows held out."""
        return self._now.ready.held_rows

    @property
    def ready(self) -> Prepared:
        """The data as they were divided and encoded."""
        return self._now.ready

    @property
    def network(self) -> Network:
        """The network as it is at the cursor: a view; what is changed there is changed here."""
        network = self._now.ready.network
        shown = object.__new__(Network)
        shown.__dict__.update(network.__dict__)
        shown._state, shown._rule, shown._predictors = self._now.state, self.scene.rule, {}
        return shown

    def copied(self) -> tuple[Network, Rule]:
        """The network in arrays of its own, and the rule of its next step.

        For who looks at it beside the learning.
        """
        copy = self.network.copy()
        copy._rule = self._now.rule
        return copy, self.scene.rule

    @property
    def mark(self) -> tuple[object, ...]:
        """Equal as long as the network's numbers, its data and the chosen row are."""
        carried = self._now.state.carried
        return _Same(carried["params"]), _Same(self._now.ready), self.step, self.chosen

    @property
    def step(self) -> int:
        """The steps that lead to what is seen."""
        return self._now.step

    @property
    def epoch(self) -> int:
        """The epochs that were done by then."""
        return self._now.state.epoch

    @property
    def first(self) -> int:
        """The earliest step that can be seen."""
        return self._now.first

    @property
    def last(self) -> int:
        """The latest step that can be seen."""
        return self._now.last

    @property
    def is_over(self) -> bool:
        """Whether the stretch at the cursor has done its epochs, or broke off."""
        work = self._now.work()
        return work is not None and work.over

    @property
    def batch(self) -> int:
        """The samples of the next step."""
        scene, count = self.scene, len(self.learned)
        return int(min(scene.batch or scene.rule.batch or default_batch(count), count))

    @property
    def rate(self) -> float:
        """The learning rate of the next step: of the plan that it belongs to.

        At the end of the planned epochs, and after a change, it is the first step of another plan.
        """
        now = self._now
        going = now.work()
        if now.behind() is not None:
            at = now.at()
            going = at.work if at is not None else None
        if going is not None and (now.step < going.end or not going.over):
            return going.recording.course.rate(now.step)
        each = -(-len(self.learned) // self.batch)
        begun = now.state.begun
        into = 0 if begun is None else begun.steps
        total = epochs_to_take(self.scene.epochs, each, into) * each - into
        return self.scene.rule.schedule.rate(0, total)

    @property
    def problem(self) -> str | None:
        """Why learning broke off here, in words."""
        work = self._now.work()
        return work.problem or None if work is not None else None

    @property
    def log(self) -> list[dict[str, Any]]:
        """What the rule of the stretch at the cursor noted until there."""
        at = self._now.at()
        rows: list[dict[str, Any]] = [] if at is None else at.work.log
        return [row for row in rows if row.get("step", 0) <= self.step]

    @property
    def curve(self) -> dict[str, Array]:
        """The learning curve up to the last step that can be seen, as arrays by column.

        Of a network that a run has trained, it begins with that run's, whose last step is 0.
        """
        here = [stretch.work.curve.until(stretch.end) for stretch in self._now.stretches]
        before = self._now.ready.before
        return joined([before, *here] if before else here)

    @property
    def chosen_x(self) -> Any:
        """The row that is looked at, as rows."""
        return self.data.x[self.chosen : self.chosen + 1]

    @property
    def chosen_y(self) -> Any:
        """Its target."""
        return self.data.y[self.chosen : self.chosen + 1]

    @property
    def undoable(self) -> str | None:
        """What would be undone, in a word or two."""
        return self._past.undoable(self._now)

    @property
    def redoable(self) -> str | None:
        """What would be done again."""
        return self._past.redoable()

    def outputs(self, x: Any) -> dict[str, Array]:
        """What every layer gives for rows in the user's units; dense sums under ``sum of NAME``."""
        return self.outputs_of(read(self.network, x))

    def outputs_of(self, encoded: Array) -> dict[str, Array]:
        """The same for rows as the network reads them."""
        return self._gauge.outputs(self._now, encoded)

    def scores(self) -> dict[str, float]:
        """Loss and metrics at the cursor, of the rows learned from and of those held out."""
        return self._gauge.scores(self._now)

    @property
    def edition(self) -> object:
        """Another one whenever the scene, the data or the layers are others."""
        return _Same(self._now.ready), _Same(self._now.scene)

    def latest(self) -> dict[str, float]:
        """The scores of the last epoch that was done; those of the cursor where there is none."""
        work = self._now.work()
        last = work.curve.epochs.latest if work is not None else None
        if last is None:
            return self.scores()
        return {name: value for name, value in last[1].items() if name != "epoch"}

    def standing(self, *, playing: bool = False) -> dict[str, Any]:
        """Where it stands, as plain values; while it learns with the scores of the last epoch."""
        parameters = self.network.architecture.learned.size
        scores: dict[str, float] = {}
        if self.ready.has_targets:
            scores = self.latest() if playing else self.scores()
        return {
            "step": self.step, "first": self.first, "last": self.last, "epoch": self.epoch,
            "epochs": self.scene.epochs, "over": self.is_over, "scores": scores,
            "undo": self.undoable, "redo": self.redoable, "problem": self.problem,
            "chosen": self.chosen, "parameters": parameters, "rows": len(self.data.x),
        }  # fmt: skip

    def played(self) -> Scene:
        """The scene with all that was done to reach the cursor."""
        return replace(self.scene, acts=self._now.acts())

    def scenes(self) -> tuple[Scene, ...]:
        """Each scene that is on the bench or can be gone back to, with all that was done in it."""
        found = (self._now, *self._past.all())
        return tuple(replace(moment.scene, acts=moment.all_acts()) for moment in found)


@dataclass(frozen=True, eq=False)
class _Same:
    """Equal for the same object only; it keeps the object, so that no other takes its place."""

    of: object

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Same) and self.of is other.of

    def __hash__(self) -> int:
        return id(self.of)
