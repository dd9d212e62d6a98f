"""Where each value lies: inputs and outputs with the caller, all else in one arena, used again.

A value that only one stage of chunks reads and writes is *local*: there is room for one chunk of
it, once for each share of the work, so that a chunk stays in the cache from its first layer to its
last. All other values are *shared*. Sums over the batch that several shares add up have a *partial*
place a share; they are added up afterwards, in the order of the shares.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from pellucid.dataclass import dataclass
from pellucid.graph.primitive import Array
from pellucid.run.native.items import KINDS, Item, Items
from pellucid.run.native.lower import KEPT, SUM, Value
from pellucid.run.native.module import KERNELS, LANES
from pellucid.run.native.stages import ROWS, SOLO, SPLIT, Stage
from pellucid.run.native.tasks import Task, Tasks

EXTERNAL, SHARED, LOCAL, PARTIAL, CONSTANT = range(5)
ALIGNMENT = 64
PACKED = 360448  # bytes in which a product packs its factors
BYTES = {"int": 8, "bool": 1}


@dataclass(slots=True)
class Room:
    """A value's memory: which buffer, from which element on."""

    buffer: int
    offset: int = 0
    local: bool = False


class Memory:
    """The buffers of a plan."""

    def __init__(self, tasks: Tasks, stages: list[Stage], item_bytes: int) -> None:
        self.tasks, self.stages, self.item_bytes = tasks, stages, item_bytes
        self.items = tasks.items
        self.buffers: list[tuple[int, int, int]] = []
        self.constants: list[bytes] = []
        self.inputs: dict[str, int] = {}
        self.outputs: dict[str, int] = {}
        self.rooms: dict[Value, Room] = {}
        self.partials: dict[Value, Room] = {}
        self.shared_bytes = self.local_bytes = 0
        self._externals()
        self._partial_sums()
        self._arena()

    def find(self, value: Value, task: Task, writes: bool) -> tuple[int, int, int]:
        """Buffer, first element, and elements from one row of the batch to the next."""
        id, form = value
        root, offset = self.items.root(id)
        if form.startswith("output "):
            return self.outputs[form.removeprefix("output ")], 0, 0
        if form == "picked":
            return self.inputs[root.attrs["name"]], 0, root.width
        if root.op == "constant":
            return self._constant(root), offset, 0
        if root.op == "input" and not root.batched and form != KEPT:
            return self.inputs[root.attrs["name"]], offset, 0
        if self.tasks.elements(value) == 0:
            return 0, 0, 0
        if writes and task.by_rows and (root.id, form) in self.partials:
            return self.partials[root.id, form].buffer, 0, 0
        room = self._room(root.id, form)
        moves = root.batched and task.by_rows and not room.local
        return room.buffer, room.offset + offset, root.width if moves else 0

    def _room(self, id: int, form: str) -> Room:
        home = self.tasks.homes.get(id) if form == "rows" else None
        if home is None:
            return self.rooms[id, form]
        where, start = home
        if isinstance(where, str):
            return Room(self.outputs[where], start)
        room = self._room(where, "rows")
        return Room(room.buffer, room.offset + start, room.local)

    def owner(self, value: Value) -> Value | None:
        """The value in whose room a value lies; None for what the caller owns."""
        id, form = value
        root = self.items.root(id)[0]
        if form == "picked" or form.startswith("output ") or root.op == "constant":
            return None
        external = root.op == "input" and not root.batched and form != KEPT
        if external or self.tasks.elements(value) == 0:
            return None
        at: int | str = root.id
        while form == "rows" and at in self.tasks.homes:
            at = self.tasks.homes[at][0]
        return None if isinstance(at, str) else (at, form)

    # --- buffers

    def _buffer(self, place: int, offset: int = 0, stride: int = 0) -> int:
        self.buffers.append((place, offset, stride))
        return len(self.buffers) - 1

    def _externals(self) -> None:
        for name in self.items.graph.inputs:
            self.inputs[name] = self._buffer(EXTERNAL)
        for name in self.items.graph.outputs:
            self.outputs[name] = self._buffer(EXTERNAL)

    def _constant(self, item: Item) -> int:
        if (item.id, "rows") not in self.rooms:
            assert item.array is not None
            dtype: Any = {"int": np.int64, "bool": np.bool_}.get(
                item.dtype, np.float32 if self.item_bytes == 4 else np.float64
            )
            array: Array = np.ascontiguousarray(item.array, dtype)
            self.constants.append(array.tobytes() or b"\0")
            self.rooms[item.id, "rows"] = Room(self._buffer(CONSTANT, len(self.constants) - 1))
        return self.rooms[item.id, "rows"].buffer

    def _bytes(self, value: Value, elements: int) -> int:
        root = self.items.root(value[0])[0]
        return elements * BYTES.get(root.dtype, self.item_bytes)

    # --- sums over the batch, by several shares

    def _partial_sums(self) -> None:
        stages: list[Stage] = []
        for stage in self.stages:
            stages.append(stage)
            sums = [] if stage.shares == 1 else _summed(stage, self.items)
            if not sums:
                continue
            adding = [self._add_up(value, stage) for value in sums]
            large = [task for task in adding if task.flops >= 1 << 14]
            small = [task for task in adding if task.flops < 1 << 14]
            if large:
                stages.append(Stage(SPLIT, stage.level + 1, large, shares=stage.shares))
            if small:
                stages.append(Stage(SOLO, stage.level + 1, small))
        self.stages = stages

    def _add_up(self, value: Value, stage: Stage) -> Task:
        """The call that adds up the shares' sums."""
        item = self.items[value[0]]
        size = self._bytes(value, item.size)
        whole = -(-size * stage.shares // ALIGNMENT) * ALIGNMENT
        start, self.shared_bytes = self.shared_bytes, self.shared_bytes + whole
        self.partials[value] = Room(self._buffer(PARTIAL, start, size))
        form = f"partial {len(self.partials)}"
        self.rooms[item.id, form] = Room(self._buffer(SHARED, start))
        ints = (SUM, KINDS[item.dtype], 0, 1, stage.shares, item.size)
        return Task(
            "reduce", item.node.scope, stage.level + 1, False,
            [((item.id, form), False), (value, True)], ints, flops=item.size * stage.shares,
        )  # fmt: skip

    # --- the arena

    def _arena(self) -> None:
        spans, local = self._spans()
        taken: list[tuple[int, int, int, int]] = []  # first and last position, start, end
        for value, (first, last) in sorted(spans.items(), key=lambda entry: entry[1]):
            size = self._bytes(value, self.tasks.elements(value))
            start = _first_fit(taken, first, last, size, self.shared_bytes)
            taken.append((first, last, start, start + size))
            self.rooms[value] = Room(self._buffer(SHARED, start))
        self.shared_bytes = max([self.shared_bytes, *(end for *_, end in taken)])
        for stage, values in local:
            self._local(stage, values)

    def _local(self, stage: Stage, spans: dict[Value, tuple[int, int]]) -> None:
        taken: list[tuple[int, int, int, int]] = []
        for value, (first, last) in sorted(spans.items(), key=lambda entry: entry[1]):
            rows = stage.chunk * self.items[value[0]].width
            size = self._bytes(value, rows)
            start = _first_fit(taken, first, last, size, 0)
            taken.append((first, last, start, start + size))
            self.rooms[value] = Room(self._buffer(LOCAL, start), local=True)
        self.local_bytes = max([self.local_bytes, *(end for *_, end in taken)])

    def _spans(self) -> tuple[dict[Value, tuple[int, int]], list[Any]]:
        """For each value, from when to when it is needed; and by stage, those local to it."""
        stages_of: dict[Value, set[int]] = {}
        within: dict[Value, list[int]] = {}
        across: dict[Value, list[int]] = {}
        position = 0
        for number, stage in enumerate(self.stages):
            first, last = position, position + len(stage.tasks)
            for task in stage.tasks:
                for value in (*task.values(False), *task.values(True)):
                    owner = self.owner(value)
                    if owner is None or owner in self.rooms:
                        continue
                    stages_of.setdefault(owner, set()).add(number)
                    within.setdefault(owner, []).append(position)
                    ends = [position] if stage.turn == SOLO else [first, last]
                    across.setdefault(owner, []).extend(ends)
                position += 1
            position += 1
        shared: dict[Value, tuple[int, int]] = {}
        local: dict[int, dict[Value, tuple[int, int]]] = {}
        for value, numbers in stages_of.items():
            (number, *others) = sorted(numbers)
            stage = self.stages[number]
            if not others and stage.turn == ROWS and self.items[value[0]].batched:
                local.setdefault(number, {})[value] = (min(within[value]), max(within[value]))
            else:
                shared[value] = (min(across[value]), max(across[value]))
        return shared, [(self.stages[number], values) for number, values in local.items()]


def _summed(stage: Stage, items: Items) -> list[Value]:
    found: list[Value] = []
    for task in stage.tasks:
        for value in task.values(True):
            if items[value[0]].sums and value not in found:
                found.append(value)
    return found


def _first_fit(
    taken: list[tuple[int, int, int, int]], first: int, last: int, size: int, low: int
) -> int:
    """The lowest start at which no room that is in use at the same time is in the way."""
    start = low
    busy = sorted(
        (begin, end) for since, until, begin, end in taken if since <= last and until >= first
    )
    for begin, end in busy:
        if start + size <= begin:
            break
        start = max(start, -(-end // ALIGNMENT) * ALIGNMENT)
    return start


def scratch_bytes(task: Task, item_bytes: int, batch: int) -> int:
    """The scratch that a kernel's call takes beside a chain's own: see native/src/kernels.h."""
    if task.kernel == "chunked":
        kernel, _, _, operands, *rest = task.ints
        widths = rest[1 : 2 * operands : 2]
        lanes = sum(-(-width * LANES * item_bytes // ALIGNMENT) * ALIGNMENT for width in widths)
        name = next(name for name, number in KERNELS.items() if number == kernel)
        return lanes + _scratch(name, tuple(rest[2 * operands :]), item_bytes, batch, False)
    return _scratch(task.kernel, task.ints, item_bytes, batch, task.after is not None)


def _scratch(kernel: str, ints: tuple[int, ...], item: int, batch: int, panels: bool) -> int:
    if kernel == "gemm":
        return max(PACKED, 3 * ints[2] * item)
    if kernel == "gemm_rows":
        n, k = ints[:2]
        return max(PACKED, n * k * item if n <= 3 else 0)
    if kernel == "gemm_reduce":
        n, rows = ints[1], batch * ints[4]
        row = -(-n * item // ALIGNMENT) * ALIGNMENT
        if not panels:
            return min(rows, 1024) * row + 49152
        return rows * row + 49152 + max(1 << 14, 12 * n * item) + 128
    if kernel in ("conv2d", "conv2d_input_gradient"):
        channels, _, _, out, height, width = ints[:6]
        groups = ints[-1]
        one = (out, channels) if kernel == "conv2d" else (channels, out)
        return min(6, one[0] // groups) * (one[1] // groups) * height * width * item
    if kernel == "conv2d_weight_gradient":
        return max(1 << 14, 384 * ints[4] * ints[5])
    if kernel == "permutation":
        return 24 * ints[1] + 64
    return 0
