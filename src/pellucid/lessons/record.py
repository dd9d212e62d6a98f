"""A lesson as JSON values for the page, and what the page asks of it.

Facts are written into the texts, marks are read. Answers stay here: the page gives one to
``answered``. Things to try and questions go by ids: try-1, question-1, ..., in their order.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pellucid.errors import DataError, ParameterError, unknown_name
from pellucid.lessons.lesson import Facts, Lesson, Part, Question, Stage, Text, Try, filled
from pellucid.lessons.markup import blocks, spans
from pellucid.lessons.staging import scene_record

VERSION = 1


def lesson_to_record(lesson: Lesson) -> dict[str, Any]:
    """A lesson, with its facts written in and without the answers to its questions."""
    facts = lesson.computed()
    counts: dict[str, int] = {}
    parts = []
    for part in lesson.parts:
        kind = type(part).__name__.lower()
        counts[kind] = counts.get(kind, 0) + 1
        record: dict[str, Any] = {"part": kind, "id": f"{kind}-{counts[kind]}"}
        if isinstance(part, Try):
            record["stage"] = f"stage-{counts['stage']}"
        parts.append({**record, **_fields(part, facts)})
    return {"version": VERSION, **heading(lesson), "parts": parts}


def heading(lesson: Lesson) -> dict[str, Any]:
    """What a list of lessons shows of one; nothing is computed."""
    return {
        "number": lesson.number,
        "slug": lesson.slug,
        "title": lesson.title,
        "minutes": lesson.minutes,
        "goal": lesson.goal,
    }


def try_of(lesson: Lesson, name: str) -> tuple[Stage, Try]:
    """A thing to try, by its id, with the stage it is done on.

    Raises: ``UnknownNameError``.
    """
    tries = {f"try-{place}": found for place, found in enumerate(lesson.tries(), 1)}
    if name not in tries:
        raise unknown_name("thing to try", name, tries)
    return tries[name]


def tries_on(lesson: Lesson, stage: Stage) -> dict[str, Try]:
    """What there is to do on a stage, by id."""
    return {
        f"try-{place}": attempt
        for place, (own, attempt) in enumerate(lesson.tries(), 1)
        if own is stage
    }


def answered(lesson: Lesson, name: str, given: Any) -> dict[str, Any]:
    """Whether an answer to a question is right, and what is said to it.

    Parameters:
        name: the question's id.
        given: the place of a choice, from 0, or a number.
    Returns: ``{"right": ..., "said": spans}``.
    Raises: ``UnknownNameError``; ``ParameterError`` for what is no answer.
    """
    questions = {f"question-{place}": one for place, one in enumerate(lesson.questions(), 1)}
    if name not in questions:
        raise unknown_name("question", name, questions)
    question, facts = questions[name], lesson.computed()
    if isinstance(given, bool) or not isinstance(given, int | float):
        raise ParameterError(f"An answer is a number, got {given!r:.40}. Write one.")
    if question.choices and given not in range(len(question.choices)):
        raise ParameterError(
            f"The question has {len(question.choices)} answers to choose from, counted from 0, "
            f"got {given!r}. Choose one of them."
        )
    return {"right": question.is_right(given, facts), "said": _line(question.said(given, facts))}


def _fields(part: Part, facts: Facts) -> Mapping[str, Any]:
    if isinstance(part, Text):
        return {"blocks": [block.to_record() for block in blocks(filled(part.body, facts))]}
    if isinstance(part, Stage):
        return {
            "scene": scene_record(part),
            "shows": list(part.shows),
            "caption": _line(filled(part.caption, facts)),
            "pace": part.pace,
            "controls": list(part.controls),
        }
    if isinstance(part, Try):
        return {
            "what": _line(filled(part.what, facts)),
            "hint": _line(filled(part.hint, facts)),
        }
    if isinstance(part, Question):
        return {
            "asks": _line(filled(part.asks, facts)),
            "choices": [_line(filled(choice, facts)) for choice in part.choices],
        }
    raise DataError(f"A part of a lesson is a Text, Stage, Try or Question, got {part!r:.60}.")


def _line(text: str) -> list[dict[str, str]]:
    return [{"kind": span.kind, "text": span.text} for span in spans(text)]
