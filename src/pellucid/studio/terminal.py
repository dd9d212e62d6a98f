"""Enter, pressed in the terminal where the studio runs: a link for another browser.

Each link works once; without this, a second browser would need another studio.
"""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import Callable


def on_enter(then: Callable[[], None]) -> bool:
    """Call back whenever Enter is pressed; from within a loop, for as long as it runs.

    Returns: whether that can be: there is a terminal, of a system that tells of it.
    """
    if os.name != "posix" or sys.stdin is None or not sys.stdin.isatty():
        return False
    stdin = sys.stdin.fileno()
    loop = asyncio.get_running_loop()

    def read() -> None:
        if os.tcgetpgrp(stdin) != os.getpgrp():
            loop.remove_reader(stdin)  # in the background, the line is someone else's
        elif os.read(stdin, 4096):
            then()
        else:
            loop.remove_reader(stdin)  # Ctrl-D

    try:
        loop.add_reader(stdin, read)
    except (OSError, NotImplementedError):
        return False
    return True
