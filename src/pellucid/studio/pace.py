"""How often something may happen: so many at once, then so many a second."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable
from time import monotonic

KEPT = 10_000
"""How many strangers are told apart at a time; who was quiet longest is forgotten first."""


class Pace:
    """A bucket that fills as time goes by, and from which each time takes one.

    Parameters:
        rate: how many a second, in the long run.
        burst: how many at once, after a quiet while.

    Example:
        >>> now = [0.0]
        >>> pace = Pace(rate=1, burst=2, clock=lambda: now[0])
        >>> [pace.take(), pace.take(), pace.take()]
        [True, True, False]
        >>> now[0] = 1.0
        >>> [pace.take(), pace.take()]
        [True, False]
    """

    def __init__(self, rate: float, burst: float, clock: Callable[[], float] = monotonic) -> None:
        self._rate, self._burst, self._clock = rate, burst, clock
        self._left, self._then = float(burst), clock()

    def take(self) -> bool:
        """Whether it may happen now; if so, it counts."""
        if self.wait() > 0:
            return False
        self._left -= 1
        return True

    def wait(self) -> float:
        """The seconds until it may happen; 0: now."""
        now = self._clock()
        self._left = min(self._burst, self._left + (now - self._then) * self._rate)
        self._then = now
        return max(0.0, (1 - self._left) / self._rate)


class Guesses:
    """Who may guess the code: so many a minute from one address, so many from all.

    Only wrong guesses count, and one that may not be made is not looked at.
    """

    def __init__(self, each: int, everyone: int, clock: Callable[[], float] = monotonic) -> None:
        self._each, self._clock = each, clock
        self._everyone = Pace(everyone / 60, everyone, clock)
        self._of: OrderedDict[Hashable, Pace] = OrderedDict()

    def wait(self, who: Hashable) -> float:
        """The seconds that this address has to wait before its next guess."""
        own = self._of.get(who)
        return max(self._everyone.wait(), own.wait() if own else 0.0)

    def wrong(self, who: Hashable) -> None:
        """Count a wrong guess."""
        own = self._of.setdefault(who, Pace(self._each / 60, self._each, self._clock))
        self._of.move_to_end(who)
        own.take()
        self._everyone.take()
        while len(self._of) > KEPT:
            self._of.popitem(last=False)
