"""What every executor offers.

An executor compiles a graph to a program. A program runs once, or runs many training steps in one
call. A training step's graph has *carried* values: an input ``NAME`` whose next value is the output
``NAME'`` (parameters, optimizer state); every other output is reported, step by step.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import field
from typing import Any, Literal, Protocol, TypeAlias, runtime_checkable

import numpy as np

from pellucid.dataclass import dataclass
from pellucid.errors import GraphError, ShapeError
from pellucid.graph import Batch, Graph, Node
from pellucid.graph.primitive import Array
from pellucid.graph.types import show_shape

Precision: TypeAlias = Literal["float32", "float64"]
KEPT_PLANS = 16  # of a program, one a batch size; predicting brings many sizes
ACCEPTED = {"float": "fiub", "int": "iub", "bool": "b"}  # NumPy's kinds that lose nothing


@dataclass(frozen=True)
class Feed:
    """What a call of training steps reads.

    Attributes:
        rows: arrays by input name whose first axis is the samples.
        order: the places of the samples to take; step k takes order[k * batch : (k + 1) * batch].
        batch: samples a step; the last step takes what is left.
        numbers: arrays by input name with one entry a step (learning rate, random key, ...).
        epoch: where the order holds several epochs, how many samples each has: a step takes what is
            left of one, and does not reach into the next.
    """

    rows: Mapping[str, Array]
    order: Array
    batch: int
    numbers: Mapping[str, Array] = field(default_factory=dict)
    epoch: int | None = None

    @classmethod
    def of_numbers(cls, numbers: Mapping[str, Array], count: int) -> Feed:
        """A feed of ``count`` steps that read no rows."""
        return cls({}, np.zeros(count, np.int64), 1, numbers)

    @property
    def count(self) -> int:
        """How many steps the order gives."""
        each = self.epoch or len(self.order)
        epochs, rest = divmod(len(self.order), each) if each else (0, 0)
        return epochs * -(-each // self.batch) - (-rest // self.batch)

    def chosen(self, k: int) -> Array:
        """The places of the samples of step k."""
        each = self.epoch or len(self.order)
        before, place = divmod(k, -(-each // self.batch))
        start = before * each + place * self.batch
        return self.order[start : min(start + self.batch, (before + 1) * each)]

    def step(self, k: int) -> dict[str, Array]:
        """The inputs of step k."""
        chosen = self.chosen(k)
        inputs = {name: np.take(array, chosen, axis=0) for name, array in self.rows.items()}
        return inputs | {name: array[k] for name, array in self.numbers.items()}


@dataclass(frozen=True)
class Steps:
    """What a call of training steps gave.

    Attributes:
        carried: the carried values after the last good step.
        reported: the other outputs, stacked: one entry a good step.
        done: the number of good steps; the step after them, if any was left, gave NaN or infinity.
        finite: whether all steps were good.
    """

    carried: dict[str, Array]
    reported: dict[str, Array]
    done: int
    finite: bool


class Program(Protocol):
    """A compiled graph."""

    graph: Graph

    def run(self, inputs: Mapping[str, Array]) -> dict[str, Array]:
        """Compute the outputs, by name."""

    def watch(self, inputs: Mapping[str, Array]) -> Iterator[tuple[Node, Array]]:
        """Compute node after node and yield each with its value."""

    def steps(self, carried: Mapping[str, Array], feed: Feed, count: int | None = None) -> Steps:
        """Run training steps; stop before the first whose loss or carried values are not finite."""


@runtime_checkable
class Executor(Protocol):
    """A way to run graphs."""

    @property
    def name(self) -> str:
        """What errors and reports call it."""

    @property
    def precision(self) -> Precision:
        """The kind of floating-point number it computes with."""

    def compile(self, graph: Graph, outputs: Sequence[str] | None = None) -> Program:
        """Prepare a graph for running; ``outputs`` keeps only those named."""


def run_steps(
    program: Program, carried: Mapping[str, Array], feed: Feed, count: int | None = None
) -> Steps:
    """Training steps one after the other: the meaning of ``Program.steps``."""
    check_carried(program.graph, carried)
    current = dict(carried)
    rows: list[dict[str, Array]] = []
    total = feed.count if count is None else min(count, feed.count)
    for k in range(total):
        outputs = program.run(current | feed.step(k))
        following = {name: outputs.pop(f"{name}'") for name in current}
        if not all(_finite(value) for value in (*outputs.values(), *following.values())):
            return Steps(current, _stack(rows), k, finite=False)
        current = following
        rows.append(outputs)
    return Steps(current, _stack(rows), total, finite=True)


def check_carried(graph: Graph, carried: Iterable[str]) -> None:
    """Raise ``GraphError`` for a carried value whose next one the graph does not give."""
    for name in carried:
        if f"{name}'" not in graph.outputs:
            raise GraphError(
                f"The graph says no next value for the carried {name!r}: it has no output "
                f'"{name}\'". Name the updated value so, or feed {name!r} as a number.'
            )


def _finite(value: Array) -> bool:
    # A sum of squares is finite where all its terms are, short of overflow; only then look at each.
    flat = value.reshape(-1)
    with np.errstate(all="ignore"):
        return bool(np.isfinite(np.dot(flat, flat)) or np.isfinite(value).all())


def _stack(rows: list[dict[str, Array]]) -> dict[str, Array]:
    return {name: np.stack([row[name] for row in rows]) for name in rows[0]} if rows else {}


class BatchSizes:
    """The batch size that inputs tell; step after step brings the same shapes: checked once."""

    def __init__(self, graph: Graph) -> None:
        self.graph = graph
        self._known: dict[tuple[Any, ...], int] = {}

    def of(self, arrays: Mapping[str, Array]) -> int:
        """The batch size. Raises: ``ShapeError`` as ``batch_size`` does."""
        given = tuple((name, array.shape, array.dtype) for name, array in arrays.items())
        batch = self._known.get(given)
        if batch is None:
            if len(self._known) == KEPT_PLANS:
                self._known.clear()
            batch = self._known[given] = batch_size(self.graph, arrays)
        return batch


def batch_size(graph: Graph, inputs: Mapping[str, Array]) -> int:
    """Check a graph's inputs, all at once, and tell the batch size (1 if there is none).

    Raises: ``ShapeError`` that lists every input that is missing, unknown, misshapen or of a kind
        whose numbers the declared one cannot hold.
    """
    declared = graph.inputs
    faults = [f"{name} is missing" for name in declared if name not in inputs]
    faults += [f"{name} is not an input of this graph" for name in inputs if name not in declared]
    batch: int | None = None
    for name, node in declared.items():
        if name not in inputs:
            continue
        given = np.asarray(inputs[name])
        shape = given.shape
        if batch is None:
            batch = _batch(node, shape)
        if given.dtype.kind not in ACCEPTED[node.dtype]:
            faults.append(f"{name} holds {given.dtype} values, expected {node.dtype}")
        if not _fits(node, shape, batch):
            at = "" if batch is None else f" with B = {batch}"
            faults.append(f"{name} is {show_shape(shape)}, expected {show_shape(node.shape)}{at}")
    if faults:
        raise ShapeError(f"The graph's inputs do not fit: {'; '.join(faults)}.")
    return 1 if batch is None else batch


def _batch(node: Node, shape: tuple[int, ...]) -> int | None:
    """The batch size that an input's shape tells, if it does."""
    for dim, size in zip(node.shape, shape, strict=False):
        if isinstance(dim, Batch) and dim.power == 1 and size % dim.multiple == 0:
            return size // dim.multiple
    return None


def _fits(node: Node, shape: tuple[int, ...], batch: int | None) -> bool:
    if len(shape) != len(node.shape):
        return False
    sizes = [d.size(batch or 0) if isinstance(d, Batch) else d for d in node.shape]
    return list(shape) == sizes
