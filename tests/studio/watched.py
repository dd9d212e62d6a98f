"""Pages of the studio in Chromium, watched: errors and requests to other machines are faults.

A browser that was never here loads a hundred files for its first page, and compiles them. So the
visitor of one test is that of the next, with nothing left of the last one but those files.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Literal, TypeAlias
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from collections.abc import Callable

    from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Error, Page

    from tests.studio.serving import Studio

BROWSERS = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome")
FLAGS = (
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--disable-background-networking",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost",
)  # fmt: skip
HERE = {"127.0.0.1", "localhost"}

Size: TypeAlias = Literal["desk", "phone"]
Scheme: TypeAlias = Literal["light", "dark"]
SIZES: dict[Size, tuple[int, int]] = {"desk": (1440, 900), "phone": (390, 844)}


class Visitors:
    """Those who come again: browser contexts that keep the studio's files.

    Parameters:
        studio: whose key they have.
    """

    def __init__(self, browser: Browser, studio: Studio) -> None:
        self._browser, self._studio = browser, studio
        self._free: dict[Size, list[BrowserContext]] = {size: [] for size in SIZES}

    def new(self, size: Size, **how: Any) -> BrowserContext:
        """One who was never here."""
        width, height = SIZES[size]
        context = self._browser.new_context(
            viewport={"width": width, "height": height}, has_touch=size == "phone",
            accept_downloads=True, locale="en-GB", **how,
        )  # fmt: skip
        context.set_default_timeout(30_000)
        self._let_in(context)
        return context

    def take(self, size: Size) -> BrowserContext:
        """One who is free, or else a new one."""
        return self._free[size].pop() if self._free[size] else self.new(size)

    def give_back(self, size: Size, context: BrowserContext) -> None:
        """Close its pages and forget all that was kept, but for the studio's files."""
        context.clear_permissions()
        context.clear_cookies()
        self._let_in(context)
        for page in context.pages:
            line = context.new_cdp_session(page)
            kept = {"origin": self._studio.origin, "storageTypes": "local_storage,indexeddb"}
            line.send("Storage.clearDataForOrigin", kept)
            page.close()
        self._free[size].append(context)

    def close(self) -> None:
        """Send all who are free away."""
        for context in (context for free in self._free.values() for context in free):
            context.close()

    def _let_in(self, context: BrowserContext) -> None:
        for name, value in self._studio.cookies.items():
            context.add_cookies([{"name": name, "value": value, "url": self._studio.origin}])


class Pages:
    """Opens pages of a studio, each a visitor of its own unless told otherwise.

    Parameters:
        visitors: those who were here before; without them each is new.

    Attributes:
        faults: what went wrong on any of them.
    """

    def __init__(
        self, browser: Browser, studio: Studio, visitors: Visitors | None = None
    ) -> None:  # fmt: skip
        self.browser = browser
        self.studio = studio
        self.faults: list[str] = []
        self._visitors = visitors or Visitors(browser, studio)
        self._keep = visitors is not None
        self._allowed: list[re.Pattern[str]] = []
        self._new: list[BrowserContext] = []
        self._taken: list[tuple[Size, BrowserContext]] = []
        self._hears: dict[Any, Callable[[Any], None]] = {
            "console": self._heard,
            "weberror": lambda error: self._thrown(error.error),
            "request": lambda request: self._asked(request.url),
            "page": lambda page: page.on("websocket", lambda line: self._asked(line.url)),
        }

    def allow(self, pattern: str) -> None:
        """An error in the console that this test brings about."""
        self._allowed.append(re.compile(pattern))

    def context(
        self, size: Size = "desk", scheme: Scheme = "light", *, still: bool = False
    ) -> BrowserContext:
        """A visitor who was never here: its cookies, storage and files are its own.

        Parameters:
            still: whether it asks for reduced motion.
        """
        motion = "reduce" if still else "no-preference"
        context = self._visitors.new(size, color_scheme=scheme, reduced_motion=motion)
        self._new.append(context)
        return self._watched(context)

    def blank(
        self, size: Size = "desk", scheme: Scheme = "light", *, still: bool = False
    ) -> Page:  # fmt: skip
        """A tab of a visitor who may have been here, and knows of it by the studio's files only."""
        context = self._visitors.take(size)
        self._taken.append((size, context))
        page = self._watched(context).new_page()
        motion: Any = "reduce" if still else "no-preference"
        page.emulate_media(color_scheme=scheme, reduced_motion=motion)
        return page

    def open(
        self, path: str = "", size: Size = "desk", scheme: Scheme = "light", *, still: bool = False,
        visitor: BrowserContext | None = None,
    ) -> Page:  # fmt: skip
        """A page at a path.

        Parameters:
            visitor: whose tab it is; by default one of its own, of this size and scheme.
        """
        page = visitor.new_page() if visitor else self.blank(size, scheme, still=still)
        page.goto(f"{self.studio.origin}/{path.lstrip('/')}")
        return page

    def close(self) -> None:
        """Close all of them; what they still ask for as they go is no fault."""
        for size, context in self._taken:
            for event, listener in self._hears.items():
                context.remove_listener(event, listener)
            self._visitors.give_back(size, context)
        for context in self._new:
            context.close()
        if not self._keep:
            self._visitors.close()

    def _watched(self, context: BrowserContext) -> BrowserContext:
        for event, listener in self._hears.items():
            context.on(event, listener)
        return context

    def _fault(self, what: str) -> None:
        if not any(pattern.search(what) for pattern in self._allowed):
            self.faults.append(what)

    def _heard(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning", "assert"):
            where = message.location
            self._fault(f"{message.type}: {message.text} ({where['url']}:{where['lineNumber']})")

    def _thrown(self, error: Error) -> None:
        self._fault(f"not caught: {error.message}\n{error.stack or ''}")

    def _asked(self, address: str) -> None:
        parts = urlsplit(address)
        if parts.scheme not in ("data", "blob", "about") and parts.hostname not in HERE:
            self.faults.append(f"a request off this machine: {address}")
