"""The network in a browser: pointed at, dragged, reached by keys, read aloud."""

from __future__ import annotations

# ruff: noqa: RUF001 - the page writes true minus signs
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

import pytest

from pellucid import Dense, Network, data
from pellucid.inspect.views.live import frozen
from pellucid.scene.bench import Bench
from pellucid.scene.scene import Scene
from pellucid.scene.source import Sample
from pellucid.studio.views.network import network
from tests.studio.network_sheet import Sheet

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def told() -> dict[str, Any]:
    """A network of 2-4-3-2 that has learned a little, as the page is told of it."""
    hidden = (Dense(4, activation="tanh"), Dense(3, activation="tanh"))
    bench = Bench(Scene(source=Sample("moons"), hidden=hidden))
    bench.learn(200)
    bench.choose(17)
    found: dict[str, Any] = frozen(network(bench))
    return found


@pytest.fixture
def sheet(browser: Browser, told: dict[str, Any]) -> Iterator[Sheet]:
    found = Sheet(browser, told)
    yield found
    found.close()


def weight(sheet: Sheet, stage: int, start: int, to: int) -> float:
    found: float = sheet.page.evaluate(
        """([s, f, t]) => {
          const { data, shape } = view.value.stages[s].weights;
          return data[f * shape[1] + t];
        }""",
        [stage, start, to],
    )
    return found


def settled(sheet: Sheet) -> None:
    sheet.page.evaluate("new Promise((done) => requestAnimationFrame(() => setTimeout(done, 30)))")


def test_a_unit_that_is_pointed_at_shows_its_sum(sheet: Sheet) -> None:
    card = sheet.page.locator(".nv-card")
    assert card.is_hidden()
    sheet.unit(1, 2).hover()
    card.wait_for(state="visible")
    words = card.inner_text()
    numbers = "[view.value.stages[1].sums.data[2], view.value.stages[1].activations.data[2]]"
    z, x = sheet.page.evaluate(numbers)
    assert "dense_1 unit 2" in words
    assert f"{abs(z):.3f}" in words and f"{abs(x):.3f}" in words and words.count("·") == 2
    assert "nv-dimmed" in (sheet.page.locator(".nv-paper").get_attribute("class") or "")
    sheet.page.mouse.move(2, 2)
    card.wait_for(state="hidden")


def test_a_weight_follows_the_pointer_and_is_told_once_more_at_the_end(sheet: Sheet) -> None:
    before = weight(sheet, 1, 1, 3)
    x, y = sheet.line(1, 1, 3)
    sheet.page.mouse.move(x, y)
    settled(sheet)
    assert sheet.page.evaluate("view.line") == {"stage": 1, "from": 1, "to": 3}
    sheet.page.mouse.down()
    for up in (10, 25, 40):
        sheet.page.mouse.move(x, y - up)
    sheet.page.mouse.up()
    edits = sheet.edits()
    assert [edit[3]["final"] for edit in edits] == [False, False, False, True]
    assert {(edit[0], tuple(edit[1])) for edit in edits} == {("dense_1.weight", (1, 3))}
    values = [edit[2] for edit in edits]
    assert before < values[0] < values[1] < values[2] == values[3]
    assert weight(sheet, 1, 1, 3) == pytest.approx(values[3], rel=1e-6)
    words = sheet.page.locator(".nv [role=status]").inner_text()
    assert words.startswith("weight from x2 to dense_1 unit 3 is now ")


def test_what_is_pulled_stays_pulled_while_numbers_come_in(sheet: Sheet) -> None:
    x, y = sheet.line(1, 0, 0)
    sheet.page.mouse.move(x, y)
    sheet.page.mouse.down()
    sheet.page.mouse.move(x, y - 60)
    pulled = sheet.edits()[-1][2]
    sheet.page.evaluate("view.update(value)")
    settled(sheet)
    assert weight(sheet, 1, 0, 0) == pytest.approx(pulled, rel=1e-6)
    sheet.page.mouse.up()
    sheet.page.evaluate("view.update(value)")
    settled(sheet)
    assert weight(sheet, 1, 0, 0) != pytest.approx(pulled, rel=1e-3)


def test_a_bias_has_a_handle_at_its_unit(sheet: Sheet) -> None:
    box = sheet.unit(1, 0).bounding_box()
    assert box is not None
    x, y = box["x"] + box["width"] * 0.11, box["y"] + box["height"] * 0.91
    sheet.page.mouse.move(x, y)
    sheet.page.mouse.down()
    sheet.page.mouse.move(x, y + 30)
    sheet.page.mouse.up()
    name, place, value, how = sheet.edits()[-1]
    assert (name, place, how) == ("dense_1.bias", [0], {"final": True})
    assert value == pytest.approx(sheet.page.evaluate("view.value.stages[1].biases.data[0]"))
    assert sheet.page.evaluate("view.chosen") is None  # a drag is no click


def test_keys_and_typing_change_the_weight_that_has_the_handle(sheet: Sheet) -> None:
    before = weight(sheet, 2, 1, 1)
    x, y = sheet.line(2, 1, 1)
    sheet.page.mouse.click(x, y)
    knob = sheet.page.get_by_role("slider")
    assert knob.get_attribute("aria-label") == "weight from unit 1 to dense_2 unit 1"
    sheet.page.keyboard.press("ArrowUp")
    step = sheet.edits()[-1][2] - before
    assert step > 0
    sheet.page.keyboard.press("Shift+ArrowDown")
    assert sheet.edits()[-1][2] == pytest.approx(before - 9 * step, abs=2e-3)
    sheet.page.keyboard.type("-0,75")
    sheet.page.keyboard.press("Enter")
    assert sheet.edits()[-1] == ["dense_2.weight", [1, 1], -0.75, {"final": True}]
    assert knob.get_attribute("aria-valuenow") == "-0.75"
    assert knob.get_attribute("aria-valuetext") == "−0.750"
    sheet.page.keyboard.press("Escape")
    assert knob.count() == 0
    assert sheet.page.evaluate("document.activeElement.dataset.unit") == "1"


def test_by_keys_alone_every_unit_is_reached_kept_edited_and_knocked_out(sheet: Sheet) -> None:
    page = sheet.page
    assert page.locator('.nv-unit[tabindex="0"]').count() == 1
    page.locator("h1").click()
    page.keyboard.press("Tab")
    named = "document.activeElement.getAttribute('aria-label')"
    assert page.evaluate(named).startswith("input x1, ")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Home")
    page.keyboard.press("ArrowDown")
    assert page.evaluate(named).startswith("dense_1, unit 1, output ")
    assert ", bias " in page.evaluate(named)
    assert page.locator(".nv-card").is_visible()
    page.keyboard.press("Enter")
    assert sheet.edits()[-1] == [{"layer": "dense_1", "unit": 1}]
    assert sheet.unit(1, 1).get_attribute("aria-pressed") == "true"
    panel = page.get_by_role("region", name="dense_1 unit 1").first
    panel.get_by_role("button", name="Knock this unit out").focus()
    page.keyboard.press("Enter")
    assert sheet.edits()[-1] == ["dense_1", 1]
    field = panel.get_by_label("weight from x2 to dense_1 unit 1")
    field.focus()
    page.keyboard.press("ArrowUp")
    name, place, value, how = sheet.edits()[-1]
    assert (name, place, how) == ("dense_1.weight", [1, 1], {"final": True})
    assert weight(sheet, 1, 1, 1) == pytest.approx(value, rel=1e-6)
    colour = "(one) => getComputedStyle(one).borderColor"
    plain = field.evaluate(colour)
    field.fill("abc")
    assert field.evaluate(colour) != plain
    assert field.get_attribute("aria-invalid") == "true" and len(sheet.edits()) == 3
    panel.get_by_role("button", name="Let go").click()
    assert panel.is_hidden() and sheet.edits()[-1] == [None]
    assert page.evaluate(named).startswith("dense_1, unit 1")


def test_a_unit_that_nobody_hears_says_so(sheet: Sheet) -> None:
    sheet.page.evaluate("""() => {
      const found = view.value.stages[2].weights;
      for (let to = 0; to < 3; to += 1) found.data[2 * 3 + to] = 0;
      view.stale = true; view.saidAt = -Infinity; view.later();
    }""")
    settled(sheet)
    assert (sheet.unit(1, 2).get_attribute("aria-label") or "").endswith(", knocked out")
    sheet.unit(1, 2).click()
    assert sheet.page.get_by_role("button", name="Knock this unit out").is_disabled()
    assert "nothing listens to it" in sheet.page.locator(".nv-panel").inner_text()


def test_all_numbers_stand_in_tables(sheet: Sheet) -> None:
    sheet.page.get_by_text("All numbers as tables").click()
    table = sheet.page.get_by_role("table", name="Weights into dense_2")
    table.wait_for()
    cells = table.get_by_role("cell").all_inner_texts()
    numbers = [float(cell.replace("−", "-")) for cell in cells if cell]
    assert numbers == pytest.approx(
        [weight(sheet, 2, i, j) for i in range(4) for j in range(3)], abs=0.0051
    )


def fewer(told: dict[str, Any]) -> dict[str, Any]:
    """The same without the second hidden layer."""
    found = {**told, "revision": "other", "stages": [*told["stages"][:2], told["stages"][3]]}
    found["stages"][2] = {**found["stages"][2], "weights": [[0.5, -0.5]] * 4}
    return found


def test_other_layers_are_laid_out_anew(sheet: Sheet, told: dict[str, Any]) -> None:
    sheet.unit(2, 2).click()
    sheet.page.evaluate("(value) => view.update(value)", fewer(told))
    settled(sheet)
    assert sheet.page.locator(".nv-unit").count() == 2 + 4 + 2
    assert sheet.page.evaluate("view.chosen") is None
    assert sheet.page.locator(".nv-panel").is_hidden()


def test_more_layers_may_come_as_all_lines_are_drawn_again(browser: Browser, told: Any) -> None:
    sheet = Sheet(browser, fewer(told))
    sheet.page.evaluate(
        """(value) => {
          view.drawing.pace.share = 0.5; // some lines were left out, as numbers came fast
          view.update(value);
          view.drawing.pace.rest();
        }""",
        told,
    )
    settled(sheet)
    assert sheet.page.locator(".nv-unit").count() == 2 + 4 + 3 + 2
    sheet.close()


def test_an_error_leaves_what_was_drawn(sheet: Sheet) -> None:
    sheet.page.evaluate("view.update({error: 'no'})")
    settled(sheet)
    assert sheet.page.locator(".nv-unit").count() == 11


def test_where_nothing_is_asked_nothing_can_be_changed(
    browser: Browser, told: dict[str, Any]
) -> None:
    sheet = Sheet(browser, told, frozen=True)
    x, y = sheet.line(1, 1, 3)
    before = weight(sheet, 1, 1, 3)
    sheet.page.mouse.move(x, y)
    sheet.page.mouse.down()
    sheet.page.mouse.move(x, y - 50)
    sheet.page.mouse.up()
    assert weight(sheet, 1, 1, 3) == before
    sheet.unit(1, 0).click()
    panel = sheet.page.locator(".nv-panel")
    assert panel.get_by_role("button").all_inner_texts() == ["Let go"]
    assert panel.get_by_role("textbox").first.get_attribute("readonly") is not None
    sheet.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", [(1440, 900), (390, 844)], ids=["desk", "phone"])
def test_it_fits_its_room_and_has_no_grave_fault(
    browser: Browser, told: dict[str, Any], axe: Callable[[Page], None], size: Any, scheme: str
) -> None:
    sheet = Sheet(browser, told, size=size, scheme=scheme, still=True)
    sheet.unit(2, 1).click()
    settled(sheet)
    wide = sheet.page.evaluate("[document.documentElement.scrollWidth, innerWidth]")
    assert wide[0] <= wide[1]
    axe(sheet.page)
    drawn = sheet.page.evaluate("""() => {
      const { width, height } = view.drawing.units;
      const { data } = view.drawing.units.getContext("2d").getImageData(0, 0, width, height);
      let count = 0;
      for (let k = 3; k < data.length; k += 4) count += data[k] > 0;
      return count;
    }""")
    assert drawn > 5_000
    sheet.close()


@pytest.mark.parametrize("width", [660, 760, 900, 1100])
def test_names_answers_and_weights_are_seen_whole_beside_many_inputs(
    browser: Browser, width: int
) -> None:
    hidden = (Dense(32, activation="relu"),)
    for sample in ("wine", "breast_cancer"):
        bench = Bench(Scene(source=Sample(sample), hidden=hidden))
        sheet = Sheet(browser, frozen(network(bench)), size=(width + 74, 900))
        sheet.unit(1, 1).click()
        settled(sheet)
        parts = sheet.page.locator(".nv-sheet, .nv-number:not([hidden]), .nv-scroll")
        wide = parts.evaluate_all("(all) => all.map((one) => one.scrollWidth - one.clientWidth)")
        assert len(wide) > 10 and max(wide) <= 0
        ends = sheet.page.evaluate("""() => {
          const { right } = document.querySelector(".nv-sheet").getBoundingClientRect();
          return [...document.querySelectorAll(".nv-score")]
            .map((one) => right - one.getBoundingClientRect().right);
        }""")
        assert ends and min(ends) >= 0
        sheet.close()


def test_the_layers_names_stand_on_paper_before_the_lines(browser: Browser, told: Any) -> None:
    sheet = Sheet(browser, told, size=(390, 844))
    grounds = sheet.page.locator(".nv-heading.nv-beside").evaluate_all(
        "(all) => all.map((one) => getComputedStyle(one).backgroundColor)"
    )
    assert len(grounds) == 4 and "rgba(0, 0, 0, 0)" not in grounds
    sheet.close()


def test_a_finger_takes_a_line_and_pulls_its_handle(browser: Browser, told: dict[str, Any]) -> None:
    sheet = Sheet(browser, told, size=(390, 844))
    x, y = sheet.line(3, 0, 1, 0.3)
    sheet.page.touchscreen.tap(x, y)
    settled(sheet)
    assert sheet.page.get_by_role("slider").is_visible() and sheet.edits() == []
    box = sheet.page.get_by_role("slider").bounding_box()
    assert box is not None and min(box["width"], box["height"]) >= 40
    sheet.close()


def test_it_keeps_up_with_thirty_updates_a_second(browser: Browser, told: dict[str, Any]) -> None:
    sheet = Sheet(browser, told)
    drawing = sheet.page.evaluate("""async () => {
      const times = [];
      for (let k = 0; k < 30; k += 1) {
        view.update(value);
        cancelAnimationFrame(view.frame);
        const start = performance.now();
        view.draw();
        times.push(performance.now() - start);
        await new Promise((done) => requestAnimationFrame(done));
      }
      return times.sort((a, b) => a - b)[15];
    }""")
    assert drawing < 33
    sheet.close()


def test_the_same_view_is_a_widget_whose_edits_are_sent(browser: Browser) -> None:
    pytest.importorskip("anywidget")
    x, y = data.load("iris")
    net = Network(hidden=[3], seed=0).build(x, y)
    widget = net.watch(x, y)
    sheet = Sheet(browser, widget.told, beside={"/widget.js": widget._esm})
    sheet.page.evaluate("""async () => {
      const { default: widget } = await import("/widget.js");
      const el = document.createElement("div");
      document.body.append(el);
      window.sent = [];
      const model = { get: (name) => (name === "told" ? window.value : true), on() {}, off() {},
        send: (message) => window.sent.push(message) };
      window.end = widget.render({ model, el });
      await new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)));
      el.querySelector('.nv-unit[data-stage="2"][data-unit="1"]').click();
      const field = [...el.querySelectorAll(".nv-number")].at(-1);
      field.value = "0,5";
      field.dispatchEvent(new Event("change"));
    }""")
    sent = sheet.page.evaluate("window.sent")
    assert sent == [{"parameter": "dense_2.weight", "place": [2, 1], "value": 0.5}]
    widget._handle_custom_msg(sent[0], [])
    assert net.parameters["dense_2.weight"][2, 1] == 0.5
    assert sheet.page.evaluate("window.end() ?? document.querySelectorAll('.nv').length") == 1
    sheet.close()
