"""Convolution of pictures, as deep learning means it: a cross-correlation, the kernel not flipped.

The operation is linear in the picture x and in the kernel w. Its two gradients are primitives as well, and
the three are each other's gradients, so that derivatives of any order stay within them.

All three go by way of ``_columns``: under each element of the kernel lies a shifted copy of the picture,
and with these copies as rows the sum over the window is one matrix product. Samples are the innermost
axis there, so that each copy moves long runs of memory.

Source: K. Chellapilla, S. Puri, P. Simard, High Performance Convolutional Neural Networks for Document
Processing, 2006 (unfolding to a matrix product).
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from pellucid.graph import Primitive, Sample, Type, TypeProblem, Value, register
from pellucid.graph.primitive import Array
from pellucid.graph.types import show_shape
from pellucid.ops.window import NO_PADDING, ONES, Padding, Pair, Window, by, check_pair, pictures

# --- types


def _conv2d_rule(
    x: Type, w: Type, stride: Pair, padding: Padding, dilation: Pair, groups: int
) -> Type:
    batch, channels, *picture = pictures("x", x)
    out, taken, *size = _kernel(w)
    _check_groups(channels, out, groups)
    if taken * groups != channels:
        raise TypeProblem(
            f"the kernel takes {taken * groups} channels ({taken} in each of {groups} groups), "
            f"x has {channels}"
        )
    window = Window((size[0], size[1]), stride, padding, dilation)
    return Type((batch, out, *window.places((picture[0], picture[1]))))


def _input_gradient_rule(
    g: Type, w: Type, size: Pair, stride: Pair, padding: Padding, dilation: Pair, groups: int
) -> Type:
    batch, out, *places = pictures("g", g)
    kernels, taken, *kernel = _kernel(w)
    check_pair("size", size, 0)
    _check_groups(taken * groups, kernels, groups)
    if out != kernels:
        raise TypeProblem(f"g has {out} channels, the kernel gives {kernels}")
    window = Window((kernel[0], kernel[1]), stride, padding, dilation)
    _check_places(window, size, (places[0], places[1]))
    return Type((batch, taken * groups, *size))


def _weight_gradient_rule(
    x: Type, g: Type, size: Pair, stride: Pair, padding: Padding, dilation: Pair, groups: int
) -> Type:
    batch, channels, *picture = pictures("x", x)
    rows, out, *places = pictures("g", g)
    _check_groups(channels, out, groups)
    if batch != rows:
        raise TypeProblem(f"x has {batch} samples, g has {rows}")
    window = Window(size, stride, padding, dilation)
    _check_places(window, (picture[0], picture[1]), (places[0], places[1]))
    return Type((out, channels // groups, *size))


def _kernel(w: Type) -> tuple[int, ...]:
    sizes = tuple(dim for dim in w.shape if isinstance(dim, int))
    if w.dtype != "float" or len(w.shape) != 4 or len(sizes) != 4:
        raise TypeProblem(
            "the kernel must be float with 4 fixed axes (out channels, channels of a group, height, "
            f"width), got {w.dtype}{show_shape(w.shape)}"
        )
    return sizes


def _check_groups(channels: int, out: int, groups: int) -> None:
    if type(groups) is not int or groups < 1:
        raise TypeProblem(f"groups must be a whole number of at least 1, got {groups!r}")
    if channels % groups or out % groups:
        raise TypeProblem(
            f"{channels} channels in and {out} out do not divide into {groups} groups; "
            "use a number of groups that divides both"
        )


def _check_places(window: Window, picture: Pair, places: Pair) -> None:
    expected = window.places(picture)
    if expected != places:
        raise TypeProblem(
            f"g is {by(places)}, but the window takes {by(expected)} places on {by(picture)}"
        )


# --- meanings: x (B, C, H, W), w (O, C / groups, kh, kw), g (B, O, H', W')


def _conv2d_meaning(
    x: Array, w: Array, stride: Pair, padding: Padding, dilation: Pair, groups: int
) -> Array:
    window = Window((w.shape[2], w.shape[3]), stride, padding, dilation)
    places = window.places((x.shape[2], x.shape[3]))
    columns = _blocks(_columns(x, window, places), groups, split=2)
    result = _blocks(w, groups) @ columns
    return _samples_first(result.reshape(len(w), *places, len(x)))


def _weight_gradient_meaning(
    x: Array, g: Array, size: Pair, stride: Pair, padding: Padding, dilation: Pair, groups: int
) -> Array:
    columns = _columns(x, Window(size, stride, padding, dilation), (g.shape[2], g.shape[3]))
    rows = _blocks(_samples_last(g), groups)
    result = rows @ _blocks(columns, groups, split=2).transpose(0, 2, 1)
    return result.reshape(g.shape[1], x.shape[1] // groups, *size)


def _input_gradient_meaning(
    g: Array, w: Array, size: Pair, stride: Pair, padding: Padding, dilation: Pair, groups: int
) -> Array:
    kernel = (w.shape[2], w.shape[3])
    window, places = Window(kernel, stride, padding, dilation), (g.shape[2], g.shape[3])
    channels, batch = w.shape[1] * groups, len(g)
    columns = _blocks(w, groups).transpose(0, 2, 1) @ _blocks(_samples_last(g), groups)
    shares = columns.reshape(channels, kernel[0] * kernel[1], *places, batch)
    padded = np.zeros((channels, *window.padded(size), batch), g.dtype)
    for k, (rows, across) in enumerate(window.taps(places)):
        padded[:, rows, across] += shares[:, k]
    return _samples_first(padded[(slice(None), *window.inside(size))])


def _columns(x: Array, window: Window, places: Pair) -> Array:
    """What lies under each element of the window: (channels, kh * kw, H', W', samples)."""
    padded = _samples_last(window.pad(x, 0.0))
    size = window.size[0] * window.size[1]
    columns = np.empty((x.shape[1], size, *places, len(x)), x.dtype)
    for k, (rows, across) in enumerate(window.taps(places)):
        columns[:, k] = padded[:, rows, across]
    return columns


def _blocks(x: Array, groups: int, split: int = 1) -> Array:
    """A matrix for each group: the axes before ``split`` are its rows, the others its columns."""
    rows, columns = math.prod(x.shape[:split]), math.prod(x.shape[split:])
    return x.reshape(groups, rows // groups, columns)


def _samples_last(x: Array) -> Array:
    return np.ascontiguousarray(x.transpose(1, 2, 3, 0))


def _samples_first(x: Array) -> Array:
    return np.ascontiguousarray(x.transpose(3, 0, 1, 2))


# --- records


def _conv2d_vjp(g: Value, y: Value, x: Value, w: Value, **attrs: Any) -> tuple[Value, Value]:
    picture, kernel = x.shape[2:], w.shape[2:]
    for_x: Value = _input_gradient(g, w, size=picture, **attrs)
    for_w: Value = _weight_gradient(x, g, size=kernel, **attrs)
    return for_x, for_w


def _input_gradient_vjp(
    v: Value, y: Value, g: Value, w: Value, size: Pair, **attrs: Any
) -> tuple[Value, Value]:
    for_g: Value = _conv2d(v, w, **attrs)
    for_w: Value = _weight_gradient(v, g, size=w.shape[2:], **attrs)
    return for_g, for_w


def _weight_gradient_vjp(
    v: Value, y: Value, x: Value, g: Value, size: Pair, **attrs: Any
) -> tuple[Value, Value]:
    for_x: Value = _input_gradient(g, v, size=x.shape[2:], **attrs)
    for_g: Value = _conv2d(x, v, **attrs)
    return for_x, for_g


_DENSE = {"stride": ONES, "padding": NO_PADDING, "dilation": ONES, "groups": 1}
_PICTURE = [[[[1.0, 2.0, 3.0], [4.0, 5.0, 6.0], [7.0, 8.0, 9.0]]]]
_KERNEL = [[[[1.0, 0.0], [0.0, -2.0]]]]
_RESPONSE = [[[[1.0, 0.0], [2.0, -1.0]]]]
_SPREAD = {"stride": (2, 1), "padding": ((1, 0), (0, 1)), "dilation": (1, 2), "groups": 1}
_TWO = {**_DENSE, "groups": 2}

_conv2d = register(
    Primitive(
        "conv2d", _conv2d_rule, _conv2d_meaning, _conv2d_vjp,
        "y[b,o,i,j] = sum over c,u,v of w[o,c,u,v] * x[b,c,s*i+d*u-p,s*j+d*v-p], x being 0 outside",
        r"y_{boij} = \sum_{c,u,v} w_{ocuv} \, x_{b,c,si+du-p,sj+dv-p}",
        (
            Sample((_PICTURE, _KERNEL), [[[[-9.0, -10.0], [-12.0, -13.0]]]], _DENSE),
            Sample((_PICTURE, _KERNEL), [[[[-6.0, 0.0], [-14.0, 5.0]]]], _SPREAD),
            Sample(([[[[1.0]], [[2.0]]]], [[[[3.0]]], [[[5.0]]]]), [[[[3.0]], [[10.0]]]], _TWO),
        ),
    )
)  # fmt: skip
_input_gradient = register(
    Primitive(
        "conv2d_input_gradient", _input_gradient_rule, _input_gradient_meaning, _input_gradient_vjp,
        "y[b,c,k,l] = sum of w[o,c,u,v] * g[b,o,i,j] over all o,u,v,i,j with k = s*i+d*u-p, l = s*j+d*v-p",
        r"y_{bckl} = \sum_{o,u,v,i,j \,:\, k = si+du-p,\, l = sj+dv-p} w_{ocuv} \, g_{boij}",
        (
            Sample((_RESPONSE, _KERNEL), [[[[1.0, 0.0, 0.0], [2.0, -3.0, 0.0], [0.0, -4.0, 2.0]]]],
                   {"size": (3, 3), **_DENSE}),
            Sample((_RESPONSE, _KERNEL), [[[[0.0, 0.0, -2.0], [2.0, -1.0, 0.0], [0.0, 0.0, -4.0]]]],
                   {"size": (3, 3), **_SPREAD}),
        ),
    )
)  # fmt: skip
_weight_gradient = register(
    Primitive(
        "conv2d_weight_gradient", _weight_gradient_rule, _weight_gradient_meaning, _weight_gradient_vjp,
        "y[o,c,u,v] = sum over b,i,j of g[b,o,i,j] * x[b,c,s*i+d*u-p,s*j+d*v-p], x being 0 outside",
        r"y_{ocuv} = \sum_{b,i,j} g_{boij} \, x_{b,c,si+du-p,sj+dv-p}",
        (
            Sample((_PICTURE, _RESPONSE), [[[[4.0, 6.0], [10.0, 12.0]]]], {"size": (2, 2), **_DENSE}),
            Sample((_PICTURE, _RESPONSE), [[[[3.0, 12.0], [7.0, 21.0]]]], {"size": (2, 2), **_SPREAD}),
        ),
    )
)  # fmt: skip


# --- public functions


def conv2d(
    x: Value, w: Value, *, stride: Pair = ONES, padding: Padding = NO_PADDING,
    dilation: Pair = ONES, groups: int = 1,
) -> Value:  # fmt: skip
    """Slide the kernel w over the pictures x and add up the products at each place.

    Shapes: x (B, C, H, W), w (O, C / groups, kh, kw) -> (B, O, H', W'), where
        H' = (H + above + below - dilation * (kh - 1) - 1) // stride + 1, and W' likewise.
    Parameters:
        stride: the rows and columns from one place to the next, from 1 on.
        padding: rows of zeros (above, below) and columns of zeros (left, right), from 0 on.
        dilation: the distance of the kernel's rows and columns on the picture, from 1 on.
        groups: into how many parts the channels are cut; each part has its own kernels.
    Raises: ``ShapeError`` when they do not fit.
    """
    settings = {"stride": stride, "padding": padding, "dilation": dilation, "groups": groups}
    result: Value = _conv2d(x, w, **settings)
    return result


def conv2d_input_gradient(
    g: Value, w: Value, size: Pair, *, stride: Pair = ONES, padding: Padding = NO_PADDING,
    dilation: Pair = ONES, groups: int = 1,
) -> Value:  # fmt: skip
    """The gradient of ``conv2d`` with respect to pictures of ``size`` (H, W); it is linear in g and w.

    Shapes: g (B, O, H', W'), w (O, C / groups, kh, kw) -> (B, C, H, W).
    Raises: ``ShapeError`` when they do not fit.
    """
    settings = {"stride": stride, "padding": padding, "dilation": dilation, "groups": groups}
    result: Value = _input_gradient(g, w, size=size, **settings)
    return result


def conv2d_weight_gradient(
    x: Value, g: Value, size: Pair, *, stride: Pair = ONES, padding: Padding = NO_PADDING,
    dilation: Pair = ONES, groups: int = 1,
) -> Value:  # fmt: skip
    """The gradient of ``conv2d`` with respect to kernels of ``size`` (kh, kw); it is linear in x and g.

    Shapes: x (B, C, H, W), g (B, O, H', W') -> (O, C / groups, kh, kw).
    Raises: ``ShapeError`` when they do not fit.
    """
    settings = {"stride": stride, "padding": padding, "dilation": dilation, "groups": groups}
    result: Value = _weight_gradient(x, g, size=size, **settings)
    return result
