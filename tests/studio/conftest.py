"""Fixtures of the studio's tests: the real server, a page in a real browser, axe-core.

``studio`` is the server in a process of its own, ``page`` a page on it at a desk's size, in light
colours, ``pages`` makes more, of other sizes and schemes. A page fails its test by an error in the
console, an exception that nobody caught, or a request to another machine.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

import pytest

from tests.studio.serving import Studio, serving
from tests.studio.watched import BROWSERS, FLAGS, Pages, Visitors

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

GRAVE = ("serious", "critical")
AXE = {"resultTypes": ["violations"], "selectors": False, "preload": False}
"""What is not told is not worked out: what passed, where a fault stands, its style sheets."""


@pytest.fixture(scope="module")
def studio() -> Iterator[Studio]:
    with serving() as found:
        yield found
        assert found.is_alive(), f"The studio ended by itself:\n{found.said()}"
        assert "Traceback" not in found.said(), found.said()


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """One a module: while Playwright runs, no other event loop can run in this thread."""
    program = next(filter(None, map(shutil.which, BROWSERS)), None)
    if program is None:
        pytest.skip("no browser is installed")
    sync_api = pytest.importorskip("playwright.sync_api", reason="Playwright is not installed")
    with sync_api.sync_playwright() as playwright:
        found = playwright.chromium.launch(executable_path=program, args=list(FLAGS))
        yield found
        found.close()


@pytest.fixture(scope="module")
def visitors(studio: Studio, browser: Browser) -> Visitors:
    """Those who come again, in all tests of a module."""
    return Visitors(browser, studio)


@pytest.fixture
def pages(studio: Studio, browser: Browser, visitors: Visitors) -> Iterator[Pages]:
    made = Pages(browser, studio, visitors)
    yield made
    made.close()
    assert made.faults == []


@pytest.fixture
def page(pages: Pages) -> Page:
    return pages.open()


@pytest.fixture
def axe() -> Callable[[Page], None]:
    """Fails where axe-core finds a serious or critical fault of a page."""
    tool = pytest.importorskip("axe_playwright_python.sync_playwright")

    def check(page: Page) -> None:
        found = tool.Axe().run(page, None, AXE).response["violations"]
        assert [told(fault) for fault in found if fault["impact"] in GRAVE] == []

    return check


def told(fault: dict[str, Any]) -> str:
    where = "; ".join(node["html"][:200] for node in fault["nodes"][:5])
    return f"{fault['impact']}: {fault['help']} ({fault['id']}): {where}"
