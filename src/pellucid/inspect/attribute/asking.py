"""Running the graphs: rows in, scores and gradients out, in pieces that memory can hold."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cached_property
from math import prod

import numpy as np

from pellucid.graph import Graph
from pellucid.graph.primitive import Array
from pellucid.inspect.attribute.graphs import (
    GRADIENT,
    SCORE,
    forward_graph,
    inputs_of,
    score_graph,
)
from pellucid.inspect.attribute.question import Question
from pellucid.run.executor import Executor, Program

VALUES = 1 << 18
"""About so many input values are computed at once."""


class Asking:
    """Answers of one output of one network.

    Attributes:
        question: what is asked.
        executor: what computes.
        evaluations: how many rows were answered so far; one with its gradient counts once.
    """

    def __init__(self, question: Question, executor: Executor) -> None:
        self.question, self.executor = question, executor
        self.evaluations = 0

    def scores(self, rows: Array) -> Array:
        """The score of each row.

        Shapes: n x ... -> n.
        """
        return self.run(self._forward, {"x": rows}, SCORE)[SCORE]

    def gradients(self, rows: Array) -> tuple[Array, Array]:
        """The score of each row, and its gradient.

        Shapes: n x ... -> n, n x ...
        """
        found = self.run(self._backward, {"x": rows}, SCORE, GRADIENT)
        return found[SCORE], found[GRADIENT]

    def compiled(self, graph: Graph) -> Program:
        """A graph, ready to be run."""
        return self.executor.compile(graph)

    def run(self, program: Program, rows: Mapping[str, Array], *names: str) -> dict[str, Array]:
        """Outputs of a program for many rows, piece by piece."""
        count = len(next(iter(rows.values())))
        fixed = inputs_of(self.question.network)
        self.evaluations += count
        size = max(1, VALUES // max(1, prod(self.question.start.shape)))
        parts = [
            program.run({name: own[piece] for name, own in rows.items()} | fixed)
            for piece in _pieces(count, size)
        ]
        return {
            name: np.concatenate([np.asarray(part[name], np.float64) for part in parts])
            for name in names
        }

    @cached_property
    def start_score(self) -> float:
        """The score of the row that is explained."""
        return float(self.scores(self.question.start)[0])

    @cached_property
    def baseline_scores(self) -> Array:
        """The score of each baseline."""
        return self.scores(self.question.baselines)

    @cached_property
    def _forward(self) -> Program:
        return self.compiled(forward_graph(self.question.network, self.question.output))

    @cached_property
    def _backward(self) -> Program:
        return self.compiled(score_graph(self.question.network, self.question.output))


def _pieces(count: int, size: int) -> Iterator[slice]:
    return (slice(start, start + size) for start in range(0, count, size))
