"""The reference executor: NumPy, one node after the other. It *is* the definition of every graph.

In float64 it defines the numbers; in float32 it is the fallback where no faster executor is at
hand. Every float value is rounded to the chosen precision after its node. A run without a watcher
lets go of each value after its last use.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import field
from typing import Any

import numpy as np

from pellucid.dataclass import dataclass
from pellucid.graph import Batch, Graph, Node, lookup, simplify
from pellucid.graph.primitive import Array
from pellucid.graph.simplify import constant_array
from pellucid.run.executor import KEPT_PLANS, BatchSizes, Feed, Precision, Steps, run_steps


@dataclass(frozen=True)
class ReferenceExecutor:
    """Runs graphs by the NumPy meaning of each node."""

    precision: Precision = "float64"
    name: str = field(default="reference", init=False)

    def compile(self, graph: Graph, outputs: Sequence[str] | None = None) -> ReferenceProgram:
        """Prepare a graph; with ``outputs`` only what those need is computed."""
        if outputs is not None:
            graph = simplify(Graph(graph.nodes, {name: graph.output(name).id for name in outputs}))
        return ReferenceProgram(graph, np.dtype(self.precision))


class ReferenceProgram:
    """A graph ready to be run node by node."""

    def __init__(self, graph: Graph, dtype: np.dtype[Any]) -> None:
        self.graph = graph
        self._kinds = {"float": dtype, "int": np.dtype(np.int64), "bool": np.dtype(np.bool_)}
        self._last_use = _last_uses(graph)
        self._reused = _reusable(graph, self._last_use)
        self._inputs = graph.inputs
        self._plans: dict[int, list[_Call]] = {}
        self._batch_sizes = BatchSizes(graph)

    def run(self, inputs: Mapping[str, Array]) -> dict[str, Array]:
        """Compute the outputs, by name."""
        values: list[Any] = [None] * len(self.graph)
        with np.errstate(all="ignore"):  # NaN and infinity are values like others here
            for call in self._prepare(inputs, values):
                values[call.id] = call.run(values, self._reused.get(call.id))
                for id in self._last_use[call.id]:
                    values[id] = None
        return {name: values[id] for name, id in self.graph.outputs.items()}

    def watch(self, inputs: Mapping[str, Array]) -> Iterator[tuple[Node, Array]]:
        """Compute node after node and yield each with its value, in order."""
        values: list[Any] = [None] * len(self.graph)
        with np.errstate(all="ignore"):
            calls = {call.id: call for call in self._prepare(inputs, values)}
        for node in self.graph.nodes:
            if node.id in calls:
                with np.errstate(all="ignore"):
                    values[node.id] = calls[node.id].run(values)
            yield node, values[node.id]

    def steps(self, carried: Mapping[str, Array], feed: Feed, count: int | None = None) -> Steps:
        """Run training steps one after the other."""
        return run_steps(self, carried, feed, count)

    def _prepare(self, inputs: Mapping[str, Array], values: list[Any]) -> list[_Call]:
        arrays = {name: np.asarray(value) for name, value in inputs.items()}
        batch = self._batch_sizes.of(arrays)
        for name, node in self._inputs.items():
            values[node.id] = np.asarray(arrays[name], self._kinds[node.dtype])
        if batch not in self._plans:
            if len(self._plans) == KEPT_PLANS:
                self._plans.clear()
            self._plans[batch] = [
                self._call(node, batch) for node in self.graph.nodes if node.op != "input"
            ]
        return self._plans[batch]

    def _call(self, node: Node, batch: int) -> _Call:
        kind = self._kinds[node.dtype]
        if node.op == "constant":
            value = constant_array(node).astype(kind)
            value.setflags(write=False)  # it is handed out again and again
            return _Call(node.id, lambda: value, (), {}, kind)
        attrs = {name: _resolve(value, batch) for name, value in node.attrs.items()}
        return _Call(node.id, lookup(node.op).meaning, node.inputs, attrs, kind)


@dataclass(frozen=True, slots=True)
class _Call:
    id: int
    meaning: Callable[..., Any]
    inputs: tuple[int, ...]
    attrs: Mapping[str, Any]
    kind: np.dtype[Any]

    def run(self, values: list[Any], reused: int | None = None) -> Array:
        inputs = [values[id] for id in self.inputs]
        if reused is not None:
            return np.asarray(self.meaning(*inputs, out=values[reused]))
        return np.asarray(self.meaning(*inputs, **self.attrs), self.kind)


def _resolve(value: Any, batch: int) -> Any:
    if isinstance(value, Batch):
        return value.size(batch)
    return tuple(_resolve(item, batch) for item in value) if isinstance(value, tuple) else value


def _last_uses(graph: Graph) -> list[list[int]]:
    """For each node, the values that nobody needs once it is computed."""
    last: dict[int, int] = {}
    for node in graph.nodes:
        for id in node.inputs:
            last[id] = node.id
    kept = set(graph.outputs.values())
    frees: list[list[int]] = [[] for _ in graph.nodes]
    for id, at in last.items():
        if id not in kept:
            frees[at].append(id)
    return frees


def _reusable(graph: Graph, last_use: list[list[int]]) -> dict[int, int]:
    """For each node, an input whose memory its own value may take: it is needed no more.

    Only for NumPy's elementwise functions over values that such a function made and nothing else
    than such functions has read: then nobody holds a view of the memory. The results stay the same.
    """
    plain = {
        node.id
        for node in graph.nodes
        if node.dtype == "float" and not node.attrs and _is_plain(_meaning(node))
    }
    held = {id for node in graph.nodes if node.id not in plain for id in node.inputs}
    return {
        node.id: id
        for node in graph.nodes
        if node.id in plain
        for id in last_use[node.id]
        if id in plain - held and graph.nodes[id].shape == node.shape and node.shape
    }


def _meaning(node: Node) -> Any:
    return None if node.op in ("input", "constant") else lookup(node.op).meaning


def _is_plain(meaning: Any) -> bool:
    """One of NumPy's functions of one or two floats, element by element."""
    if not isinstance(meaning, np.ufunc) or meaning.signature is not None:
        return False
    return "d->d" in meaning.types or "dd->d" in meaning.types
