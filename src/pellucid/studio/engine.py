"""The engine, loaded after the page: what loads it takes turns with what answers the browser.

So it waits until the browser has asked for nothing for a moment, and the first page is there sooner
by a tenth of a second or two.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Collection
from concurrent.futures import Future
from pathlib import Path
from threading import Thread
from typing import Any, NamedTuple, Protocol

QUIET, LATEST = 0.1, 1.0
"""Seconds without a request after which it begins, and after which it begins in any case."""


class Session(Protocol):
    """What the routes know of a session."""

    @property
    def folder(self) -> Path:
        """Where its files are."""
        ...

    def needed(self) -> Collection[str]:
        """The names of those that are in use."""
        ...


class Sessions(Protocol):
    """What the routes know of the sessions."""

    def get(self, name: str) -> Session | None:
        """The session of this name; None: there is none."""
        ...

    def close(self) -> None:
        """End them all, and take their folders away."""
        ...


class Loaded(NamedTuple):
    """What needs the engine.

    Attributes:
        sessions: of this studio.
        converse: takes a WebSocket that was let in, until it closes.
        download: what the page takes away of a session: the file's name, its type, its bytes.
    """

    sessions: Sessions
    converse: Callable[..., Awaitable[None]]
    download: Callable[[Any, str], tuple[str, str, bytes]]


class Engine:
    """Loads, in a thread, what takes its time; who needs it waits for it.

    Parameters:
        load: imports and makes it.
    """

    def __init__(self, load: Callable[[], Loaded]) -> None:
        self._load = load
        self._loaded: Future[Loaded] = Future()
        self._begun = False
        self._timer: asyncio.TimerHandle | None = None
        self._latest = 0.0

    def soon(self, quiet: float = QUIET) -> None:
        """Begin when nothing has been asked for a moment; from within a loop."""
        if self._begun:
            return
        loop = asyncio.get_running_loop()
        if self._timer is None:
            self._latest = loop.time() + LATEST
        else:
            self._timer.cancel()
        self._timer = loop.call_at(min(loop.time() + quiet, self._latest), self.warm)

    def warm(self) -> None:
        """Begin to load, once."""
        if not self._begun:
            self._begun = True
            Thread(target=self._run, name="pellucid-engine", daemon=True).start()

    @property
    def is_busy(self) -> bool:
        """Whether a thread still loads."""
        return self._begun and not self._loaded.done()

    async def loaded(self) -> Loaded:
        """What was loaded, as soon as it is there.

        Raises: what went wrong with that.
        """
        if self._timer is None:
            self.warm()
        return await asyncio.shield(asyncio.wrap_future(self._loaded))

    def close(self) -> None:
        """End the sessions, where there are any."""
        if self._loaded.done() and self._loaded.exception() is None:
            self._loaded.result().sessions.close()

    def _run(self) -> None:
        try:
            self._loaded.set_result(self._load())
        except BaseException as fault:  # noqa: BLE001 - it is raised where it is waited for
            self._loaded.set_exception(fault)
