"""Words of 64 bits, scattered: what rows are hashed with."""

from __future__ import annotations

import numpy as np

from pellucid.data.arrays import Array

GOLDEN = np.uint64(0x9E3779B97F4A7C15)


def mix(words: Array) -> Array:
    """Scatter words of 64 bits: each bit of the result depends on all bits of the word.

    Source: S. Vigna (2015), SplitMix64, after G. L. Steele, D. Lea, C. H. Flood (2014),
        doi:10.1145/2660193.2660195.
    """
    z = words + GOLDEN
    moved = np.empty_like(z)
    for shift, odd in ((30, 0xBF58476D1CE4E5B9), (27, 0x94D049BB133111EB)):
        z ^= np.right_shift(z, np.uint64(shift), out=moved)
        z *= np.uint64(odd)
    z ^= np.right_shift(z, np.uint64(31), out=moved)
    return z
