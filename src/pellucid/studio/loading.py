"""What needs the engine, imported when the page is there already."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from pellucid.studio.engine import Loaded
from pellucid.studio.limits import Limits
from pellucid.studio.opening import Opening


def loader(
    begun: Opening, log: Callable[[str], None], limits: Limits | None = None
) -> Callable[[], Loaded]:
    """A function that imports and makes it all.

    Parameters:
        begun: what each new session begins with.
        log: told of faults of the studio itself.
    """

    def load() -> Loaded:
        from pellucid.studio.commands import commands
        from pellucid.studio.sessions import Sessions
        from pellucid.studio.socket import converse

        commands()
        return Loaded(Sessions(log, begun.begin, limits), converse, _download)

    return load


def _download(session: Any, kind: str) -> tuple[str, str, bytes]:
    """What the page takes away of a session; what writes files is loaded when one is wanted."""
    from pellucid.studio.exports import download

    return download(session, kind)
