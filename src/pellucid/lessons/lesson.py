"""What a lesson is made of: text whose numbers are computed, scenes, things to try, questions.

The page, the terminal and the notebook show the same lesson. No number stands in a text: each is
the name of a fact in braces, which ``Lesson.facts`` computes with the engine, and each claim in
words is a ``Holds`` that a test runs. A digit may end a name, as in x1 or w2. Titles and goals
stand in lists that compute nothing, and hold no facts.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import field
from functools import cache
from typing import Any, TypeAlias

from pellucid.dataclass import dataclass
from pellucid.errors import DataError

Facts: TypeAlias = Mapping[str, Any]
"""What a lesson's text speaks of, by name: numbers, words, lists of them."""


@dataclass(frozen=True)
class Text:
    """Paragraphs.

    Attributes:
        body: paragraphs with an empty line between; ``*emphasis*``, `` `code` ``, ``$formula$`` in
            plain letters (z = w x + b), lines that begin with ``- `` are a list, a paragraph that
            is indented by four more is set as it is; ``{name}`` or ``{name:.2f}`` is a fact.
    """

    body: str


@dataclass(frozen=True)
class Stage:
    """Something to look at and touch, on the real engine.

    Attributes:
        scene: what is on it: a ``pellucid.scene.Scene``, or a memory or map.
        shows: the panels beside it, by name, in order.
        caption: what one sees, in a sentence.
        pace: steps a second when played; None: as many as there are.
        controls: which of the workbench's controls are there; none: play, step and restart.
        code: what does the same in a notebook, with the library; none: it is written from the
            scene. It leaves the bench in the variable ``bench``.
    """

    scene: Any
    shows: Sequence[str] = ("network",)
    caption: str = ""
    pace: float | None = 10.0
    controls: Sequence[str] = ()
    code: str = ""


@dataclass(frozen=True)
class Try:
    """Something to do on the stage above it.

    Attributes:
        what: what to do, in a sentence.
        until: whether it is done, asked of the bench that the stage is played on after each change.
        hint: where to look, for one who is stuck.
        solve: does it, for the tests and for teachers: a function of the bench.
    """

    what: str
    until: Callable[[Any], bool]
    hint: str = ""
    solve: Callable[[Any], None] | None = None


@dataclass(frozen=True)
class Question:
    """A question that checks itself.

    Attributes:
        asks: the question; facts in braces, as in a text.
        choices: the answers to choose from; none: a number is asked for.
        answer: the right choice's place, or the right number, from the facts.
        why: what is said after an answer.
        margin: how far a number may be from the right one.
        hint: what is said after a wrong answer, in place of ``why``, so that one can try again.
    """

    asks: str
    answer: Callable[[Facts], float]
    why: str
    choices: Sequence[str] = ()
    margin: float = 0.005
    hint: str = ""

    def is_right(self, given: float, facts: Facts) -> bool:
        """Whether an answer is right: the place of a choice, from 0, or a number."""
        right = float(self.answer(facts))
        return abs(given - right) <= (self.margin if not self.choices else 0)

    def said(self, given: float, facts: Facts) -> str:
        """What is said to an answer."""
        wrong = self.hint or self.why
        return filled(self.why if self.is_right(given, facts) else wrong, facts)


Part: TypeAlias = Text | Stage | Try | Question


@dataclass(frozen=True)
class Holds:
    """A claim of the lesson in words, and whether it holds, from the facts."""

    claim: str
    check: Callable[[Facts], bool]


@dataclass(frozen=True)
class Lesson:
    """A lesson of five to ten minutes.

    Attributes:
        number: its place in the path, from 1.
        slug: its name in addresses and files.
        title: what it is called.
        minutes: how long it takes.
        goal: what one can say or do afterwards, in a sentence.
        parts: in order; a ``Try`` is about the last ``Stage`` before it.
        facts: computes what the text speaks of; called once.
        holds: the claims.
    """

    number: int
    slug: str
    title: str
    minutes: int
    goal: str
    parts: tuple[Part, ...]
    facts: Callable[[], Facts] = field(default=dict, repr=False)
    holds: tuple[Holds, ...] = field(default=(), repr=False)

    def stages(self) -> list[Stage]:
        """The scenes, in order."""
        return [part for part in self.parts if isinstance(part, Stage)]

    def tries(self) -> list[tuple[Stage, Try]]:
        """What there is to do, in order, each with the stage it is done on."""
        found: list[tuple[Stage, Try]] = []
        stage: Stage | None = None
        for part in self.parts:
            stage = part if isinstance(part, Stage) else stage
            if isinstance(part, Try):
                if stage is None:
                    raise DataError(f"Lesson {self.slug} has a thing to try before any stage.")
                found.append((stage, part))
        return found

    def questions(self) -> list[Question]:
        """The questions, in order."""
        return [part for part in self.parts if isinstance(part, Question)]

    def computed(self) -> Facts:
        """The facts, computed when they are first asked for."""
        return _computed(self.facts)


@cache
def _computed(facts: Callable[[], Facts]) -> Facts:
    return facts()


def filled(text: str, facts: Facts) -> str:
    """A text with its facts written in.

    Raises: ``DataError`` for a fact that the lesson does not compute.

    Example:
        >>> filled("The sum is {sum:.2f}.", {"sum": 0.1 + 0.2})
        'The sum is 0.30.'
    """
    try:
        return text.format_map(facts)
    except KeyError as missing:
        raise DataError(f"The lesson speaks of {missing}, and computes no such fact.") from None
    except (ValueError, IndexError, AttributeError) as fault:
        raise DataError(
            f"A text of the lesson cannot be filled in: {fault}; {text!r:.80}"
        ) from None
