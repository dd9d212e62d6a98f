"""Pictures moved a little at each step: flipped, shifted, turned, made larger or smaller."""

from __future__ import annotations

import math

import numpy as np

from pellucid.dataclass import dataclass
from pellucid.graph import BATCH, Value
from pellucid.hyper import hyper
from pellucid.nn.layer import Layer, Tracer
from pellucid.nn.layout import Parameter
from pellucid.nn.window import only_pictures, picture
from pellucid.ops import cast, clip, exp, gather, minimum, permutation, reshape, scatter_add, where

FLIPS = ("none", "horizontal", "vertical", "both")
ONE = (BATCH, 1, 1)


@dataclass(frozen=True)
class RandomAffine(Layer):
    """In training, show each picture a little moved, in a way of its own, anew at each step.

    Formula: y[b,c,i,j] = x[b, c, r, q], between pixels by bilinear interpolation, outside the
        picture by its nearest pixel, with u = i - (height - 1) / 2, v = j - (width - 1) / 2,
        r = s (f cos(t) u - g sin(t) v) + (height - 1) / 2 + d height and
        q = s (f sin(t) u + g cos(t) v) + (width - 1) / 2 + e width. Drawn for each sample: the turn
        t = 2 atan(p), with p even between -tan(rotate / 2) and tan(rotate / 2); ln(s) even
        between -ln(1 + zoom) and ln(1 + zoom); d and e even between -shift and shift; f and g are
        -1 with probability 1/2 where they flip, else 1. Outside training y = x.
    Shapes: (batch, channels, height, width) -> the same.
    Parameters:
        flip: which sides may be exchanged: "none", "horizontal" (left and right), "vertical" or
            "both"; "none" by default.
        shift: how far it may move, as a share of its height and width; 0.1 by default.
        rotate: how far it may turn, in degrees, at most 90; 10 by default.
        zoom: how much larger or smaller it may become, as a share; 0.1 by default.
    Numerics: the same seed and step give the same draws on every executor. All four are done in
        one interpolation, so that a picture is blurred once.
    Raises: ``ShapeError`` for samples that are no pictures.
    Source: P. Simard, D. Steinkraus, J. Platt, Best Practices for Convolutional Neural Networks
        Applied to Visual Document Analysis, ICDAR 2003, section 2.
    """

    flip: str = hyper("none", kind=str, choices=FLIPS, doc="which sides may be exchanged")
    shift: float = hyper(0.1, low=0, high=1, unit="share of the side", doc="how far it may move")
    rotate: float = hyper(10.0, low=0, high=90, unit="degrees", doc="how far it may turn")
    zoom: float = hyper(0.1, low=0, high=4, doc="how much larger or smaller it may become")

    def parameters(self, in_shape: tuple[int, ...]) -> tuple[Parameter, ...]:
        """None; raises ``ShapeError`` for samples that are no pictures."""
        return only_pictures(self, in_shape)

    def trace(self, builder: Tracer, x: Value) -> Value:
        """Add the interpolation in training, nothing otherwise."""
        if not builder.training or self == RandomAffine("none", 0, 0, 0, name=self.name):
            return x
        rows, columns = self._places(builder, *picture(x))
        return interpolated(builder, x, rows, columns)

    def _places(self, builder: Tracer, height: int, width: int) -> tuple[Value, Value]:
        """For each pixel of the result, the row and the column that it shows."""
        g = builder.builder
        middle = (height - 1) / 2, (width - 1) / 2
        u = g.constant((np.arange(height) - middle[0]).reshape(1, height, 1))
        v = g.constant((np.arange(width) - middle[1]).reshape(1, 1, width))
        p = _even(builder, math.tan(math.radians(self.rotate) / 2))
        s = exp(_even(builder, math.log1p(self.zoom)))
        d, e = _even(builder, self.shift), _even(builder, self.shift)
        f = _sign(builder, self.flip in ("vertical", "both"))
        k = _sign(builder, self.flip in ("horizontal", "both"))
        cosine, sine = s * (1.0 - p * p) / (1.0 + p * p), s * 2.0 * p / (1.0 + p * p)
        rows = (cosine * f) * u - (sine * k) * v + (middle[0] + height * d)
        columns = (sine * f) * u + (cosine * k) * v + (middle[1] + width * e)
        return rows, columns


def _even(builder: Tracer, reach: float) -> Value:
    """A number for each sample, even between -reach and reach."""
    return (builder.uniform(ONE) * 2.0 - 1.0) * reach


def _sign(builder: Tracer, flips: bool) -> Value:
    """1 for each sample, or -1 by chance."""
    sign: Value = where(builder.chance(ONE, 0.5 if flips else 0.0), -1.0, 1.0)
    return sign


def interpolated(builder: Tracer, x: Value, rows: Value, columns: Value) -> Value:
    """The pixels of each picture at other places than its own.

    Formula: bilinear between the four pixels around the place; outside, the nearest pixel.
    Shapes: pictures (batch, channels, height, width); rows and columns (batch, height', width') ->
        (batch, channels, height', width').
    """
    g, (height, width) = builder.builder, picture(x)
    channels = x.shape[1]
    assert isinstance(channels, int)
    rows, columns = clip(rows, 0.0, height - 1.0), clip(columns, 0.0, width - 1.0)
    top = cast(minimum(rows, max(height - 2.0, 0.0)), "int")
    left = cast(minimum(columns, max(width - 2.0, 0.0)), "int")
    below, right = (
        _channelled(rows - cast(top, "float")),
        _channelled(columns - cast(left, "float")),
    )
    first = places_of_samples(builder) * g.constant(np.array(channels * height * width))
    layer = g.constant((np.arange(channels) * height * width).reshape(1, channels, 1, 1))
    at = _channelled(top * g.constant(np.array(width)) + left + first) + layer
    pixels = reshape(x, (-1,))
    down, across = (width if height > 1 else 0), int(width > 1)

    def pixel(further: int) -> Value:
        return gather(pixels, at + g.constant(np.array(further)))

    upper = pixel(0) + (pixel(across) - pixel(0)) * right
    lower = pixel(down) + (pixel(down + across) - pixel(down)) * right
    return upper + (lower - upper) * below


def _channelled(value: Value) -> Value:
    """With an axis for the channels."""
    batch, *sizes = value.shape
    return reshape(value, (batch, 1, *sizes))


def places_of_samples(builder: Tracer) -> Value:
    """The place of each sample in its batch, 0 to B - 1, as int[B, 1, 1].

    No operation counts along the batch, but a random order has each place once: adding each number
    at the place that it names puts 0 to B - 1 in order.
    """
    order = permutation(*builder.stream(), BATCH)
    counted = scatter_add(cast(order, "float"), order, size=BATCH)
    return cast(reshape(counted, ONE), "int")
