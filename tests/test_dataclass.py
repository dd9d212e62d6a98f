"""Our ``dataclass`` does what the library's does: the same classes are made with both."""

from __future__ import annotations

import copy
import dataclasses
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from pellucid.dataclass import dataclass

Made = SimpleNamespace


def classes(make: Callable[..., Any]) -> Made:
    """Classes of many kinds, made dataclasses by ``make``."""

    @make(frozen=True)
    class Empty:
        pass

    @make(frozen=True)
    class One:
        a: Any

    @make(frozen=True)
    class Two:
        a: Any
        b: Any = 2

    @make(frozen=True)
    class Below(Two):
        c: Any = 3

    class Plain(Two):
        """A subclass that is none by itself."""

    @make
    class Loose:
        a: Any
        b: Any = dataclasses.field(default_factory=list)

    @make(frozen=True)
    class Some:
        a: Any
        b: Any = dataclasses.field(default=0, compare=False)
        c: Any = dataclasses.field(default=0, repr=False)

    @make(frozen=True)
    class Own:
        a: Any

        def __eq__(self, other: object) -> bool:
            return isinstance(other, Own) and other.a % 2 == self.a % 2

        def __repr__(self) -> str:
            return "mine"

    @make(frozen=True)
    class Hashed:
        a: Any

        def __hash__(self) -> int:
            return 7

    @make(frozen=True, eq=False)
    class Same:
        a: Any

    @make(frozen=True, eq=False, repr=False)
    class Quiet(Two):
        c: Any = 3

    @make(frozen=True, slots=True)
    class Slots:
        a: Any
        b: Any = 2

    @make(slots=True)
    class LooseSlots:
        a: Any

    return Made(**{name: one for name, one in locals().items() if isinstance(one, type)})


OURS, THEIRS = classes(dataclass), classes(dataclasses.dataclass)
NAMES = [name for name in vars(OURS) if name != "Empty"]
ARRAY, NAN = np.ones(3), float("nan")


def hashed(value: Any) -> Any:
    try:
        return hash(value)
    except TypeError as error:
        return str(error)


@pytest.mark.parametrize("name", NAMES)
def test_it_is_compared_hashed_and_written_alike(name: str) -> None:
    told = []
    for make in (getattr(OURS, name), getattr(THEIRS, name)):
        one, two, other = make(1), make(1), make(2)
        by_field = "__hash__" in vars(type(one))
        told.append(
            [
                one == two, one == other, one != two, one == 1, one == copy.copy(one),
                hashed(one) if by_field else None, hashed(make(ARRAY)) if by_field else None,
                repr(one) if "object at" not in repr(one) else None,
                dataclasses.astuple(one), [field.name for field in dataclasses.fields(make)],
                make.__match_args__, repr(dataclasses.replace(one, a=5)).split(" object")[0],
            ]
        )  # fmt: skip
    assert told[0] == told[1]


def test_without_fields_all_are_equal() -> None:
    for made in (OURS, THEIRS):
        assert made.Empty() == made.Empty() and hash(made.Empty()) == hash(())
        assert repr(made.Empty()) == "classes.<locals>.Empty()"


@pytest.mark.parametrize("value", [ARRAY, NAN])
@pytest.mark.parametrize("name", ["One", "Two", "Loose"])
def test_what_is_the_same_object_is_equal(name: str, value: Any) -> None:
    for made in (OURS, THEIRS):
        make = getattr(made, name)
        assert make(value) == make(value)


def test_classes_of_others_are_not_equal() -> None:
    for made in (OURS, THEIRS):
        assert made.Two(1) != made.Plain(1) and made.Plain(1) == made.Plain(1)
        assert made.Two(1) != made.Below(1) and made.Two(1) != made.Quiet(1)


def test_a_frozen_one_is_not_changed_and_a_cycle_is_written() -> None:
    for made in (OURS, THEIRS):
        with pytest.raises(dataclasses.FrozenInstanceError):
            made.Two(1).a = 2
        loose = made.Loose(1)
        loose.b.append(loose)
        assert repr(loose) == "classes.<locals>.Loose(a=1, b=[...])"
