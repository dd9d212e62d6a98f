"""The memory by which any step is reached again, kept within bounds."""

from __future__ import annotations

from pellucid.scene.moment import Moment
from pellucid.scene.stretch import Work

MOST_BYTES, LEAST_BYTES = 24 << 20, 1 << 18
"""What all stretches may take together, by which any step is reached again, and each at least."""
MOST_TOUCHED, LEAST_MOMENTS = 16 << 20, 10
"""What the numbers of all moments may take beside these; so many can always be gone back to."""


def thin(before: list[Moment], now: Moment) -> None:
    """Keep the memory for going back within bounds: what is long ago gives up first.

    Parameters:
        before: what can be gone back to; where nothing else helps, its earliest moments are let go.
    """
    room = MOST_BYTES
    for work in reversed(_works(*before, now).values()):
        allowed = max(room, LEAST_BYTES)
        if work.nbytes > allowed:
            work.thin(allowed)
        room -= work.nbytes
    while room < 0 and before:
        kept = _works(*before[1:], now)
        gone = _works(before.pop(0))
        room += sum(work.nbytes for name, work in gone.items() if name not in kept)


def thin_touched(before: list[Moment], now: Moment) -> None:
    """Let go of the earliest moments while the numbers of all of them take too much."""
    room, seen = MOST_TOUCHED, {id(array) for array in now.state.carried.values()}
    for k, moment in enumerate(reversed(before)):
        arrays = {id(array): array.nbytes for array in moment.state.carried.values()}
        room -= sum(size for name, size in arrays.items() if name not in seen)
        seen |= arrays.keys()
        if room < 0 and k >= LEAST_MOMENTS:
            del before[: len(before) - k]
            return


def _works(*moments: Moment) -> dict[int, Work]:
    """The work of all stretches, each once, in order."""
    return {id(s.work): s.work for moment in moments for s in moment.stretches}
