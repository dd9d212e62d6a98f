"""A graph at one batch size: plain shapes, views seen through, and the stage of each value.

A value *goes by rows* when sample after sample of the batch can be computed by itself; what goes
by rows is done in chunks of the batch, all layers of a chunk after another, by as many threads as
there are chunks. Everything else is done *whole*. Stages alternate: whole (level 0), by rows (1),
whole (2), ...; a value's level is the first at which all it needs is complete.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import field
from typing import Any

import numpy as np

from pellucid.dataclass import dataclass
from pellucid.graph import BATCH, Batch, Graph, Node
from pellucid.graph.primitive import Array
from pellucid.graph.simplify import constant_array
from pellucid.graph.types import resolve

KINDS = {"float": 0, "int": 1, "bool": 2}  # of element, as in native/src/kernels.h
# fmt: off
ELEMENTWISE = frozenset((
    "add", "subtract", "multiply", "divide", "negate", "power", "exp", "log", "log1p", "sqrt",
    "tanh", "sigmoid", "erf", "abs", "sign", "maximum", "minimum", "equal", "less", "less_equal",
    "where", "clip", "cast",
))
REDUCTIONS = frozenset(("sum", "mean", "max", "logsumexp", "argmax"))
CONVOLUTIONS = frozenset(("conv2d", "conv2d_input_gradient", "conv2d_weight_gradient"))
POOLINGS = frozenset((
    "max_pool2d", "max_pool2d_gradient", "max_pool2d_select", "avg_pool2d", "avg_pool2d_gradient",
))
# fmt: on


@dataclass(slots=True, eq=False)
class Item:
    """One value of the graph at a batch size.

    Attributes:
        batched: the first axis is the batch, and no other depends on it.
        by_rows: it is computed in chunks of the batch.
        sums: its value adds up over the batch, chunk after chunk.
        level: the stage in which it is computed.
        lanes: it is kept with samples innermost: [chunk][channel][row][column][sample].
        source, offset: of a view, the item whose elements it shows and the first of them.
        array: of a constant, its value.
        users: the items that read it, through views or not.
        size: how many elements it has.
        width: elements a sample, of what is batched; else all.
    """

    id: int
    op: str
    inputs: tuple[int, ...]
    attrs: Mapping[str, Any]
    shape: tuple[int, ...]
    dtype: str
    batched: bool
    node: Node
    by_rows: bool = False
    sums: bool = False
    level: int = 0
    lanes: bool = False
    source: int = -1
    offset: int = 0
    array: Array | None = None
    users: list[int] = field(default_factory=list)
    size: int = field(init=False)
    width: int = field(init=False)

    def __post_init__(self) -> None:
        self.size = math.prod(self.shape)
        self.width = math.prod(self.shape[1:]) if self.batched else self.size

    @property
    def is_view(self) -> bool:
        """Whether it shows another item's elements."""
        return self.source >= 0


class Items:
    """All values of a graph at a batch size.

    Attributes:
        live: those that the outputs need.
        shown: the ids of the items whose elements are outputs, or parts of them.
    """

    def __init__(self, graph: Graph, batch: int) -> None:
        self.graph, self.batch = graph, batch
        self.all: list[Item] = []
        self._roots: list[tuple[Item, int]] = []
        for node in graph.nodes:
            self._append(node)
        used = self._used()
        for item in self.all:
            if item.id in used:
                for id in dict.fromkeys(self.root(id)[0].id for id in item.inputs):
                    self.all[id].users.append(item.id)
        self.live = [item for item in self.all if item.id in used]
        self._put_off()
        self.shown = {self.root(id)[0].id for id in graph.outputs.values()}

    def __getitem__(self, id: int) -> Item:
        return self.all[id]

    def root(self, id: int) -> tuple[Item, int]:
        """The item whose memory an item shows, and the place of its first element there."""
        return self._roots[id]

    def _append(self, node: Node) -> None:
        item = self._item(node)
        self.all.append(item)
        if item.is_view:
            root, offset = self._roots[item.source]
            self._roots.append((root, offset + item.offset))
        else:
            self._roots.append((item, 0))

    def _item(self, node: Node) -> Item:
        shape = resolve(node.shape, self.batch)
        attrs = {name: _plain(value, self.batch) for name, value in node.attrs.items()}
        item = Item(node.id, node.op, node.inputs, attrs, shape, node.dtype, is_batched(node), node)
        if node.op == "constant":
            item.array = constant_array(node)
        elif node.op == "count":
            counted = self.all[node.inputs[0]].shape
            value = math.prod(counted[axis] for axis in attrs["axes"])
            item.op, item.inputs, item.array = "constant", (), np.array(float(value))
        elif node.op != "input":
            self._see_through(item)
            self._place(item)
        return item

    def _see_through(self, item: Item) -> None:
        if item.op not in VIEWS:
            return
        source = self.all[item.inputs[0]]
        offset = VIEWS[item.op](item, source)
        if offset is not None:
            item.source, item.offset = source.id, offset

    def _place(self, item: Item) -> None:
        """Whether it goes by rows, and its level."""
        inputs = [self.all[id] for id in item.inputs]
        if item.is_view:
            source = inputs[0]
            item.by_rows, item.sums, item.level = source.by_rows, source.sums, source.level
            return
        item.sums = _sums(item, inputs)
        item.by_rows = item.sums or _is_local(item, inputs)
        level = 1 if item.by_rows else 0
        for source in inputs:
            if source.op in ("input", "constant") and not source.is_view:
                continue
            level = max(level, self._ready(source, item.by_rows))
        item.level = level

    def _ready(self, source: Item, for_rows: bool) -> int:
        root = self.root(source.id)[0]
        if root.op in ("input", "constant"):
            return 1 if for_rows else 0
        complete = root.level if not root.by_rows else root.level + 1  # a whole stage's number
        if not for_rows:
            return complete
        within = root.by_rows and not root.sums and source.batched
        return root.level if within else complete + 1

    def _put_off(self) -> None:
        """Elementwise work that is done whole waits until it is needed: then it can be fused."""
        for item in reversed(self.live):
            if item.by_rows or item.is_view or item.op not in ELEMENTWISE or not item.users:
                continue
            users = [self.all[id] for id in item.users]
            item.level = max(item.level, min(u.level - u.by_rows for u in users))

    def _used(self) -> set[int]:
        # Unlike ``graph.simplify.needed``, by what items read: a count needs no elements.
        used: set[int] = set()
        waiting = list(self.graph.outputs.values())
        while waiting:
            id = waiting.pop()
            if id not in used:
                used.add(id)
                waiting.extend(self.all[id].inputs)
        return used


def _plain(value: Any, batch: int) -> Any:
    if isinstance(value, Batch):
        return value.size(batch)
    return tuple(_plain(item, batch) for item in value) if isinstance(value, tuple) else value


def is_batched(node: Node) -> bool:
    """Whether the first axis is the batch, and no other depends on it."""
    shape = node.shape
    return bool(shape) and shape[0] == BATCH and all(isinstance(dim, int) for dim in shape[1:])


# --- views: items that show another's elements in the same order


def _reshape_view(item: Item, source: Item) -> int | None:
    return 0


def _slice_view(item: Item, source: Item) -> int | None:
    axis, start = item.attrs["axis"], item.attrs["start"]
    outside = math.prod(source.shape[:axis])
    if item.shape == source.shape:
        return 0
    if outside != 1 or item.attrs["step"] != 1 or source.batched:
        return None
    return int(start * math.prod(source.shape[axis + 1 :]))


def _transpose_view(item: Item, source: Item) -> int | None:
    moved = [axis for axis in item.attrs["order"] if source.shape[axis] != 1]
    return 0 if moved == sorted(moved) and item.batched == source.batched else None


def _broadcast_view(item: Item, source: Item) -> int | None:
    return 0 if item.size == source.size and item.batched == source.batched else None


VIEWS: dict[str, Callable[[Item, Item], int | None]] = {
    "reshape": _reshape_view,
    "slice": _slice_view,
    "transpose": _transpose_view,
    "broadcast_to": _broadcast_view,
}

# --- which operations compute sample after sample by itself


def _is_local(item: Item, inputs: list[Item]) -> bool:
    if not item.batched:
        return False
    if item.op in ELEMENTWISE or item.op == "broadcast_to":
        rank = len(item.shape)
        return all(
            len(s.shape) == rank if s.batched else len(s.shape) < rank or s.shape[0] == 1
            for s in inputs
        ) and not any(_depends(s) and not s.batched for s in inputs)
    rule = LOCAL.get(item.op)
    return rule is not None and rule(item, inputs)


def _depends(item: Item) -> bool:
    """The batch size shows in the shape."""
    return any(isinstance(dim, Batch) for dim in item.node.shape)


def _first_batched(item: Item, inputs: list[Item]) -> bool:
    return inputs[0].batched and not any(_depends(other) for other in inputs[1:])


def _not_along_batch(name: str) -> Callable[[Item, list[Item]], bool]:
    def rule(item: Item, inputs: list[Item]) -> bool:
        axes = item.attrs[name]
        chosen = axes if isinstance(axes, tuple) else (axes,)
        return 0 not in chosen and all(source.batched for source in inputs)

    return rule


def _matmul_by_rows(item: Item, inputs: list[Item]) -> bool:
    a, b = inputs
    plain = not item.attrs["transpose_a"] and len(b.shape) == 2
    return a.batched and plain and not _depends(b)


def _gather_by_rows(item: Item, inputs: list[Item]) -> bool:
    table, index = inputs
    if item.attrs["axis"] == 0:
        return index.batched and not _depends(table)
    return table.batched and not _depends(index)


def _scatter_by_rows(item: Item, inputs: list[Item]) -> bool:
    updates, index = inputs
    return item.attrs["axis"] > 0 and updates.batched and not _depends(index)


def _all_batched(item: Item, inputs: list[Item]) -> bool:
    return all(source.batched for source in inputs)


def _drawn(item: Item, inputs: list[Item]) -> bool:
    return True


LOCAL: dict[str, Callable[[Item, list[Item]], bool]] = {
    **dict.fromkeys(("sum", "mean", "max", "logsumexp"), _not_along_batch("axes")),
    **dict.fromkeys(("argmax", "log_softmax", "slice", "pad"), _not_along_batch("axis")),
    **dict.fromkeys(("conv2d", "conv2d_input_gradient", "one_hot", "reshape"), _first_batched),
    **dict.fromkeys(("max_pool2d", "avg_pool2d", "avg_pool2d_gradient"), _first_batched),
    **dict.fromkeys(("max_pool2d_gradient", "max_pool2d_select"), _all_batched),
    **dict.fromkeys(("uniform", "normal", "bernoulli"), _drawn),
    "concatenate": _not_along_batch("axis"),
    "transpose": lambda item, inputs: item.attrs["order"][0] == 0 and inputs[0].batched,
    "matmul": _matmul_by_rows,
    "gather": _gather_by_rows,
    "scatter_add": _scatter_by_rows,
}


def _sums(item: Item, inputs: list[Item]) -> bool:
    """Whether it adds up over the batch in a way that can be done chunk after chunk."""
    if _depends(item):
        return False
    if item.op == "conv2d_weight_gradient":
        return inputs[0].batched and inputs[1].batched
    if item.op != "sum" or item.dtype == "bool" or not inputs[0].batched:
        return False
    axes, rank = item.attrs["axes"], len(inputs[0].shape)
    leading = axes == tuple(range(len(axes))) and len(axes) > 0
    return leading or (axes == (0, 2, 3) and rank == 4)
