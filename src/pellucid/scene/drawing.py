"""A digit that someone draws, made into a picture such as the network learned from.

A network knows digits as they were prepared for it: cut out, brought to one size, put in the middle
by their mass. A drawing goes the same way, or the network is asked about something it never saw.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np

from pellucid.data.dataset import Dataset
from pellucid.dataclass import dataclass
from pellucid.errors import DataError, ParameterError
from pellucid.graph.primitive import Array

if TYPE_CHECKING:
    from PIL import Image

Strokes: TypeAlias = Sequence[Sequence[Sequence[float]]]
"""Lines of points (x, y), from 0 to 1 across and down the canvas."""

FINE = 4
"""Work is done so many times finer than the grid that the picture is made on."""
PAPER = 256
"""The longer side of a drawing, in pixels, before it is brought to size."""
DOT = 0.08
"""A drawing smaller than this share of the canvas is taken to be so large: a dot stays a dot."""
SLIGHT = 0.5
"""Ink below this share of the strongest is paper; all above is ink, as in what was scanned."""
TENTH = 0.1
MOST_STROKES, MOST_POINTS, MOST_SIDE = 200, 20_000, 1024


@dataclass(frozen=True)
class Way:
    """How the digits of a data set were prepared.

    Attributes:
        side: of the grid that a digit was put on.
        box: the height and width that it was brought to.
        fills: whether it always has the height of the box, and is narrowed where it is too wide;
            else its proportions are kept.
        block: so many places of the grid, down and across, were added up to a pixel.
        full: what a pixel is that is all ink.
        upright: whether a slant was taken out.
        ink: how many places of the grid are ink, where lines were made thicker or thinner to that.
        pen: how wide a line is drawn, as a share of the digit's longer side.
    """

    side: int
    box: tuple[int, int]
    fills: bool
    block: int
    full: float
    upright: bool
    ink: int | None
    pen: float


WAYS = {
    (28, 28): Way(28, (20, 20), False, 1, 255.0, False, None, 0.12),
    (8, 8): Way(32, (32, 20), True, 4, 16.0, True, 312, 0.12),
}
"""MNIST as its makers tell it: 20 x 20 in the middle of 28 x 28, by mass. The digits of 8 x 8: 32 x
32 places, four by four of them a pixel; that they fill the height, stand upright by their left ends
and hold about 312 places of ink each is read off the 1,797 pictures."""


def as_trained(drawn: Strokes | Array, dataset: Dataset) -> Array:
    """A drawing as a row of a data set of digits.

    Parameters:
        drawn: strokes, or a picture of ink: height x width, the more the darker, paper 0.
        dataset: digits of 28 x 28 (MNIST) or 8 x 8 pixels.
    Returns: one row, in the shape and units of ``dataset.x``.
    Raises: ``DataError`` for an empty drawing, and for data that are no such digits;
        ``ParameterError`` for strokes that are none.
    """
    way = way_of(dataset)
    paper = inked(drawn, way.pen) if not isinstance(drawn, np.ndarray) else _cleaned(drawn)
    return pictured(paper, way).reshape(dataset.x.shape[1:])


def way_of(dataset: Dataset) -> Way:
    """How a data set's digits were prepared.

    Raises: ``DataError`` for data that are no digits of 28 x 28 or 8 x 8 pixels.
    """
    shape = dataset.image_shape
    if shape not in WAYS or dataset.framing is not None or isinstance(dataset.x, tuple):
        raise DataError(
            f"Drawing is for digits of 28 x 28 pixels (mnist) or 8 x 8 (digits); {dataset.name} "
            "has none. Open one of the two."
        )
    return WAYS[shape]


def pictured(paper: Array, way: Way) -> Array:
    """Ink on paper as a picture of a data set, which it looks like.

    Shapes: height x width, 0 to 1 -> (side / block) x (side / block), 0 to ``full``.
    """
    paper = _cut_out((paper > SLIGHT).astype(float))
    if way.upright:
        paper = _cut_out(_upright(paper))
    height, width = paper.shape
    down, across = way.box[0] / height, way.box[1] / width
    share = down if way.fills else min(down, across)
    size = round(share * height), min(way.box[1], round(share * width))
    ink = _resized(paper, max(1, size[0]), max(1, size[1]), FINE)
    if way.ink is not None:
        ink = _thickened(ink, way.ink * FINE * FINE)
    placed = _in_the_middle(ink, way.side)
    grid = _means(placed, FINE)
    if way.ink is not None:
        grid = np.round(grid)  # a place of the grid is ink or paper
    return np.asarray(np.round(_means(grid, way.block) * way.full))


def inked(strokes: Strokes, pen: float) -> Array:
    """Strokes as ink on paper, as large as the drawing, whatever its size on the canvas.

    Parameters:
        pen: the width of a line, as a share of the drawing's longer side.
    Shapes: -> height x width, 0 or 1.
    """
    from PIL import Image, ImageDraw

    lines = [np.array(line, float) for line in checked(strokes)]
    points = np.concatenate(lines)
    low = points.min(axis=0)
    span = max(float((points.max(axis=0) - low).max()), DOT)
    scale, wide = PAPER * (1 - pen) / span, max(1, round(PAPER * pen))
    size = np.ceil((points.max(axis=0) - low) * scale).astype(int) + 2 * wide
    picture = Image.new("L", (int(size[0]), int(size[1])))
    draw = ImageDraw.Draw(picture)
    for line in lines:
        places = (line - low) * scale + wide
        draw.line([tuple(place) for place in places], fill=255, width=wide, joint="curve")
        for x, y in places:
            draw.ellipse((x - wide / 2, y - wide / 2, x + wide / 2, y + wide / 2), fill=255)
    return np.asarray(picture, float) / 255.0


def checked(strokes: Any) -> list[list[tuple[float, float]]]:
    """Strokes that are some, with at least one point.

    Raises: ``DataError`` for nothing drawn, or too much; ``ParameterError`` for anything else.
    """
    wrong = ParameterError(
        "A drawing is a list of strokes, a stroke a list of points, a point two numbers from 0 to "
        "1, across and down. This one is not. Draw it again."
    )
    if not isinstance(strokes, list | tuple):
        raise wrong
    try:
        lines = [[(float(x), float(y)) for x, y in line] for line in strokes]
    except (TypeError, ValueError):
        raise wrong from None
    lines = [line for line in lines if line]
    if not lines:
        raise DataError("Nothing is drawn yet. Draw a digit first.")
    count = sum(map(len, lines))
    if len(lines) > MOST_STROKES or count > MOST_POINTS:
        raise DataError(
            f"The drawing has {len(lines):,} strokes and {count:,} points; it may have "
            f"{MOST_STROKES} and {MOST_POINTS:,}. Clear it, and draw it again."
        )
    if not all(0 <= at <= 1 for line in lines for point in line for at in point):
        raise wrong
    return lines


# --- one thing after the other


def _cleaned(picture: Array) -> Array:
    """A picture of ink, from 0 to 1."""
    if picture.ndim != 2 or max(picture.shape) > MOST_SIDE or not picture.size:
        raise ParameterError(
            f"A drawing is a picture of height x width, at most {MOST_SIDE} each, got "
            f"{' x '.join(map(str, picture.shape))}. Draw it again."
        )
    ink = np.asarray(picture, float)
    if not np.isfinite(ink).all() or ink.min() < 0:
        raise ParameterError("A drawing holds finite numbers from 0, paper, on. Draw it again.")
    if not ink.any():
        raise DataError("Nothing is drawn yet. Draw a digit first.")
    return np.asarray(ink / ink.max())


def _cut_out(paper: Array) -> Array:
    """The part that has ink on it."""
    there = paper > SLIGHT
    rows, columns = np.flatnonzero(there.any(axis=1)), np.flatnonzero(there.any(axis=0))
    return paper[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]


def _upright(paper: Array) -> Array:
    """The drawing without its slant: its left ends above and below come to stand over each other.

    Formula: a row y is moved by -s (y - height / 2), with s the slope from the leftmost ink of the
        upper tenth to that of the lower tenth.
    """
    from scipy import ndimage

    height = len(paper)
    tenth = max(1, round(TENTH * height))
    above, below = (
        np.flatnonzero((end > 0.5).any(axis=0)) for end in (paper[:tenth], paper[-tenth:])
    )
    slope = float(below[0] - above[0]) / max(1, height - tenth)
    room = int(np.ceil(abs(slope) * height)) + 1
    wide = np.pad(paper, ((0, 0), (room, room)))
    start = [0.0, -slope * height / 2]
    shear: Array = np.array([[1.0, 0.0], [slope, 1.0]])
    return np.asarray(ndimage.affine_transform(wide, shear, start, order=1))


def _resized(paper: Array, height: int, width: int, times: int) -> Array:
    """The drawing brought to a size, so many times finer."""
    from PIL import Image

    picture: Image.Image = Image.fromarray(np.asarray(paper, np.float32))
    wanted = width * times, height * times
    shrinks = paper.shape[0] > wanted[1]
    how = Image.Resampling.BOX if shrinks else Image.Resampling.BICUBIC
    found: Array = np.asarray(picture.resize(wanted, how), float)
    return np.asarray(np.clip(found, 0.0, 1.0))


def _thickened(ink: Array, wanted: int) -> Array:
    """Lines made thicker or thinner, at their sides, until so many places are ink.

    The height stays; a line grows by three places of the grid at most, and shrinks by one.
    """
    from scipy.ndimage import distance_transform_edt as distance

    room = 4 * FINE
    there = np.pad(ink > 0.5, ((0, 0), (room, room)))
    if not there.any():
        return ink
    inside = distance(np.pad(there, room)) - distance(np.pad(~there, room, constant_values=True))
    inside = inside[room:-room, room:-room]
    order = np.sort(inside, axis=None)[::-1]
    level = order[min(wanted, order.size) - 1]
    level = min(max(float(level), -3.0 * FINE), 1.0 * FINE)
    return _cut_out((inside >= level).astype(float))


def _in_the_middle(ink: Array, side: int) -> Array:
    """The drawing on its grid, the mean place of the ink in the middle as nearly as it fits."""
    frame = np.zeros((side * FINE, side * FINE))
    begins = []
    for axis in (0, 1):
        size, profile = ink.shape[axis], ink.sum(axis=1 - axis)
        mean = float(profile @ (np.arange(size) + 0.5) / profile.sum())
        place = FINE * round((side * FINE / 2 - mean) / FINE)
        begins.append(max(0, min(side * FINE - size, place)))
    (top, left), (height, width) = begins, ink.shape
    frame[top : top + height, left : left + width] = ink
    return frame


def _means(values: Array, block: int) -> Array:
    """The mean of each block."""
    rows, columns = values.shape
    return np.asarray(
        values.reshape(rows // block, block, columns // block, block).mean(axis=(1, 3))
    )
