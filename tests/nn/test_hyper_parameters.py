"""Wrong values of every declared hyper-parameter of every class, made from the declarations."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from pellucid.errors import ParameterError, UnknownNameError
from pellucid.hyper import Hyper, declarations
from pellucid.nn import Conv1D, Conv2D, MaxPool2D, Reshape
from tests.nn.cases import ACTIVATIONS, INITIALIZERS, LAYERS, LOSSES


def wrong(declared: Hyper) -> Iterator[Any]:
    """Values that a declaration rules out."""
    yield object()
    yield [1, 2, 3]
    if not declared.optional:
        yield None
    if declared.kind is not bool:
        yield True
    if declared.kind is not str:
        yield "1"
    if declared.kind in (int, float):
        yield from (float("nan"), float("inf"), 10**400 if declared.kind is float else 1.5)
    if declared.low is not None:
        yield declared.kind(declared.low - 1)
    if declared.high is not None:
        yield declared.kind(declared.high + 1)
    for limit in (declared.above, declared.below):
        if limit is not None:
            yield declared.kind(limit)
    if declared.pair:
        yield from ((), (1,), (1, 0), (1, None), (1.5, 1), [1, 1, 1])


def members() -> Iterator[tuple[Any, str, Hyper]]:
    """An example of each class, with each of its declarations."""
    seen = set()
    examples = [*(c.layer for c in LAYERS), *ACTIVATIONS, *INITIALIZERS, *(c.loss for c in LOSSES)]
    for example in examples:
        if type(example) not in seen:
            seen.add(type(example))
            for name, declared in declarations(type(example)).items():
                yield example, name, declared


MEMBERS = list(members())
each = pytest.mark.parametrize(
    ("example", "name", "declared"), MEMBERS, ids=[f"{type(e).__name__}.{n}" for e, n, _ in MEMBERS]
)


@each
def test_values_out_of_range_are_refused_with_the_range(
    example: Any, name: str, declared: Hyper
) -> None:
    for value in wrong(declared):
        with pytest.raises(ParameterError) as caught:
            replace(example, **{name: value})
        assert str(caught.value) == (
            f"{type(example).__name__} expects {name} to be {declared.range}, got {value!r}. "
            f"{name} is {declared.doc}."
        )


@each
def test_the_limits_themselves_are_right(example: Any, name: str, declared: Hyper) -> None:
    for limit in (declared.low, declared.high):
        if limit is not None and not (name == "units" and limit == 0):
            assert replace(example, **{name: declared.kind(limit)}) is not None
    if declared.optional:
        assert getattr(replace(example, **{name: None}), name) is None
    for choice in declared.choices or ():
        assert getattr(replace(example, **{name: choice}), name) == choice


@each
def test_unknown_choices_are_refused(example: Any, name: str, declared: Hyper) -> None:
    if declared.choices:
        with pytest.raises(UnknownNameError, match=f"There is no {name} of"):
            replace(example, **{name: "nothing"})


@pytest.mark.parametrize(
    "value", ["vald", -1, 1.5, True, (1,), (1, 2, 3), (1, -1), ((1, 2), 3.0), ((1, 2), (3,)), None]
)
def test_wrong_paddings(value: Any) -> None:
    for layer in (Conv2D(1, 3), MaxPool2D()):
        with pytest.raises(ParameterError) as caught:
            replace(layer, padding=value)
        assert str(caught.value) == (
            f"{type(layer).__name__} expects padding to be 'valid', 'same', a whole number of at "
            "least 0, (rows, columns) or ((above, below), (left, right)), "
            f"got {value!r}. It is what is added around the picture."
        )


@pytest.mark.parametrize("value", ["vald", -1, 1.5, True, (1,), (1, 2, 3), (1, -1), None])
def test_wrong_paddings_of_a_series(value: Any) -> None:
    with pytest.raises(ParameterError) as caught:
        Conv1D(1, 3, padding=value)
    assert str(caught.value) == (
        "Conv1D expects padding to be 'valid', 'same', a whole number of at least 0 or "
        f"(before, after), got {value!r}. It is what is added around the series."
    )


@pytest.mark.parametrize("value", [3, "3", (0,), (-1, -1), (2, -2), (1.5,), (True,), None])
def test_wrong_shapes(value: Any) -> None:
    with pytest.raises(ParameterError) as caught:
        Reshape(value)
    assert str(caught.value) == (
        "Reshape expects a shape of whole numbers of at least 1, one of which may be -1, "
        f"got {value!r}. Leave the batch axis out of it."
    )


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("valid", ((0, 0), (0, 0))),
        ("same", "same"),
        (1, ((1, 1), (1, 1))),
        ([1, 2], ((1, 1), (2, 2))),
        (((1, 2), 3), ((1, 2), (3, 3))),
        ([[1, 2], [3, 4]], ((1, 2), (3, 4))),
    ],
)
def test_paddings_are_kept_in_one_form(given: Any, kept: Any) -> None:
    assert Conv2D(1, 3, padding=given).padding == kept
    assert hash(Conv2D(1, 3, padding=given)) == hash(Conv2D(1, 3, padding=kept))
    assert Conv2D(1, 3, stride=2) == Conv2D(1, [3, 3], (2, 2))  # type: ignore[arg-type]
