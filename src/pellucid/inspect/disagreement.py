"""Where weights and shuffling rank a column differently, and why that may be."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from pellucid.graph.primitive import Array

ALIKE = 0.8
STILL, WIDE = 0.5, 2.0
MOST_NUMBERS = 1_000
"""Correlations are looked for among so many encoded numbers at most."""


def ranks(values: Array) -> Array:
    """1 for the largest; equal values share the better rank."""
    order = np.sort(-values)
    return np.searchsorted(order, -values, side="left") + 1


def disagreements(
    columns: Sequence[str], weights: Array, rises: Array, z: Array,
    places: Sequence[Sequence[int]],
) -> dict[str, str]:  # fmt: skip
    """Of the columns whose rank by weights is far from that by shuffling, why that may be."""
    if len(columns) < 3:
        return {}
    means = rises.mean(axis=1)
    by_weight, by_shuffle = ranks(weights), ranks(means)
    far = max(2, len(columns) // 3)
    partners = _partners(z, places)
    notes = {}
    for place, name in enumerate(columns):
        apart = int(by_shuffle[place] - by_weight[place])
        if abs(apart) < far:
            continue
        told = f"{_th(by_weight[place])} by weights, {_th(by_shuffle[place])} by shuffling: "
        partner, alike = partners[place]
        spread = float(np.sqrt(z[:, list(places[place])].var(axis=0).mean()))
        if apart > 0:
            reason = _overrated(columns[partner], alike, spread)
        elif means[place] > 2 * rises[place].std():
            reason = _underrated(spread)
        else:
            continue  # its rank is that of chance
        notes[name] = told + reason
    return notes


def _overrated(partner: str, alike: float, spread: float) -> str:
    """Why weights make more of a column than shuffling does."""
    if abs(alike) >= ALIKE:
        return (
            f"it goes along with {partner} (correlation {alike:.2f}), which tells the network much "
            "the same when it is shuffled."
        )
    if spread < STILL:
        return (
            f"its numbers seldom vary (deviation {spread:.2f} as the network sees them), so that "
            "even large weights move the answers of few rows."
        )
    return "its large weights cancel out further on, or act where the answer is clear anyway."


def _underrated(spread: float) -> str:
    """Why weights make less of a column than shuffling does."""
    if spread > WIDE:
        return (
            f"its numbers vary widely (deviation {spread:.2f} as the network sees them), so that "
            "small weights move the answers far."
        )
    return "its own weights are small, but they lead to units that count for much further on."


def _partners(z: Array, places: Sequence[Sequence[int]]) -> list[tuple[int, float]]:
    """For each column the one that goes along with it most, and their correlation, by numbers."""
    owner = np.full(z.shape[1], -1)
    for column, own in enumerate(places):
        owner[list(own)] = column
    if z.shape[1] > MOST_NUMBERS or len(places) < 2:
        return [(0, 0.0)] * len(places)
    centred = z - z.mean(axis=0, dtype=float)
    scale = np.sqrt((centred**2).sum(axis=0))
    unit = centred / np.where(scale > 0, scale, np.inf)
    alike = unit.T @ unit
    alike[owner[:, None] == owner[None, :]] = 0.0
    result = []
    for own in places:
        block = alike[list(own)]
        place = int(np.argmax(np.abs(block)))
        other = place % block.shape[1]
        result.append((max(int(owner[other]), 0), float(block.reshape(-1)[place])))
    return result


def _th(rank: int) -> str:
    """1st, 2nd, 3rd, 4th, ..."""
    tail = "th" if 10 <= rank % 100 <= 20 else {1: "st", 2: "nd", 3: "rd"}.get(rank % 10, "th")
    return f"{rank}{tail}"
