"""The native executor: graphs planned in Python, run by compiled kernels."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import field
from threading import Lock
from time import perf_counter
from typing import Any, get_args

import numpy as np

from pellucid.dataclass import dataclass
from pellucid.errors import EngineError, ShapeError, unknown_name
from pellucid.graph import Graph, Node, simplify
from pellucid.graph.primitive import Array
from pellucid.graph.types import resolve
from pellucid.run.executor import KEPT_PLANS, BatchSizes, Feed, Precision, Steps, run_steps
from pellucid.run.native.bind import check_index, fixed
from pellucid.run.native.module import WHY_ABSENT, instruction_set, is_built, native
from pellucid.run.native.plan import Plan
from pellucid.run.native.rewrite import adapt
from pellucid.run.native.steps import StepsCall, is_streamed
from pellucid.run.native.threads import thread_count
from pellucid.run.reference import ReferenceExecutor

KEPT_GRAPHS = 12


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
        instruction_set()
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
        self.kinds = {
            "float": np.dtype(precision), "int": np.dtype(np.int64), "bool": np.dtype(np.bool_)
        }  # fmt: skip
        self._read = {name: self.kinds[node.dtype] for name, node in graph.inputs.items()}
        outputs = {name: graph.output(name) for name in graph.outputs}
        self._told = {name: (node.shape, self.kinds[node.dtype]) for name, node in outputs.items()}
        self._planned = planned(graph, precision, threads)
        self._batch_sizes = BatchSizes(graph)

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
        batch = self._batch_sizes.of(given)
        plan = self.plan(batch)
        arrays = {name: self.plain(name, array) for name, array in given.items()}
        results = self.room(self.graph.outputs, batch)
        bounds = [fixed(plan.inputs[name], array) for name, array in arrays.items()]
        bounds += [fixed(plan.outputs[name], array) for name, array in results.items()]
        _, _, bad = native.run([(plan.native, bounds, 1, None)], None, 1)
        check_index(bad)
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
        if not is_streamed(self.graph, feed):
            return run_steps(self, carried, feed, count)
        total = feed.count if count is None else min(count, feed.count)
        run = StepsCall(self, carried, feed)
        done, finite = run.take(total)
        if finite or done == 0:
            after = run.after if done else dict(carried)
        else:  # the failed step has overwritten the values: do the good ones again
            again = StepsCall(self, carried, feed)
            again.take(done)
            after = again.after
        reported = {name: array[:done] for name, array in run.reported.items()}
        return Steps(after, reported if done else {}, done, finite)

    def time(self, carried: Mapping[str, Array], feed: Feed) -> str:
        """The plan of a feed's full steps as text, with how long each call takes a step.

        Of a call that threads share, the longest share's time. Reading the clock costs some 30
        nanoseconds a call, and threads that wait for one another are in no call: the whole step's
        time is given apart.
        Raises: ``ShapeError`` for a feed of no full step, or one that is done step by step.
        """
        full = len(feed.order) // feed.batch
        if full == 0 or not is_streamed(self.graph, feed):
            raise ShapeError(
                f"Calls are timed over full steps that read rows through the order; there are "
                f"{full} of {feed.batch} samples. Give an order of a batch or more."
            )
        plan = self.plan(feed.batch)
        seconds = np.zeros((plan.native.shares, plan.native.calls))
        before = perf_counter()
        done, _ = StepsCall(self, carried, feed, seconds).take(full)
        step = (perf_counter() - before) / max(done, 1)
        text = plan.explain(seconds.max(axis=0) / max(done, 1))
        return f"{text}\n\nA step took {step * 1e6:.4g} us, the mean of {done}."

    def plain(self, name: str, array: Array) -> Array:
        """An input as the kernels read it: of the right kind, in rows, aligned."""
        kind, flags = self._read[name], array.flags
        if array.dtype == kind and flags.c_contiguous and flags.aligned:
            return array
        return np.require(array, kind, ("C", "A"))

    def room(self, names: Iterable[str], batch: int, *before: int) -> dict[str, Array]:
        """Memory for outputs, each with axes before its own."""
        return {
            name: np.empty((*before, *resolve(shape, batch)), kind)
            for name in names
            for shape, kind in (self._told[name],)
        }


# --- plans, kept by graph


class Planned:
    """A graph's plans, by batch size."""

    def __init__(self, graph: Graph, single: bool, threads: int) -> None:
        self.graph, self.single, self.threads = graph, single, threads
        self._adapted: Graph | None = None
        self._plans: OrderedDict[int, Plan] = OrderedDict()
        self._lock = Lock()

    def plan(self, batch: int) -> Plan:
        """The plan for a batch size, made when it is first asked for."""
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


_KEPT: OrderedDict[tuple[Any, ...], Planned] = OrderedDict()
_KEPT_LOCK = Lock()


def planned(graph: Graph, precision: Precision, threads: int) -> Planned:
    """The plans of a graph: of all graphs of the same nodes there is one set."""
    key = (
        tuple((node.key, node.scope) for node in graph.nodes),
        tuple(graph.outputs.items()),
        precision,
        threads,
    )
    with _KEPT_LOCK:
        found = _KEPT.get(key)
        if found is None:
            found = _KEPT[key] = Planned(graph, precision == "float32", threads)
            if len(_KEPT) > KEPT_GRAPHS:
                _KEPT.popitem(last=False)
        _KEPT.move_to_end(key)
        return found
