"""How each operation of a graph is written: the tables that ``lower`` goes by."""

from __future__ import annotations

from pellucid.io.code.arrays import ARRAYS
from pellucid.io.code.one_by_one import BESIDE, ONE_BY_ONE
from pellucid.io.code.sums import SUMS
from pellucid.io.code.windows import WINDOWS

ELEMENTS = {**ONE_BY_ONE, **BESIDE, **SUMS, **WINDOWS}
"""Those whose elements can be computed one after the other."""
KNOWN = frozenset((*ELEMENTS, *ARRAYS))
"""All that is written. Left out, since no prediction needs them: random numbers, and the gradients
of convolution, pooling and gather."""
