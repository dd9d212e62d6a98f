"""The studio's sessions: made, found again after a reload, let go of where others need room."""

from __future__ import annotations

import secrets
import shutil
import tempfile
import threading
import traceback
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from pellucid.errors import ParameterError, PellucidError
from pellucid.studio.limits import Limits
from pellucid.studio.outbox import Outbox
from pellucid.studio.session import Session
from pellucid.studio.showing import FAILED


class Sessions:
    """The sessions, by name.

    Parameters:
        log: told of faults of the studio itself.
        begin: makes a new session ready before its thread starts, such as by opening the data that
            the command named.
        limits: how many there may be, and what each may use.

    Attributes:
        finders: the threads in which sessions are found.
        reader: the thread in which long messages are read: others wait for neither.
    """

    def __init__(
        self, log: Callable[[str], None], begin: Callable[[Session], None] | None = None,
        limits: Limits | None = None,
    ) -> None:  # fmt: skip
        self._log, self._begin = log, begin
        self.limits = limits or Limits()
        self.finders = ThreadPoolExecutor(4, "finder")
        self.reader = ThreadPoolExecutor(1, "reader")
        self._found: dict[str, Session] = {}
        self._lock = threading.Lock()
        self._folder = Path(tempfile.mkdtemp(prefix="pellucid-studio-"))

    def find(self, name: str | None, page: Outbox) -> Session:
        """The session of a name, a new one where there is none; the page looks at it from now on.

        Raises: ``ParameterError`` where there are as many as the studio holds, or a new one cannot
            begin.
        """
        with self._lock:
            session = None if name is None else self._found.get(name)
            if session is not None:
                session.attach(page)
                return session
            gone = self._make_room()
            session = self._made()
            session.attach(page)
        for one in gone:
            self._let_go(one)
        self._make_ready(session)
        return session

    def get(self, name: str) -> Session | None:
        """The session of a name, if there is one."""
        return self._found.get(name)

    def shared(self, page: Outbox) -> Session:
        """The session that others are shown, the one that was used last; a page watches it now.

        Raises: ``ParameterError`` where there is none yet.
        """
        with self._lock:
            found = max(self._found.values(), key=lambda one: one.last_used, default=None)
            if found is None:
                raise ParameterError("Nothing is shown yet. This page begins as soon as there is.")
            found.attach(page, watching=True)
            return found

    def _made(self) -> Session:
        made = secrets.token_urlsafe(16)
        folder = self._folder / made
        folder.mkdir(mode=0o700)
        session = self._found[made] = Session(made, folder, self._log, waits=True)
        return session

    def _make_ready(self, session: Session) -> None:
        """Let a new session begin; one that cannot is not kept."""
        try:
            if self._begin is not None:
                self._begin(session)
        except Exception as error:  # noqa: BLE001 - whatever it is, the page hears of it
            with self._lock:
                self._found.pop(session.name, None)
            self._let_go(session)
            if isinstance(error, PellucidError):
                raise ParameterError(session.words(error)) from None
            self._log(f"A session could not begin:\n{traceback.format_exc()}")
            raise ParameterError(FAILED) from None
        session.start()

    def _make_room(self) -> list[Session]:
        """Take out the session that was idle longest, where there is no place for another.

        Raises: ``ParameterError`` where none is idle.
        """
        most = self.limits.sessions
        if len(self._found) < most:
            return []
        idle = [session for session in self._found.values() if not session.is_watched]
        if not idle:
            raise ParameterError(
                f"The studio holds {most} sessions at a time, and all are open in a page. Close a "
                "tab of it, then reload this one."
            )
        gone = min(idle, key=lambda one: one.last_used)
        return [self._found.pop(gone.name)]

    def _let_go(self, session: Session) -> None:
        session.end()
        shutil.rmtree(session.folder, ignore_errors=True)

    def close(self) -> None:
        """End all sessions, and remove their files."""
        with self._lock:
            for session in list(self._found.values()):
                session.end()
            self._found.clear()
            shutil.rmtree(self._folder, ignore_errors=True)
        for pool in (self.finders, self.reader):
            pool.shutdown(wait=False, cancel_futures=True)
