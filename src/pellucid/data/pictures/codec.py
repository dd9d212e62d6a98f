"""The codec of pictures from files: how they are framed, and how their pixels are scaled."""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np

from pellucid.data.arrays import Array, show_size
from pellucid.data.inputs import ArrayCodec, ScalePixels
from pellucid.data.pictures.framing import Framing
from pellucid.data.record import Fields, Record
from pellucid.data.scale import pieces
from pellucid.dataclass import dataclass
from pellucid.errors import ShapeError

LEVELS = 256


@dataclass(frozen=True, eq=False, repr=False)
class PictureCodec(ArrayCodec):
    """Frame pictures, and bring all pixels together to mean 0 and standard deviation 1.

    Formula: z = (x - mean) / scale, as ``ScalePixels``; x are the pixels 0 to 255 of the framed
        picture.
    Shapes: n x channels x height x width stays.
    Numerics: whole numbers of 8 bits are looked up in a table of 256 encoded levels. ``decode``
        gives back the framed picture, not the file: what framing cut off or averaged is gone.
    """

    kind: ClassVar[str] = "pictures"
    framing: Framing
    scaling: ScalePixels

    @classmethod
    def fit(cls, x: Array, framing: Framing, *, scaled: bool = True) -> PictureCodec:
        """Fit the scaling on training pictures, or leave the pixels as they are.

        Raises: ``ShapeError`` for pictures that are not framed so.
        """
        if x.shape[1:] != framing.shape:
            raise ShapeError(
                f"x is {show_size(x.shape)}; expected n x {show_size(framing.shape)}, as the "
                f"framing says: {framing.text}. Read the pictures with it."
            )
        one = np.ones(1)
        if not scaled:
            return cls(framing, ScalePixels(framing.shape, 0 * one, one))
        if x.dtype != np.uint8:
            return cls(framing, ScalePixels.fit(x))
        counts = np.zeros(LEVELS)
        for piece in pieces(x):
            counts += np.bincount(x[piece].reshape(-1), minlength=LEVELS)
        levels = np.arange(LEVELS)
        mean = counts @ levels / x.size
        spread = np.sqrt(counts @ (levels - mean) ** 2 / x.size)
        return cls(framing, ScalePixels(framing.shape, mean * one, (spread or 1.0) * one))

    @property
    def row_shape(self) -> tuple[int, ...]:
        """Channels, height, width."""
        return self.framing.shape

    @property
    def sample_shape(self) -> tuple[int, ...]:
        """Channels, height, width."""
        return self.framing.shape

    def _encode(self, x: Array, dtype: np.dtype[Any]) -> Array:
        if x.dtype != np.uint8 or dtype.kind != "f":
            return self.scaling._encode(x, dtype)
        table = (np.arange(LEVELS) - self.scaling.mean) / self.scaling.scale
        return np.take(table.astype(dtype), x)

    def _decode(self, z: Array) -> Array:
        return self.scaling._decode(z)

    def describe(self) -> str:
        """Say in one line what the codec does."""
        mean, scale = self.scaling.mean[0], self.scaling.scale[0]
        return f"Pictures: {self.framing.text}, each pixel (x - {mean:.4g}) / {scale:.4g}"

    def to_record(self) -> Record:
        """Return what a model file keeps."""
        plain = {"kind": self.kind, "framing": self.framing.to_plain()}
        return plain, {"mean": self.scaling.mean, "scale": self.scaling.scale}

    @classmethod
    def from_fields(cls, fields: Fields) -> PictureCodec:
        """Read back what ``to_record`` gave."""
        framing = Framing.from_plain(fields.plain.get("framing"))
        mean, scale = fields.numbers("mean", 1), fields.numbers("scale", 1, positive=True)
        return cls(framing, ScalePixels(framing.shape, mean, scale))
