"""What the tests of the service share: small models of each kind, a client without a network."""

from __future__ import annotations

import asyncio
import json
import warnings
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
import polars as pl

from pellucid import Network
from pellucid.data.pictures.framing import Framing
from pellucid.errors import DataWarning


@dataclass(frozen=True)
class Response:
    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


def ask(
    app: Any, method: str, path: str, body: bytes | Iterable[bytes] = b"",
    headers: Mapping[str, str] | None = None, *, json_of: Any = ...,
) -> Response:  # fmt: skip
    """What an ASGI application answers; a body of several parts has no told length."""
    given = {"host": "127.0.0.1:8000"} | {k.lower(): v for k, v in (headers or {}).items()}
    if json_of is not ...:
        body = json.dumps(json_of).encode()
        given.setdefault("content-type", "application/json")
    if isinstance(body, bytes):
        parts = [body]
        given.setdefault("content-length", str(len(body)))
    else:
        parts = list(body)
    messages = [
        {"type": "http.request", "body": part, "more_body": place < len(parts) - 1}
        for place, part in enumerate(parts)
    ]
    sent: list[Any] = []

    async def receive() -> Any:
        return messages.pop(0) if messages else {"type": "http.disconnect"}

    async def send(message: Any) -> None:
        sent.append(message)

    scope = {
        "type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "method": method,
        "path": path, "raw_path": path.encode(), "query_string": b"", "scheme": "http",
        "root_path": "", "server": ("127.0.0.1", 8000), "client": ("127.0.0.1", 5000),
        "headers": [(k.encode(), v.encode()) for k, v in given.items()],
    }  # fmt: skip
    asyncio.run(app(scope, receive, send))
    start = sent[0]
    told = {k.decode(): v.decode() for k, v in start["headers"]}
    return Response(start["status"], told, b"".join(m["body"] for m in sent[1:]))


def frame(rows: int = 300, seed: int = 0) -> pl.DataFrame:
    """A table of all kinds: numbers with gaps, categories, few and many, truth values."""
    rng = np.random.default_rng(seed)
    size, town = rng.normal(10, 3, rows), rng.integers(0, 3, rows)
    shop, new = rng.integers(0, 40, rows), rng.random(rows) < 0.5
    score = (size - 10) / 3 + (town == 1) * 1.5 - new + np.sin(shop)
    return pl.DataFrame(
        {
            "nr": np.arange(rows),
            "size": pl.Series(size).set(pl.Series(rng.random(rows) < 0.1), None),
            "weight": rng.normal(70, 9, rows),
            "town": [["Rome", "Oslo", "Lima \N{LATIN SMALL LETTER E WITH ACUTE}"][k] for k in town],
            "shop": [f"shop {k}" for k in shop],
            "new": np.where(new, "yes", "no"),
            "side": np.where(score > 0.4, "up", "down"),
            "price": score,
        }
    )


def with_dates(rows: int = 120) -> pl.DataFrame:
    """A table with dates, text, and a number that has strays."""
    rng = np.random.default_rng(1)
    words = np.array(["red", "green", "blue", "round", "flat", "heavy", "light", "old"])
    text = [" ".join(rng.choice(words, 4)) + f" {k}" for k in range(rows)]
    days = pl.date_range(pl.date(2024, 1, 1), pl.date(2024, 12, 31), "1d", eager=True)
    when = days.gather(rng.integers(0, 366, rows)).dt.strftime("%d.%m.%Y")
    load = [f"{v:.2f}" for v in rng.normal(5, 1, rows)]
    load[3] = "broken"
    return pl.DataFrame(
        {"when": when, "text": text, "load": load, "kind": rng.choice(["a", "b", "c"], rows)}
    )


@lru_cache
def table_model(target: str = "side") -> Network:
    """A network of the table, for classes (side) or numbers (price)."""
    data = frame().drop("price" if target == "side" else "side")
    net = Network(hidden=[8], seed=0)
    net.fit(data, target, epochs=4, progress=False)
    net.provenance["data"] = {
        "target": target, "name": "shops", "given": "/somewhere/shops.csv", "training_rows": 300,
    }  # fmt: skip
    net.provenance["command"] = "pellucid train /somewhere/shops.csv"
    return net


@lru_cache
def dates_model() -> Network:
    net = Network(hidden=[8], seed=0)
    with warnings.catch_warnings():  # of the stray
        warnings.simplefilter("ignore", DataWarning)
        net.fit(with_dates(), "kind", epochs=2, progress=False)
    return net


@lru_cache
def array_model(classes: int = 3) -> Network:
    """A network of four plain numbers."""
    x = np.random.default_rng(0).normal(size=(60, 4)) * [1, 10, 100, 0.1]
    y = np.array(["no", "yes", "perhaps"])[np.arange(60) % classes]
    net = Network(hidden=[5], seed=0)
    net.fit(x, y, epochs=3, progress=False)
    return net


@lru_cache
def picture_model() -> Network:
    """A network of pictures of 8 x 8 in colour."""
    x = np.random.default_rng(0).integers(0, 256, (40, 3, 8, 8), dtype=np.uint8)
    net = Network(hidden=[6], framing=Framing(8, 8), seed=0)
    net.fit(x, np.array(["rose", "lotus"] * 20), epochs=2, progress=False)
    return net


def row_of(place: int = 0, **other: Any) -> dict[str, Any]:
    """A row of the table as a client would send it."""
    row = frame().drop("side", "price", "nr").row(place, named=True)
    return row | other
