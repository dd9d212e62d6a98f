"""The lessons there are: each module of this package that has a ``LESSON``, in their order."""

from __future__ import annotations

import importlib
import pkgutil
import re
from functools import cache
from pathlib import Path

from pellucid.errors import unknown_name
from pellucid.lessons.lesson import Lesson

HEADING = re.compile(
    r'^LESSON = Lesson\(\s*(?:number=)?(\d+),\s*(?:slug=)?"([\w-]+)"', re.MULTILINE
)


@cache
def path() -> tuple[Lesson, ...]:
    """All lessons, in order; their modules are loaded now, and nothing is computed."""
    import pellucid.lessons as package

    found = []
    for module in pkgutil.iter_modules(package.__path__, f"{package.__name__}."):
        lesson = getattr(importlib.import_module(module.name), "LESSON", None)
        if isinstance(lesson, Lesson):
            found.append(lesson)
    return tuple(sorted(found, key=lambda lesson: lesson.number))


def is_written(name: str | int) -> bool:
    """Whether a lesson of this number or name is found in the text of the modules.

    Loading them all takes a second, for which a page that only needs to know need not wait. A
    lesson that is written otherwise is not seen; ``find`` knows for certain.

    Example:
        >>> is_written(1), is_written("neuron"), is_written("nueron")
        (True, True, False)
    """
    asked = str(name).strip().lower()
    for file in Path(__file__).parent.glob("*.py"):
        found = HEADING.search(file.read_text(encoding="utf-8"))
        if found and asked in found.groups():
            return True
    return False


def find(name: str | int) -> Lesson:
    """The lesson of a number or a name.

    Raises: ``UnknownNameError``, with the nearest name suggested.

    Example:
        >>> find("1").title == find("neuron").title
        True
    """
    asked = str(name).strip().lower()
    for lesson in path():
        if asked in (lesson.slug, str(lesson.number)):
            return lesson
    raise unknown_name("lesson", name, [lesson.slug for lesson in path()])
