"""A request's body and what it is said to be."""

from __future__ import annotations

import asyncio

from pellucid.web.asgi import Message, Receive, Scope, header
from pellucid.web.refusal import Gone, Refused

PASSED_OVER = 4
"""How many times the limit is read and thrown away, so that the refusal can still be received."""
PATIENCE = 2.0


async def read_body(scope: Scope, receive: Receive, most: int) -> bytes:
    """All of a body, whether its length was told or not.

    Raises: ``Refused`` with status 413 for more bytes than may be; ``Gone``.
    """
    told = header(scope, b"content-length")
    if told and int(told) > most:  # the server has checked that it is a whole number
        if header(scope, b"expect") is None:
            await _pass_over(receive, most)
        raise _too_long(most, f"{int(told):,}")
    message = await receive()
    _check_there(message)
    body: bytes = message.get("body", b"")
    if not message.get("more_body"):
        return _checked(body, most)
    parts, size = [body], len(body)
    while message.get("more_body"):
        message = await receive()
        _check_there(message)
        parts.append(message.get("body", b""))
        size += len(parts[-1])
        if size > most:
            parts.clear()
            if message.get("more_body"):
                await _pass_over(receive, most)
            raise _too_long(most, "more")
    return b"".join(parts)


def content_type(scope: Scope) -> str:
    """What the body is said to be, without parameters, in small letters; nothing where unsaid."""
    told = header(scope, b"content-type")
    if told == b"application/json":
        return "application/json"
    return (told or b"").decode("latin-1").partition(";")[0].strip().lower()


def _check_there(message: Message) -> None:
    if message["type"] == "http.disconnect":
        raise Gone


def _checked(body: bytes, most: int) -> bytes:
    if len(body) > most:
        raise _too_long(most, f"{len(body):,}")
    return body


async def _pass_over(receive: Receive, most: int) -> None:
    """Read on for a while: who still sends does not listen, and would only see a broken line."""
    size = 0
    try:
        async with asyncio.timeout(PATIENCE):
            while size < PASSED_OVER * most:
                message = await receive()
                _check_there(message)
                size += len(message.get("body", b""))
                if not message.get("more_body"):
                    return
    except TimeoutError:
        return


def _too_long(most: int, had: str) -> Refused:
    error = (
        f"The body has {had} bytes; at most {most:,} are taken. Send fewer rows at a time, or "
        "start the service with a larger --max-body."
    )
    return Refused(413, error, ["body"], last=True)
