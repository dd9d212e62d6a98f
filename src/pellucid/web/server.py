"""Taking a port, and uvicorn's server on it, which ends when it is told to."""

from __future__ import annotations

import errno
import ipaddress
import os
import signal
import socket
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import partial
from typing import Any

import uvicorn

from pellucid.dataclass import dataclass
from pellucid.errors import ParameterError
from pellucid.web.protocol import IDLE, Guarded

BACKLOG = 512


@dataclass(frozen=True)
class Address:
    """Where a server listens.

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


def listen(host: str, port: int, what: str = "service") -> tuple[socket.socket, Address]:
    """Take a port, a free one for 0, before anything is loaded.

    Parameters:
        what: is going to listen, for the words of a refusal.
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
        raise _cannot_listen(fault, host, port, what) from None
    name, number = taken.getsockname()[:2]
    return taken, Address(name, number, ipaddress.ip_address(name.split("%")[0]).is_loopback)


def _cannot_listen(fault: OSError, host: str, port: int, what: str) -> ParameterError:
    if fault.errno == errno.EADDRINUSE:
        why = "another program listens there. Choose another --port, or 0 for a free one"
    elif fault.errno == errno.EACCES:
        why = "that may not be taken here. Choose a --port of 1024 or more"
    elif fault.errno == errno.EADDRNOTAVAIL:
        why = "this machine has no such address. Write 127.0.0.1, or 0.0.0.0 for all it has"
    else:
        why = f"{(fault.strerror or str(fault)).lower()}. Choose another"
    return ParameterError(f"The {what} cannot listen at {host}, port {port}: {why}.")


def run(
    app: Any, taken: Sequence[socket.socket], *, seconds: float, connections: int, grace: int,
    ready: Callable[[], None], ending: Callable[[], None],
    websockets: Mapping[str, Any] | None = None, each: Mapping[Any, int] = {},
) -> None:  # fmt: skip
    """Let an ASGI application answer until SIGINT or SIGTERM.

    Parameters:
        taken: the sockets, from ``listen``.
        seconds: that the head of a request may take.
        connections: to one of the addresses at a time.
        grace: seconds that requests in flight get once it has been told to end.
        ready: called once requests are answered.
        ending: called when it has been told to end.
        websockets: uvicorn's options for WebSockets; None: there are none.
        each: connections from one address elsewhere at a time, to those of the addresses where
            there is such a limit.
    """
    guarded: Any = partial(Guarded, seconds=seconds, most=connections, each=each)
    config = uvicorn.Config(
        app, http=guarded, lifespan="off", **(websockets or {"ws": "none"}),
        log_config=None, log_level="critical", access_log=False, server_header=False,
        timeout_keep_alive=int(IDLE), timeout_graceful_shutdown=grace, backlog=BACKLOG,
    )  # fmt: skip
    Server(config, ready, ending).run(sockets=list(taken))


class Server(uvicorn.Server):
    """A server that says when it is ready, and takes a signal for an end, not for an error.

    Parameters:
        ready: called once requests are answered.
        ending: called when it has been told to end, before it finishes what is in flight.
    """

    def __init__(
        self, config: uvicorn.Config, ready: Callable[[], None], ending: Callable[[], None]
    ) -> None:
        super().__init__(config)
        self._ready, self._ending = ready, ending

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Begin to listen."""
        await super().startup(sockets)
        self._ready()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Finish what is in flight, for as long as the configuration says."""
        self._ending()
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
