"""The watch that the studio's tests keep on pages: each thing that must fail a test is seen."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any

import pytest

from tests.studio.watched import Pages, Scheme, Visitors

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

pytestmark = pytest.mark.browser

BODIES = {
    "/calm": "<h1>Calm</h1>",
    "/error": "<script>console.error('broken')</script>",
    "/warning": "<script>console.warn('careful')</script>",
    "/thrown": "<script>throw new Error('thrown')</script>",
    "/rejected": "<script>Promise.reject(new Error('refused'))</script>",
    "/away": "<img src='http://example.invalid/x.png' alt=''>",
    "/socket": "<script>try { new WebSocket('ws://example.invalid/') } catch {}</script>",
    "/missing": "<script src='/nothing.js'></script>",
    "/unnamed": "<button></button><img src='data:,'>",
}


class Handler(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        body = BODIES.get(self.path)
        page = f"<!doctype html><html lang=en><title>T</title><main>{body}</main></html>"
        self.send_response(200 if body else 204 if self.path == "/favicon.ico" else 404)
        self.send_header("content-type", "text/html")
        self.end_headers()
        if self.path != "/favicon.ico":
            self.wfile.write(page.encode())

    def log_message(self, format: str, *args: Any) -> None:
        pass


class Stand:
    """Stands where the studio would."""

    def __init__(self, port: int) -> None:
        self.origin = f"http://127.0.0.1:{port}"
        self.cookies: dict[str, str] = {}


@pytest.fixture(scope="module")
def stand() -> Iterator[Any]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield Stand(server.server_port)
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def watched(stand: Any, browser: Browser) -> Iterator[Pages]:
    made = Pages(browser, stand)
    yield made
    made.close()


@pytest.mark.parametrize(
    ("path", "words"),
    [
        ("error", "error: broken"),
        ("warning", "warning: careful"),
        ("thrown", "not caught: thrown"),
        ("rejected", "not caught: refused"),
        ("away", "a request off this machine: http://example.invalid/x.png"),
        ("socket", "a request off this machine: ws://example.invalid/"),
        ("missing", "error: Failed to load resource"),
    ],
)
def test_what_must_fail_is_seen(watched: Pages, path: str, words: str) -> None:
    page = watched.open(path)
    page.wait_for_timeout(200)
    assert any(fault.startswith(words) for fault in watched.faults), watched.faults


def test_a_calm_page_has_no_faults(watched: Pages, axe: Callable[[Page], None]) -> None:
    page = watched.open("calm", "phone", "dark", still=True)
    found = page.evaluate(
        "[innerWidth, matchMedia('(prefers-color-scheme: dark)').matches,"
        " matchMedia('(prefers-reduced-motion: reduce)').matches]"
    )
    assert found == [390, True, True]
    axe(page)
    assert watched.faults == []


def test_an_error_that_was_announced_is_none(watched: Pages) -> None:
    watched.allow("broken$|broken \\(")
    watched.open("error")
    assert watched.faults == []


def test_who_comes_again_finds_nothing_of_the_last_time(stand: Any, browser: Browser) -> None:
    visitors = Visitors(browser, stand)
    times: list[tuple[Scheme, bool]] = [("dark", True), ("light", False)]
    seen: set[Any] = set()
    for scheme, still in times:
        pages = Pages(browser, stand, visitors)
        page = pages.open("calm", "phone", scheme, still=still)
        kept = page.evaluate("[localStorage.length, sessionStorage.length, document.cookie]")
        assert kept == [0, 0, ""]
        media = "['(prefers-color-scheme: dark)', '(prefers-reduced-motion: reduce)']"
        found = page.evaluate(f"{media}.map((one) => matchMedia(one).matches)")
        assert found == [scheme == "dark", still]
        page.evaluate("localStorage.kept = sessionStorage.kept = 'yes'")
        page.evaluate("document.cookie = 'kept=yes'")
        other = page.context.new_page()
        other.goto(page.url)
        both = {page.context, pages.open("calm", "phone").context}
        assert len(both) == 2
        seen |= both
        page.evaluate("console.error('broken')")
        pages.close()
        assert [fault.partition(" (")[0] for fault in pages.faults] == ["error: broken"]
    assert len(seen) == 2
    visitors.close()


def test_axe_finds_a_button_without_a_name(watched: Pages, axe: Callable[[Page], None]) -> None:
    page = watched.open("unnamed")
    with pytest.raises(AssertionError, match="critical: Buttons must have discernible text"):
        axe(page)
