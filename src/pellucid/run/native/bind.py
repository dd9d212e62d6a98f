"""Handing the caller's memory to a native plan, and its errors back."""

from __future__ import annotations

from pellucid.graph.primitive import Array
from pellucid.ops.index import outside


def address(array: Array) -> int:
    """Where an array's elements start; quicker than ``array.ctypes.data``."""
    return int(array.__array_interface__["data"][0])


def fixed(buffer: int, array: Array) -> tuple[int, int, int, int]:
    """A buffer that is the same memory in every step: number, start, later start, stride."""
    start = address(array)
    return buffer, start, start, 0


def check_index(bad: tuple[int, int] | None) -> None:
    """Raise ``DataError`` where a call met an index outside of its range: the index, the size."""
    if bad is not None:
        raise outside(*bad)
