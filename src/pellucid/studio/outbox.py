"""What waits to be sent to one page: replies in their order, of each view the newest only."""

from __future__ import annotations

import asyncio
import threading
from collections import deque
from collections.abc import Mapping
from typing import Any

MOST_REPLIES = 1000
"""A page that lets so many replies wait does not read any more: it is let go."""
AHEAD = 3
"""So many messages of views may be on their way without the page having said that it drew them."""


class Outbox:
    """Filled by the session's thread, emptied by the connection.

    Training never waits for it: a view that was not sent yet is replaced by its newer one.
    """

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._lock = threading.Lock()
        self._there = asyncio.Event()
        self._replies: deque[Mapping[str, Any]] = deque()
        self._views: dict[str, Mapping[str, Any]] = {}
        self._first = 0  # views among the replies
        self._ahead = 0
        self.closed = False

    def reply(self, message: Mapping[str, Any]) -> None:
        """A message that has to arrive."""
        with self._lock:
            self._replies.append(message)
            if len(self._replies) > MOST_REPLIES:
                self.closed = True
        self._wake()

    def show(self, name: str, message: Mapping[str, Any], *, first: bool = False) -> None:
        """A message of which only the newest counts.

        Parameters:
            first: whether it has to be there before the replies that follow.
        """
        with self._lock:
            if first:
                self._views.pop(name, None)
                self._replies.append(message)
                self._first += 1
            else:
                self._views[name] = message
        self._wake()

    def drawn(self) -> None:
        """The page has drawn one message of a view."""
        with self._lock:
            self._ahead = max(0, self._ahead - 1)
        self._there.set()

    def close(self) -> None:
        """Nothing more will be sent."""
        self.closed = True
        self._wake()

    async def next(self) -> list[Mapping[str, Any]]:
        """Wait for messages; an empty list once it is closed."""
        while not self.closed:
            await self._there.wait()
            self._there.clear()
            with self._lock:
                found = list(self._replies)
                self._replies.clear()
                self._ahead, self._first = self._ahead + self._first, 0
                if self._ahead < AHEAD and self._views:
                    self._ahead += len(self._views)
                    found += self._views.values()
                    self._views = {}
            if found:
                return found
        return []

    def _wake(self) -> None:
        try:
            self._loop.call_soon_threadsafe(self._there.set)
        except RuntimeError:  # the server has ended
            self.closed = True
