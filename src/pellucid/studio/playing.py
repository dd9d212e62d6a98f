"""How fast is learned, and until when: so many steps or epochs, at a pace or at full speed."""

from __future__ import annotations

import time
from collections.abc import Callable

from pellucid.scene.playable import Playable

NEARLY = 0.9
"""Of the time for learning: what is left then would be a portion too small to be worth a call."""


class Playing:
    """Takes a portion of steps at a time, while it is on.

    Attributes:
        on: whether it learns.
        pace: steps a second; None: as many as there are.
    """

    def __init__(self) -> None:
        self.on = False
        self.pace: float | None = None
        self._speed = 0.0  # steps a second of learning, lately
        self._left: int | None = None  # steps to take yet
        self._goal: int | None = None  # the epoch to reach
        self._owed, self._since = 0.0, 0.0
        self._began = False

    @property
    def has_begun(self) -> bool:
        """Whether it was begun, and not a step was taken since."""
        return self.on and self._began

    @property
    def is_hurried(self) -> bool:
        """Whether it learns at full speed."""
        return self.on and self.pace is None

    def begin(
        self, bench: Playable, pace: float | None, *, steps: int | None = None,
        epochs: int | None = None,
    ) -> None:  # fmt: skip
        """Learn from now on, at a pace; so many steps or epochs.

        Steps that are asked for while some are still to be taken come on top, and so do epochs.
        """
        left, goal = (self._left, self._goal) if self.on else (None, None)
        self.on, self.pace, self._began = True, pace, True
        self._left = None if steps is None else steps + (left or 0)
        self._goal = None if epochs is None else epochs + (bench.epoch if goal is None else goal)
        self._owed, self._since = 1.0, time.monotonic()

    def owes(self) -> bool:
        """Whether it is time for the next portion."""
        if self.pace is None:
            return True
        now = time.monotonic()
        self._owed = min(self._owed + (now - self._since) * self.pace, max(1.0, self.pace / 10))
        self._since = now
        return self._owed >= 1

    def until_owed(self) -> float:
        """Seconds until that, at a pace."""
        return 0.0 if self.pace is None else max(0.0, 1 - self._owed) / self.pace

    def _portion(self, seconds: float) -> int | None:
        """How many steps may come next, at most; None: as many as the bench takes at a time.

        Parameters:
            seconds: that it may take at full speed.
        """
        most = [self._left]
        if self.pace is not None:
            most.append(int(self._owed))
        elif self._speed:
            most.append(max(1, int(self._speed * seconds)))
        return min((one for one in most if one is not None), default=None)

    def go(self, bench: Playable, seconds: float, asked: Callable[[], bool]) -> None:
        """Take portions for so many seconds at full speed, or one at a pace.

        A small network's bench takes an epoch at a time, in less than a thousandth of a second.

        Parameters:
            asked: whether something else is to be done.
        """
        before, began = bench.step, time.perf_counter()
        while True:
            self._take(bench, self._portion(seconds - (time.perf_counter() - began)))
            took = time.perf_counter() - began
            if not self.is_hurried or took > NEARLY * seconds or asked():
                break
        self._speed = (bench.step - before) / max(took, 1e-9)

    def _take(self, bench: Playable, most: int | None) -> None:
        """Take a portion; that may be the last."""
        if self._goal is not None:
            left = bench.to_epoch_end()
            most = left if most is None else min(most, left)
        before, self._began = bench.step, False
        bench.advance(most)
        taken = bench.step - before
        self._owed -= taken
        if self._left is not None:
            self._left -= taken
        done = self._left == 0 or (self._goal is not None and bench.epoch >= self._goal)
        if not taken or done or bench.is_over:
            self.on = False
