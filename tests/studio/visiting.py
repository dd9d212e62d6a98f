"""What the studio's tests share: a real studio in a process, and visits to an application."""

from __future__ import annotations

import asyncio
import http.client
import json
import subprocess
import sys
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from websockets.sync.client import connect

SLOW = 30.0  # seconds that a test waits at most, on a busy machine


@dataclass(frozen=True)
class Response:
    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def error(self) -> str:
        return str(self.json["error"])


@dataclass(frozen=True)
class Studio:
    """A studio that runs in a process of its own, and the key of its owner."""

    process: subprocess.Popen[str]
    told: Mapping[str, Any]
    cookie: str = field(default="")

    @property
    def port(self) -> int:
        return int(self.told["port"])

    @property
    def origin(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def send(
        self, method: str, path: str, body: Any = None, headers: Mapping[str, str] | None = None
    ) -> Response:
        """A request as it is, with no key and no origin."""
        line = http.client.HTTPConnection("127.0.0.1", self.port, timeout=SLOW)
        try:
            line.request(method, path, body, dict(headers or {}))
            answer = line.getresponse()
            told = {name.lower(): value for name, value in answer.getheaders()}
            return Response(answer.status, told, answer.read())
        finally:
            line.close()

    def page(self, **more: Any) -> Any:
        """A WebSocket as the owner's page opens it."""
        given: dict[str, Any] = {"origin": self.origin, "cookie": self.cookie} | more
        key = {"Cookie": given.pop("cookie")}
        address = f"ws://127.0.0.1:{self.port}/socket"
        return connect(address, additional_headers=key, max_size=None, **given)

    def get(self, path: str, **headers: str) -> Response:
        """What the owner's page gets."""
        return self.send("GET", path, headers={"Cookie": self.cookie, **headers})

    def post(self, path: str, body: Any = b"", **headers: str) -> Response:
        """What the owner's page gets for something that it sends."""
        own = {"Cookie": self.cookie, "Origin": self.origin, **headers}
        return self.send("POST", path, body, own)


def words(*more: str) -> list[str]:
    return [sys.executable, "-m", "pellucid", *more, "--no-browser", "--port", "0", "--json"]


@contextmanager
def running(command: list[str]) -> Iterator[Studio]:
    """A studio, from its start to its end, with the owner let in."""
    process = subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, stdin=subprocess.DEVNULL
    )
    try:
        assert process.stdout is not None
        line = process.stdout.readline()
        assert line, process.stderr.read() if process.stderr else ""
        studio = Studio(process, json.loads(line))
        found = studio.send("GET", studio.told["url"].removeprefix(studio.origin))
        assert found.status == 303, found
        yield Studio(process, studio.told, found.headers["set-cookie"].partition(";")[0])
    finally:
        process.terminate()
        try:
            process.communicate(timeout=SLOW)
        except subprocess.TimeoutExpired:
            process.kill()
            process.communicate()


def visit(
    app: Any, path: str = "/", method: str = "GET", *, headers: Iterable[tuple[str, str]] = (),
    query: str = "", body: bytes = b"", kind: str = "http",
    server: tuple[str, int] = ("127.0.0.1", 8765), client: str = "127.0.0.1",
) -> Response:  # fmt: skip
    """What an ASGI application answers; of a WebSocket that it takes, status 101."""
    given = [(k.lower().encode(), v.encode()) for k, v in headers]
    if not any(name == b"host" for name, _ in given):
        given.append((b"host", f"{server[0]}:{server[1]}".encode()))
    sent: list[Any] = []
    messages = [{"type": "http.request", "body": body}]

    async def receive() -> Any:
        return messages.pop(0) if messages else {"type": f"{kind}.disconnect"}

    async def send(message: Any) -> None:
        sent.append(message)

    scope = {
        "type": kind, "path": path, "raw_path": path.encode(), "query_string": query.encode(),
        "headers": given, "server": server, "client": (client, 5000), "root_path": "",
        "scheme": kind, "http_version": "1.1", "asgi": {"version": "3.0"},
    }  # fmt: skip
    if kind == "http":
        scope["method"] = method
    asyncio.run(app(scope, receive, send))
    start = sent[0]
    if start["type"] == "websocket.accept":
        return Response(101, {}, b"")
    told = {name.decode(): value.decode() for name, value in start["headers"]}
    return Response(start["status"], told, b"".join(part.get("body", b"") for part in sent[1:]))
