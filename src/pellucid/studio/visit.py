"""One request or WebSocket at the gate: what it says of itself, and how it is answered there."""

from __future__ import annotations

import re
from contextlib import suppress
from urllib.parse import parse_qs, parse_qsl, urlencode

from pellucid.studio.neighbours import is_neighbours
from pellucid.studio.security import guards, values
from pellucid.web.asgi import Message, Scope, Send, send_answer
from pellucid.web.refusal import Answer

PAGES = re.compile(r"/(?:workbench|lessons(?:/[a-z0-9_-]{1,60})?)?")
"""The paths that give the page."""
SOCKET = "/socket"
ROLE = "pellucid.role"
"""The key in a request's scope that tells the role."""
PORT = re.compile(r":\d+$")
HOME = "127.0.0.1"
"""The name that the studio's links have."""


class Visit:
    """One request or WebSocket at the gate.

    Parameters:
        shared: whether it came to the address in the local network.
    """

    def __init__(self, scope: Scope, send: Send, *, shared: bool) -> None:
        self.scope, self._send, self.shared = scope, send, shared
        self._begun = False

    @property
    def changes(self) -> bool:
        """Whether it can change anything."""
        return self.scope["type"] == "websocket" or self.scope["method"] not in ("GET", "HEAD")

    @property
    def host(self) -> str:
        """The address that it came to, as its Host header has to name it."""
        name, port = self.scope["server"]
        return f"[{name}]:{port}" if ":" in name else f"{name}:{port}"

    @property
    def client(self) -> str:
        """The address that it came from."""
        return str((self.scope["client"] or ("",))[0])

    @property
    def is_neighbours(self) -> bool:
        """Whether another user of this machine sent it."""
        return is_neighbours(self.scope["client"], self.scope["server"])

    @property
    def is_page(self) -> bool:
        """Whether someone looks at the answer."""
        return not self.changes and PAGES.fullmatch(self.scope["path"]) is not None

    @property
    def is_looked_at(self) -> bool:
        """Whether a browser shows the answer in a window of its own, whatever it is."""
        return not self.changes and "text/html" in ",".join(values(self.scope, b"accept"))

    @property
    def at_home(self) -> str | None:
        """The page's address where the keys are, if it was called by another name of the machine.

        Who types ``localhost`` would be a stranger there: browsers keep cookies by the name.
        """
        host = values(self.scope, b"host")[0]
        port = PORT.search(host)
        if host.removesuffix(port[0] if port else "") == HOME:
            return None
        return f"http://{HOME}{port[0] if port else ''}{self.without_token}"

    @property
    def token(self) -> str | None:
        """The token of the link, where the address of a page has one."""
        query = self.scope["query_string"].decode("latin-1")
        found = parse_qs(query).get("token") if self.is_page else None
        return found[-1] if found and self.scope["method"] == "GET" else None

    @property
    def without_token(self) -> str:
        """The address without it; it is a page's, and so leads nowhere else."""
        pairs = parse_qsl(self.scope["query_string"].decode("latin-1"))
        query = urlencode([(key, value) for key, value in pairs if key != "token"])
        return str(self.scope["path"]) + (f"?{query}" if query else "")

    async def send(self, message: Message) -> None:
        """Hand a message of the application on, with the headers that guard it."""
        self._begun = True
        if message["type"] in ("http.response.start", "websocket.http.response.start"):
            host = (values(self.scope, b"host") or [""])[-1]
            given = {key.lower() for key, _ in message["headers"]}
            more = [
                (key.encode(), value.encode("latin-1"))
                for key, value in guards(host, local=not self.shared).items()
                if key.encode() not in given
            ]
            message["headers"] = [*message["headers"], *more]
        await self._send(message)

    async def answer(self, answer: Answer) -> None:
        """Answer in place of the application, where that has not begun to."""
        if self._begun:
            if self.scope["type"] == "websocket":
                with suppress(RuntimeError):  # it is closed already
                    await self._send({"type": "websocket.close", "code": 1011})
            return
        if self.scope["type"] == "http":
            await send_answer(self.send, answer)
            return

        async def send(message: Message) -> None:
            await self.send({**message, "type": f"websocket.{message['type']}"})

        await send_answer(send, answer)

    async def go_on(self, address: str, cookie: str | None = None) -> None:
        """Send the browser to another address of the studio, perhaps with a key."""
        headers = [("location", address), *([("set-cookie", cookie)] if cookie else [])]
        await self.answer(Answer(b"", 303, "text/plain", tuple(headers)))
