"""HTTP as uvicorn speaks it, with an end to patience: for heads without end, idle readers, crowds.

uvicorn waits for a request's head as long as it takes, and keeps all of it; and it keeps an answer
until it is taken. Who sends one byte a minute, or a head of a gigabyte, or takes nothing of a long
answer, would be served for ever.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from pellucid.web.refusal import Refused

MOST_HEAD = 64 << 10
IDLE = 30.0
"""Seconds after which a client that takes nothing of its answer is let go."""


class Guarded(HttpToolsProtocol):
    """One connection.

    Parameters:
        seconds: that a head may take.
        most: connections to one address of this machine at a time; the next is closed.
        each: the same from one address elsewhere, by the address of this machine; where it is not
            named, there is no such limit.
    """

    def __init__(
        self, *given: Any, seconds: float, most: int, each: Mapping[Any, int] = {},
        **named: Any,
    ) -> None:  # fmt: skip
        super().__init__(*given, **named)
        self._seconds, self._most, self._each = seconds, most, each
        self._in_head, self._head = True, 0
        self._patience: asyncio.TimerHandle | None = None
        self._watch: asyncio.TimerHandle | None = None
        self._asked = False

    def connection_made(self, transport: Any) -> None:
        """Begin; or close at once, where there are too many."""
        super().connection_made(transport)
        here = [c for c in self.connections if getattr(c, "server", None) == self.server]
        own = [c for c in here if _from(c) == _from(self)]
        if len(here) > self._most or len(own) > self._each.get(self.server, len(own)):
            transport.abort()
            return
        self._wait()

    def connection_lost(self, exc: Exception | None) -> None:
        """End."""
        self._wait_no_more()
        if self._watch is not None:
            self._watch.cancel()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Read on."""
        super().data_received(data)
        if not self._in_head:
            return
        self._head += len(data)
        if self._head > MOST_HEAD:
            self._refuse(431, "The head of the request has too many bytes; send fewer headers.")
        elif self._patience is None:
            self._wait()

    def on_message_begin(self) -> None:
        """A head begins."""
        super().on_message_begin()
        self._in_head, self._head, self._asked = True, 0, True

    def on_headers_complete(self) -> None:
        """A head has come in full."""
        self._in_head = False
        self._wait_no_more()
        super().on_headers_complete()

    def on_response_complete(self) -> None:
        """An answer was written, if not to the other side."""
        super().on_response_complete()
        left = self.transport.get_write_buffer_size()
        if left and self._watch is None:
            self._look_later(left)

    def _look_later(self, left: int) -> None:
        self._asked = False
        self._watch = self.loop.call_later(IDLE, self._look, left)

    def _look(self, before: int) -> None:
        """Let go a client that has taken nothing since, and asked for nothing."""
        self._watch = None
        left = self.transport.get_write_buffer_size()
        if left >= before and not self._asked:
            self.transport.abort()
        elif left:
            self._look_later(left)

    def send_400_response(self, msg: str) -> None:
        """Refuse what is no HTTP."""
        self._refuse(400, "This cannot be read as a request of HTTP/1.1.")

    def _wait(self) -> None:
        self._patience = self.loop.call_later(self._seconds, self._too_slow)

    def _wait_no_more(self) -> None:
        if self._patience is not None:
            self._patience.cancel()
            self._patience = None

    def _too_slow(self) -> None:
        self._patience = None
        if self._head:
            self._refuse(408, "The head of the request was not there in time.")
        else:
            self.transport.close()

    def _refuse(self, status: int, error: str) -> None:
        """Say why, without the application, and close the connection."""
        if self.transport.is_closing():
            return
        body = Refused(status, error, ["head"]).answer().body
        head = (
            f"HTTP/1.1 {status} Refused\r\ncontent-type: application/json\r\n"
            f"content-length: {len(body)}\r\nconnection: close\r\n\r\n"
        )
        self.transport.write(head.encode() + body)
        self.transport.close()


def _from(connection: Any) -> str:
    """The address that a connection came from."""
    return str((getattr(connection, "client", None) or ("",))[0])
