"""Pooling: the largest or the mean element under a window that slides over pictures.

Largest: the first of equals, row by row, stands for its window and gets the whole gradient; NaN counts as
larger than any number; padding is never chosen. Both kinds bring their gradients as primitives, which are
linear in what flows back and closed under differentiation.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, TypeAlias

import numpy as np

from pellucid.graph import Primitive, Sample, Type, TypeProblem, Value, register
from pellucid.graph.primitive import Array
from pellucid.ops.window import NO_PADDING, Padding, Pair, Tap, Window, by, check_pair, pictures

Attrs: TypeAlias = dict[str, Any]

# --- types


def _pooled(picture: Pair, size: Pair, stride: Pair, padding: Padding) -> Pair:
    window = Window(size, stride, padding)
    places = window.places(picture)
    if min(picture) < 1:
        raise TypeProblem(f"there is nothing to pool in a picture of {by(picture)}")
    for side, length in zip(padding, size, strict=True):
        if max(side) >= length:
            raise TypeProblem(
                f"padding {padding} leaves a window of {by(size)} with nothing but padding; "
                "pad by less than the window's size"
            )
    return places


def _pool_rule(x: Type, size: Pair, stride: Pair, padding: Padding) -> Type:
    batch, channels, height, width = pictures("x", x)
    return Type((batch, channels, *_pooled((height, width), size, stride, padding)))


def _max_gradient_rule(x: Type, g: Type, size: Pair, stride: Pair, padding: Padding) -> Type:
    pooled = _pool_rule(x, size, stride, padding)
    if g != pooled:
        raise TypeProblem(f"g must be {pooled}, as the pooled x is")
    return x


def _max_select_rule(x: Type, v: Type, size: Pair, stride: Pair, padding: Padding) -> Type:
    if v != x:
        raise TypeProblem("v must be of x's type")
    return _pool_rule(x, size, stride, padding)


def _avg_rule(x: Type, size: Pair, stride: Pair, padding: Padding, count_padding: bool) -> Type:
    return _pool_rule(x, size, stride, padding)


def _avg_gradient_rule(
    g: Type, picture: Pair, size: Pair, stride: Pair, padding: Padding, count_padding: bool
) -> Type:
    batch, channels, height, width = pictures("g", g)
    check_pair("picture", picture, 1)
    places = _pooled(picture, size, stride, padding)
    if places != (height, width):
        raise TypeProblem(
            f"g is {by((height, width))}, but the window takes {by(places)} places on {by(picture)}"
        )
    return Type((batch, channels, *picture))


# --- meanings: x (B, C, H, W), g and y (B, C, H', W')


def _max_meaning(x: Array, size: Pair, stride: Pair, padding: Padding) -> Array:
    window = Window(size, stride, padding)
    padded = window.pad(x, -np.inf)
    taps = window.taps(window.places(_picture(x)))
    result = padded[(..., *next(taps))].copy()
    for tap in taps:
        np.maximum(result, padded[(..., *tap)], out=result)
    return result


def _max_gradient_meaning(x: Array, g: Array, size: Pair, stride: Pair, padding: Padding) -> Array:
    window = Window(size, stride, padding)
    padded = np.zeros((*x.shape[:2], *window.padded(_picture(x))), g.dtype)
    for tap, wins in _winners(x, window):
        padded[(..., *tap)] += np.where(wins, g, 0.0)
    return padded[(..., *window.inside(_picture(x)))]


def _max_select_meaning(x: Array, v: Array, size: Pair, stride: Pair, padding: Padding) -> Array:
    window = Window(size, stride, padding)
    result = np.zeros((*x.shape[:2], *window.places(_picture(x))), v.dtype)
    padded = window.pad(v, 0.0)
    for tap, wins in _winners(x, window):
        np.copyto(result, padded[(..., *tap)], where=wins)
    return result


def _avg_meaning(
    x: Array, size: Pair, stride: Pair, padding: Padding, count_padding: bool
) -> Array:
    window = Window(size, stride, padding)
    padded, places = window.pad(x, 0.0), window.places(_picture(x))
    total = np.zeros((*x.shape[:2], *places), x.dtype)
    for tap in window.taps(places):
        total += padded[(..., *tap)]
    return total / _divisor(window, _picture(x), count_padding, x.dtype)


def _avg_gradient_meaning(
    g: Array, picture: Pair, size: Pair, stride: Pair, padding: Padding, count_padding: bool
) -> Array:
    window = Window(size, stride, padding)
    share = g / _divisor(window, picture, count_padding, g.dtype)
    padded = np.zeros((*g.shape[:2], *window.padded(picture)), g.dtype)
    for tap in window.taps(_picture(g)):
        padded[(..., *tap)] += share
    return padded[(..., *window.inside(picture))]


def _winners(x: Array, window: Window) -> Iterator[tuple[Tap, Array]]:
    """For each element of the window: what it lies on, and the places where it is the largest."""
    picture = _picture(x)
    top = _max_meaning(x, window.size, window.stride, window.padding)
    padded, inside = window.pad(x, -np.inf), window.pad(np.ones(picture, np.bool_), False)
    seeking = np.ones(top.shape, np.bool_)  # places whose winner is still to come
    for tap in window.taps(window.places(picture)):
        here = padded[(..., *tap)]
        wins = ((here == top) | np.isnan(here)) & inside[tap] & seeking
        seeking &= ~wins
        yield tap, wins


def _divisor(window: Window, picture: Pair, count_padding: bool, dtype: np.dtype[Any]) -> Array:
    """How many elements each place adds up: all, or those on the picture."""
    if count_padding:
        return np.asarray(window.size[0] * window.size[1], dtype)
    counts = []
    for axis, places in enumerate(window.places(picture)):
        starts = window.starts(axis, places)
        ends = np.minimum(starts + window.size[axis], picture[axis])
        counts.append(ends - np.maximum(starts, 0))
    return np.asarray(counts[0][:, None] * counts[1], dtype)


def _picture(x: Array) -> Pair:
    return x.shape[2], x.shape[3]


# --- records


def _max_vjp(g: Value, y: Value, x: Value, **attrs: Any) -> tuple[Value]:
    return (_max_gradient(x, g, **attrs),)


def _max_gradient_vjp(v: Value, y: Value, x: Value, g: Value, **attrs: Any) -> tuple[None, Value]:
    return None, _max_select(x, v, **attrs)


def _max_select_vjp(g: Value, y: Value, x: Value, v: Value, **attrs: Any) -> tuple[None, Value]:
    return None, _max_gradient(x, g, **attrs)


def _avg_vjp(g: Value, y: Value, x: Value, **attrs: Any) -> tuple[Value]:
    return (_avg_gradient(g, picture=x.shape[2:], **attrs),)


def _avg_gradient_vjp(v: Value, y: Value, g: Value, picture: Pair, **attrs: Any) -> tuple[Value]:
    return (_avg(v, **attrs),)


_X = [[[[1.0, 5.0, 2.0], [3.0, 4.0, 0.0], [-1.0, -6.0, -2.0]]]]
_TIES = [[[[1.0, 2.0, 2.0, 2.0], [2.0, 0.0, 1.0, 2.0]]]]
_SLIDE: Attrs = {"size": (2, 2), "stride": (1, 1), "padding": NO_PADDING}
_JUMP: Attrs = {"size": (2, 2), "stride": (2, 2), "padding": ((1, 0), (0, 1))}
_HALVE: Attrs = {"size": (2, 2), "stride": (2, 2), "padding": NO_PADDING}
_G = [[[[10.0, 20.0], [30.0, 40.0]]]]

_max = register(
    Primitive(
        "max_pool2d", _pool_rule, _max_meaning, _max_vjp,
        "y[b,c,i,j] = largest x[b,c,s*i+u-p,s*j+v-p] of the window's elements u,v on the picture",
        r"y_{bcij} = \max_{u,v} x_{b,c,si+u-p,sj+v-p}",
        (
            Sample((_X,), [[[[5.0, 5.0], [4.0, 4.0]]]], _SLIDE),
            Sample((_X,), [[[[5.0, 2.0], [4.0, 0.0]]]], _JUMP),
            Sample((_TIES,), [[[[2.0, 2.0]]]], _HALVE, check_gradient=False),
        ),
    )
)  # fmt: skip
_max_gradient = register(
    Primitive(
        "max_pool2d_gradient", _max_gradient_rule, _max_gradient_meaning, _max_gradient_vjp,
        "y[b,c,k,l] = sum of g[b,c,i,j] over the windows i,j whose largest x, first of equals, is at k,l",
        r"y_{bckl} = \sum_{i,j \,:\, m_{bcij} = (k,l)} g_{bcij}",
        (
            Sample((_X, _G), [[[[0.0, 30.0, 0.0], [0.0, 70.0, 0.0], [0.0, 0.0, 0.0]]]], _SLIDE),
            Sample((_X, _G), [[[[0.0, 10.0, 20.0], [0.0, 30.0, 40.0], [0.0, 0.0, 0.0]]]], _JUMP),
            Sample((_TIES, [[[[10.0, 20.0]]]]), [[[[0.0, 10.0, 20.0, 0.0], [0.0] * 4]]], _HALVE,
                   check_gradient=False),
        ),
    )
)  # fmt: skip
_max_select = register(
    Primitive(
        "max_pool2d_select", _max_select_rule, _max_select_meaning, _max_select_vjp,
        "y[b,c,i,j] = v[b,c,k,l], where k,l is the place of the window's largest x, first of equals",
        r"y_{bcij} = v_{bc\,m_{bcij}}",
        (
            Sample((_X, [[[[1.0, 2.0, 3.0], [4.0, 5.0, 6.0], [7.0, 8.0, 9.0]]]]),
                   [[[[2.0, 2.0], [5.0, 5.0]]]], _SLIDE),
        ),
    )
)  # fmt: skip
_avg = register(
    Primitive(
        "avg_pool2d", _avg_rule, _avg_meaning, _avg_vjp,
        "y[b,c,i,j] = mean of x[b,c,s*i+u-p,s*j+v-p] over the window's elements u,v; padding is 0 and counts only with count_padding",
        r"y_{bcij} = \frac{1}{n_{ij}} \sum_{u,v} x_{b,c,si+u-p,sj+v-p}",
        (
            Sample((_X,), [[[[3.25, 2.75], [0.0, -1.0]]]], {**_SLIDE, "count_padding": False}),
            Sample((_X,), [[[[3.0, 2.0], [0.0, -1.0]]]], {**_JUMP, "count_padding": False}),
            Sample((_X,), [[[[1.5, 0.5], [0.0, -0.5]]]], {**_JUMP, "count_padding": True}),
        ),
    )
)  # fmt: skip
_avg_gradient = register(
    Primitive(
        "avg_pool2d_gradient", _avg_gradient_rule, _avg_gradient_meaning, _avg_gradient_vjp,
        "y[b,c,k,l] = sum of g[b,c,i,j] / n[i,j] over the windows i,j that k,l lies under, n elements counting in each",
        r"y_{bckl} = \sum_{i,j \,:\, (k,l) \in W_{ij}} \frac{g_{bcij}}{n_{ij}}",
        (
            Sample((_G,), [[[[2.5, 7.5, 5.0], [10.0, 25.0, 15.0], [7.5, 17.5, 10.0]]]],
                   {"picture": (3, 3), **_SLIDE, "count_padding": False}),
            Sample((_G,), [[[[5.0, 5.0, 20.0], [7.5, 7.5, 20.0], [7.5, 7.5, 20.0]]]],
                   {"picture": (3, 3), **_JUMP, "count_padding": False}),
            Sample((_G,), [[[[2.5, 2.5, 5.0], [7.5, 7.5, 10.0], [7.5, 7.5, 10.0]]]],
                   {"picture": (3, 3), **_JUMP, "count_padding": True}),
        ),
    )
)  # fmt: skip


# --- public functions


def max_pool2d(
    x: Value, size: Pair, stride: Pair | None = None, padding: Padding = NO_PADDING
) -> Value:
    """The largest element under a window at each of its places; the first of equals gets the gradient.

    Shapes: x (B, C, H, W) -> (B, C, H', W'), H' = (H + above + below - rows) // stride + 1, and W' likewise.
    Parameters:
        size: the window's rows and columns, from 1 on.
        stride: the rows and columns from one place to the next; the window's size by default.
        padding: rows (above, below) and columns (left, right) of -inf, fewer than the window has.
    Raises: ``ShapeError`` when they do not fit.
    """
    result: Value = _max(x, size=size, stride=stride or size, padding=padding)
    return result


def max_pool2d_gradient(
    x: Value, g: Value, size: Pair, stride: Pair | None = None, padding: Padding = NO_PADDING
) -> Value:
    """Send g, one number a place, to the places of x where ``max_pool2d`` found the largest element.

    Shapes: x (B, C, H, W), g (B, C, H', W') -> (B, C, H, W).
    Raises: ``ShapeError`` when they do not fit.
    """
    result: Value = _max_gradient(x, g, size=size, stride=stride or size, padding=padding)
    return result


def max_pool2d_select(
    x: Value, v: Value, size: Pair, stride: Pair | None = None, padding: Padding = NO_PADDING
) -> Value:
    """Take v at the places where ``max_pool2d`` found the largest element of x.

    Shapes: x and v (B, C, H, W) -> (B, C, H', W').
    Raises: ``ShapeError`` when they do not fit.
    """
    result: Value = _max_select(x, v, size=size, stride=stride or size, padding=padding)
    return result


def avg_pool2d(
    x: Value, size: Pair, stride: Pair | None = None, padding: Padding = NO_PADDING, *,
    count_padding: bool = False,
) -> Value:  # fmt: skip
    """The mean of the elements under a window at each of its places.

    Shapes: x (B, C, H, W) -> (B, C, H', W'), as for ``max_pool2d``.
    Parameters:
        size, stride: as for ``max_pool2d``.
        padding: rows (above, below) and columns (left, right) of zeros, fewer than the window has.
        count_padding: whether the mean counts them.
    Raises: ``ShapeError`` when they do not fit.
    """
    settings = {"size": size, "stride": stride or size, "padding": padding}
    result: Value = _avg(x, **settings, count_padding=count_padding)
    return result


def avg_pool2d_gradient(
    g: Value, picture: Pair, size: Pair, stride: Pair | None = None,
    padding: Padding = NO_PADDING, *, count_padding: bool = False,
) -> Value:  # fmt: skip
    """The gradient of ``avg_pool2d`` on a picture (H, W): each element's shares of its windows' g.

    Shapes: g (B, C, H', W') -> (B, C, H, W).
    Raises: ``ShapeError`` when they do not fit.
    """
    settings = {"picture": picture, "size": size, "stride": stride or size, "padding": padding}
    result: Value = _avg_gradient(g, **settings, count_padding=count_padding)
    return result
