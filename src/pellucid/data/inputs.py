"""Codecs of inputs: standardized columns, scaled pixels, or values kept as they are.

Fitted on training rows only, invertible, and saved with the model, so that a saved network takes
the user's own units.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping
from typing import Any, ClassVar, Literal

import numpy as np
from numpy.typing import DTypeLike

from pellucid.data.arrays import Array, check_inputs, count_of, show_size
from pellucid.data.frame import Table, is_frame
from pellucid.data.record import Codec, Fields, Record, frozen
from pellucid.data.scale import mean_and_scale, pieces
from pellucid.dataclass import dataclass
from pellucid.errors import DataError, ParameterError, ShapeError, unknown_name

SCALINGS = ("auto", "none")
CHANNELS = (1, 3, 4)
"""How many channels pictures have: grey, colour, colour with transparency."""
REACH = 10.0
"""How many scales a value within the range of a table of one unit can be from its column's mean."""


class InputCodec(Codec):
    """From rows in the user's units to what a network reads, and back."""

    @property
    @abstractmethod
    def row_shape(self) -> tuple[int, ...]:
        """The shape of one row as the user gives it, without the axis of rows."""

    @property
    @abstractmethod
    def sample_shape(self) -> tuple[int, ...]:
        """The shape of one encoded sample, without the batch axis."""

    @property
    def lookups(self) -> tuple[tuple[int, int], ...]:
        """Entries and units of the embeddings that read the last numbers of a sample; none."""
        return ()

    @abstractmethod
    def encode(self, x: Any, dtype: DTypeLike = np.float32) -> Array:
        """Turn rows into what the network reads.

        Raises: ``DataError`` or ``ShapeError`` for rows unlike those the codec was fitted on.
        """

    @abstractmethod
    def decode(self, z: Any) -> Any:
        """Turn encoded rows back into the user's units."""


class ArrayCodec(InputCodec):
    """A codec of arrays: one kind of number, and one shape of row."""

    def encode(self, x: Any, dtype: DTypeLike = np.float32) -> Array:
        """Turn rows into what the network reads.

        Raises: ``DataError`` or ``ShapeError`` for rows unlike those the codec was fitted on.
        """
        rows = self.fitting(x)
        with np.errstate(over="ignore"):
            encoded = self._encode(rows, np.dtype(dtype))
        if encoded.dtype.kind == "f" and not _is_finite(encoded):
            raise DataError(
                f"x has values up to {float(np.max(np.abs(rows))):.4g}, beyond the range of "
                f"{encoded.dtype} once encoded. Check the units of x."
            )
        return encoded

    def fitting(self, x: Any) -> Array:
        """Return rows as an array of finite numbers, of the shape that the codec was fitted on.

        Raises: ``DataError`` or ``ShapeError`` for rows unlike those.
        """
        rows = check_inputs(x)
        self._check_shape(rows)
        return rows

    def decode(self, z: Any) -> Array:
        """Turn encoded rows back into the user's units, in float64."""
        z = np.asarray(z)
        if z.shape[1:] != self.sample_shape or z.ndim == 0:
            raise ShapeError(
                f"decode got {show_size(z.shape)}; expected n x {show_size(self.sample_shape)}, as "
                "encode returns it."
            )
        return self._decode(z)

    @abstractmethod
    def _encode(self, x: Array, dtype: np.dtype[Any]) -> Array: ...

    @abstractmethod
    def _decode(self, z: Array) -> Array: ...

    def _check_shape(self, x: Array) -> None:
        got, fitted = x.shape[1:], self.row_shape
        if got == fitted:
            return
        if len(got) == 1 and len(fitted) == 1:
            raise ShapeError(
                f"x has {count_of(got[0], 'feature')} (x is {show_size(x.shape)}), the model was "
                f"fitted on {fitted[0]}. Give the same columns, in the same order, as in training."
            )
        one = f" For a single sample use x[None]: it is 1 x {show_size(x.shape)}."
        raise ShapeError(
            f"x is {show_size(x.shape)}, the model was fitted on rows of {show_size(fitted)}. "
            f"Expected n x {show_size(fitted)}.{one if x.shape == fitted else ''}"
        )


@dataclass(frozen=True, eq=False, repr=False)
class Standardize(ArrayCodec):
    """Bring each column of a table to mean 0 and standard deviation 1.

    Formula: z = (x - mean) / scale, column by column; scale is the population standard deviation of
        the training rows, and 1 for a constant column.
    Shapes: n x features -> n x features.
    Numerics: where all columns share one unit (see ``has_one_unit``: pixels, say), a scale is at
        least a tenth of the table's range. No value within that range is then encoded beyond +-10;
        without this floor a pixel that is lit in 1 of 60,000 training rows would reach z = 245, and
        more in a test row where it is brighter. A constant column of such a table has the floor as
        its scale: it may vary in a test row.
    """

    kind: ClassVar[str] = "standardize"
    mean: Array
    scale: Array

    def __post_init__(self) -> None:
        _freeze(self)

    @classmethod
    def fit(cls, x: Array) -> Standardize:
        """Fit on training rows."""
        mean, scale = mean_and_scale(x, "x")
        if has_one_unit(x):
            floor = (float(x.max()) - float(x.min())) / REACH
            varying = x.max(axis=0) > x.min(axis=0)
            scale = np.where(varying, np.maximum(scale, floor), floor)
        return cls(mean, scale)

    @property
    def row_shape(self) -> tuple[int, ...]:
        """The number of features."""
        return (len(self.mean),)

    @property
    def sample_shape(self) -> tuple[int, ...]:
        """The number of features."""
        return self.row_shape

    def _encode(self, x: Array, dtype: np.dtype[Any]) -> Array:
        z = np.empty(x.shape, dtype)
        for piece in pieces(x):
            z[piece] = (x[piece] - self.mean) / self.scale
        return z

    def _decode(self, z: Array) -> Array:
        return np.asarray(z * self.scale + self.mean)

    def describe(self) -> str:
        """Say in one line what the codec does."""
        return f"Standardize: {count_of(len(self.mean), 'feature')}, each (x - mean) / scale"

    def to_record(self) -> Record:
        """Return what a model file keeps."""
        return {"kind": self.kind}, {"mean": self.mean, "scale": self.scale}

    @classmethod
    def from_fields(cls, fields: Fields) -> Standardize:
        """Read back what ``to_record`` gave."""
        mean = fields.numbers("mean")
        return cls(mean, fields.numbers("scale", len(mean), positive=True))


@dataclass(frozen=True, eq=False, repr=False)
class ScalePixels(ArrayCodec):
    """Bring all pixels of all pictures together to mean 0 and standard deviation 1.

    Formula: z = (x - mean) / scale, with one mean and one population standard deviation over all
        pixels of the training pictures; scale is 1 where all pixels are equal.
    Shapes: n x height x width -> n x 1 x height x width; n x channels x height x width stays.
    """

    kind: ClassVar[str] = "scale-pixels"
    shape: tuple[int, ...]
    mean: Array
    scale: Array

    def __post_init__(self) -> None:
        _freeze(self)

    @classmethod
    def fit(cls, x: Array) -> ScalePixels:
        """Fit on training pictures."""
        mean, scale = mean_and_scale(x.reshape(-1, 1), "x")
        return cls(x.shape[1:], mean, scale)

    @property
    def row_shape(self) -> tuple[int, ...]:
        """The shape of one picture as the user gives it."""
        return self.shape

    @property
    def sample_shape(self) -> tuple[int, ...]:
        """The shape of one encoded picture: channels, height, width."""
        return (1, *self.shape) if len(self.shape) == 2 else self.shape

    def _encode(self, x: Array, dtype: np.dtype[Any]) -> Array:
        z = np.empty(x.shape, dtype)
        for piece in pieces(x):
            z[piece] = (x[piece] - self.mean) / self.scale
        return z.reshape(len(x), *self.sample_shape)

    def _decode(self, z: Array) -> Array:
        return np.asarray(z * self.scale + self.mean).reshape(len(z), *self.shape)

    def describe(self) -> str:
        """Say in one line what the codec does."""
        size = show_size(self.shape)
        return f"ScalePixels: {size}, each (x - {self.mean[0]:.4g}) / {self.scale[0]:.4g}"

    def to_record(self) -> Record:
        """Return what a model file keeps."""
        plain = {"kind": self.kind, "shape": list(self.shape)}
        return plain, {"mean": self.mean, "scale": self.scale}

    @classmethod
    def from_fields(cls, fields: Fields) -> ScalePixels:
        """Read back what ``to_record`` gave."""
        mean, scale = fields.numbers("mean", 1), fields.numbers("scale", 1, positive=True)
        return cls(fields.sizes("shape"), mean, scale)


@dataclass(frozen=True, eq=False, repr=False)
class Keep(ArrayCodec):
    """Keep the values as they are; whole numbers stay whole, as an embedding needs them.

    Formula: z = x.
    Shapes: any -> the same.
    """

    kind: ClassVar[str] = "keep"
    shape: tuple[int, ...]
    whole: bool = False

    @classmethod
    def fit(cls, x: Array) -> Keep:
        """Remember the shape of a row, and whether its numbers are whole."""
        return cls(x.shape[1:], x.dtype.kind in "iu")

    @property
    def row_shape(self) -> tuple[int, ...]:
        """The shape of one row."""
        return self.shape

    @property
    def sample_shape(self) -> tuple[int, ...]:
        """The shape of one row."""
        return self.shape

    def _encode(self, x: Array, dtype: np.dtype[Any]) -> Array:
        if not self.whole:
            return x.astype(dtype)
        if float(x.max()) >= 2.0**63 or float(x.min()) < -(2.0**63):
            raise DataError("x holds whole numbers beyond 64 bits with sign. Give smaller ones.")
        if x.dtype.kind == "f" and (x != np.floor(x)).any():
            first = float(x[x != np.floor(x)][0])
            raise DataError(
                f"x holds the fraction {first:g}; the model was fitted on whole numbers. Give x as "
                "integers."
            )
        return x.astype(np.int64)

    def _decode(self, z: Array) -> Array:
        return z.astype(np.int64 if self.whole else np.float64)

    def describe(self) -> str:
        """Say in one line what the codec does."""
        what = "whole numbers" if self.whole else "values"
        return f"Keep: {what} of {show_size(self.shape)} as they are"

    def to_record(self) -> Record:
        """Return what a model file keeps."""
        return {"kind": self.kind, "shape": list(self.shape), "whole": self.whole}, {}

    @classmethod
    def from_fields(cls, fields: Fields) -> Keep:
        """Read back what ``to_record`` gave."""
        return cls(fields.sizes("shape"), fields.truth("whole"))


def fit_inputs(
    x: Any,
    scaling: Literal["auto", "none"] = "auto",
    columns: Mapping[str, str] | None = None,
    missing: Mapping[str, str] | None = None,
) -> InputCodec:
    """Fit the codec of inputs on training rows.

    Parameters:
        x: the training rows: a data frame, whose columns are read each by its kind, or an array.
        scaling: "auto" standardizes the columns of an array of two axes and scales the pixels of
            pictures (three axes or more) together; "none" keeps all values as they are.
        columns: the kinds of some columns of a data frame, where what is found is not what is
            meant: number, category, boolean, date, text, identifier, constant, ignore.
        missing: what stands in for missing values in some columns of a data frame: mean, median,
            zero, most_frequent, own.

    Raises: ``DataError``; ``ShapeError`` for pictures whose channels come last, where scaled;
        ``ParameterError`` for kinds of the columns of an array.

    Example:
        >>> fit_inputs([[0.0, 5.0], [2.0, 5.0]]).encode([[2.0, 6.0]]).tolist()
        [[1.0, 1.0]]
    """
    if scaling not in SCALINGS:
        raise unknown_name("scaling", scaling, SCALINGS)
    if scaling == "auto" and is_frame(x):
        from pellucid.data.table_codec import TableCodec

        return TableCodec.fit(Table.of(x), columns, missing=missing)
    what = "kept as it is" if is_frame(x) else "an array"
    if columns:
        raise ParameterError(
            f"columns={dict(columns)!r:.100} gives kinds to the columns of a data frame that is "
            f"scaled; x is {what}. Leave it out."
        )
    if missing:
        raise ParameterError(
            f"missing={dict(missing)!r:.100} is for the columns of a data frame that is scaled; x "
            f"is {what}. Leave it out."
        )
    rows = check_inputs(x)
    if scaling == "none":
        return Keep.fit(rows)
    if rows.ndim == 2:
        return Standardize.fit(rows)
    _check_channels_first(rows)
    return ScalePixels.fit(rows)


def _check_channels_first(x: Array) -> None:
    """Refuse pictures as most programs store them, whose rows would be taken for channels."""
    if x.ndim != 4 or x.shape[3] not in CHANNELS or x.shape[1] in CHANNELS:
        return
    count, height, width, channels = x.shape
    raise ShapeError(
        f"x is {show_size(x.shape)}, which looks like pictures of {height} x {width} with their "
        f"{count_of(channels, 'channel')} last; expected the channels first, "
        f"{show_size((count, channels, height, width))}. Use x.transpose(0, 3, 1, 2). If there are "
        f"{height} channels indeed, scale the values yourself and keep them as they are with "
        "Network(..., scale_inputs=False)."
    )


def has_one_unit(x: Array) -> bool:
    """Whether all columns of a table look like measures in one unit, as the pixels of a picture do.

    They do where there are at least 16 columns; at most 256 different values occur, each at least
    four times on average (in up to a million values, taken evenly); and at least half of the
    columns that vary span at least half of the table's range.
    """
    if x.shape[1] < 16:
        return False
    sample = x[:: max(1, x.size >> 20)]
    if np.unique(sample).size > min(256, sample.size // 4):
        return False
    low, high = x.min(axis=0).astype(np.float64), x.max(axis=0).astype(np.float64)
    span = high - low
    wide = span >= (high.max() - low.min()) / 2
    return bool(span.any() and 2 * np.sum(wide & (span > 0)) >= np.sum(span > 0))


def _freeze(codec: Standardize | ScalePixels) -> None:
    object.__setattr__(codec, "mean", frozen(codec.mean))
    object.__setattr__(codec, "scale", frozen(codec.scale))


def _is_finite(z: Array) -> bool:
    return all(bool(np.isfinite(z[piece]).all()) for piece in pieces(z))
