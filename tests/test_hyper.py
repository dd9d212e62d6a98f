"""Declared hyper-parameters: checked when an object is made, and told to whoever asks."""

from __future__ import annotations

from dataclasses import FrozenInstanceError, dataclass, fields
from fractions import Fraction
from typing import Any

import numpy as np
import pytest

from pellucid.errors import ParameterError, UnknownNameError
from pellucid.hyper import Declared, Hyper, declarations, hyper


@dataclass(frozen=True)
class Sample(Declared):
    """One hyper-parameter of each kind."""

    units: int = hyper(kind=int, low=1, high=10, doc="how many")
    rate: float = hyper(0.5, low=0, below=1, doc="how much", unit="1/s")
    limit: float | None = hyper(None, above=0, optional=True, doc="the limit")
    bias: bool = hyper(True, kind=bool, doc="whether there is one")
    kind: str = hyper("in", kind=str, choices=("in", "out"), doc="which")
    size: Any = hyper(2, kind=int, low=1, pair=True, doc="rows and columns")
    label: str | None = hyper(None, kind=str, optional=True, keyword=True, doc="its name")
    plain: int = 7


def test_values_are_kept_in_their_declared_type() -> None:
    made = Sample(np.int32(3), 0, 2, False, "out", np.int64(3), label="a")  # type: ignore[arg-type]
    assert (made.units, made.rate, made.limit, made.bias) == (3, 0.0, 2.0, False)
    assert [type(v) for v in (made.units, made.rate, made.limit)] == [int, float, float]
    assert (made.kind, made.size, made.label, made.plain) == ("out", (3, 3), "a", 7)
    assert Sample(1, Fraction(1, 4)).rate == 0.25  # type: ignore[arg-type]
    assert Sample(1, np.float32(0.25)).rate == 0.25  # type: ignore[arg-type]
    assert Sample(1, size=[1, 2]).size == (1, 2)
    assert all(type(part) is int for part in Sample(1, size=np.int64(4)).size)


def test_a_declared_object_cannot_be_changed() -> None:
    with pytest.raises(FrozenInstanceError):
        Sample(1).units = 2  # type: ignore[misc]


def test_a_required_parameter_is_required_and_a_keyword_is_one() -> None:
    with pytest.raises(TypeError, match="units"):
        Sample()
    assert [f.name for f in fields(Sample) if f.kw_only] == ["label"]


MESSAGE = "Sample expects {name} to be {range}, got {value}. {name} is {doc}."


@pytest.mark.parametrize(
    ("name", "value", "range", "doc"),
    [
        ("units", 0, "a whole number at least 1 and at most 10", "how many"),
        ("units", 11, "a whole number at least 1 and at most 10", "how many"),
        ("units", 2.0, "a whole number at least 1 and at most 10", "how many"),
        ("units", True, "a whole number at least 1 and at most 10", "how many"),
        ("units", None, "a whole number at least 1 and at most 10", "how many"),
        ("units", 10**400, "a whole number at least 1 and at most 10", "how many"),
        ("rate", 1.0, "a number at least 0 and below 1", "how much"),
        ("rate", -0.1, "a number at least 0 and below 1", "how much"),
        ("rate", float("nan"), "a number at least 0 and below 1", "how much"),
        ("rate", 1j, "a number at least 0 and below 1", "how much"),
        ("limit", 0.0, "a number above 0 or None", "the limit"),
        ("limit", float("inf"), "a number above 0 or None", "the limit"),
        ("limit", "1", "a number above 0 or None", "the limit"),
        ("bias", 1, "True or False", "whether there is one"),
        ("bias", None, "True or False", "whether there is one"),
        ("kind", 3, "one of in, out", "which"),
        ("size", 0, "a whole number at least 1, or a pair of them", "rows and columns"),
        ("size", (1, 0), "a whole number at least 1, or a pair of them", "rows and columns"),
        ("size", (1, 2, 3), "a whole number at least 1, or a pair of them", "rows and columns"),
        ("size", "12", "a whole number at least 1, or a pair of them", "rows and columns"),
        ("label", 3, "a text or None", "its name"),
    ],
)
def test_wrong_values_are_refused_with_the_range(
    name: str, value: Any, range: str, doc: str
) -> None:
    with pytest.raises(ParameterError) as caught:
        Sample(**{"units": 1, name: value})
    assert str(caught.value) == MESSAGE.format(name=name, range=range, value=repr(value), doc=doc)


def test_an_unknown_choice_suggests_the_nearest() -> None:
    with pytest.raises(UnknownNameError) as caught:
        Sample(1, kind="outt")
    assert str(caught.value) == (
        "There is no kind of Sample 'outt'. Did you mean 'out'? Known: in, out."
    )


def test_declarations_are_told_in_order() -> None:
    found = declarations(Sample)
    assert list(found) == ["label", "units", "rate", "limit", "bias", "kind", "size"] or list(
        found
    ) == ["units", "rate", "limit", "bias", "kind", "size", "label"]
    assert found["rate"] == Hyper("how much", float, low=0, below=1, unit="1/s")
    assert found["units"].unit == "dimensionless"
    assert "plain" not in found
