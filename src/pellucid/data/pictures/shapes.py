"""Flat shapes, drawn: filled or outlined, of any colour, turned and a little uneven, on clutter."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from pellucid.data.arrays import Array
from pellucid.data.pictures.chance import Chance
from pellucid.data.pictures.scenery import background, finished, paint, to_image

if TYPE_CHECKING:
    from PIL.Image import Image

SHAPES = ("circle", "cross", "heart", "square", "star", "triangle")
CORNERS = 60
LEAST_CONTRAST = 0.35


def draw_shape(kind: str, chance: Chance, size: int) -> Image:
    """Draw a shape of a kind on some background, ``size`` pixels high and wide."""
    from PIL import ImageDraw

    side = max(3 * size, 144)
    image = _plain(chance, side) if chance.happens(0.5) else background(chance, side)
    pen = ImageDraw.Draw(image)
    around = np.asarray(image, np.float64).mean(axis=(0, 1)) / 255
    _clutter(pen, chance, side, around)
    radius = side * chance.number(0.2, 0.4)
    middle = side / 2 + chance.numbers(-1, 1, 2) * (0.46 * side - radius)
    outline = _placed(outline_of(kind), chance, middle, radius)
    color = _standing_out(chance, around)
    paint(pen, outline[None], color[None])
    if chance.happens(0.3):  # an outline: the shape again, smaller, in another colour
        inside = middle + chance.number(0.6, 0.8) * (outline - middle)
        paint(pen, inside[None], chance.color((0, 1), (0, 0.6), (0.2, 1))[None])
    return finished(image, chance, size)


def outline_of(kind: str) -> Array:
    """The corners of a shape around (0, 0), as far as 1 from it: (corners, 2), y down."""
    t = 2 * np.pi * np.arange(CORNERS) / CORNERS
    if kind == "circle":
        return np.stack([np.sin(t), -np.cos(t)], axis=1)
    if kind == "heart":
        x = 16 * np.sin(t) ** 3
        y = -(13 * np.cos(t) - 5 * np.cos(2 * t) - 2 * np.cos(3 * t) - np.cos(4 * t))
        return np.stack([x, y], axis=1) / 17
    if kind == "cross":
        a, b = 0.32, 0.95
        across = [-a, a, a, b, b, a, a, -a, -a, -b, -b, -a]
        down = [-b, -b, -a, -a, a, a, b, b, a, a, -a, -a]
        return np.stack([across, down], axis=1).astype(np.float64)
    corners = {"square": 4, "star": 10, "triangle": 3}[kind]
    t = 2 * np.pi * np.arange(corners) / corners + (np.pi / 4 if kind == "square" else 0)
    far = np.where(np.arange(corners) % 2, 0.42, 1.0) if kind == "star" else 1.0
    return np.stack([far * np.sin(t), -far * np.cos(t)], axis=1)


def _placed(outline: Array, chance: Chance, middle: Array, radius: float) -> Array:
    """Turned by any angle, a little longer one way than the other, and where it belongs."""
    turn = chance.number(0, 2 * np.pi)
    turned = outline @ _rotation(turn)
    stretched = turned * np.array([chance.number(0.82, 1.0), 1.0]) @ _rotation(chance.number(0, 6))
    return np.asarray(middle + radius * stretched)


def _rotation(angle: float) -> Array:
    c, s = np.cos(angle), np.sin(angle)
    return np.array([[c, s], [-s, c]])


def _plain(chance: Chance, side: int) -> Image:
    color = chance.color((0, 1), (0, 0.7), (0.1, 1))
    return to_image(np.broadcast_to(color, (side, side, 3)))


def _clutter(pen: object, chance: Chance, side: int, around: Array) -> None:
    """Thin strokes that mean nothing, not far from the background's colour."""
    for _ in range(chance.whole(0, 5)):
        start, end = chance.numbers(0, side, 2), chance.numbers(0, side, 2)
        aside = chance.numbers(-0.012, 0.012, 2) * side
        stroke = np.stack([start - aside, start + aside, end + aside, end - aside])
        paint(pen, stroke[None], (around + chance.numbers(-0.3, 0.3, 3))[None])


def _standing_out(chance: Chance, around: Array) -> Array:
    """A colour that can be told from what is around."""
    while True:
        color = chance.color((0, 1), (0, 1), (0.05, 1))
        if np.abs(color - around).max() > LEAST_CONTRAST:
            return color
