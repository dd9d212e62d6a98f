"""Random choices for drawn pictures: numbers, colours and places out of a ``Draw``."""

from __future__ import annotations

import colorsys
from collections.abc import Sequence
from typing import TypeVar

import numpy as np

from pellucid.data.arrays import Array
from pellucid.data.draw import Draw

T = TypeVar("T")


class Chance:
    """What is drawn for one picture; it follows from the seed and the picture's name alone.

    Example:
        >>> Chance(0, "rose 1").number(2, 3) == Chance(0, "rose 1").number(2, 3)
        True
    """

    def __init__(self, seed: int, purpose: str) -> None:
        self._draw = Draw(seed, purpose)

    def number(self, low: float, high: float) -> float:
        """Draw a number even between two."""
        return low + (high - low) * float(self._draw.uniform(1)[0])

    def numbers(self, low: float, high: float, *shape: int) -> Array:
        """Draw numbers even between two."""
        return low + (high - low) * self._draw.uniform(*shape)

    def normal(self, *shape: int) -> Array:
        """Draw from the standard normal distribution."""
        return self._draw.normal(*shape)

    def whole(self, low: int, high: int) -> int:
        """Draw a whole number, the ends among them."""
        return low + int((high - low + 1) * float(self._draw.uniform(1)[0]))

    def one_of(self, choices: Sequence[T]) -> T:
        """Draw one of several."""
        return choices[self.whole(0, len(choices) - 1)]

    def happens(self, probability: float) -> bool:
        """Say whether something of this probability happens."""
        return self.number(0, 1) < probability

    def color(
        self, hue: tuple[float, float], saturation: tuple[float, float], value: tuple[float, float]
    ) -> Array:
        """Draw a colour: red, green, blue from 0 to 1. A hue of 0 and of 1 is red, 1/3 green."""
        h, s, v = (self.number(*ends) for ends in (hue, saturation, value))
        return np.array(colorsys.hsv_to_rgb(h % 1.0, s, v))
