"""A lesson in a terminal: texts, panels as text, things to try by typing, questions asked.

Where no one can answer, in a file or a pipe, all is printed, with what comes of each try and with
the answers.
"""

from __future__ import annotations

import os
import sys
from typing import Any, TextIO

from rich.console import Console
from rich.padding import Padding
from rich.panel import Panel
from rich.rule import Rule
from rich.text import Text as Styled

from pellucid.errors import PellucidError
from pellucid.figures.terminal import to_encoding
from pellucid.lessons.lesson import Facts, Lesson, Question, Stage, Text, Try, filled
from pellucid.lessons.markup import Span, blocks, spans
from pellucid.lessons.shown import shown
from pellucid.lessons.staging import bench_of
from pellucid.lessons.trying import HELP, do

WIDTH = 80
STYLES = {"plain": "", "emphasis": "italic", "code": "bold", "formula": "cyan"}


def show(
    lesson: Lesson, *, asks: bool | None = None, stream: TextIO | None = None,
    answers: TextIO | None = None, width: int | None = None,
) -> None:  # fmt: skip
    """Go through a lesson in the terminal.

    Parameters:
        asks: whether questions are asked and tries are played; None: where both ends are terminals.
        stream: where it is written; None: stdout.
        answers: where what is typed comes from; None: stdin.
        width: columns; None: those of the terminal, at most 80.
    """
    stream, answers = stream or sys.stdout, answers or sys.stdin
    if asks is None:
        asks = stream.isatty() and answers.isatty()
    try:
        _Showing(lesson, asks, stream, answers, width).all()
    except BrokenPipeError:  # whoever read has seen enough
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, stream.fileno())
        os.close(nowhere)


class _Showing:
    """One showing of a lesson."""

    def __init__(
        self, lesson: Lesson, asks: bool, stream: TextIO, answers: TextIO, width: int | None
    ) -> None:
        self.lesson, self.asks, self.stream, self.answers = lesson, asks, stream, answers
        console = Console(file=stream, highlight=False)
        self.width = width or min(console.width, WIDTH)
        self.console = Console(file=stream, highlight=False, width=self.width, soft_wrap=False)
        self.facts: Facts = lesson.computed()
        self.stage: Stage | None = None
        self.bench: Any = None

    def all(self) -> None:
        """From the title to the end."""
        lesson = self.lesson
        self.put(Rule(f"Lesson {lesson.number}: {lesson.title}", style="bold"))
        self.put(self.line(spans(f"{lesson.minutes} minutes. {lesson.goal}")), "")
        for part in lesson.parts:
            if isinstance(part, Text):
                self.text(part)
            elif isinstance(part, Stage):
                self.open(part)
            elif isinstance(part, Try):
                self.attempt(part)
            else:
                self.question(part)
        self.put(Rule(style="bold"))

    # --- parts

    def text(self, part: Text) -> None:
        for block in blocks(filled(part.body, self.facts)):
            if block.kind == "lines":
                lines = "\n".join(item[0].text if item else "" for item in block.items)
                self.put(Padding(Styled(lines, no_wrap=True), (0, 0, 0, 4)))
            elif block.kind == "list":
                for item in block.items:
                    point = self.line(item)
                    wrapped = point.wrap(self.console, self.width - 4)
                    for place, line in enumerate(wrapped):
                        self.put(Styled("  - " if not place else "    ") + line)
            else:
                self.put(self.line(block.items[0]))
            self.put("")

    def open(self, part: Stage) -> None:
        self.stage, self.bench = part, bench_of(part)
        if part.caption:
            caption = self.line(spans(filled(part.caption, self.facts)))
            self.put(Panel(caption, title="On the stage", title_align="left", width=self.width))
        self.look()

    def look(self) -> None:
        """What the stage's panels show now."""
        assert self.stage is not None
        panels = [shown(self.bench, panel, self.width - 4) for panel in self.stage.shows]
        for found in panels:
            if found is not None:
                self.put(Padding(Styled(found, no_wrap=True), (0, 0, 0, 2)), "")
        if None in panels:
            page = f"pellucid learn {self.lesson.slug}"
            self.put(Styled(f"  More to see here in the browser: {page}", style="dim"), "")

    def attempt(self, part: Try) -> None:
        self.put(Styled("Try: ", style="bold") + self.line(spans(filled(part.what, self.facts))))
        hint = filled(part.hint, self.facts)
        if self.asks:
            self.play(part, hint)
        else:
            if hint:
                self.put(Styled("Hint: ", style="dim") + self.line(spans(hint)))
            self.put("")
            self.solve(part)

    def solve(self, part: Try) -> None:
        """Do it on the stage, or on a fresh one, and show what comes of it."""
        if part.solve is None or self.stage is None:
            return
        self.bench = bench_of(self.stage)
        part.solve(self.bench)
        self.put(Styled("Done, it looks like this:", style="dim"))
        self.look()

    def play(self, part: Try, hint: str) -> None:
        """Take what is typed until it is done, or someone goes on."""
        self.put(Styled("Type what to do (help says what can be typed, Enter goes on).", "dim"))
        while (typed := self.ask("> ")).strip():
            word = typed.strip().lower()
            if word == "help":
                self.put(Styled(HELP, no_wrap=True))
            elif word == "hint":
                self.put(self.line(spans(hint or "There is none.")))
            elif word == "solve":
                self.solve(part)
                return
            else:
                try:
                    do(self.bench, typed)
                except PellucidError as error:
                    self.put(str(error))
                    continue
                self.look()
                if part.until(self.bench):
                    self.put(Styled("That is it.", style="bold green"), "")
                    return
        self.put("")

    def question(self, part: Question) -> None:
        asks = self.line(spans(filled(part.asks, self.facts)))
        self.put(Styled("Question: ", style="bold") + asks)
        for place, choice in enumerate(part.choices, 1):
            self.put(Styled(f"  {place}  ") + self.line(spans(filled(choice, self.facts))))
        right = float(part.answer(self.facts))
        if not self.asks:
            shown_answer = f"{right + 1:.0f}" if part.choices else f"{right:.4g}"
            why = self.line(spans(part.said(right, self.facts)))
            self.put(Styled(f"Answer: {shown_answer}. ", style="bold") + why, "")
            return
        while typed := self.ask("Your answer (Enter goes on): ").strip():
            try:
                given = float(typed.replace(",", ".")) - (1 if part.choices else 0)
            except ValueError:
                self.put("An answer is a number.")
                continue
            is_right = part.is_right(given, self.facts)
            style, word = ("bold green", "Right. ") if is_right else ("bold", "Not yet. ")
            self.put(Styled(word, style) + self.line(spans(part.said(given, self.facts))))
            if is_right:
                break
        self.put("")

    # --- in and out

    def line(self, found: tuple[Span, ...]) -> Styled:
        """Spans as styled text."""
        line = Styled()
        for span in found:
            line.append(span.text, STYLES[span.kind])
        return line

    def put(self, *things: Any) -> None:
        """Write, in characters that the stream knows."""
        for thing in things:
            with self.console.capture() as caught:
                self.console.print(thing)
            text = "\n".join(line.rstrip() for line in caught.get().split("\n"))
            encoding = getattr(self.stream, "encoding", None) or "utf-8"
            try:
                text.encode(encoding)
            except UnicodeEncodeError:
                text = to_encoding(text, encoding)
            self.stream.write(text)
        self.stream.flush()

    def ask(self, prompt: str) -> str:
        """A line that someone types; empty where they have gone."""
        self.stream.write(prompt)
        self.stream.flush()
        return self.answers.readline().rstrip("\n")
