"""Sizes, shapes and kinds of number."""

from __future__ import annotations

import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pellucid.errors import GraphError
from pellucid.graph import BATCH, Batch, Shape, Type, TypeProblem
from pellucid.graph.types import broadcast, count, divide, parse_dim, resolve, show_shape

dims = st.one_of(
    st.integers(0, 20), st.builds(Batch, st.integers(1, 9), st.integers(1, 3))
)  # fmt: skip


@pytest.mark.parametrize(
    ("dim", "text", "size"),
    [
        (Batch(), "B", 4),
        (Batch(10), "10B", 40),
        (Batch(1, 2), "B^2", 16),
        (Batch(3, 2), "3B^2", 48),
    ],
)
def test_a_batch_size_is_written_and_resolved(dim: Batch, text: str, size: int) -> None:
    assert str(dim) == text
    assert dim.size(4) == size
    assert parse_dim(text) == dim


@given(dims)
def test_a_size_is_read_as_it_was_written(dim: Any) -> None:
    assert parse_dim(dim if isinstance(dim, int) else str(dim)) == dim


@pytest.mark.parametrize("text", ["", "C", "B10", "-1B", "1.5", 2.5, None, True])
def test_what_is_no_size_is_refused(text: Any) -> None:
    with pytest.raises(GraphError) as caught:
        parse_dim(text)
    expected = f"A size is a whole number or a multiple of B such as '10B', got {text!r}."
    assert str(caught.value) == expected


@given(st.lists(dims, max_size=4), st.integers(1, 50))
def test_the_count_is_the_product_for_every_batch_size(shape: list[Any], batch: int) -> None:
    product = 1
    for size in resolve(tuple(shape), batch):
        product *= size
    assert resolve((count(tuple(shape)),), batch) == (product,)


@given(dims, dims, st.integers(1, 50))
def test_a_quotient_is_exact_or_none(part: Any, other: Any, batch: int) -> None:
    whole = count((part, other))
    if part == 0:
        assert divide(whole, part) is None
    else:
        assert divide(whole, part) == other or whole == 0


@pytest.mark.parametrize(
    ("total", "part", "quotient"),
    [(12, 4, 3), (12, 5, None), (Batch(10), 5, Batch(2)), (Batch(10), BATCH, 10),
     (10, BATCH, None), (Batch(6, 2), Batch(3), Batch(2)), (0, 3, 0)],
)  # fmt: skip
def test_quotients_worked_by_hand(total: Any, part: Any, quotient: Any) -> None:
    assert divide(total, part) == quotient


@pytest.mark.parametrize(
    ("shapes", "common"),
    [
        ([], ()),
        ([(2, 3), (3,)], (2, 3)),
        ([(BATCH, 1), (1, 4)], (BATCH, 4)),
        ([(1,), (0,)], (0,)),
        ([(BATCH, 2), (2,), ()], (BATCH, 2)),
        ([(BATCH,), (2,)], None),
        ([(2,), (3,)], None),
        ([(Batch(2),), (BATCH,)], None),
    ],
)
def test_broadcasting(shapes: list[Shape], common: Shape | None) -> None:
    assert broadcast(shapes) == common


def test_types_are_written_with_their_sizes() -> None:
    assert str(Type((BATCH, 10))) == "float[B, 10]"
    assert str(Type((), "int")) == "int[]"
    assert show_shape((Batch(2), 3)) == "[2B, 3]"


@pytest.mark.parametrize(
    ("shape", "dtype", "message"),
    [
        ((-1,), "float", "a size is a whole number from 0 on or a multiple of B, got -1"),
        ((2.0,), "float", "a size is a whole number from 0 on or a multiple of B, got 2.0"),
        ((True,), "float", "a size is a whole number from 0 on or a multiple of B, got True"),
        ((Batch(0),), "float", "a size is a whole number from 0 on or a multiple of B, got 0B"),
        ((), "complex", "there is no kind of number 'complex'; use float, int or bool"),
    ],
)
def test_a_type_that_cannot_be_is_refused(shape: Any, dtype: Any, message: str) -> None:
    with pytest.raises(TypeProblem, match=re.escape(message) + "$"):
        Type(shape, dtype)
