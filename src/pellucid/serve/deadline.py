"""An end for requests that take too long: one look at all of them now and then.

A timer for each request, as ``asyncio.timeout`` sets one, would cost a third of a short request's
time. So a request may have a little longer than its time.
"""

from __future__ import annotations

import asyncio
from time import monotonic
from typing import Any, TypeAlias

Task: TypeAlias = "asyncio.Task[Any]"
LOOKS = 8
"""How often it is looked within the time of a request."""


class Deadline:
    """The tasks that have begun, and when each has to be done.

    Parameters:
        seconds: the time that each has; up to an eighth more.
    """

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._due: dict[Task, float] = {}
        self._late: set[Task] = set()
        self._looks = False

    def begin(self) -> Task:
        """The task at hand begins a request: it is cancelled unless it ends in time."""
        task = asyncio.current_task()
        assert task is not None
        self._due[task] = monotonic() + self._seconds
        if not self._looks:
            self._look_later()
        return task

    def end(self, task: Task) -> None:
        """It is done, in whichever way."""
        self._due.pop(task, None)
        self._late.discard(task)

    def was_late(self, task: Task) -> bool:
        """Whether a cancelled task was cancelled for being late; then it goes on from here."""
        if task not in self._late:
            return False
        return task.uncancel() == 0

    def _look_later(self) -> None:
        self._looks = True
        asyncio.get_running_loop().call_later(self._seconds / LOOKS, self._look)

    def _look(self) -> None:
        now = monotonic()
        for task in [task for task, due in self._due.items() if due <= now]:
            del self._due[task]
            self._late.add(task)
            task.cancel()
        self._looks = False
        if self._due:
            self._look_later()
