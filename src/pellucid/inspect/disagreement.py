"""Where weights and shuffling rank a column differently, and why that may be."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import numpy as np

from pellucid.graph.primitive import Array

ALIKE = 0.8
MORE = 1.5
"""Two columns stand in for each other where shuffling both does so many times the harm."""
STILL, WIDE = 0.5, 2.0
MOST_NUMBERS = 1_000
"""Correlations are looked for among so many encoded numbers at most."""

Together = Callable[[int, int], Array]
"""By how much the error rises when two columns are shuffled together, for each repeat."""


def ranks(values: Array) -> Array:
    """1 for the largest; equal values share the better rank."""
    order = np.sort(-values)
    return np.searchsorted(order, -values, side="left") + 1


def disagreements(
    columns: Sequence[str], measures: Mapping[str, Array], rises: Array, z: Array,
    places: Sequence[Sequence[int]], together: Together | None = None,
) -> dict[str, str]:  # fmt: skip
    """Of the columns whose rank by weights is far from that by shuffling, why that may be.

    Parameters:
        measures: the sizes by other measures, by the name that the note gives them; a column is
            told of by the first in which it is far off.
        together: asked about columns that go along with one another; None: they are taken to stand
            in for each other.
    """
    if len(columns) < 3:
        return {}
    partners = _partners(z, places)
    notes: dict[str, str] = {}
    for measure, sizes in measures.items():
        apart = ranks(rises.mean(axis=1)) - ranks(sizes)
        for place, name in enumerate(columns):
            if name in notes or abs(apart[place]) < max(2, len(columns) // 3):
                continue
            own = rises[place]
            spread = float(np.sqrt(z[:, list(places[place])].var(axis=0).mean()))
            if apart[place] > 0:
                reason = _stand_in(place, partners[place], columns, own, together)
                reason = reason or _overrated(measure, spread)
            elif own.mean() > 2 * own.std():
                reason = _underrated(measure, spread)
            else:
                continue  # its rank is that of chance
            by_size, by_shuffle = (ranks(v)[place] for v in (sizes, rises.mean(axis=1)))
            notes[name] = f"{_th(by_size)} by {measure}, {_th(by_shuffle)} by shuffling: {reason}"
    return {name: notes[name] for name in columns if name in notes}


def _stand_in(
    place: int, partner: tuple[int, float], columns: Sequence[str], rises: Array,
    together: Together | None,
) -> str:  # fmt: skip
    """That another column tells the network the same: shuffling both then does more harm."""
    other, alike = partner
    if abs(alike) < ALIKE:
        return ""
    told = (
        f"it goes along with {columns[other]} (correlation {alike:.2f}), which tells the network "
        "much the same when it is shuffled."
    )
    if together is None:
        return told
    both, alone = together(place, other), float(rises.mean())
    if both.mean() <= max(MORE * alone, 2 * float(both.std())):
        return ""
    return f"{told} Shuffled together, the error rises by {both.mean():.2g}, not {alone:.2g}."


def _overrated(measure: str, spread: float) -> str:
    """Why weights make more of a column than shuffling does."""
    if spread < STILL:
        return (
            f"its numbers seldom vary (deviation {spread:.2f} as the network sees them), so that "
            "even large weights move the answers of few rows."
        )
    if measure == "Olden":
        return (
            "the products of its weights pass over the activations, which let less of it through, "
            "or it acts where the answer is clear anyway."
        )
    return "its large weights cancel out further on, or act where the answer is clear anyway."


def _underrated(measure: str, spread: float) -> str:
    """Why weights make less of a column than shuffling does."""
    if spread > WIDE:
        return (
            f"its numbers vary widely (deviation {spread:.2f} as the network sees them), so that "
            "small weights move the answers far."
        )
    if measure == "Olden":
        return (
            "its ways to the outputs have opposite signs and cancel out in Olden's sum, while "
            "activations keep them apart."
        )
    if measure == "Garson":
        return "its share of the weights is small, but it acts where answers are decided."
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
