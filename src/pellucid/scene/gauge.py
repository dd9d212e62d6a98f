"""What is read off a network at any moment: what its layers give, its scores."""

from __future__ import annotations

from pellucid.graph.primitive import Array
from pellucid.inspect.views.layers import layers_graph
from pellucid.learn.plan import Samples, State
from pellucid.learn.score import Scorer
from pellucid.run.executor import Executor, Program
from pellucid.scene.moment import Moment
from pellucid.scene.prepared import Prepared

SCORED = 2000
"""So many rows at most are scored when someone edits a weight: the answer has to come at once."""


class Gauge:
    """Programs that are compiled once a network, and the scores that were asked for last."""

    def __init__(self, executor: Executor) -> None:
        self.executor = executor
        self._tools: tuple[Prepared, Program, Scorer] | None = None
        self._scores: tuple[State, int, dict[str, float]] | None = None

    def outputs(self, now: Moment, encoded: Array) -> dict[str, Array]:
        """What every layer gives for rows as the network reads them."""
        program, carried = self._of(now)[0], now.state.carried
        return program.run({"x": encoded, "params": carried["params"], "state": carried["state"]})

    def scores(self, now: Moment) -> dict[str, float]:
        """Loss and metrics, of the rows learned from and of those held out."""
        known = self._scores  # learning goes on in the same state
        if known is None or known[0] is not now.state or known[1] != now.step:
            found = self._scored(now, now.ready.samples)
            if now.ready.held is not None:
                held = self._scored(now, now.ready.held)
                found |= {f"val_{name}": value for name, value in held.items()}
            known = self._scores = now.state, now.step, found
        return known[2]

    def _scored(self, now: Moment, samples: Samples) -> dict[str, float]:
        scorer, carried = self._of(now)[1], now.state.carried
        every = max(1, -(-len(samples) // SCORED))
        rows = {name: array[::every] for name, array in samples.rows.items()}
        return scorer.finish(scorer.totals(carried["params"], carried["state"], rows))

    def _of(self, now: Moment) -> tuple[Program, Scorer]:
        if self._tools is None or self._tools[0] is not now.ready:
            task = now.ready.network._parts()[0]
            program = self.executor.compile(layers_graph(task.architecture))
            self._tools = now.ready, program, Scorer(task, self.executor)
        return self._tools[1], self._tools[2]
