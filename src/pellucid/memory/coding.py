"""Patterns of two values as units of +-1, and back; drawing them, and damaging them."""

from __future__ import annotations

from typing import Any

import numpy as np

from pellucid.data.arrays import check_inputs, show_size
from pellucid.dataclass import dataclass
from pellucid.errors import DataError, ShapeError
from pellucid.graph.primitive import Array
from pellucid.hyper import Hyper
from pellucid.ops.random import permutations

SHARE = Hyper("the share of the units that are turned", float, low=0, high=1)
ON, OFF = "#X1*", ".-0 "
CODES = ((-1.0, 1.0), (0.0, 1.0))


@dataclass(frozen=True)
class Coding:
    """How patterns are given: the two values of a unit, and the shape of one pattern."""

    low: float
    high: float
    shape: tuple[int, ...]

    @classmethod
    def of(cls, x: Array) -> Coding:
        """The coding of patterns; -1 and 1 unless there is a 0.

        Raises: ``DataError`` for other values.
        """
        found = np.unique(x)
        for low, high in CODES:
            if np.isin(found, (low, high)).all():
                return cls(low, high, x.shape[1:])
        odd = found[~np.isin(found, (-1.0, 0.0, 1.0))]
        got = f"{odd[0]:g}" if len(odd) else "-1, 0 and 1"
        raise DataError(
            f"A memory of two values stores patterns of -1 and 1, or of 0 and 1, got {got}. Turn "
            "numbers into two values, such as x > x.mean(), or use ModernHopfield."
        )

    @property
    def unknown(self) -> float:
        """The value that stands for a unit of which nothing is known."""
        return (self.low + self.high) / 2

    def encode(self, x: Array) -> Array:
        """Patterns as rows of -1, 1, and 0 for what is not known.

        Raises: ``ShapeError`` for patterns of another shape; ``DataError`` for other values.
        """
        if x.shape[1:] != self.shape:
            raise ShapeError(
                f"x is {show_size(x.shape)}, the memory holds patterns of {show_size(self.shape)}. "
                f"Give n x {show_size(self.shape)}; one pattern as x[None]."
            )
        if not np.isin(x, (self.low, self.unknown, self.high)).all():
            odd = x[~np.isin(x, (self.low, self.unknown, self.high))][0]
            raise DataError(
                f"x holds {odd:g}; the memory's patterns are of {self.low:g} and {self.high:g}, "
                f"and {self.unknown:g} stands for a unit of which nothing is known."
            )
        scaled = (x.reshape(len(x), -1) - self.unknown) * (2.0 / (self.high - self.low))
        return np.asarray(scaled, np.float64)

    def decode(self, states: Array) -> Array:
        """States of -1, 0 and 1 as patterns."""
        rows = self.unknown + states * ((self.high - self.low) / 2)
        return np.asarray(rows.reshape(len(states), *self.shape))


def checked_patterns(x: Any) -> Array:
    """Patterns by row, as floats."""
    return np.asarray(check_inputs(x), np.float64)


def drawn(text: str) -> Array:
    """A drawing as a pattern of -1 and 1: ``#``, ``X``, ``1`` and ``*`` are 1.

    Raises: ``DataError`` for other characters, for lines of different lengths, for no drawing.

    Example:
        >>> drawn('''
        ...     #..
        ...     .#.
        ... ''').tolist()
        [[1.0, -1.0, -1.0], [-1.0, 1.0, -1.0]]
    """
    lines = [line.strip() for line in text.strip().splitlines()]
    if not lines or not lines[0]:
        raise DataError("There is no drawing. Write lines of # and . of one length.")
    for line in lines:
        odd = [mark for mark in line if mark not in ON + OFF]
        if odd or len(line) != len(lines[0]):
            raise DataError(
                f"{line!r} is no line of this drawing; expected {len(lines[0])} marks, # or . each."
            )
    return np.array([[1.0 if mark in ON else -1.0 for mark in line] for line in lines])


def damaged(x: Any, share: float, *, seed: int = 0) -> Array:
    """Patterns in which a share of the units is turned, others in each row.

    Exactly ``round(share * units)`` units of each row change to its other value.
    Raises: ``DataError`` for patterns of more than two values.

    Example:
        >>> before = np.ones((1, 8)) * [1, -1, 1, -1, 1, -1, 1, -1]
        >>> int((damaged(before, 0.25) != before).sum())
        2
    """
    patterns = checked_patterns(x)
    amount = SHARE.check("damaged", "share", share)
    coding = Coding.of(patterns)
    states = coding.encode(patterns)
    units = states.shape[1]
    for row, state in enumerate(states):
        chosen = permutations(np.array([seed, row]), 0, units)[: round(amount * units)]
        state[chosen] *= -1.0
    return coding.decode(states)
