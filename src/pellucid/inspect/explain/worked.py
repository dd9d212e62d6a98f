"""The record of a worked calculation: a formula, the same with numbers in it, and what it gives.

Records form a tree: headings, and steps below them. They are made once, from the values of a trace,
with all digits decided; text, Markdown, LaTeX and HTML only write them down.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from pellucid.dataclass import dataclass
from pellucid.inspect.explain.digits import DIGITS, column, fitted, product_for, shown
from pellucid.inspect.explain.expression import Expr, Number

MOST_TERMS = 10
"""The terms of a sum that are written one by one; the others are added up and said to be."""
CLOSE = 1e-9


@dataclass(frozen=True)
class Part:
    """One term of a sum before it is printed.

    Attributes:
        value: what it adds.
        label: what it is, in symbols or words.
        numbers: how it comes about; None: it is a value itself.
    """

    value: float
    label: Expr | str = ""
    numbers: Expr | None = None


@dataclass(frozen=True)
class Term:
    """One line of a sum as it is printed."""

    label: Expr | str
    numbers: Expr | None
    text: str


@dataclass(frozen=True)
class Grid:
    """Numbers in rows and columns: a patch of a picture, a kernel, a mask."""

    title: str
    rows: tuple[tuple[str, ...], ...]


@dataclass(frozen=True)
class About:
    """What of a network a part of an explanation is about.

    Attributes:
        phase: inputs, forward, answer, target, loss, backward or update.
        layer: its path; empty: the network as a whole.
        unit: its place in one sample's output.
        weight: a parameter, and the place in it.
    """

    phase: str
    layer: str = ""
    unit: tuple[int, ...] | None = None
    weight: tuple[str, tuple[int, ...]] | None = None


@dataclass(frozen=True)
class Worked:
    """A heading, or one calculation.

    Attributes:
        title: what is worked out, or the heading.
        symbol: what the result is called.
        formula: in symbols.
        numbers: the same with numbers in place of symbols, as they are printed.
        terms: in place of numbers, the lines of a sum.
        result: as it is printed.
        value: in full.
        grids: numbers that are looked at.
        notes: sentences.
        children: what belongs below it.
        about: what it is about; None: what the part above it is about.
    """

    title: str
    symbol: Expr | None = None
    formula: Expr | None = None
    numbers: Expr | None = None
    terms: tuple[Term, ...] = ()
    result: str = ""
    value: float | None = None
    grids: tuple[Grid, ...] = ()
    notes: tuple[str, ...] = ()
    children: tuple[Worked, ...] = ()
    about: About | None = None

    def steps(self) -> Iterator[Worked]:
        """All calculations in it, in order."""
        if self.result:
            yield self
        for child in self.children:
            yield from child.steps()

    def noting(self, *notes: str) -> Worked:
        """The same with more sentences."""
        return replace(self, notes=(*self.notes, *notes))

    def of(self, phase: str, *what: Any) -> Worked:
        """The same, said to be about something: layer, unit and weight of ``About``."""
        return replace(self, about=About(phase, *what))


def heading(
    title: str, children: Sequence[Worked | None] = (), notes: Sequence[str] = (),
    grids: Sequence[Grid] = (),
) -> Worked:  # fmt: skip
    """A title with what belongs below it; what is None is left out."""
    below = tuple(child for child in children if child is not None)
    return Worked(title, notes=tuple(notes), grids=tuple(grids), children=below)


def read(title: str, symbol: Expr | None, value: float, notes: Sequence[str] = ()) -> Worked:
    """A value that is not calculated but read off."""
    return Worked(title, symbol, result=shown(value), value=value, notes=tuple(notes))


def calculated(
    title: str, symbol: Expr | None, formula: Callable[..., Expr], symbols: Sequence[Expr],
    values: Sequence[float], result: float, notes: Sequence[str] = (), *, digits: int = DIGITS,
) -> Worked:  # fmt: skip
    """A formula with symbols, the same with numbers, and the result, which is a trace's value."""
    numbers, text = fitted(formula(*map(Number, values)), result, digits)
    return Worked(
        title, symbol, formula(*symbols), numbers, result=text, value=result, notes=tuple(notes)
    )


def added(
    title: str, symbol: Expr, formula: Expr, parts: Sequence[Part], result: float,
    *, first: Sequence[Part] = (), notes: Sequence[str] = (), grids: Sequence[Grid] = (),
    most: int = MOST_TERMS,
) -> Worked:  # fmt: skip
    """A sum term by term, the largest first, the rest of many added up and said to be.

    Parameters:
        first: terms that stay at the top, as a bias does.
        most: how many terms are written one by one.
    """
    ranked = sorted(parts, key=lambda part: -_size(part.value))
    kept = ranked if len(ranked) <= most + 1 else ranked[:most]
    rest = [part.value for part in ranked[len(kept) :]]
    lines = [*first, *kept]
    if rest:
        zero = not any(rest)
        what = "terms that are 0" if zero else "smaller terms, together"
        lines.append(Part(total(rest), f"and {len(rest):,} {what}"))
    texts, result_text = column([line.value for line in lines], result)
    terms = []
    for line, text in zip(lines, texts, strict=True):
        own = None if line.numbers is None else product_for(line.numbers, line.value, text)
        terms.append(Term(line.label, own, text))
    return Worked(
        title, symbol, formula, None, tuple(terms), result_text, result, tuple(grids), tuple(notes)
    )


def total(values: Sequence[float]) -> float:
    """The sum, exactly rounded; infinity and NaN as in all sums."""
    if all(map(math.isfinite, values)):
        return math.fsum(values)
    return float(np.sum(values))


def matches(found: float, result: float, scale: float = 0.0) -> bool:
    """Whether a value worked out here is the trace's, up to rounding."""
    if not (math.isfinite(found) and math.isfinite(result)):
        return found == result or (math.isnan(found) and math.isnan(result))
    return abs(found - result) <= CLOSE * max(abs(found), abs(result), scale) + 1e-300


def adds_up(parts: Sequence[Part], result: float) -> bool:
    """Whether the parts add up to the trace's value."""
    values = [part.value for part in parts]
    if not all(map(math.isfinite, values)):
        return False
    return matches(total(values), result, max(map(abs, values), default=0.0))


def _size(value: float) -> float:
    return math.inf if math.isnan(value) else abs(value)
