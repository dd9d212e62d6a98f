"""Whether chances are honest: of all rows with a chance near 0.8, are 8 of 10 right?

A *reliability curve* divides rows by how certain the network is and says, for each part, how
certain it is on average and how often it is right. The *expected calibration error* is the mean
distance between the two.
"""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import numpy as np

from pellucid.dataclass import dataclass
from pellucid.errors import DataError, ParameterError

if TYPE_CHECKING:
    from pellucid.models.network import Network

BINS = 10
Array = np.ndarray[Any, Any]


@dataclass(frozen=True)
class Bin:
    """The rows whose certainty is above ``low`` and at most ``high``.

    Attributes:
        count: how many there are.
        confidence: their mean certainty.
        accuracy: the share of them that is right.
    """

    low: float
    high: float
    count: int
    confidence: float
    accuracy: float


@dataclass(frozen=True)
class Reliability:
    """A reliability curve.

    Attributes:
        bins: the parts that hold any rows, from the least certain to the most.
        count: of all rows (with several labels a row: of all labels of all rows).
    """

    bins: tuple[Bin, ...]
    count: int

    @property
    def error(self) -> float:
        """The expected calibration error: sum of count |accuracy - confidence| / all."""
        return sum(b.count * abs(b.accuracy - b.confidence) for b in self.bins) / self.count

    @property
    def largest(self) -> float:
        """The largest distance of a part, |accuracy - confidence|."""
        return max(abs(b.accuracy - b.confidence) for b in self.bins)

    def rows(self) -> list[dict[str, Any]]:
        """The parts as plain values."""
        return [asdict(part) for part in self.bins]


def reliability(right: Any, confidence: Any, bins: Any = BINS) -> Reliability:
    """The reliability curve of answers.

    Parameters:
        right: whether each answer is right (or each event came), as truth values or 0 and 1.
        confidence: the chance that was given to it, from 0 to 1.
        bins: into how many parts of one width certainties are divided; a chance at an edge belongs
            to the part below, and 0 to the first.
    Raises: ``DataError`` for chances that are none, or not as many as answers.

    Example:
        >>> curve = reliability([True, False, True, True], [0.55, 0.55, 0.95, 0.95])
        >>> round(curve.error, 3)
        0.05
    """
    if isinstance(bins, bool) or not isinstance(bins, int) or bins < 1:
        raise ParameterError(f"bins expects a whole number of at least 1, got {bins!r}.")
    hit, chance = np.asarray(right, float).ravel(), np.asarray(confidence, float).ravel()
    if len(hit) != len(chance) or not len(hit):
        raise DataError(
            f"A reliability curve needs a chance for each answer, got {len(hit):,} answers and "
            f"{len(chance):,} chances."
        )
    if not ((chance >= 0) & (chance <= 1)).all() or not np.isin(hit, (0, 1)).all():
        raise DataError(
            "A reliability curve needs answers that are right or wrong, and chances from 0 to 1; "
            f"got chances from {chance.min():g} to {chance.max():g}."
        )
    edges = np.linspace(0, 1, bins + 1)
    place = np.searchsorted(edges[1:-1], chance)
    found = []
    for part in range(bins):
        own = place == part
        if own.any():
            low, high = float(edges[part]), float(edges[part + 1])
            mean, share = float(chance[own].mean()), float(hit[own].mean())
            found.append(Bin(low, high, int(own.sum()), mean, share))
    return Reliability(tuple(found), len(hit))


def reliability_of(network: Network, x: Any, y: Any, bins: int = BINS) -> Reliability:
    """The reliability curve of a network of classes, or of several labels a row.

    For classes it is about the most likely class of each row; for labels about each label.
    Raises: ``DataError`` for a network without chances.
    """
    return reliability(*certainties(network, x, y), bins)


def certainties(network: Network, x: Any, y: Any) -> tuple[Array, Array]:
    """Whether each answer is right, and the chance that the network gave it."""
    from pellucid.data.codec import Classes

    chances, target = network.predict_proba(x), network._parts()[2]
    places = target.encode(y)
    if not isinstance(target, Classes):
        return places > 0.5, chances
    best = chances.argmax(axis=1)
    return best == places, np.clip(chances[np.arange(len(best)), best], 0.0, 1.0)
