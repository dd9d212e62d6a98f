"""Scores of a network on samples: loss and metrics, the same for any batch size."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from pellucid.graph.primitive import Array
from pellucid.learn.plan import Encoded
from pellucid.learn.step import RULE, TINY, Task, score_graph, totals_graph
from pellucid.run.executor import Executor, Feed, Program

VALUES_A_BATCH = (
    1 << 21
)  # of inputs, about 8 MB in float32: large enough to be fast, small in memory


class Scorer:
    """Computes loss and metrics of a task on given parameters."""

    def __init__(self, task: Task, executor: Executor) -> None:
        self.task, self.executor = task, executor
        self._program: Program | None = None
        self._finishing: Program | None = None

    def totals(self, params: Array, state: Array, rows: Mapping[str, Array]) -> dict[str, Array]:
        """The counts over all rows."""
        if self._program is None:
            self._program = self.executor.compile(score_graph(self.task))
        batch = rows_a_batch(rows["x"])
        parts = []
        for at in range(0, len(rows["x"]), batch):
            part = {name: array[at : at + batch] for name, array in rows.items()}
            found = self._program.run({"params": params, "state": state, **part})
            parts.append({name: array[None] for name, array in found.items()})
        return combine(parts)

    def finish(self, totals: dict[str, Array]) -> dict[str, float]:
        """The values that the totals stand for: loss first, then each metric."""
        found = self._program_of_totals(totals).run(totals)
        return {name: float(value) for name, value in found.items()}

    def finish_all(self, totals: Sequence[dict[str, Array]]) -> list[dict[str, float]]:
        """The values of each of several totals, in one call."""
        given = {name: np.stack([each[name] for each in totals]) for name in totals[0]}
        program = self._program_of_totals(totals[0])
        found = program.steps({}, Feed.of_numbers(given, len(totals)))
        values = [
            {name: float(array[k]) for name, array in found.reported.items()}
            for k in range(found.done)
        ]
        return values + [self.finish(each) for each in totals[found.done :]]  # from a NaN on

    def _program_of_totals(self, totals: dict[str, Array]) -> Program:
        if self._finishing is None:
            self._finishing = self.executor.compile(totals_graph(self.task.metrics, totals))
        return self._finishing


def combine(parts: Sequence[Mapping[str, Array]]) -> dict[str, Array]:
    """Add up the reported counts over all steps of all parts.

    The result does not depend on how the steps were divided into parts: they are put together
        first.
    """
    names = [name for name in parts[0] if not name.startswith(RULE)] if parts else []
    whole = parts[0] if len(parts) == 1 else _joined(names, parts)
    return {name: np.asarray(np.add.reduce(whole[name], 0, np.float64)) for name in names}


def _joined(names: Sequence[str], parts: Sequence[Mapping[str, Array]]) -> dict[str, Array]:
    return {name: np.concatenate([part[name] for part in parts]) for name in names}


def mean_loss(counts: Mapping[str, Array]) -> float:
    """The loss that counts stand for; 0 where nothing has weight."""
    return float(counts["loss.sum"]) / max(float(counts["loss.weight"]), TINY)


def rows_a_batch(x: Array | Encoded) -> int:
    """How many rows to compute at once: as many as hold about two million input values."""
    width = max(1, int(np.prod(x.shape[1:])))
    return max(1, min(len(x), VALUES_A_BATCH // width)) if len(x) else 1
