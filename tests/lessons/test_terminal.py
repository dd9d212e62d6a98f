"""Each lesson in a terminal: printed whole, or played by typing."""

from __future__ import annotations

import io
import re
import subprocess
import sys

import pytest

from pellucid.lessons import Lesson, find, path
from pellucid.lessons.lesson import Question
from pellucid.lessons.terminal import show

every_lesson = pytest.mark.parametrize(
    "lesson", [pytest.param(lesson, id=lesson.slug) for lesson in path()]
)


def printed(lesson: Lesson, typed: str | None = None, width: int = 80) -> str:
    stream = io.StringIO()
    show(
        lesson, asks=typed is not None, stream=stream, answers=io.StringIO(typed or ""),
        width=width,
    )  # fmt: skip
    return stream.getvalue()


@every_lesson
def test_it_is_printed_whole_in_80_columns(lesson: Lesson) -> None:
    text = printed(lesson)
    assert max(map(len, text.split("\n"))) <= 80
    assert f"Lesson {lesson.number}: {lesson.title}" in text
    assert text.count("Try: ") == len(lesson.tries())
    assert text.count("Question: ") == text.count("Answer: ") == len(lesson.questions())
    assert text.count("On the stage") == len(lesson.stages())
    assert "{" not in text and "\033" not in text


@every_lesson
def test_right_answers_are_taken(lesson: Lesson) -> None:
    text = printed(lesson, "".join(f"{line}\n" for line in _typed(lesson)))
    assert text.count("Right. ") == len(lesson.questions())
    assert "Not yet. " not in text


@every_lesson
def test_one_can_go_straight_through(lesson: Lesson) -> None:
    text = printed(lesson, "\n" * 99)
    assert "Right. " not in text and "Done, it looks like this" not in text
    assert printed(lesson, "") == text  # whoever types has gone


def _typed(lesson: Lesson) -> list[str]:
    """Solve for every try, the right answer to every question."""
    lines = []
    for part in lesson.parts:
        if isinstance(part, Question):
            right = float(part.answer(lesson.computed()))
            lines.append(repr(right + 1 if part.choices else right))
        elif type(part).__name__ == "Try":
            lines.append("solve")
    return lines


def test_a_try_is_played_by_typing() -> None:
    typed = ["help", "hint", "b = -0.2", "b = 0", "w1 = 1.2", "W2=0", "b = -0,25", *[""] * 9]
    text = printed(find("neuron"), "\n".join(typed))
    assert "restart, undo" in text
    assert "No key must still be too little." in text
    assert text.count("That is it.") == 2
    assert "y = 1 if -0.5 + 1.2 x1 + 0.6 x2 >= 0.5, else 0" in text
    assert "y = sigmoid(-0.25 + 0.6 x1)" in text


def test_wrong_typing_is_told_and_does_nothing() -> None:
    typed = ["w9 = 1", "w1 = much", "import os", "units 3", "dense_7.bias[0] = 1", ""]
    text = re.sub(r"\s+", " ", printed(find("neuron"), "\n".join(typed)))
    assert "dense_1.weight is [2, 1] finite numbers, got 1.0 at [8, 0]." in text
    assert "w1 takes a number, got 'much'. Write w1 = 0.5." in text
    assert "'import os' is nothing that can be done here. Type help." in text
    assert "There is no hidden layer of units here. Type help." in text
    assert "There is no parameter 'dense_7.bias'." in text
    assert "That is it." not in text


def test_a_network_of_several_units_takes_full_names() -> None:
    typed = [
        "w1 = 0.6", "w2 = 0.6", "b = 0", "play",  # the two tries of the single neuron
        "w1 = -0.6", "dense_1.weight[1, 0] = -0.6", "dense_1.bias[0] = 1.5", "w1 = 1", "play",
        "units 3", "play",
    ]  # fmt: skip
    text = re.sub(r"\s+", " ", printed(find("xor"), "\n".join(typed)))
    assert "w1 could be several numbers here: the network has more than one unit." in text
    assert text.count("That is it.") == 5


def test_steps_and_going_back() -> None:
    text = printed(find("mistakes"), "step 3\nrestart\nstep\nstep 2\nplay\n")
    assert text.count("(no mistake yet)") >= 1
    assert "That is it." in text


def test_a_wrong_answer_gets_a_hint_and_another_go() -> None:
    typed = ["", "", "", "99", "seven", "0,7", "1", "3"]
    text = re.sub(r"\s+", " ", printed(find("neuron"), "\n".join(typed)))
    assert "Not yet. Start from the bias." in text
    assert "An answer is a number." in text
    assert text.count("Right. ") == 2


def test_a_terminal_of_few_characters_gets_those() -> None:
    raw = io.BytesIO()
    stream = io.TextIOWrapper(raw, encoding="ascii")
    show(find("mistakes"), asks=False, stream=stream, answers=io.StringIO(), width=80)
    stream.flush()
    text = raw.getvalue().decode("ascii")
    assert "loss" in text and "step  3" in text


def test_a_reader_that_has_seen_enough() -> None:
    code = "from pellucid.lessons import find, terminal; terminal.show(find('neuron'))"
    whole = subprocess.Popen(
        [sys.executable, "-c", code],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, stdin=subprocess.DEVNULL, text=True,
    )  # fmt: skip
    assert whole.stdout is not None and whole.stderr is not None
    whole.stdout.readline()
    whole.stdout.close()
    assert whole.stderr.read() == ""
    assert whole.wait() == 0
    whole.stderr.close()


def test_a_narrow_terminal() -> None:
    assert max(map(len, printed(find("neuron"), width=60).split("\n"))) <= 60
