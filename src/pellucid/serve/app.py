"""The routes of the service, as an ASGI application; Starlette finds the one for a request."""

from __future__ import annotations

import sys
from collections.abc import Awaitable, Callable, Sequence
from typing import TYPE_CHECKING, Any

from starlette.exceptions import HTTPException
from starlette.middleware.cors import CORSMiddleware
from starlette.routing import Route, Router

from pellucid.serve.about import about
from pellucid.serve.gate import Gate
from pellucid.serve.limits import Limits
from pellucid.serve.openapi import openapi
from pellucid.serve.page import page
from pellucid.serve.service import Service
from pellucid.web.asgi import Receive, Scope, Send, send_answer
from pellucid.web.refusal import Answer, Refused, to_json

if TYPE_CHECKING:
    from pellucid.models.network import Network


class Endpoint:
    """A route's end: a function from a request to an answer."""

    def __init__(self, answer: Callable[[Scope, Receive], Awaitable[Answer]]) -> None:
        self._answer = answer

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request, or say why not."""
        try:
            answer = await self._answer(scope, receive)
        except Refused as refused:
            answer = refused.answer()
        await send_answer(send, answer)


def application(
    network: Network, limits: Limits | None = None, *,
    origins: Sequence[str] = (), local: bool = False, log: Callable[[str], None] | None = None,
) -> Application:  # fmt: skip
    """The service of a network, to be run by an ASGI server.

    Parameters:
        limits: what it takes at most.
        origins: the web sites whose pages may call it, "*" for all; none by default.
        local: whether only requests that name this machine as itself are answered.
        log: told of faults of the service itself; by default stderr is.
    """
    return Application(network, limits or Limits(), origins, local, log or _to_stderr)


class Application:
    """An ASGI application, with the service that it answers for."""

    def __init__(
        self, network: Network, limits: Limits, origins: Sequence[str], local: bool,
        log: Callable[[str], None],
    ) -> None:  # fmt: skip
        self.service = Service(network, limits)
        routes = _routes(self.service)
        self._router = Router(routes, redirect_slashes=False)
        self._predict = Endpoint(self.service.predict)
        app: Any = self._routed
        if origins:
            app = CORSMiddleware(
                app, allow_origins=list(origins), allow_methods=["GET", "POST"],
                allow_headers=["*"],
            )  # fmt: skip
        paths = frozenset(route.path for route in routes)
        self._gate = Gate(app, limits, self.service.metrics, paths, local=local, log=log)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request; of what is no HTTP, take the server's start and end."""
        if scope["type"] == "http":
            await self._gate(scope, receive, send)
        else:
            await self._router(scope, receive, send)

    async def _routed(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["path"] == "/predict" and scope["method"] == "POST":
            await self._predict(scope, receive, send)  # most requests: the search is spared
            return
        scope["app"] = self  # then what the router has no route for is raised
        try:
            await self._router(scope, receive, send)
        except HTTPException as fault:
            await send_answer(send, _not_here(scope["method"], fault).answer())


def _routes(service: Service) -> list[Route]:
    told = about(service.network, service.reader, service.answerer.chances)
    fixed = {
        "/": page(told, service.reader),
        "/model": Answer(to_json(told)),
        "/openapi.json": Answer(to_json(openapi(told, service.reader, service.limits))),
    }

    async def health(scope: Scope, receive: Receive) -> Answer:
        state = {"status": "ok" if service.ready else "ending", "ready": service.ready}
        return Answer(to_json(state), 200 if service.ready else 503)

    async def metrics(scope: Scope, receive: Receive) -> Answer:
        return service.metrics.page()

    return [
        Route("/predict", Endpoint(service.predict), methods=["POST"]),
        Route("/predict/batch", Endpoint(service.predict_batch), methods=["POST"]),
        Route("/health", Endpoint(health), methods=["GET"]),
        Route("/metrics", Endpoint(metrics), methods=["GET"]),
        *(
            Route(path, Endpoint(_always(answer)), methods=["GET"])
            for path, answer in fixed.items()
        ),
    ]


def _always(answer: Answer) -> Callable[[Scope, Receive], Awaitable[Answer]]:
    async def same(scope: Scope, receive: Receive) -> Answer:
        return answer

    return same


def _not_here(method: str, fault: HTTPException) -> Refused:
    """What the router has no route for."""
    headers = {name.lower(): value for name, value in (fault.headers or {}).items()}
    if fault.status_code == 405:
        error = f"{method[:20]} is not for this path; expected {headers['allow']}."
        return Refused(405, error, ["method"], headers=headers)
    error = "There is nothing at this path. GET / shows what there is."
    return Refused(404, error, ["path"])


def _to_stderr(text: str) -> None:
    sys.stderr.write(text + "\n")
