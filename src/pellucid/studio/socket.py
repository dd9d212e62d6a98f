"""The conversation with one page over its WebSocket."""

from __future__ import annotations

import asyncio
import json
from concurrent.futures import Executor
from typing import TYPE_CHECKING, Any

from pellucid.errors import PellucidError
from pellucid.studio.command import Asked, NotACommand, read_command
from pellucid.studio.outbox import Outbox
from pellucid.studio.pace import Pace
from pellucid.studio.wire import VERSION, packed

if TYPE_CHECKING:
    from pellucid.studio.session import Session
    from pellucid.studio.sessions import Sessions

SHORT = 10_000
"""Messages of so many characters are read in less than a millisecond or two."""
WATCHERS_MAY = frozenset(("Watch",))
"""The commands of who may watch only: which views they want."""
ONLY_WATCHES = "You are watching: what is shown is changed on the screen that it is shared from."


async def converse(socket: Any, sessions: Sessions, *, watching: bool = False) -> None:
    """Talk with a page until it leaves; ``socket`` is a Starlette WebSocket that was accepted.

    The first message is ``{"hello": VERSION, "session": NAME or null}``.

    Parameters:
        watching: whether the page is of someone who may watch and do nothing: whatever session it
            names, it is shown the one that is shared.
    """
    outbox = Outbox()
    session = None
    try:
        session = await _welcomed(socket, sessions, outbox, watching)
        if session is not None:
            await _talk(socket, session, sessions, outbox, watching)
    finally:
        outbox.close()
        if session is not None:
            session.detach(outbox)


async def _talk(
    socket: Any, session: Session, sessions: Sessions, outbox: Outbox, watching: bool
) -> None:
    """Listen and send, until the page leaves or the session lets it go."""
    sender = asyncio.create_task(_send(socket, outbox))
    listener = asyncio.create_task(_listen(socket, session, sessions, outbox, watching))
    tasks: set[asyncio.Task[Any]] = {sender, listener}
    try:
        done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.wait(tasks)
    has_left = [task.result() for task in done]  # raises what ended it
    if not any(has_left):
        await socket.close(1001)


async def _welcomed(
    socket: Any, sessions: Sessions, outbox: Outbox, watching: bool
) -> Session | None:
    message = await _read(socket)
    try:
        hello = json.loads(message or "")
        spoken, name = hello["hello"], hello.get("session")
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        spoken, name = None, None
    if spoken != VERSION or not (name is None or isinstance(name, str)):
        error = f"This studio speaks version {VERSION} of its messages. Reload the page."
        await socket.send_text(packed({"type": "refused", "error": error}))
        await socket.close(1002)
        return None
    try:
        if watching:
            session = sessions.shared(outbox)
        else:
            loop = asyncio.get_running_loop()
            session = await loop.run_in_executor(sessions.finders, sessions.find, name, outbox)
    except PellucidError as error:
        await socket.send_text(packed({"type": "refused", "error": str(error)}))
        await socket.close(1013)
        return None
    shown = name or "" if watching else session.name
    welcome = {"type": "welcome", "version": VERSION, "session": shown, "watching": watching}
    await socket.send_text(packed({**welcome, "again": session.name == name}))
    if not watching:
        notes, session.notes = session.notes, []
        for note in notes:
            outbox.reply({"type": "note", "text": note})
    return session


async def _listen(
    socket: Any, session: Session, sessions: Sessions, outbox: Outbox, watching: bool
) -> bool:
    """Do what the page asks; what comes too fast is read later, and a flood waits for itself.

    Returns: whether the page has left; if not, it is let go.
    """
    limits = sessions.limits
    pace = Pace(limits.messages, limits.burst)
    few = Pace(limits.viewer_messages, 4 * limits.viewer_messages) if watching else None
    while not outbox.closed:
        message = await _read(socket)
        if message is None:
            return True
        await _in_time(pace)
        if message == "drawn":
            outbox.drawn()
            continue
        if few is not None:
            await _in_time(few)
        try:
            number, asked = await _asked(message, sessions.reader)
        except NotACommand as error:
            outbox.reply({"type": "refusal", "id": error.number, "error": str(error)})
            continue
        if watching and type(asked).__name__ not in WATCHERS_MAY:
            outbox.reply({"type": "refusal", "id": number, "error": ONLY_WATCHES})
            continue
        session.ask(outbox, number, asked)
    return False


async def _in_time(pace: Pace) -> None:
    """Wait until another message may come."""
    if not pace.take():
        await asyncio.sleep(pace.wait())
        pace.take()


async def _asked(message: str | bytes, reader: Executor) -> tuple[int, Asked]:
    """What a message asks for; a long one is read beside the loop, so that others do not wait."""
    from pellucid.studio.commands import commands

    if len(message) <= SHORT:
        return read_command(message, commands())
    loop = asyncio.get_running_loop()
    return await loop.run_in_executor(reader, read_command, message, commands())


async def _read(socket: Any) -> str | bytes | None:
    """The next message; None once the page has left."""
    found = await socket.receive()
    if found["type"] == "websocket.disconnect":
        return None
    message: str | bytes | None = found.get("text")
    return message if message is not None else found.get("bytes")


async def _send(socket: Any, outbox: Outbox) -> bool:
    """Send what waits.

    Returns: whether the page has left; if not, it is let go.
    """
    while messages := await outbox.next():
        for message in messages:
            data = packed(message)
            try:
                await (socket.send_text if isinstance(data, str) else socket.send_bytes)(data)
            except RuntimeError:  # so the server says that the line was closed meanwhile
                return True
    return False
