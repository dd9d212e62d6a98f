"""Training by a minimizer: loss and gradient of all samples together, one iteration an epoch."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np

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
HIGH = 1e100  # above any loss, and low enough to be squared by a line search
RATE = 1.0  # what is told as the learning rate: a minimizer chooses its step length itself


class Whole:
    """Epochs of one iteration each."""

    def __init__(self, run: Progress, rule: Rule, minimizer: Minimizer) -> None:
        graph = objective_graph(run.task, rule, len(run.data))
        _check(graph, run.task, type(minimizer).__name__)
        self.run, self.minimizer = run, minimizer
        self.program = run.executor.compile(graph)
        self.converged = False
        self._points: Points | None = None
        self._latest: tuple[Floats, int | None, dict[str, Array]] | None = None

    def started(self) -> RunStarted:
        """The run's first event."""
        return self.run.started(len(self.run.data))

    def epoch(self) -> Iterator[Event]:
        """One iteration: pull the next point, and score it."""
        run, state = self.run, self.run.state
        if self._points is None:
            start = np.asarray(state.carried["params"], np.float64)
            broken, _ = self._found(start)
            if broken is not None:
                yield run.diverged(self.program, self._inputs(start, broken))
                return
            self._points = self.minimizer.points(start, self._ask, run.plan.epochs)
        point = next(self._points, None)
        if point is None:
            self.converged = True
            return
        broken, totals = self._found(point)
        if broken is not None:
            yield run.diverged(self.program, self._inputs(point, broken))
            return
        params = point.astype(state.carried["params"].dtype)
        state.carried, state.step = state.carried | {"params": params}, state.step + 1
        yield StepsDone(state.step, state.epoch + 1, mean_loss(totals), RATE, run.seconds)
        yield run.epoch_done(totals, RATE)

    def close(self) -> None:
        """End the minimizer."""
        if self._points is not None:
            self._points.close()

    def _ask(self, point: Floats) -> tuple[float, Floats]:
        """Loss and gradient at a point, added up over portions that fit into memory."""
        portion = rows_a_batch(self.run.data.x)
        starts = range(0, len(self.run.data), portion)
        parts = [self.program.run(self._inputs(point, at)) for at in starts]
        totals = combine([{name: array[None] for name, array in part.items()} for part in parts])
        value, gradient = float(totals.pop(OBJECTIVE)), totals.pop(GRADIENT)
        finite = bool(np.isfinite(value) and np.isfinite(gradient).all())
        broken = [at for at, part in zip(starts, parts, strict=True) if not _finite(part)]
        self._latest = (point.copy(), None if finite else [*broken, 0][0], totals)
        # Where the loss is not finite, a line search should turn back.
        return (value, gradient) if finite else (HIGH, np.zeros(len(point)))

    def _found(self, point: Floats) -> tuple[int | None, dict[str, Array]]:
        """The first portion that was not finite at a point, and the counts of all.

        The point is most often the one that was asked for last.
        """
        if self._latest is None or not np.array_equal(self._latest[0], point):
            self._ask(point)
        assert self._latest is not None
        return self._latest[1:]

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
