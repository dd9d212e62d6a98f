"""Write docs/engines.md: every primitive and every part, and how the native engine runs it.

Nothing is said that was not planned: each primitive's own samples, and a training step of each
part, are compiled by the native engine, and the page tells its calls. What it cannot compile has
no row, and the page is not written. A test compares the page with this.
"""

from __future__ import annotations

import inspect
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))  # for the tests' tables of parts; so what follows comes after (E402)

import pellucid.learn as learn  # noqa: E402
import pellucid.nn as nn  # noqa: E402
from pellucid.errors import PellucidError  # noqa: E402
from pellucid.graph import BATCH, PRIMITIVES, Builder, DType, Graph, Primitive, Sample  # noqa: E402
from pellucid.nn import Architecture, Chain, Dense  # noqa: E402
from pellucid.nn.activations import ActivationFunction  # noqa: E402
from pellucid.nn.loss import Loss  # noqa: E402
from pellucid.run.native import NativeExecutor, Plan  # noqa: E402
from pellucid.run.native.tasks import Task  # noqa: E402
from tests.nn.cases import ACTIVATIONS, LAYERS, LOSSES  # noqa: E402

PAGE = ROOT / "docs" / "engines.md"
INTRODUCTION = """\
# What runs where

The reference engine runs every graph: it computes node after node by each primitive's meaning in
NumPy. The native engine runs the calls named here; a test holds each to the reference, in float64
and float32, on one thread and on several.
This page is written by `scripts/list_engines.py` from plans that the native engine made: of each
primitive's hand-worked samples, and of a training step of each part.
"""
KIND: dict[str, DType] = {"f": "float", "i": "int", "b": "bool"}
BATCHED: tuple[tuple[int, ...], ...] = ((), (0,), (1,), (0, 1))  # inputs whose first axis is BATCH
SILENT = {"CONST", "COPY", "INT_COPY", "WIDEN"}  # they bring numbers to where others take them
MOVING = {"pick", "to_lanes", "to_rows"}
VIEW = "nothing to do: its elements are another's"
KNOWN = "nothing to do: a number that the plan knows"


def page() -> str:
    """The whole page."""
    parts = [INTRODUCTION, _table("Primitives", "chain instructions, or kernels", _primitives())]
    for title, rows in (
        ("Layers", _layers()), ("Activations", _activations()), ("Losses", _losses()),
        ("Learning rules", _rules()), ("Optimizers", _optimizers()), ("Metrics", _metrics()),
    ):  # fmt: skip
        parts.append(_table(title, "calls of a training step", rows))
    return "\n".join(parts)


def _table(title: str, how: str, rows: dict[str, str]) -> str:
    lines = [f"## {title}\n", f"| name | reference | native: {how} |", "| --- | --- | --- |"]
    lines += [f"| `{name}` | yes | {text} |" for name, text in rows.items()]
    return "\n".join([*lines, ""])


# --- primitives


def _primitives() -> dict[str, str]:
    return {name: _how(primitive) for name, primitive in sorted(PRIMITIVES.items())}


def _how(primitive: Primitive) -> str:
    plans = [plan for sample in primitive.samples for plan in _plans(primitive, sample)]
    if not plans:
        raise SystemExit(f"The native engine cannot compile the samples of {primitive.name}.")
    steps, kernels = set(), set()
    for task in (task for plan in plans for task in plan.tasks.all):
        if task.program is not None:
            steps |= {instruction.op for instruction in task.program.code} - SILENT
            steps |= {"sums over its space"} if _adds_up(task) else set()
        elif not task.label.startswith("output"):
            kernels.add(task.kernel)
    kernels -= MOVING if steps or kernels - MOVING else set()
    chain = [f"chain: {', '.join(sorted(steps))}"] if steps else []
    calls = [f"{', '.join(f'`{name}`' for name in sorted(kernels))}"] if kernels else []
    roots = {plan.items.root(plan.items.graph.output("y").id)[0].op for plan in plans}
    return "; ".join(chain + calls) or (KNOWN if roots == {"constant"} else VIEW)


def _adds_up(task: Task) -> bool:
    from pellucid.run.native.chain import SUM_ALL

    return task.program is not None and any(o.mode >= SUM_ALL for o in task.program.operands)


def _plans(primitive: Primitive, sample: Sample) -> Iterator[Plan]:
    """The sample's plans: with known sizes, and with each first axis that may be the batch's."""
    arrays = [np.asarray(value) for value in sample.inputs]
    for batched in BATCHED:
        sizes = {arrays[k].shape[:1] for k in batched if k < len(arrays)}
        if any(k >= len(arrays) for k in batched) or len(sizes) > 1 or () in sizes:
            continue
        try:
            graph = _graph(primitive, sample, arrays, batched)
        except PellucidError:
            continue  # its types do not allow a batch there
        size = next(iter(sizes))[0] if sizes else 1
        yield NativeExecutor("float32", 1).compile(graph).plan(size)


def _graph(
    primitive: Primitive, sample: Sample, arrays: list[Any], batched: tuple[int, ...]
) -> Graph:
    builder = Builder()
    values = [
        builder.input(
            f"x{k}", (BATCH, *a.shape[1:]) if k in batched else a.shape, KIND[a.dtype.kind]
        )
        for k, a in enumerate(arrays)
    ]
    return builder.build(y=builder.apply(primitive, values, sample.attrs))


# --- parts


def _layers() -> dict[str, str]:
    found: dict[str, set[str]] = {}
    for case in LAYERS:
        task = _task([case.layer], case.in_shape, nn.SquaredError())
        found.setdefault(type(case.layer).__name__, set()).update(_calls(task, _backprop()))
    return _complete(found, nn.Layer)


def _activations() -> dict[str, str]:
    found: dict[str, set[str]] = {}
    for function in ACTIVATIONS:
        task = _task([Dense(3, function)], (4,), nn.SquaredError())
        found.setdefault(type(function).__name__, set()).update(_calls(task, _backprop()))
    return _complete(found, ActivationFunction)


def _losses() -> dict[str, str]:
    found: dict[str, set[str]] = {}
    for case in LOSSES:
        *outer, width = case.out_shape
        task = _task([Dense(width)], (*outer, 4), case.loss)
        found.setdefault(type(case.loss).__name__, set()).update(_calls(task, _backprop()))
    for loss in (learn.NoTarget(), learn.Reconstruction()):
        task = _task([Dense(2, bias=False)], (4,), loss)
        found[type(loss).__name__] = _calls(task, learn.Oja())
    task = _task([Dense(4)], (3,), learn.Quantisation())
    found["Quantisation"] = _calls(task, learn.Competitive())
    return _complete(found, Loss)


def _rules() -> dict[str, str]:
    plain = _task([Dense(2, bias=False)], (4,), learn.NoTarget())
    step = _task([Dense(1, "step")], (4,), nn.SquaredError())
    rules: list[tuple[learn.Rule, learn.Task]] = [
        (_backprop(), _task([Dense(3)], (4,), nn.SquaredError())), (learn.Hebb(), plain),
        (learn.Oja(), plain), (learn.Sanger(), plain), (learn.Perceptron(), step),
        (learn.Delta(), _task([Dense(1, "sigmoid")], (4,), nn.SquaredError())),
        (learn.Storkey(), _task([Dense(4, bias=False)], (4,), learn.NoTarget())),
        (learn.Competitive(), _task([Dense(4)], (3,), learn.Quantisation())),
        (learn.Kohonen(), _task([Dense(64)], (3,), learn.Quantisation())),
    ]  # fmt: skip
    return _complete({type(rule).__name__: _calls(task, rule) for rule, task in rules}, learn.Rule)


def _optimizers() -> dict[str, str]:
    task = _task([Dense(3)], (4,), nn.SquaredError())
    found = {cls.__name__: _calls(task, learn.Backprop(cls())) for cls in _finals(learn.Optimizer)}
    return _complete(found, learn.Optimizer)


READ: dict[str, tuple[Any, str]] = {
    "classes": (nn.CategoricalCrossEntropy(), "classes"),
    "numbers": (nn.SquaredError(), "numbers"),
    "labels": (nn.BinaryCrossEntropy(), "labels"),
    "quantiles": (nn.Quantiles((0.1, 0.5, 0.9)), "numbers"),
}
"""A loss and a kind of task for what a metric reads."""


def _metrics() -> dict[str, str]:
    found = {}
    for cls in _finals(learn.Metric):
        loss, kind = READ["classes" if "classes" in cls.reads else cls.reads[0]]
        metric = learn.TopK(2) if cls is learn.TopK else cls()
        task = _task([Dense(3)], (4,), loss, metric, kind)
        found[cls.__name__] = _calls(task, _backprop())
    return _complete(found, learn.Metric)


def _backprop() -> learn.Backprop:
    return learn.Backprop(learn.SGD())


def _task(
    layers: list[Any],
    in_shape: tuple[int, ...],
    loss: Any,
    metric: Any = None,
    kind: Any = "classes",
) -> learn.Task:
    architecture = Architecture(Chain(tuple(layers)), in_shape)
    return learn.Task(architecture, loss, () if metric is None else (metric,), kind)


def _calls(task: learn.Task, rule: learn.Rule) -> set[str]:
    batch = rule.batch or 20
    graph = learn.step_graph(task, rule, batch)
    plan = NativeExecutor("float32", 1).compile(graph).plan(batch)
    return {part.kernel for t in plan.tasks.all for part in (t, t.after) if part is not None}


def _finals(base: type[Any]) -> list[type[Any]]:
    """The classes below this one that can be made, of the package itself, by name."""
    found = set()
    for cls in base.__subclasses__():
        own = cls.__module__.startswith("pellucid") and not cls.__name__.startswith("_")
        found |= {cls} if own and not inspect.isabstract(cls) else set()
        found |= set(_finals(cls))
    return sorted(found, key=lambda cls: cls.__name__)


def _complete(found: dict[str, set[str]], base: type[Any]) -> dict[str, str]:
    """The rows, one for each part that there is; a part without an example is an error."""
    names = [cls.__name__ for cls in _finals(base)]
    missing = [name for name in names if name not in found]
    if missing:
        raise SystemExit(f"No example was compiled for {', '.join(missing)}.")
    return {name: ", ".join(f"`{call}`" for call in sorted(found[name])) for name in names}


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
