"""What parts of pictures a network's answers depend on: a map in place of a list of columns."""

from __future__ import annotations

from typing import Any

import numpy as np

from pellucid.data.codec import Classes, Labels
from pellucid.data.draw import Draw
from pellucid.dataclass import dataclass
from pellucid.errors import DataError
from pellucid.graph.primitive import Array
from pellucid.inspect.effort import chosen_rows, error, work_a_row
from pellucid.inspect.weights import first_weights
from pellucid.models.answers import comparable
from pellucid.models.network import Network
from pellucid.models.prepare import given

GRID, REPEATS = 8, 2


@dataclass(frozen=True)
class PictureImportance:
    """A map of what matters where.

    Attributes:
        rises: by how much the error rises when a block of pixels comes from other pictures.
        error: what it is without that: the share wrong of classes, the rmse of numbers.
        measure: "share wrong" or "rmse".
        test_rows, repeats: how many pictures were changed, and how often.
        weights: the sizes of the weights of each pixel; None where the first layer is not dense.
        mean: the mean picture, from 0 to 1.

    Shapes: rises is at most 8 x 8; weights and mean height x width.
    """

    rises: Array
    error: float
    measure: str
    test_rows: int
    repeats: int
    weights: Array | None
    mean: Array

    def record(self) -> dict[str, Any]:
        """All numbers as plain values; the mean picture is none of them."""
        return {
            "measure": self.measure, "error": self.error, "test_rows": self.test_rows,
            "repeats": self.repeats, "rises": self.rises.tolist(),
            "weights": None if self.weights is None else self.weights.tolist(),
        }  # fmt: skip


def picture_importance(
    network: Network, x: Any, y: Any, *, size: tuple[int, int] | None = None, seed: int = 0
) -> PictureImportance:
    """Exchange each block of pixels among the pictures in turn, and see how much worse it gets.

    Parameters:
        x, y: pictures that the network did not learn from, and their targets.
        size: height and width, where pictures come as rows of pixels.
    Raises: ``DataError`` for rows that are no pictures, or fewer than two.
    """
    _, codec, target = network._parts()
    x, y = given(x, y, codec)
    shape = picture_shape(codec.row_shape, size)
    if len(x) < 2:
        raise DataError(f"Exchanging blocks needs at least 2 pictures, got {len(x)}. Give more.")
    kind = "classes" if isinstance(target, Classes | Labels) else "numbers"
    grid = min(GRID, shape[1]), min(GRID, shape[2])
    work = work_a_row(network.architecture)
    rows = chosen_rows(len(x), grid[0] * grid[1] * REPEATS, work, seed)
    flat = np.array(np.asarray(x)[rows])
    pictures = flat.reshape(len(rows), *shape)  # a view: what is changed here is asked below
    true = comparable(target, y)[rows]
    base = error(kind, true, comparable(target, network.predict(flat)))
    draw = Draw(seed, "exchanged blocks")
    orders = [draw.order(len(rows)) for _ in range(REPEATS)]
    rises = np.empty(grid)
    for place in np.ndindex(*grid):
        block = (slice(None), slice(None), *_block(place, grid, shape))
        kept = pictures[block].copy()
        found = []
        for order in orders:
            pictures[block] = kept[order]
            found.append(error(kind, true, comparable(target, network.predict(flat))) - base)
        pictures[block] = kept
        rises[place] = np.mean(found)
    mean = pictures.mean(axis=(0, 1), dtype=float)
    span = float(mean.max() - mean.min())
    return PictureImportance(
        rises, base, "share wrong" if kind == "classes" else "rmse", len(rows), REPEATS,
        _weights(network, shape), (mean - mean.min()) / (span or 1.0),
    )  # fmt: skip


def picture_shape(row: tuple[int, ...], size: tuple[int, int] | None) -> tuple[int, int, int]:
    """Channels, height and width of rows that are pictures."""
    if len(row) == 3:
        return row[0], row[1], row[2]
    if len(row) == 2:
        return 1, row[0], row[1]
    if size is not None and len(row) == 1 and size[0] * size[1] == row[0]:
        return 1, size[0], size[1]
    raise DataError(
        f"Rows of {' x '.join(map(str, row))} are no pictures. Give size=(height, width), or use "
        "column_importance."
    )


def _block(
    place: tuple[int, ...], grid: tuple[int, int], shape: tuple[int, int, int]
) -> tuple[slice, slice]:
    """The pixels of a block: all are in one, and blocks differ by a pixel at most."""
    cuts = [
        [step * length // count for step in range(count + 1)]
        for count, length in zip(grid, shape[1:], strict=True)
    ]
    down, across = place
    return slice(cuts[0][down], cuts[0][down + 1]), slice(cuts[1][across], cuts[1][across + 1])


def _weights(network: Network, shape: tuple[int, int, int]) -> Array | None:
    sizes = first_weights(network)
    if sizes is None or sizes.size != shape[0] * shape[1] * shape[2]:
        return None
    return np.asarray(sizes.reshape(shape).sum(axis=0))
