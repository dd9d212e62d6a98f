"""What the suites of this folder share: running a graph by both executors, and comparing."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

import pellucid.run.native.chain as chain
import pellucid.run.native.plan as plan
import pellucid.run.native.program as program
import pellucid.run.native.rewrite as rewrite
from pellucid.graph import Graph
from pellucid.run import ReferenceExecutor, Steps
from pellucid.run.executor import Feed
from pellucid.run.native.program import NativeExecutor

Array = NDArray[Any]
Precision = Literal["float32", "float64"]

# Settings that make the planner cut small work as it cuts large work.
CUT_UP: dict[Any, dict[str, Any]] = {
    plan: {
        "WORTH_THREADS": 0.0, "WORTH_SPLITTING": 0.0, "CHUNK_BYTES": 64, "LEAST_CHUNK": 2,
        "LARGE_CHUNK": 2, "PAYING": 0.0,
    },
    rewrite: {"DIVIDED_FROM": 4},
    chain: {"MOST_BLOCK": 64},
}  # fmt: skip


@dataclass(frozen=True)
class Way:
    """A way to run natively.

    Attributes:
        cut_up: whether small work is divided among threads, chunks and blocks as large work is.
    """

    precision: Precision
    threads: int = 1
    cut_up: bool = False

    def __str__(self) -> str:
        return f"{self.precision}-{self.threads}{'-cut' if self.cut_up else ''}"

    @property
    def executor(self) -> NativeExecutor:
        return NativeExecutor(self.precision, self.threads)

    @property
    def reference(self) -> ReferenceExecutor:
        return ReferenceExecutor(self.precision)

    @contextmanager
    def chosen(self) -> Iterator[NativeExecutor]:
        """The executor, with the planner set so; no plan is kept from before, or for later."""
        if not self.cut_up:
            yield self.executor
            return
        before = {
            module: {n: getattr(module, n) for n in names} for module, names in CUT_UP.items()
        }
        kept = dict(program._KEPT)
        try:
            program._KEPT.clear()
            _set(CUT_UP)
            yield self.executor
        finally:
            _set(before)
            program._KEPT.clear()
            program._KEPT.update(kept)


def _set(values: Mapping[Any, Mapping[str, Any]]) -> None:
    for module, names in values.items():
        for name, value in names.items():
            assert hasattr(module, name)
            setattr(module, name, value)


WAYS = [
    Way("float64"),
    Way("float64", 2, cut_up=True),
    Way("float32"),
    Way("float32", 2, cut_up=True),
]
NEAR: dict[str, float] = {"float64": 1e-12, "float32": 2e-5}


def run_both(
    graph: Graph, inputs: Mapping[str, Any], way: Way
) -> tuple[dict[str, Array], dict[str, Array]]:
    """The outputs by the native executor, and by the reference in the same precision."""
    with way.chosen() as executor:
        found = executor.compile(graph).run(inputs)
    return found, way.reference.compile(graph).run(inputs)


def steps_both(
    graph: Graph, carried: Mapping[str, Array], feed: Feed, way: Way, count: int | None = None
) -> tuple[Steps, Steps]:
    """Training steps by the native executor, and by the reference."""
    with way.chosen() as executor:
        found = executor.compile(graph).steps(carried, feed, count)
    return found, way.reference.compile(graph).steps(carried, feed, count)


def check_alike(
    found: Mapping[str, Array], expected: Mapping[str, Array], way: Way, times: float = 1.0
) -> None:
    """Shapes, kinds and integers are equal; floats to a part of the largest of the array."""
    assert list(found) == list(expected)
    for name, array in expected.items():
        got = found[name]
        assert (got.shape, got.dtype) == (array.shape, array.dtype), name
        if array.dtype.kind != "f":
            np.testing.assert_array_equal(got, array, err_msg=name)
            continue
        near = times * NEAR[way.precision]
        finite = np.abs(array[np.isfinite(array)])
        most = float(finite.max(initial=1e-5))  # below, sums that cancel out leave only rounding
        np.testing.assert_allclose(got, array, rtol=near, atol=near * most, err_msg=name)


def check_graph(graph: Graph, inputs: Mapping[str, Any], way: Way, times: float = 1.0) -> None:
    """Both executors give the same for a graph."""
    found, expected = run_both(graph, inputs, way)
    check_alike(found, expected, way, times)


def check_steps(
    graph: Graph, carried: Mapping[str, Array], feed: Feed, way: Way, times: float = 1.0
) -> Steps:
    """Both executors do the same steps."""
    found, expected = steps_both(graph, carried, feed, way)
    assert (found.done, found.finite) == (expected.done, expected.finite)
    check_alike(found.carried, expected.carried, way, times)
    assert set(found.reported) == set(expected.reported)
    check_alike({n: found.reported[n] for n in expected.reported}, expected.reported, way, times)
    return found
