"""The service on a socket: uvicorn's server, with an end that waits for nobody for long."""

from __future__ import annotations

import errno
import ipaddress
import os
import signal
import socket
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

import uvicorn

from pellucid.errors import ParameterError
from pellucid.serve.app import Application, application
from pellucid.serve.limits import Limits
from pellucid.serve.protocol import IDLE, Guarded

if TYPE_CHECKING:
    from pellucid.models.network import Network

GRACE = 1
"""Seconds that requests in flight get once the service has been told to end."""
BACKLOG = 512


@dataclass(frozen=True)
class Address:
    """Where the service listens.

    Attributes:
        local: whether only this machine can reach it.
    """

    host: str
    port: int
    local: bool

    @property
    def url(self) -> str:
        """The address as a browser of this machine takes it."""
        host = ipaddress.ip_address(self.host)
        if host.is_unspecified:
            host = ipaddress.ip_address("::1" if host.version == 6 else "127.0.0.1")
        return f"http://{f'[{host}]' if host.version == 6 else host}:{self.port}"


def listen(host: str, port: int) -> tuple[socket.socket, Address]:
    """Take a port, a free one for 0, before anything is loaded.

    Raises: ``ParameterError`` for a port in use, or a host that is not this machine.
    """
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
    except (socket.gaierror, UnicodeError):
        raise ParameterError(
            f"--host is {host!r}, which is no address or known name. Write 127.0.0.1 for this "
            "machine only, or 0.0.0.0 for all its addresses."
        ) from None
    family, kind, protocol, _, address = found[0]
    taken = socket.socket(family, kind, protocol)
    try:
        if os.name == "posix":
            taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        taken.bind(address)
        taken.listen(BACKLOG)
    except OSError as fault:
        taken.close()
        raise _cannot_listen(fault, host, port) from None
    name, number = taken.getsockname()[:2]
    return taken, Address(name, number, ipaddress.ip_address(name.split("%")[0]).is_loopback)


def _cannot_listen(fault: OSError, host: str, port: int) -> ParameterError:
    if fault.errno == errno.EADDRINUSE:
        why = "another program listens there. Choose another --port, or 0 for a free one"
    elif fault.errno == errno.EACCES:
        why = "that may not be taken here. Choose a --port of 1024 or more"
    elif fault.errno == errno.EADDRNOTAVAIL:
        why = "this machine has no such address. Write 127.0.0.1, or 0.0.0.0 for all it has"
    else:
        why = f"{(fault.strerror or str(fault)).lower()}. Choose another"
    return ParameterError(f"The service cannot listen at {host}, port {port}: {why}.")


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
    config = uvicorn.Config(
        app, http=partial(Guarded, limits=limits), ws="none", lifespan="off",  # type: ignore[arg-type]
        log_config=None, log_level="critical", access_log=False, server_header=False,
        timeout_keep_alive=int(IDLE), timeout_graceful_shutdown=GRACE, backlog=BACKLOG,
    )  # fmt: skip
    server = _Server(config, app, ready)
    try:
        server.run(sockets=[taken])
    finally:
        app.service.close()
        taken.close()
    return app.service.is_working


class _Server(uvicorn.Server):
    """A server that says when it is ready, and takes a signal for an end, not for an error."""

    def __init__(self, config: uvicorn.Config, app: Application, ready: Callable[[], None]) -> None:
        super().__init__(config)
        self._app, self._ready = app, ready

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Begin to listen."""
        await super().startup(sockets)
        self._ready()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Finish what is in flight, for a second."""
        self._app.service.ready = False
        await super().shutdown(sockets)

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Within it, SIGINT and SIGTERM end the server; a second one at once."""
        try:
            before = {s: signal.signal(s, self._end) for s in (signal.SIGINT, signal.SIGTERM)}
        except ValueError:  # not in the main thread
            before = {}
        try:
            yield
        finally:
            for which, handler in before.items():
                signal.signal(which, handler)

    def _end(self, which: int, frame: Any) -> None:
        self.force_exit = self.should_exit
        self.should_exit = True
