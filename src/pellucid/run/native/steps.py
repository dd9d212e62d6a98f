"""Many training steps in one call: what they read and write, checked and bound to a plan."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np

from pellucid.errors import DataError, ShapeError
from pellucid.graph import Batch, Graph
from pellucid.graph.primitive import Array
from pellucid.run.executor import Feed, batch_size, check_carried
from pellucid.run.native.bind import address, check_index, fixed
from pellucid.run.native.items import is_batched

if TYPE_CHECKING:
    from pellucid.run.native.program import NativeProgram


class StepsCall:
    """One call of ``steps``: the memory it reads and writes."""

    def __init__(self, program: NativeProgram, carried: Mapping[str, Array], feed: Feed) -> None:
        self.program, self.feed = program, feed
        check_carried(program.graph, carried)
        _check_feed(program, carried, feed)
        self.before = {name: program.plain(name, array) for name, array in carried.items()}
        self.after = {name: np.empty_like(array) for name, array in self.before.items()}
        self.rows = {name: program.plain(name, np.asarray(a)) for name, a in feed.rows.items()}
        self.numbers = {
            name: program.plain(name, np.asarray(a)) for name, a in feed.numbers.items()
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
        following = {f"{name}'" for name in self.after}
        told = [name for name in plan.outputs if name not in following]
        reported = self.program.room(told, batch, count)
        bounds = [fixed(plan.inputs[name], array) for name, array in self.rows.items()]
        for name, array in self.numbers.items():
            stride = array.strides[0]
            start = address(array) + first * stride
            bounds.append((plan.inputs[name], start, start, stride))
        for name, array in self.after.items():
            before = array if first else self.before[name]
            bounds.append((plan.inputs[name], address(before), address(array), 0))
            bounds.append(fixed(plan.outputs[f"{name}'"], array))
        for name, array in reported.items():
            start = address(array)
            bounds.append((plan.outputs[name], start, start, array.strides[0]))
        order = address(self.order) + first * self.feed.batch * self.order.itemsize
        done, finite, bad = plan.native.run(bounds, order, count)
        check_index(bad)
        for name, array in reported.items():
            known = self.reported.get(name)
            good = array[:done]
            self.reported[name] = good if known is None else np.concatenate([known, good])
        return done, finite


def is_streamed(graph: Graph, feed: Feed) -> bool:
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
