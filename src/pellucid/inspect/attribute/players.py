"""Which elements are taken away together: a column, or a block of a picture's pixels."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, TypeAlias

import numpy as np

from pellucid.dataclass import dataclass
from pellucid.errors import ParameterError
from pellucid.graph.primitive import Array
from pellucid.inspect.attribute.asking import VALUES, Asking
from pellucid.inspect.attribute.question import Question

Kept: TypeAlias = Callable[[slice], Array]
ACROSS = 8
"""A picture is cut into so many blocks each way, where nothing is said."""


@dataclass(frozen=True)
class Players:
    """Groups of elements, each taken away as one; each element may be in several.

    Attributes:
        members: for each player the elements that it has, as truth values.

    Shapes: members players x elements.
    """

    members: Array

    def __len__(self) -> int:
        return len(self.members)

    def spread(self, values: Array) -> Array:
        """What players get, evenly over their elements; of several players the mean.

        Shapes: players -> elements.
        """
        shares = values / self.members.sum(axis=1)
        return np.asarray(shares @ self.members / np.maximum(self.members.sum(axis=0), 1))


def players(
    question: Question, patch: int | Sequence[int] | None = None,
    stride: int | Sequence[int] | None = None, *, apart: bool = False,
) -> Players:  # fmt: skip
    """Each column; or blocks of pixels of ``patch`` rows and columns, ``stride`` apart.

    Parameters:
        patch: by default an eighth of the picture each way, rounded up.
        stride: by default the patch, so that no two blocks overlap. The last ones are smaller where
            they reach over the edge.
        apart: whether blocks may not overlap.
    Raises: ``ParameterError`` for blocks of what is no picture, or of no pixels.
    """
    if question.picture is None:
        if patch is not None or stride is not None:
            raise ParameterError(
                "patch and stride are for pictures, and this network takes rows of columns. Leave "
                "them out."
            )
        return Players(np.eye(question.elements, dtype=bool))
    size = question.picture
    default = [-(-length // ACROSS) for length in size]
    block = _pair("patch", patch, size, default)
    step = _pair("stride", stride, block, block)
    if apart and step != block:
        raise ParameterError("Blocks that share pixels cannot play together. Leave stride out.")
    corners = [range(0, max(1, n - b + s), s) for n, b, s in zip(size, block, step, strict=True)]
    grid = np.zeros((len(corners[0]) * len(corners[1]), *size), bool)
    for place, (down, across) in enumerate((i, j) for i in corners[0] for j in corners[1]):
        grid[place, down : down + block[0], across : across + block[1]] = True
    flat = grid.reshape(len(grid), -1)
    return Players(np.tile(flat, question.elements // flat.shape[1]))  # all channels together


def _pair(name: str, given: Any, most: Sequence[int], default: Sequence[int]) -> list[int]:
    if given is None:
        return [*default]
    pair = [given, given] if isinstance(given, int | np.integer) else [*given]
    whole = len(pair) == 2 and all(isinstance(n, int | np.integer) for n in pair)
    if not whole or not all(1 <= n <= top for n, top in zip(pair, most, strict=True)):
        raise ParameterError(
            f"{name} expects a number of pixels, or rows and columns, from 1 to "
            f"{most[0]} x {most[1]}, got {given!r}."
        )
    return [int(n) for n in pair]


def worth(asking: Asking, count: int, kept: Kept) -> Array:
    """The score with some elements of the row, the others as in the baseline; the mean over it.

    Parameters:
        count: how often it is asked.
        kept: some of the questions, as the elements that are the row's.
    Shapes: kept gives truth values, n x elements.
    """
    question = asking.question
    several = len(question.baselines)
    size = max(1, VALUES // max(1, question.start.size * several))
    parts = []
    for start in range(0, count, size):
        own = kept(slice(start, start + size))
        rows = np.concatenate([question.mixed(own, base) for base in question.baselines])
        parts.append(asking.scores(rows).reshape(several, len(own)).mean(axis=0))
    return np.concatenate(parts)
