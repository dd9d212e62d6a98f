"""The gate that every request passes: who may ask, how many at a time, how long, and how it ended.

Whatever happens behind it, a request ends in a status, is counted, and tells nothing of the inside.
"""

from __future__ import annotations

import asyncio
import traceback
from collections.abc import Callable
from time import perf_counter

from pellucid.serve.deadline import Deadline
from pellucid.serve.limits import Limits
from pellucid.serve.metrics import Metrics
from pellucid.web.asgi import App, Message, Receive, Scope, Send, header, is_own_name, send_answer
from pellucid.web.refusal import Gone, Refused

WORK = frozenset(("/predict", "/predict/batch"))
"""The routes that compute; the others are answered however busy the service is."""
GONE = 499
"""The status that is counted where nobody waited for the answer."""
GUARD = ((b"x-content-type-options", b"nosniff"),)


class Gate:
    """An ASGI application around another.

    Parameters:
        routes: the paths that are counted by their names; all others are counted together.
        local: whether only requests for this machine's own names are answered. A page of another
            site can have its name point to 127.0.0.1, and would be let in by a browser.
        log: told of what should not happen.
    """

    def __init__(
        self, app: App, limits: Limits, metrics: Metrics, routes: frozenset[str], *,
        local: bool, log: Callable[[str], None],
    ) -> None:  # fmt: skip
        self._app, self._limits, self._metrics = app, limits, metrics
        self._routes, self._local, self._log = routes, local, log
        self._deadline = Deadline(limits.seconds)
        self._busy = 0
        metrics.busy.set_function(lambda: self._busy)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request."""
        began = perf_counter()
        path = scope["path"]
        status = 0

        async def sending(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                message["headers"] = [*message["headers"], *GUARD]
            await send(message)

        self._busy += 1
        task = self._deadline.begin()
        try:
            self._check(scope, path)
            await self._app(scope, receive, sending)
        except Gone:
            pass
        except Refused as refused:
            await send_answer(sending, refused.answer())
        except asyncio.CancelledError:
            if not self._deadline.was_late(task):
                raise
            if not status:
                await send_answer(sending, self._too_slow().answer())
        except Exception:  # noqa: BLE001 - whatever it is, the service goes on
            self._log(f"A request for {path[:100]!r} failed:\n{traceback.format_exc()}")
            if not status:
                await send_answer(sending, FAILED.answer())
        finally:
            self._deadline.end(task)
            self._busy -= 1
            route = path if path in self._routes else "other"
            self._metrics.count(route, status or GONE, perf_counter() - began)

    def _check(self, scope: Scope, path: str) -> None:
        host = (header(scope, b"host") or b"").decode("latin-1")
        if self._local and not is_own_name(host):
            raise Refused(421, NOT_FOR_HERE, ["Host"])
        if self._busy > self._limits.requests and path in WORK:
            error = (
                f"The service is answering {self._limits.requests} requests, as many as it takes "
                "at a time. Try again in a second."
            )
            raise Refused(503, error, [], headers={"retry-after": "1"})

    def _too_slow(self) -> Refused:
        error = (
            f"The request was not done within {self._limits.seconds:g} seconds. Send fewer rows at "
            "a time, or start the service with a longer --timeout."
        )
        return Refused(408, error, ["body"], last=True)


NOT_FOR_HERE = (
    "The service listens on this machine only, and the Host header of this request is another "
    "name. Call it by 127.0.0.1 or localhost, or start it with --host."
)
FAILED = Refused(
    500, "The service failed to answer this request. What went wrong is in its log.", [], last=True
)
