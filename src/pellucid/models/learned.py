"""How a neuron learns: its samples as arrays, one run of the training loop, and what came of it."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from contextlib import closing
from dataclasses import field, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from pellucid.data.arrays import check_inputs, count_of, show_size, to_array
from pellucid.dataclass import dataclass
from pellucid.errors import DataError, DivergenceWarning, ParameterError, ShapeError
from pellucid.graph.primitive import Array
from pellucid.learn.backprop import Backprop
from pellucid.learn.events import EpochDone
from pellucid.learn.local import Perceptron
from pellucid.learn.loop import Plan, Samples, State, train
from pellucid.learn.metrics import metric
from pellucid.learn.rule import Rule
from pellucid.learn.step import Task
from pellucid.models.history import History
from pellucid.models.run import as_rule, default_batch
from pellucid.models.truth import TruthTable
from pellucid.models.unit import architecture, rows_of
from pellucid.nn.activations import Linear, Sigmoid, Step
from pellucid.nn.losses import BinaryCrossEntropy, LossLike, SquaredError
from pellucid.nn.losses import loss as find_loss
from pellucid.run.reference import ReferenceExecutor

if TYPE_CHECKING:
    from pellucid.models.neuron import Neuron


@dataclass(frozen=True)
class Learned:
    """What learning gave: the new neuron, and how it got there.

    Attributes:
        neuron: with the learned weights and bias.
        rule: the learning rule.
        history: one row an epoch: the loss, and the accuracy or the mean error.
        reason: why it ended: "settled" (an epoch left all as it was, and so would each after it),
            "cycling" (the same, though the perceptron rule made mistakes: they undo each other,
            round and round), "finished" (all epochs), "converged", "diverged" or "interrupted".
    """

    neuron: Neuron
    rule: Rule
    history: History = field(repr=False)
    reason: str

    @property
    def epochs(self) -> int:
        """How often each sample was seen."""
        return len(self.history)

    @property
    def log(self) -> list[dict[str, Any]]:
        """What the rule noted of single steps: the perceptron rule's mistakes, in order.

        A mistake has step, sample (its place), wanted, got, weights_before, weights_after,
        bias_before and bias_after.
        """
        return [
            {name: _plain(name, value) for name, value in row.items()} for row in self.history.log
        ]

    def __str__(self) -> str:
        rows = self.history.rows
        last = (
            {k: v for k, v in rows[-1].items() if k in ("loss", "accuracy", "mae")} if rows else {}
        )
        values = "".join(f", {name} {value:.4g}" for name, value in last.items())
        took = f"{self.reason} after {count_of(self.epochs, 'epoch')}{values}"
        mistakes = f"\n{count_of(len(self.log), 'mistake')} on the way" if self.log else ""
        return f"{type(self.rule).__name__}: {took}{mistakes}\n{self.neuron}"


def _plain(name: str, value: Any) -> Any:
    """A noted value of the one unit without the axis of units."""
    if name.startswith("weights"):
        return [row[0] for row in value]
    return value[0] if isinstance(value, list) else value


def learn(
    neuron: Neuron, samples: Any, rule: Rule | str, epochs: int, batch: int | None,
    loss: LossLike | None, shuffle: bool, seed: int,
) -> Learned:  # fmt: skip
    """Run the training loop for one neuron, until an epoch changes nothing."""
    chosen = as_rule(rule)
    task = _task(neuron, chosen, loss)
    data = _samples(samples, neuron.inputs, task, chosen)
    task = _watched(task, neuron, data)
    size = batch if batch is not None else chosen.batch or default_batch(len(data))
    plan = Plan(epochs=epochs, batch=size, seed=seed, shuffle=shuffle)
    if plan.batch > len(data):
        raise ParameterError(
            f"learn expects a batch of at most the {count_of(len(data), 'sample')} there are, got "
            f"{batch}. Use a smaller batch."
        )
    params = np.array([*neuron.weights, neuron.bias])
    state = State({"params": params, "state": np.zeros(0), **chosen.slots(task.architecture)})
    history, ended = History(), ""
    before = dict(state.carried)
    with closing(train(task, chosen, plan, state, data, ReferenceExecutor())) as events:
        for event in events:
            history.take(event)
            if isinstance(event, EpochDone):
                ended = _comes_back(chosen, plan, event, before, state) if event.rate else ""
                before = dict(state.carried)
            if ended:
                break
    if history.diverged is not None:
        warnings.warn(history.diverged.message, DivergenceWarning, stacklevel=3)
    *weights, bias = state.carried["params"].tolist()
    reason = ended or (history.ended.reason if history.ended else "interrupted")
    return Learned(replace(neuron, weights=weights, bias=bias), chosen, history, reason)


def _comes_back(
    rule: Rule, plan: Plan, event: EpochDone, before: dict[str, Array], state: State
) -> str:
    """Why each later epoch would be like this one; empty where it would not, or may not, be."""
    if not all(np.array_equal(before[name], now) for name, now in state.carried.items()):
        return ""
    mistaken = isinstance(rule, Perceptron) and event.values["accuracy"] < 1
    if plan.shuffle and (mistaken or not isinstance(rule, Perceptron)):
        return ""  # in another order the changes of the steps may not undo each other
    return "cycling" if mistaken else "settled"


def _task(neuron: Neuron, rule: Rule, asked: LossLike | None) -> Task:
    """The layers and the loss; a sigmoid that the loss applies itself is left to the loss."""
    function = neuron.function
    if rule.loss is not None and asked is not None:
        raise ParameterError(
            f"{type(rule).__name__} learns without answers and has its own measure, "
            f"{type(rule.loss).__name__}; leave loss out."
        )
    if isinstance(rule, Backprop) and isinstance(function, Step):
        raise ParameterError(
            "Backprop follows the slope of the activation, and that of step is 0 everywhere. "
            "Use the rule Perceptron() or Delta(), or the activation 'sigmoid'."
        )
    default = BinaryCrossEntropy() if isinstance(function, Sigmoid) else SquaredError()
    loss = rule.loss or (default if asked is None else find_loss(asked))
    if function == loss.link:
        function = Linear()
    return Task(architecture(neuron.inputs, function), loss)


def _watched(task: Task, neuron: Neuron, data: Samples) -> Task:
    """The task with a metric: accuracy for answers 0 and 1 of a unit that fires, else the error."""
    if not data.y.size:
        return task
    fires = isinstance(neuron.function, Step | Sigmoid) and bool(np.isin(data.y, (0, 1)).all())
    name = "accuracy" if fires or data.y.dtype.kind == "i" else "mae"
    return replace(
        task, metrics=(metric(name),), kind="classes" if name == "accuracy" else "numbers"
    )


def _samples(given: Any, inputs: int, task: Task, rule: Rule) -> Samples:
    """The samples as the graph reads them."""
    wanted = task.loss.target_type(task.architecture.out_shape)
    x, y = _divided(given, inputs)
    if inputs == 1 and np.ndim(x) == 1:
        x = np.reshape(np.asarray(x), (-1, 1))
    rows, _ = rows_of(check_inputs(x), inputs)
    ones = np.ones(len(rows))
    if rule.loss is not None:
        return Samples(rows, np.zeros((len(rows), 0)), ones)
    if y is None:
        raise DataError(
            f"{type(rule).__name__} learns from samples and the answers to them, got samples only. "
            "Give (x, y), or a list of pairs such as [([0, 1], 0), ([1, 1], 1)]."
        )
    hoped = _answers(y, len(rows))
    if wanted.dtype == "int" or isinstance(rule, Perceptron):
        odd = hoped[~np.isin(hoped, (0, 1))]
        if odd.size:
            local = isinstance(rule, Perceptron)
            raise DataError(
                f"{type(rule if local else task.loss).__name__} learns the answers 0 and 1, got "
                f"{odd[0]:g}. For other answers use {'Delta()' if local else 'the squared error'}."
            )
    if wanted.dtype == "int":
        return Samples(rows, hoped.astype(np.int64), ones)
    return Samples(rows, hoped.reshape(-1, 1), ones)


def _divided(given: Any, inputs: int) -> tuple[Any, Any]:
    """Samples and answers apart; no answers for samples alone."""
    if isinstance(given, TruthTable):
        given = list(given)
    if isinstance(given, tuple) and len(given) == 2:
        return given
    if isinstance(given, list) and given and all(_is_pair(item, inputs) for item in given):
        return [x for x, _ in given], [y for _, y in given]
    return given, None


def _is_pair(item: Any, inputs: int) -> bool:
    """Whether an item is (inputs, answer); with one input, two plain numbers are."""
    if not isinstance(item, Sequence) or isinstance(item, str) or len(item) != 2:
        return False
    return inputs == 1 or (np.ndim(item[0]) > 0 and np.ndim(item[1]) == 0)


def _answers(y: Any, count: int) -> Array:
    """One finite number a sample."""
    array = to_array(y, "y")
    if array.shape not in ((count,), (count, 1)):
        raise ShapeError(
            f"x has {count_of(count, 'sample')}, the answers are of size {show_size(array.shape)}. "
            "Give one number for each sample."
        )
    return check_inputs(array.reshape(-1, 1), "y")[:, 0].astype(np.float64)
