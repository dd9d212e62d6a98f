"""What a session computes beside its training: one thing at a time that is quick, one that is slow.

So a page that asks for many long things has a few threads, and not one for each; and what comes
soon does not wait behind what takes minutes.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable

MOST = 8
"""So many wait at most, of each sort."""


class Lane:
    """Does one thing after the other, in a thread that is there while there is something to do.

    Parameters:
        name: of the thread.
    """

    def __init__(self, name: str) -> None:
        self._name = name
        self._waiting: deque[Callable[[], None]] = deque()
        self._lock = threading.Lock()
        self._busy = self._ended = False

    def add(self, do: Callable[[], None]) -> bool:
        """Have something done; whether there was room for it."""
        with self._lock:
            if self._ended or len(self._waiting) >= MOST:
                return False
            self._waiting.append(do)
            if not self._busy:
                self._busy = True
                threading.Thread(target=self._work, name=self._name, daemon=True).start()
        return True

    def end(self) -> None:
        """Begin nothing more; what is under way has to look for itself whether it is wanted."""
        with self._lock:
            self._ended = True
            self._waiting.clear()

    def _work(self) -> None:
        while True:
            with self._lock:
                if not self._waiting:
                    self._busy = False
                    return
                do = self._waiting.popleft()
            do()
