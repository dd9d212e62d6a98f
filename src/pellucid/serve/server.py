"""The service on a socket, with an end that waits for nobody for long."""

from __future__ import annotations

import socket
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from pellucid.serve.app import application
from pellucid.serve.limits import Limits
from pellucid.web.server import Address, run

if TYPE_CHECKING:
    from pellucid.models.network import Network

GRACE = 1
"""Seconds that requests in flight get once the service has been told to end."""


def serve(
    network: Network, taken: socket.socket, address: Address, *,
    limits: Limits | None = None, origins: Sequence[str] = (),
    ready: Callable[[], None] = lambda: None, log: Callable[[str], None] | None = None,
) -> bool:  # fmt: skip
    """Answer requests until SIGINT or SIGTERM.

    Parameters:
        taken, address: from ``listen``.
        ready: called once requests are answered.
        log: told of faults of the service itself; by default stderr is.
    Returns: whether a thread still computes an answer that nobody waits for any more.
    """
    limits = limits or Limits()
    app = application(network, limits, origins=origins, local=address.local, log=log)
    try:
        run(
            app, [taken], seconds=limits.seconds, connections=limits.connections, grace=GRACE,
            ready=ready, ending=app.service.end,
        )  # fmt: skip
    finally:
        app.service.close()
        taken.close()
    return app.service.is_working
