"""From an item that is not part of a chain to the kernel's call that computes it.

One function an operation; the numbers are laid out as native/src/kernels.h says.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace
from typing import TypeAlias

from pellucid.dataclass import dataclass
from pellucid.errors import GraphError
from pellucid.run.native.items import KINDS, Item, Items
from pellucid.run.native.module import KERNELS

# How an item is kept: "rows", "lanes"; "picked" is read through the batch's index; "output NAME" is
# a copy for the caller; "kept" a copy of a carried value as it was before the step.
Form: TypeAlias = str
Value: TypeAlias = tuple[int, Form]
KEPT = "kept"
SUM, MEAN, MAX, LOGSUMEXP, ARGMAX = range(5)


@dataclass(frozen=True, slots=True)
class Lowered:
    """A kernel's call before its operands have their places; the last operand is the result.

    Attributes:
        reads: the operands before the result.
        extra: operands after the result (a bias).
        flops: floating-point operations.
        split: whether shares of it can be done side by side.
    """

    kernel: str
    reads: tuple[Value, ...]
    ints: tuple[int, ...]
    floats: tuple[float, ...] = ()
    extra: tuple[Value, ...] = ()
    flops: int = 0
    split: bool = False
    form: Form = "rows"
    x_shift: int = 0
    y_shift: int = 0

    @property
    def uses_lanes(self) -> bool:
        """Whether it works on pictures with samples innermost."""
        return self.form == "lanes" or any(form == "lanes" for _, form in self.reads)


def lower(items: Items, item: Item, bias: int | None = None) -> list[Lowered]:
    """The calls that compute an item, in order; ``bias`` is what is added to a product, if any."""
    rule = TABLE.get(item.op)
    if rule is None:
        raise GraphError(
            f"The native engine does not know the operation {item.op!r}. Use engine='reference' "
            "for graphs with operations of your own."
        )
    found = rule(items, item)
    calls = found if isinstance(found, list) else [found]
    if not item.by_rows:
        calls = [_in_chunks(items, item, call) if call.uses_lanes else call for call in calls]
    if bias is not None:
        calls = [replace(call, extra=((bias, "rows"),)) for call in calls]
    return calls


def form_read(items: Items, id: int, *, picked: bool) -> Value:
    """How a product reads an operand: an input of rows straight through the batch's index."""
    root, offset = items.root(id)
    if picked and root.op == "input" and root.batched and items[id].batched and not offset:
        return id, "picked"
    return id, "rows"


# --- products


def _matmul(items: Items, item: Item) -> Lowered:
    a, b = (items[id] for id in item.inputs)
    if item.by_rows:
        return _gemm_rows(items, item, a, b)
    if _is_weight_gradient(item, a, b):
        return _gemm_reduce(items, item, a, b)
    return _gemm(item, a, b)


def _gemm_rows(items: Items, item: Item, a: Item, b: Item) -> Lowered:
    n, k = item.shape[-1], a.shape[-1]
    strides = (1, k) if item.attrs["transpose_b"] else (n, 1)
    read = form_read(items, a.id, picked=True)
    per_sample = math.prod(item.shape[1:-1])
    if per_sample != 1:
        read = (a.id, "rows")
    ints = (n, k, *strides, int(read[1] == "picked"), per_sample)
    return Lowered("gemm_rows", (read, (b.id, "rows")), ints, flops=2 * item.size * k)


def _is_weight_gradient(item: Item, a: Item, b: Item) -> bool:
    return (
        item.attrs["transpose_a"]
        and not item.attrs["transpose_b"]
        and len(a.shape) == len(b.shape) == 2
        and a.batched
        and b.batched
    )


def _gemm_reduce(items: Items, item: Item, a: Item, b: Item) -> Lowered:
    reads = tuple(form_read(items, other.id, picked=True) for other in (a, b))
    picked = [int(form == "picked") for _, form in reads]
    k, n = item.shape
    flops = 2 * a.shape[0] * k * n
    return Lowered("gemm_reduce", reads, (k, n, *picked, 1), flops=flops, split=True)


def _gemm(item: Item, a: Item, b: Item) -> Lowered:
    m, n = item.shape[-2:]
    k = a.shape[-2] if item.attrs["transpose_a"] else a.shape[-1]
    a_strides = (1, m) if item.attrs["transpose_a"] else (k, 1)
    b_strides = (1, k) if item.attrs["transpose_b"] else (n, 1)
    outer = item.shape[:-2]
    walks = []
    for axis, size in enumerate(outer):
        if size != 1:
            walks += [size, *(_outer_stride(x, axis - len(outer)) for x in (a, b))]
    ints = (m, n, k, *a_strides, *b_strides, len(walks) // 3, *walks)
    reads = ((a.id, "rows"), (b.id, "rows"))
    return Lowered("gemm", reads, ints, flops=2 * item.size * k, split=True)


def _outer_stride(x: Item, axis: int) -> int:
    """The stride of an axis before the matrices, counted from them; 0 where it is repeated."""
    outer = x.shape[:-2]
    if -axis > len(outer) or outer[axis] == 1:
        return 0
    return math.prod(x.shape[len(outer) + axis + 1 :])


# --- convolution and pooling


def _window(x: Item, item: Item, w: tuple[int, ...], places: tuple[int, ...]) -> tuple[int, ...]:
    (above, _), (left, _) = item.attrs["padding"]
    out, _, *kernel = w
    return (
        *x.shape[1:], out, *kernel, *places[2:], *item.attrs["stride"], above, left,
        *item.attrs["dilation"], item.attrs["groups"],
    )  # fmt: skip


def _conv2d(items: Items, item: Item) -> Lowered:
    x, w = (items[id] for id in item.inputs)
    ints = _window(x, item, w.shape, item.shape)
    flops = 2 * item.size * math.prod(w.shape[1:])
    return Lowered("conv2d", ((x.id, "lanes"), (w.id, "rows")), ints, flops=flops, form="lanes")


def _conv2d_input_gradient(items: Items, item: Item) -> Lowered:
    g, w = (items[id] for id in item.inputs)
    ints = _window(item, item, w.shape, g.shape)
    flops = 2 * g.size * math.prod(w.shape[1:])
    reads: tuple[Value, Value] = ((g.id, "lanes"), (w.id, "rows"))
    return Lowered("conv2d_input_gradient", reads, ints, flops=flops, form="lanes")


def _conv2d_weight_gradient(items: Items, item: Item) -> Lowered:
    x, g = (items[id] for id in item.inputs)
    ints = _window(x, item, item.shape, g.shape)
    flops = 2 * g.size * math.prod(item.shape[1:])
    return Lowered("conv2d_weight_gradient", ((x.id, "lanes"), (g.id, "lanes")), ints, flops=flops)


def _pool(item: Item, x: tuple[int, ...], y: tuple[int, ...]) -> tuple[int, ...]:
    (above, _), (left, _) = item.attrs["padding"]
    return (*x[1:], *y[2:], *item.attrs["size"], *item.attrs["stride"], above, left)


def _max_pool(items: Items, item: Item) -> Lowered:
    reads: tuple[Value, ...] = tuple((id, "lanes") for id in item.inputs)
    x = items[item.inputs[0]]
    y = items[item.inputs[1]] if item.op == "max_pool2d_gradient" else item
    flops = x.size
    return Lowered(item.op, reads, _pool(item, x.shape, y.shape), flops=flops, form="lanes")


def _avg_pool(items: Items, item: Item) -> Lowered:
    (source,) = (items[id] for id in item.inputs)
    x, y = (source, item) if item.op == "avg_pool2d" else (item, source)
    ints = (*_pool(item, x.shape, y.shape), int(item.attrs["count_padding"]))
    return Lowered(item.op, ((source.id, "lanes"),), ints, flops=x.size, form="lanes")


def _in_chunks(items: Items, item: Item, call: Lowered) -> Lowered:
    """The same call on a fixed number of pictures that lie in rows."""
    roles: list[int] = []
    pictures = 0
    for id, form in call.reads:
        shape = items[id].shape
        roles += [int(form == "lanes"), math.prod(shape[1:])]
        pictures = shape[0] if form == "lanes" else pictures
    roles += [2 if call.form == "lanes" else 0, math.prod(item.shape[1:])]
    head = (KERNELS[call.kernel], -1, pictures, len(call.reads) + 1, *roles)
    reads: tuple[Value, ...] = tuple((id, "rows") for id, _ in call.reads)
    return Lowered("chunked", reads, (*head, *call.ints), flops=call.flops)


# --- moving


def _strides(shape: tuple[int, ...]) -> list[int]:
    return [math.prod(shape[axis + 1 :]) for axis in range(len(shape))]


def _transpose(items: Items, item: Item) -> Lowered:
    source = items[item.inputs[0]]
    strides = _strides(source.shape)
    moved = [strides[axis] for axis in item.attrs["order"]]
    return _copy(item, source.id, int(item.by_rows), item.shape, moved, _strides(item.shape))


def _broadcast_to(items: Items, item: Item) -> Lowered:
    source = items[item.inputs[0]]
    missing = len(item.shape) - len(source.shape)
    own = [0] * missing + [
        0 if size == 1 else stride
        for size, stride in zip(source.shape, _strides(source.shape), strict=True)
    ]
    if source.batched:
        own[0] = source.width
    return _copy(item, source.id, int(item.by_rows), item.shape, own, _strides(item.shape))


def _slice(items: Items, item: Item) -> Lowered:
    source, axis, attrs = items[item.inputs[0]], item.attrs["axis"], item.attrs
    before, after = math.prod(item.shape[:axis]), math.prod(item.shape[axis + 1 :])
    x_strides = [source.shape[axis] * after, attrs["step"] * after, 1]
    sizes = (before, item.shape[axis], after)
    rows = math.prod(item.shape[1:axis]) if item.by_rows else 0
    return _copy(item, source.id, rows, sizes, x_strides, _strides(sizes), attrs["start"] * after)


def _copy(
    item: Item, source: int, rows: int, sizes: tuple[int, ...], x_strides: list[int],
    y_strides: list[int], x_shift: int = 0, y_shift: int = 0,
) -> Lowered:  # fmt: skip
    ints = (KINDS[item.dtype], rows, len(sizes), *sizes, *x_strides, *y_strides)
    return Lowered("move", ((source, "rows"),), ints, x_shift=x_shift, y_shift=y_shift)


def _pad(items: Items, item: Item) -> list[Lowered]:
    source, axis, attrs = items[item.inputs[0]], item.attrs["axis"], item.attrs
    before, after = math.prod(item.shape[:axis]), math.prod(item.shape[axis + 1 :])
    sizes = (before, source.shape[axis], after)
    rows = math.prod(item.shape[1:axis]) if item.by_rows else 0
    y_strides = [item.shape[axis] * after, (attrs["between"] + 1) * after, 1]
    start = attrs["before"] * after
    count = item.width if item.by_rows else item.size
    ints = (KINDS[item.dtype], int(item.by_rows), count)
    background = Lowered("fill", (), ints, (float(attrs["value"]),))
    if source.size == 0:
        return [background]
    inside = _copy(item, source.id, rows, sizes, _strides(sizes), y_strides, y_shift=start)
    return [background, inside]


def joined(items: Items, item: Item, skip: frozenset[int] = frozenset()) -> list[Lowered]:
    """Copies of the parts of a joined value, but for those that are computed in their place."""
    axis = item.attrs["axis"]
    before, after = math.prod(item.shape[:axis]), math.prod(item.shape[axis + 1 :])
    rows = math.prod(item.shape[1:axis]) if item.by_rows else 0
    calls, start = [], 0
    for place, id in enumerate(item.inputs):
        sizes = (before, items[id].shape[axis], after)
        if place not in skip and items[id].size:
            y_strides = [item.shape[axis] * after, after, 1]
            calls.append(
                _copy(item, id, rows, sizes, _strides(sizes), y_strides, y_shift=start * after)
            )
        start += sizes[1]
    return calls


# --- picking, reducing, drawing


def _gather(items: Items, item: Item) -> Lowered:
    table, index = (items[id] for id in item.inputs)
    axis = item.attrs["axis"]
    outer, size = math.prod(table.shape[:axis]), table.shape[axis]
    inner, count = math.prod(table.shape[axis + 1 :]), index.size
    rows = 0
    if item.by_rows:
        rows = 2 if axis == 0 else 1
        if rows == 2:
            count = index.width
        else:
            outer = math.prod(table.shape[1:axis])
    ints = (KINDS[item.dtype], rows, outer, size, count, inner)
    return Lowered("gather", ((table.id, "rows"), (index.id, "rows")), ints)


def _scatter_add(items: Items, item: Item) -> Lowered:
    updates, index = (items[id] for id in item.inputs)
    axis, size = item.attrs["axis"], item.attrs["size"]
    first = 1 if item.by_rows else 0
    outer, inner = math.prod(item.shape[first:axis]), math.prod(item.shape[axis + 1 :])
    ints = (0, first, outer, size, index.size, inner)
    reads: tuple[Value, Value] = ((updates.id, "rows"), (index.id, "rows"))
    return Lowered("scatter_add", reads, ints, flops=updates.size)


def _one_hot(items: Items, item: Item) -> Lowered:
    index = items[item.inputs[0]]
    count = index.width if item.by_rows else index.size
    ints = (int(item.by_rows), count, item.shape[-1])
    return Lowered("one_hot", ((index.id, "rows"),), ints)


def _reduce(items: Items, item: Item) -> Lowered:
    source = items[item.inputs[0]]
    axes = item.attrs["axes"] if "axes" in item.attrs else (item.attrs["axis"],)
    op = {"sum": SUM, "mean": MEAN, "max": MAX, "logsumexp": LOGSUMEXP, "argmax": ARGMAX}[item.op]
    first = 1 if item.by_rows else 0
    low, high = (min(axes), max(axes)) if axes else (0, -1)
    outer = math.prod(source.shape[first:low])
    inner = math.prod(source.shape[high + 1 :]) if axes else math.prod(source.shape[first:])
    reduced = math.prod(source.shape[low : high + 1])
    ints = (op, KINDS[source.dtype], first, outer, reduced, inner)
    split = not item.by_rows
    return Lowered("reduce", ((source.id, "rows"),), ints, flops=source.size, split=split)


def _draw(items: Items, item: Item) -> Lowered:
    count = item.width if item.by_rows else item.size
    floats = (item.attrs["chance"],) if item.op == "bernoulli" else ()
    ints = (item.attrs["stream"], int(item.by_rows), count)
    return Lowered(item.op, ((item.inputs[0], "rows"),), ints, floats, flops=10 * item.size)


def _permutation(items: Items, item: Item) -> Lowered:
    ints = (item.attrs["stream"], item.attrs["size"])
    return Lowered("permutation", ((item.inputs[0], "rows"),), ints)


TABLE: dict[str, Callable[[Items, Item], Lowered | list[Lowered]]] = {
    "matmul": _matmul,
    "conv2d": _conv2d,
    "conv2d_input_gradient": _conv2d_input_gradient,
    "conv2d_weight_gradient": _conv2d_weight_gradient,
    **dict.fromkeys(("max_pool2d", "max_pool2d_gradient", "max_pool2d_select"), _max_pool),
    **dict.fromkeys(("avg_pool2d", "avg_pool2d_gradient"), _avg_pool),
    "transpose": _transpose,
    "broadcast_to": _broadcast_to,
    "slice": _slice,
    "pad": _pad,
    "concatenate": joined,
    "gather": _gather,
    "scatter_add": _scatter_add,
    "one_hot": _one_hot,
    **dict.fromkeys(("sum", "mean", "max", "logsumexp", "argmax"), _reduce),
    **dict.fromkeys(("uniform", "normal", "bernoulli"), _draw),
    "permutation": _permutation,
}
