"""What ASGI calls its parts, reading a header, sending a whole answer, a machine's own names."""

from __future__ import annotations

import ipaddress
from collections.abc import Awaitable, Callable, MutableMapping
from functools import lru_cache
from typing import Any, TypeAlias

from pellucid.web.refusal import Answer

Scope: TypeAlias = MutableMapping[str, Any]
Message: TypeAlias = MutableMapping[str, Any]
Receive: TypeAlias = Callable[[], Awaitable[Message]]
Send: TypeAlias = Callable[[Message], Awaitable[None]]
App: TypeAlias = Callable[[Scope, Receive, Send], Any]


def header(scope: Scope, name: bytes) -> bytes | None:
    """The value of a header, the last where there are several; None where there is none."""
    found = None
    for key, value in scope["headers"]:
        if key == name:
            found = value
    return found


async def send_answer(send: Send, answer: Answer) -> None:
    """Send a whole response."""
    headers = [
        (b"content-type", answer.kind.encode("latin-1")),
        (b"content-length", b"%d" % len(answer.body)),
    ]
    headers += [(k.encode("latin-1"), v.encode("latin-1")) for k, v in answer.headers]
    if answer.last:
        headers.append((b"connection", b"close"))
    await send({"type": "http.response.start", "status": answer.status, "headers": headers})
    await send({"type": "http.response.body", "body": answer.body})


@lru_cache(256)
def is_own_name(host: str) -> bool:
    """Whether a Host header names this machine to itself.

    Example:
        >>> [is_own_name(name) for name in ("localhost:8000", "[::1]", "127.0.0.1", "evil.example")]
        [True, True, True, False]
    """
    name = host.rpartition("]")[0][1:] if host.startswith("[") else host.partition(":")[0]
    if name.lower().rstrip(".") == "localhost":
        return True
    try:
        return ipaddress.ip_address(name).is_loopback
    except ValueError:
        return False
