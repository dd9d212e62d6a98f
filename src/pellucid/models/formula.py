"""Sums as a person writes them: ``-0.5 + 0.6 x1 - 2 x2``."""

from __future__ import annotations

from collections.abc import Iterable


def number(value: float) -> str:
    """A number with up to six digits, and a zero without a sign.

    Example:
        >>> number(0.1 + 0.2), number(-0.0), number(2.0)
        ('0.3', '0', '2')
    """
    text = f"{value:.6g}"
    return "0" if text == "-0" else text


def input_names(count: int) -> list[str]:
    """The names of inputs: x for a single one, else x1, x2, ..."""
    return ["x"] if count == 1 else [f"x{place}" for place in range(1, count + 1)]


def total(terms: Iterable[tuple[float, str]]) -> str:
    """A sum of numbers times names, an empty name being 1; terms of 0 are left out.

    Example:
        >>> total([(-0.5, ""), (0.6, "x1"), (-1.0, "x2"), (0.0, "x3")])
        '-0.5 + 0.6 x1 - x2'
    """
    text = ""
    for factor, name in terms:
        size = number(abs(factor))
        if size == "0":
            continue
        shown = name if size == "1" and name else f"{size} {name}".rstrip()
        sign = "-" if factor < 0 else "+"
        text += f" {sign} {shown}" if text else ("-" if factor < 0 else "") + shown
    return text or "0"
