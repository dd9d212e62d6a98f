"""The studio's routes, as an ASGI application: the page, its files, a socket, files in and out.

The gate stands before all of them; none is for strangers.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any
from urllib.parse import quote

from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import Route, Router, WebSocketRoute
from starlette.websockets import WebSocket, WebSocketDisconnect

from pellucid.errors import PellucidError
from pellucid.studio.assets import Given, Versions, plotly
from pellucid.studio.engine import Engine, Session
from pellucid.studio.files import Uploads
from pellucid.studio.limits import Limits
from pellucid.studio.security import Role
from pellucid.studio.visit import PAGES, ROLE, SOCKET
from pellucid.web.asgi import Receive, Scope, Send
from pellucid.web.refusal import Gone, Refused, to_json

MOST_LETTERS = 100
"""Of the name that a page gives to an upload."""
REVALIDATED = "no-cache"
"""A browser may keep a file, and asks each time whether it is still the same."""
KEPT = "private, max-age=31536000, immutable"
"""A browser may keep a file, and need not ask: another version has another path."""


class Application:
    """The studio behind its gate."""

    def __init__(self, engine: Engine, limits: Limits) -> None:
        self._engine, self._uploads, self._files = engine, Uploads(limits), Versions()
        files = "/sessions/{session}/files"
        routes = [
            Route("/static/{name:path}", self._static),
            Route("/plotly.js", self._plotly),
            Route("/lessons.json", self._lessons),
            Route(files, self._upload, methods=["POST"]),
            Route(files + "/{kind}", self._download),
            WebSocketRoute(SOCKET, self._socket),
        ]
        self._router = Router(routes, redirect_slashes=False)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request, or take a WebSocket.

        Raises: ``Refused``; ``Gone``.
        """
        self._engine.soon()
        if scope["type"] == "http" and PAGES.fullmatch(scope["path"]):
            response = await self._page(Request(scope))
            await response(scope, receive, send)
            return
        scope["app"] = self  # then what the router has no route for is raised
        try:
            await self._router(scope, receive, send)
        except HTTPException as fault:
            raise _not_here(scope, fault) from None

    async def _page(self, request: Request) -> Response:
        if request.method not in ("GET", "HEAD"):
            raise _wrong_method(request.method, "GET, HEAD")
        found = await asyncio.to_thread(self._files.index)
        if found is None:
            raise Refused(404, "The studio's page is not installed. Install Pellucid again.", [])
        return _given(request, found)

    async def _static(self, request: Request) -> Response:
        found, is_so = await asyncio.to_thread(self._files.file, request.path_params["name"])
        if found is None:
            raise Refused(404, NOTHING_HERE, ["path"])
        return _given(request, found, KEPT if is_so else REVALIDATED)

    async def _plotly(self, request: Request) -> Response:
        """Plotly; compressed where it goes over a wire: on this machine that would only cost."""
        far = request.scope[ROLE] is Role.VIEWER
        compressed = far and "gzip" in request.headers.get("accept-encoding", "")
        found = await asyncio.to_thread(plotly, compressed=compressed)
        response = _given(request, found)
        response.headers["vary"] = "accept-encoding"
        if compressed and response.status_code == 200:
            response.headers["content-encoding"] = "gzip"
        return response

    async def _lessons(self, request: Request) -> Response:
        found = await asyncio.to_thread(_headings)
        return Response(to_json(found), media_type="application/json")

    async def _upload(self, request: Request) -> Response:
        session = await self._session(request)
        name = request.query_params.get("name", "")
        told = request.headers.get("content-length")
        taken, size = await self._uploads.take(
            _pieces(request), session.folder, name, int(told) if told else None,
            upload=request.query_params.get("upload", "")[:MOST_LETTERS], needed=session.needed,
        )  # fmt: skip
        return Response(to_json({"name": taken, "bytes": size}), 201, media_type="application/json")

    async def _download(self, request: Request) -> Response:
        session, kind = await self._session(request), request.path_params["kind"]
        download = (await self._engine.loaded()).download
        try:
            name, media, body = await asyncio.to_thread(download, session, kind)
        except PellucidError as error:
            raise Refused(422, str(error), ["path"]) from None
        shown = f"attachment; filename*=UTF-8''{quote(name, safe='')}"
        headers = {"content-disposition": shown, "content-type": media}
        return Response(body, headers=headers)

    async def _session(self, request: Request) -> Session:
        sessions = (await self._engine.loaded()).sessions
        found = sessions.get(request.path_params["session"])
        if found is None:
            error = "There is no such session; it may have ended. Open the studio's page again."
            raise Refused(404, error, ["path"])
        return found

    async def _socket(self, websocket: WebSocket) -> None:
        loaded = await self._engine.loaded()
        watching = websocket.scope[ROLE] is Role.VIEWER
        try:
            await websocket.accept()
        except OSError:
            return  # whoever it was did not wait
        try:
            await loaded.converse(websocket, loaded.sessions, watching=watching)
        except WebSocketDisconnect:
            return  # or has gone


def _headings() -> list[dict[str, Any]]:
    """What the list of lessons shows of each."""
    from pellucid.lessons import path
    from pellucid.lessons.record import heading

    return [heading(lesson) for lesson in path()]


async def _pieces(request: Request) -> AsyncIterator[bytes]:
    try:
        async for piece in request.stream():
            yield piece
    except ClientDisconnect:
        raise Gone from None


def _given(request: Request, found: Given, kept: str = REVALIDATED) -> Response:
    """A file, or word that the browser has it already."""
    headers = {"etag": found.tag, "cache-control": kept, "content-type": found.kind}
    if found.tag in request.headers.get("if-none-match", "").replace("W/", "").split(", "):
        return Response(status_code=304, headers=headers)
    return Response(found.body, headers=headers)


def _not_here(scope: Any, fault: HTTPException) -> Refused:
    """What the router has no route for."""
    if fault.status_code == 405:
        allowed = {name.lower(): value for name, value in (fault.headers or {}).items()}["allow"]
        return _wrong_method(scope["method"], ", ".join(sorted(allowed.split(", "))))
    return Refused(404, NOTHING_HERE, ["path"])


def _wrong_method(method: str, allowed: str) -> Refused:
    error = f"{method[:20]} is not for this path; expected {allowed}."
    return Refused(405, error, ["method"], headers={"allow": allowed})


NOTHING_HERE = "There is nothing at this path. The studio's pages are /, /workbench and /lessons."
