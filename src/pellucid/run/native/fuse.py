"""Which operations run in one pass: groups of items, each a chain or a single kernel's call.

A chain is a group of elementwise operations, with reductions along rows, over one space of
(rows, columns): its intermediate values never leave the cache. An item joins the group of one of
its inputs where the space fits and no circle arises; groups keep the order of the graph.
"""

from __future__ import annotations

import math

from pellucid.run.native.group import Group, Space
from pellucid.run.native.items import ELEMENTWISE, Item, Items
from pellucid.run.native.layout import per_channel
from pellucid.run.native.spaces import COL, adds_up, class_at, common, spaces_of

MOST_INSTRUCTIONS = 64


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
            for space in common(group.spaces, source.spaces)
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
            found = [class_at(item, source, cut) for source in sources]
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
        shared = common(group.spaces, spaces)
        outside = 0
        for id in item.inputs:
            root = self.items.root(id)[0]
            source = self.of.get(root.id)
            if source is group and adds_up(root):
                return False
            if source is not None and source is not group:
                outside |= source.needs | 1 << source.place
        made = {other.id for other in group.items}
        shared = {space for space in shared if not self._reads_across(item, space, made)}
        if not shared or outside >> group.place & 1:
            return False
        group.spaces = shared
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
