"""The client of ``serve.py``: requests that were made beforehand, over raw sockets.

``python serve_client.py ROWS.json PORT REQUESTS CONNECTIONS``: each connection sends its next
request when it has the answer to the last. What an answer says is looked at once all are there, so
that the client does as little as it can meanwhile.
"""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from time import perf_counter
from typing import Any

END = b"\r\n\r\n"
LENGTH = b"content-length: "


class Connection(asyncio.Protocol):
    """One connection: asks until there is nothing left to ask."""

    def __init__(self, asks: Iterator[tuple[int, bytes]], took: list[float], got: Any) -> None:
        self.asks, self.took, self.got = asks, took, got
        self.done: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: Any) -> None:
        self.transport = transport
        self.next()

    def next(self) -> None:
        """Send the next request, or end."""
        place, request = next(self.asks, (-1, b""))
        if place < 0:
            self.transport.close()
            return
        self.place, self.room, self.size = place, b"", -1
        self.began = perf_counter()
        self.transport.write(request)

    def data_received(self, data: bytes) -> None:
        self.room += data
        if self.size < 0:
            head = self.room.find(END)
            if head < 0:
                return
            start = self.room.lower().find(LENGTH, 0, head) + len(LENGTH)
            self.size = head + len(END) + int(self.room[start : self.room.find(b"\r", start)])
        if len(self.room) >= self.size:
            self.took.append(perf_counter() - self.began)
            self.got[self.place] = self.room
            self.next()

    def connection_lost(self, exc: Exception | None) -> None:
        if not self.done.done():
            self.done.set_result(None)


async def run(asks: list[bytes], port: int, at_once: int) -> tuple[list[float], Any, float]:
    """The seconds that each request took, the answers, and the seconds for all."""
    took: list[float] = []
    got: list[Any] = [b""] * len(asks)
    waiting = iter(enumerate(asks))
    loop = asyncio.get_running_loop()
    began = perf_counter()
    made = [
        await loop.create_connection(lambda: Connection(waiting, took, got), "127.0.0.1", port)
        for _ in range(at_once)
    ]
    await asyncio.gather(*(connection.done for _, connection in made))
    return took, got, perf_counter() - began


def main() -> None:
    """Ask, and print how long it took and how many answers were wrong, as JSON."""
    rows = json.loads(Path(sys.argv[1]).read_text())
    port, count, at_once = map(int, sys.argv[2:])
    requests = []
    for each in rows:
        body = json.dumps(each["row"]).encode()
        head = (
            f"POST /predict HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n"
            f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
        )
        requests.append(head.encode() + body)
    asks = [requests[k % len(requests)] for k in range(count)]
    try:
        import uvloop
    except ImportError:
        took, got, seconds = asyncio.run(run(asks, port, at_once))
    else:
        took, got, seconds = uvloop.run(run(asks, port, at_once))
    errors = sum(not is_right(answer, rows[k % len(rows)]["label"]) for k, answer in enumerate(got))
    took.sort()
    places = {"p50": len(took) // 2, "p99": len(took) * 99 // 100}
    found = {name: 1e3 * took[place] for name, place in places.items()}
    print(json.dumps(found | {"rate": count / seconds, "errors": errors + count - len(took)}))


def is_right(answer: bytes, label: str) -> bool:
    """Whether an answer is one, and has the label that the network gives."""
    head, _, body = answer.partition(END)
    if not head.startswith(b"HTTP/1.1 200"):
        return False
    return bool(json.loads(body)["prediction"] == label)


if __name__ == "__main__":
    main()
