"""Lessons of memories, loss surfaces and races in a browser: by mouse and by keyboard."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest

from tests.studio.playing import ask, go_on, opened
from tests.studio.watched import Pages

if TYPE_CHECKING:
    from playwright.sync_api import Locator, Page

playwright = pytest.importorskip("playwright.sync_api", reason="Playwright is not installed")
expect = playwright.expect


def awake(page: Page, place: int = 0) -> Locator:
    """A stage of the lesson, played on, at the top of the window."""
    stage = go_on(page, place)
    stage.evaluate("(box) => scrollBy(0, box.getBoundingClientRect().top - 60)")
    return stage


def is_done(page: Page, words: str) -> None:
    expect(page.locator(".try", has_text=words)).to_have_class("try done")


@pytest.mark.parametrize(("size", "scheme"), [("desk", "light"), ("phone", "dark")])
def test_a_memory_by_mouse_and_keyboard(
    pages: Pages, axe: Callable[[Page], None], size: str, scheme: str
) -> None:
    page = pages.open("lessons/memory", size, scheme)  # type: ignore[arg-type]
    stage = awake(page)
    name = stage.locator(".memory-name")
    expect(name).to_have_text("This is picture 0.")
    stage.get_by_role("button", name="Damage").click()
    expect(name).to_contain_text("Most like picture 0")
    stage.get_by_role("button", name="At once").click()
    expect(name).to_have_text("This is picture 0.")
    is_done(page, "Damage the heart")
    stage.get_by_role("button", name="Cover half").click()
    expect(name).to_contain_text("Nothing is known")
    stage.get_by_role("button", name="At once").click()
    is_done(page, "Cover the lower half")
    stage.get_by_role("button", name="Reverse").click()
    stage.get_by_role("button", name="At once").click()
    is_done(page, "the memory that was never stored")
    stage.get_by_role("button", name="Put picture 2 on the grid").click()
    expect(name).to_have_text("This is picture 2.")

    corner = stage.locator(".memory-cell").first
    corner.focus()
    page.keyboard.press("Space")
    expect(corner).to_have_class("memory-cell on")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Space")
    second = stage.locator(".memory-cell").nth(1)
    expect(second).to_have_class("memory-cell on")
    expect(second).to_be_focused()
    expect(second).to_have_accessible_name("row 0, column 1, on")

    last = stage.locator(".memory-cell").nth(90)
    last.scroll_into_view_if_needed()
    box = last.bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + 5, box["y"] + 5)
    page.mouse.down()
    page.mouse.move(box["x"] + 2.5 * box["width"], box["y"] + 5, steps=12)
    page.mouse.up()
    for place in (90, 91, 92):
        expect(stage.locator(".memory-cell").nth(place)).to_have_class("memory-cell on")
    stage.get_by_role("button", name="Weights").click()
    expect(stage.locator(".memory-listened")).to_contain_text("row 9, column 0")
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    axe(page)


def test_a_loss_surface_by_keyboard_and_mouse(pages: Pages, axe: Callable[[Page], None]) -> None:
    page = pages.open("lessons/regression")
    stage = awake(page)
    says = stage.locator(".surface-panel .panel-says")
    expect(says).to_have_text(re.compile("slope .1, intercept 1: a loss of 5.15"))
    stage.locator(".surface-plot").focus()
    for _ in range(3):
        page.keyboard.press("ArrowRight")
    expect(says).to_contain_text(re.compile("slope .0.82, intercept 1"))
    slider = stage.get_by_role("slider", name="Slope")
    slider.fill("0.9")
    expect(says).to_contain_text("slope 0.9")
    stage.get_by_role("slider", name="Intercept").fill("-1.8")
    is_done(page, "Do it by hand first")
    picture = stage.locator(".surface-plot .plane")
    box = picture.bounding_box()
    assert box is not None
    page.mouse.click(box["x"] + 0.3 * box["width"], box["y"] + 0.3 * box["height"])
    expect(says).not_to_contain_text("slope 0.9,")
    axe(page)


def test_activations_follow_the_choice(pages: Pages, axe: Callable[[Page], None]) -> None:
    page = pages.open("lessons/activations")
    stage = awake(page)
    panel = stage.locator(".functions-panel")
    expect(panel.locator("h3")).to_have_text("Activation of dense_1: linear")
    expect(panel.locator("tbody tr")).to_have_count(4)
    stage.get_by_label("Activation of the hidden units").last.select_option("tanh")
    expect(panel.locator("h3")).to_have_text("Activation of dense_1: tanh")
    roof = awake(page, 2)
    expect(roof.locator(".line-panel .panel-says")).to_contain_text("bends, at")
    axe(page)


def test_a_race_is_not_told_of_other_data(pages: Pages) -> None:
    page = opened(pages, "workbench")
    page.get_by_role("tab", name="Race").click()
    panel = page.locator(".race-panel")
    panel.get_by_label("How many epochs they run").fill("2")
    panel.get_by_role("button", name="Race", exact=True).click()
    said = panel.locator(".panel-says")
    expect(said).to_contain_text("From step 0 on moons: ")
    expect(panel.locator("tbody tr")).to_have_count(4)
    ask(page, "ChangeScene", fields={"source": {"source": "Sample", "name": "diabetes"}})
    expect(said).to_have_text("")
    expect(panel.locator("table")).to_be_hidden()
    ask(page, "Undo")
    expect(said).to_contain_text("From step 0 on moons: ")
    expect(panel.locator("table")).to_be_visible()


@pytest.mark.parametrize("size", ["desk", "phone"])
def test_a_race(pages: Pages, axe: Callable[[Page], None], size: str) -> None:
    page = pages.open("lessons/optimizers", size)  # type: ignore[arg-type]
    stage = awake(page, 1)
    panel = stage.locator(".race-panel")
    panel.get_by_role("button", name="Race").click()
    expect(panel.locator("tbody tr")).to_have_count(4)
    expect(panel.locator(".panel-says")).to_contain_text(
        "From step 0 on moons: Adam, rate 0.1 wins"
    )
    is_done(page, "Race all four")
    panel.get_by_label("Learning rate of runner 1").select_option("1")
    panel.get_by_label("Learning rate of runner 4").select_option("0.0001")
    for runner in (2, 3):
        panel.get_by_label(f"Runner {runner} takes part").uncheck()
    panel.get_by_role("button", name="Race").click()
    expect(panel.locator("tbody tr")).to_have_count(2)
    is_done(page, "Be a bad scientist")
    for runner in (4, 3, 2):
        panel.get_by_role("button", name=f"Take runner {runner} out").click()
    panel.get_by_role("button", name="Race").click()
    expect(panel.locator(".panel-says")).to_contain_text("at least two runners")
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    axe(page)
