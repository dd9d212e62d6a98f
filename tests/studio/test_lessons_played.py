"""Every lesson, played on its page to its end: each try done, each question answered, all marked.

What a try's solution does with weights and learning alone is done by the page's own means; for the
others it stands here what a reader presses.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest

from pellucid.lessons import path
from pellucid.lessons.handwriting import THREE
from pellucid.lessons.lesson import Lesson, Question, Stage, Try
from pellucid.lessons.overfitting import best
from pellucid.scene.benches import bench_of
from tests.studio.playing import status
from tests.studio.reader import Reader

if TYPE_CHECKING:
    from tests.studio.watched import Pages

pytestmark = pytest.mark.browser


def third_unit(reader: Reader) -> None:
    reader.press("One unit more in hidden layer 1")
    reader.play()


def recall(reader: Reader, *pressed: str) -> None:
    reader.press("Put picture 0 on the grid")
    for name in pressed:
        reader.press(name)
    reader.press("At once")


def draw_and_store(reader: Reader) -> None:
    reader.press("Clear")
    reader.page.wait_for_timeout(200)
    cells = reader.box.locator(".memory-cell")
    side = round(cells.count() ** 0.5)
    for place in range(side):
        for column in {place, side - 1 - place}:
            cells.nth(place * side + column).click()
    reader.press("Store this picture")


def damaged_own(reader: Reader) -> None:
    reader.box.get_by_role("button", name="Put picture", exact=False).last.click()
    reader.press("Damage")
    reader.press("At once")


def by_another_rule(reader: Reader) -> None:
    reader.choose("Stored by", "storkey")
    recall(reader, "Cover half")


def with_rate(rate: float, steps: int | None = None) -> Callable[[Reader], None]:
    def do(reader: Reader) -> None:
        reader.restart()
        reader.rate(rate)
        reader.play(steps)

    return do


def bent(reader: Reader) -> None:
    reader.choose("Activation of the hidden units", "tanh")
    reader.play()


def with_momentum(reader: Reader) -> None:
    reader.restart()
    reader.choose("Optimizer", "momentum")
    reader.rate(0.05)
    reader.play(40)


def race(reader: Reader) -> None:
    reader.press("Race")


def unfair_race(reader: Reader) -> None:
    reader.choose("Learning rate of runner 1", "1")
    reader.choose("Learning rate of runner 4", "0.001")
    for place in (2, 3):
        reader.box.get_by_role("checkbox", name=f"Runner {place} takes part").uncheck()
    reader.press("Race")


def draw_a_three(reader: Reader) -> None:
    paper = reader.box.locator(".digit-paper")
    paper.scroll_into_view_if_needed()
    room = paper.bounding_box()
    assert room is not None
    for k, (x, y) in enumerate(THREE[0]):
        reader.page.mouse.move(room["x"] + x * room["width"], room["y"] + y * room["height"])
        if k == 0:
            reader.page.mouse.down()
    reader.page.mouse.up()


def look_at_a_mistake(reader: Reader) -> None:
    reader.to_end()
    reader.box.locator(".matrix .cell.miss").first.click()
    reader.box.locator(".case").first.click()


def next_until_done(reader: Reader) -> None:
    reader.to_end()
    for _ in range(60):
        if "done" in (reader.attempt.get_attribute("class") or ""):
            return
        chosen = status(reader.page)["chosen"]
        reader.press("The next row")
        reader.wait("(chosen) => session.status.chosen !== chosen", chosen)
        reader.page.wait_for_timeout(40)


def knock_maps_out(reader: Reader) -> None:
    for place in range(6):
        reader.button(f"Map {place} of conv2d_1").click()
        reader.press("Knock this map out")
        reader.page.wait_for_timeout(200)


def rewind(reader: Reader) -> None:
    reader.to_end()
    twin = bench_of(reader.stage.scene, None)
    twin.to_end()
    reader.slide("Go to any step", best(twin)[0])


def drop(reader: Reader) -> None:
    reader.slide("Dropout", 0.3)
    reader.to_end()


def torn(reader: Reader) -> None:
    reader.box.locator(".map-more summary").click()
    facts = reader.lesson.computed()
    reader.write("First radius", f"{facts['small_radius']:g}")
    reader.write("Last radius", f"{facts['small_last']:g}")
    reader.to_end()


def penalised(reader: Reader) -> None:
    strength = reader.lesson.computed()["strength"]
    reader.write("L1, on their size", f"{strength:g}")
    reader.restart()
    reader.to_end()


def another_start(reader: Reader) -> None:
    reader.press("Another start")
    reader.to_end()


def another_table(reader: Reader) -> None:
    reader.choose("Data", "wine")
    reader.play()


HANDS: dict[tuple[int, int], Callable[[Reader], None]] = {
    (5, 5): third_unit,
    (7, 1): lambda reader: recall(reader, "Damage"),
    (7, 2): lambda reader: recall(reader, "Cover half"),
    (7, 3): lambda reader: recall(reader, "Reverse"),
    (7, 4): draw_and_store,
    (7, 5): damaged_own,
    (7, 6): by_another_rule,
    (8, 3): with_rate(0.15),
    (8, 4): with_rate(0.2),
    (8, 5): with_rate(0.5, 1),
    (9, 2): bent,
    (12, 2): with_momentum,
    (12, 3): race,
    (12, 4): unfair_race,
    (13, 2): draw_a_three,
    (13, 3): look_at_a_mistake,
    (14, 2): next_until_done,
    (14, 3): knock_maps_out,
    (15, 2): rewind,
    (15, 3): drop,
    (16, 1): Reader.play,
    (16, 2): torn,
    (16, 3): Reader.to_end,
    (17, 2): penalised,
    (18, 2): next_until_done,
    (18, 3): another_start,
    (18, 4): another_table,
}
"""What is pressed for the tries whose solution is more than weights and learning."""


@pytest.mark.parametrize("lesson", path(), ids=lambda lesson: lesson.slug)
def test_a_lesson_to_its_end(pages: Pages, lesson: Lesson) -> None:
    reader = Reader(pages, lesson)
    stages = tries = questions = 0
    for part in lesson.parts:
        if isinstance(part, Stage):
            stages += 1
        elif isinstance(part, Try):
            tries += 1
            reader.go(stages)
            reader.begin(tries)
            hand = HANDS.get((lesson.number, tries))
            hand(reader) if hand else reader.solve(part)
            reader.done()
        elif isinstance(part, Question):
            questions += 1
            reader.answer(questions)
    reader.page.get_by_role("link", name="All lessons").first.click()
    stops = reader.page.locator(".path .stop")
    stops.nth(lesson.number - 1).locator(".count.done").wait_for()
    assert reader.page.locator(".path .count.done").count() == 1


def test_each_hand_is_of_a_try() -> None:
    tries = {(one.number, k + 1) for one in path() for k in range(len(one.tries()))}
    assert set(HANDS) <= tries
    assert all(attempt.solve is not None for one in path() for _, attempt in one.tries())
