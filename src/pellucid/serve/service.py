"""A model as a service: what each request is answered, without the protocol around it."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from pellucid.data.arrays import count_of
from pellucid.data.codec import InputCodec, PictureCodec, TableCodec
from pellucid.serve.about import feature_names, target_name
from pellucid.serve.answers import Answerer
from pellucid.serve.array import ArrayReader
from pellucid.serve.body import content_type, read_body
from pellucid.serve.limits import Limits
from pellucid.serve.metrics import Metrics
from pellucid.serve.picture import PictureReader
from pellucid.serve.reader import Reader, Rows
from pellucid.serve.strict import read_json
from pellucid.serve.table import TableReader
from pellucid.serve.wanted import works_until
from pellucid.web.asgi import Receive, Scope
from pellucid.web.refusal import JSON, Answer, Refused

if TYPE_CHECKING:
    from pellucid.models.network import Network

SMALL = 16 << 10
"""A body of a single row up to so many bytes is answered at once; longer ones by a thread."""
THREADS = 2
CSV, RAW = "text/csv", "application/octet-stream"


class Service:
    """Reads rows, lets the network answer, and counts.

    Attributes:
        ready: whether it takes requests: not any more once it has been told to end.
    """

    def __init__(self, network: Network, limits: Limits) -> None:
        self.network, self.limits = network, limits
        self.answerer = Answerer(network)
        target = target_name(network)
        self.reader = reader_of(network.inputs, self.answerer.precision, network, target)
        self.metrics = Metrics()
        self.ready = True
        self._threads = ThreadPoolExecutor(THREADS, "pellucid-serve")
        self._at_work: set[int] = set()
        self._warm_up()

    async def predict(self, scope: Scope, receive: Receive) -> Answer:
        """Answer for a single row: ``POST /predict``."""
        body = await read_body(scope, receive, self.limits.body)
        kind = content_type(scope)
        if kind == JSON:
            if len(body) <= SMALL and not self.reader.pictures:
                return self._one(body, False)
            return await self._in_thread(self._one, body, False)
        if self.reader.pictures and (kind.startswith("image/") or kind == RAW):
            return await self._in_thread(self._one, body, True)
        raise self._unknown_kind(kind, csv=False)

    async def predict_batch(self, scope: Scope, receive: Receive) -> Answer:
        """Answer for rows: ``POST /predict/batch``."""
        body = await read_body(scope, receive, self.limits.body)
        kind = content_type(scope)
        csv = self.reader.csv and kind == CSV
        if kind != JSON and not csv:
            raise self._unknown_kind(kind, csv=True)
        return await self._in_thread(self._many, body, csv)

    def end(self) -> None:
        """Say from now on that no requests are taken."""
        self.ready = False

    def close(self) -> None:
        """Take no more work for the threads, and wait for none of it."""
        self._threads.shutdown(wait=False, cancel_futures=True)

    @property
    def is_working(self) -> bool:
        """Whether a thread still computes an answer."""
        return bool(self._at_work)

    def _warm_up(self) -> None:
        """Answer for the example in both ways, so that plans are made and packages loaded now."""
        example = self.reader.example
        with suppress(Refused):  # a network without a finite answer for it
            self.answerer.one(self.reader.one(example))
            self.answerer.many(self.reader.many([example]))

    def _one(self, body: bytes, picture: bool) -> Answer:
        reader = self.reader
        rows = reader.from_picture(body) if picture else reader.one(read_json(body))
        answer = self.answerer.one(rows)
        self.metrics.answered(1, bool(rows.warnings))
        return Answer(answer)

    def _many(self, body: bytes, csv: bool) -> Answer:
        rows = self.reader.from_csv(body) if csv else self._listed(read_json(body))
        self._check_count(len(rows.x))
        answer = self.answerer.many(rows)
        self.metrics.answered(len(rows.x), bool(rows.warnings))
        return Answer(answer)

    def _listed(self, values: Any) -> Rows:
        if not isinstance(values, list) or not values:
            found = "an empty list" if values == [] else "no list"
            error = f"The body is {found}; expected a list of rows. For one row use /predict."
            raise Refused(422, error, [""])
        self._check_count(len(values))
        return self.reader.many(values)

    def _check_count(self, rows: int) -> None:
        most = self.limits.rows
        if rows > most:
            error = (
                f"The body has {rows:,} rows; at most {count_of(most, 'row')} are answered at a "
                "time. Send fewer, or start the service with a larger --max-rows."
            )
            raise Refused(422, error, ["body"])

    async def _in_thread(self, work: Callable[..., Answer], *given: Any) -> Answer:
        loop = asyncio.get_running_loop()
        given_up = threading.Event()
        try:
            return await loop.run_in_executor(self._threads, self._working, given_up, work, *given)
        except asyncio.CancelledError:
            given_up.set()
            raise

    def _working(
        self, given_up: threading.Event, work: Callable[..., Answer], *given: Any
    ) -> Answer:
        works_until(given_up)
        self._at_work.add(threading.get_ident())
        try:
            return work(*given)
        finally:
            self._at_work.discard(threading.get_ident())

    def _unknown_kind(self, kind: str, *, csv: bool) -> Refused:
        taken = [JSON]
        if csv and self.reader.csv:
            taken.append(CSV)
        if not csv and self.reader.pictures:
            taken.append("image/png (jpeg, webp, bmp, gif)")
        found = f"The content type is {kind[:60]!r}" if kind else "There is no content type"
        error = f"{found}; expected {' or '.join(taken)}. Say which with -H 'Content-Type: {JSON}'."
        return Refused(415, error, ["Content-Type"])


def reader_of(codec: InputCodec, precision: str, network: Network, target: str | None) -> Reader:
    """What reads rows for a codec."""
    if isinstance(codec, TableCodec):
        return TableReader(codec, precision, target)
    if isinstance(codec, PictureCodec):
        return PictureReader(codec)
    return ArrayReader(codec, feature_names(network))
