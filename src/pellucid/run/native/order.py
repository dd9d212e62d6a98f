"""An order in which everything comes after what it needs."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from heapq import heapify, heappop, heappush
from typing import Protocol, TypeVar


class Levelled(Protocol):
    """What belongs to a level, and needs nothing of a higher one."""

    @property
    def level(self) -> int:
        """The level."""


T = TypeVar("T", bound=Levelled)


def in_order(all: Mapping[int, T], needs: Callable[[T], Iterable[int]]) -> Iterator[T]:
    """By level; within one, after all that is needed, else by number."""
    missing = {number: set(needs(one)) for number, one in all.items()}
    users: dict[int, list[int]] = {number: [] for number in all}
    for number, others in missing.items():
        for other in others:
            users[other].append(number)
    ready = [(one.level, number) for number, one in all.items() if not missing[number]]
    heapify(ready)
    while ready:
        _, number = heappop(ready)
        yield all[number]
        for user in users[number]:
            missing[user].discard(number)
            if not missing[user]:
                heappush(ready, (all[user].level, user))
