"""The native executor: graphs planned in Python, run by compiled kernels."""

from __future__ import annotations

import os
from collections import OrderedDict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from threading import Lock
from typing import Any, get_args

import numpy as np

from pellucid.errors import DataError, EngineError, GraphError, ShapeError, unknown_name
from pellucid.graph import Batch, Graph, Node, simplify
from pellucid.graph.primitive import Array
from pellucid.graph.types import resolve
from pellucid.run.executor import Feed, Precision, Steps, batch_size, run_steps
from pellucid.run.native.items import is_batched
from pellucid.run.native.module import WHY_ABSENT, is_built, native
from pellucid.run.native.plan import Plan
from pellucid.run.native.rewrite import adapt
from pellucid.run.reference import ReferenceExecutor

KEPT_PLANS = 16  # of one graph: one a batch size
KEPT_GRAPHS = 12


def thread_count(asked: int | None = None) -> int:
    """How many threads to use: as asked, else ``PELLUCID_THREADS``, else what the machine allows.

    Never more than the CPUs that the process may use (affinity, container quota). Where a parallel
    program has set ``OMP_NUM_THREADS`` for its workers, as joblib does, that is the limit.
    Raises: ``EngineError`` for what is not a whole number from 1 on.
    """
    allowed = int(native.allowed_cpus()) if native is not None else 1
    if asked is None:
        for name in ("PELLUCID_THREADS", "OMP_NUM_THREADS"):
            text = os.environ.get(name, "")
            if text:
                asked = _positive(text, name)
                break
    elif type(asked) is not int or asked < 1:
        raise EngineError(
            f"threads must be a whole number from 1 on, got {asked!r}. Leave it out to use all "
            "CPUs that the process may use."
        )
    return allowed if asked is None else min(asked, allowed)


def _positive(text: str, name: str) -> int | None:
    outermost = text if name == "PELLUCID_THREADS" else text.split(",")[0]  # of OpenMP's levels
    if outermost.strip().isdecimal() and int(outermost) > 0:
        return int(outermost)
    if name == "PELLUCID_THREADS":
        raise EngineError(
            "The environment variable PELLUCID_THREADS must be a whole number from 1 on, got "
            f"{text!r}. Correct it, or leave it unset to use all CPUs that the process may use."
        )
    return None


@dataclass(frozen=True)
class NativeExecutor:
    """Runs graphs by compiled kernels.

    Parameters:
        precision: the numbers it computes with.
        threads: how many threads at most; None: what the machine allows (``thread_count``).
    Raises: ``EngineError`` where Pellucid was installed without the compiled part.
    """

    precision: Precision = "float32"
    threads: int | None = None
    name: str = field(default="native", init=False)

    def __post_init__(self) -> None:
        if not is_built():
            raise EngineError(
                f"This installation of Pellucid has no native engine ({WHY_ABSENT}). Install a C++ "
                "compiler and install Pellucid again, or use engine='reference'."
            )
        if self.precision not in get_args(Precision):
            raise unknown_name("precision", self.precision, get_args(Precision))
        thread_count(self.threads)

    def compile(self, graph: Graph, outputs: Sequence[str] | None = None) -> NativeProgram:
        """Prepare a graph; with ``outputs`` only what those need is computed."""
        if outputs is not None:
            graph = simplify(Graph(graph.nodes, {name: graph.output(name).id for name in outputs}))
        return NativeProgram(graph, self.precision, thread_count(self.threads))


class NativeProgram:
    """A graph ready to be run; it is planned when the batch size is first seen."""

    def __init__(self, graph: Graph, precision: Precision, threads: int) -> None:
        self.graph, self.precision, self.threads = graph, precision, threads
        self._kinds = {
            "float": np.dtype(precision), "int": np.dtype(np.int64), "bool": np.dtype(np.bool_)
        }  # fmt: skip
        self._planned = _planned(graph, precision, threads)
        self._checked: dict[tuple[Any, ...], int] = {}

    def plan(self, batch: int) -> Plan:
        """The plan for a batch size; see ``Plan.explain``.

        Raises: ``ShapeError`` for what is no batch size.
        """
        if type(batch) is not int or batch < 0:
            raise ShapeError(f"A batch size is a whole number from 0 on, got {batch!r}.")
        return self._planned.plan(batch)

    def run(self, inputs: Mapping[str, Array]) -> dict[str, Array]:
        """Compute the outputs, by name."""
        given = {name: np.asarray(value) for name, value in inputs.items()}
        shapes = tuple((name, array.shape, array.dtype) for name, array in given.items())
        batch = self._checked.get(shapes)
        if batch is None:  # the same shapes again and again are checked once
            if len(self._checked) >= KEPT_PLANS:
                self._checked.clear()
            batch = self._checked[shapes] = batch_size(self.graph, given)
        plan = self.plan(batch)
        arrays = {name: self._plain(name, array) for name, array in given.items()}
        results = self._room(batch)
        bounds = [_fixed(plan.inputs[name], array) for name, array in arrays.items()]
        bounds += [_fixed(plan.outputs[name], array) for name, array in results.items()]
        _, _, bad = plan.native.run(bounds, 0, 1)
        _check_index(bad)
        return results

    def watch(self, inputs: Mapping[str, Array]) -> Iterator[tuple[Node, Array]]:
        """Compute node after node and yield each with its value, by the reference's meaning.

        The plan has no nodes any more, only fused calls: who watches gets the definition's numbers
        in the same precision, which agree with the plan's but for rounding.
        """
        return ReferenceExecutor(self.precision).compile(self.graph).watch(inputs)

    def steps(self, carried: Mapping[str, Array], feed: Feed, count: int | None = None) -> Steps:
        """Run training steps in one call, without coming back to Python in between.

        Where something other than rows has the batch's size, step by step.
        """
        if not _is_streamed(self.graph, feed):
            return run_steps(self, carried, feed, count)
        total = feed.count if count is None else min(count, feed.count)
        run = _Run(self, carried, feed)
        done, finite = run.take(total)
        if finite or done == 0:
            after = run.after if done else dict(carried)
        else:  # the failed step has overwritten the values: do the good ones again
            again = _Run(self, carried, feed)
            again.take(done)
            after = again.after
        reported = {name: array[:done] for name, array in run.reported.items()}
        return Steps(after, reported if done else {}, done, finite)

    def _plain(self, name: str, array: Array) -> Array:
        """An input as the kernels read it: of the right kind, in rows, aligned."""
        kind = self._kinds[self.graph.inputs[name].dtype]
        return np.require(array, kind, ("C", "A"))

    def _room(self, batch: int) -> dict[str, Array]:
        return {
            name: np.empty(resolve(node.shape, batch), self._kinds[node.dtype])
            for name, node in ((name, self.graph.output(name)) for name in self.graph.outputs)
        }


class _Run:
    """One call of ``steps``: the memory it reads and writes."""

    def __init__(self, program: NativeProgram, carried: Mapping[str, Array], feed: Feed) -> None:
        self.program, self.feed = program, feed
        graph = program.graph
        for name in carried:
            if f"{name}'" not in graph.outputs:
                raise GraphError(
                    f"The graph says no next value for the carried {name!r}: it has no output "
                    f'"{name}\'". Name the updated value so, or feed {name!r} as a number.'
                )
        _check_feed(program, carried, feed)
        self.before = {name: program._plain(name, array) for name, array in carried.items()}
        self.after = {name: np.empty_like(array) for name, array in self.before.items()}
        self.rows = {name: program._plain(name, np.asarray(a)) for name, a in feed.rows.items()}
        self.numbers = {
            name: program._plain(name, np.asarray(a)) for name, a in feed.numbers.items()
        }
        self.order = np.require(feed.order, np.int64, ("C", "A"))
        self.reported: dict[str, Array] = {}

    def take(self, total: int) -> tuple[int, bool]:
        """Do steps; tell how many were good, and whether all were."""
        full = min(total, len(self.order) // self.feed.batch)
        done, finite = self._part(0, full, self.feed.batch)
        if finite and total > full:
            rest = len(self.order) - full * self.feed.batch
            more, finite = self._part(full, 1, rest)
            done += more
        return done, finite

    def _part(self, first: int, count: int, batch: int) -> tuple[int, bool]:
        """Steps of one batch size, from step ``first`` on."""
        if count == 0:
            return 0, True
        plan = self.program.plan(batch)
        reported = self._reported(count, batch)
        bounds = [_fixed(plan.inputs[name], array) for name, array in self.rows.items()]
        for name, array in self.numbers.items():
            stride = array.strides[0]
            start = _address(array) + first * stride
            bounds.append((plan.inputs[name], start, start, stride))
        for name, array in self.after.items():
            before = array if first else self.before[name]
            bounds.append((plan.inputs[name], _address(before), _address(array), 0))
            bounds.append(_fixed(plan.outputs[f"{name}'"], array))
        for name, array in reported.items():
            bounds.append((plan.outputs[name], _address(array), _address(array), array.strides[0]))
        order = _address(self.order) + first * self.feed.batch * self.order.itemsize
        done, finite, bad = plan.native.run(bounds, order, count)
        _check_index(bad)
        for name, array in reported.items():
            known = self.reported.get(name)
            good = array[:done]
            self.reported[name] = good if known is None else np.concatenate([known, good])
        return done, finite

    def _reported(self, count: int, batch: int) -> dict[str, Array]:
        graph = self.program.graph
        return {
            name: np.empty((count, *resolve(node.shape, batch)), self.program._kinds[node.dtype])
            for name, node in ((name, graph.output(name)) for name in graph.outputs)
            if name.removesuffix("'") not in self.before or not name.endswith("'")
        }


def _address(array: Array) -> int:
    """Where an array's elements start; quicker than ``array.ctypes.data``."""
    return int(array.__array_interface__["data"][0])


def _fixed(buffer: int, array: Array) -> tuple[int, int, int, int]:
    return buffer, _address(array), _address(array), 0


def _is_streamed(graph: Graph, feed: Feed) -> bool:
    """Whether the rows are all that is read through the order, as the kernels read it."""
    return all(
        is_batched(node) if name in feed.rows else not any(isinstance(d, Batch) for d in node.shape)
        for name, node in graph.inputs.items()
    )


def _check_feed(program: NativeProgram, carried: Mapping[str, Array], feed: Feed) -> None:
    """Check everything that a step reads, as the first step sees it, and the sizes of the rest."""
    counts = {name: len(array) for name, array in feed.rows.items()}
    order = np.asarray(feed.order)
    least = min(counts.values(), default=0)
    if len(set(counts.values())) > 1:
        raise ShapeError(f"The rows differ in number: {counts}. Give each input all samples.")
    if (order.size and order.dtype.kind not in "iu") or order.ndim != 1:
        raise DataError(f"The order is a list of row numbers, got {order.dtype} {order.shape}.")
    if counts and order.size and not (order.min() >= 0 and order.max() < least):
        raise DataError(
            f"The order names rows from {order.min()} to {order.max()}; there are rows 0 to "
            f"{least - 1}."
        )
    for name, array in feed.numbers.items():
        if len(array) < feed.count:
            raise ShapeError(
                f"{name} has {len(array)} entries for {feed.count} steps. Give one a step."
            )
    if feed.count:
        first = {name: np.asarray(array)[:1] for name, array in feed.rows.items()}
        batch_of_one = {name: array[0] for name, array in feed.numbers.items()}
        batch_size(program.graph, {**carried, **first, **batch_of_one})


def _check_index(bad: tuple[int, int] | None) -> None:
    if bad is not None:
        value, size = bad
        raise DataError(
            f"An index expects numbers from 0 to {size - 1}, got {value}. "
            "Check what the index counts: it starts at 0."
        )


# --- plans, kept by graph


class _Planned:
    """A graph's plans, by batch size."""

    def __init__(self, graph: Graph, single: bool, threads: int) -> None:
        self.graph, self.single, self.threads = graph, single, threads
        self._adapted: Graph | None = None
        self._plans: OrderedDict[int, Plan] = OrderedDict()
        self._lock = Lock()

    def plan(self, batch: int) -> Plan:
        with self._lock:
            plan = self._plans.get(batch)
            if plan is None:
                if self._adapted is None:
                    self._adapted = adapt(self.graph)
                plan = Plan(self._adapted, batch, self.single, self.threads)
                self._plans[batch] = plan
                if len(self._plans) > KEPT_PLANS:
                    self._plans.popitem(last=False)
            self._plans.move_to_end(batch)
            return plan


_KEPT: OrderedDict[tuple[Any, ...], _Planned] = OrderedDict()
_KEPT_LOCK = Lock()


def _planned(graph: Graph, precision: Precision, threads: int) -> _Planned:
    key = (
        tuple((node.key, node.scope) for node in graph.nodes),
        tuple(graph.outputs.items()),
        precision,
        threads,
    )
    with _KEPT_LOCK:
        found = _KEPT.get(key)
        if found is None:
            found = _KEPT[key] = _Planned(graph, precision == "float32", threads)
            if len(_KEPT) > KEPT_GRAPHS:
                _KEPT.popitem(last=False)
        _KEPT.move_to_end(key)
        return found
