"""What is asked: a row, what it is compared with, and which of its numbers belong together.

Whole numbers that a first layer looks up (categories of a table, words) do not change smoothly. So
the numbers that are explained are those after the look-up; what they get is added up for the cell
that they stand for.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import prod
from typing import Any

import numpy as np

from pellucid.data.arrays import count_of, show_size, to_array
from pellucid.data.codec import InputCodec, Keep, PictureCodec, ScalePixels, TableCodec
from pellucid.data.frame import is_frame
from pellucid.dataclass import dataclass
from pellucid.errors import DataError, ParameterError, ShapeError
from pellucid.graph.primitive import Array
from pellucid.inspect.attribute.graphs import embedded, is_looked_up
from pellucid.inspect.attribute.outputs import Output
from pellucid.models.network import Network
from pellucid.models.prepare import checked, encoded
from pellucid.nn.embed_columns import EmbedColumns

MOST_BASELINES = 1_000
BASELINES = ("mean", "black")


@dataclass(frozen=True, eq=False)
class Question:
    """A row, what it is compared with, and how its numbers make up the user's input.

    The *elements* are what is explained: the columns of a table, the numbers of an array, the
    pixels of a picture, one for each channel.

    Attributes:
        start: the row as the layers after a look-up read it.
        baselines: the same of each row that it is compared with.
        compared: what these are, in words.
        shape: of the elements, as the user gives a row.
        owner: for each number of ``start``, flat, the element that it belongs to.
        names, cells: of columns, what they are called and what they hold; empty for pictures.
        picture: height and width, where the elements are pixels.
        pixels: of a picture, what it holds, as the user gave it.

    Shapes: start 1 x ..., baselines k x ...
    """

    network: Network
    output: Output
    start: Array
    baselines: Array
    compared: str
    shape: tuple[int, ...]
    owner: Array
    names: tuple[str, ...] = ()
    cells: tuple[Any, ...] = ()
    picture: tuple[int, int] | None = None
    pixels: Array | None = None

    @property
    def elements(self) -> int:
        """How many elements there are."""
        return prod(self.shape)

    @property
    def way(self) -> Array:
        """From each baseline to the row."""
        return np.asarray(self.start - self.baselines)

    def added(self, numbers: Array) -> Array:
        """What each number gets, added up for each element.

        Shapes: n x ... -> n x elements.
        """
        flat = numbers.reshape(len(numbers), -1)
        return np.stack(
            [np.bincount(self.owner, weights=row, minlength=self.elements) for row in flat]
        )

    def mixed(self, kept: Array, baseline: Array) -> Array:
        """Rows that hold some elements of the row and the others of a baseline.

        Shapes: kept, truth values, n x elements; baseline ... -> n x ...
        """
        mask = kept[:, self.owner].reshape(len(kept), *self.start.shape[1:])
        return np.where(mask, self.start, baseline)


def ask(network: Network, x: Any, output: Output, baseline: Any) -> Question:
    """The question about one row, as ``one_row`` gives it.

    Parameters:
        baseline: "mean", "black", a row, or several rows.
    """
    _, codec, _ = network._parts()
    z, compared = _baselines(network, codec, baseline)
    start, baselines = _looked_up(network, _encoded(network, x)), _looked_up(network, z)
    if isinstance(codec, TableCodec):
        used = codec.used
        names = tuple(column.name for column in used)
        cells = tuple(x.column(name).to_list()[0] for name in names)
        return Question(
            network, output, start, baselines, compared, (len(used),), _owner(network, codec),
            names, cells,
        )  # fmt: skip
    shape, owner = codec.row_shape, _owner(network, codec)
    size = picture_size(network, codec)
    flat = np.asarray(x).reshape(shape)
    if size is not None:
        return Question(
            network, output, start, baselines, compared, shape, owner, picture=size, pixels=flat
        )
    names = _names(network, shape)
    return Question(
        network, output, start, baselines, compared, shape, owner, names,
        tuple(flat.reshape(-1).tolist()),
    )  # fmt: skip


def one_row(x: Any, codec: InputCodec, name: str = "x") -> Any:
    """A single row as the codec takes rows: a table or an array of one.

    Takes a row with or without the axis of rows, and a dictionary by column.
    Raises: ``DataError`` for several rows; ``ShapeError`` for a row of another shape.
    """
    rows = rows_of(x, codec)
    if len(rows) != 1:
        raise DataError(
            f"attribute explains one row, and {name} has {count_of(len(rows), 'row')}. Give one, "
            f"such as {name}[:1]."
        )
    return rows


def rows_of(x: Any, codec: InputCodec) -> Any:
    """Rows as the codec takes them; one row may come without the axis of rows."""
    if isinstance(codec, TableCodec):
        if isinstance(x, Mapping) and not is_frame(x):
            import polars as pl

            lists = any(isinstance(cell, list | tuple | np.ndarray) for cell in x.values())
            x = pl.DataFrame(dict(x) if lists else {name: [cell] for name, cell in x.items()})
        elif not is_frame(x) and np.ndim(x) == 1:
            x = [x]
        rows = checked(x, None, codec)
        codec.encode_noting(rows[:1])  # names missing columns
        return rows
    array = x if is_frame(x) else to_array(x, "x")
    single = not is_frame(x) and array.ndim == len(codec.row_shape)
    rows = checked(array[None] if single else array, None, codec)
    if rows.shape[1:] != codec.row_shape:
        one, got = show_size(codec.row_shape), rows.shape[1:] if single else rows.shape
        raise ShapeError(
            f"attribute got an input of {show_size(got)}; the network was fitted on rows of {one}. "
            f"Give one row, as {one} or 1 x {one}."
        )
    return rows


def picture_size(network: Network, codec: InputCodec) -> tuple[int, int] | None:
    """Height and width, where a row is a picture; of rows of pixels where the network knows it."""
    shape = codec.row_shape
    if isinstance(codec, ScalePixels | PictureCodec):
        return (shape[-2], shape[-1]) if len(shape) in (2, 3) else None
    if isinstance(codec, Keep) and len(shape) == 3:
        return shape[1], shape[2]
    told = network.provenance.get("data")
    size = told.get("picture") if isinstance(told, dict) else None
    if isinstance(size, list) and len(size) == 2 and len(shape) == 1 and prod(size) == shape[0]:
        return int(size[0]), int(size[1])
    return None


def _names(network: Network, shape: tuple[int, ...]) -> tuple[str, ...]:
    """What the numbers of a row are called: as in training where that is known, else x1, x2, ..."""
    told = network.provenance.get("data")
    names = told.get("features") if isinstance(told, dict) else None
    if isinstance(names, list) and len(shape) == 1 and len(names) == shape[0]:
        return tuple(map(str, names))
    if len(shape) == 1:
        return tuple(f"x{place + 1}" for place in range(shape[0]))
    return tuple("x" + str([*place]).replace(" ", "") for place in np.ndindex(*shape))


def _encoded(network: Network, x: Any) -> Array:
    task, codec, _ = network._parts()
    found = encoded(x, codec, task, "float64")
    return np.asarray(found if isinstance(found, np.ndarray) else found[:])


def _looked_up(network: Network, z: Array) -> Array:
    """Encoded rows as the layers after a look-up read them."""
    if is_looked_up(network):
        return embedded(network, z)
    if network.architecture.in_dtype == "int":
        raise ParameterError(
            "attribute follows whole numbers through an Embedding that is the first layer, and "
            "here it is inside another. Put it first in the network."
        )
    return z


def _baselines(network: Network, codec: InputCodec, baseline: Any) -> tuple[Array, str]:
    """Encoded rows to compare with, and what they are in words."""
    kind = np.int64 if network.architecture.in_dtype == "int" else np.float64
    if isinstance(baseline, str):
        if baseline not in BASELINES:
            raise ParameterError(
                f"baseline expects 'mean', 'black', a row or several rows, got {baseline!r}."
            )
        if baseline == "black":
            if isinstance(codec, TableCodec) or picture_size(network, codec) is None:
                raise ParameterError(
                    "baseline='black' is for pictures, and this network takes none. Use 'mean', or "
                    "give a row."
                )
            return _encoded(network, np.zeros((1, *codec.row_shape))), "a black picture"
        return np.zeros((1, *codec.sample_shape), kind), _mean_words(codec)
    rows = rows_of(baseline, codec)
    if len(rows) > MOST_BASELINES:
        raise ParameterError(
            f"baseline expects at most {MOST_BASELINES:,} rows, got {len(rows):,}. Give fewer, "
            "drawn at random."
        )
    words = "the given row" if len(rows) == 1 else f"the mean over {len(rows):,} given rows"
    return _encoded(network, rows), words


def _mean_words(codec: InputCodec) -> str:
    if isinstance(codec, Keep):
        return "zeros"
    if isinstance(codec, ScalePixels | PictureCodec):
        return "a picture of the mean grey of the training pictures"
    if isinstance(codec, TableCodec) and any(c.kind != "number" for c in codec.used):
        return "numbers at the mean of the training rows, no category, nothing marked"
    return "the mean of the training rows"


def _owner(network: Network, codec: InputCodec) -> Array:
    """For each number after the look-up, the element that it belongs to."""
    if isinstance(codec, TableCodec):
        own = np.zeros(codec.sample_shape[0], np.int64)
        places = [p for c, p in zip(codec.columns, codec._places(), strict=True) if c.is_used]
        for column, numbers in enumerate(places):
            own[numbers] = column
    else:
        own = np.arange(prod(codec.row_shape))
    if not is_looked_up(network):
        return own
    first = network.architecture.layers[0][1]
    units: Sequence[int]
    if isinstance(first, EmbedColumns):
        plain, units = len(own) - len(first.units), first.units
    else:
        plain, units = 0, [first.units] * len(own)  # type: ignore[attr-defined]
    return np.concatenate([own[:plain], np.repeat(own[plain:], units)])
