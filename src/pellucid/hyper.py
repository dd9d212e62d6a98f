"""Hyper-parameters, each declared once: default, range, unit and one line of doc.

A class that derives from ``Declared`` and writes its fields with ``hyper(...)`` gets its values
checked when it is made, and can describe itself to a command line, a web page or a test.
"""

from __future__ import annotations

import dataclasses
import math
import numbers
from collections.abc import Sequence
from dataclasses import MISSING
from typing import Any

from pellucid.dataclass import dataclass
from pellucid.errors import ParameterError, unknown_name, wording


@dataclass(frozen=True)
class Hyper:
    """The declaration of one hyper-parameter."""

    doc: str
    kind: type[Any]
    low: float | None = None
    high: float | None = None
    above: float | None = None
    below: float | None = None
    choices: tuple[str, ...] | None = None
    optional: bool = False
    unit: str = "dimensionless"
    pair: bool = False

    @property
    def range(self) -> str:
        """The allowed values in words, for example ``a number above 0 and at most 1``."""
        if self.choices is not None:
            return "one of " + ", ".join(self.choices)
        word = {int: "a whole number", float: "a number", bool: "True or False", str: "a text"}
        limits = [
            f"{text} {value:g}"
            for text, value in (
                ("at least", self.low),
                ("above", self.above),
                ("at most", self.high),
                ("below", self.below),
            )
            if value is not None
        ]
        text = " ".join([word.get(self.kind, self.kind.__name__), " and ".join(limits)]).strip()
        text += ", or a pair of them" if self.pair else ""
        return text + (" or None" if self.optional else "")

    def check(self, owner: str, name: str, value: Any) -> Any:
        """Return the value in its declared type, or raise ``ParameterError`` saying the range."""
        if value is None and self.optional:
            return None
        if self.choices is not None and isinstance(value, str):
            if value not in self.choices:
                raise unknown_name(f"{name} of {owner}", value, self.choices)
            return value
        parts = [value]
        if self.pair:
            parts = list(value) if isinstance(value, list | tuple) else [value, value]
        if not all(map(self._fits, parts)) or len(parts) != (2 if self.pair else 1):
            raise ParameterError(
                wording(
                    owner,
                    expected=f"{name} to be {self.range}",
                    got=repr(value),
                    remedy=f"{name} is {self.doc}.",
                )
            )
        if self.kind in (int, float):
            parts = [self.kind(part) for part in parts]
        return tuple(parts) if self.pair else parts[0]

    def _fits(self, value: Any) -> bool:
        accepted = {int: numbers.Integral, float: numbers.Real, bool: bool}.get(
            self.kind, self.kind
        )
        if not isinstance(value, accepted) or (isinstance(value, bool) and self.kind is not bool):
            return False
        return self.kind not in (int, float) or self._within(value)

    def _within(self, value: Any) -> bool:
        number: Any = value
        if self.kind is float or not isinstance(value, numbers.Integral):
            try:
                number = float(value)
            except OverflowError:  # a whole number too large for a float
                return False
        return (
            (isinstance(number, numbers.Integral) or math.isfinite(number))
            and (self.low is None or number >= self.low)
            and (self.above is None or number > self.above)
            and (self.high is None or number <= self.high)
            and (self.below is None or number < self.below)
        )


def hyper(
    default: Any = MISSING,
    *,
    doc: str,
    kind: type[Any] = float,
    low: float | None = None,
    high: float | None = None,
    above: float | None = None,
    below: float | None = None,
    choices: Sequence[str] | None = None,
    optional: bool = False,
    unit: str = "dimensionless",
    keyword: bool = False,
    pair: bool = False,
) -> Any:
    """Declare one hyper-parameter as a dataclass field.

    Parameters:
        default: the value when none is given; without it the parameter is required.
        doc: one line, worded to follow "NAME is".
        kind: int, float, bool, str or a class.
        low, high, above, below: closed (low, high) and open (above, below) limits.
        choices: the allowed texts.
        optional: whether None is allowed.
        keyword: whether it can be given by name only.
        pair: whether two are meant (rows, columns); one number given stands for both.
    """
    allowed = tuple(choices) if choices else None
    declared = Hyper(doc, kind, low, high, above, below, allowed, optional, unit, pair)
    return dataclasses.field(default=default, kw_only=keyword, metadata={"hyper": declared})


@dataclass(frozen=True)
class Declared:
    """Base of frozen classes whose fields are declared with ``hyper``; checks them when made."""

    def __init_subclass__(cls, **options: Any) -> None:
        super().__init_subclass__(**options)
        if "__repr__" not in cls.__dict__:  # else each dataclass would write one of its own
            cls.__repr__ = Declared.__repr__  # type: ignore[method-assign]

    def __repr__(self) -> str:
        """The settings that are not the defaults: ``Dense(units=64, activation=Relu())``."""
        told = [
            f"{field.name}={getattr(self, field.name)!r}"
            for field in dataclasses.fields(self)
            if field.repr and getattr(self, field.name) != field.default
        ]
        return f"{type(self).__name__}({', '.join(told)})"

    def __post_init__(self) -> None:
        for name, declared in declarations(type(self)).items():
            value = declared.check(type(self).__name__, name, getattr(self, name))
            object.__setattr__(self, name, value)


def declarations(cls: type[Any]) -> dict[str, Hyper]:
    """All declared hyper-parameters of a class, by field name, in order."""
    return {
        field.name: field.metadata["hyper"]
        for field in dataclasses.fields(cls)
        if "hyper" in field.metadata
    }
