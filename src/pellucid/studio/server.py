"""The studio on its sockets: from the port that is taken to the end of the last session."""

from __future__ import annotations

import socket
from collections.abc import Callable

from pellucid.dataclass import dataclass
from pellucid.errors import ParameterError
from pellucid.studio.app import Application
from pellucid.studio.engine import LATEST, Engine
from pellucid.studio.gate import Gate
from pellucid.studio.limits import Limits
from pellucid.studio.security import Keys
from pellucid.studio.terminal import on_enter
from pellucid.web.server import Address, listen, run

HOST = "127.0.0.1"
USUAL = 8765
"""The port that is taken when nobody asks for one and it is free: what a browser keeps for the
studio, such as light or dark, it keeps by the port."""
GRACE = 1
"""Seconds that requests in flight get once the studio has been told to end."""
PING = 20.0
"""Seconds between two signs of life that a page is asked for, and within which it has to give them:
a page that went away without a word is noticed."""


@dataclass(frozen=True)
class Place:
    """Where a studio listens.

    Attributes:
        taken: its sockets.
        address: for the owner, on this machine only.
        shared: for viewers, in the local network; None: it is not shared.
        keys: what lets someone in.
    """

    taken: tuple[socket.socket, ...]
    address: Address
    shared: Address | None
    keys: Keys

    def link(self, path: str = "/") -> str:
        """An address that lets one browser in, once."""
        return f"{self.address.url}{path}?token={self.keys.link()}"


def take_place(port: int | None, *, share: bool = False) -> Place:
    """Take the port, before anything is loaded.

    Parameters:
        port: 0 for any that is free; None: the usual one, or any if that is taken.
        share: whether viewers on the local network may come.
    Raises: ``ParameterError`` for a port in use, or no network.
    """
    try:
        taken, address = listen(HOST, USUAL if port is None else port, "studio")
    except ParameterError:
        if port is not None:
            raise
        taken, address = listen(HOST, 0, "studio")
    keys = Keys(address.port)
    if not share:
        return Place((taken,), address, None, keys)
    from pellucid.studio.sharing import listen_for_viewers

    try:
        second, shared = listen_for_viewers(address.port)
    except ParameterError:
        taken.close()
        raise
    return Place((taken, second), address, shared, keys)


def serve(
    place: Place, engine: Engine, *, limits: Limits | None = None,
    ready: Callable[[], None] = lambda: None, entered: Callable[[], None] | None = None,
    log: Callable[[str], None],
) -> None:  # fmt: skip
    """Be there until SIGINT or SIGTERM, then end all sessions.

    Parameters:
        engine: begins to load when the page can be had.
        ready: called then.
        entered: called when Enter is pressed in the terminal.
        log: told of faults of the studio itself.
    """
    limits = limits or Limits()
    shared = (place.shared.host, place.shared.port) if place.shared else None
    gate = Gate(Application(engine, limits), place.keys, limits, log, shared)

    def begin() -> None:
        engine.soon(LATEST)
        if entered is not None:
            on_enter(entered)
        ready()

    try:
        run(
            gate, place.taken, seconds=limits.seconds, connections=limits.connections,
            each={shared: limits.viewer_connections} if shared else {},
            grace=GRACE, ready=begin, ending=lambda: None,
            websockets={
                "ws": "websockets-sansio", "ws_max_size": limits.message,
                "ws_per_message_deflate": False,
                "ws_ping_interval": PING, "ws_ping_timeout": PING,
            },
        )  # fmt: skip
    finally:
        engine.close()
        for taken in place.taken:
            taken.close()
