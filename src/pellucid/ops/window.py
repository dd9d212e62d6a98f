"""A window that slides over pictures: the geometry that convolution and pooling share."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from pellucid.dataclass import dataclass
from pellucid.graph import Dim, Type, TypeProblem
from pellucid.graph.primitive import Array
from pellucid.graph.types import show_shape

Pair: TypeAlias = tuple[int, int]
Padding: TypeAlias = tuple[Pair, Pair]
Tap: TypeAlias = tuple[slice, slice]

ONES: Pair = (1, 1)
NO_PADDING: Padding = ((0, 0), (0, 0))


@dataclass(frozen=True)
class Window:
    """A rectangle that takes every place at which it fits on a padded picture.

    Attributes:
        size: its rows and columns.
        stride: the rows and columns from one place to the next.
        padding: rows added (above, below) and columns added (left, right) to the picture.
        dilation: how far apart its elements lie; 1 is side by side.
    Raises: ``TypeProblem`` for numbers that describe no window.
    """

    size: Pair
    stride: Pair = ONES
    padding: Padding = NO_PADDING
    dilation: Pair = ONES

    def __post_init__(self) -> None:
        check_pair("size", self.size, 1)
        check_pair("stride", self.stride, 1)
        check_pair("dilation", self.dilation, 1)
        _check_padding(self.padding)

    @property
    def reach(self) -> Pair:
        """The rows and columns it covers, gaps included."""
        return (
            self.dilation[0] * (self.size[0] - 1) + 1,
            self.dilation[1] * (self.size[1] - 1) + 1,
        )

    def places(self, picture: Pair) -> Pair:
        """How many places it takes down and across, or a ``TypeProblem`` if it does not fit."""
        padded, reach = self.padded(picture), self.reach
        if reach[0] > padded[0] or reach[1] > padded[1]:
            raise TypeProblem(
                f"the window covers {by(reach)}, more than the padded picture's {by(padded)}; "
                "use a smaller window or more padding"
            )
        return (
            (padded[0] - reach[0]) // self.stride[0] + 1,
            (padded[1] - reach[1]) // self.stride[1] + 1,
        )

    def padded(self, picture: Pair) -> Pair:
        """The rows and columns of the padded picture."""
        return picture[0] + sum(self.padding[0]), picture[1] + sum(self.padding[1])

    def inside(self, picture: Pair) -> tuple[slice, slice]:
        """Where the picture lies within the padded picture."""
        above, left = self.padding[0][0], self.padding[1][0]
        return slice(above, above + picture[0]), slice(left, left + picture[1])

    def pad(self, x: Array, value: float) -> Array:
        """The picture on the last two axes with ``value`` around it."""
        if self.padding == NO_PADDING:
            return x
        picture = (x.shape[-2], x.shape[-1])
        result = np.full((*x.shape[:-2], *self.padded(picture)), value, x.dtype)
        result[(..., *self.inside(picture))] = x
        return result

    def starts(self, axis: int, places: int) -> NDArray[np.int64]:
        """The row or column of the picture where each place starts; negative on padding."""
        return np.arange(places) * self.stride[axis] - self.padding[axis][0]

    def taps(self, places: Pair) -> Iterator[Tap]:
        """For each element of the window, row by row: what it lies on over all places."""
        for row in range(self.size[0]):
            for column in range(self.size[1]):
                yield self._tap(0, row, places), self._tap(1, column, places)

    def _tap(self, axis: int, element: int, places: Pair) -> slice:
        start, step = element * self.dilation[axis], self.stride[axis]
        return slice(start, start + (places[axis] - 1) * step + 1, step)


def pictures(name: str, x: Type) -> tuple[Dim, int, int, int]:
    """The sizes of float pictures: batch, which may be symbolic, channels, height and width."""
    if x.dtype != "float":
        raise TypeProblem(f"{name} must be float, not {x.dtype}; cast it")
    if len(x.shape) != 4:
        raise TypeProblem(
            f"{name} needs 4 axes (batch, channels, height, width), got {show_shape(x.shape)}; "
            "reshape it"
        )
    batch, channels, height, width = x.shape
    if not (isinstance(channels, int) and isinstance(height, int) and isinstance(width, int)):
        raise TypeProblem(f"only the first axis of {name} may be symbolic: {show_shape(x.shape)}")
    return batch, channels, height, width


def check_pair(name: str, pair: Any, low: int) -> None:
    """Raise a ``TypeProblem`` unless it is a tuple of two whole numbers of at least ``low``."""
    whole = isinstance(pair, tuple) and len(pair) == 2 and all(type(n) is int for n in pair)
    if not whole or min(pair) < low:
        raise TypeProblem(f"{name} must be a tuple of 2 whole numbers from {low} on, got {pair!r}")


def _check_padding(padding: Any) -> None:
    if not isinstance(padding, tuple) or len(padding) != 2:
        raise TypeProblem(f"padding must be ((above, below), (left, right)), got {padding!r}")
    check_pair("padding of the rows", padding[0], 0)
    check_pair("padding of the columns", padding[1], 0)


def by(pair: Pair) -> str:
    """Rows and columns as text: ``3 x 5``."""
    return f"{pair[0]} x {pair[1]}"
