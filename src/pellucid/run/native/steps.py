"""Many training steps in one call: what they read and write, checked and bound to a plan."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np

from pellucid.errors import DataError, ShapeError
from pellucid.graph import Batch, Graph
from pellucid.graph.primitive import Array
from pellucid.run.executor import Feed, batch_size, check_carried
from pellucid.run.native.bind import Bound, check_index, fixed
from pellucid.run.native.items import is_batched
from pellucid.run.native.module import native

if TYPE_CHECKING:
    from pellucid.run.native.program import NativeProgram


class StepsCall:
    """One call of ``steps``: the memory it reads and writes.

    With ``seconds``, of shape (shares, calls), the time of each call is added up there.
    """

    def __init__(
        self,
        program: NativeProgram,
        carried: Mapping[str, Array],
        feed: Feed,
        seconds: Array | None = None,
    ) -> None:
        self.program, self.feed, self.seconds = program, feed, seconds
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
        if total == 0:
            return 0, True
        full, rest = divmod(self.feed.epoch or len(self.order), self.feed.batch)
        batches = [(batch, count) for batch, count in ((self.feed.batch, full), (rest, 1)) if count]
        if rest == 0 or total <= full:
            batches = batches[:1]
        self._make_room([batch for batch, _ in batches], total)
        laps = [
            (self.program.plan(batch).native, self._bounds(batch), count, seconds)
            for (batch, count), seconds in zip(batches, (self.seconds, None), strict=False)
        ]
        done, finite, bad = native.run(laps, self.order, total)
        check_index(bad)
        self.reported = {name: array[:done] for name, array in self.reported.items()}
        return done, finite

    def _make_room(self, batches: list[int], total: int) -> None:
        """Memory for what the steps report: one entry a step, whatever its batch size."""
        following = {f"{name}'" for name in self.after}
        told = [name for name in self.program.graph.outputs if name not in following]
        rooms = [self.program.room(told, batch, total) for batch in batches]
        for name, array in rooms[0].items():
            others = {room[name].shape[1:] for room in rooms} - {array.shape[1:]}
            if others:
                raise ShapeError(
                    f"{name} has one number a sample: {array.shape[1:]} in a step of {batches[0]} "
                    f"samples, {others.pop()} in one of {batches[1]}. Choose a batch that divides "
                    "the samples, or report a sum."
                )
        self.reported = rooms[0]

    def _bounds(self, batch: int) -> list[Bound]:
        """What the steps of one batch size read and write."""
        plan = self.program.plan(batch)
        bounds = [fixed(plan.inputs[name], array) for name, array in self.rows.items()]
        moving = [(plan.inputs[name], array) for name, array in self.numbers.items()]
        moving += [(plan.outputs[name], array) for name, array in self.reported.items()]
        bounds += [(buffer, array, array, array.strides[0]) for buffer, array in moving]
        for name, array in self.after.items():
            bounds.append((plan.inputs[name], self.before[name], array, 0))
            bounds.append(fixed(plan.outputs[f"{name}'"], array))
        return bounds


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
