"""Pictures changed a little at each step without moving: other light, and a part hidden."""

from __future__ import annotations

import math

import numpy as np

from pellucid.dataclass import dataclass
from pellucid.graph import BATCH, Value
from pellucid.hyper import hyper
from pellucid.nn.layer import Layer, Tracer
from pellucid.nn.layout import Parameter
from pellucid.nn.window import only_pictures, picture
from pellucid.ops import abs, cast, exp, maximum, mean

ONE = (BATCH, 1, 1, 1)


@dataclass(frozen=True)
class ColorJitter(Layer):
    """In training, show each picture in another light, anew at each step.

    Formula: y = m + k (w - m) + b, with w = g + a (x - g), g the mean over the channels and m the
        mean of the whole picture. Drawn for each sample: b even between -brightness and
        brightness; ln(k) even between -ln(1 + contrast) and ln(1 + contrast); ln(a) even between
        -ln(1 + saturation) and ln(1 + saturation), and a = 1 for one channel. Outside training
        y = x.
    Shapes: (batch, channels, height, width) -> the same.
    Parameters:
        brightness: how much lighter or darker it may become, in the unit of x (for scaled pictures
            the standard deviation of all their pixels); 0.2 by default.
        contrast: how much stronger or weaker its shades may become, as a share; 0.2 by default.
        saturation: the same for colours; 0.2 by default.
    Numerics: the same seed and step give the same draws on every executor.
    Raises: ``ShapeError`` for samples that are no pictures.
    """

    brightness: float = hyper(
        0.2, low=0, unit="the unit of x", doc="how much lighter or darker it may become"
    )
    contrast: float = hyper(0.2, low=0, doc="how much stronger or weaker its shades may become")
    saturation: float = hyper(0.2, low=0, doc="how much stronger or weaker its colours may become")

    def parameters(self, in_shape: tuple[int, ...]) -> tuple[Parameter, ...]:
        """None; raises ``ShapeError`` for samples that are no pictures."""
        return only_pictures(self, in_shape)

    def trace(self, builder: Tracer, x: Value) -> Value:
        """Add the change in training, nothing otherwise."""
        if not builder.training:
            return x
        if self.saturation and x.shape[1] != 1:
            grey = mean(x, axes=1, keepdims=True)
            x = grey + _factor(builder, self.saturation) * (x - grey)
        if self.contrast:
            middle = mean(x, axes=(1, 2, 3), keepdims=True)
            x = middle + _factor(builder, self.contrast) * (x - middle)
        if self.brightness:
            x = x + _even(builder, self.brightness)
        return x


@dataclass(frozen=True)
class CutOut(Layer):
    """In training, hide a square of each picture, anew at each step.

    Formula: y[b,c,i,j] = 0 where |i - r| < n / 2 and |j - q| < n / 2, else x[b,c,i,j], with
        n = size * the shorter side, r even in [0, height) and q even in [0, width), drawn for each
        sample: near an edge part of the square lies outside. Outside training y = x.
    Shapes: (batch, channels, height, width) -> the same.
    Parameters:
        size: the side of the square, as a share of the picture's shorter side; 0.3 by default.
    Numerics: the same seed and step give the same draws on every executor; 0 is the mean of all
        pixels where inputs are scaled.
    Raises: ``ShapeError`` for samples that are no pictures.
    Source: T. DeVries, G. W. Taylor, 2017, arXiv:1708.04552.
    """

    size: float = hyper(
        0.3, low=0, high=1, unit="share of the shorter side", doc="the side of the square"
    )

    def parameters(self, in_shape: tuple[int, ...]) -> tuple[Parameter, ...]:
        """None; raises ``ShapeError`` for samples that are no pictures."""
        return only_pictures(self, in_shape)

    def trace(self, builder: Tracer, x: Value) -> Value:
        """Add the mask in training, nothing otherwise."""
        if not builder.training or not self.size:
            return x
        height, width = picture(x)
        reach = self.size * min(height, width) / 2
        far = [
            abs(
                builder.builder.constant(np.arange(float(side)).reshape(shape)) - draw * float(side)
            )
            for side, shape, draw in (
                (height, (1, 1, height, 1), builder.uniform(ONE)),
                (width, (1, 1, 1, width), builder.uniform(ONE)),
            )
        ]
        return x * cast(maximum(*far) >= reach, "float")


def _even(builder: Tracer, reach: float) -> Value:
    """A number for each sample, even between -reach and reach."""
    return (builder.uniform(ONE) * 2.0 - 1.0) * reach


def _factor(builder: Tracer, share: float) -> Value:
    """A factor for each sample, around 1: as often enlarging as making smaller."""
    factor: Value = exp(_even(builder, math.log1p(share)))
    return factor
