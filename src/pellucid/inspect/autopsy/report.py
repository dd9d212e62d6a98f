"""The autopsy of a training that broke: when, where, which value, since when, why, and the cure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from pellucid.dataclass import dataclass
from pellucid.errors import ParameterError
from pellucid.graph import Graph
from pellucid.graph.primitive import Array
from pellucid.inspect import replay
from pellucid.inspect.autopsy.case import Case
from pellucid.inspect.autopsy.causes import causes
from pellucid.inspect.autopsy.scene import Scene, broken, value_at
from pellucid.inspect.findings import WIDTH, TrainingFinding, share, spell, wrapped
from pellucid.inspect.health.checkup import told
from pellucid.inspect.health.look import Look, look
from pellucid.learn.step import objective_graph, step_graph

if TYPE_CHECKING:
    from pellucid.models.recording import Recording
    from pellucid.models.run import Run

EARLIER, LABEL = 5, 8
WAYS = {
    "forward": "on the way forward", "backward": "on the way back", "loss": "in the loss",
    "update": "in the update", "metric": "in a metric",
}  # fmt: skip


@dataclass(frozen=True)
class Moment:
    """One step on the way: the loss of its rows, the largest weight, the longest change."""

    step: int
    loss: float
    largest: float
    change: float


@dataclass(frozen=True, eq=False)
class Autopsy:
    """Why a training broke.

    Attributes:
        cause: the deepest cause that fits, with its evidence and remedy.
        others: what else fits: mostly what the cause brought about.
        step, epoch: of the step that failed, counted from 1.
        scene: the first value that was no finite number; None where doing the step again gave none.
        row: the row of the data (counted from 0) that it belongs to; None: to no single one.
        before, before_step: what the same value was with the parameters of ``before_step``.
        course: the first step and the last few.
        precision: what the run computed with.
    """

    cause: TrainingFinding
    others: tuple[TrainingFinding, ...]
    step: int
    epoch: int
    scene: Scene | None
    row: int | None
    before: float | None
    before_step: int
    course: tuple[Moment, ...]
    precision: str

    def text(self, columns: int = WIDTH) -> str:
        """All of it in words."""
        parts = [f"The training broke at step {self.step:,} (epoch {self.epoch:,})."]
        if self.scene is not None:
            parts += self._scene(self.scene)
        parts += ["", f"Why     {self.cause.title}", f"        {self.cause.evidence}"]
        parts += [f"Cure    {self.cause.remedy}"]
        if self.cause.change:
            settings = ", ".join(f"{k}={v!r}" for k, v in self.cause.change.items())
            parts.append(f"        as settings: {settings}")
        lines = [wrapped(part, columns, LABEL) if part else "" for part in parts]
        if self.course:
            lines += ["", *self._course()]
        return "\n".join(lines)

    def _scene(self, scene: Scene) -> list[str]:
        way = WAYS[scene.role]
        where = f", element {list(scene.place)}" if scene.place else ""
        made = "; ".join(operand.text() for operand in scene.operands)
        many = f" (the largest of {scene.terms:,} terms)" if scene.terms > 1 else ""
        lines = [
            f"Where   {scene.layer}, operation {scene.operation}, {way}{where}: "
            f"{spell(scene.value)}",
        ]
        if made:
            formula = f"{scene.formula}, with " if scene.formula else ""
            lines.append(f"From    {formula}{made}{many}")
        if self.row is not None:
            lines.append(f"Sample  row {self.row} of the data, counted from 0")
        if self.before is not None:
            steps = self.step - 1 - self.before_step
            lines.append(
                f"Before  {spell(self.before)} for the same rows with the weights of "
                f"{steps} step{'s' if steps != 1 else ''} earlier"
            )
        return lines

    def _course(self) -> list[str]:
        lines = [f"{'step':>8}  {'loss':>12}  {'largest weight':>14}  {'change of a layer':>17}"]
        for one in self.course:
            change = share(one.change) if np.isfinite(one.change) else "no number"
            lines.append(
                f"{one.step:>8,}  {spell(one.loss):>12}  {spell(one.largest):>14}  {change:>17}"
            )
        return lines

    def record(self) -> dict[str, Any]:
        """All of it as plain JSON."""
        return {
            "cause": self.cause.row(),
            "others": [found.row() for found in self.others],
            "step": self.step,
            "epoch": self.epoch,
            "scene": None if self.scene is None else _plain(self.scene.record()),
            "row": self.row,
            "before": None if self.before is None else _number(self.before),
            "before_step": self.before_step,
            "course": [_plain(vars(one)) for one in self.course],
            "precision": self.precision,
        }

    def __str__(self) -> str:
        return self.text()

    __repr__ = __str__


def autopsy(run: Run) -> Autopsy:
    """Find out why a run diverged.

    The failed step is done again node by node up to the first value that is not finite; the steps
    before it are looked at by replay.
    Raises: ``ParameterError`` for a run that did not diverge, or has no recording.
    """
    diverged, recording = run.history.diverged, run.recording
    if diverged is None:
        raise ParameterError(
            f"An autopsy is for a run that diverged, and this one did not: it ended "
            f"({run.reason}). run.health() looks for what else may be amiss."
        )
    if recording is None:
        raise ParameterError(
            "This run has no recording: it came out of a pickle, which holds none. Fit again, or "
            "open the folder of a run with pellucid.inspect.replay.open_run."
        )
    last, precision = recording.last, recording.executor.precision
    graph, inputs, rows = _failed(run, recording)
    scene = broken(graph, inputs, recording.task, precision)
    wide = precision == "float32" and broken(graph, inputs, recording.task, "float64") is None
    steps = _steps_to_tell(recording.first, last)
    found = [_looked(run, recording, step) for step in steps]
    looks, largest = tuple(one for one, _ in found), tuple(size for _, size in found)
    row = None
    if scene is not None and scene.row is not None and scene.row < len(rows):
        row = int(rows[scene.row])
    case = Case(told(run, looks), scene, last, row, precision, wide, largest)
    every: dict[str, TrainingFinding] = {}
    for cause in causes(case):
        every.setdefault(cause.kind, cause)
    first, *others = every.values()
    earlier = max(recording.first, last - EARLIER)
    before = None
    if scene is not None and earlier < last and not scene.operation.startswith("input"):
        carried = _carried(run, recording, earlier)
        before = value_at(graph, {**inputs, **carried}, scene, precision)
    course = tuple(
        Moment(one.step, one.loss, size, max((x.ratio for x in one.learning), default=0.0))
        for one, size in found
    )
    return Autopsy(
        first, tuple(others), diverged.step, diverged.epoch, scene, row, before, earlier, course,
        precision,
    )  # fmt: skip


def _failed(run: Run, recording: Recording) -> tuple[Graph, Mapping[str, Array], Array]:
    """The graph of the failed step, what it read, and the rows of the data that were in it."""
    task, rule, last = recording.task, recording.rule, recording.last
    known = run.rows if run.rows is not None else np.arange(len(recording.data))
    if rule.minimizer is None:
        graph = step_graph(task, rule, recording.plan.batch)
        return graph, replay.inputs_of(run, last), known[replay.rows_of(run, last)]
    carried = _carried(run, recording, last)
    rows = {name: array[:] for name, array in recording.data.rows.items()}
    inputs = {**carried, **rows, "share": np.array(1.0)}
    return objective_graph(task, rule, len(recording.data)), inputs, known


def _steps_to_tell(first: int, last: int) -> list[int]:
    """The first step, a few on the way at growing distances, and the last few."""
    way = [first + 4**k for k in range(12) if first + 4**k < last - EARLIER]
    return sorted({first, *way, *range(max(first, last - EARLIER), last + 1)})


def _carried(run: Run, recording: Recording, step: int) -> dict[str, Array]:
    """The carried values after so many steps."""
    state = replay.at(run, step)._state
    assert state is not None
    return state.carried


def _looked(run: Run, recording: Recording, step: int) -> tuple[Look, float]:
    """A look at a step and its own rows, and the size of the largest parameter before it."""
    task, rule = recording.task, recording.rule
    if rule.minimizer is None:
        inputs = replay.inputs_of(run, step)
    else:
        rows = {name: array[:] for name, array in recording.data.rows.items()}
        inputs = _carried(run, recording, step) | rows | {"rate": np.array(1.0)}
        inputs |= {"time": np.array(step + 1.0), "key": np.array([recording.plan.seed, step])}
    largest = float(np.abs(inputs["params"]).max(initial=0.0))
    return look(task, rule, inputs, step), largest


def _number(value: float) -> float | str:
    """A number that JSON knows, or its word."""
    return value if np.isfinite(value) else spell(value)


def _plain(values: Mapping[str, Any]) -> dict[str, Any]:
    plain: dict[str, Any] = {}
    for name, value in values.items():
        if isinstance(value, float):
            plain[name] = _number(value)
        elif isinstance(value, (list, tuple)):
            plain[name] = [_plain(one) if isinstance(one, dict) else one for one in value]
        else:
            plain[name] = value
    return plain
