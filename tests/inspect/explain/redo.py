"""A reader of explanations as text, with a calculator of its own: it knows nothing of Pellucid.

It finds each calculation, works out the line with the numbers in it, and compares with what is
printed, within the printed digits.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

NUMBER = r"-?\d+(?:\.\d+)?(?:e-?\d+)?"
ROW = re.compile(rf"^(?P<label>.*?)(?:\s{{3,}}(?P<how>\S.*?) =)?\s+(?P<value>{NUMBER})$")
TOKEN = re.compile(r"\s*(\d+(?:\.\d+)?(?:e-?\d+)?|[a-z]+|[-+*/^(),])")
FUNCTIONS: dict[str, Callable[..., float]] = {
    "ln": math.log, "sqrt": math.sqrt, "tanh": math.tanh, "erf": math.erf, "abs": abs,
    "max": max, "min": min, "sign": lambda x: float((x > 0) - (x < 0)),
}  # fmt: skip


class Unreadable(Exception):
    """A side that holds symbols or words."""


@dataclass
class Calculation:
    """The lines of one calculation."""

    symbol: str
    sides: list[str]
    rows: list[tuple[str, str | None, str]] = field(default_factory=list)


def calculations(text: str) -> Iterator[Calculation]:
    """Every calculation of an explanation's text."""
    current: Calculation | None = None
    depth = 0
    for line in text.splitlines():
        inside = line.lstrip()
        indent = len(line) - len(inside)
        if current is not None and inside and indent > depth:
            row = ROW.match(inside)
            if inside.startswith("= "):
                current.sides.append(inside[2:])
                continue
            if row and len(current.sides) == 1:
                current.rows.append((row["label"], row["how"], row["value"]))
                continue
        if current is not None:
            yield current
            current = None
        head = re.match(r"^(\S+|the above) = (.+)$", inside)
        if head:
            current, depth = Calculation(head[1], [head[2]]), indent
    if current is not None:
        yield current


def worked(text: str) -> float:
    """The value of a side with nothing but numbers in it."""
    tokens: list[str] = []
    at = 0
    text = text.strip()
    while at < len(text):
        found = TOKEN.match(text, at)
        if found is None:
            raise Unreadable(text)
        tokens.append(found[1])
        at = found.end()
    value, rest = _sum(tokens)
    if rest:
        raise Unreadable(text)
    return value


def _sum(tokens: list[str]) -> tuple[float, list[str]]:
    value, tokens = _product(tokens)
    while tokens and tokens[0] in "+-":
        sign, other = tokens[0], tokens[1:]
        term, tokens = _product(other)
        value = value + term if sign == "+" else value - term
    return value, tokens


def _product(tokens: list[str]) -> tuple[float, list[str]]:
    value, tokens = _signed(tokens)
    while tokens and tokens[0] in "*/":
        sign, other = tokens[0], tokens[1:]
        factor, tokens = _signed(other)
        value = value * factor if sign == "*" else value / factor
    return value, tokens


def _signed(tokens: list[str]) -> tuple[float, list[str]]:
    if tokens and tokens[0] == "-":
        value, rest = _signed(tokens[1:])
        return -value, rest
    return _power(tokens)


def _power(tokens: list[str]) -> tuple[float, list[str]]:
    base, tokens = _atom(tokens)
    if tokens and tokens[0] == "^":
        exponent, tokens = _signed(tokens[1:])
        try:
            return base**exponent, tokens
        except OverflowError:
            return math.inf, tokens
    return base, tokens


def _atom(tokens: list[str]) -> tuple[float, list[str]]:
    if not tokens:
        raise Unreadable("it ends too early")
    first, rest = tokens[0], tokens[1:]
    if first == "(":
        value, rest = _sum(rest)
        return value, _closed(rest)
    if first in FUNCTIONS and rest[:1] == ["("]:
        inside, rest = [], rest
        while rest[0] in "(,":
            value, rest = _sum(rest[1:])
            inside.append(value)
        return float(FUNCTIONS[first](*inside)), _closed(rest)
    if first == "e":
        return math.e, rest
    if first[0].isdigit():
        return float(first), rest
    raise Unreadable(first)


def _closed(tokens: list[str]) -> list[str]:
    if tokens[:1] != [")"]:
        raise Unreadable("a bracket is open")
    return tokens[1:]


def half_a_place(printed: str) -> float:
    """Half of the last printed digit."""
    digits, _, exponent = printed.partition("e")
    places = len(digits.partition(".")[2]) - int(exponent or 0)
    return 0.5 * 10.0**-places


def check(found: float, printed: str, where: str) -> None:
    """Compare within the printed digits."""
    assert re.fullmatch(NUMBER, printed), where
    room = half_a_place(printed) * (1 + 1e-9) + 1e-15 * abs(found)
    assert abs(found - float(printed)) <= room, f"{where}: {found!r}, printed {printed}"


def redo(text: str) -> int:
    """Redo every calculation; how many there were with something to redo."""
    done = 0
    for own in calculations(text):
        last = own.sides[-1]
        where = f"{own.symbol} = {' = '.join(own.sides)}"
        if last in ("inf", "-inf", "nan"):
            continue
        if own.rows:
            for label, how, value in own.rows:
                if how is not None:
                    check(worked(how), value, f"{label} in {where}")
            check(math.fsum(float(value) for _, _, value in own.rows), last, where)
            done += 1
            continue
        if len(own.sides) < 2:
            continue
        try:
            found = worked(own.sides[-2])
        except Unreadable:
            assert len(own.sides) == 2 and not re.search(r"\d \* \d", own.sides[0]), where
            continue
        check(found, last, where)
        done += 1
    return done
