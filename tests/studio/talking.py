"""A visitor of the studio without a browser: requests with the cookie, a talk over the socket."""

from __future__ import annotations

import json
import time
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from http.client import HTTPConnection
from http.cookies import SimpleCookie
from typing import Any
from urllib.parse import urlsplit

from websockets.sync.client import ClientConnection, connect
from websockets.typing import Origin

from pellucid.studio.wire import VERSION, unpacked

PATIENCE = 30.0


class Refused(Exception):
    """The studio's words of a refusal."""


@dataclass(frozen=True)
class Answer:
    """An HTTP response."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        """The body as JSON."""
        return json.loads(self.body)


class Visitor:
    """Someone with the studio's key.

    Attributes:
        cookies: as a browser would keep them.
    """

    def __init__(self, origin: str, cookies: Mapping[str, str]) -> None:
        self.netloc = urlsplit(origin).netloc
        self.cookies = dict(cookies)

    def ask(
        self, method: str, path: str, body: bytes | None = None, headers: Mapping[str, str] = {}
    ) -> Answer:  # fmt: skip
        """What is answered to a request; redirects are not followed."""
        line = HTTPConnection(self.netloc, timeout=PATIENCE)
        own = {"origin": f"http://{self.netloc}"}
        if self.cookies:
            own["cookie"] = "; ".join(f"{k}={v}" for k, v in self.cookies.items())
        try:
            line.request(method, path, body, {**own, **headers})
            found = line.getresponse()
            data = found.read()
        finally:
            line.close()
        for name, value in found.getheaders():
            if name.lower() == "set-cookie":
                self.cookies |= {key: one.value for key, one in SimpleCookie(value).items()}
        told = {name.lower(): value for name, value in found.getheaders()}
        return Answer(found.status, told, data)

    def line(self) -> ClientConnection:
        """Open the socket, and say nothing yet."""
        cookie = "; ".join(f"{k}={v}" for k, v in self.cookies.items())
        opening = connect(
            f"ws://{self.netloc}/socket", origin=Origin(f"http://{self.netloc}"), max_size=None,
            additional_headers={"cookie": cookie}, proxy=None, open_timeout=PATIENCE,
            close_timeout=1.0, ping_interval=None,
        )  # fmt: skip
        found: ClientConnection = opening.__enter__()  # `Talk` closes it
        return found

    def talk(self, session: str | None = None) -> Talk:
        """Open the socket as a tab does; with a session's name it is found again."""
        return Talk(self.line(), session)


def entered(link: str) -> dict[str, str]:
    """The cookies of a visitor who opened the studio's link, and went where it led."""
    visitor, parts = Visitor(link, {}), urlsplit(link)
    answer = visitor.ask("GET", f"{parts.path}?{parts.query}")
    assert answer.status in (302, 303, 307), answer
    place = answer.headers["location"]
    assert "token" not in place
    answer = visitor.ask("GET", place)
    assert answer.status == 200, answer
    return visitor.cookies


class Talk:
    """A tab's socket: asks, keeps what is told meanwhile, and says that it drew each view.

    Attributes:
        session: its name.
        again: whether it was there before.
        status: the newest status.
        views: the newest view of each name.
        count: how many messages of each type came; views by "view NAME".
    """

    def __init__(self, line: ClientConnection, session: str | None = None) -> None:
        self.line = line
        self.number = 0
        self.status: dict[str, Any] = {}
        self.views: dict[str, dict[str, Any]] = {}
        self.count: Counter[str] = Counter()
        self.line.send(json.dumps({"hello": VERSION, "session": session}))
        welcome = self.wait(lambda message: message["type"] in ("welcome", "refused"))
        if welcome["type"] == "refused":
            raise Refused(welcome["error"])
        self.session: str = welcome["session"]
        self.again: bool = welcome["again"]

    def ask(self, do: str, **fields: Any) -> Any:
        """What a command replies.

        Raises: ``Refused`` with the words of a refusal.
        """
        self.number += 1
        number = self.number
        self.line.send(json.dumps({"id": number, "do": do, **fields}))
        found = self.wait(lambda message: message.get("id") == number)
        if found["type"] == "refusal":
            raise Refused(found["error"])
        return found["value"]

    def wait(self, is_it: Callable[[dict[str, Any]], bool], seconds: float = PATIENCE) -> Any:
        """The next message that is as wanted; all before it are noted."""
        end = time.monotonic() + seconds
        while True:
            message = self.read(max(end - time.monotonic(), 0.001))
            if is_it(message):
                return message

    def read(self, seconds: float = PATIENCE) -> dict[str, Any]:
        """The next message."""
        found: dict[str, Any] = unpacked(self.line.recv(seconds))
        kind = found["type"]
        if kind == "status":
            self.status = found
        elif kind == "view":
            self.views[found["name"]] = found
            self.count[f"view {found['name']}"] += 1
        self.count[kind] += 1
        if kind in ("status", "view"):
            self.line.send("drawn")
        return found

    def until(self, is_so: Callable[[dict[str, Any]], bool], seconds: float = PATIENCE) -> Any:
        """The status, once it is as wanted."""
        if not (self.status and is_so(self.status)):
            self.wait(lambda message: message["type"] == "status" and is_so(message), seconds)
        return self.status

    def hear(self, seconds: float) -> None:
        """Read all that comes for so long."""
        end = time.monotonic() + seconds
        while (left := end - time.monotonic()) > 0:
            try:
                self.read(left)
            except TimeoutError:
                return

    def rest(self, quiet: float = 0.15) -> None:
        """Read until nothing was told for so long."""
        while True:
            try:
                self.read(quiet)
            except TimeoutError:
                return

    def close(self) -> None:
        """Close the tab."""
        self.line.close()

    def __enter__(self) -> Talk:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
