"""A lesson as a Jupyter notebook: the same text, and cells that do with the library what it says.

The file is JSON of the public format, version 4.5; nothing but the standard library writes it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from os import PathLike
from typing import Any

from pellucid.io.files import write_whole
from pellucid.lessons.lesson import Facts, Lesson, Question, Stage, Text, Try, filled
from pellucid.lessons.markup import Block, Span, blocks, spans, unmarked
from pellucid.lessons.shown import PANELS
from pellucid.lessons.written import scene_code
from pellucid.scene.scene import Scene

FORMAT = (4, 5)
LONGEST = 1600
"""Characters of a scene that is written out; a longer one is taken from the lesson."""
FIGURES = {
    "network": "bench.network.diagram()",
    "boundary": "bench.network.boundary(bench.data.x, bench.data.y)",
}
"""Panels that have a figure, and the code for it."""
_SPECIAL = re.compile(r"([\\`*_\[\]<>#|$])")


def write(lesson: Lesson, path: str | PathLike[str], *, solutions: bool = True) -> None:
    """Write a lesson as a notebook; a file that is there is replaced.

    Parameters:
        solutions: whether cells that do what there is to try are in it, for teachers.
    Raises: ``FileError`` for a file that cannot be written.
    """
    text = json.dumps(notebook(lesson, solutions=solutions), indent=1, ensure_ascii=False)
    write_whole(path, f"{text}\n".encode())


def notebook(lesson: Lesson, *, solutions: bool = True) -> dict[str, Any]:
    """A lesson as the values of a notebook's JSON."""
    cells = [*_opening(lesson)]
    facts, counts = lesson.computed(), {"stage": 0, "try": 0, "question": 0}
    for part in lesson.parts:
        match part:
            case Text():
                cells.append(_prose("\n\n".join(map(_block, blocks(filled(part.body, facts))))))
            case Stage():
                counts["stage"] += 1
                cells += _stage(part, counts["stage"], facts)
            case Try():
                counts["try"] += 1
                cells += _try(part, counts["try"], facts, solutions)
            case Question():
                counts["question"] += 1
                cells += _question(part, counts["question"], facts)
    return {
        "cells": [{"id": f"cell-{place}", **cell} for place, cell in enumerate(cells, 1)],
        "metadata": {
            "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
            "language_info": {"name": "python"},
        },
        "nbformat": FORMAT[0],
        "nbformat_minor": FORMAT[1],
    }


def checked(lesson: Lesson, place: int, answer: float | None) -> str:
    """What is said to an answer to a lesson's question, counted from 1; choices as well.

    Example:
        >>> from pellucid import lessons
        >>> checked(lessons.find("neuron"), 2, 1).split(".")[0]
        'Not yet'
    """
    if answer is None:
        return "Write your answer in this cell, and run it again."
    question, facts = lesson.questions()[place - 1], lesson.computed()
    given = float(answer) - (1 if question.choices else 0)
    word = "Right." if question.is_right(given, facts) else "Not yet."
    return f"{word} {unmarked(question.said(given, facts))}"


# --- cells


def _opening(lesson: Lesson) -> Iterator[dict[str, Any]]:
    yield _prose(
        f"# Lesson {lesson.number}: {lesson.title}\n\n{lesson.minutes} minutes. {lesson.goal}"
    )
    yield _code(
        "from pellucid import lessons\n"
        "from pellucid.lessons.notebook import checked\n"
        "from pellucid.lessons.shown import shown\n"
        "from pellucid.lessons.staging import bench_of\n\n"
        f'lesson = lessons.find("{lesson.slug}")'
    )


def _stage(part: Stage, place: int, facts: Facts) -> Iterator[dict[str, Any]]:
    if part.caption:
        yield _prose(f"> {_line(spans(filled(part.caption, facts)))}")
    if part.code:
        yield _code(part.code)
    yield _code(_bench(part.scene, place) + _looking(part))
    if isinstance(part.scene, Scene):
        for panel in part.shows:
            if panel in FIGURES and (panel != "boundary" or _is_plane(part)):
                yield _code(FIGURES[panel])


def _bench(scene: Any, place: int) -> str:
    """The code that makes the bench: with the scene written out, where one can read it."""
    stage = f"stage = lesson.stages()[{place - 1}]\n"
    written = scene_code(scene) if isinstance(scene, Scene) else None
    if written is None or len(written) > LONGEST:
        return f"{stage}bench = bench_of(stage)"
    return f"from pellucid.scene.bench import Bench\n{written}\n{stage}bench = Bench(scene)"


def _looking(part: Stage) -> str:
    panels = tuple(panel for panel in part.shows if panel in PANELS)
    if not panels:
        return ""
    return f'\nfor panel in {panels!r}:\n    print(shown(bench, panel), end="\\n\\n")'


def _is_plane(part: Stage) -> bool:
    return len(getattr(part.scene.source, "names", ())) == 2


def _try(part: Try, place: int, facts: Facts, solutions: bool) -> Iterator[dict[str, Any]]:
    hint = f"\n\n*Hint:* {_line(spans(filled(part.hint, facts)))}" if part.hint else ""
    yield _prose(f"**Try.** {_line(spans(filled(part.what, facts)))}{hint}")
    yield _code(
        f"stage, attempt = lesson.tries()[{place - 1}]\n"
        "# Do it here, then run this cell. For example:\n"
        '# bench.edit("dense_1.bias", (0,), 0.0)\n'
        "# bench.learn(10); bench.to_end(); bench.restart()\n"
        'print("Done." if attempt.until(bench) else "Not yet.")'
    )
    if solutions and part.solve is not None:
        yield _code(
            "# This does it.\n"
            "bench = bench_of(stage)\n"
            "attempt.solve(bench)\n"
            'print("Done." if attempt.until(bench) else "Not yet.")\n'
            "for panel in stage.shows:\n"
            '    print(shown(bench, panel) or "", end="\\n\\n")'
        )


def _question(part: Question, place: int, facts: Facts) -> Iterator[dict[str, Any]]:
    choices = "".join(
        f"\n{number}. {_line(spans(filled(choice, facts)))}"
        for number, choice in enumerate(part.choices, 1)
    )
    asks = _line(spans(filled(part.asks, facts)))
    yield _prose(f"**Question.** {asks}" + (f"\n{choices}" if choices else ""))
    what = "the number of your choice" if choices else "your number"
    yield _code(f"answer = None  # {what}\nprint(checked(lesson, {place}, answer))")


# --- text


def _block(block: Block) -> str:
    if block.kind == "lines":
        return "\n".join(
            ["```text", *(item[0].text if item else "" for item in block.items), "```"]
        )
    if block.kind == "list":
        return "\n".join(f"- {_line(item)}" for item in block.items)
    return _line(block.items[0])


def _line(found: tuple[Span, ...]) -> str:
    around = {"plain": "", "emphasis": "*", "code": "`", "formula": "`"}
    parts = []
    for span in found:
        mark = around[span.kind]
        text = span.text if mark == "`" else _SPECIAL.sub(r"\\\1", span.text)
        parts.append(f"{mark}{text.strip() if mark else text}{mark}")
    return "".join(parts)


def _prose(text: str) -> dict[str, Any]:
    return {"cell_type": "markdown", "metadata": {}, "source": text}


def _code(text: str) -> dict[str, Any]:
    return {
        "cell_type": "code", "metadata": {}, "source": text, "execution_count": None, "outputs": [],
    }  # fmt: skip
