"""The path of lessons, from one neuron to one's own data: text, scenes, and claims that hold."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pellucid.lazily import handed_on

if TYPE_CHECKING:
    from pellucid.lessons.finding import find, path
    from pellucid.lessons.lesson import Holds, Lesson, Question, Stage, Text, Try

__all__ = ["Holds", "Lesson", "Question", "Stage", "Text", "Try", "find", "path"]

__getattr__, __dir__ = handed_on(
    __name__,
    {
        "finding": ["find", "path"],
        "lesson": ["Holds", "Lesson", "Question", "Stage", "Text", "Try"],
    },
)
