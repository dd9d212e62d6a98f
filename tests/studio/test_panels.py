"""What holds of all panels: one number a row and unit, marks of classes, what is read out."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.studio.playing import ask, opened
from tests.studio.test_lab_pages import awake, expect
from tests.studio.test_lessons_touched import lesson
from tests.studio.test_workbench import has_text, workbench

if TYPE_CHECKING:
    from playwright.sync_api import Page

    from tests.studio.watched import Pages

pytestmark = pytest.mark.browser

STATIC = Path(__file__).parents[2] / "src/pellucid/studio/static"
ROW = re.compile(r"\bRow (\d+)")


def chosen(page: Page, tab: str, words: str, panel: str) -> str:
    """What a panel says of the chosen row, once it is there."""
    page.get_by_role("tab", name=tab, exact=True).click()
    has_text(page, panel, words)
    return page.locator(panel).first.inner_text()


def test_a_row_has_one_number_on_all_panels(pages: Pages) -> None:
    page = workbench(pages)
    page.locator("[data-name=iris]").click()
    has_text(page, ".data-about", "150 rows")
    field = page.get_by_role("spinbutton", name="Number of the row")
    field.fill("4")
    field.press("Enter")
    has_text(page, ".nv-said", "Row 4")
    assert "row 4 goes" in chosen(page, "Step through", "row 4", ".steps")
    assert ROW.findall(chosen(page, "What counts", "Row", ".attribution-head")) == ["4"]
    page.get_by_role("tab", name="Data", exact=True).click()
    page.locator("section.data tr.chosen").wait_for()
    assert page.locator("section.data tr.chosen .link").inner_text() == "4"
    first = page.locator("section.data tbody .link").first
    assert first.inner_text() == "0"


def test_a_unit_has_one_number_on_all_panels(pages: Pages) -> None:
    page = workbench(pages)
    page.get_by_role("tab", name="Weights", exact=True).click()
    page.locator(".weights thead th").nth(2).wait_for()
    heads = page.locator(".weights thead th").all_inner_texts()
    assert heads[1:3] == ["unit 0", "unit 1"]
    page.get_by_role("tab", name="Activations", exact=True).click()
    page.locator(".functions-units tbody th").first.wait_for()
    assert page.locator(".functions-units tbody th").first.inner_text() == "0"


COUNT = """([selector]) => {
  window.said = 0;
  new MutationObserver((all) => { window.said += all.length; })
    .observe(document.querySelector(selector), {
      childList: true, characterData: true, subtree: true });
}"""


@pytest.mark.parametrize(
    ("tab", "said"),
    [("Feature maps", ".maps-zoom [role=status]"), ("What counts", ".attribution [role=status]")],
)
def test_what_changes_while_it_learns_is_not_read_out(pages: Pages, tab: str, said: str) -> None:
    page = workbench(pages)
    page.locator("[data-name=digits]").click()
    has_text(page, ".data-about", "1,797 rows")
    page.get_by_label("Add a layer …").select_option("Conv2D")
    page.get_by_role("spinbutton", name="Epochs").fill("100000")
    page.get_by_role("spinbutton", name="Epochs").press("Enter")
    page.get_by_role("tab", name=tab, exact=True).click()
    page.locator(said).wait_for(state="attached")
    page.wait_for_function("([s]) => document.querySelector(s).textContent !== ''", arg=[said])
    page.get_by_role("button", name="Play", exact=True).click()
    page.get_by_role("button", name="Pause", exact=True).wait_for()
    page.wait_for_timeout(500)
    page.evaluate(COUNT, [said])
    page.wait_for_timeout(2500)
    assert page.evaluate("window.said") == 0
    before = page.locator(said).inner_text()
    page.get_by_role("button", name="Pause", exact=True).click()
    page.wait_for_function(
        "([s, before]) => document.querySelector(s).textContent !== before", arg=[said, before]
    )


def test_classes_on_a_map_differ_by_shape(pages: Pages) -> None:
    page = lesson(pages, 16)
    stage = awake(page, 1)
    stage.locator("#map-by").select_option("classes")
    stage.locator(".map-legend .class-mark").nth(1).wait_for()
    shapes = stage.locator(".map-legend .class-mark path").evaluate_all(
        "marks => marks.map((mark) => mark.getAttribute('d'))"
    )
    assert len(set(shapes)) == len(shapes) > 1
    names = stage.locator(".map-class").all_inner_texts()
    assert min(map(len, names)) > 2  # so that no cell shows its class's name
    drawn = "marks => new Set(marks.map((mark) => mark.getAttribute('d')).filter(Boolean)).size"
    assert stage.locator(".map-mark").evaluate_all(drawn) > 1


def said_by(script: str) -> Any:
    """What a script says that has the functions of texts.js."""
    node = shutil.which("node")
    if node is None:
        pytest.skip("node is not installed")
    said = f'import * as texts from "./js/texts.js"; console.log(JSON.stringify({script}));'
    done = subprocess.run(
        [node, "--input-type=module", "--eval", said],
        cwd=STATIC, capture_output=True, text=True, check=True, timeout=60,
    )  # fmt: skip
    return json.loads(done.stdout)


def test_very_small_numbers_are_written_as_powers_of_ten() -> None:
    found = said_by("[7.42e-4, -1.5e-12, 2.5e7 + 0.5, 0, 1234.5, Infinity].map(texts.number)")
    assert found == ["7.42 × 10⁻⁴", "−1.5 × 10⁻¹²", "2.5 × 10⁷", "0", "1,235", "∞"]  # noqa: RUF001


def test_only_all_is_a_hundred_percent_and_no_number_is_no_share() -> None:
    shares = "[0, 0.425, 0.9994, 0.9996, 0.9997, 0.9999999, 1, null, NaN]"
    found = said_by(f"{shares}.map((one) => texts.percent(one))")
    near = ["99.96 %", "99.97 %", "99.99 %"]
    assert found == ["0.0 %", "42.5 %", "99.9 %", *near, "100.0 %", "–", "–"]  # noqa: RUF001
    whole = said_by("[0.004, 0.9949, 0.9951, 1].map((one) => texts.percent(one, 0))")
    assert whole == ["0 %", "99 %", "99.51 %", "100 %"]


def test_the_answer_on_the_plane_goes_with_the_pointer(pages: Pages) -> None:
    page = workbench(pages)
    box = page.locator(".boundary-canvas").bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + 0.6 * box["width"], box["y"] + 0.4 * box["height"])
    said = page.locator(".boundary-said")
    expect(said).to_contain_text("x1 = ")
    before = said.inner_text()
    play = page.get_by_role("button", name="Play", exact=True)
    play.evaluate("one => one.click()")  # the pointer stays
    expect(said).not_to_have_text(before)
    page.get_by_role("button", name="Pause", exact=True).evaluate("one => one.click()")
    page.mouse.move(2, 2)
    expect(said).to_have_text("")


def test_what_a_change_undoes_is_said_and_the_step_that_is_heard_is_the_one_there_is(
    pages: Pages,
) -> None:
    page = workbench(pages)
    page.get_by_role("button", name="One epoch", exact=False).click()
    has_text(page, ".standing", r"Step 5 ")
    heard = ".playbar [role=status]"
    has_text(page, heard, "Paused at step 5")
    page.get_by_role("slider", name="Go to any step").press("ArrowLeft")
    has_text(page, heard, "Paused at step 4")
    page.get_by_role("tab", name="Weights", exact=True).click()
    field = page.locator("input.weight").first
    field.fill("1.5")
    field.press("Enter")
    page.get_by_role("button", name="One step", exact=True).click()
    has_text(page, ".notices", "You branched off at step 4; undo brings the steps up to 5 back")
    page.locator("[data-name=iris]").click()
    has_text(page, ".notices", "The network begins anew. Undo brings the old one back")
    has_text(page, heard, "Paused at step 0")
    heads = page.locator(".weights tbody th[scope=row]")
    heads.get_by_text("petal length", exact=False).wait_for()


def test_rivals_go_with_the_data_that_they_learned_from(pages: Pages) -> None:
    page = workbench(pages)
    page.get_by_role("tab", name="Compare", exact=True).click()
    ask = page.locator(".compare").get_by_role("button", name="Compare", exact=True)
    ask.click()
    rows = page.locator(".compare-rows li")
    rows.nth(3).wait_for()
    page.locator(".compare-foot p", has_text="both right on").wait_for()
    page.locator("[data-name=circles]").click()
    ask.wait_for()
    assert rows.count() == 1


def test_what_counts_is_worked_out_anew_after_each_edit(pages: Pages) -> None:
    page = opened(pages, "workbench")
    page.get_by_role("tab", name="What counts", exact=True).click()
    shares = page.locator(".attribution-bars td:last-child")
    for place, value in (([0, 0], 2.0), ([1, 1], -3.0)):
        ask(page, "EditWeight", parameter="dense_1.weight", place=place, value=value)
        told = ask(page, "Attribute", method="integrated_gradients", output=None)["columns"]
        signs = [f"{one['share']:+.3g}".replace("-", "−") for one in told]  # noqa: RUF001
        expect(shares).to_have_text(signs)


def test_a_pixel_is_worked_out_anew_after_each_edit(pages: Pages) -> None:
    page = opened(pages, "lessons/14")
    page.locator(".maps-grid").first.wait_for()
    page.wait_for_function("() => session.views.get('maps')")
    kernel = page.locator(".maps-zoom .maps-grid").nth(1)
    first = {"parameter": "conv2d_1.weight", "place": [0, 0, 0, 0]}
    for value, shown in ((9.25, "9.25"), (7.5, "7.50")):
        ask(page, "EditWeight", **first, value=value)
        expect(kernel).to_contain_text(shown)
