"""What the suites of this folder share: small tasks, and ways to train on them."""

from __future__ import annotations

import inspect
from collections.abc import Iterator, Sequence
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from pellucid.hyper import Hyper
from pellucid.learn import (
    Event,
    Metric,
    Plan,
    Rule,
    Samples,
    State,
    Task,
    metric,
    start,
    train,
)
from pellucid.nn import Architecture, Chain, Layer, Loss
from pellucid.run import Executor, ReferenceExecutor

Array = NDArray[Any]
EXACT = ReferenceExecutor("float64")
SINGLE = ReferenceExecutor("float32")


def classes(base: type[Any]) -> Iterator[type[Any]]:
    """Every final class of the package ``learn`` that derives from one."""
    for cls in base.__subclasses__():
        final = not inspect.isabstract(cls) and not cls.__name__.startswith("_")
        if final and cls.__module__.startswith("pellucid.learn."):
            yield cls
        yield from classes(cls)


def invalid_values(declared: Hyper) -> list[Any]:
    """Values that a declaration forbids."""
    if declared.kind is bool:
        return ["yes", 1]
    values: list[Any] = ["much", float("nan"), True]
    values += [limit - 1 for limit in [declared.low] if limit is not None]
    values += [limit + 1 for limit in [declared.high] if limit is not None]
    values += [limit for limit in [declared.above, declared.below] if limit is not None]
    values += [0.5] if declared.kind is int else []
    return values if declared.optional else [*values, None]


def make_task(
    layers: Sequence[Layer],
    features: int,
    loss: Loss,
    metrics: Sequence[str | Metric] = (),
    kind: Literal["classes", "numbers"] = "classes",
    units: tuple[tuple[float, ...], tuple[float, ...]] | None = None,
) -> Task:
    """A task over rows of features."""
    architecture = Architecture(Chain(tuple(layers)), (features,))
    return Task(architecture, loss, tuple(map(metric, metrics)), kind, units)


def samples(x: Any, y: Any, weight: Any = None) -> Samples:
    """Samples whose weight is 1 unless given."""
    x, y = np.asarray(x), np.asarray(y)
    return Samples(x, y, np.ones(len(x)) if weight is None else np.asarray(weight, float))


def begin(task: Task, rule: Rule, seed: int = 0, **parameters: Any) -> State:
    """The state before the first step, with some parameters given by name."""
    state = State(start(task, rule, seed))
    views = task.architecture.learned.views(state.carried["params"])
    for name, view in views.items():
        last = name.rpartition(".")[2]
        if last in parameters:
            view[...] = parameters[last]
    return state


def run(
    task: Task, rule: Rule, plan: Plan, state: State, data: Samples,
    executor: Executor = EXACT, validation: Samples | None = None,
) -> list[Event]:  # fmt: skip
    """All events of a run."""
    return list(train(task, rule, plan, state, data, executor, validation))


def views(task: Task, state: State) -> dict[str, Array]:
    """The parameters by name."""
    return task.architecture.learned.views(state.carried["params"])


def blobs(count: int = 60, features: int = 3, number: int = 3) -> tuple[Array, Array]:
    """Points around one centre a class, drawn the same each time."""
    rng = np.random.default_rng([11, count, features, number])
    y = np.arange(count) % number
    return rng.normal(size=(number, features))[y] * 2.0 + rng.normal(size=(count, features)), y
