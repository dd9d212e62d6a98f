"""Over which space of rows and columns a chain can compute an item, and how its inputs vary there.

In a space a value is FULL (it varies over rows and columns), ROW or COL (over one of them), or ONE,
a single number: see native/src/chain.h.
"""

from __future__ import annotations

import math

from pellucid.run.native.group import Group, Space
from pellucid.run.native.items import ELEMENTWISE, REDUCTIONS, Item, Items

FULL, ROW, COL, ONE = range(4)


def common(first: set[Space], second: set[Space]) -> set[Space]:
    """The spaces that are in both."""
    result = first & second
    for a, b in ((first, second), (second, first)):
        loose = {rows for rows, columns in a if columns is None}
        result |= {space for space in b if space[0] in loose}
    return result


def spaces_of(items: Items, item: Item) -> set[Space]:
    """The spaces in which a chain can compute the item; none where it needs a call of its own."""
    inputs = [items[id] for id in item.inputs]
    if item.lanes:
        return _lane_spaces(items, item, inputs)
    if item.op in ELEMENTWISE or item.op == "broadcast_to":
        return _elementwise_spaces(items, item, inputs)
    if item.op in REDUCTIONS and not item.sums:
        return _reduction_spaces(item, inputs[0])
    if item.op == "log_softmax" and item.attrs["axis"] == len(item.shape) - 1 and item.shape[-1]:
        return {(_size(item.shape[:-1], item.by_rows), item.shape[-1])}
    if item.op == "one_hot" and item.shape[-1]:
        return {(_size(item.shape[:-1], item.by_rows), item.shape[-1])}
    if item.op == "sum":
        return _sum_spaces(item, inputs[0])
    return set()


def _size(shape: tuple[int, ...], by_rows: bool) -> int:
    """Elements a sample, where the first axis is the batch; else all."""
    return math.prod(shape[1:] if by_rows else shape)


def _lane_spaces(items: Items, item: Item, inputs: list[Item]) -> set[Space]:
    if item.op not in ELEMENTWISE and item.op != "sum":
        return set()
    _, channels, height, width = inputs[0].shape if item.op == "sum" else item.shape
    return {(channels, height * width)}


def _elementwise_spaces(items: Items, item: Item, inputs: list[Item]) -> set[Space]:
    found: set[Space] = set()
    shape = item.shape
    if item.size == 0:
        return found
    if item.size == 1 and not item.by_rows:
        return {(1, 1)}  # once, not with each block of something long
    first = 1 if item.by_rows else 0
    for cut in range(first, len(shape) + 1):
        rows, columns = math.prod(shape[first:cut]), math.prod(shape[cut:])
        if all(class_at(item, source, cut) is not None for source in inputs):
            found.add((rows, columns))
    # As one number a row: all inputs have the item's elements, or a single one.
    width = math.prod(shape[first:])
    if all(_same(item, source) or (source.size == 1 and not source.batched) for source in inputs):
        found.add((width, None))
    return found


def _same(item: Item, source: Item) -> bool:
    return source.batched == item.batched and source.size == item.size


def class_at(item: Item, source: Item, cut: int) -> int | None:
    """Over what a source varies in the item's shape, cut in rows and columns at an axis."""
    if _same(item, source):
        return FULL
    shape = item.shape
    if source.size == 1 and not source.batched:
        return ONE
    aligned = (1,) * (len(shape) - len(source.shape)) + source.shape
    above, below = aligned[:cut], aligned[cut:]
    if item.by_rows:
        flat = not source.batched and math.prod(above) == 1
        whole = source.batched and above[1:] == shape[1:cut]
    else:
        flat, whole = math.prod(above) == 1, above == shape[:cut]
    if flat and below == shape[cut:]:
        return COL
    if whole and math.prod(below) == 1:
        return ROW
    return None


def _reduction_spaces(item: Item, source: Item) -> set[Space]:
    axes = item.attrs["axes"] if "axes" in item.attrs else (item.attrs["axis"],)
    rank = len(source.shape)
    if axes != tuple(range(rank - len(axes), rank)) or not axes or source.size == 0:
        return set()
    if not item.by_rows and len(axes) == rank:
        # All of it: a sum is taken piece by piece, the others on their own.
        return _sum_spaces(item, source) if item.op == "sum" else set()
    if source.dtype != "float" and item.op != "sum":
        return set()
    cut = rank - len(axes)
    return {(_size(source.shape[:cut], item.by_rows), math.prod(source.shape[cut:]))}


def _sum_spaces(item: Item, source: Item) -> set[Space]:
    axes, first = item.attrs["axes"], 1 if item.by_rows else 0
    width = math.prod(source.shape[first:])
    if len(axes) == len(source.shape):  # all of it, at any cut
        shape = source.shape[first:]
        cuts = {(math.prod(shape[:c]), math.prod(shape[c:])) for c in range(len(shape) + 1)}
        return {*cuts, (width, None)} if source.size or item.by_rows else set()
    if not item.by_rows:
        return set()
    columns = math.prod(source.shape[len(axes) :])
    return {(width // columns, columns)} if columns else set()


def adds_up(item: Item) -> bool:
    """Whether a chain gives the item only when all its blocks are done."""
    return item.op == "sum" and (item.sums or len(item.attrs["axes"]) == item_rank(item))


def item_rank(item: Item) -> int:
    """Of a sum, the number of axes of what is added up."""
    kept = len(item.shape)
    axes: tuple[int, ...] = item.attrs["axes"]
    return kept if item.attrs["keepdims"] else kept + len(axes)


def classes_in(items: Items, group: Group, item: Item) -> tuple[int, list[int]]:
    """Over what an item of a chain varies, and each of its inputs, as the chain sees them."""
    rows, columns = group.space
    inputs = [items[id] for id in item.inputs]
    if rows * columns == 1 and not group.by_rows:
        alone = ONE if all(other.op in ELEMENTWISE for other in group.items) else FULL
        return alone, [alone] * len(inputs)
    if group.lanes:
        return FULL, [_lane_class(source) for source in inputs]
    if item.op in REDUCTIONS:
        return (ROW if columns > 1 else FULL), [_own_class(group, inputs[0])]
    if item.op == "one_hot":
        return FULL, [ROW if columns > 1 else FULL]
    own = _own_class(group, item)
    if own == ROW:
        return ROW, [ROW if _same(item, source) else ONE for source in inputs]
    first = 1 if item.by_rows else 0
    for cut in range(first, len(item.shape) + 1):
        if math.prod(item.shape[first:cut]) == rows and math.prod(item.shape[cut:]) == columns:
            found = [class_at(item, source, cut) for source in inputs]
            if None not in found:
                return FULL, [cls for cls in found if cls is not None]
    # One number a row, in a space of one column.
    return FULL, [FULL if _same(item, source) else ONE for source in inputs]


def _own_class(group: Group, item: Item) -> int:
    rows, columns = group.space
    width = item.width if group.by_rows else item.size
    return FULL if width == rows * columns else ROW


def _lane_class(source: Item) -> int:
    if source.batched:
        return FULL
    return ONE if source.size == 1 else ROW
