"""Whether anybody still waits for what a thread computes."""

from __future__ import annotations

from contextvars import ContextVar
from threading import Event

from pellucid.web.refusal import Gone

_given_up: ContextVar[Event | None] = ContextVar("given_up", default=None)


def works_until(given_up: Event) -> None:
    """From here on this thread works for a request, which may be given up."""
    _given_up.set(given_up)


def check_wanted() -> None:
    """End the work at hand where its request was given up; to be called between rows.

    Raises: ``Gone``.
    """
    event = _given_up.get()
    if event is not None and event.is_set():
        raise Gone
