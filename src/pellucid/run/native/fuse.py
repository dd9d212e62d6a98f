"""Which operations run in one pass: groups of items, each a chain or a single kernel's call.

A chain is a group of elementwise operations, with reductions along rows, over one space of
(rows, columns): its intermediate values never leave the cache. An item joins the group of one of
its inputs where the space fits and no circle arises; groups keep the order of the graph.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field

from pellucid.run.native.items import ELEMENTWISE, REDUCTIONS, Item, Items
from pellucid.run.native.layout import per_channel

FULL, ROW, COL, ONE = range(4)  # over what a value varies: see native/src/chain.h
MOST_INSTRUCTIONS = 64

# (rows, columns) a sample of what goes by rows, or in all; columns None: any.
Space = tuple[int, int | None]


@dataclass(slots=True, eq=False)
class Group:
    """Items computed by one call.

    Attributes:
        place: its number; a group with a smaller number is not always done before.
        spaces: of a chain, the spaces that fit all its items.
        needs: the groups that must be done before, as bits.
        bias: of a product, the item that it starts from.
    """

    place: int
    level: int
    by_rows: bool
    lanes: bool
    items: list[Item] = field(default_factory=list)
    spaces: set[Space] | None = None
    needs: int = 0
    bias: int | None = None

    @property
    def is_chain(self) -> bool:
        """Whether the chain machine computes it."""
        return bool(self.spaces)

    @property
    def result(self) -> Item:
        """What a kernel's call gives."""
        return self.items[-1]

    @property
    def space(self) -> tuple[int, int]:
        """The chosen space: the longest columns, or a single one where any number fits."""
        assert self.spaces
        rows, columns = max(self.spaces, key=lambda space: space[1] or 0)
        return rows, 1 if columns is None else columns


class Fusion:
    """Groups of a graph's items."""

    def __init__(self, items: Items) -> None:
        self.items = items
        self.groups: list[Group] = []
        self.of: dict[int, Group] = {}
        for item in items.live:
            if item.op not in ("input", "constant") and not item.is_view:
                self._add(item)
        for group in reversed(self.groups.copy()):
            while group.is_chain and group in self.groups and self._merge(group):
                pass

    def _add(self, item: Item) -> None:
        if item.op == "add" and self._absorbed(item):
            return
        spaces = spaces_of(self.items, item)
        needs = 0
        candidates: list[Group] = []
        for id in item.inputs:
            root = self.items.root(id)[0]
            if root.id in self.of:
                group = self.of[root.id]
                needs |= group.needs | 1 << group.place
                if group not in candidates:
                    candidates.append(group)
        if spaces and item.dtype != "bool":  # a condition goes with what it decides
            candidates.sort(key=lambda group: -group.place)
            if item.by_rows or item.size == 1:  # what has no input in common may still share a pass
                candidates += [g for g in reversed(self.groups) if g not in candidates]
            for group in candidates:
                if self._join(group, item, spaces, needs):
                    return
        group = Group(len(self.groups), item.level, item.by_rows, item.lanes, [item], spaces, needs)
        self.groups.append(group)
        self.of[item.id] = group

    def _merge(self, group: Group) -> bool:
        """Join a chain with one that it reads from, where one space fits and no circle arises."""
        read = {self.items.root(id)[0].id for item in group.items for id in item.inputs}
        sources = {source.place: source for source in map(self.of.get, read) if source is not None}
        for place in sorted(sources, reverse=True):
            source = sources[place]
            if source is not group and self._can_merge(group, source, read):
                self._take_in(group, source)
                return True
        return False

    def _take_in(self, group: Group, source: Group) -> None:
        group.spaces = self._common_of(group, source)
        for item in source.items:
            self.of[item.id] = group
        group.items = sorted(source.items + group.items, key=lambda item: item.id)
        self.groups.remove(source)
        gone = ~(1 << source.place)
        group.needs = (group.needs | source.needs) & gone & ~(1 << group.place)
        for other in self.groups:
            if other.needs >> source.place & 1:
                other.needs = other.needs & gone | 1 << group.place
            if other.needs >> group.place & 1:
                other.needs |= group.needs

    def _can_merge(self, group: Group, source: Group, read: set[int]) -> bool:
        alike = (group.level, group.by_rows, group.lanes) == (
            source.level, source.by_rows, source.lanes
        )  # fmt: skip
        if not alike or not source.spaces or not group.spaces:
            return False
        if len(group.items) + len(source.items) > MOST_INSTRUCTIONS:
            return False
        if not self._common_of(group, source):
            return False
        between = [g for g in self.groups if g is not group and g.needs >> source.place & 1]
        if any(group.needs >> g.place & 1 for g in between) or source.needs >> group.place & 1:
            return False
        return not any(item.id in read and adds_up(item) for item in source.items)

    def _common_of(self, group: Group, source: Group) -> set[Space]:
        """The spaces that fit a chain and one that it reads from, together."""
        assert group.spaces and source.spaces
        made = {item.id for item in source.items}
        root = self.items.root
        readers = [
            item for item in group.items if any(root(id)[0].id in made for id in item.inputs)
        ]
        return {
            space
            for space in _common(group.spaces, source.spaces)
            if not any(self._reads_across(item, space, made) for item in readers)
        }

    def _reads_across(self, item: Item, space: Space, made: set[int]) -> bool:
        """Whether the item reads a part of what the chain makes, or rows of it as columns."""
        rows, columns = space
        sources = [self.items[id] for id in item.inputs]
        roots = [self.items.root(source.id)[0] for source in sources]
        if any(r.id in made and r.size != s.size for r, s in zip(roots, sources, strict=True)):
            return True
        if item.lanes or (item.op not in ELEMENTWISE and item.op != "broadcast_to"):
            return False
        first = 1 if item.by_rows else 0
        for cut in range(first, len(item.shape) + 1):
            if (math.prod(item.shape[first:cut]), math.prod(item.shape[cut:])) != (rows, columns):
                continue
            found = [_class(item, source, cut) for source in sources]
            if None not in found:
                return any(c == COL and r.id in made for c, r in zip(found, roots, strict=True))
        return False

    def _absorbed(self, item: Item) -> bool:
        """Whether a product takes the item up: it starts from the bias instead of 0."""
        for product, bias in (item.inputs, item.inputs[::-1]):
            group, made = self.of.get(product), self.items[product]
            if group is None or made.users != [item.id] or product in self.items.shown:
                continue
            if made.op not in ("matmul", "conv2d") or not made.by_rows or len(group.items) > 1:
                continue
            if made.level != item.level or not _is_bias(item, self.items[bias]):
                continue
            root = self.items.root(bias)[0]
            needs = 0
            if root.id in self.of:
                needs = self.of[root.id].needs | 1 << self.of[root.id].place
            group.items.append(item)
            group.bias = bias
            self.of[item.id] = group
            self.require(group, needs)
            return True
        return False

    def require(self, group: Group, needs: int) -> None:
        """Let a group, and all that need it, need others as well (as bits)."""
        group.needs |= needs
        for other in self.groups:
            if other.needs >> group.place & 1:
                other.needs |= needs

    def _join(self, group: Group, item: Item, spaces: set[Space], needs: int) -> bool:
        if not group.spaces or group.level != item.level or group.by_rows != item.by_rows:
            return False
        if group.lanes != item.lanes or len(group.items) >= MOST_INSTRUCTIONS:
            return False
        common = _common(group.spaces, spaces)
        outside = 0
        for id in item.inputs:
            root = self.items.root(id)[0]
            source = self.of.get(root.id)
            if source is group and adds_up(root):
                return False
            if source is not None and source is not group:
                outside |= source.needs | 1 << source.place
        made = {other.id for other in group.items}
        common = {space for space in common if not self._reads_across(item, space, made)}
        if not common or outside >> group.place & 1:
            return False
        group.spaces = common
        group.items.append(item)
        self.of[item.id] = group
        self.require(group, outside)
        return True


def _is_bias(item: Item, other: Item) -> bool:
    if other.batched or other.dtype != "float":
        return False
    if item.lanes:
        return other.size == item.shape[1] and per_channel(item.shape, other.shape)
    return other.size == item.shape[-1] and other.shape[-1:] == item.shape[-1:]


def _common(first: set[Space], second: set[Space]) -> set[Space]:
    result = first & second
    for a, b in ((first, second), (second, first)):
        loose = {rows for rows, columns in a if columns is None}
        result |= {space for space in b if space[0] in loose}
    return result


# --- which spaces an item can be computed in, as part of a chain


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
        if all(_class(item, source, cut) is not None for source in inputs):
            found.add((rows, columns))
    # As one number a row: all inputs have the item's elements, or a single one.
    width = math.prod(shape[first:])
    if all(_same(item, source) or (source.size == 1 and not source.batched) for source in inputs):
        found.add((width, None))
    return found


def _same(item: Item, source: Item) -> bool:
    return source.batched == item.batched and source.size == item.size


def _class(item: Item, source: Item, cut: int) -> int | None:
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
            found = [_class(item, source, cut) for source in inputs]
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


__all__ = ["COL", "FULL", "ONE", "ROW", "Fusion", "Group", "adds_up", "classes_in", "spaces_of"]
