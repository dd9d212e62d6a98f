"""A lesson's page: which stage is awake, whose marks are whose, what is said to an empty answer."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest

from tests.studio.playing import go_on, opened, status

if TYPE_CHECKING:
    from playwright.sync_api import Page

    from tests.studio.watched import Pages

pytestmark = pytest.mark.browser

AWAKE = "[...document.querySelectorAll('.stage')].map((one) => !one.classList.contains('asleep'))"
WATCHED = "[...session.watchers].map(([name, all]) => `${name} ${all.size}`).sort()"
FAIL = """([name, value]) => {
  session.fresh.set(name, {name, value});
  session.draw();
}"""


def ready(page: Page) -> Page:
    page.locator(".stage .playbar").first.wait_for()
    page.wait_for_timeout(300)
    return page


def at_second_stage(page: Page) -> Page:
    go_on(page, 1)
    page.wait_for_function("() => session.status.stage === 'stage-2'")
    return page


def test_the_next_lesson_begins_with_its_first_stage(pages: Pages) -> None:
    page = at_second_stage(ready(opened(pages, "lessons/2")))
    page.set_viewport_size({"width": 1440, "height": 300})  # no stage wakes by being in view
    page.get_by_role("link", name="Next: ").click()
    page.wait_for_url("**/lessons/3")
    ready(page)
    page.wait_for_function("() => session.status.lesson === 3")
    assert page.evaluate(AWAKE) == [True, False, False]
    assert status(page)["stage"] == "stage-1"


def test_after_a_lost_connection_the_same_stage_is_awake_once(pages: Pages) -> None:
    lines: list[Any] = []
    visitor = pages.context()

    def join(line: Any) -> None:
        line.connect_to_server()
        lines.append(line)

    visitor.route_web_socket(re.compile("/socket$"), join)
    page = at_second_stage(ready(opened(pages, "lessons/2", visitor.new_page())))
    page.wait_for_timeout(300)
    watched = page.evaluate(WATCHED)
    assert watched
    for line in range(2):
        lines[line].close()
        page.get_by_text("Connected again").wait_for()
        page.locator(".notice").get_by_role("button").first.click()
        page.locator(".stage .playbar").first.wait_for()
        page.wait_for_function("() => session.status.stage === 'stage-2'")
        page.wait_for_timeout(300)
        assert page.evaluate(AWAKE) == [False, True]
        assert page.locator(".playbar").count() == 1
        assert page.evaluate(WATCHED) == watched


def test_marks_of_another_lesson_are_not_taken(pages: Pages) -> None:
    page = ready(opened(pages, "lessons/3"))
    page.evaluate(
        """() => {
          session.fresh.set("", {...session.status, lesson: 2, done: ["try-1", "question-1"]});
          session.draw();
        }"""
    )
    assert page.locator(".try.done, .question.done").count() == 0
    assert page.evaluate("localStorage.getItem('pellucid-lessons')") is None


def test_an_answer_has_to_be_chosen_first(pages: Pages) -> None:
    page = ready(opened(pages, "lessons/2"))
    number, choice = page.locator(".question").all()
    number.get_by_role("button", name="Check").click()
    assert number.get_by_role("status").inner_text() == "Write a number first."
    choice.get_by_role("button", name="Check").click()
    assert choice.get_by_role("status").inner_text() == "Choose an answer first."
    assert page.evaluate("document.activeElement.type") == "radio"


def test_a_wrong_answer_after_the_right_one_is_not_shown_as_right(pages: Pages) -> None:
    page = ready(opened(pages, "lessons/1"))
    asked = page.locator(".question:has([type=radio])").first
    asked.get_by_role("radio").first.check()
    seen = []
    for right in (False, True, False):
        page.evaluate("(right) => { session.tell = async () => ({ right, said: [] }); }", right)
        asked.get_by_role("button", name="Check").click()
        asked.locator(".said.right" if right else ".said.wrong").wait_for()
        seen.append("done" in (asked.get_attribute("class") or "").split())
    assert seen == [False, True, False]


def test_a_view_that_fails_is_told_in_its_panel_until_it_works_again(pages: Pages) -> None:
    page = ready(opened(pages, "lessons/8"))
    page.locator(".surface-panel").wait_for()
    page.wait_for_function("() => session.views.get('line') && session.views.get('surface')")
    for name, words in (("line", "No ink for lines."), ("surface", "No ink for maps.")):
        host = page.locator(f".panel-{name}")
        before = page.evaluate(f"session.views.get('{name}')")
        page.evaluate(FAIL, [name, {"error": words}])
        assert host.get_by_role("status").inner_text() == words
        assert not host.locator("section").first.is_visible()
        page.evaluate(
            "([name, value]) => session.tellAll(session.watchers.get(name), value)", [name, before]
        )
        assert host.get_by_text(words).count() == 0
        assert host.locator("section").first.is_visible()


def test_a_lesson_that_is_not_there_is_told(pages: Pages) -> None:
    page = pages.open("lessons/99")
    page.get_by_role("heading", name="This lesson cannot be opened").wait_for()
    assert "99" in page.locator("main").inner_text()
    page.locator("main").get_by_role("link", name="All lessons").wait_for()
