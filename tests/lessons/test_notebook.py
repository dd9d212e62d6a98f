"""Each lesson as a notebook: valid, and its cells run from top to bottom."""

from __future__ import annotations

import contextlib
import io
import json
from pathlib import Path
from typing import Any

import pytest

from pellucid.errors import FileError
from pellucid.lessons import Lesson, Stage, find, path
from pellucid.lessons.notebook import notebook, write
from pellucid.lessons.written import scene_code
from pellucid.nn.dense import Dense
from pellucid.scene.scene import Scene
from pellucid.scene.source import Points, Sample

every_lesson = pytest.mark.parametrize(
    "lesson", [pytest.param(lesson, id=lesson.slug) for lesson in path()]
)


def cells(book: dict[str, Any], kind: str) -> list[str]:
    return [cell["source"] for cell in book["cells"] if cell["cell_type"] == kind]


def ran(book: dict[str, Any]) -> str:
    """All that the code cells print, run one after the other."""
    names: dict[str, Any] = {}
    with contextlib.redirect_stdout(io.StringIO()) as out:
        for source in cells(book, "code"):
            exec(compile(source, "cell", "exec"), names)  # noqa: S102
    return out.getvalue()


@every_lesson
def test_its_cells_run(lesson: Lesson) -> None:
    printed = ran(notebook(lesson))
    tries, questions = len(lesson.tries()), len(lesson.questions())
    assert printed.count("Done.\n") >= tries  # each solution; some are done before
    assert printed.count("Write your answer in this cell") == questions


@every_lesson
def test_without_solutions_nothing_is_given_away(lesson: Lesson) -> None:
    book = notebook(lesson, solutions=False)
    assert not any("solve" in source for source in cells(book, "code"))
    assert len(cells(book, "code")) == len(cells(notebook(lesson), "code")) - len(lesson.tries())


@every_lesson
def test_it_is_a_valid_notebook(lesson: Lesson, tmp_path: Path) -> None:
    nbformat = pytest.importorskip("nbformat")
    write(lesson, tmp_path / "lesson.ipynb")
    nbformat.validate(nbformat.read(tmp_path / "lesson.ipynb", as_version=4))


@every_lesson
def test_all_of_the_text_is_in_it(lesson: Lesson, tmp_path: Path) -> None:
    write(lesson, tmp_path / "lesson.ipynb")
    book = json.loads((tmp_path / "lesson.ipynb").read_text("utf-8"))
    prose = "\n".join(cells(book, "markdown"))
    assert prose.startswith(f"# Lesson {lesson.number}: {lesson.title}")
    assert prose.count("**Try.**") == len(lesson.tries())
    assert prose.count("**Question.**") == len(lesson.questions())
    assert (book["nbformat"], book["nbformat_minor"]) == (4, 5)
    assert len({cell["id"] for cell in book["cells"]}) == len(book["cells"])


def test_answers_are_checked_in_the_notebook() -> None:
    book = notebook(find("neuron"))
    first, second = [s for s in cells(book, "code") if s.startswith("answer = None")]
    begin = cells(book, "code")[0] + "\n"
    for source, given, word in (
        (first, "0.7", "Right. z = 0.2"), (first, "7", "Not yet. Start from"),
        (second, "3", "Right. The weight"), (second, "2", "Not yet. It is the number"),
    ):  # fmt: skip
        with contextlib.redirect_stdout(io.StringIO()) as out:
            asked = source.replace("answer = None", f"answer = {given}")
            exec(compile(begin + asked, "cell", "exec"), {})  # noqa: S102
        assert out.getvalue().startswith(word)


def test_a_folder_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(FileError) as caught:
        write(find("neuron"), tmp_path / "none" / "lesson.ipynb")
    assert str(caught.value) == f"The folder {tmp_path / 'none'} is not there. Make it first."


@every_lesson
def test_a_scene_written_out_makes_the_same_scene(lesson: Lesson) -> None:
    for stage in lesson.stages():
        if isinstance(stage.scene, Scene):
            source = scene_code(stage.scene)
            assert source is None or _made(source) == stage.scene


@pytest.mark.parametrize(
    "scene",
    [
        Scene(),
        Scene(Sample("xor"), output=Dense(1, weight_init="zeros"), seed=3),
        Scene(Points(((0.5, -1.0, 0.0),))),
    ],
)
def test_scenes_written_out(scene: Scene) -> None:
    source = scene_code(scene)
    assert source is not None
    assert _made(source) == scene


def _made(source: str) -> Scene:
    names: dict[str, Any] = {}
    exec(compile(source, "scene", "exec"), names)  # noqa: S102
    scene = names["scene"]
    assert isinstance(scene, Scene)
    return scene


def test_a_stage_of_something_else_takes_it_from_the_lesson() -> None:
    stages = [(lesson, stage) for lesson in path() for stage in lesson.stages()]
    others = [lesson for lesson, stage in stages if not isinstance(stage.scene, Scene)]
    for lesson in others:
        assert any("bench = bench_of(stage)" in s for s in cells(notebook(lesson), "code"))
    assert isinstance(stages[0][1], Stage)
