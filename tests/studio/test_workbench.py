"""The workbench in a browser: its main paths, by mouse and by keyboard."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest

from pellucid.nn.dense import Dense
from pellucid.scene.scene import Scene, scene_to_record
from pellucid.scene.source import Points
from tests.studio.playing import ask, opened

if TYPE_CHECKING:
    from playwright.sync_api import Locator, Page

    from tests.studio.watched import Pages

pytestmark = pytest.mark.browser


def workbench(pages: Pages, **how: object) -> Page:
    page = pages.open("/workbench", **how)  # type: ignore[arg-type]
    page.locator(".sample-tile").first.wait_for(state="attached")
    page.locator(".layer.output").wait_for(state="attached")
    page.locator("[data-name=iris]").wait_for(state="attached")  # comes last
    return page


def has_text(page: Page, selector: str, text: str) -> None:
    """Waits until it is so."""
    from playwright.sync_api import expect

    expect(page.locator(selector).first).to_contain_text(re.compile(text), timeout=20_000)


def has_value(field: Locator, value: str, *, is_so: bool = True) -> None:
    """Waits until a field has this value, or another."""
    from playwright.sync_api import expect

    found = expect(field)
    (found.to_have_value if is_so else found.not_to_have_value)(value, timeout=20_000)


def play_to_the_end(page: Page) -> None:
    page.get_by_role("combobox", name="Speed").select_option(label="full speed")
    page.get_by_role("button", name="Play", exact=True).click()
    has_text(page, ".standing", r"epoch 2,000$")


def test_a_network_learns_and_all_panels_follow(pages: Pages) -> None:
    page = workbench(pages)
    play_to_the_end(page)
    has_text(
        page, ".curves-words", r"learned from 0\.\d+ → \d\.\d+.*10⁻\S+, held out .*step 10,000"
    )
    has_text(page, ".sample .verdict", "Right")
    page.get_by_role("tab", name="Mistakes by class").click()
    has_text(page, ".confusion", r"40 of 40 right: 100.0 %")
    page.get_by_role("tab", name="Gradients").click()
    has_text(page, ".gradients tbody tr:nth-child(3)", "dense_3")


def test_data_layers_and_learning_are_chosen(pages: Pages) -> None:
    page = workbench(pages)
    page.get_by_role("button", name="blobs").click()
    has_text(page, ".data-about", "300 rows, 3 classes")
    page.get_by_label("Add a layer …").select_option("Dropout")
    has_text(page, ".layers li:nth-child(3)", "Dropout")
    page.locator("[data-key='units.0']").fill("12")
    page.locator("[data-key='units.0']").press("Enter")
    has_text(page, ".layers li:nth-child(1) .layer-name", "12")
    page.get_by_role("button", name="Remove dense_2").click()
    has_text(page, ".network-controls > p", "2 inputs, 75 weights and biases")
    page.get_by_label("Optimizer", exact=True).select_option("SGD")
    has_text(page, "[data-field=optimizer] .hint", "Stochastic gradient descent")


def test_a_rate_is_changed_while_it_learns(pages: Pages) -> None:
    page = workbench(pages)
    page.get_by_role("spinbutton", name="Epochs").fill("1000000")
    page.get_by_role("spinbutton", name="Epochs").press("Enter")
    page.get_by_role("button", name="Play", exact=True).click()
    has_text(page, ".standing", r"Step \d\d")
    page.locator("[data-key='learning.rate.number']").fill("0.002")
    page.locator("[data-key='learning.rate.number']").press("Enter")
    page.get_by_role("tab", name="Gradients").click()
    has_text(page, ".gradients > p", "at a rate of 0.002")
    has_text(page, ".playbar .play", "Pause")
    page.get_by_role("button", name="Pause", exact=True).click()
    has_text(page, ".playbar .play", "Play")


def test_what_is_refused_stands_beside_its_field(pages: Pages) -> None:
    page = workbench(pages)
    field = page.locator("[data-key='units.0']")
    field.fill("0")
    field.press("Enter")
    has_text(
        page, ".layers li:nth-child(1) .fault",
        "Dense expects units to be a whole number at least 1 or None, got 0",
    )  # fmt: skip
    rate = page.locator("[data-key='learning.rate.number']")
    rate.fill("-1")
    rate.press("Enter")
    has_text(page, "[data-field=rate] .fault", "expects value to be a number above 0, got -1")
    assert rate.get_attribute("aria-invalid") == "true"


def test_a_gate_learns_from_its_mistakes(pages: Pages) -> None:
    page = workbench(pages)
    page.get_by_role("button", name="AND", exact=True).click()
    has_text(page, ".data-about", "4 rows")
    page.get_by_label("Rule", exact=True).select_option("Perceptron")
    has_text(page, "[data-field=rule] .fault", "Perceptron trains one Dense layer")
    page.get_by_role("button", name="Begin anew with one layer").click()
    page.get_by_role("tab", name="Truth table").click()
    play_to_the_end(page)
    has_text(page, ".truth", "4 of 4 right")
    page.get_by_role("tab", name="Mistake by mistake").click()
    page.locator(".mistakes tbody .link").last.click()
    has_text(page, ".standing", r"Step \d\b")


def test_points_are_drawn_undone_and_drawn_again(pages: Pages) -> None:
    page = workbench(pages)
    page.get_by_role("button", name="Draw", exact=True).click()
    page.get_by_role("button", name="Start empty").click()
    box = page.locator(".boundary-canvas").bounding_box()
    assert box is not None
    for kind, across in (("0", 90), ("1", 240)):
        page.get_by_role("button", name=f"Draw points of class {kind}").click()
        page.mouse.move(box["x"] + across, box["y"] + 60)
        page.mouse.down()
        page.mouse.move(box["x"] + across, box["y"] + 200, steps=12)
        page.mouse.up()
    has_text(page, ".data-about", r"drawn points \d\d rows, 2 classes")
    page.locator("body").press("Control+z")
    has_text(page, ".data-about", "moons 200 rows")
    page.locator("body").press("Control+Shift+z")
    has_text(page, ".data-about", "drawn points")


@pytest.mark.parametrize(
    ("names", "classes", "rows"),
    [
        (("x1", "x2"), ("0", "1"), ((0.1, 0.7, 0), (1.3, -0.2, 1), (2 / 3, 1e-3, 0))),
        (("x1", "x2"), (), ((0.1, 0.7, 0.3), (1.3, -0.2, 1 / 3), (2 / 3, 1e-3, -7.7))),
        (("x",), (), ((0.1, 0.3), (1.3, 1 / 3), (2 / 3, -0.7))),
    ],
    ids=["classes", "numbers", "line"],
)
def test_a_drawn_point_leaves_the_others_to_the_bit(
    pages: Pages, names: tuple[str, ...], classes: tuple[str, ...], rows: Any
) -> None:
    from playwright.sync_api import expect

    page = opened(pages, "workbench")
    page.locator(".layer.output").wait_for(state="attached")
    scene = Scene(Points(rows, names, classes), (Dense(3, activation="tanh"),))
    ask(page, "OpenScene", scene=scene_to_record(scene))
    has_text(page, ".data-about", "3 rows")
    canvas = page.locator(".boundary-canvas")

    def draw(count: int, across: int) -> list[Any]:
        expect(canvas).to_have_attribute("aria-label", re.compile(rf"\b{count - 1} points"))
        page.get_by_role("button", name="Draw", exact=True).click()
        canvas.click(position={"x": across, "y": 60})
        has_text(page, ".data-about", f"{count} rows")
        found: list[Any] = ask(page, "TellScene")["source"]["rows"]
        assert len(found) == count
        return found

    expected = [list(map(float, row)) for row in rows]
    first = draw(4, 90)
    assert first[:3] == expected
    assert draw(5, 160)[:4] == first
    page.locator("body").press("Control+z")
    has_text(page, ".data-about", "4 rows")
    assert draw(5, 230)[:4] == first


def test_by_keyboard_alone(pages: Pages) -> None:
    page = workbench(pages)
    canvas = page.locator(".boundary-canvas")
    canvas.focus()
    canvas.press("Shift+ArrowLeft")
    has_text(page, ".boundary [role=status]", r"x1 = .*, x2 = .*: [01] \(")
    row = page.get_by_role("spinbutton", name="Number of the row")
    before = row.input_value()
    canvas.press("Enter")
    has_value(row, before, is_so=False)
    page.locator("#tab-data").focus()
    page.locator("#tab-data").press("ArrowRight")
    assert page.locator("#tab-weights").get_attribute("aria-selected") == "true"
    weight = page.get_by_label("Weight from x1 to unit 1")
    weight.fill("2,5")
    weight.press("Enter")
    has_value(weight, "2.500")
    page.locator("body").press("Control+z")
    has_value(weight, "2.500", is_so=False)


def test_a_case_is_found_and_given_another_label(pages: Pages) -> None:
    page = workbench(pages)
    page.get_by_role("button", name="iris").click()
    has_text(page, ".data-about", "150 rows")
    page.get_by_role("tab", name="Mistakes by class").click()
    page.get_by_role("button", name="Learned from", exact=True).click()
    has_text(page, ".confusion", r"of 120 right")
    page.locator(".matrix .hit, .matrix .miss").first.click()
    page.locator(".case").first.click()
    page.get_by_label("New target for this row").select_option("virginica")
    page.get_by_role("button", name=re.compile("^Undo.*label")).first.wait_for()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", ["desk", "phone"])
def test_no_fault_is_found(
    pages: Pages, axe: Callable[[Page], None], size: str, scheme: str
) -> None:
    page = workbench(pages, size=size, scheme=scheme)
    for name in ("data", "network", "learning"):
        fold = page.locator(f".fold-{name}")
        if fold.get_attribute("open") is None:
            fold.locator("> summary").click()
    page.get_by_role("button", name="One epoch", exact=False).first.click()
    for tab in ("Data", "Weights", "Mistakes by class", "Gradients"):
        page.get_by_role("tab", name=tab, exact=True).click()
        page.wait_for_function(
            "() => document.querySelector('[role=tabpanel]').innerText.trim().length > 10"
        )
        axe(page)
    width = page.evaluate("document.documentElement.scrollWidth")
    assert width <= page.evaluate("innerWidth")
