"""Values that are computed where they end up: in the caller's output, or in a joined vector."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from pellucid.run.native.items import Item, Items

if TYPE_CHECKING:
    from pellucid.run.native.tasks import Task, Tasks

# An item's home: an output's name, or the item it is a part of, and the first element there.
Home = tuple[str | int, int]
Span = tuple[int, int]  # the first element, and the one after the last


def find_homes(items: Items) -> dict[int, Home]:
    """The homes of outputs and of the parts of joined vectors, by item."""
    homes: dict[int, Home] = {}
    for name, id in items.graph.outputs.items():
        root, offset = items.root(id)
        fits = not offset and root.size == items[id].size and root.id not in homes
        if fits and root.op not in ("input", "constant"):
            homes[root.id] = (name, 0)
    for item in items.live:
        if item.op == "concatenate" and not item.by_rows and not item.is_view:
            _settle_parts(items, item, homes)
    return homes


def _settle_parts(items: Items, item: Item, homes: dict[int, Home]) -> None:
    if any(size != 1 for size in item.shape[: item.attrs["axis"]]):
        return
    start = 0
    for id in item.inputs:
        root, offset = items.root(id)
        part = items[id]
        fits = not offset and root.size == part.size and root.id not in homes
        if fits and root.op not in ("input", "constant") and not root.batched and root.size:
            homes[root.id] = (item.id, start)
        start += part.size


def settled_parts(items: Items, item: Item, homes: dict[int, Home]) -> frozenset[int]:
    """The places of a joined vector's parts that are computed there."""
    found, start = [], 0
    for place, id in enumerate(item.inputs):
        if homes.get(items.root(id)[0].id) == (item.id, start):
            found.append(place)
        start += items[id].size
    return frozenset(found)


def unsettle(tasks: Tasks) -> None:
    """Order the tasks so that a carried value is read before its next value takes its place.

    Where there is no such order, the next value has no home, and is copied at the end.
    """
    for name in tasks.carried:
        output = f"{name}'"
        root = tasks.items.root(tasks.items.graph.outputs[output])[0]
        if tasks.homes.get(root.id) != (output, 0):
            continue
        writers = [(task, span) for task in tasks.all for span in _written(tasks, task, output)]
        readers = [(task, span) for task in tasks.all for span in _read(tasks, task, name)]
        pairs = [
            (reader, r, writer, w)
            for writer, w in writers
            for reader, r in readers
            if w[0] < r[1] and r[0] < w[1]
        ]
        if all(
            _in_place(writer, r, w) if reader is writer else _can_precede(tasks, reader, writer)
            for reader, r, writer, w in pairs
        ):
            for reader, _, writer, _ in pairs:
                if reader is not writer:
                    writer.needs.add(reader.number)
        else:
            del tasks.homes[root.id]


def _written(tasks: Tasks, task: Task, output: str) -> list[Span]:
    found = []
    for id, form in task.values(True):
        if form != "rows":
            continue
        at: str | int = id
        start, size = 0, tasks.items[id].size
        while at in tasks.homes:
            at, more = tasks.homes[at]
            start += more
        if at == output:
            found.append((start, start + size))
    return found


def _read(tasks: Tasks, task: Task, name: str) -> list[Span]:
    found = []
    for id, _ in task.values(False):
        root, offset = tasks.items.root(id)
        if root.op == "input" and root.attrs["name"] == name:
            found.append((offset, offset + tasks.items[id].size))
    return found


def _in_place(task: Task, read: Span, written: Span) -> bool:
    """Whether a chain reads each element of the value just where it writes the next one."""
    chain = task.after or task
    if task.by_rows or chain.program is None or read != written:
        return False
    return written[1] - written[0] == math.prod(chain.program.group.space)


def _can_precede(tasks: Tasks, reader: Task, writer: Task) -> bool:
    if reader.level > writer.level or (writer.by_rows and reader.level == writer.level):
        return False  # by rows, what one chunk writes comes before what the next one reads
    waiting, seen = list(reader.needs), set()
    target = writer.number
    while waiting:
        k = waiting.pop()
        if k == target:
            return False
        if k not in seen:
            seen.add(k)
            waiting.extend(tasks.all[k].needs)
    return True
