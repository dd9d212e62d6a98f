"""How often each view is shown while training is at full speed: together they take a share."""

from __future__ import annotations

from collections.abc import Mapping


def rhythm(
    costs: Mapping[str, float], every: Mapping[str, float], share: float
) -> dict[str, float]:
    """Seconds from one showing of a view to its next.

    A view that needs less than an even part of the share is shown as often as it is good for; what
    it leaves is for the others, so that one that takes long slows down itself alone.

    Parameters:
        costs: seconds that each takes once.
        every: seconds between two that each is good for at best.
        share: the part of the time for all.

    Example:
        >>> rhythm({"quick": 0.001, "slow": 0.5}, {"quick": 0.05, "slow": 0.1}, 0.1)
        {'quick': 0.05, 'slow': 6.25}
    """
    found: dict[str, float] = {}
    left = share
    for done, name in enumerate(sorted(costs, key=lambda name: costs[name] / every[name])):
        even = left / (len(costs) - done)
        found[name] = max(every[name], costs[name] / even)
        left -= costs[name] / found[name]
    return found
