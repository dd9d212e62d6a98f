"""What lies behind a drawn thing, and what light and camera make of it all."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np

from pellucid.data.arrays import Array
from pellucid.data.pictures.chance import Chance

if TYPE_CHECKING:
    from PIL.Image import Image


def background(chance: Chance, side: int) -> Image:
    """One of several backgrounds, blurred as if out of focus."""
    from PIL import ImageFilter

    scene = chance.one_of(_SCENES)(chance, side)
    return to_image(scene).filter(ImageFilter.GaussianBlur(chance.number(0.004, 0.014) * side))


def to_image(pixels: Array) -> Image:
    """Height x width x 3 numbers from 0 to 1 as a picture."""
    from PIL import Image

    return Image.fromarray((np.clip(pixels, 0, 1) * 255).astype(np.uint8))


def clouded(chance: Chance, side: int, cells: int, rows: int | None = None) -> Array:
    """Smooth noise: height x width, mean 0, most of it between -1 and 1."""
    from PIL import Image

    coarse = chance.normal(rows or cells, cells).astype(np.float32) / 2
    smooth = Image.fromarray(coarse).resize((side, side), Image.Resampling.BICUBIC)
    return np.asarray(smooth, np.float64)


def finished(image: Image, chance: Chance, size: int) -> Image:
    """The picture as a camera gives it: light from a side, its colour, focus, grain; at its size.

    Parameters:
        size: its side in pixels, smaller than that of the image drawn.
    """
    from PIL import Image, ImageFilter

    blur = chance.number(0, 0.008) * image.width
    small = image.filter(ImageFilter.GaussianBlur(blur)) if chance.happens(0.3) else image
    small = small.resize((size, size), Image.Resampling.LANCZOS)
    pixels = np.asarray(small, np.float64) / 255
    across = np.linspace(-1, 1, size)
    turn = chance.number(0, 2 * np.pi)
    slope = np.cos(turn) * across[None, :] + np.sin(turn) * across[:, None]
    light = 1 + chance.number(0, 0.25) * slope[..., None]
    warmth = chance.number(-0.07, 0.07)
    tint = np.array([1 + warmth, 1.0, 1 - warmth])
    pixels = pixels * light * tint * chance.number(0.75, 1.12)
    contrast = chance.number(0.8, 1.15)
    pixels = 0.45 + contrast * (pixels - 0.45)
    pixels = pixels + chance.number(0.0, 0.012) * chance.normal(size, size, 1)
    return to_image(pixels)


# --- scenes: height x width x 3, from 0 to 1


def _mixed(chance: Chance, side: int, cells: int, first: Array, second: Array) -> Array:
    share = np.clip(0.5 + 0.7 * clouded(chance, side, cells), 0, 1)[..., None]
    return np.asarray(first * share + second * (1 - share))


def _leaves(chance: Chance, side: int) -> Array:
    dark = chance.color((0.22, 0.42), (0.4, 0.8), (0.08, 0.3))
    light = chance.color((0.18, 0.38), (0.35, 0.8), (0.4, 0.75))
    scene = to_image(_mixed(chance, side, chance.whole(4, 9), light, dark))
    return _with_lights(scene, chance, side)


def _with_lights(scene: Image, chance: Chance, side: int) -> Array:
    """With round spots of any colour, as lights and other flowers out of focus are."""
    from PIL import ImageDraw

    pen = ImageDraw.Draw(scene, "RGBA")
    for _ in range(chance.whole(0, 10)):
        x, y = chance.numbers(0, side, 2)
        radius = chance.number(0.02, 0.16) * side
        color = _bytes(chance.color(*chance.one_of(_SPOTS)))
        box = [x - radius, y - radius, x + radius, y + radius]
        pen.ellipse(box, (*color, chance.whole(90, 220)))
    return np.asarray(scene, np.float64) / 255


# Hue, saturation and value of the spots: red, white, any colour.
_SPOTS = (
    ((0.95, 1.02), (0.7, 1.0), (0.4, 0.9)), ((0, 1), (0, 0.08), (0.8, 1.0)),
    ((0, 1), (0, 0.8), (0.4, 1)),
)  # fmt: skip


def _water(chance: Chance, side: int) -> Array:
    deep = chance.color((0.42, 0.62), (0.3, 0.8), (0.12, 0.4))
    bright = chance.color((0.4, 0.62), (0.15, 0.55), (0.45, 0.85))
    share = np.clip(0.35 + 0.6 * clouded(chance, side, 3, chance.whole(12, 26)), 0, 1)[..., None]
    return _with_lights(to_image(bright * share + deep * (1 - share)), chance, side)


def _earth(chance: Chance, side: int) -> Array:
    dark = chance.color((0.03, 0.1), (0.3, 0.7), (0.12, 0.35))
    light = chance.color((0.05, 0.13), (0.2, 0.6), (0.4, 0.75))
    grain = 0.25 * clouded(chance, side, 60)[..., None]
    return np.asarray(_mixed(chance, side, 12, light, dark) * (1 + grain))


def _wood(chance: Chance, side: int) -> Array:
    base = chance.color((0.04, 0.11), (0.25, 0.65), (0.35, 0.85))
    fibres = clouded(chance, side, chance.whole(40, 70), 3)
    planks = np.floor(np.linspace(0, chance.number(2.5, 6), side) + chance.number(0, 1))
    shade = 0.12 * np.sin(7.3 * planks) - 0.3 * (np.diff(planks, prepend=planks[0]) > 0)
    board = base * (1 + 0.15 * fibres + shade[None, :])[..., None]
    return board if chance.happens(0.5) else np.asarray(board.transpose(1, 0, 2))


def _sky(chance: Chance, side: int) -> Array:
    high = chance.color((0.52, 0.64), (0.3, 0.8), (0.4, 0.95))
    low = chance.color((0.5, 0.62), (0.0, 0.3), (0.75, 1.0))
    share = np.linspace(1, 0, side)[:, None, None]
    veil = np.clip(clouded(chance, side, chance.whole(3, 6)), 0, 1)[..., None]
    sky = (high * share + low * (1 - share)) * (1 - veil) + 0.95 * veil
    return _with_lights(to_image(sky), chance, side) if chance.happens(0.4) else np.asarray(sky)


def _room(chance: Chance, side: int) -> Array:
    wall = chance.color(*chance.one_of(_SPOTS))
    corner = wall * chance.number(0.35, 0.8)
    share = np.linspace(0, 1, side)
    turned = share[None, :] if chance.happens(0.5) else share[:, None]
    plain = np.broadcast_to(turned[..., None], (side, side, 1))
    return _with_lights(to_image(wall * plain + corner * (1 - plain)), chance, side)


_SCENES: tuple[Callable[[Chance, int], Array], ...] = (
    _leaves, _leaves, _water, _earth, _wood, _sky, _room,
)  # fmt: skip


def _bytes(color: Array) -> tuple[int, int, int]:
    red, green, blue = (np.clip(color, 0, 1) * 255).astype(int).tolist()
    return red, green, blue


def paint(pen: Any, polygons: Array, colors: Array) -> None:
    """Fill polygons, one after the other.

    Shapes: polygons (count, corners, 2), colours (count, 3) from 0 to 1.
    """
    inks = (np.clip(colors, 0, 1) * 255).astype(int).tolist()
    ink, fill = pen.draw.draw_ink, pen.draw.draw_polygon  # as pen.polygon does, in half the time
    for corners, color in zip(polygons.reshape(len(polygons), -1).tolist(), inks, strict=True):
        fill(corners, ink(tuple(color)), 1)
