"""Handing the caller's memory to a native plan, and its errors back."""

from __future__ import annotations

from typing import TypeAlias

from pellucid.graph.primitive import Array
from pellucid.ops.index import outside

Bound: TypeAlias = tuple[int, Array, Array, int]
"""A buffer's number, its memory in the first step, in later ones, and the bytes it moves a step."""


def fixed(buffer: int, array: Array) -> Bound:
    """A buffer that is the same memory in every step."""
    return buffer, array, array, 0


def check_index(bad: tuple[int, int] | None) -> None:
    """Raise ``DataError`` where a call met an index outside of its range: the index, the size."""
    if bad is not None:
        raise outside(*bad)
