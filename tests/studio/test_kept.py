"""What a reader has in hand is kept: rows that are not shown, a place, a number half typed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.studio.playing import ask, opened, status

if TYPE_CHECKING:
    from playwright.sync_api import Locator, Page

    from tests.studio.watched import Pages

pytestmark = pytest.mark.browser

MANY = [[k % 37 / 37, k // 37 / 37, k % 2] for k in range(1200)]


@pytest.fixture
def bench(pages: Pages) -> Page:
    page = opened(pages, "workbench")
    page.get_by_role("group", name="Samples").wait_for()
    return page


def points(rows: Any) -> dict[str, Any]:
    return {
        "source": {"source": "Points", "rows": rows, "names": ["a", "b"], "classes": ["0", "1"]}
    }


def field_of_first_unit(page: Page) -> Locator:
    network = page.get_by_role("group", name="The network", exact=True).first
    network.locator('.nv-unit[data-stage="1"]').first.click()
    return page.locator(".nv-number").nth(1)


def test_points_are_not_drawn_where_only_some_rows_are_shown(bench: Page) -> None:
    draw = bench.get_by_role("button", name="Draw", exact=True)
    draw.click()
    ask(bench, "ChangeScene", fields=points(MANY))
    bench.get_by_text("Points cannot be drawn here: 1,000 of 1,200 rows are shown").wait_for()
    assert draw.count() == 0 or not draw.is_visible()
    bench.locator(".boundary-canvas").click(position={"x": 60, "y": 60})
    bench.wait_for_timeout(300)
    assert status(bench)["rows"] == 1200
    ask(bench, "ChangeScene", fields=points(MANY[:40]))
    draw.wait_for()
    assert bench.get_by_text("Points cannot be drawn here").is_hidden()


def test_step_by_step_stays_at_its_place_as_it_learns(bench: Page) -> None:
    bench.get_by_role("tab", name="Step through").click()
    place, slider = bench.locator(".steps-at"), bench.locator(".steps-slide input")
    place.filter(has_text="of").wait_for()
    total = int(slider.get_attribute("max") or 0) + 1
    assert total > 152
    slider.evaluate(
        "(one) => { one.value = 150; one.dispatchEvent(new Event('input', {bubbles: true})); }"
    )
    heading = bench.locator(".steps-card h4")
    heading.wait_for()
    bench.locator(".steps-card:not(.waiting)").wait_for()
    bench.wait_for_timeout(400)
    title = heading.inner_text()
    bench.get_by_role("button", name="One step").click()
    bench.locator(".steps-about", has_text="1").wait_for()
    bench.wait_for_timeout(600)
    assert heading.inner_text() == title
    assert place.inner_text().startswith("151")
    ask(bench, "ChangeScene", fields={"hidden": []})  # far fewer: the last of them is shown
    bench.wait_for_timeout(900)
    assert heading.count() == 1
    last = int(slider.get_attribute("max") or 0) + 1
    assert last < 150 and place.inner_text().startswith(str(last))


def test_a_negative_number_can_be_typed_while_it_learns(bench: Page) -> None:
    field = field_of_first_unit(bench)
    ask(bench, "Play", pace=30)
    field.focus()
    field.press("Control+a")
    bench.keyboard.type("-", delay=20)
    step = status(bench)["step"]
    bench.wait_for_function("(step) => session.status.step > step + 5", arg=step)
    assert field.input_value() == "-"
    bench.keyboard.type("0.5")
    assert field.input_value() == "-0.5"
    ask(bench, "Pause")


def test_what_is_no_number_gives_way_to_the_one_there_is(bench: Page) -> None:
    field = field_of_first_unit(bench)
    before = field.input_value()
    field.fill("-")
    assert field.get_attribute("aria-invalid") == "true"
    field.blur()
    assert field.input_value() == before
    assert field.get_attribute("aria-invalid") == "false"


def test_one_drag_over_the_map_of_losses_is_one_undo(pages: Pages) -> None:
    page = opened(pages, "lessons/8")
    plot = page.locator(".surface-plot.touched")
    plot.scroll_into_view_if_needed()
    page.locator(".surface-dot").wait_for()
    before = page.evaluate("session.views.get('surface').dot")
    room = plot.bounding_box()
    assert room is not None
    for drag in range(2):
        page.mouse.move(room["x"] + 150, room["y"] + 120)
        page.mouse.down()
        for k in range(5):
            page.mouse.move(room["x"] + 160 + 10 * k, room["y"] + 130 + (8 + drag) * k)
            page.wait_for_timeout(80)
        page.mouse.up()
        page.wait_for_timeout(400)
    undo = page.locator(".playbar button[aria-label^='Undo']").first
    for _ in range(2):
        assert page.evaluate("session.views.get('surface').dot") != before
        undo.click()
        page.wait_for_timeout(400)
    assert page.evaluate("session.views.get('surface').dot") == before
    assert status(page)["undo"] is None


def test_one_drag_of_a_weight_while_it_learns_is_one_undo(bench: Page) -> None:
    field = field_of_first_unit(bench)
    ask(bench, "Play", pace=5)
    bench.wait_for_function("() => session.status.step > 1")
    field.focus()
    field.press("Control+a")
    bench.keyboard.type("0.25", delay=300)  # each key is an edit
    field.press("Enter")
    bench.wait_for_timeout(300)
    ask(bench, "Pause")
    told = ask(bench, "TellScene")["acts"]
    assert sum(act["act"] == "Edit" for act in told) > 1
    ask(bench, "Undo")
    told = ask(bench, "TellScene").get("acts", [])
    assert not any(act["act"] == "Edit" for act in told)
