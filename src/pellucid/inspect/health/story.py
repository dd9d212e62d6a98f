"""All that is known of a training, gathered for those who judge it."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from typing import Any

import numpy as np

from pellucid.dataclass import dataclass
from pellucid.graph import BATCH, Builder
from pellucid.graph.primitive import Array
from pellucid.inspect.health.look import Look, follows
from pellucid.inspect.health.survey import Survey
from pellucid.learn.loop import Plan
from pellucid.learn.plan import Samples
from pellucid.learn.rule import Rule
from pellucid.learn.step import Task, predict_graph
from pellucid.nn.losses import CustomLoss, Huber, Loss, SquaredError
from pellucid.ops import sum
from pellucid.run.reference import ReferenceExecutor

GOOD = {"accuracy": 0.9, "r2": 0.9}
"""From where on a network is said to have learned its samples well."""


@dataclass(frozen=True, eq=False)
class Answers:
    """What a network answers to some rows, beside what was hoped for.

    Attributes:
        given, wanted: classes as numbers, or encoded numbers, by row.
    """

    given: Array
    wanted: Array


@dataclass(frozen=True, eq=False)
class Story:
    """A training, as those who judge it see it.

    Attributes:
        rows: the history: a row an epoch.
        looks: measures at some steps, in order.
        baseline: the loss of the best answer that is the same for all rows; None where unknown.
        classes: the names of the classes, in the order of their numbers.
        best_epoch: the epoch that early stopping kept; None where it did not.
        data: the encoded rows learned from.
        held: how many rows are held out to watch.
    """

    task: Task
    rule: Rule
    plan: Plan
    rows: Sequence[dict[str, Any]]
    looks: tuple[Look, ...]
    survey: Survey | None = None
    answers: Answers | None = None
    baseline: float | None = None
    classes: tuple[str, ...] = ()
    best_epoch: int | None = None
    data: Samples | None = None
    held: int = 0

    @property
    def first(self) -> Look | None:
        """The first look."""
        return self.looks[0] if self.looks else None

    @property
    def last(self) -> Look | None:
        """The last look."""
        return self.looks[-1] if self.looks else None

    @property
    def follows_gradient(self) -> bool:
        """Whether the rule goes along the gradient of the loss."""
        return follows(self.rule)

    @cached_property
    def losses(self) -> Array:
        """The loss of each epoch."""
        return np.array([row["loss"] for row in self.rows], np.float64)

    @cached_property
    def is_good(self) -> bool:
        """Whether the rows learned from are answered well at the end."""
        last = self.rows[-1] if self.rows else {}
        for name, level in GOOD.items():
            if last.get(name) is not None:
                return bool(last[name] >= level)
        if self.baseline is None or not len(self.losses):
            return False
        return bool(self.losses[-1] <= 0.3 * self.baseline)

    @cached_property
    def gained(self) -> float | None:
        """The share of the best constant answer's loss that was learned away; None: unknown."""
        if self.baseline is None or not len(self.losses) or not abs(self.baseline) > 1e-12:
            return None
        return float((self.baseline - self.losses[-1]) / abs(self.baseline))

    @property
    def learned_nothing(self) -> bool:
        """Whether the loss is hardly below that of always answering the same."""
        if self.gained is not None:
            return self.gained < 0.05
        return len(self.losses) > 1 and bool(self.losses[-1] > 0.95 * self.losses[0])


def answers_of(task: Task, params: Array, state: Array, sample: dict[str, Any]) -> Answers | None:
    """What a network answers to a sample of encoded rows; None where there are no targets."""
    wanted = np.asarray(sample["y"])
    if not wanted.size:
        return None
    program = ReferenceExecutor("float64").compile(predict_graph(task.architecture, task.loss))
    found = program.run({"x": sample["x"], "params": params, "state": state})
    given = found["prediction"]
    if task.kind != "classes":
        return Answers(given, wanted)
    if given.ndim == 2 and given.shape[1] == 1:
        given = (given[:, 0] > 0.5 if task.loss.kind != "hinge" else given[:, 0] > 0).astype(int)
        wanted = (wanted.reshape(-1) > 0.5).astype(int)
    else:
        given = given.argmax(axis=1)
        wanted = wanted if wanted.ndim == 1 else wanted.argmax(axis=1)
    return Answers(given, wanted)


def baseline_loss(task: Task, sample: dict[str, Any]) -> float | None:
    """The mean loss of the best answer that is the same for all rows; None where it is unknown.

    Of classes it is by their shares; of numbers their mean. Losses of the user's own: unknown.
    """
    answer = _constant_output(task.loss, task.architecture.out_shape, np.asarray(sample["y"]))
    if answer is None:
        return None
    b = Builder()
    output = b.input("output", (BATCH, *task.architecture.out_shape))
    wanted = task.loss.target_type(task.architecture.out_shape)
    target = b.input("y", wanted.shape, wanted.dtype)
    graph = b.build(loss=sum(task.loss.per_sample(output, target)))
    count = len(sample["y"])
    given = np.broadcast_to(answer, (count, *task.architecture.out_shape))
    found = ReferenceExecutor("float64").compile(graph).run({"output": given, "y": sample["y"]})
    return float(found["loss"]) / count


def _constant_output(loss: Loss, out_shape: tuple[int, ...], y: Array) -> Array | None:
    """The raw output that is best for all rows alike."""
    if isinstance(loss, CustomLoss) or not len(y):
        return None
    with np.errstate(all="ignore"):
        if loss.kind == "categorical_cross_entropy" and len(out_shape) == 1:
            if y.ndim > 1:
                shares = y.mean(axis=0)
            else:
                shares = np.bincount(y, minlength=out_shape[-1]) / len(y)
            return np.asarray(np.maximum(np.log(shares), -30.0))
        if loss.kind == "binary_cross_entropy" and out_shape in (y.shape[1:], (1,)):
            share = np.clip(y.reshape(len(y), -1).mean(axis=0), 1e-9, 1 - 1e-9)
            return np.asarray(np.log(share / (1 - share)))
        if isinstance(loss, SquaredError | Huber) and out_shape == y.shape[1:]:
            return np.asarray(y.mean(axis=0))
        if loss.kind == "poisson" and out_shape == y.shape[1:]:
            return np.asarray(np.log(np.maximum(y.mean(axis=0), 1e-9)))
    return None
