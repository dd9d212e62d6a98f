"""The gate that every request and WebSocket passes before the studio: is it let in, and as whom.

Whatever happens behind it ends in a status and tells nothing of the inside.
"""

from __future__ import annotations

import asyncio
import re
import traceback
from collections import Counter
from collections.abc import Callable
from urllib.parse import parse_qs

from pellucid.studio.door import JOIN, ask_code, refused
from pellucid.studio.limits import Limits
from pellucid.studio.pace import Guesses
from pellucid.studio.security import Keys, Role, is_asked_for, is_host, is_origin, values
from pellucid.studio.visit import PAGES, ROLE, SOCKET, Visit
from pellucid.web.asgi import App, Receive, Scope, Send
from pellucid.web.refusal import Answer, Gone, Refused

FOR_VIEWERS = re.compile(rf"{PAGES.pattern}|/lessons\.json|/static/.*|/plotly\.js|{SOCKET}")
LONGEST_FORM = 1_000


class Gate:
    """An ASGI application around another.

    Parameters:
        shared: the address of this machine in the local network, and port, where viewers may come;
            who comes there is a viewer at most, whatever keys they have. None: nobody may.
        log: told of what should not happen.
    """

    def __init__(
        self, app: App, keys: Keys, limits: Limits, log: Callable[[str], None],
        shared: tuple[str, int] | None = None,
    ) -> None:  # fmt: skip
        self._app, self._keys, self._limits, self._log = app, keys, limits, log
        self._shared = shared
        self._guesses = Guesses(limits.guesses, limits.all_guesses)
        self._viewers: Counter[str] = Counter()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request, or take a WebSocket."""
        visit = Visit(scope, send, shared=tuple(scope["server"] or ()) == self._shared)
        try:
            await self._let_in(visit, receive)
        except Gone:
            pass
        except Refused as refusal:
            await visit.answer(_worded(refusal) if visit.is_looked_at else refusal.answer())
        except Exception:  # noqa: BLE001 - whatever it is, the studio goes on
            where = f"A request for {scope['path'][:100]!r} failed:\n"
            self._log(self._keys.redacted(where + traceback.format_exc()))
            await visit.answer(FAILED.answer())

    async def _let_in(self, visit: Visit, receive: Receive) -> None:
        if not is_host(visit.scope, visit.host if visit.shared else None):
            raise Refused(421, NOT_THIS_NAME, ["Host"])
        if not (is_origin if visit.changes else is_asked_for)(visit.scope):
            place = "Origin" if visit.changes else "Sec-Fetch-Site"
            raise Refused(403, NOT_FROM_HERE, [place])
        role = self._keys.role("; ".join(values(visit.scope, b"cookie")))
        if visit.shared:
            await self._as_viewer(visit, receive, role)
        else:
            await self._as_owner(visit, receive, role)

    async def _as_owner(self, visit: Visit, receive: Receive, role: Role | None) -> None:
        token = visit.token
        new = token is not None and not visit.is_neighbours and self._keys.spend(token)
        if new or (token is not None and role is Role.OWNER):
            await visit.go_on(visit.without_token, self._keys.cookie(Role.OWNER) if new else None)
        elif role is Role.OWNER:
            visit.scope[ROLE] = role
            await self._app(visit.scope, receive, visit.send)
        elif visit.is_page and (home := visit.at_home) is not None:
            await visit.go_on(home)
        elif visit.is_page:
            await visit.answer(refused(NO_KEY, NO_KEY_HELP, status=401))
        else:
            raise Refused(401, f"{NO_KEY}. {NO_KEY_HELP}", ["Cookie"])

    async def _as_viewer(self, visit: Visit, receive: Receive, role: Role | None) -> None:
        path = visit.scope["path"]
        if path == JOIN and visit.scope.get("method") == "POST":
            await self._guess(visit, receive)
        elif role is not Role.VIEWER:
            if not visit.is_page:
                raise Refused(401, NO_CODE, ["Cookie"])
            await visit.answer(ask_code())
        elif not FOR_VIEWERS.fullmatch(path) or (visit.changes and path != SOCKET):
            raise Refused(403, ONLY_WATCHES, ["path"])
        else:
            visit.scope[ROLE] = role
            await self._watching(visit, receive)

    async def _watching(self, visit: Visit, receive: Receive) -> None:
        """Let a viewer see, where there is a place."""
        if visit.scope["type"] != "websocket":
            await self._app(visit.scope, receive, visit.send)
            return
        own = self._viewers[visit.client]
        if own >= self._limits.viewer_tabs or self._viewers.total() >= self._limits.viewers:
            raise Refused(503, FULL, [])
        self._viewers[visit.client] += 1
        try:
            await self._app(visit.scope, receive, visit.send)
        finally:
            self._viewers[visit.client] -= 1
            self._viewers += Counter()  # forgets who is gone

    async def _guess(self, visit: Visit, receive: Receive) -> None:
        """Look at a code that was typed, unless there were too many."""
        try:
            async with asyncio.timeout(self._limits.seconds):
                form = await _form(receive)
        except TimeoutError:
            raise Refused(408, "The form was not there in time.", ["body"], last=True) from None
        given = parse_qs(form.decode("latin-1")).get("code", [""])[-1]
        wait = self._guesses.wait(visit.client)
        if wait > 0:
            said = f"There were too many guesses. Wait {int(wait) + 1} seconds, then try again."
            await visit.answer(ask_code(said, status=429, wait=wait))
        elif self._keys.is_code(given):
            await visit.go_on("/", self._keys.cookie(Role.VIEWER))
        else:
            self._guesses.wrong(visit.client)
            await visit.answer(ask_code("That is not the code. Look at it again.", status=403))


def _worded(refusal: Refused) -> Answer:
    """A refusal as a page."""
    first, _, rest = refusal.error.partition(". ")
    page = refused(first.rstrip("."), *([rest] if rest else []), status=refusal.status)
    return page._replace(headers=(*page.headers, *refusal.headers.items()), last=refusal.last)


async def _form(receive: Receive) -> bytes:
    """The body of a short form.

    Raises: ``Refused`` for a long one; ``Gone``.
    """
    body, more = b"", True
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise Gone
        body += message.get("body", b"")
        more = message.get("more_body", False)
        if len(body) > LONGEST_FORM:
            raise Refused(413, "The form is longer than any code.", ["body"], last=True)
    return body


NOT_THIS_NAME = (
    "The studio is at this machine, and the Host header of this request is another name. Open the "
    "address that the studio printed."
)
NOT_FROM_HERE = (
    "This request was sent by a page that is not the studio's own, or by none. Use the studio's "
    "page."
)
NO_KEY = "This browser is not let in"
NO_KEY_HELP = (
    "Each link to the studio works once, in one browser, until the studio ends. For a new link, "
    "press Enter in the terminal where it runs; or start it again: pellucid studio."
)
NO_CODE = "Open this address in a browser, and type the code first."
ONLY_WATCHES = "Who came by the code can watch, and change nothing."
FULL = "All places for viewers are taken. Close other pages of the studio, or try again later."
FAILED = Refused(
    500, "The studio failed to answer this. What went wrong is in the terminal.", [], last=True
)
