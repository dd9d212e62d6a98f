"""Grey pictures as text for a terminal."""

from __future__ import annotations

from typing import Any

import numpy as np

from pellucid.errors import ShapeError

SHADES = " ░▒▓█"
GREYS = 232, 24  # the first grey of the 256 terminal colours, and how many there are


def picture_text(array: Any, color: bool = False) -> str:
    """Draw a grey picture with a character for two rows of pixels, or of one where it is small.

    Up to 12 rows of pixels each pixel is two characters of its shade. Above, a character stands for
    two pixels, one over the other: with colours exactly, else by their mean shade, or a half block
    where they differ much. The smallest value is left blank, the largest is full.

    Shapes: height x width.
    Parameters:
        color: whether to use the 24 greys of a terminal of 256 colours.

    Example:
        >>> print(picture_text([[0, 1], [1, 0]]))
          ██
        ██
    """
    pixels = np.asarray(array, float)
    if pixels.ndim != 2 or not pixels.size:
        raise ShapeError(
            f"A picture is height x width, got shape {list(pixels.shape)}. Give one channel of one."
        )
    span = float(pixels.max() - pixels.min())
    ink = (pixels - pixels.min()) / span if span else np.zeros_like(pixels)
    if len(ink) <= 12:
        draw = _shades_in_color if color else _shades
        return "\n".join(draw(row) for row in ink)
    if len(ink) % 2:
        ink = np.vstack([ink, np.zeros(ink.shape[1])])
    draw_two = _halves_in_color if color else _halves
    return "\n".join(draw_two(*ink[row : row + 2]) for row in range(0, len(ink), 2))


def _shades(row: np.ndarray[Any, Any]) -> str:
    return "".join(SHADES[round(v * (len(SHADES) - 1))] * 2 for v in row).rstrip()


def _shades_in_color(row: np.ndarray[Any, Any]) -> str:
    return "".join(f"\033[48;5;{_grey(value)}m  " for value in row) + "\033[0m"


def _halves(upper: np.ndarray[Any, Any], lower: np.ndarray[Any, Any]) -> str:
    text = ""
    for top, bottom in zip(upper, lower, strict=True):
        if abs(top - bottom) > 0.5:
            text += "▀" if top > bottom else "▄"
        else:
            text += SHADES[round((top + bottom) / 2 * (len(SHADES) - 1))]
    return text.rstrip()


def _halves_in_color(upper: np.ndarray[Any, Any], lower: np.ndarray[Any, Any]) -> str:
    pairs = zip(upper, lower, strict=True)
    cells = (f"\033[38;5;{_grey(top)};48;5;{_grey(bottom)}m▀" for top, bottom in pairs)
    return "".join(cells) + "\033[0m"


def _grey(value: float) -> int:
    return GREYS[0] + round(value * (GREYS[1] - 1))
