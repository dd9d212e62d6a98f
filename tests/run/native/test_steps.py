"""Training steps, natively and by the reference: every layer, loss, metric, rule, optimizer."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest

import pellucid.nn as nn
import pellucid.ops as ops
from pellucid.errors import ShapeError
from pellucid.graph import BATCH, Builder
from pellucid.graph.types import resolve
from pellucid.learn import (
    LBFGS,
    SGD,
    Adam,
    AMSGrad,
    Backprop,
    Delta,
    Hebb,
    Metric,
    NoTarget,
    Oja,
    Optimizer,
    Perceptron,
    Reconstruction,
    Rule,
    Sanger,
    Task,
    TopK,
    score_graph,
    start,
    step_graph,
)
from pellucid.learn.step import objective_graph
from pellucid.nn import Architecture, Chain, Dense, Dropout, Layer
from pellucid.run.executor import Feed
from pellucid.run.native.program import NativeExecutor
from tests.learn.cases import classes
from tests.nn.cases import ACTIVATIONS, LAYERS, LOSSES, Array, Case, LossCase
from tests.run.native.agree import WAYS, Way, check_graph, check_steps

OPTIMIZERS = sorted(classes(Optimizer), key=lambda cls: cls.__name__)
EXTRA = [SGD(momentum=0.9), SGD(momentum=0.9, nesterov=True), SGD(weight_decay=0.1)]
METRICS = sorted(classes(Metric), key=lambda cls: cls.__name__)
BATCH_SIZE, COUNT = 5, 23  # the last batch has 3


def task_of(layers: Sequence[Layer], in_shape: tuple[int, ...], loss: Any, **more: Any) -> Task:
    return Task(Architecture(Chain(tuple(layers)), in_shape), loss, **more)


def data_of(task: Task, count: int, way: Way) -> dict[str, Array]:
    """Random samples of the kind that the task takes, with weights."""
    rng = np.random.default_rng([3, count])
    shape = (count, *task.architecture.in_shape)
    whole = task.architecture.in_dtype == "int"
    x = rng.integers(0, 7, shape) if whole else rng.normal(size=shape)
    wanted = task.loss.target_type(task.architecture.out_shape)
    y_shape = resolve(wanted.shape, count)
    if wanted.dtype == "int":
        y: Array = rng.integers(0, max(2, task.architecture.out_shape[-1]), y_shape)
    else:
        y = rng.uniform(size=y_shape)
        y = y / y.sum(-1, keepdims=True) if y.ndim > 1 and y.shape[-1] > 1 else y
    weight = rng.uniform(0.5, 1.5, count)
    narrow = {"x": x, "y": y, "weight": weight}
    return {n: a.astype(way.precision) if a.dtype.kind == "f" else a for n, a in narrow.items()}


def feed_of(rows: dict[str, Array], order: Array, batch: int, rate: float) -> Feed:
    steps = -(-len(order) // batch)
    numbers = {
        "rate": np.full(steps, rate), "time": np.arange(steps) + 1.0,
        "key": np.stack([np.full(steps, 4), np.arange(steps)], 1),
    }  # fmt: skip
    return Feed(rows, order, batch, numbers)


def learn(
    task: Task,
    rule: Rule,
    way: Way,
    batch: int = BATCH_SIZE,
    times: float = 100.0,
    rate: float = 1e-2,
) -> None:
    """Two passes' worth of steps in a random order, the last batch short."""
    graph = step_graph(task, rule, batch)
    carried = {n: a.astype(way.precision) for n, a in start(task, rule, 1).items()}
    rows = data_of(task, COUNT, way)
    order = np.random.default_rng(5).permutation(COUNT)
    found = check_steps(graph, carried, feed_of(rows, order, batch, rate), way, times)
    assert found.finite
    assert found.done == -(-COUNT // batch)


@pytest.mark.parametrize("way", WAYS, ids=str)
@pytest.mark.parametrize("case", LAYERS, ids=str)
def test_every_layer_learns_alike(case: Case, way: Way) -> None:
    task = task_of([case.layer], case.in_shape, nn.SquaredError())
    for batch in (1, 19) if way.cut_up else (BATCH_SIZE, 1):
        learn(task, Backprop(SGD()), way, batch)


@pytest.mark.parametrize("way", WAYS, ids=str)
@pytest.mark.parametrize("function", ACTIVATIONS, ids=str)
def test_every_activation_learns_alike(function: Any, way: Way) -> None:
    task = task_of([Dense(4, function), Dense(3, function)], (6,), nn.SquaredError())
    learn(task, Backprop(SGD(momentum=0.5)), way, rate=1e-5)


@pytest.mark.parametrize("way", WAYS, ids=str)
@pytest.mark.parametrize("case", LOSSES, ids=str)
def test_every_loss_learns_alike(case: LossCase, way: Way) -> None:
    *outer, width = case.out_shape
    task = task_of([Dense(width)], (*outer, 4), case.loss)
    learn(task, Backprop(Adam()), way)


@pytest.mark.parametrize("way", WAYS, ids=str)
@pytest.mark.parametrize(("epoch", "epochs"), [(COUNT, 3), (3, 4), (BATCH_SIZE, 2), (1, 5)])
def test_epochs_in_one_call(epoch: int, epochs: int, way: Way) -> None:
    task = task_of([Dense(5, "tanh"), Dropout(0.4), Dense(3)], (4,), nn.SquaredError())
    rule = Backprop(Adam())
    graph = step_graph(task, rule, BATCH_SIZE)
    carried = {n: a.astype(way.precision) for n, a in start(task, rule, 1).items()}
    rng = np.random.default_rng(6)
    order = np.concatenate([rng.permutation(COUNT)[:epoch] for _ in range(epochs)])
    steps = epochs * -(-epoch // BATCH_SIZE)
    given = feed_of(data_of(task, COUNT, way), np.arange(steps * BATCH_SIZE), BATCH_SIZE, 0.01)
    given = Feed(given.rows, order, BATCH_SIZE, given.numbers, epoch)
    found = check_steps(graph, carried, given, way, 100.0)
    assert found.done == steps
    with way.chosen() as chosen:  # the bits are those of step after step, in calls of any length
        program = chosen.compile(graph)
        current = carried
        for k in range(steps):
            one = Feed(given.rows, given.chosen(k), BATCH_SIZE,
                       {name: array[k:] for name, array in given.numbers.items()})  # fmt: skip
            current = program.steps(current, one).carried
    for name, array in current.items():
        assert array.tobytes() == found.carried[name].tobytes(), name


def test_a_failed_step_in_a_later_epoch_leaves_the_good_ones() -> None:
    builder = Builder()
    x, w = builder.input("x", (BATCH,)), builder.input("w")
    with builder.context(role="update"):
        graph = builder.build(**{"w'": w + ops.sum(x)})
    rows = {"x": np.array([1.0, 2.0, 4.0, np.inf])}
    given = Feed(rows, np.array([0, 1, 2, 2, 1, 0, 0, 3, 1]), 2, epoch=3)
    for way in WAYS:
        found = check_steps(graph, {"w": np.zeros((), way.precision)}, given, way)
        assert (found.done, found.finite) == (4, False)
        assert found.carried["w"] == 14.0


def test_numbers_by_sample_do_not_fit_where_the_last_batch_is_short() -> None:
    builder = Builder()
    x, w = builder.input("x", (BATCH,)), builder.input("w")
    with builder.context(role="update"):
        graph = builder.build(each=x * 2.0, **{"w'": w + ops.sum(x)})
    program = NativeExecutor("float64", 1).compile(graph)
    start_at = {"w": np.zeros(())}
    rows = {"x": np.arange(5.0)}
    found = program.steps(start_at, Feed(rows, np.arange(4), 2))
    np.testing.assert_array_equal(found.reported["each"], [[0.0, 2.0], [4.0, 6.0]])
    with pytest.raises(ShapeError) as raised:
        program.steps(start_at, Feed(rows, np.arange(5), 2))
    assert str(raised.value) == (
        "each has one number a sample: (2,) in a step of 2 samples, (1,) in one of 1. Choose a "
        "batch that divides the samples, or report a sum."
    )


def test_a_plan_times_its_calls() -> None:
    task = task_of([Dense(9, "tanh"), Dense(4)], (7,), nn.CategoricalCrossEntropy())
    rule = Backprop(Adam())
    way = Way("float32", 2, cut_up=True)
    carried = {n: a.astype(way.precision) for n, a in start(task, rule, 1).items()}
    rows = data_of(task, COUNT, way)
    with way.chosen() as chosen:
        program = chosen.compile(step_graph(task, rule, 4))
        text = program.time(carried, feed_of(rows, np.arange(COUNT), 4, 0.01))
        plain = program.plan(4).explain()
    lines = text.splitlines()
    tables = [line for line in lines if line.startswith("  ")]
    assert [line for line in tables if line.rstrip().endswith("FLOP/s")]
    timed = [float(line.split()[-4]) for line in tables if " us " in line]
    assert len(timed) == len([line for line in plain.splitlines() if line.startswith("  ")]) - len(
        [line for line in lines if line.startswith("Stage")]
    )
    assert all(time > 0 for time in timed)
    whole = float(lines[-1].split()[3])
    assert lines[-1] == f"A step took {whole:.4g} us, the mean of {COUNT // 4}."
    assert sum(timed) / 2 < whole  # of two shares the longer is told
    with pytest.raises(ShapeError, match="Give an order of a batch or more"):
        program.time(carried, feed_of(rows, np.arange(3), 4, 0.01))


def optimizers() -> list[Optimizer]:
    return [cls() for cls in OPTIMIZERS if cls is not LBFGS] + EXTRA


@pytest.mark.parametrize("way", WAYS, ids=str)
@pytest.mark.parametrize("chosen", optimizers(), ids=str)
def test_every_optimizer_learns_alike(chosen: Optimizer, way: Way) -> None:
    task = task_of([Dense(9, "tanh"), Dense(4)], (7,), nn.CategoricalCrossEntropy())
    learn(task, Backprop(chosen), way, times=1000.0)
    learn(task, Backprop(chosen), way, batch=1, times=1000.0)


@pytest.mark.parametrize("way", WAYS, ids=str)
@pytest.mark.parametrize(
    "rule",
    [
        Backprop(AMSGrad(), l1=0.01, l2=0.02),
        Backprop(Adam(), clip_norm=0.1),
        Backprop(Adam(), clip_value=0.01),
    ],
    ids=["penalties", "norm", "value"],
)  # fmt: skip
def test_penalties_and_clipping(rule: Backprop, way: Way) -> None:
    task = task_of([Dense(9, "tanh"), Dense(4)], (7,), nn.CategoricalCrossEntropy())
    learn(task, rule, way, times=1000.0)


@pytest.mark.parametrize("way", WAYS, ids=str)
@pytest.mark.parametrize("cls", METRICS, ids=lambda cls: cls.__name__)
def test_every_metric_counts_alike(cls: type[Metric], way: Way) -> None:
    others: dict[str, tuple[Any, Any]] = {
        "numbers": (nn.SquaredError(), "numbers"),
        "labels": (nn.BinaryCrossEntropy(), "labels"),
        "quantiles": (nn.Quantiles((0.1, 0.5, 0.9)), "numbers"),
    }
    if "classes" not in cls.reads:
        loss, kind = others[cls.reads[0]]
        task = task_of([Dense(3)], (4,), loss, metrics=(cls(),), kind=kind)
        learn(task, Backprop(SGD()), way)
        return
    metric = TopK(2) if cls is TopK else cls()
    four = task_of([Dense(4)], (4,), nn.CategoricalCrossEntropy(), metrics=(metric,))
    learn(four, Backprop(SGD()), way)
    if cls is not TopK:
        one = task_of([Dense(1)], (4,), nn.BinaryCrossEntropy(), metrics=(metric,))
        learn(one, Backprop(SGD()), way)


@pytest.mark.parametrize("way", WAYS, ids=str)
@pytest.mark.parametrize("rule", [Hebb(), Oja(), Sanger()], ids=lambda r: type(r).__name__)
def test_every_rule_without_targets(rule: Rule, way: Way) -> None:
    learn(task_of([Dense(2, bias=False)], (4,), NoTarget()), rule, way)


@pytest.mark.parametrize("way", WAYS, ids=str)
def test_reconstruction(way: Way) -> None:
    learn(task_of([Dense(2, bias=False)], (4,), Reconstruction()), Oja(), way)


@pytest.mark.parametrize("way", WAYS, ids=str)
@pytest.mark.parametrize(
    ("rule", "batch"), [(Perceptron(), 1), (Perceptron(log=False), 5), (Delta(), 5)], ids=str
)
def test_every_local_rule_with_targets(rule: Rule, batch: int, way: Way) -> None:
    activation = "step" if isinstance(rule, Perceptron) else "sigmoid"
    learn(task_of([Dense(1, activation)], (4,), nn.SquaredError()), rule, way, batch)


@pytest.mark.parametrize("way", [WAYS[1], WAYS[2]], ids=str)
@pytest.mark.parametrize("case", LAYERS, ids=str)
def test_scores_and_whole_objectives_agree(case: Case, way: Way) -> None:
    task = task_of([case.layer], case.in_shape, nn.SquaredError())
    rule = Backprop(LBFGS())
    values = {n: a.astype(way.precision) for n, a in start(task, Backprop(SGD()), 1).items()}
    for count in (1, 5, 33):
        given = {**data_of(task, count, way), **values}
        check_graph(score_graph(task), given, way, times=100.0)
        given["share"] = np.asarray(0.5, way.precision)
        check_graph(objective_graph(task, rule, 40), given, way, times=100.0)
