"""Shuffling columns of encoded rows, and seeing how much worse the answers get."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from pellucid.data.draw import Draw
from pellucid.graph.primitive import Array
from pellucid.inspect.effort import error
from pellucid.models.answers import comparable
from pellucid.models.network import Network
from pellucid.run.choose import executor


class Shuffling:
    """The rows, the answers hoped for, and the orders in which cells change rows.

    Attributes:
        base: the error as the rows are.
    """

    def __init__(
        self, network: Network, kind: str, z: Array, true: Array, repeats: int, seed: int
    ) -> None:
        self._prediction, self._target = network._prediction(executor()), network._parts()[2]
        self._kind, self._z, self._true = kind, z, true
        draw = Draw(seed, "shuffled columns")
        self._orders = [draw.order(len(z)) for _ in range(repeats)]
        self.base = self._error()

    def rises(self, places: Sequence[int]) -> Array:
        """By how much the error rises when these numbers change rows together, for each repeat."""
        own = list(places)
        kept = self._z[:, own].copy()
        found = []
        for order in self._orders:
            self._z[:, own] = kept[order]
            found.append(self._error() - self.base)
        self._z[:, own] = kept
        return np.array(found)

    def _error(self) -> float:
        answers = comparable(self._target, self._prediction.of(self._z))
        return error(self._kind, self._true, answers)
