"""Red roses and white lotus flowers, drawn: no two alike, petal by petal, in three dimensions.

A petal is a curved sheet of small four-sided pieces. Each piece is lit by the side it turns to the
light and painted from the farthest to the nearest, so that petals hide one another as they should.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np

from pellucid.data.arrays import Array
from pellucid.data.pictures.chance import Chance
from pellucid.data.pictures.scenery import background, finished, paint
from pellucid.dataclass import dataclass

if TYPE_CHECKING:
    from PIL.Image import Image

LONG, WIDE = 9, 7
"""The corners of a petal's pieces, along it and across."""
FLOWERS = ("red_rose", "white_lotus")


Pieces: TypeAlias = tuple[Array, Array]


@dataclass(frozen=True)
class Whorl:
    """Petals in a ring.

    Attributes:
        count: how many.
        length, width: of a petal, the flower's radius being about 1.
        rise: the angle above the ground at which it leaves the middle, in radians.
        bend: how much further it rises (above 0) or falls until its tip, in radians.
        cup: how far its sides stand up, as a share of its width.
        tip: how pointed it is: 1 a sharp tip, 0 broad and round.
        turn: where the first one points, in radians.
        start: how far from the middle it begins.
    """

    count: int
    length: float
    width: float
    rise: float
    bend: float
    cup: float
    tip: float
    turn: float
    start: float = 0.05


@dataclass(frozen=True)
class Look:
    """How it is seen: from how high (radians), turned how far on the picture, lit from where."""

    height: float
    turn: float
    light: Array


def draw_flower(kind: str, chance: Chance, size: int) -> Image:
    """Draw a flower of a kind on some background, ``size`` pixels high and wide."""
    from PIL import ImageDraw

    side = max(3 * size, 192)
    image = background(chance, side)
    light = np.array([chance.number(-0.8, 0.8), chance.number(-0.8, 0.5), 1.0])
    look = Look(
        chance.number(0.55, 1.4), chance.number(-0.35, 0.35), light / np.sqrt(light @ light)
    )
    radius = side * chance.number(0.17, 0.42)
    middle = side / 2 + chance.numbers(-1, 1, 2) * max(0.44 * side - radius, 0.05 * side)
    pen = ImageDraw.Draw(image)
    _leaves(pen, chance, look, middle, radius, round_ones=kind == "white_lotus")
    pieces = _rose(chance) if kind == "red_rose" else _lotus(chance)
    _painted(pen, pieces, look, middle, radius)
    return finished(image, chance, size)


# --- the two flowers: corners of pieces, and the colour of each


def _rose(chance: Chance) -> Pieces:
    """Many broad petals, one around the other, the inner ones upright."""
    base = chance.color((0.955, 1.01), (0.8, 1.0), (0.5, 0.85))
    inner = base * chance.number(0.35, 0.6)
    rings = chance.whole(5, 7)
    openness = chance.number(0.7, 1.15)
    parts, turn = [], chance.number(0, 6)
    for ring in range(rings):
        inside = ring / (rings - 1)  # 0 for the outermost, 1 for the innermost
        turn += chance.number(0.5, 0.9)
        whorl = Whorl(
            count=round(5 - 2 * inside), length=1.02 - 0.5 * inside, width=0.62 - 0.36 * inside,
            rise=(0.35 + 1.15 * inside) / openness, bend=0.15 - 0.75 * (1 - inside) * openness,
            cup=0.34 + 0.4 * inside, tip=0.1, turn=turn, start=0.24 * (1 - inside) + 0.03,
        )  # fmt: skip
        parts.append(_whorl(whorl, chance, inner, base, base * 1.18 + 0.05, 0.16))
    return _joined(parts)


def _lotus(chance: Chance) -> Pieces:
    """Long pointed petals, the outer ones flat, around a yellow heart."""
    white = chance.color((0.0, 1.0), (0.0, 0.05), (0.92, 1.0))
    blush = np.array([1.0, chance.number(0.75, 0.98), chance.number(0.85, 0.98)])
    shadow = white * np.array([0.74, 0.8, chance.number(0.68, 0.86)])
    rings = chance.whole(3, 4)
    openness = chance.number(0.8, 1.2)
    parts, turn = [], chance.number(0, 6)
    for ring in range(rings):
        inside = ring / (rings - 1)
        count = chance.whole(7, 9) if ring < rings - 1 else chance.whole(5, 7)
        turn += np.pi / count + chance.number(-0.1, 0.1)
        whorl = Whorl(
            count=count, length=1.12 - 0.42 * inside, width=0.27 - 0.06 * inside,
            rise=(0.12 + 0.8 * inside) / openness, bend=0.2 + 0.25 * inside,
            cup=0.3, tip=1.0, turn=turn,
        )  # fmt: skip
        parts.append(_whorl(whorl, chance, shadow, white, white * blush, 0.1))
    return _joined([*parts, _heart(chance)])


def _heart(chance: Chance) -> Pieces:
    """The lotus's yellow stamens around its seed pod."""
    yellow = chance.color((0.11, 0.15), (0.7, 1.0), (0.8, 1.0))
    stamens = Whorl(chance.whole(18, 24), 0.34, 0.025, 0.9, 0.3, 0.0, 0.3, 0.0)
    pod = Whorl(8, 0.2, 0.09, 1.1, -1.2, 0.0, 0.0, 0.0, 0.0)
    green = chance.color((0.14, 0.2), (0.5, 0.8), (0.6, 0.8))
    return _joined(
        [
            _whorl(stamens, chance, yellow * 0.75, yellow, yellow * 1.1, 0.1),
            _whorl(pod, chance, green, green, yellow, 0.05),
        ]
    )


def _joined(parts: list[Pieces]) -> Pieces:
    corners, colors = zip(*parts, strict=True)
    return np.concatenate(corners), np.concatenate(colors)


def _whorl(
    whorl: Whorl, chance: Chance, base: Array, middle: Array, rim: Array, wild: float
) -> Pieces:
    """The pieces of all petals of a ring, and their colours from the base to the rim.

    Shapes: corners (pieces, 4, 3), colours (pieces, 3).
    """
    count = whorl.count
    drawn = chance.numbers(0, 1, count, 4)  # for each petal its size, place, rise and tone
    size = 1 + (-wild + (wild - -wild) * drawn[:, 0])
    turned = -wild + (wild - -wild) * drawn[:, 1]
    azimuth = whorl.turn + 2 * np.pi * np.arange(count) / count + turned
    rise = whorl.rise + (-wild + (wild - -wild) * drawn[:, 2])
    tone = 0.92 + (1.06 - 0.92) * drawn[:, 3]
    along, across = np.linspace(0, 1, LONG), np.linspace(-1, 1, WIDE)
    sheets = _turned(_sheets(whorl, size, rise, along, across), azimuth)
    colors = _tones(along, across, base, middle, rim) * tone[:, None, None]
    return _quads(sheets).reshape(-1, 4, 3), colors.reshape(-1, 3)


def _sheets(whorl: Whorl, size: Array, rise: Array, along: Array, across: Array) -> Array:
    """Petals that point along x.

    Shapes: size, rise: petals -> petals, LONG, WIDE, 3.
    """
    step = size * whorl.length / (LONG - 1)
    angle = rise[:, None] + whorl.bend * along
    out, up = (np.zeros_like(angle) for _ in range(2))
    out[:, 1:] = np.cumsum(step[:, None] * np.cos(angle[:, 1:]), axis=1)
    up[:, 1:] = np.cumsum(step[:, None] * np.sin(angle[:, 1:]), axis=1)
    out = whorl.start + out
    pointed = np.sin(np.pi * along**0.75) * (1 - 0.15 * along)
    broad = np.sin(np.pi / 2 * np.minimum(1, along / 0.62)) * np.sqrt(
        np.clip(1 - (np.maximum(along - 0.62, 0) / 0.385) ** 2, 0, 1)
    )
    shape = whorl.tip * pointed + (1 - whorl.tip) * broad + 0.04
    half = (size * whorl.width)[:, None] * shape
    sides = half[..., None] * across
    stand = whorl.cup * half[..., None] * across**2
    sheets = np.empty((len(size), LONG, WIDE, 3))
    sheets[..., 0] = out[..., None] - stand * np.sin(angle)[..., None]
    sheets[..., 1] = sides
    sheets[..., 2] = up[..., None] + stand * np.cos(angle)[..., None]
    return sheets


def _turned(sheets: Array, azimuth: Array) -> Array:
    x, y = sheets[..., 0], sheets[..., 1]
    c, s = np.cos(azimuth)[:, None, None], np.sin(azimuth)[:, None, None]
    return np.stack([c * x - s * y, s * x + c * y, sheets[..., 2]], axis=-1)


def _quads(sheets: Array) -> Array:
    corners = [
        sheets[:, :-1, :-1], sheets[:, :-1, 1:], sheets[:, 1:, 1:], sheets[:, 1:, :-1],
    ]  # fmt: skip
    return np.stack(corners, axis=3)


def _tones(along: Array, across: Array, base: Array, middle: Array, rim: Array) -> Array:
    """The colour of each piece: dark where it begins, light at its rim, a vein in the middle."""
    t = ((along[:-1] + along[1:]) / 2)[:, None, None]
    s = np.abs((across[:-1] + across[1:]) / 2)[None, :, None]
    low, high = np.clip(t / 0.55, 0, 1), np.clip((t - 0.6) / 0.4, 0, 1)
    tones = base * (1 - low) + middle * low
    tones = tones * (1 - high) + rim * high
    tones = tones * (0.93 + 0.07 * s)
    return np.asarray(tones.reshape(-1, 3))


# --- from space to the picture


def _seen(points: Array, look: Look) -> tuple[Array, Array]:
    """Where points are on the picture (x to the right, y down), and how near they are."""
    x, y, z = np.moveaxis(points, -1, 0)
    down = y * np.sin(look.height) - z * np.cos(look.height)
    near = y * np.cos(look.height) + z * np.sin(look.height)
    c, s = np.cos(look.turn), np.sin(look.turn)
    return np.stack([c * x - s * down, s * x + c * down], axis=-1), near


def _painted(pen: Any, pieces: Pieces, look: Look, middle: Array, radius: float) -> None:
    """Paint pieces from the farthest to the nearest, each lit by the way it faces."""
    corners, colors = pieces
    places, near = _seen(corners, look)
    normal = np.cross(corners[:, 2] - corners[:, 0], corners[:, 3] - corners[:, 1])
    length = np.sqrt((normal**2).sum(axis=1, keepdims=True))
    facing = normal / np.where(length > 0, length, 1)
    lit = np.abs(facing @ look.light)
    low = np.clip(corners[..., 2].mean(axis=1) / 0.5, 0, 1)  # what is deep inside gets less light
    outside = np.clip(np.sqrt((corners[..., :2].mean(axis=1) ** 2).sum(axis=1)) / 0.5, 0, 1)
    shade = (0.5 + 0.55 * lit) * (0.72 + 0.28 * np.maximum(low, outside))
    order = np.argsort(near.mean(axis=1), kind="stable")
    lift = np.array([0, radius * 0.18 * np.cos(look.height)])
    paint(pen, middle + lift + radius * places[order], (colors * shade[:, None])[order])


def _leaves(
    pen: Any, chance: Chance, look: Look, middle: Array, radius: float, round_ones: bool
) -> None:
    """Green leaves under the flower: round pads, or pointed ones with a stem."""
    green = chance.color((0.25, 0.4), (0.45, 0.85), (0.2, 0.5))
    if round_ones:
        pads = Whorl(chance.whole(0, 3), 1.5, 0.75, -0.02, 0.0, 0.0, 0.1, chance.number(0, 6), 0.1)
        parts = pads
    else:
        parts = Whorl(chance.whole(1, 4), 1.35, 0.3, 0.02, -0.2, 0.1, 0.95, chance.number(0, 6))
        turn = chance.number(0.9, 2.2)
        end = middle + 3 * radius * np.array([np.cos(turn), np.sin(turn)])
        aside = radius * 0.05 * np.array([-np.sin(turn), np.cos(turn)])
        stem = np.array([[middle - aside, middle + aside, end + aside, end - aside]])
        paint(pen, stem, green[None] * 0.8)
    if parts.count:
        pieces = _whorl(parts, chance, green * 0.7, green, green * 1.15, 0.3)
        _painted(pen, pieces, look, middle, radius)
