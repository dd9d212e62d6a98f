"""How raw outputs become scores, and scores the user's words."""

from __future__ import annotations

from typing import Any

import numpy as np

from pellucid.data.codec import Classes, Labels
from pellucid.errors import DataError
from pellucid.graph import BATCH, Builder
from pellucid.graph.primitive import Array
from pellucid.models.answers import answered, check_chances
from pellucid.models.network import Network
from pellucid.nn.activations import Step
from pellucid.run.executor import Executor

MOST_WORDS = 8


class Answers:
    """What a network answers, from the raw output of its last layer.

    Attributes:
        are_chances: whether scores are the chances of classes or labels.
    """

    def __init__(self, network: Network, executor: Executor, has_targets: bool) -> None:
        task, _, self._target = network._parts()
        self._loss = task.loss
        builder = Builder()
        output = builder.input("output", (BATCH, *task.architecture.out_shape))
        self._program = executor.compile(builder.build(scores=task.loss.link(output)))
        self._has_targets = has_targets
        self.are_chances = isinstance(self._target, Classes | Labels)
        if self.are_chances:
            try:
                check_chances(task.loss, self._target)
            except DataError:
                self.are_chances = False
        last = task.architecture.layers[-1][1]
        self._fires = isinstance(getattr(last, "activation", None), Step)
        self.are_chances = self.are_chances and not self._fires

    def linked(self, output: Array) -> Array:
        """Scores of raw outputs: chances, or numbers."""
        return self._program.run({"output": output})["scores"]

    def signed(self, output: Array) -> Array:
        """For a picture: a chance of one half is 0 where there is one output."""
        if not self.are_chances:
            return output
        scores = self.linked(output)
        return 2 * scores - 1 if scores.shape[1] == 1 else scores

    def told(self, scores: Array, target: str) -> dict[str, Any]:
        """Scores and the answer, in the user's words and units."""
        if not self._has_targets:
            return {"scores": [], "chances": False, "answer": ""}
        decoded = self._target.decode(answered(scores, self._loss, self._target))
        answer = ", ".join(word(value) for value in np.asarray(decoded).reshape(-1)[:MOST_WORDS])
        classes = isinstance(self._target, Classes)
        shown = scores if isinstance(self._target, Classes | Labels) else np.asarray(decoded, float)
        shown = np.asarray(shown).reshape(-1)
        shown = shown[:0] if classes and self._fires else shown  # yes or no, and no chance
        return {
            "scores": [float(value) for value in shown],
            "chances": self.are_chances, "answer": answer,
            "numbers": not isinstance(self._target, Classes | Labels),
            "right": answer == target if classes and target else None,
        }  # fmt: skip


def word(value: Any) -> str:
    """A label, or a number with all its digits: the page writes it for reading."""
    return repr(float(value)) if isinstance(value, float | np.floating) else str(value)
