"""Lessons 2 and 6 in a browser: a line dragged, the course of weights drawn."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from playwright.sync_api import Page

    from tests.studio.watched import Pages

AxeOf = Callable[["Page"], None]


def lesson(pages: Pages, number: int, size: str = "desk") -> Page:
    page = pages.open(f"lessons/{number}", size)  # type: ignore[arg-type]
    page.set_default_timeout(30_000)
    page.wait_for_selector(".stage .playbar .play")
    return page


@pytest.mark.parametrize("size", ["desk", "phone"])
def test_the_course_of_four_weights(pages: Pages, axe: AxeOf, size: str) -> None:
    page = lesson(pages, 6, size)
    stage = page.locator(".stage").first
    course = stage.locator(".course")
    course.scroll_into_view_if_needed()
    course.locator("svg.plane[aria-label^='At step 0: flash from 0.1 to 0.1']").wait_for()
    for _ in range(5):
        stage.get_by_role("button", name="One step").click()
    told = course.locator("svg.plane[aria-label^='At step 5: flash from 0.1 to 0.19']")
    told.wait_for()
    assert "thunder from 0 to 0.0" in str(told.get_attribute("aria-label"))
    assert "sun from 0 to \u22120.0" in str(told.get_attribute("aria-label"))
    names = course.locator(".course-name")
    assert names.all_text_contents() == ["flash", "thunder", "sun", "dog"]
    lines = course.locator("svg svg path.course-line").all()[:4]
    looks = {
        (line.get_attribute("class"), line.get_attribute("stroke-dasharray")) for line in lines
    }
    assert len(looks) == 4
    places = sorted(box["y"] for box in (one.bounding_box() for one in names.all()) if box)
    assert len(places) == 4 and all(b - a > 8 for a, b in pairwise(places))
    assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0
    axe(page)


def numbers(page: Page) -> tuple[float, float]:
    """The slope and the intercept, as the sliders have them."""
    found = page.locator(".stage").first.locator(".line-handle input").all()
    slope, intercept = (float(one.input_value()) for one in found)
    return slope, intercept


def settled(page: Page, slope: str, intercept: str) -> None:
    """Wait until the sliders are within a tenth of two numbers."""
    page.wait_for_function(
        """wanted => {
            const all = document.querySelector(".stage").querySelectorAll(".line-handle input");
            return wanted.every((one, k) => Math.abs(Number(all[k].value) - one) < 0.1);
        }""",
        arg=[float(slope), float(intercept)],
    )


def place_of(page: Page, grip: str) -> tuple[float, float]:
    """The middle of a grip of the first line, asked at once: each change draws it anew."""
    x, y = page.evaluate(
        """name => {
            const found = document.querySelector(".stage").querySelectorAll(`.line-grip.${name}`);
            const box = found[found.length - 1].getBoundingClientRect();
            return [box.x + box.width / 2, box.y + box.height / 2];
        }""",
        grip,
    )
    return float(x), float(y)


def drag(page: Page, grip: str, up: float) -> None:
    """Drag a grip of the first line up by so many pixels, with the mouse."""
    x, y = place_of(page, grip)
    page.mouse.move(x, y)
    page.mouse.down()
    for part in (0.2, 0.4, 0.6, 0.8, 1.0):
        page.mouse.move(x + 2, y - up * part)
        page.wait_for_timeout(60)
    page.mouse.up()


def a_unit(page: Page) -> float:
    """The pixels of one unit upwards: by the first line's zero and its top tick."""
    return float(
        page.evaluate("""() => {
        const ticks = [...document.querySelector(".stage .line-panel").querySelectorAll(
            ".plane-tick[text-anchor=end]")];
        const [a, b] = [ticks[0], ticks[ticks.length - 2]].map((tick) => (
            [Number(tick.textContent.replace("\u2212", "-")), Number(tick.getAttribute("y"))]));
        return (a[1] - b[1]) / (b[0] - a[0]);
    }""")
    )


def test_a_line_is_dragged_by_its_middle_and_its_end(pages: Pages, axe: AxeOf) -> None:
    page = lesson(pages, 2)
    stage = page.locator(".stage").first
    stage.locator(".line-grip.slope").wait_for()
    settled(page, "1", "0")
    stage.locator(".line-panel").scroll_into_view_if_needed()
    unit = a_unit(page)
    assert stage.locator(".line-grip.slope").count() == 1  # the other end lies at the hinge
    drag(page, "intercept", 4.5 * unit)
    settled(page, "1", "4.5")
    page.locator(".try.done").first.wait_for()
    stage.locator(".playbar [aria-label^='Undo']").click()
    settled(page, "1", "0")  # once: a drag is one change
    drag(page, "slope", 6.2 * a_unit(page))
    page.wait_for_function(
        "() => Number(document.querySelector('.stage .line-handle input').value) > 1.7"
    )
    slope, intercept = numbers(page)
    assert 1.8 < slope < 2.2 and intercept == 0
    axe(page)


def test_a_line_is_dragged_by_a_finger(pages: Pages) -> None:
    page = lesson(pages, 2, "phone")
    grip = page.locator(".stage").first.locator(".line-grip.intercept")
    grip.wait_for()
    settled(page, "1", "0")
    page.locator(".stage").first.locator(".line-panel .plane").scroll_into_view_if_needed()
    page.wait_for_timeout(300)
    (x, y), before = place_of(page, "intercept"), page.evaluate("scrollY")
    touch = page.context.new_cdp_session(page)
    for kind, up in (("Start", 0), ("Move", 10), ("Move", 30), ("Move", 50), ("End", 0)):
        points = [] if kind == "End" else [{"x": x, "y": y - up}]
        touch.send("Input.dispatchTouchEvent", {"type": f"touch{kind}", "touchPoints": points})
        page.wait_for_timeout(60)
    page.wait_for_function(
        "() => Number(document.querySelectorAll('.stage .line-handle input')[1].value) > 1"
    )
    assert numbers(page)[0] == 1 and page.evaluate("scrollY") == before
