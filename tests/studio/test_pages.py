"""The pages in a real browser: each opens without a fault, for eye, hand and ear."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest

from pellucid.lessons import path
from tests.studio.serving import serving
from tests.studio.watched import Pages

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

pytestmark = pytest.mark.browser

PLACES = ["", "lessons", "workbench"]
LESSONS = [f"lessons/{lesson.number}" for lesson in path()]
OVERFLOW = """() => {
  const wide = document.documentElement.clientWidth;
  const out = [...document.querySelectorAll("body *")].filter((one) => {
    const box = one.getBoundingClientRect();
    if (!box.width || box.right <= wide + 1) return false;
    for (let up = one; up; up = up.parentElement)
      if (getComputedStyle(up).overflowX !== "visible") return false;
    return true;
  });
  const scrolls = document.documentElement.scrollWidth > wide;
  return [scrolls, out.slice(0, 5).map((one) => `${one.tagName}.${one.className}`)];
}"""
TOO_SMALL = """() => [...document.querySelectorAll("button, a, input, select, [tabindex='0']")]
  .filter((one) => one.getClientRects().length && one.offsetWidth < 24 && one.offsetHeight < 24)
  .filter((one) => !one.closest(".unseen, .skip, p, li, label, td, th"))
  .filter((one) => !one.matches(".nv-unit, [type=checkbox]")) // pixels; boxes whose words count
  .map((one) => one.outerHTML.slice(0, 120))"""


QUIET = """() => new Promise((done) => {
  let timer = 0;
  const later = () => { clearTimeout(timer); timer = setTimeout(end, 300); };
  const changes = new MutationObserver(later), files = new PerformanceObserver(later);
  const end = () => { changes.disconnect(); files.disconnect(); done(); };
  const all = { subtree: true, childList: true, attributes: true, characterData: true };
  changes.observe(document, all);
  files.observe({ type: "resource" });
  later();
  setTimeout(end, 5000); // it may move on its own
})"""


def settled(page: Page) -> Page:
    """Wait until the page is there and its panels have come: it changes and asks no more."""
    page.locator("h1").first.wait_for()
    page.evaluate(QUIET)
    return page


def one_step(page: Page) -> None:
    """Take one step."""
    page.get_by_role("button", name="One step").click()


def stands_at(page: Page, step: int) -> None:
    """Wait until the first stage is at a step."""
    page.locator(".standing").filter(has_text=re.compile(rf"\b{step}\b")).first.wait_for()


def fits(page: Page) -> None:
    """Nothing stands out of the page's width."""
    assert page.evaluate(OVERFLOW) == [False, []]


@pytest.mark.parametrize("place", [*PLACES, LESSONS[0]])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_page_at_a_desk(
    pages: Pages, axe: Callable[[Page], None], place: str, scheme: Any
) -> None:
    page = settled(pages.open(place, "desk", scheme))
    fits(page)
    axe(page)
    assert page.title().endswith("Pellucid") and len(page.title()) > 8
    assert page.locator("h1").count() == 1
    assert page.locator("html[lang=en]").count() == 1


@pytest.mark.parametrize("place", [*PLACES, *LESSONS])
def test_a_page_on_a_phone(pages: Pages, axe: Callable[[Page], None], place: str) -> None:
    page = settled(pages.open(place, "phone", "dark", still=True))
    fits(page)
    axe(page)
    assert page.evaluate(TOO_SMALL) == []


def test_the_link_lets_in_once(browser: Browser) -> None:
    with serving(enter=False) as studio:
        pages = Pages(browser, studio)
        page = pages.context().new_page()
        page.goto(studio.link)
        page.locator("h1").wait_for()
        assert page.url == f"{studio.origin}/"
        assert page.evaluate("document.cookie") == ""
        stranger = pages.context().new_page()
        pages.allow("401")
        stranger.goto(studio.link)
        assert "Pellucid" in stranger.title()
        assert stranger.locator("nav").count() == 0
        assert pages.faults == []
        pages.close()


def test_first_paint_comes_soon_and_is_light(pages: Pages) -> None:
    sizes: list[int] = []
    context = pages.context()
    page = context.new_page()
    page.on("response", lambda answer: sizes.append(len(answer.body())))
    page.goto(f"{pages.studio.origin}/workbench")
    settled(page)
    assert sum(sizes) < 1_500_000
    addresses = page.evaluate("performance.getEntries().map((entry) => entry.name)")
    assert f"{pages.studio.origin}/plotly.js" not in addresses
    painted = page.evaluate("performance.getEntriesByName('first-contentful-paint')[0].startTime")
    assert painted < 5_000  # a generous bound: scripts/bench is for timings


def test_by_keyboard_from_home_into_a_lesson_and_a_stage(pages: Pages) -> None:
    page = settled(pages.open(""))
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.getAttribute('href')") == "#main"
    for _ in range(12):
        page.keyboard.press("Tab")
        if "lessons" in (page.evaluate("document.activeElement.getAttribute('href')") or ""):
            break
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile("/lessons"))
    settled(page)
    page.goto(f"{pages.studio.origin}/lessons/2")
    settled(page)
    play = page.locator("button.play").first
    for _ in range(60):
        page.keyboard.press("Tab")
        if play.evaluate("(one) => one === document.activeElement"):
            break
    ring = play.evaluate("(one) => getComputedStyle(one).outlineStyle")
    assert ring != "none"
    page.keyboard.press("Space")
    page.locator(".standing").filter(has_text=re.compile("[1-9]")).first.wait_for()


def test_a_reload_keeps_the_session(pages: Pages) -> None:
    page = settled(pages.open("workbench"))
    for _ in range(3):
        one_step(page)
    stands_at(page, 3)
    before = page.evaluate("sessionStorage.getItem('pellucid-session')")
    page.reload()
    settled(page)
    assert page.evaluate("sessionStorage.getItem('pellucid-session')") == before
    stands_at(page, 3)


def test_back_and_forth(pages: Pages) -> None:
    page = settled(pages.open(""))
    page.get_by_role("navigation").get_by_text("Lessons").click()
    page.wait_for_url("**/lessons")
    page.get_by_role("main").get_by_role("link").first.click()
    page.wait_for_url(re.compile(r"/lessons/\w+"))
    settled(page)
    page.go_back()
    page.wait_for_url("**/lessons")
    page.go_back()
    settled(page)
    page.go_forward()
    page.wait_for_url("**/lessons")
    settled(page)


def test_a_lost_connection_is_told_and_comes_back(pages: Pages) -> None:
    lines: list[Any] = []
    page = pages.context().new_page()

    def join(line: Any) -> None:
        line.connect_to_server()
        lines.append(line)

    page.route_web_socket(re.compile("/socket$"), join)
    page.goto(f"{pages.studio.origin}/workbench")
    settled(page)
    one_step(page)
    stands_at(page, 1)
    lines[0].close()
    page.get_by_text("The connection to the studio is lost").wait_for()
    page.get_by_text("Connected again").wait_for()
    assert page.get_by_text("The connection to the studio is lost").count() == 0
    one_step(page)
    stands_at(page, 2)
    assert len(lines) == 2


def test_a_studio_that_ended_and_began_again(browser: Browser) -> None:
    with serving() as studio:
        pages = Pages(browser, studio)
        pages.allow("WebSocket connection to|Failed to load resource|ERR_CONNECTION_REFUSED|401")
        page = settled(pages.open("workbench"))
        port, visitor = studio.port, page.context
        studio.stop()
        page.get_by_text("The connection to the studio is lost").wait_for()
        studio.start(port)  # a new studio: the old key is not its key
        page.wait_for_timeout(5000)
        told = page.locator(".notices").inner_text()
        assert told.strip()
        for name, value in studio.cookies.items():
            visitor.add_cookies([{"name": name, "value": value, "url": studio.origin}])
        page.get_by_text("The studio was started anew").wait_for()
        one_step(page)
        stands_at(page, 1)
        assert pages.faults == []
        pages.close()


def test_two_tabs_are_two_sessions_and_a_copied_tab_is_the_same(pages: Pages) -> None:
    visitor = pages.context()
    one = settled(pages.open("workbench", visitor=visitor))
    other = settled(pages.open("workbench", visitor=visitor))
    name = "sessionStorage.getItem('pellucid-session')"
    assert one.evaluate(name) != other.evaluate(name)
    one_step(one)
    stands_at(one, 1)
    assert "0" in other.locator(".standing").first.inner_text()
    other.evaluate(f"sessionStorage.setItem('pellucid-session', '{one.evaluate(name)}')")
    other.reload()
    settled(other)
    one_step(one)
    stands_at(other, 2)


def test_reduced_motion_is_kept(pages: Pages) -> None:
    page = settled(pages.open("", still=True))
    moving = page.evaluate(
        "document.getAnimations().filter((one) => one.effect.getTiming().duration > 10).length"
    )
    assert moving == 0
