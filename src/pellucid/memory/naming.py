"""What a state of a memory is: a stored pattern, its reverse, a mixture, or none of these."""

from __future__ import annotations

from typing import Literal, TypeAlias

import numpy as np

from pellucid.dataclass import dataclass
from pellucid.graph.primitive import Array

Kind: TypeAlias = Literal["pattern", "reversed", "mixture", "other"]
MIXED = (3, 5, 7)


@dataclass(frozen=True)
class StateName:
    """What a state is.

    Attributes:
        kind: a stored pattern; the reverse of one, which has the same energy; a mixture of an odd
            number of patterns; or another state.
        patterns: the numbers of the patterns, counted from 0; of another state the one most alike.
        signs: 1 or -1 for each, where it is reversed.
        overlap: with the first of them: 1 for equal, 0 for no more alike than by chance.
    """

    kind: Kind
    patterns: tuple[int, ...]
    signs: tuple[int, ...]
    overlap: float

    @property
    def is_spurious(self) -> bool:
        """Whether it was never stored."""
        return self.kind != "pattern"

    def __str__(self) -> str:
        if self.kind == "pattern":
            return f"pattern {self.patterns[0]}"
        if self.kind == "reversed":
            return f"pattern {self.patterns[0]} reversed"
        if self.kind == "mixture":
            pairs = zip(self.patterns, self.signs, strict=True)
            signed = [f"{'-' if sign < 0 else '+'}{place}" for place, sign in pairs]
            return f"mixture of patterns {' '.join(signed)}"
        turned = " reversed" if self.signs[0] < 0 else ""
        return (
            f"none of the patterns; most like {self.patterns[0]}{turned}, overlap "
            f"{abs(self.overlap):.2f}"
        )


def overlaps(states: Array, patterns: Array) -> Array:
    """How alike states and patterns are: (rows, patterns), from -1 to 1.

    Formula: m = sum over the units of s_i x_i / units.
    """
    return np.asarray(states @ patterns.T / patterns.shape[1])


def named(states: Array, patterns: Array) -> list[StateName]:
    """The name of each state.

    A mixture is sign(sum of s_k x_k) over 3, 5 or 7 patterns x_k, its components the patterns with
    the largest overlaps: those of a mixture of random patterns are 1/2, 3/8 and 5/16.
    Source: D. Amit, H. Gutfreund, H. Sompolinsky, 1985, doi:10.1103/PhysRevA.32.1007.
    """
    alike = overlaps(states, patterns)
    return [_name(state, row, patterns) for state, row in zip(states, alike, strict=True)]


def _name(state: Array, alike: Array, patterns: Array) -> StateName:
    nearest = np.argsort(-np.abs(alike), kind="stable")
    first = int(nearest[0])
    overlap = float(alike[first])
    if np.array_equal(state, patterns[first]):
        return StateName("pattern", (first,), (1,), overlap)
    if np.array_equal(state, -patterns[first]):
        return StateName("reversed", (first,), (-1,), overlap)
    for count in MIXED:
        parts = nearest[:count]
        signs = np.where(alike[parts] < 0, -1, 1)
        if len(parts) == count and np.array_equal(state, np.sign(signs @ patterns[parts])):
            return StateName("mixture", tuple(map(int, parts)), tuple(map(int, signs)), overlap)
    return StateName("other", (first,), (1 if overlap >= 0 else -1,), overlap)
