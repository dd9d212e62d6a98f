"""A page whose session the test has at hand, too."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from playwright.sync_api import Locator, Page

    from tests.studio.watched import Pages


TOLD = """addEventListener("DOMContentLoaded", async () => {
  const main = document.querySelector("script[type=module]");
  if (main) globalThis.session = (await import(main.src)).session;
});"""


CALM = """globalThis.requestAnimationFrame = (draw) =>
  setTimeout(() => draw(performance.now()), 100);
globalThis.cancelAnimationFrame = clearTimeout;"""


def calm(page: Page) -> Page:
    """The page, which from its next start on draws ten times a second at most."""
    page.add_init_script(CALM)
    return page


def opened(pages: Pages, path: str, page: Page | None = None) -> Page:
    """A page at a path; its session is ``session`` in what is evaluated there."""
    page = page or pages.blank()
    page.add_init_script(TOLD)
    page.goto(f"{pages.studio.origin}/{path}")
    page.wait_for_function("() => globalThis.session?.status")
    return page


def go_on(page: Page, place: int) -> Locator:
    """Play on a stage of the lesson, the first is 0.

    It wakes by being in view, too, and takes its button away: the press is the page's own, so that
    it does not matter which comes first.
    """
    page.locator(".stage .playbar").first.wait_for()
    stage = page.locator(".stage").nth(place)
    stage.scroll_into_view_if_needed()
    stage.locator(".stage-rest button").evaluate("(one) => one.closest('.asleep') && one.click()")
    stage.and_(page.locator(":not(.asleep)")).wait_for()
    stage.locator(".playbar").wait_for()
    return stage


def ask(page: Page, what: str, **fields: Any) -> Any:
    """Ask the page's session for something, as its panels do."""
    return page.evaluate("([what, fields]) => session.ask(what, fields)", [what, fields])


def status(page: Page) -> dict[str, Any]:
    """Where the page's session stands, as the page knows it."""
    found: dict[str, Any] = page.evaluate("session.status")
    return found
