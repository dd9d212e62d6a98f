"""Training by a minimizer: loss and gradient of all samples together, one iteration an epoch."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np

from pellucid.dataclass import dataclass
from pellucid.errors import ParameterError
from pellucid.graph import Graph
from pellucid.graph.primitive import Array
from pellucid.learn.events import Event, RunStarted, StepsDone
from pellucid.learn.minimizer import Floats, Minimizer, Points
from pellucid.learn.progress import Progress
from pellucid.learn.rule import Rule
from pellucid.learn.score import combine, mean_loss, rows_a_batch
from pellucid.learn.step import GRADIENT, OBJECTIVE, Task, objective_graph

RANDOM = ("bernoulli", "normal", "permutation", "uniform")
RATE = 1.0  # what is told as the learning rate: a minimizer chooses its step length itself


@dataclass(frozen=True)
class _Look:
    """What was found at a point; ``broken``: where the first portion that is not finite starts."""

    point: Floats
    value: float
    gradient: Floats
    totals: dict[str, Array]
    broken: int | None


class Whole:
    """Epochs of one iteration each."""

    def __init__(self, run: Progress, rule: Rule, minimizer: Minimizer) -> None:
        graph = objective_graph(run.task, rule, len(run.data))
        _check(graph, run.task, type(minimizer).__name__)
        self.run, self.minimizer = run, minimizer
        self.last_epoch = run.state.epoch + run.plan.epochs
        run.state.begun = None  # an iteration is not done by halves
        self.program = run.executor.compile(graph)
        self.converged = False
        self._points: Points | None = None
        self._latest: _Look | None = None
        self._reached: _Look | None = None

    def started(self) -> RunStarted:
        """The run's first event."""
        return self.run.started(len(self.run.data), self.run.plan.epochs)

    def advance(self, most: int) -> Iterator[Event]:
        """One iteration: pull the next point, and score it."""
        run, state = self.run, self.run.state
        if self._points is None:
            point = np.asarray(state.carried["params"], np.float64)
            look = self._reached = self._look(point)
            if look.broken is not None:
                yield run.diverged(self.program, self._inputs(point, look.broken))
                return
            self._points = self.minimizer.points(point, self._ask, run.plan.epochs)
        following = next(self._points, None)
        if following is None:
            self.converged = True
            return
        look = self._look(following)
        if look.broken is not None:
            yield run.diverged(self.program, self._inputs(following, look.broken))
            return
        self._reached = look
        params = following.astype(state.carried["params"].dtype)
        state.carried, state.step = state.carried | {"params": params}, state.step + 1
        run.kept()
        loss = mean_loss(look.totals)
        yield StepsDone(state.step, state.epoch + 1, loss, RATE, run.seconds)
        yield run.epoch_done(look.totals, RATE)

    def rest(self) -> Iterator[Event]:
        """Nothing: all is told at once."""
        return iter(())

    def close(self) -> None:
        """End the minimizer."""
        if self._points is not None:
            self._points.close()

    def _ask(self, point: Floats) -> tuple[float, Floats]:
        """Loss and gradient at a point, as the minimizer sees them.

        Where they are not finite it sees a parabola that starts at the last iterate with the slope
        there and has the opposite slope here: its lowest point is between the two, so that a line
        search turns back to there. With infinity or NaN it would give up, or believe it was done.
        """
        look, base = self._look(point), self._reached
        if look.broken is None or base is None:
            return look.value, look.gradient
        rise = abs(float(base.gradient @ (point - base.point)))
        return base.value + rise, -base.gradient

    def _look(self, point: Floats) -> _Look:
        """Loss, gradient and counts at a point, added up over portions that fit into memory."""
        if self._latest is not None and np.array_equal(self._latest.point, point):
            return self._latest
        portion = rows_a_batch(self.run.data.x)
        starts = range(0, len(self.run.data), portion)
        parts = [self.program.run(self._inputs(point, at)) for at in starts]
        totals = combine([{name: array[None] for name, array in part.items()} for part in parts])
        finite = _finite(totals)
        broken = [at for at, part in zip(starts, parts, strict=True) if not _finite(part)]
        value, gradient = float(totals.pop(OBJECTIVE)), totals.pop(GRADIENT)
        first = None if finite else [*broken, 0][0]
        self._latest = _Look(point.copy(), value, gradient, totals, first)
        return self._latest

    def _inputs(self, point: Floats, at: int) -> dict[str, Array]:
        data = self.run.data
        portion = rows_a_batch(data.x)
        rows = {name: array[at : at + portion] for name, array in data.rows.items()}
        share = len(rows["x"]) / len(data)
        state = self.run.state.carried["state"]
        return {"params": point, "state": state, "share": np.array(share), **rows}


def _finite(part: Mapping[str, Array]) -> bool:
    return all(np.isfinite(array).all() for array in part.values())


def _check(graph: Graph, task: Task, owner: str) -> None:
    """Raise ``ParameterError`` for layers whose loss is another one at each look."""
    for node in graph.nodes:
        if node.op in RANDOM:
            raise ParameterError(
                f"{owner} expects the same loss each time it looks at a point, got {node.scope}, "
                "which draws at random. Leave that layer out, or use an optimizer such as Adam."
            )
    if task.architecture.states.size:
        layer = task.architecture.states.names[0].rpartition(".")[0]
        raise ParameterError(
            f"{owner} expects the same loss each time it looks at a point, got {layer}, which "
            "keeps running statistics. Leave that layer out, or use an optimizer such as Adam."
        )
