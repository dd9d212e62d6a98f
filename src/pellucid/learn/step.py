"""From architecture, loss and rule to the graphs that run: a step, a score, a prediction.

A step's graph has the carried values ``params``, ``state`` and the rule's slots; it reads ``x``,
``y`` and ``weight`` by row and ``rate``, ``time`` and ``key`` by step.

How a short last batch counts: the objective is the weighted sum of the samples' losses divided by
the *nominal* batch size, so a sample in a batch of 5 pulls no harder than one in a batch of 128.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import fields, is_dataclass
from functools import lru_cache
from typing import Literal

import numpy as np

from pellucid.dataclass import dataclass
from pellucid.errors import ParameterError
from pellucid.graph import BATCH, Builder, Graph, Shape, Value, gradients, simplify
from pellucid.graph.primitive import Array
from pellucid.learn.metrics import Metric
from pellucid.learn.rule import Rule, Situation
from pellucid.learn.unsupervised import InputLoss, NoTarget
from pellucid.nn.architecture import Architecture, Traced
from pellucid.nn.losses import Loss, Quantiles
from pellucid.ops import argmax, cast, maximum, reshape, slice, sum

RULE = "rule."  # stands before the names of what a rule reports
OBJECTIVE, GRADIENT = "objective", "gradient"
TINY = 1e-30  # below any weight that counts: a batch of zero weight has loss 0, not 0/0


@dataclass(frozen=True)
class Task:
    """What is to be learned: the layers, the loss, and the metrics that are watched.

    Attributes:
        kind: whether the answer is one of several classes, any of several labels, or numbers.
        units: for numbers, (scale, shift) per output: metrics are told in ``scale * value +
            shift``.
        threshold: for two classes, the chance of the second above which it is the answer; None: one
            half. Metrics go by it, the loss does not.

    Raises: ``ParameterError`` for two metrics of one name, and for metrics without targets.
    """

    architecture: Architecture
    loss: Loss
    metrics: tuple[Metric, ...] = ()
    kind: Literal["classes", "numbers", "labels"] = "classes"
    units: tuple[tuple[float, ...], tuple[float, ...]] | None = None
    threshold: float | None = None

    def __post_init__(self) -> None:
        names = [metric.name for metric in self.metrics]
        doubled = [name for name in names if names.count(name) > 1]
        if doubled:
            raise ParameterError(f"Two metrics are named {doubled[0]!r}. Leave one of them out.")
        if names and isinstance(self.loss, NoTarget | InputLoss):
            raise ParameterError(
                f"A metric compares answers with targets, and {type(self.loss).__name__} has no "
                f"targets, got {', '.join(names)}. Leave the metrics out."
            )
        for each in self.metrics:
            odd = self.kind == "labels" and "labels" not in each.reads
            if odd or (each.reads == ("quantiles",) and not isinstance(self.loss, Quantiles)):
                what = "quantiles" if not odd else "one answer a row"
                given = "several labels a row" if self.kind == "labels" else f"one of {self.kind}"
                raise ParameterError(
                    f"The metric {each.name} reads {what}, and the task has {given}. Leave it out."
                )


def step_graph(task: Task, rule: Rule, batch: int) -> Graph:
    """The graph of one training step: forward, loss, backward or local rule, update, metrics.

    The last few of Pellucid's own parts are kept: to go on with a fit does not build them again.
    """
    build = _kept_step_graph if _is_settled((task, rule)) else _step_graph
    return build(task, rule, batch)


def _is_settled(part: object) -> bool:
    """Whether it is made of Pellucid's own parts alone: these always build the same graph.

    A function or class of the user's may read what has changed since it last built one.
    """
    if isinstance(part, tuple):
        return all(_is_settled(each) for each in part)
    if is_dataclass(part) and type(part).__module__.startswith("pellucid."):
        return all(_is_settled(getattr(part, each.name)) for each in fields(part) if each.init)
    return part is None or isinstance(part, str | int | float)


def _step_graph(task: Task, rule: Rule, batch: int) -> Graph:
    now, state, counts = situation(task, rule, batch)
    return simplify(now.builder.build(**updated(now, rule, state, counts)))


def situation(task: Task, rule: Rule, batch: int) -> tuple[Situation, Value, dict[str, Value]]:
    """One step up to its loss, as it was written: what a rule meets, next states, counts."""
    b = Builder()
    x, params, state = _inputs(b, task.architecture)
    slots = {
        name: b.input(name, np.shape(array))
        for name, array in rule.slots(task.architecture).items()
    }
    rate, time, key = b.input("rate"), b.input("time"), b.input("key", (2,), "int")
    traced = task.architecture.trace(x, params, state, training=True, key=key)
    counts, target, weight = _score(b, task, traced)
    with b.context(role="loss", scope="loss"):
        objective = counts["loss.sum"] * (1.0 / batch)
    now = Situation(
        b, task.architecture, params, traced.parameters, traced.notes, traced.output,
        target, weight, batch, objective, rate, time, slots,
    )  # fmt: skip
    return now, traced.state, counts


def updated(now: Situation, rule: Rule, state: Value, counts: dict[str, Value]) -> dict[str, Value]:
    """Add the update of a rule, and name all that the step gives."""
    with now.builder.context(role="update", scope="update"):
        update = rule.update(now)
    after = {"params": update.params, "state": state, **update.slots}
    carried = {f"{name}'": value for name, value in after.items()}
    reported = {f"{RULE}{name}": value for name, value in update.reported.items()}
    return carried | counts | reported


_kept_step_graph = lru_cache(maxsize=16)(_step_graph)


def objective_graph(task: Task, rule: Rule, samples: int) -> Graph:
    """The graph of a portion's share of the loss of all samples, with penalty, and its gradient.

    It reads ``params``, ``state``, ``x``, ``y``, ``weight``, and ``share``, the portion's share of
    the samples; its outputs add up over the portions.
    """
    b = Builder()
    x, params, state = _inputs(b, task.architecture)
    share = b.input("share")
    key = b.constant(np.zeros(2, np.int64))
    traced = task.architecture.trace(x, params, state, training=True, key=key)
    counts, _, _ = _score(b, task, traced)
    with b.context(role="loss", scope="loss"):
        objective = counts["loss.sum"] * (1.0 / samples)
        penalty = rule.penalty(b, task.architecture, traced.parameters)
        if penalty is not None:
            objective = objective + share * penalty
    layout = task.architecture.learned
    parts = gradients(objective, [traced.parameters[name] for name in layout.names])
    with b.context(role="backward"):
        gradient = layout.join(dict(zip(layout.names, parts, strict=True)), like=params)
    return simplify(b.build(**{OBJECTIVE: objective, GRADIENT: gradient}, **counts))


def score_graph(task: Task) -> Graph:
    """The graph that adds up loss and metrics over a batch, without learning."""
    b = Builder()
    x, params, state = _inputs(b, task.architecture)
    counts, _, _ = _score(b, task, task.architecture.trace(x, params, state))
    return simplify(b.build(**counts))


def predict_graph(architecture: Architecture, loss: Loss) -> Graph:
    """The graph from x to the raw ``output`` and to the ``prediction`` (probabilities, numbers)."""
    b, traced, prediction = answering(architecture, loss)
    return simplify(b.build(output=traced.output, prediction=prediction))


def answering(architecture: Architecture, loss: Loss) -> tuple[Builder, Traced, Value]:
    """The way to a prediction, as it was written: the builder, what was traced, the prediction."""
    b = Builder()
    x, params, state = _inputs(b, architecture)
    traced = architecture.trace(x, params, state)
    with b.context(scope="prediction"):
        return b, traced, loss.link(traced.output)


def totals_graph(metrics: Sequence[Metric], counts: dict[str, Array]) -> Graph:
    """The graph from the counts, added up over all batches, to the loss and each metric's value."""
    shapes = tuple((name, np.shape(array)) for name, array in counts.items())
    build = _kept_totals_graph if _is_settled(tuple(metrics)) else _totals_graph
    return build(tuple(metrics), shapes)


def _totals_graph(metrics: Sequence[Metric], shapes: Sequence[tuple[str, Shape]]) -> Graph:
    b = Builder()
    totals = {name: b.input(name, shape) for name, shape in shapes}
    with b.context(role="metric"):
        values = {"loss": totals["loss.sum"] / maximum(totals["loss.weight"], TINY)}
        for metric in metrics:
            prefix = f"{metric.name}."
            own = {
                name[len(prefix) :]: value
                for name, value in totals.items()
                if name.startswith(prefix)
            }
            values[metric.name] = metric.value(own)
    return b.build(**values)


_kept_totals_graph = lru_cache(maxsize=16)(_totals_graph)


def start(task: Task, rule: Rule, seed: int) -> dict[str, Array]:
    """The carried values before the first step."""
    return {
        "params": task.architecture.learned.initial(seed),
        "state": task.architecture.states.initial(seed),
        **rule.slots(task.architecture),
    }


def _inputs(b: Builder, architecture: Architecture) -> tuple[Value, Value, Value]:
    return (
        b.input("x", (BATCH, *architecture.in_shape), architecture.in_dtype),
        b.input("params", (architecture.learned.size,)),
        b.input("state", (architecture.states.size,)),
    )


def _score(b: Builder, task: Task, traced: Traced) -> tuple[dict[str, Value], Value, Value]:
    wanted = task.loss.target_type(task.architecture.out_shape)
    target, weight = b.input("y", wanted.shape, wanted.dtype), b.input("weight", (BATCH,))
    with b.context(role="loss", scope="loss"):
        compared = traced.output, target
        if isinstance(task.loss, InputLoss):
            compared = task.loss.compared(traced)
        losses = task.loss.per_sample(*compared)
        counts = {"loss.sum": sum(weight * losses), "loss.weight": sum(weight)}
    for metric in task.metrics:
        with b.context(role="metric", scope=metric.name):
            found = metric.counts(*_for_metrics(b, task, traced.output, target, metric), weight)
            counts |= {f"{metric.name}.{name}": value for name, value in found.items()}
    return counts, target, weight


def _for_metrics(
    b: Builder, task: Task, output: Value, target: Value, metric: Metric
) -> tuple[Value, Value]:
    """Output and target as metrics read them: scores and indices, labels, or numbers in y's units.

    With a threshold t, ln(t / (1 - t)) is taken off: a score above 0, or the higher one, wins.
    """
    if task.kind == "numbers":
        shown = task.loss.link(output)
        if isinstance(task.loss, Quantiles) and "quantiles" not in metric.reads:
            shown = slice(shown, 1, task.loss.middle, task.loss.middle + 1)
        if task.units is None:
            return shown, target
        scale, shift = (b.constant(np.array(part)) for part in task.units)
        if not metric.shifts:
            # Digits that a large shift would cost in float32 are kept.
            return shown * scale, target * scale
        return shown * scale + shift, target * scale + shift
    if task.kind == "labels":
        return output, target
    if task.threshold is not None:
        level = math.log(task.threshold / (1 - task.threshold))
        own = [level] if output.shape[-1] == 1 else [0.0, level]
        output = output - b.constant(np.array(own))
    if target.dtype == "int":
        return output, target
    if output.shape[-1] != 1:
        return output, argmax(target, -1)
    # One output learned as a number from 0 to 1: one half divides the classes.
    wanted = cast(reshape(target > 0.5, (BATCH,)), "int")
    return task.loss.link(output) - 0.5, wanted
