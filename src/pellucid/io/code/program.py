"""What a language's frame is given: the parts of a file, but for what the language itself adds."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pellucid.dataclass import dataclass
from pellucid.graph.primitive import Array
from pellucid.io.deployment import Field


@dataclass(frozen=True)
class Program:
    """The parts of a program.

    Attributes:
        about: what it is, a line a list entry, of plain characters.
        inputs, outputs: how many numbers a row and an answer have.
        single: whether the answer is a number, not a list of them.
        labels: of classes, or those that a row may have; else none.
        all: what the function is called that gives all chances or scores.
        helpers: the sources of the functions that it brings along.
        tables: the fixed arrays by name.
        lines: the body of the function from a row to the answer.
        place: the place of the class, as an expression after those lines.
        fields: the columns of a row of a table; none for rows of an array.
        several: whether a row may have any of the labels.
    """

    about: tuple[str, ...]
    inputs: int
    outputs: int
    single: bool
    labels: tuple[Any, ...]
    all: str
    helpers: tuple[str, ...]
    tables: Mapping[str, Array]
    lines: tuple[str, ...]
    place: str
    fields: tuple[Field, ...] = ()
    several: bool = False

    @property
    def is_named(self) -> bool:
        """Whether a row is given by the names of its columns, since some of them hold texts."""
        return any(field.texts for field in self.fields)

    @property
    def result(self) -> str:
        """What ``predict`` gives, as a variable is called."""
        return "label" if self.labels else "value"

    @property
    def is_class(self) -> bool:
        """Whether the answer is one of several classes."""
        return bool(self.labels) and not self.several
