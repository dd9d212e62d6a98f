"""How many digits are printed, so that whoever redoes a calculation from them gets what is printed.

Operands are rounded to six significant digits, and to more where those would not determine the
result; where no number of digits does (large terms that cancel), the result is printed with fewer.
Nothing is ever changed to make it fit.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from decimal import ROUND_HALF_EVEN, Context, Decimal

from pellucid.inspect.explain.expression import Expr, Number, evaluate, replaced

DIGITS = 6
MORE = (6, 7, 8, 9, 10, 12, 14, 17)
"""The significant digits of operands, in the order in which they are tried."""
PLAIN = 1e-4, 1e15
"""Sizes between which numbers are written without a power of ten."""
WIDE = Context(prec=60, rounding=ROUND_HALF_EVEN)


def shown(value: float, digits: int = DIGITS) -> str:
    """A number with so many significant digits, without zeros that say nothing.

    Example:
        >>> shown(0.1), shown(2 / 3), shown(1 / 30000), shown(60000.0), shown(-0.0)
        ('0.1', '0.666667', '3.33333e-5', '60000', '0')
    """
    if not math.isfinite(value):
        return str(value)
    if value == 0:
        return "0"
    size = abs(value)
    if value == int(value) and size < PLAIN[1]:
        return str(int(value))
    return place(value, decimals(value, digits))


def exact(value: float) -> str:
    """A number of a formula as it was written: as many digits as tell it from all others."""
    text = repr(float(value))
    return _power(text) if "e" in text else text.removesuffix(".0")


def decimals(value: float, digits: int = DIGITS) -> int:
    """The place after the point of the last of so many significant digits."""
    if value == 0 or not math.isfinite(value):
        return digits
    exponent = int(f"{abs(value):.{max(digits, 1) - 1}e}".partition("e")[2])
    return digits - 1 - exponent


def place(value: float, last: int, keep_zeros: bool = False) -> str:
    """A number rounded at a place after the point."""
    rounded = quantized(value, last)
    if not math.isfinite(value):
        return str(value)
    size = abs(rounded)
    if size and (size < Decimal(str(PLAIN[0])) or last < 0 or last > 20):
        return _power(f"{rounded:.{max(0, rounded.adjusted() + last)}e}")
    text = f"{rounded:.{max(0, last)}f}"
    if not keep_zeros and "." in text:
        text = text.rstrip("0").rstrip(".")
    return text[1:] if text.lstrip("-0.") == "" and text.startswith("-") else text


def quantized(value: float, last: int) -> Decimal:
    """A number rounded at a place after the point, half to even."""
    if not math.isfinite(value):
        return Decimal(0)
    exact = Decimal(value)
    return exact.quantize(Decimal(1).scaleb(-last), context=WIDE) if exact else Decimal(0)


def _power(text: str) -> str:
    """1.50000e-05 as 1.5e-5."""
    digits, _, exponent = text.lower().partition("e")
    if "." in digits:
        digits = digits.rstrip("0").rstrip(".")
    return f"{digits}e{int(exponent)}"


def printed(expr: Expr, digits: int) -> Expr:
    """The expression with its numbers rounded to so many significant digits."""
    return replaced(expr, lambda n: Number(n.value, shown(n.value, digits)))


def fitted(numbers: Expr, result: float, most: int = DIGITS) -> tuple[Expr, str]:
    """Operands and result as they are printed, so that the first give the second.

    Example:
        >>> from pellucid.inspect.explain.text import written
        >>> numbers, result = fitted(Number(1 / 3) * Number(2 / 7), 2 / 21)
        >>> f"{written(numbers)} = {result}"
        '0.3333333 * 0.2857143 = 0.0952381'
    """
    for wanted in range(most, DIGITS - 3, -1):
        last = decimals(result, wanted)
        for digits in MORE[: 4 if wanted == DIGITS else None]:
            candidate = printed(numbers, digits)
            if agree(evaluate(candidate), result, last):
                return candidate, place(result, last)
    candidate = printed(numbers, MORE[-1])
    found = evaluate(candidate)
    return candidate, _common(found, result)


def agree(found: float, result: float, last: int) -> bool:
    """Whether both are the same number once rounded at a place after the point."""
    if not (math.isfinite(found) and math.isfinite(result)):
        return found == result or (math.isnan(found) and math.isnan(result))
    return quantized(found, last) == quantized(result, last)


def _common(found: float, result: float) -> str:
    """The result up to the last place in which it agrees with what was found."""
    for wanted in range(DIGITS, 0, -1):
        last = decimals(result, wanted)
        if agree(found, result, last):
            return place(result, last)
    last = decimals(max(abs(found), abs(result)), 1)
    for least in range(last, last - 20, -1):
        if agree(found, result, least):
            return place(result, least, keep_zeros=True) if 0 <= least <= 20 else "0"
    return shown(result, 17)


def column(values: Sequence[float], result: float) -> tuple[list[str], str]:
    """Terms as they are printed one below the other, and their sum: the first add up to it."""
    if not all(map(math.isfinite, [*values, result])):
        return [shown(value) for value in values], shown(result)
    largest = max([abs(value) for value in values], default=0.0)
    wished = range(DIGITS, 0, -1)
    finest = decimals(largest, DIGITS + 1)  # what large terms cancel, nobody can add up again
    ends = [min(finest, decimals(result, wanted)) for wanted in wished] if result else []
    for last in [*ends, *(decimals(largest, wanted) for wanted in (*wished, 0, -1))]:
        for finer in range(last, last + 5):
            total = sum((quantized(value, finer) for value in values), Decimal(0))
            if total.quantize(Decimal(1).scaleb(-last), context=WIDE) == quantized(result, last):
                return aligned(values, finer), _rounded(result, last)
    return [shown(value, 17) for value in values], shown(result, 17)


def _rounded(result: float, last: int) -> str:
    """The result; where nothing but zeros is left of it, they say up to where it is known."""
    gone = result != 0 and not quantized(result, last)
    return place(result, last, keep_zeros=gone and 0 < last <= 20)


def aligned(values: Sequence[float], last: int) -> list[str]:
    """Numbers rounded at the same place, without the zeros that all of them end with."""
    while last > 0 and all(quantized(v, last) == quantized(v, last - 1) for v in values):
        last -= 1
    plain = all(not quantized(v, last) or abs(v) >= PLAIN[0] for v in values)
    return [place(value, last, keep_zeros=plain and last <= 12) for value in values]


def product_for(numbers: Expr, value: float, text: str) -> Expr | None:
    """Operands with as many digits as give a term as it is printed; None where none do."""
    last = places_of(text)
    for digits in MORE:
        candidate = printed(numbers, digits)
        if agree(evaluate(candidate), float(text), last):
            return candidate
    return None


def places_of(text: str) -> int:
    """The place after the point of a printed number's last digit."""
    if "n" in text:
        return 0
    digits, _, exponent = text.partition("e")
    return len(digits.partition(".")[2]) - int(exponent or 0)
