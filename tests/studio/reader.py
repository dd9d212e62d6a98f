"""One who reads a lesson on its page: goes to its stages, plays, does what there is to try."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from pellucid.scene.acts import Edit, Learn
from pellucid.scene.benches import bench_of
from pellucid.scene.scene import Scene
from tests.studio.playing import ask, calm, go_on, opened, status

if TYPE_CHECKING:
    from playwright.sync_api import Locator

    from pellucid.lessons.lesson import Lesson, Stage, Try
    from tests.studio.watched import Pages

FEW = 5
"""So many steps are taken one by one."""
PACES = ((60, "30 steps a second"), (400, "100 steps a second"), (3000, "1,000 steps a second"))
SET = """(one, value) => {
  one.value = value;
  for (const name of ["input", "change"]) one.dispatchEvent(new Event(name, {bubbles: true}));
}"""


class Reader:
    """Plays a lesson on its page: presses what a reader would press.

    Numbers are given to weights by the page's session, where the stage lets them be given.
    """

    def __init__(self, pages: Pages, lesson: Lesson) -> None:
        self.lesson = lesson
        self.page = opened(pages, f"lessons/{lesson.number}", calm(pages.blank()))
        self.page.locator(".stage .playbar").first.wait_for()
        self.place = 0
        self.attempt: Locator = self.page.locator(".try").first

    # --- where

    @property
    def stage(self) -> Stage:
        """The stage that is played on."""
        return self.lesson.stages()[self.place - 1]

    @property
    def box(self) -> Locator:
        """Its part of the page."""
        return self.page.locator(".stage").nth(self.place - 1)

    def go(self, place: int) -> None:
        """Play on a stage from now on."""
        self.place = place
        go_on(self.page, place - 1)
        self.wait("(place) => session.status.stage === `stage-${place}`", place)

    def wait(self, condition: str, given: Any = None) -> None:
        """Wait until the page sees that something holds."""
        self.page.wait_for_function(condition, arg=given, timeout=60_000)

    # --- what is pressed

    def button(self, name: str, *, exact: bool = True) -> Locator:
        """A button of the stage."""
        return self.box.get_by_role("button", name=name, exact=exact)

    def press(self, name: str) -> None:
        """Press it."""
        self.button(name).click()

    def slide(self, name: str, value: float) -> None:
        """Drag a slider of the stage."""
        self.box.get_by_role("slider", name=name).evaluate(SET, str(value))
        self.page.wait_for_timeout(300)

    def choose(self, name: str, value: str) -> None:
        """Choose from a list of the stage."""
        self.box.get_by_role("combobox", name=name).select_option(value)
        self.page.wait_for_timeout(300)

    def write(self, name: str, value: str) -> None:
        """Write into a field of the stage."""
        field = self.box.get_by_label(name)
        field.fill(value)
        field.press("Tab")
        self.page.wait_for_timeout(300)

    def restart(self) -> None:
        """Back to the start."""
        self.press("Back to the start")
        self.wait("() => session.status.step === session.status.first")

    def rate(self, value: float) -> None:
        """Choose the learning rate next to this one that the slider has."""
        from math import log10

        self.slide("Learning rate", round(log10(value), 1))

    def edit(self, parameter: str, place: Any, value: float) -> None:
        """Give a weight or bias another value, where that can be done."""
        assert "weights" in self.stage.controls
        ask(self.page, "EditWeight", parameter=parameter, place=list(place), value=value)

    # --- learning

    def play(self, steps: int | None = None, *, whole: bool = False) -> None:
        """Play until it is done, or all is learned, or so many steps were taken.

        Parameters:
            whole: go on to the end, though it is done.
        """
        if steps is not None and steps <= FEW:
            for _ in range(steps):
                self.press("One step")
            self.page.wait_for_timeout(300)
            return
        pace = next((name for most, name in PACES if (steps or 10**6) <= most), "full speed")
        speed = self.box.get_by_role("combobox", name="Speed")
        speed.select_option(pace)
        before = status(self.page)["step"]
        self.press("Play")
        goal = before + steps if steps is not None else None
        self.page.wait_for_function(
            """([before, goal, early]) => {
              const { playing, step } = session.status;
              const found = document.querySelector(".try[data-tried]")?.classList.contains("done");
              return step > before && (!playing || (goal === null ? early && found
                : step >= goal || (early && found)));
            }""",
            arg=[before, goal, not whole],
            timeout=60_000,
        )
        self.box.locator(".play").evaluate("(one) => session.status.playing && one.click()")
        self.button("Play").wait_for()

    def to_end(self) -> None:
        """Play until all is learned."""
        self.play(whole=True)

    # --- what is to be done

    def begin(self, place: int) -> None:
        """Look at a thing to try."""
        self.attempt = self.page.locator(".try").nth(place - 1)
        self.page.evaluate(
            """(place) => document.querySelectorAll(".try").forEach((one, k) =>
              k === place - 1 ? (one.dataset.tried = "now") : delete one.dataset.tried)""",
            place,
        )

    def solve(self, attempt: Try) -> None:
        """Do what its solution does: from the start, weights and learning alone."""
        assert isinstance(self.stage.scene, Scene) and attempt.solve is not None
        twin = bench_of(self.stage.scene, None)
        before = list(twin.played().acts)
        attempt.solve(twin)
        acts = [act for act in twin.played().acts if act not in before]
        self.restart()
        for act in acts:
            if isinstance(act, Edit):
                self.edit(act.parameter, act.place, act.value)
            else:
                assert isinstance(act, Learn), act
                self.play(act.steps)

    def done(self) -> None:
        """See its check mark."""
        self.attempt.and_(self.page.locator(".done")).wait_for()
        assert self.attempt.get_by_role("status").text_content() == "Done"

    # --- questions

    def answer(self, place: int) -> None:
        """Answer a question wrongly, see the hint; rightly, see the mark."""
        question, facts = self.lesson.questions()[place - 1], self.lesson.computed()
        box = self.page.locator(".question").nth(place - 1)
        right = float(question.answer(facts))
        wrong = right + 20 * question.margin + 1
        if question.choices:
            wrong = (right + 1) % len(question.choices)
        for given, look in ((wrong, "wrong"), (right, "right")):
            if question.choices:
                box.get_by_role("radio").nth(int(given)).check()
            else:
                box.get_by_role("textbox").fill(f"{given:.10g}")
            box.get_by_role("button", name="Check").click()
            said = box.locator(f".said.{look}")
            said.wait_for()
            assert plain(question.said(given, facts)) in plain(said.inner_text())
            assert ("done" in (box.get_attribute("class") or "")) == (look == "right")


def plain(text: str) -> str:
    """Words without marks and spaces."""
    return re.sub(r"[\s*`$]+", "", text)
