"""The kind of a column: what is found and why, and what may be asked for."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

import numpy as np
import polars as pl
import pytest

from pellucid.data import TableCodec
from pellucid.data.columns.kinds import KINDS, fit_column
from pellucid.data.frame import Table
from pellucid.errors import DataError, UnknownNameError

Said = Callable[[type[Exception], Callable[[], object]], str]
ROWS = range(60)


def column(values: Any, name: str = "a") -> pl.Series:
    return pl.Series(name, list(values))


@pytest.mark.parametrize(
    ("series", "kind", "why"),
    [
        (column(k * 0.5 for k in ROWS), "number", "numbers"),
        (column(k % 7 for k in ROWS), "number", "whole numbers"),
        (column([*(str(k) for k in ROWS), "?", " "]), "number", "whole numbers"),
        (column([1.5, None, float("nan"), 2.5]), "number", "numbers"),
        (column(k % 2 for k in ROWS), "boolean", "only 0 and 1"),
        (column(k % 2 == 0 for k in ROWS), "boolean", "true or false by type"),
        (column(["yes", "no", "no"]), "boolean", "only no and yes"),
        (column(["T", "F", "?"]), "boolean", "only f and t"),
        (column("abc"[k % 3] for k in ROWS), "category", "3 different texts"),
        (column(["x", "y"]), "category", "2 different texts"),
        (column(f"town {k % 40}" for k in range(120)), "category", "40 different texts"),
        (
            column(f"0{1000 + k % 40}" for k in range(120)),
            "category",
            "40 different texts, with leading zeros",
        ),
        (column(f"key{k}" for k in ROWS), "identifier", "60 different in 60 cells"),
        (column(ROWS), "identifier", "whole numbers that count the rows"),
        (column((k * 7 % 61 for k in ROWS), "user_id"), "identifier",
         "whole numbers, all different, and called so"),
        (column(k * 7 % 61 for k in ROWS), "number", "whole numbers"),
        (column(range(5)), "number", "whole numbers"),
        (column(["x"] * 5), "constant", "'x' in every row"),
        (column([3, 3]), "constant", "'3' in every row"),
        (column(["x", None, "x"]), "category", "'x' or nothing"),
        (column(f"2024-01-{1 + k % 28:02}" for k in ROWS), "date",
         "dates or times like 2024-01-01"),
        (column(["31.12.2024", "01.02.2023"]), "date", "dates or times like 31.12.2024"),
        (column(["09:30", "17:05"]), "date", "dates or times like 09:30"),
        (column([date(2024, 1, 1), date(2024, 2, 1)]), "date", "dates or times by type"),
        (column(["2024-01-01", None, "2024-02-01"]).str.to_datetime(), "date",
         "dates or times by type"),
        (column(f"the red house number {k}" for k in ROWS), "text", "5 words a cell on average"),
        (column([*(str(k / 4) for k in range(30)), "many"]), "number",
         "30 of 31 cells are numbers; the rest, such as 'many', count as missing"),
        (column(["1", "2", "many"]), "category", "3 different texts"),
        (column("ab"[k % 2] for k in ROWS).cast(pl.Categorical), "category", "categories by type"),
    ],
)  # fmt: skip
def test_what_is_found_and_why(series: pl.Series, kind: str, why: str) -> None:
    found = fit_column(series, None)
    assert (found.kind, found.reason) == (kind, why)


def test_three_different_texts_in_three_rows_are_a_category_not_an_identifier() -> None:
    assert fit_column(column(["a1", "b2", "c3"]), None).kind == "category"


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind != "ignore"])
def test_any_kind_can_be_asked_for_where_the_cells_allow_it(kind: str) -> None:
    cells = ["2024-01-01", "2024-05-01"] if kind == "date" else ["3", "4"]
    found = fit_column(column(cells), kind)
    assert (found.kind, found.reason) == (kind, "asked for")


def test_what_cannot_be_asked_for(said: Said) -> None:
    assert said(DataError, lambda: fit_column(column(["x", "y"]), "number")) == (
        "The column 'a' is to be a number, and none of its cells is one, for example 'x'. Give it "
        "another kind."
    )
    assert said(DataError, lambda: fit_column(column(["x", "y", "z"]), "boolean")) == (
        "The column 'a' is to be boolean, and holds 3 different values; expected two. Make it a "
        "category."
    )
    assert said(DataError, lambda: fit_column(column(["x", "y"]), "date")) == (
        "The column 'a' holds no dates or times in one form that is known, for example 'x'; "
        "expected such as 2024-12-31 or 2024-12-31 23:59:00. Rewrite them so, or give the column "
        "another kind."
    )
    assert said(DataError, lambda: fit_column(column([[1], [2]]), None)) == (
        "The column 'a' holds List(Int64) in its cells; expected single numbers, texts, dates or "
        "truth values. Take it apart, or ignore the column."
    )


def table(**columns: Any) -> Table:
    return Table.of(pl.DataFrame(columns))


def test_columns_by_name_with_the_nearest_suggested(said: Said) -> None:
    data = table(size=[1.0, 2.0], town=["x", "y"])
    assert said(UnknownNameError, lambda: TableCodec.fit(data, {"twon": "text"})) == (
        "There is no column 'twon'. Did you mean 'town'? Known: size, town."
    )
    assert said(UnknownNameError, lambda: TableCodec.fit(data, {"town": "categroy"})) == (
        "There is no kind of column (asked for 'town') 'categroy'. Did you mean 'category'? Known: "
        "boolean, category, constant, date, identifier, ignore, number, text."
    )
    assert [c.name for c in TableCodec.fit(data, {"town": "ignore"}).columns] == ["size"]


def test_columns_without_a_value_are_all_named(said: Said) -> None:
    data = table(size=[1.0, 2.0], a=["?", ""], b=[None, float("nan")])
    assert said(DataError, lambda: TableCodec.fit(data)) == (
        "The columns 'a', 'b' hold no value in any training row; expected some. Drop them, or have "
        "them ignored: columns={'a': 'ignore'}, on the command line --column a=ignore."
    )
    assert TableCodec.fit(data, {"a": "ignore", "b": "ignore"}).sample_shape == (1,)


def test_nothing_left_to_learn_from_is_said_with_the_kinds(said: Said) -> None:
    data = table(key=[f"k{k}" for k in ROWS], one=["x"] * 60)
    assert said(DataError, lambda: TableCodec.fit(data)) == (
        "No column is left to learn from: 'key' is identifier (60 different in 60 cells); 'one' is "
        "constant ('x' in every row). Add columns, or say which kind they are: "
        "columns={'name': 'number'}, on the command line --column name=number."
    )


def test_numbers_that_count_the_rows_are_learned_from_where_there_is_nothing_else() -> None:
    codec = TableCodec.fit(table(t=list(ROWS), one=[5] * 60))
    assert codec.rows()[0]["why"] == "whole numbers, and the only column"
    z = codec.encode(table(t=[0, 59], one=[5, 5]), np.float64)
    spread = np.std(ROWS)
    np.testing.assert_allclose(z, [[-29.5 / spread], [29.5 / spread]])


def test_pixels_keep_a_scale_of_at_least_a_tenth_of_their_range() -> None:
    from pellucid.data import fit_inputs, load

    x = load("digits").x
    names = [f"p{k}" for k in range(64)]
    frame = pl.DataFrame({name: x[:, k] for k, name in enumerate(names)})
    codec = fit_inputs(frame)
    assert codec.sample_shape == (64,)
    np.testing.assert_array_equal(codec.encode(frame), fit_inputs(x).encode(x))
