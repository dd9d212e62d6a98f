"""A row without a data frame: the codec's numbers to the bit, or none at all."""

from __future__ import annotations

from typing import Any, cast

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pellucid.data import TableCodec
from pellucid.data.columns.boolean import Boolean
from pellucid.data.columns.category import Category
from pellucid.data.columns.number import Number
from pellucid.serve.quick import quick_row
from pellucid.serve.table import TableReader
from pellucid.web.refusal import Refused
from tests.serve.asking import dates_model, frame, row_of, table_model

CODEC = cast(TableCodec, table_model().inputs)
DATES = cast(TableCodec, dates_model().inputs)
QUICK = quick_row(CODEC, "float32", ["nr", "side"])
READER, DATES_READER = (TableReader(codec, "float32", "side") for codec in (CODEC, DATES))
CELLS: dict[str, Any] = {
    "size": st.one_of(st.none(), st.floats(-100, 100), st.integers(-100, 100)),
    "weight": st.one_of(st.floats(), st.integers(), st.booleans(), st.none(), st.just("7")),
    "town": st.sampled_from(["Rome", "Oslo", "Lima \u00e9", " Rome", "rome", "NA", "", None, 1]),
    "shop": st.sampled_from(["shop 1", "shop 7", "shop 99", None, 3.5]),
    "new": st.sampled_from(["yes", "no", "maybe", None, True, False, 1]),
}
OTHERS: dict[str, Any] = {
    "when": st.sampled_from(["05.03.2024", "05.03.2031", " 1.2.2024", "never", "", None, 3]),
    "text": st.one_of(st.text(max_size=20), st.just("red light"), st.none()),
    "load": st.one_of(st.floats(-1e9, 1e9), st.integers(), st.text(max_size=3), st.none()),
}


def check(reader: TableReader, row: dict[str, Any]) -> None:
    """A row by itself is read as it is among others by the codec: to the bit, word by word."""
    try:
        wanted = reader.many([row])
    except Refused:
        wanted = None
    found = reader._quick(row)
    if wanted is None or found is None:
        assert found is wanted
        return
    assert found.x.dtype == wanted.x.dtype
    assert found.x.tobytes() == wanted.x.tobytes()
    assert found.warnings == wanted.warnings


@settings(max_examples=200, derandomize=True, deadline=None)
@given(st.fixed_dictionaries(CELLS, optional={"nr": st.just(1), "other": st.just(2)}))
def test_a_row_is_read_as_the_codec_reads_it(row: dict[str, Any]) -> None:
    check(READER, row)


@settings(max_examples=100, derandomize=True, deadline=None)
@given(st.fixed_dictionaries(OTHERS))
def test_dates_texts_and_strays_too(row: dict[str, Any]) -> None:
    check(DATES_READER, row)


def test_training_rows_are_read_without_a_column_being_asked(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def asked(*given: Any) -> bool:
        raise AssertionError("a column was asked")

    monkeypatch.setattr("pellucid.serve.quick._Cell.ask", asked)
    places = {f"shop {k}" for k in range(40)} & set(CODEC.columns[4].settings()["levels"])
    rows = frame().filter(pl.col("shop").is_in(places)).drop("price").rows(named=True)
    assert len(rows) > 250
    for row in rows:
        found = QUICK(row)
        assert found is not None
        assert found.warnings == ()


@pytest.mark.parametrize(
    "row",
    [
        {},
        row_of(size="3"),
        row_of(size=[3]),
        row_of(town={}),
        row_of(weight=10**400),
        row_of(weight=True),
        row_of(town=False),
    ],
)
def test_a_row_with_a_fault_is_left_to_whoever_names_them_all(row: dict[str, Any]) -> None:
    assert QUICK(row) is None


def test_a_file_of_a_stranger_with_texts_that_the_codec_never_meets() -> None:
    codec = TableCodec(
        (
            Category("a", "", ("x", " y ", "NA")),
            Boolean("b", "", "same", "same"),
            Number("c", "", 0.0, 1.0, 0.0, 1.0),
            Number("d", "", 0.0, 1e-30, 5.0, 5.0),
        )
    )
    reader = TableReader(codec, "float32", None)
    for a in ("x", " y ", "y", "NA", None):
        for d in (5, 1e20, 1e29, 1e31, 1e300):
            check(reader, {"a": a, "b": "same", "c": 0.5, "d": d})


@pytest.mark.parametrize("cell", ["YES", "Yes", "nO", "no", "yess", True, False, None])
def test_words_for_yes_and_no_in_capital_and_small_letters(cell: Any) -> None:
    check(READER, row_of(new=cell))


def test_spellings_of_yes_and_no_need_no_column_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pellucid.serve.quick._Cell.ask", lambda *given: False)
    wanted = {word: QUICK(row_of(new=word)) for word in ("yes", "no")}
    for cell, word in (("YES", "yes"), ("Yes", "yes"), ("No", "no"), (True, "yes"), (False, "no")):
        found, own = QUICK(row_of(new=cell)), wanted[word]
        assert found is not None
        assert own is not None
        assert found.x.tobytes() == own.x.tobytes()
