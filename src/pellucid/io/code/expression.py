"""Expressions as text that knows how tightly it binds, and places in arrays."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

from pellucid.dataclass import dataclass

CHOICE, COMPARISON, SUM, PRODUCT, ATOM = range(5)
"""How tightly the outermost operator of an expression binds, the loosest first."""


@dataclass(frozen=True)
class Expression:
    """An expression of a program."""

    text: str
    rank: int = ATOM

    def within(self, rank: int) -> str:
        """The text, in parentheses where it binds less tightly than its surroundings ask.

        Example:
            >>> Expression("a + b", SUM).within(PRODUCT), Expression("a + b", SUM).within(SUM)
            ('(a + b)', 'a + b')
        """
        return self.text if self.rank >= rank else f"({self.text})"

    def __str__(self) -> str:
        return self.text


@dataclass(frozen=True)
class Index:
    """A place in a flat array: a sum of loop variables times steps, and a start.

    Example:
        >>> str(Index((("i", 10), ("j", 1)), 3))
        'i * 10 + j + 3'
    """

    terms: tuple[tuple[str, int], ...] = ()
    start: int = 0

    def __add__(self, other: Index | int) -> Index:
        if isinstance(other, int):
            return Index(self.terms, self.start + other)
        steps = dict(self.terms)
        for name, step in other.terms:
            steps[name] = steps.get(name, 0) + step
        return Index(tuple(steps.items()), self.start + other.start)

    def __mul__(self, step: int) -> Index:
        if step == 0:
            return Index()
        return Index(tuple((name, each * step) for name, each in self.terms), self.start * step)

    def __str__(self) -> str:
        parts = [name if step == 1 else f"{name} * {step}" for name, step in self.terms]
        if not parts:
            return str(self.start)
        text = " + ".join(parts)
        if self.start:
            text += f" {'+' if self.start > 0 else '-'} {abs(self.start)}"
        return text


@dataclass(frozen=True)
class Stored:
    """Where the elements of a value lie in an array; turned, cut and repeated without copying."""

    array: str
    shape: tuple[int, ...]
    steps: tuple[int, ...]
    start: int = 0

    @classmethod
    def whole(cls, array: str, shape: tuple[int, ...]) -> Stored:
        """An array in its own order, the last axis side by side."""
        return cls(array, shape, steps_of(shape))

    @property
    def is_plain(self) -> bool:
        """Whether its elements follow one another in the array."""
        along = zip(self.shape, self.steps, steps_of(self.shape), strict=True)
        return all(size == 1 or step == plain for size, step, plain in along)

    def index(self, at: At) -> Index:
        """The place of one element in the array."""
        total = Index((), self.start)
        for size, place, step in zip(self.shape, at, self.steps, strict=True):
            if size != 1:
                total = total + place * step
        return total


At: TypeAlias = tuple[Index, ...]
"""The place of an element: one index an axis."""
Element: TypeAlias = Callable[[At], Expression]
"""A value that is computed where it is needed; it may write lines before its expression."""


def steps_of(shape: tuple[int, ...]) -> tuple[int, ...]:
    """How far apart neighbours along each axis lie."""
    steps, step = [], 1
    for size in reversed(shape):
        steps.append(step)
        step *= size
    return tuple(reversed(steps))
