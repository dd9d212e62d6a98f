"""Opening a browser, where there is one that opens a window of its own."""

from __future__ import annotations

import os
import sys
import webbrowser
from collections.abc import Callable
from threading import Thread


def open_browser(url: str, otherwise: Callable[[], None]) -> None:
    """Open an address, in a thread: some browsers return when they are closed.

    Parameters:
        otherwise: called where no browser was opened.
    """

    def run() -> None:
        try:
            done = has_browser() and webbrowser.open(url)
        except (webbrowser.Error, OSError):
            done = False
        if not done:
            otherwise()

    Thread(target=run, name="pellucid-browser", daemon=True).start()


def has_browser() -> bool:
    """Whether a browser can open a window: one within the terminal would take that away."""
    if os.environ.get("BROWSER"):
        return True
    if sys.platform in ("win32", "darwin"):
        return True
    return any(os.environ.get(name) for name in ("DISPLAY", "WAYLAND_DISPLAY"))
