"""A row without a data frame: the codec's numbers to the bit, or none at all."""

from __future__ import annotations

from typing import Any

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pellucid.data import TableCodec
from pellucid.data.columns.boolean import Boolean
from pellucid.data.columns.category import Category
from pellucid.data.columns.number import Number
from pellucid.data.frame import Table
from pellucid.serve.quick import quick_row
from tests.serve.asking import dates_model, frame, row_of, table_model

CODEC = table_model().inputs
assert isinstance(CODEC, TableCodec)
QUICK = quick_row(CODEC, "float32", ["nr", "side"])
CELLS: dict[str, Any] = {
    "size": st.one_of(st.none(), st.floats(-100, 100), st.integers(-100, 100)),
    "weight": st.one_of(st.floats(), st.integers(), st.booleans(), st.none()),
    "town": st.sampled_from(["Rome", "Oslo", "Lima \u00e9", " Rome", "rome", "NA", "", None, 1]),
    "shop": st.sampled_from(["shop 1", "shop 7", "shop 99", None, 3.5]),
    "new": st.sampled_from(["yes", "no", "maybe", None, True, 1]),
}


@settings(max_examples=300, derandomize=True, deadline=None)
@given(st.fixed_dictionaries(CELLS))
def test_what_it_gives_is_what_the_codec_gives_and_nothing_was_new(row: dict[str, Any]) -> None:
    found = QUICK(row)
    if found is None:
        return
    cells = {name: "yes" if value is True else value for name, value in row.items()}
    table = Table(pl.DataFrame({name: [value] for name, value in cells.items()}, strict=False))
    assert isinstance(CODEC, TableCodec)
    z, notes = CODEC.encode_noting(table)
    assert found.dtype == z.dtype
    assert found.tobytes() == z.tobytes()
    assert not notes.entries


def test_every_training_row_goes_the_quick_way_but_those_of_rare_shops() -> None:
    rows = frame().drop("side", "price", "nr").rows(named=True)
    assert isinstance(CODEC, TableCodec)
    assert sum(QUICK(row) is not None for row in rows) > 0.9 * len(rows)


@pytest.mark.parametrize(
    "row",
    [
        {},
        row_of(size="3"),
        row_of(size=[3]),
        row_of(town={}),
        row_of(town="Rome "),
        row_of(weight=10**400),
        row_of(weight=1e6),
        row_of(weight=None),
        row_of(new=1),
        row_of(colour="red"),
    ],
)
def test_whatever_needs_words_is_left_to_the_codec(row: dict[str, Any]) -> None:
    assert QUICK(row) is None


def test_the_target_and_columns_without_use_may_be_there() -> None:
    assert QUICK(row_of(nr=7, side="up")) is not None


def test_dates_and_texts_are_left_to_the_codec() -> None:
    codec = dates_model().inputs
    assert isinstance(codec, TableCodec)
    assert quick_row(codec, "float32", [])({}) is None


def test_a_file_of_a_stranger_with_texts_that_the_codec_never_meets() -> None:
    codec = TableCodec(
        (
            Category("a", "", ("x", " y ", "NA")),
            Boolean("b", "", "same", "same"),
            Number("c", "", 0.0, 1.0, 0.0, 1.0),
        )
    )
    assert quick_row(codec, "float32", [])({"a": "x", "b": "same", "c": 0.5}) is None
    codec = TableCodec(codec.columns[::2])
    quick = quick_row(codec, "float64", [])
    assert quick({"a": " y ", "c": 0.5}) is quick({"a": "NA", "c": 0.5}) is None
    found = quick({"a": "x", "c": 0.5})
    assert found is not None
    np.testing.assert_array_equal(found, [[1, 0, 0, 0.5]])
