"""What holds for every lesson there is, found by introspection."""

from __future__ import annotations

import json
import re
import string
from pathlib import Path

import pytest

from pellucid.lessons import Lesson, Question, Stage, Text, Try, find, path
from pellucid.lessons.lesson import filled
from pellucid.lessons.markup import blocks, spans
from pellucid.lessons.record import answered, heading, lesson_to_record
from pellucid.lessons.staging import bench_of, scene_record
from pellucid.scene.scene import scene_from_record, scene_to_record

LESSONS = path()
WORDS_A_MINUTE = 200
MINUTES = {Stage: 0.5, Text: 0.0, Try: 0.6, Question: 0.5}

every_lesson = pytest.mark.parametrize(
    "lesson", [pytest.param(lesson, id=lesson.slug) for lesson in LESSONS]
)
every_try = pytest.mark.parametrize(
    ("stage", "attempt"),
    [
        pytest.param(stage, attempt, id=f"{lesson.slug}-{place}")
        for lesson in LESSONS
        for place, (stage, attempt) in enumerate(lesson.tries(), 1)
    ],
)
every_question = pytest.mark.parametrize(
    ("lesson", "place"),
    [
        pytest.param(lesson, place, id=f"{lesson.slug}-{place}")
        for lesson in LESSONS
        for place in range(1, len(lesson.questions()) + 1)
    ],
)


def texts(lesson: Lesson) -> list[str]:
    """All that is read in a lesson, as it is written."""
    found: list[str] = []
    for part in lesson.parts:
        match part:
            case Text():
                found.append(part.body)
            case Stage():
                found.append(part.caption)
            case Try():
                found += [part.what, part.hint]
            case Question():
                found += [part.asks, *part.choices, part.why, part.hint]
    return found


def test_the_path_is_in_order() -> None:
    numbers = [lesson.number for lesson in LESSONS]
    assert numbers == sorted(set(numbers)) and numbers[0] == 1
    assert len({lesson.slug for lesson in LESSONS}) == len(LESSONS) > 0


@every_lesson
def test_it_is_in_the_documents(lesson: Lesson) -> None:
    page = (Path(__file__).parents[2] / "docs" / "lessons.md").read_text("utf-8")
    row = f"| {lesson.number} | `{lesson.slug}` | {lesson.title} | {lesson.goal} |"
    assert row in page, row


@every_lesson
def test_every_claim_holds(lesson: Lesson) -> None:
    assert lesson.holds
    failed = [one.claim for one in lesson.holds if not one.check(lesson.computed())]
    assert failed == []


@every_lesson
def test_no_number_stands_in_a_text(lesson: Lesson) -> None:
    for text in [lesson.title, lesson.goal, *texts(lesson)]:
        plain = "".join(piece for piece, *_ in string.Formatter().parse(text))
        assert re.search(r"(?<![A-Za-z_])\d", plain) is None, plain


@every_lesson
def test_titles_and_goals_need_no_facts(lesson: Lesson) -> None:
    assert "{" not in lesson.title + lesson.goal
    assert lesson.goal.endswith(".") and not lesson.title.endswith(".")
    assert heading(lesson)["slug"] == lesson.slug


@every_lesson
def test_each_text_is_filled_and_its_marks_are_closed(lesson: Lesson) -> None:
    for text in texts(lesson):
        whole = filled(text, lesson.computed())
        assert "nan" not in whole.lower().split() and "{" not in whole
        for block in blocks(whole):
            if block.kind == "lines":
                assert all(len(span.text) <= 74 for item in block.items for span in item)
                continue
            for span in (span for item in block.items for span in item if span.kind == "plain"):
                assert re.search(r"[`$]|\*\S|\S\*", span.text) is None, span.text


@every_lesson
def test_it_takes_as_long_as_it_says(lesson: Lesson) -> None:
    words = sum(len(filled(text, lesson.computed()).split()) for text in texts(lesson))
    minutes = words / WORDS_A_MINUTE + sum(MINUTES[type(part)] for part in lesson.parts)
    assert 5 <= lesson.minutes <= 10
    assert abs(minutes - lesson.minutes) <= 3, minutes


@every_lesson
def test_there_is_something_to_see_to_do_and_to_answer(lesson: Lesson) -> None:
    assert isinstance(lesson.parts[0], Text)
    assert lesson.stages() and lesson.tries() and lesson.questions()
    for stage in lesson.stages():
        assert stage.caption and stage.shows


@every_lesson
def test_scenes_come_back_from_their_records(lesson: Lesson) -> None:
    for stage in lesson.stages():
        record = json.loads(json.dumps(scene_record(stage)))
        again = scene_from_record(record)
        assert again == stage.scene
        assert scene_to_record(again) == record


@every_lesson
def test_the_page_gets_all_but_the_answers(lesson: Lesson) -> None:
    record = lesson_to_record(lesson)
    assert json.loads(json.dumps(record)) == record
    assert [part["part"] for part in record["parts"]] == [
        type(part).__name__.lower() for part in lesson.parts
    ]
    assert len({part["id"] for part in record["parts"]}) == len(lesson.parts)
    asked = [part for part in record["parts"] if part["part"] == "question"]
    assert all(set(part) == {"part", "id", "asks", "choices"} for part in asked)


@every_try
def test_it_is_not_done_before_and_done_after(stage: Stage, attempt: Try) -> None:
    assert attempt.hint and attempt.solve is not None
    bench = bench_of(stage)
    assert not attempt.until(bench)
    attempt.solve(bench)
    assert attempt.until(bench)
    # the page asks all tries of a stage after each change, whatever was done before
    own = [other for lesson in LESSONS for at, other in lesson.tries() if at is stage]
    assert attempt in own and all(isinstance(other.until(bench), bool) for other in own)


@every_question
def test_the_right_answer_is_taken_and_no_other(lesson: Lesson, place: int) -> None:
    question, facts = lesson.questions()[place - 1], lesson.computed()
    name, right = f"question-{place}", float(question.answer(facts))
    why = [{"kind": span.kind, "text": span.text} for span in spans(filled(question.why, facts))]
    assert answered(lesson, name, right) == {"right": True, "said": why}
    if question.choices:
        assert right in range(len(question.choices)) and len(set(question.choices)) > 1
        wrong = [float(k) for k in range(len(question.choices)) if k != right]
    else:
        wrong = [right + 2 * question.margin, right - 2 * question.margin, -right or 1.0]
    for given in wrong:
        found = answered(lesson, name, given)
        assert not found["right"] and found["said"]


def test_lessons_are_found_by_number_and_name() -> None:
    for lesson in LESSONS:
        assert (
            find(lesson.number) is find(str(lesson.number)) is find(lesson.slug.upper()) is lesson
        )
