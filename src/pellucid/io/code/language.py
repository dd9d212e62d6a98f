"""What the writers ask of a language: how it writes a loop, a choice, a number, a function."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import field
from typing import Any

from pellucid.dataclass import dataclass
from pellucid.io.code.expression import ATOM, CHOICE, COMPARISON, PRODUCT, SUM, Expression, Index

WIDTH = 100
VARIABLES = "ijklmnpqrs"

# How tightly each operator binds, and how tightly its operands must: the right one of a sum or a
# product more than the left, so that the order of computing stays that of the graph.
OPERATORS = {
    "add": ("{} + {}", SUM, (SUM, PRODUCT)),
    "subtract": ("{} - {}", SUM, (SUM, PRODUCT)),
    "multiply": ("{} * {}", PRODUCT, (PRODUCT, ATOM)),
    "divide": ("{} / {}", PRODUCT, (PRODUCT, ATOM)),
    "negate": ("-{}", PRODUCT, (ATOM,)),
    "equal": ("{} == {}", COMPARISON, (SUM, SUM)),
    "less": ("{} < {}", COMPARISON, (SUM, SUM)),
    "less_equal": ("{} <= {}", COMPARISON, (SUM, SUM)),
}


@dataclass(frozen=True)
class Language:
    """One language, as the lines that it is written in.

    Attributes:
        name: what it is called on the command line.
        loop: a counted loop over a variable, up to a count.
        loop_to: the same from a first number to before a last one.
        condition, end: the head of a branch, and what ends a block (nothing in Python).
        declare, whole, assign: a new number, a new whole number, a new value of a known number.
        array: room for a count of numbers.
        both, choice: two conditions together; one of two expressions (condition, then, else).
        quotient: whole division of non-negative numbers.
        lookup: an element of a table at a place that ``table_row`` has checked.
        functions: what an operation of one or two numbers is called.
        helpers: functions that a program brings along where it uses them, each with its source.
        reserved: words that cannot name an array.
        number: a floating-point number as text.
        table: a fixed array: name and values.
        comment: a line that is not run.
    """

    name: str
    loop: str
    condition: str
    end: str
    declare: str
    whole: str
    assign: str
    array: str
    both: str
    choice: Callable[[str, str, str], str]
    quotient: str
    lookup: Callable[[str, str], Expression]
    functions: Mapping[str, str]
    helpers: Mapping[str, str]
    reserved: frozenset[str]
    number: Callable[[float], str]
    table: Callable[[str, Any], str]
    comment: Callable[[str], str]

    def literal(self, value: float) -> Expression:
        """A number; negative ones bind as loosely as a product."""
        text = self.number(value)
        return Expression(text, PRODUCT if text.startswith("-") else ATOM)

    def call(self, operation: str, *operands: Expression) -> Expression:
        """An operation of numbers, by an operator or a function."""
        if operation in self.functions:
            inside = ", ".join(str(each) for each in operands)
            return Expression(f"{self.functions[operation]}({inside})")
        form, rank, needs = OPERATORS[operation]
        parts = [each.within(need) for each, need in zip(operands, needs, strict=True)]
        return Expression(form.format(*parts), rank)

    def select(self, condition: Expression, yes: Expression, no: Expression) -> Expression:
        """One of two expressions."""
        text = self.choice(condition.within(COMPARISON), yes.within(SUM), no.within(SUM))
        return Expression(text, CHOICE)


@dataclass
class Writer:
    """The lines of a function's body as it grows."""

    language: Language
    lines: list[str] = field(default_factory=list)
    depth: int = 1
    loops: int = 0
    taken: dict[str, int] = field(default_factory=dict)
    lasting: dict[str, int] = field(default_factory=dict)

    def line(self, text: str) -> None:
        """Add a line."""
        self.lines.append("    " * self.depth + text if text else "")

    def comment(self, text: str) -> None:
        """Add a line for readers, after an empty one."""
        self.line("")
        self.line(self.language.comment(readable(text)))

    @contextmanager
    def loop(self, count: int) -> Iterator[Index]:
        """Within it, lines are repeated; gives the place, which is 0 where there is only one."""
        if count == 1:
            yield Index()
            return
        deep = self.loops - len(VARIABLES)
        name = VARIABLES[self.loops] if deep < 0 else f"{VARIABLES[0]}_{deep + 2}"
        self.loops += 1
        with self._block(self.language.loop.format(name, count)):
            yield Index(((name, 1),))
        self.loops -= 1

    @contextmanager
    def loops_over(self, shape: tuple[int, ...]) -> Iterator[tuple[Index, ...]]:
        """Loops within each other, one an axis."""
        if not shape:
            yield ()
            return
        with self.loop(shape[0]) as first, self.loops_over(shape[1:]) as others:
            yield (first, *others)

    @contextmanager
    def when(self, *conditions: str) -> Iterator[None]:
        """Within it, lines are run only where all conditions hold."""
        if not conditions:
            yield
            return
        text = conditions[0]
        for each in conditions[1:]:
            text = self.language.both.format(text, each)
        with self._block(self.language.condition.format(text)):
            yield

    @contextmanager
    def _block(self, head: str) -> Iterator[None]:
        self.line(head)
        self.depth += 1
        yield
        self.depth -= 1
        if self.language.end:
            self.line(self.language.end)

    def fresh(self, name: str) -> str:
        """A variable's name that is not in use: ``total``, ``total_2``, ..."""
        number = self.taken.get(name, 0) + 1
        self.taken[name] = number
        if not self.loops and self.depth == 1:
            self.lasting[name] = number
        return name if number == 1 else f"{name}_{number}"

    def forget(self) -> None:
        """Let the names of variables within loops be used again."""
        self.taken = dict(self.lasting)

    def declare(self, name: str, value: str) -> str:
        """Make a number to count or add up with, and give its name."""
        name = self.fresh(name)
        self.line(self.language.declare.format(name, value))
        return name

    def whole(self, name: str, value: str) -> Index:
        """Make a whole number, and give it as a place."""
        name = self.fresh(name)
        self.line(self.language.whole.format(name, value))
        return Index(((name, 1),))

    def add(self, total: str, value: Expression) -> None:
        """Add a value to a number."""
        self.assign(total, self.language.call("add", Expression(total), value))

    def assign(self, target: str, value: object) -> None:
        """Give a variable or an element a value."""
        self.line(self.language.assign.format(target, value))


def readable(text: str, most: int = 400) -> str:
    """Text fit for a comment in any language: one line of plain characters, and no way out."""
    plain = "".join(each if " " <= each <= "~" else "?" for each in text)
    plain = plain.replace("*/", "* /").replace("/*", "/ *").replace("\\", "/")
    return plain if len(plain) <= most else f"{plain[:most]} ..."


def identifier(text: str) -> str:
    """A name that every language takes.

    Example:
        >>> identifier("dense_1.weight"), identifier("2nd layer")
        ('dense_1_weight', 'layer_2nd_layer')
    """
    plain = re.sub(r"\W", "_", text, flags=re.ASCII)
    return plain if re.match(r"[A-Za-z]", plain) else f"layer_{plain}"


def folded(values: list[str], indent: str = "    ", width: int = WIDTH) -> str:
    """Values with commas between them, in lines of a bearable length."""
    lines, line = [], indent
    for value in values:
        if len(line) + len(value) + 2 > width and line != indent:
            lines.append(line.rstrip())
            line = indent
        line += f"{value}, "
    return "\n".join([*lines, line.rstrip().rstrip(",")])
