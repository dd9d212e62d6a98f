"""Who looks at a session, what each page wants to see, and when that is due.

A view is computed only while some page watches it, no more often than it is good for, and so seldom
that together they take a fourteenth of the time while training is at full speed. Who looks, and how
often a page says so, makes no view be computed sooner: it is sent what was computed last, where
that still holds.
"""

from __future__ import annotations

import threading
import time
import traceback
from collections.abc import Callable, Collection, Mapping
from dataclasses import field
from typing import Any

from pellucid.dataclass import dataclass
from pellucid.errors import PellucidError
from pellucid.scene.playable import Playable
from pellucid.studio.outbox import Outbox
from pellucid.studio.rhythm import rhythm
from pellucid.studio.views import VIEWS

SHARE = 0.07
"""The part of the time that views may take while training goes at full speed."""
STATUS = "status"
STATUS_EVERY = 1 / 30
PORTION = 1 / 30
"""Seconds of learning at a time, at most: a command waits no longer."""
SOON = PORTION / 2
"""What is due in so few seconds is shown now: so views come together, between long portions."""
LATELY = 10.0
"""Seconds for which a view that nobody wants any more still counts among those that share the time:
who asks for one after the other gets no more of it."""
FAILED = "The studio failed to do this. What went wrong is in the terminal."


@dataclass
class _Looker:
    """A page: whether it may only watch, what it wants, what it asked for since the last turn."""

    watching: bool
    views: tuple[str, ...] = ()
    asked: set[str] = field(default_factory=lambda: {STATUS})


@dataclass(frozen=True)
class _Shown:
    """What was shown of a view: its mark, when it was due, the message."""

    mark: object
    at: float
    message: Mapping[str, Any] | None = None


class Showing:
    """The pages of a session, and the messages of views that they are sent.

    ``attach``, ``detach`` and ``watch`` are for any thread, all else is for the session's own.

    Parameters:
        status: tells where the session stands.
        words: what an error says to the reader.
        log: told of faults of the studio itself.

    Attributes:
        alone_since: when the owner's last page left; None while there is one.
    """

    def __init__(
        self, status: Callable[[], dict[str, Any]], words: Callable[[PellucidError], str],
        log: Callable[[str], None],
    ) -> None:  # fmt: skip
        self._status, self._words, self._log = status, words, log
        self._lock = threading.Lock()
        self._pages: dict[Outbox, _Looker] = {}
        self._revision = 0
        self._shown: dict[str, _Shown] = {}
        self._cost: dict[str, float] = {}
        self._failed: set[str] = set()  # views whose failure was told
        self.alone_since: float | None = time.monotonic()

    # --- pages

    def attach(self, page: Outbox, *, watching: bool = False) -> None:
        """A page looks from now on.

        Parameters:
            watching: whether it may do nothing else, and is not the owner's.
        """
        with self._lock:
            self._pages[page] = _Looker(watching)
            self._count()

    def detach(self, page: Outbox) -> bool:
        """A page looks no more.

        Returns: whether it was one of the owner's.
        """
        with self._lock:
            looker = self._pages.pop(page, None)
            self._count()
        return looker is not None and not looker.watching

    def watch(self, page: Outbox, views: Collection[str]) -> None:
        """What a page wants to see from now on."""
        with self._lock:
            looker = self._pages.get(page)
            if looker is not None:
                looker.views = tuple(dict.fromkeys(views))
                looker.asked |= set(looker.views)

    @property
    def has_owner(self) -> bool:
        """Whether a page of the owner looks."""
        return self.alone_since is None

    def _count(self) -> None:
        """Note since when no page of the owner looks."""
        if any(not looker.watching and not page.closed for page, looker in self._pages.items()):
            self.alone_since = None
        elif self.alone_since is None:
            self.alone_since = time.monotonic()

    def forget_closed(self) -> None:
        """Let go of pages to which nothing can be sent any more."""
        with self._lock:
            self._pages = {page: one for page, one in self._pages.items() if not page.closed}
            self._count()

    def close(self) -> None:
        """Send all pages away."""
        with self._lock:
            for page in self._pages:
                page.close()
            self._pages.clear()
            self._count()

    # --- what is due

    def changed(self) -> None:
        """Something is other than it was: all views are of something new."""
        self._revision += 1

    def forget(self) -> None:
        """All is other than it was; each view is due now."""
        self._shown.clear()

    def due(self, bench: Playable, *, hurried: bool) -> dict[str, float]:
        """In how many seconds each view is to be shown; infinity where it is as it was.

        Parameters:
            hurried: whether training goes at full speed, and views have a share of the time.
        """
        now, wanted = time.monotonic(), {STATUS, *self._wanted(bench.kind)}
        every = {name: _every(name) for name in wanted}
        changed = {name for name in wanted if not self._is_true(bench, name)}
        if hurried:
            costs = {name: self._cost.get(name, 0.0) for name in changed | self._left(wanted, now)}
            every |= rhythm(costs, {name: _every(name) for name in costs}, SHARE)
        found = dict.fromkeys(wanted, float("inf"))
        for name in changed:
            shown = self._shown.get(name)
            found[name] = 0.0 if shown is None else max(0.0, shown.at + every[name] - now)
        return found

    def _left(self, wanted: set[str], now: float) -> set[str]:
        """The views that were shown lately, and that nobody wants any more."""
        return {
            name for name, shown in self._shown.items()
            if name not in wanted and now - shown.at < LATELY and not VIEWS[name].still
        }  # fmt: skip

    def until_due(self, bench: Playable) -> float:
        """Seconds to learn before the next view is due: not so few that calls cost much."""
        self.changed()  # by then, all will be other than they are
        return min(PORTION, max(PORTION / 2, min(self.due(bench, hurried=True).values())))

    def _wanted(self, kind: str) -> set[str]:
        """The views that some page watches, of those that this kind of bench has."""
        with self._lock:
            wanted = {name for looker in self._pages.values() for name in looker.views}
        return {name for name in wanted if kind in VIEWS[name].of}

    def _is_true(self, bench: Playable, name: str) -> bool:
        """Whether what was shown of a view last is what it would show now."""
        shown = self._shown.get(name)
        return shown is not None and shown.mark == self._mark(bench, name)

    def _mark(self, bench: Playable, name: str) -> object:
        """What a view is of: another mark, another view."""
        still = name != STATUS and VIEWS[name].still
        return bench.edition if still else self._revision

    # --- showing

    def show(self, bench: Playable, *, hurried: bool) -> None:
        """Send what is due, and what is known to pages that asked for it."""
        for page, names in self._asked():
            for name in names:
                shown = self._shown.get(name)
                if shown is not None and shown.message and self._is_true(bench, name):
                    page.show(name, shown.message)
        for name, due in sorted(self.due(bench, hurried=hurried).items()):
            if due <= SOON:
                self._show(bench, name, time.monotonic() + due)

    def answer(
        self, bench: Playable, replies: Collection[tuple[Outbox, Mapping[str, Any]]]
    ) -> None:
        """Send replies; a page that something was done for knows first where all stands then."""
        first = {page for page, message in replies if message["type"] == "reply"}
        if first:
            self._show(bench, STATUS, time.monotonic(), first)
        for page, message in replies:
            page.reply(message)

    def tell(self, message: Mapping[str, Any]) -> None:
        """Send a message to all pages."""
        with self._lock:
            pages = list(self._pages)
        for page in pages:
            page.reply(message)

    def _asked(self) -> list[tuple[Outbox, set[str]]]:
        with self._lock:
            found = [(page, one.asked & {STATUS, *one.views}) for page, one in self._pages.items()]
            for looker in self._pages.values():
                looker.asked = set()
        return found

    def _show(self, bench: Playable, name: str, at: float, first: Collection[Outbox] = ()) -> None:
        """Compute a view and send it; to some pages before all replies that are to come."""
        mark = self._mark(bench, name)
        began = time.thread_time()  # what others do meanwhile is no cost of the view
        message = self._message(bench, name)
        took = time.thread_time() - began
        known = self._cost.get(name)  # the first time compiles, and tells nothing
        self._cost[name] = 0.0 if known is None else 0.5 * (known + took)
        self._shown[name] = _Shown(mark, at, message)
        if message is None:
            return
        with self._lock:
            pages = [
                page for page, looker in self._pages.items()
                if name == STATUS or name in looker.views
            ]  # fmt: skip
        for page in pages:
            page.show(name, message, first=page in first)

    def _message(self, bench: Playable, name: str) -> dict[str, Any] | None:
        """A view's message; where it fails, one that says why; where the status does, none."""
        try:
            if name == STATUS:
                return {"type": STATUS, **self._status()}
            value = VIEWS[name].compute(bench)
        except PellucidError as error:
            value = {"error": self._words(error)}
        except Exception:  # noqa: BLE001 - one view that fails is no reason for others to
            value = {"error": FAILED}
            if name not in self._failed:
                self._failed.add(name)
                self._log(f"The view {name} failed:\n{traceback.format_exc()}")
        if name != STATUS:
            return {"type": "view", "name": name, "step": bench.step, "value": value}
        if value["error"] not in self._failed:
            self._failed.add(value["error"])
            self.tell({"type": "problem", **value})
        return None


def _every(name: str) -> float:
    """Seconds from one showing to the next that a view is good for at best."""
    return STATUS_EVERY if name == STATUS else VIEWS[name].every
