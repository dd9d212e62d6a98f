"""Random numbers that are the same in every version of NumPy.

NumPy promises that the raw stream of Philox never changes, but not what its distributions make of
it; so the little that data need is made from the raw stream here.
"""

from __future__ import annotations

from hashlib import blake2b
from math import prod

import numpy as np

from pellucid.data.arrays import Array
from pellucid.hyper import Hyper

SEED = Hyper("the number that all draws follow from", int, low=0, high=2**64 - 1)


class Draw:
    """A stream of random numbers that follows from its seed and its purpose alone.

    Draws of one seed for two purposes have nothing to do with each other: the order of a split says
    nothing of the points that the same seed made.

    Formula: Philox 4x64-10 with the key (seed, the first 64 bits of BLAKE2b of the purpose).

    Example:
        >>> Draw(0, "example").order(5).tolist()
        [3, 1, 0, 2, 4]
    """

    def __init__(self, seed: int, purpose: str) -> None:
        seed = SEED.check("a random draw", "seed", seed)
        word = int.from_bytes(blake2b(purpose.encode(), digest_size=8).digest(), "little")
        self._stream = np.random.Philox(key=np.array([seed, word], np.uint64))

    def uniform(self, *shape: int) -> Array:
        """Draw numbers evenly from [0, 1), in steps of 2^-53."""
        raw = np.asarray(self._stream.random_raw(prod(shape)), np.uint64)
        return (raw >> np.uint64(11)).astype(np.float64).reshape(shape) * 2.0**-53

    def normal(self, *shape: int) -> Array:
        """Draw from the normal distribution of mean 0 and standard deviation 1.

        Formula: sqrt(-2 ln(1 - u)) cos(2 pi v), with u and v even on [0, 1).
        Source: G. E. P. Box and M. E. Muller (1958), Annals of Mathematical Statistics 29(2),
            doi:10.1214/aoms/1177706645.
        """
        radius = np.sqrt(-2.0 * np.log1p(-self.uniform(*shape)))
        return np.asarray(radius * np.cos(2.0 * np.pi * self.uniform(*shape)))

    def order(self, count: int) -> Array:
        """Draw an order of ``count`` things: the ranks of as many random numbers."""
        raw = np.asarray(self._stream.random_raw(count), np.uint64)
        return np.argsort(raw, kind="stable")
