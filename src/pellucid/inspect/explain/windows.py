"""Which elements meet in a matrix product, under a convolution's kernel, or in a pooling window."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TypeAlias

import numpy as np

from pellucid.graph import Node
from pellucid.inspect.explain.elements import Elements, Place, repeated

Spot: TypeAlias = tuple[int, Place]
Weighed: TypeAlias = tuple[int, Place, float]


def matmul(own: Elements, node: Node, place: Place) -> list[tuple[Spot, Spot]]:
    """The pairs a[i, k], b[k, j] of one element of a matrix product."""
    a, b = node.inputs
    outer, row, column = place[:-2], place[-2], place[-1]
    one, two = own.shape(a), own.shape(b)
    inner = one[-2] if node.attrs["transpose_a"] else one[-1]
    lead_a, lead_b = repeated(outer, one[:-2]), repeated(outer, two[:-2])
    pairs = []
    for k in range(inner):
        left = (k, row) if node.attrs["transpose_a"] else (row, k)
        right = (column, k) if node.attrs["transpose_b"] else (k, column)
        pairs.append(((a, (*lead_a, *left)), (b, (*lead_b, *right))))
    return pairs


def conv2d(own: Elements, node: Node, place: Place) -> list[tuple[Spot, Spot]]:
    """The patch and the kernel of one place; what lies on padding is 0 and is left out."""
    x, w = node.inputs
    sample, filter_, row, column = place
    filters, taken, *kernel = own.shape(w)
    group = filter_ // (filters // node.attrs["groups"])
    pairs: list[tuple[Spot, Spot]] = []
    for c in range(taken):
        for u, v, k, q in _taps(node, (row, column), kernel, own.shape(x)[2:]):
            pairs.append(((x, (sample, group * taken + c, k, q)), (w, (filter_, c, u, v))))
    return pairs


def conv2d_input_gradient(own: Elements, node: Node, place: Place) -> list[tuple[Spot, Spot]]:
    """The places under whose kernel an element lies, with the weight that lay on it."""
    g, w = node.inputs
    sample, channel, row, column = place
    filters, taken, *kernel = own.shape(w)
    group, c = divmod(channel, taken)
    each = filters // node.attrs["groups"]
    pairs: list[tuple[Spot, Spot]] = []
    size = tuple(node.attrs["size"])
    for i, j in np.ndindex(*own.shape(g)[2:]):
        for u, v, k, q in _taps(node, (i, j), kernel, size):
            if (k, q) != (row, column):
                continue
            own_filters = range(group * each, (group + 1) * each)
            pairs += [((g, (sample, o, i, j)), (w, (o, c, u, v))) for o in own_filters]
    return pairs


def conv2d_weight_gradient(own: Elements, node: Node, place: Place) -> list[tuple[Spot, Spot]]:
    """All places of all samples, with what lay under one element of the kernel there."""
    x, g = node.inputs
    o, c, u, v = place
    groups = node.attrs["groups"]
    taken = own.shape(x)[1] // groups
    channel = o // (own.shape(g)[1] // groups) * taken + c
    height, width = own.shape(x)[2:]
    (s1, s2), (d1, d2) = node.attrs["stride"], node.attrs["dilation"]
    (above, _), (left, _) = node.attrs["padding"]
    pairs: list[tuple[Spot, Spot]] = []
    samples, _, rows, columns = own.shape(g)
    for b, i, j in np.ndindex(samples, rows, columns):
        k, q = s1 * i + d1 * u - above, s2 * j + d2 * v - left
        if 0 <= k < height and 0 <= q < width:
            pairs.append(((x, (b, channel, k, q)), (g, (b, o, i, j))))
    return pairs


def _taps(
    node: Node, at: tuple[int, int], kernel: list[int], picture: tuple[int, ...]
) -> Iterator[tuple[int, int, int, int]]:
    """Elements of the window and what they lie on, padding left out: u, v, row, column."""
    (s1, s2), (d1, d2) = node.attrs["stride"], node.attrs.get("dilation", (1, 1))
    (above, _), (left, _) = node.attrs["padding"]
    for u in range(kernel[0]):
        for v in range(kernel[1]):
            k, q = s1 * at[0] + d1 * u - above, s2 * at[1] + d2 * v - left
            if 0 <= k < picture[0] and 0 <= q < picture[1]:
                yield u, v, k, q


def max_pool2d(own: Elements, node: Node, place: Place) -> list[Weighed]:
    """What lies under the window."""
    x = node.inputs[0]
    return [(x, at, 1.0) for at in _under(own, node, x, place)]


def avg_pool2d(own: Elements, node: Node, place: Place) -> list[Weighed]:
    """What lies under the window, each divided by the number of those that count."""
    x = node.inputs[0]
    found = _under(own, node, x, place)
    size = node.attrs["size"]
    count = size[0] * size[1] if node.attrs["count_padding"] else len(found)
    return [(x, at, float(count)) for at in found]


def max_pool2d_gradient(own: Elements, node: Node, place: Place) -> list[Weighed]:
    """The gradients of the windows that an element won."""
    x, g = node.inputs
    found = []
    for i, j in _windows_over(own, node, own.shape(g)[2:], own.shape(x)[2:], place):
        under = _under(own, node, x, (*place[:2], i, j))
        values = [own.value(x, at) for at in under]
        if under[int(np.argmax(values))] == place:
            found.append((g, (*place[:2], i, j), 1.0))
    return found


def max_pool2d_select(own: Elements, node: Node, place: Place) -> list[Weighed]:
    """The element of the second value at the window's largest place of the first."""
    x, v = node.inputs
    under = _under(own, node, x, place)
    return [(v, under[int(np.argmax([own.value(x, at) for at in under]))], 1.0)]


def avg_pool2d_gradient(own: Elements, node: Node, place: Place) -> list[Weighed]:
    """The gradients of the windows over an element, each divided by what counted there."""
    g = node.inputs[0]
    picture, size = tuple(node.attrs["picture"]), node.attrs["size"]
    found = []
    for i, j in _windows_over(own, node, own.shape(g)[2:], picture, place):
        under = len(list(_taps(node, (i, j), list(size), picture)))
        count = size[0] * size[1] if node.attrs["count_padding"] else under
        found.append((g, (*place[:2], i, j), float(count)))
    return found


def _under(own: Elements, node: Node, x: int, place: Place) -> list[Place]:
    taps = _taps(node, (place[2], place[3]), list(node.attrs["size"]), own.shape(x)[2:])
    return [(*place[:2], k, q) for _, _, k, q in taps]


def _windows_over(
    own: Elements, node: Node, places: tuple[int, ...], picture: tuple[int, ...], place: Place
) -> Iterator[tuple[int, int]]:
    for i, j in np.ndindex(*places):
        taps = _taps(node, (i, j), list(node.attrs["size"]), picture)
        if any((k, q) == (place[2], place[3]) for _, _, k, q in taps):
            yield i, j


PRODUCTS: dict[str, Callable[[Elements, Node, Place], list[tuple[Spot, Spot]]]] = {
    "matmul": matmul, "conv2d": conv2d, "conv2d_input_gradient": conv2d_input_gradient,
    "conv2d_weight_gradient": conv2d_weight_gradient,
}  # fmt: skip
WINDOWS: dict[str, Callable[[Elements, Node, Place], list[Weighed]]] = {
    "max_pool2d": max_pool2d, "avg_pool2d": avg_pool2d,
    "max_pool2d_gradient": max_pool2d_gradient, "max_pool2d_select": max_pool2d_select,
    "avg_pool2d_gradient": avg_pool2d_gradient,
}  # fmt: skip
