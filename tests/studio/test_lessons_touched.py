"""Lessons 13, 14, 16 and 17 in a browser: a digit drawn, a pixel worked out, a map, the rivals."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest

from pellucid.lessons.handwriting import THREE

if TYPE_CHECKING:
    from playwright.sync_api import Page

    from tests.studio.watched import Pages

AxeOf = Callable[["Page"], None]
DONE = ".tick.done"


def lesson(pages: Pages, number: int, size: str = "desk") -> Page:
    page = pages.open(f"lessons/{number}", size)  # type: ignore[arg-type]
    page.set_default_timeout(60_000)
    page.wait_for_selector(".stage .playbar .play")
    return page


def test_a_three_drawn_by_mouse_is_read(pages: Pages, axe: AxeOf) -> None:
    page = lesson(pages, 13)
    page.locator(".stage .play").first.click()
    page.locator(DONE).first.wait_for()
    paper = page.locator(".digit-paper")
    paper.scroll_into_view_if_needed()
    room = paper.bounding_box()
    assert room is not None
    for k, (x, y) in enumerate(THREE[0]):
        page.mouse.move(room["x"] + x * room["width"], room["y"] + y * room["height"])
        if k == 0:
            page.mouse.down()
    page.mouse.up()
    page.locator(".digit-bars .first .digit-name", has_text="3").wait_for()
    page.locator(DONE).nth(1).wait_for()
    assert page.locator(".digit-cells span").count() == 64
    axe(page)
    page.reload()
    page.locator(".digit-bars .first .digit-name", has_text="3").wait_for()


def test_a_one_drawn_by_keyboard_is_seen_and_wiped(pages: Pages) -> None:
    page = lesson(pages, 13, "phone")
    paper = page.locator(".digit-paper")
    paper.focus()
    paper.press("Space")
    for _ in range(12):
        paper.press("ArrowDown")
    paper.press("Space")
    page.locator(".digit-bars .first").wait_for()
    ink = [text for text in page.locator(".digit-cells span").all_inner_texts() if text]
    assert len(ink) > 10
    paper.press("Delete")
    page.locator(".digit-answer", has_text="Draw a digit").wait_for()


def test_a_pixel_is_worked_out_and_a_map_knocked_out(pages: Pages, axe: AxeOf) -> None:
    page = lesson(pages, 14)
    page.locator(".maps-grid").first.wait_for()
    assert page.locator(".maps-product .maps-grid").count() == 3
    big = page.locator(".maps-big[tabindex]")
    big.focus()
    before = big.get_attribute("aria-label")
    big.press("ArrowRight")
    page.wait_for_function(
        "([label]) => document.querySelector('.maps-big[tabindex]').ariaLabel !== label",
        arg=[before],
    )
    page.get_by_role("button", name="Map 1 of conv2d_2").click()
    page.locator(".maps-pair h4", has_text="Map 1 of conv2d_2").wait_for()
    page.get_by_role("button", name="Knock this map out").click()
    page.locator(".playbar [aria-label*='knocked out']").first.wait_for()
    page.locator(".attribution-frame").wait_for()
    axe(page)


@pytest.mark.parametrize("size", ["desk", "phone"])
def test_a_map_unfolds(pages: Pages, axe: AxeOf, size: str) -> None:
    page = lesson(pages, 16, size)
    page.locator(".stage .play").first.click()
    page.locator(DONE).first.wait_for()
    cells = page.locator(".map-cells").first
    cells.focus()
    cells.press("ArrowRight")
    cells.press("ArrowDown")
    page.locator(".map-detail strong", has_text="Row 1, column 0:").first.wait_for()
    page.locator(".map-more summary").first.click()
    radius = page.locator("#map-radius").first
    radius.fill("0.6")
    radius.press("Tab")
    page.locator(".map-standing", has_text="radius 0.6").first.wait_for()
    wide = page.evaluate("document.documentElement.scrollWidth - innerWidth")
    assert wide <= 0
    axe(page)


def test_rivals_are_compared(pages: Pages, axe: AxeOf) -> None:
    page = lesson(pages, 17)
    page.get_by_role("button", name="Compare", exact=True).first.click()
    page.locator(".compare-rows li").nth(3).wait_for()
    assert "Nearest neighbours" in page.locator(".compare-rows li").nth(3).inner_text()
    axe(page)
