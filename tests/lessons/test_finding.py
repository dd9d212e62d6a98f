"""What is said of lessons, questions and facts that are not there, and what is loaded when."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from typing import Any

import pytest

from pellucid.errors import DataError, ParameterError, UnknownNameError
from pellucid.lessons import Lesson, Question, Stage, Text, Try, find, path
from pellucid.lessons.finding import is_written
from pellucid.lessons.lesson import filled
from pellucid.lessons.markup import blocks, unmarked
from pellucid.lessons.record import answered, try_of
from pellucid.lessons.staging import bench_of, scene_record


def message(call: Callable[..., Any], *given: Any) -> str:
    with pytest.raises((DataError, ParameterError, UnknownNameError)) as caught:
        call(*given)
    return str(caught.value)


def test_the_nearest_name_is_suggested() -> None:
    known = ", ".join(sorted(lesson.slug for lesson in path()))
    assert message(find, "neurn") == (
        f"There is no lesson 'neurn'. Did you mean 'neuron'? Known: {known}."
    )


def test_every_lesson_is_found_by_its_text_alone() -> None:
    assert [lesson.slug for lesson in path() if not is_written(lesson.slug)] == []
    assert [lesson.number for lesson in path() if not is_written(lesson.number)] == []
    assert not is_written("nueron")
    assert not is_written("")


def test_an_unknown_question() -> None:
    assert message(answered, find("neuron"), "question-9", 1).startswith(
        "There is no question 'question-9'."
    )


@pytest.mark.parametrize("given", ["0.7", None, True])
def test_an_answer_is_a_number(given: object) -> None:
    assert message(answered, find("neuron"), "question-1", given) == (
        f"An answer is a number, got {given!r}. Write one."
    )


def test_a_choice_that_is_not_there() -> None:
    assert message(answered, find("neuron"), "question-2", 7) == (
        "The question has 4 answers to choose from, counted from 0, got 7. Choose one of them."
    )


def test_an_unknown_try() -> None:
    assert message(try_of, find("neuron"), "try-99").startswith(
        "There is no thing to try 'try-99'."
    )


def test_a_fact_that_is_not_computed() -> None:
    assert message(filled, "It is {height}.", {}) == (
        "The lesson speaks of 'height', and computes no such fact."
    )


def test_a_text_that_cannot_be_filled() -> None:
    assert message(filled, "It is {height:.2f}.", {"height": "tall"}).startswith(
        "A text of the lesson cannot be filled in: "
    )


def test_a_stage_of_nothing() -> None:
    expected = "A stage shows a Scene, or a thing with to_record() and bench(), got 7."
    assert message(scene_record, Stage(7)) == expected
    assert message(bench_of, Stage(7)) == expected


def test_a_try_before_any_stage() -> None:
    lesson = Lesson(99, "odd", "Odd", 5, "No.", (Try("Do it.", bool),))
    assert message(lesson.tries) == "Lesson odd has a thing to try before any stage."


def test_a_wrong_answer_gets_the_hint_or_the_reason() -> None:
    with_hint = Question("?", lambda facts: 1, "Because.", hint="Look.")
    without = Question("?", lambda facts: 1, "Because.")
    assert (with_hint.said(2, {}), with_hint.said(1, {})) == ("Look.", "Because.")
    assert without.said(2, {}) == "Because."


def test_facts_are_computed_once() -> None:
    counted: list[int] = []

    def facts() -> dict[str, int]:
        counted.append(1)
        return {"n": 1}

    lesson = Lesson(99, "odd", "Odd", 5, "No.", (Text("{n}"),), facts)
    assert lesson.computed() is lesson.computed()
    assert counted == [1]


def test_marks() -> None:
    paragraph, points, lines = blocks(
        """
        A *sum* of
        `x` is $z = w x$.

        - one
          and more
        - two

            z = 1
              = 2
        """
    )
    assert [(span.kind, span.text) for span in paragraph.items[0]] == [
        ("plain", "A "), ("emphasis", "sum"), ("plain", " of "), ("code", "x"), ("plain", " is "),
        ("formula", "z = w x"), ("plain", "."),
    ]  # fmt: skip
    assert points.kind == "list"
    assert [item[0].text for item in points.items] == ["one and more", "two"]
    assert lines.kind == "lines"
    assert [item[0].text for item in lines.items] == ["z = 1", "  = 2"]
    assert unmarked("a *b* $c$") == "a b c"


def test_a_star_between_numbers_is_no_mark() -> None:
    assert unmarked("2 * 3 is *not* 4 * 5") == "2 * 3 is not 4 * 5"


def test_lessons_are_loaded_when_they_are_asked_for() -> None:
    code = (
        "import sys, pellucid, pellucid.lessons;"
        "print([n for n in sys.modules if n.startswith('pellucid.lessons.') or n == 'numpy'])"
    )
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert found.stdout.strip() == "[]"
