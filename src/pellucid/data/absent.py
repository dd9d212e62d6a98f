"""The codec where there are no targets: for rules that find patterns without being told any."""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np
from numpy.typing import DTypeLike

from pellucid.data.arrays import Array
from pellucid.data.record import Fields, Record
from pellucid.data.target_codec import TargetCodec
from pellucid.dataclass import dataclass


@dataclass(frozen=True, eq=False, repr=False)
class NoTargets(TargetCodec):
    """Nothing is hoped for: targets are rows of no numbers, outputs come back as they are.

    Shapes: n rows -> n x 0, float.
    """

    kind: ClassVar[str] = "none"

    @property
    def outputs(self) -> int:
        """0: how many units there are is for the layers to say."""
        return 0

    def encode(self, y: Any, dtype: DTypeLike = np.float32) -> Array:
        """Give a row of no numbers for each row of y."""
        return np.zeros((len(y), 0), dtype)

    def decode(self, z: Any) -> Array:
        """Return the outputs as they are."""
        return np.asarray(z)

    def describe(self) -> str:
        """Say in one line what the codec does."""
        return "no targets"

    def to_record(self) -> Record:
        """Return what a model file keeps."""
        return {"kind": self.kind}, {}

    @classmethod
    def from_fields(cls, fields: Fields) -> NoTargets:
        """Read back what ``to_record`` gave."""
        return cls()
