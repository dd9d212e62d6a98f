"""What every codec of targets does; the kinds of targets are in files of their own."""

from __future__ import annotations

from abc import abstractmethod
from typing import Any, ClassVar

import numpy as np
from numpy.typing import DTypeLike

from pellucid.data.arrays import Array
from pellucid.data.record import Codec


class TargetCodec(Codec):
    """From targets in the user's words and units to what a loss compares with, and back."""

    kind: ClassVar[str]

    @property
    @abstractmethod
    def outputs(self) -> int:
        """How many outputs a network needs for such targets."""

    @abstractmethod
    def encode(self, y: Any, dtype: DTypeLike = np.float32) -> Array:
        """Turn targets into what a loss compares with."""

    @abstractmethod
    def decode(self, z: Any) -> Array:
        """Turn encoded targets back into the user's words and units."""
