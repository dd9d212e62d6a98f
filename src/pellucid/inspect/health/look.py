"""One look at a training: what a step would do to each layer, measured on a sample of rows.

The graph is that of a training step of the rows looked at, with more of it handed out: each
layer's output, the gradient there, the gradient of each parameter. It is run by the reference
executor, so nothing is measured beside the graph.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from functools import lru_cache
from typing import Any

import numpy as np

from pellucid.dataclass import dataclass
from pellucid.graph import BATCH, Builder, Graph, Value, gradients, simplify
from pellucid.graph.primitive import Array
from pellucid.inspect.health.measures import (
    ENDS,
    Floats,
    Histogram,
    alike,
    by_unit,
    dead_units,
    effective_rank,
    length,
    relative_spread,
    root_mean_square,
    saturated_units,
)
from pellucid.learn.backprop import Backprop
from pellucid.learn.rule import Rule, Situation
from pellucid.learn.step import Task
from pellucid.learn.unsupervised import Reconstruction
from pellucid.nn.layer import Layer, Tracer
from pellucid.ops import sum
from pellucid.run.executor import Precision
from pellucid.run.reference import ReferenceExecutor, ReferenceProgram

OUTPUT, SIGNAL, GRADIENT = "output ", "signal ", "gradient "
"""Before a layer's or parameter's name: what the graph gives of it."""


@dataclass(frozen=True)
class LayerLook:
    """What was measured of one layer.

    Attributes:
        name, kind: the layer's name and class.
        activation: the kind of its activation, as "relu"; empty where it has none.
        units: outputs of the layer, or channels.
        learns: whether it has weights.
        dead: the places of the units that give 0 for all rows and have no gradient.
        saturated: how many units of a sigmoid or tanh are at its ends for nearly all rows.
        alike: whether all its units have the same incoming weights.
        size: the rms of its outputs.
        low, high: the least and greatest of them.
        spread: how much rows differ, beside that size.
        rank: the effective rank of its outputs over the rows.
        weight, gradient, update: lengths of its weights, of their gradient, and of their next
            change.
        slope: the rms of that gradient, to compare layers of different sizes.
        signal: the rms, over the rows, of the length of a row's gradient at the layer's output.
        values, weights: histograms of outputs and of weights.
    """

    name: str
    kind: str
    activation: str
    units: int
    learns: bool
    dead: tuple[int, ...]
    saturated: int
    alike: bool
    size: float
    low: float
    high: float
    spread: float
    rank: float
    weight: float
    gradient: float
    update: float
    slope: float
    signal: float
    values: Histogram
    weights: Histogram

    @property
    def ratio(self) -> float:
        """The length of the next change beside that of the weights; 0 where there are none."""
        return self.update / self.weight if self.weight > 0 else 0.0


@dataclass(frozen=True)
class Look:
    """What was measured after ``step`` steps.

    Attributes:
        loss: the mean loss of the rows looked at.
        rate: the learning rate of the next step.
        rows: how many rows were looked at.
        layers: of each layer, in order.
        seconds: what the look cost.
    """

    step: int
    loss: float
    rate: float
    rows: int
    layers: tuple[LayerLook, ...]
    seconds: float = 0.0

    @property
    def learning(self) -> tuple[LayerLook, ...]:
        """The layers with weights."""
        return tuple(layer for layer in self.layers if layer.learns)

    @property
    def hidden(self) -> tuple[LayerLook, ...]:
        """The layers with weights but the last."""
        return self.learning[:-1]

    def layer(self, name: str) -> LayerLook:
        """The layer of a name."""
        return next(layer for layer in self.layers if layer.name == name)

    def row(self) -> dict[str, Any]:
        """The look as plain JSON."""
        layers = [asdict(layer) | {"ratio": layer.ratio} for layer in self.layers]
        return {
            "step": self.step, "loss": self.loss, "rate": self.rate, "rows": self.rows,
            "seconds": self.seconds, "layers": layers,
        }  # fmt: skip


def look(
    task: Task, rule: Rule, inputs: Mapping[str, Array], step: int,
    precision: Precision = "float64",
) -> Look:  # fmt: skip
    """Measure the step that ``inputs`` would make.

    Parameters:
        inputs: those of a step's graph: carried values, ``x``, ``y``, ``weight``, ``rate``,
            ``time`` and ``key``.
    """
    rows = len(inputs["x"])
    program = _program(task, rule, rows, precision)
    wanted = {name: inputs[name] for name in program.graph.inputs}
    found = program.run(wanted)
    weight = max(float(found["loss.weight"]), 1e-30)
    layers = tuple(
        _measured(name, layer, task, found, inputs["params"], rows)
        for name, layer in task.architecture.layers
    )
    loss = float(found["loss.sum"]) / weight
    return Look(step, loss, float(inputs["rate"]), rows, layers)


def follows(rule: Rule) -> bool:
    """Whether the rule goes along the gradient of the loss."""
    return isinstance(rule, Backprop)


def looking_graph(task: Task, rule: Rule, rows: int) -> Graph:
    """The graph of a step of ``rows`` samples, with each layer's output and gradients handed out.

    Gradients are those of the loss alone, without a rule's penalty.
    """
    b, architecture = Builder(), task.architecture
    x = b.input("x", (BATCH, *architecture.in_shape), architecture.in_dtype)
    params = b.input("params", (architecture.learned.size,))
    state = b.input("state", (architecture.states.size,))
    slots = {
        name: b.input(name, np.shape(array)) for name, array in rule.slots(architecture).items()
    }
    rate, time, key = b.input("rate"), b.input("time"), b.input("key", (2,), "int")
    learned = architecture.learned.values(params)
    tracer = Tracer(b, learned | architecture.states.values(state), training=True, key=key)
    given: dict[str, Value] = {}
    value = x
    for name, layer in architecture.layers:
        with tracer.inside(name):
            value = given[name] = layer.trace(tracer, value)
    wanted = task.loss.target_type(architecture.out_shape)
    target, weight = b.input("y", wanted.shape, wanted.dtype), b.input("weight", (BATCH,))
    outputs = {f"{OUTPUT}{name}": each for name, each in given.items()}
    if isinstance(task.loss, Reconstruction):
        losses = 0.0 * weight  # it is read off the weights: nothing to be seen of it here
    else:
        losses = weight * task.loss.per_sample(value, target)
    total = sum(losses)
    objective = total * (1.0 / rows)
    outputs |= {"loss.sum": total, "loss.weight": sum(weight)}
    if follows(rule):
        sources = [*given.values(), *learned.values()]
        names = [f"{SIGNAL}{name}" for name in given] + [f"{GRADIENT}{name}" for name in learned]
        floats = [k for k, source in enumerate(sources) if source.dtype == "float"]
        found = gradients(objective, [sources[k] for k in floats])
        outputs |= {names[k]: each for k, each in zip(floats, found, strict=True)}
    if rule.minimizer is None and architecture.learned.size:
        with b.context(role="update", scope="update"):
            update = rule.update(
                Situation(
                    b, architecture, params, learned, tracer.notes, value, target, weight, rows,
                    objective, rate, time, slots,
                )
            )  # fmt: skip
        outputs["params'"] = update.params
    return simplify(b.build(**outputs))


def _program(task: Task, rule: Rule, rows: int, precision: Precision) -> ReferenceProgram:
    try:
        hash((task, rule))
    except TypeError:  # parts of the user's own with a list among their settings
        return _compiled.__wrapped__(task, rule, rows, precision)
    return _compiled(task, rule, rows, precision)


@lru_cache(maxsize=4)
def _compiled(task: Task, rule: Rule, rows: int, precision: Precision) -> ReferenceProgram:
    return ReferenceExecutor(precision).compile(looking_graph(task, rule, rows))


def _measured(
    name: str, layer: Layer, task: Task, found: Mapping[str, Array], params: Array, rows: int
) -> LayerLook:
    learned = task.architecture.learned
    own = [p for p in learned.parameters if p.name.startswith(f"{name}.") and p.kind == "weight"]
    before = learned.views(np.asarray(params, np.float64))
    after = learned.views(found["params'"].astype(np.float64)) if "params'" in found else before
    values = by_unit(found[f"{OUTPUT}{name}"].astype(np.float64))
    first = own[0].name if own else ""
    gradient = found.get(f"{GRADIENT}{first}")
    table = None if gradient is None or gradient.ndim < 2 else incoming(gradient)
    kind = str(getattr(getattr(layer, "activation", None), "kind", ""))
    saturated = int(saturated_units(values, kind).sum()) if kind in ENDS else 0
    slopes = joined([found[f"{GRADIENT}{p.name}"] for p in own if f"{GRADIENT}{p.name}" in found])
    weights = joined([before[p.name] for p in own])
    change = joined([after[p.name] - before[p.name] for p in own])
    signal = found.get(f"{SIGNAL}{name}")
    with np.errstate(all="ignore"):
        return LayerLook(
            name, type(layer).__name__, kind, values.shape[1], bool(own),
            tuple(np.flatnonzero(dead_units(values, table)).tolist()), saturated,
            bool(own) and alike(incoming(before[first])),
            root_mean_square(values), float(values.min()), float(values.max()),
            relative_spread(values), effective_rank(values),
            length(weights), length(slopes), length(change), root_mean_square(slopes),
            0.0 if signal is None else _row_length(signal.astype(np.float64)) * rows,
            Histogram.of(values), Histogram.of(weights),
        )  # fmt: skip


def incoming(weights: Array) -> Floats:
    """Weights as a table with a column a unit; those of a convolution have their filters first."""
    table = np.asarray(weights, np.float64)
    return table.reshape(len(table), -1).T if table.ndim == 4 else table


def joined(parts: list[Array]) -> Floats:
    """All values one after the other."""
    if not parts:
        return np.zeros(0)
    return np.concatenate([np.asarray(part, np.float64).reshape(-1) for part in parts])


def _row_length(values: Floats) -> float:
    """The rms over the rows of the length of a row."""
    flat = values.reshape(len(values), -1)
    return root_mean_square(flat) * float(np.sqrt(flat.shape[1]))
