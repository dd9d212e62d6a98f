"""Which values are kept with samples innermost.

Convolution and pooling compute on ``lanes``: [chunk][channel][row][column][16 samples], where every
step of the work is done for 16 samples at once, whatever the number of channels. What lies between
them stays in that layout; everything else is kept as NumPy would, sample after sample.
"""

from __future__ import annotations

from pellucid.graph import Shape
from pellucid.run.native.items import CONVOLUTIONS, ELEMENTWISE, POOLINGS, Item, Items
from pellucid.run.native.module import LANES


def choose_layouts(items: Items) -> None:
    """Mark the items that are kept in lanes."""
    for item in items.live:
        if item.by_rows and not item.is_view:
            item.lanes = _in_lanes(items, item)


def lanes_size(width: int, batch: int) -> int:
    """Elements of a value in lanes: whole chunks of 16 samples, one also for an empty batch."""
    return max(1, -(-batch // LANES)) * LANES * width


def _in_lanes(items: Items, item: Item) -> bool:
    if item.op in CONVOLUTIONS or item.op in POOLINGS:
        return True  # of a weight gradient: its inputs are
    inputs = [items[id] for id in item.inputs]
    if item.op == "sum":
        return item.sums and item.attrs["axes"] == (0, 2, 3) and len(inputs[0].shape) == 4
    if item.op not in ELEMENTWISE or len(item.shape) != 4:
        return False
    if not all(_fits(items, item, source) for source in inputs):
        return False
    by_channel = any(not source.batched and source.size > 1 for source in inputs)
    return by_channel or any(kept_in_lanes(items, source) for source in inputs)


def kept_in_lanes(items: Items, item: Item) -> bool:
    """Whether the value is in lanes where it was computed, and seen so."""
    return item.lanes and item.batched and not item.is_view


def _fits(items: Items, item: Item, source: Item) -> bool:
    if source.batched:
        return source.shape == item.shape and (source.dtype == "float" or source.lanes)
    if source.size == 1:
        return True
    return per_channel(item.shape, source.shape)


def per_channel(shape: Shape, part: Shape) -> bool:
    """Whether ``part`` broadcasts to pictures of ``shape`` as one number a channel."""
    aligned = (1,) * (4 - len(part)) + part
    return aligned == (1, shape[1], 1, 1)
