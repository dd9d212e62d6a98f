"""A lesson's stage: in sight while one reads and tries, its play bar at its head, nothing cut."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from tests.studio.playing import ask, go_on, opened
from tests.studio.test_shell import BROUGHT, Held

if TYPE_CHECKING:
    from playwright.sync_api import Page

    from tests.studio.watched import Pages

pytestmark = pytest.mark.browser

TOP = "one => one.getBoundingClientRect().top"
CUT = "one => one.scrollWidth - one.clientWidth"


def lesson(pages: Pages, number: int, width: int, height: int) -> Page:
    page = opened(pages, f"lessons/{number}")
    page.set_viewport_size({"width": width, "height": height})
    page.locator(".stage .playbar").first.wait_for(timeout=90_000)
    page.wait_for_timeout(500)
    return page


def test_play_and_what_is_tried_stay_in_sight(pages: Pages) -> None:
    page = lesson(pages, 5, 1440, 900)
    stage = page.locator(".stage").first
    before = stage.evaluate("one => one.offsetTop")
    page.locator(".scene-text .try").nth(1).evaluate("one => one.scrollIntoView()")
    page.wait_for_timeout(300)
    assert 0 <= stage.locator(".play").evaluate(TOP) < 100
    assert stage.locator(".stage-ticks").inner_text() == "0 of 2 tried"
    assert stage.evaluate("one => one.offsetTop") > before  # it came along with the text


@pytest.mark.parametrize("number", [5, 7, 14])
def test_on_a_phone_the_picture_comes_first(pages: Pages, number: int) -> None:
    page = lesson(pages, number, 390, 844)
    stage = page.locator(".stage").first
    far = "(one) => one.getBoundingClientRect().top - one.closest('.stage').offsetTop + scrollY"
    assert stage.locator(".panel").first.evaluate(far) < 470
    assert not stage.locator(".try").first.is_visible()
    stage.get_by_text("Things to try").click()
    assert stage.locator(".try").first.is_visible()
    bar = stage.locator(".stage-bar").bounding_box()
    assert bar is not None and bar["height"] < 844 * 0.75


def test_what_waits_covers_no_word_and_tells_what_is_played(pages: Pages) -> None:
    page = lesson(pages, 5, 1440, 900)
    for size in ((1440, 900), (390, 844)):
        page.set_viewport_size({"width": size[0], "height": size[1]})
        waits = page.locator(".stage").last
        caption, rest = (waits.locator(one).bounding_box() for one in (".caption", ".stage-rest"))
        assert caption and rest and rest["y"] >= caption["y"] + caption["height"]
        words = "Here you play with the network, the predictions, the learning curve and the truth"
        assert waits.locator(".stage-rest p").inner_text().startswith(words)


def test_on_a_phone_what_to_try_stands_on_the_stage(pages: Pages) -> None:
    page = lesson(pages, 5, 390, 844)
    stage = page.locator(".stage").first
    assert stage.locator(".try").count() == 2
    stage.locator(".panel-truth").evaluate("one => one.scrollIntoView()")
    page.wait_for_timeout(300)
    assert 0 <= stage.locator(".play").evaluate(TOP) < 30
    page.set_viewport_size({"width": 1440, "height": 900})
    page.locator(".scene-text .try").first.wait_for()
    assert stage.locator(".try").count() == 0


def test_a_long_list_of_mistakes_scrolls_in_its_box(pages: Pages) -> None:
    page = lesson(pages, 5, 1440, 900)
    ask(page, "TakeSteps", count=40)
    box = page.locator(".mistakes .table-box").first
    box.locator("tbody tr").nth(20).wait_for()
    assert box.evaluate("one => one.clientHeight") <= 300
    assert box.evaluate(CUT) <= 0
    assert box.get_attribute("tabindex") == "0" and box.get_attribute("role") == "group"


@pytest.mark.parametrize("number", [13, 14])
def test_all_classes_of_the_mistakes_are_seen(pages: Pages, number: int) -> None:
    page = lesson(pages, number, 1440, 900)
    page.locator(".matrix").first.wait_for()
    assert page.locator(".confusion .table-box").first.evaluate(CUT) <= 0


def test_lesson_1_shows_what_is_wanted_of_each_try_and_no_loss(pages: Pages) -> None:
    page = lesson(pages, 1, 1440, 900)
    page.wait_for_function(
        "() => session.views.get('network')?.stages?.at(-1).labels[0] === 'says 1?'"
    )
    assert page.locator(".stage .playbar").count() > 0
    assert page.locator(".stage .scores").count() == 0
    second = go_on(page, 1)
    second.get_by_text("2 of 4 right").wait_for()
    ask(page, "EditWeight", parameter="dense_1.bias", place=[0], value=0.0)
    second.get_by_text("4 of 4 right").wait_for()
    page.locator(".try.done").first.wait_for()
    assert second.locator(".stage-ticks").inner_text() == "1 of 1 tried"


def test_the_class_that_fires_has_the_colour_of_positive(pages: Pages) -> None:
    page = lesson(pages, 1, 1440, 900)
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        one, positive = page.evaluate(
            """() => ["--class-1", "--positive"].map((name) =>
                getComputedStyle(document.documentElement).getPropertyValue(name))"""
        )
        assert one == positive


def test_what_is_uploaded_ends_with_the_stage(pages: Pages) -> None:
    page = opened(pages, "lessons/tables")
    stopped: list[str] = []
    page.on("requestfailed", lambda request: stopped.append(request.url))
    page.route(re.compile("/files.name=own"), lambda route: None)  # it never arrives
    own = go_on(page, 2).locator("details:has(.stage-upload)")
    own.locator("summary").click()
    table = {"name": "own.csv", "mimeType": "text/csv", "buffer": b"a,b\n1,2\n"}
    own.locator("input[type=file]").first.set_input_files(table)  # type: ignore[arg-type]
    page.get_by_text("Uploading own.csv").wait_for()
    page.get_by_role("link", name="Lessons", exact=True).click()
    page.get_by_role("heading", name="Lessons").wait_for()
    assert [url.partition("files?")[2][:8] for url in stopped] == ["name=own"]


def test_what_comes_after_the_stage_is_gone_is_not_mounted(pages: Pages) -> None:
    page = opened(pages, "lessons/tables")
    held = Held(page, r"/js/upload\.js")
    go_on(page, 2).locator("details:has(.stage-upload) > summary").click()
    page.get_by_role("link", name="Lessons", exact=True).click()
    page.get_by_role("heading", name="Lessons").wait_for()
    held.let_go()
    page.evaluate(BROUGHT, "upload.js")
    assert page.locator("link[href*='share.css']").count() == 0


def test_of_quick_changes_each_counts(pages: Pages) -> None:
    page = opened(pages, "lessons/tables")
    stage = go_on(page, 2)
    units = stage.locator(".stage-layer .numbers").first
    units.wait_for()
    before = int(units.inner_text().split()[0])
    more = stage.get_by_role("button", name="One unit more in hidden layer 1")
    more.evaluate("(one) => { one.click(); one.click(); }")
    stage.locator(".stage-layer .numbers", has_text=f"{before + 2} units").first.wait_for()
