"""Data frames of pandas, Polars and PyArrow: the same table, whatever it came from."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pytest

from pellucid.data import Table, TableCodec, fit_inputs
from pellucid.data.fingerprint import fingerprint
from pellucid.data.frame import is_frame
from pellucid.errors import DataError, ParameterError, ShapeError

Said = Callable[[type[Exception], Callable[[], object]], str]


def columns() -> dict[str, list[Any]]:
    rows = range(60)
    return {
        "size": [None if k == 7 else k / 4 for k in rows],
        "rooms": [k % 5 for k in rows],
        "beds": [None if k == 3 else k % 3 for k in rows],
        "town": [None if k % 11 == 0 else f"town {k % 4}" for k in rows],
        "shop": [f"shop {k % 40}" for k in rows],
        "open": [k % 3 == 0 for k in rows],
        "maybe": [None if k == 5 else k % 2 == 0 for k in rows],
        "day": [None if k == 9 else f"2024-01-{1 + k % 28:02}T06:30:00" for k in rows],
    }


POLARS = pl.DataFrame(columns()).with_columns(pl.col("day").str.to_datetime())


def pandas_frame() -> pd.DataFrame:
    frame = pd.DataFrame(columns())
    return frame.assign(day=pd.to_datetime(frame["day"]))


def nullable() -> pd.DataFrame:
    kinds: Any = {"beds": "Int64", "maybe": "boolean", "town": "string", "size": "Float64"}
    return pandas_frame().astype(kinds)


def of_objects() -> pd.DataFrame:
    frame = pandas_frame()
    return frame.astype(dict.fromkeys(["town", "shop", "size", "beds", "open"], object))


FRAMES: dict[str, Callable[[], Any]] = {
    "pandas": pandas_frame, "pandas, nullable": nullable, "pandas, objects": of_objects,
    "pyarrow": POLARS.to_arrow, "polars": lambda: POLARS,
}  # fmt: skip


@pytest.mark.parametrize("name", FRAMES)
def test_each_library_gives_the_same_numbers(name: str) -> None:
    frame = FRAMES[name]()
    expected = TableCodec.fit(Table.of(POLARS))
    codec = fit_inputs(frame)
    assert isinstance(codec, TableCodec)
    assert [c.kind for c in codec.columns] == [c.kind for c in expected.columns]
    assert codec.feature_names == expected.feature_names
    np.testing.assert_allclose(codec.encode(frame), expected.encode(POLARS), atol=1e-12)
    np.testing.assert_array_equal(codec.encode(POLARS), codec.encode(frame))


def test_categories_of_pandas_are_categories() -> None:
    frame = pd.DataFrame({"a": pd.Categorical(["x", None, "y", "x"]), "b": [1, 2, 3, 5]})
    codec = fit_inputs(frame)
    assert codec.rows()[0]["why"] == "categories by type"  # type: ignore[attr-defined]
    assert codec.encode(frame)[:, :3].tolist() == [[1, 0, 0], [0, 0, 1], [0, 1, 0], [1, 0, 0]]


def test_columns_of_numbers_as_names_and_durations() -> None:
    frame = pd.DataFrame({0: pd.to_timedelta([1, None, 3], unit="h"), 1: [1.0, 5.0, 2.0]})
    table = Table.of(frame)
    assert table.columns == ["0", "1"]
    assert table.column("0").to_list() == [3600, None, 10800]


def test_what_is_a_frame() -> None:
    assert all(is_frame(make()) for make in FRAMES.values())
    for other in (np.eye(2), [[1]], {"columns": 1}, pl.Series([1]), pd.Series([1])):
        assert not is_frame(other)


def test_a_frame_of_doubled_names_and_an_empty_one(said: Said) -> None:
    doubled = pd.DataFrame([[1, 2]], columns=["a", "a"])
    assert said(DataError, lambda: Table.of(doubled)) == (
        "x has several columns called 'a'; expected different names. Rename them."
    )
    assert said(DataError, lambda: Table.of(pd.DataFrame({"a": []}))) == (
        "x is empty (0 x 1); expected at least one row and one column."
    )


def test_an_array_may_take_the_place_of_the_frame_at_prediction(said: Said) -> None:
    frame = pd.DataFrame({"a": [1.0, 2.0, 4.0], "b": ["x", "y", "x"]})
    codec = fit_inputs(frame)
    mixed = frame.to_numpy()
    np.testing.assert_array_equal(codec.encode(mixed), codec.encode(frame))
    assert said(ShapeError, lambda: codec.encode(np.eye(3))) == (
        "x is 3 x 3; the model was fitted on a table of 2 columns. Give a data frame with the same "
        "columns, or an array of n x 2 in their order."
    )
    assert said(ParameterError, lambda: fit_inputs(np.eye(2), columns={"a": "text"})) == (
        "columns={'a': 'text'} gives kinds to the columns of a data frame that is scaled; x is an "
        "array. Leave it out."
    )


def test_a_table_takes_rows_and_columns() -> None:
    table = Table.of(POLARS)
    assert table[np.array([3, 1])].column("rooms").to_list() == [3, 1]
    assert table[:2].shape == (2, 8)
    assert table.select(["open", "rooms"]).drop(["open"]).columns == ["rooms"]
    assert repr(table) == "<Table: 60 rows of 8 columns (size, rooms, beds, town, shop, ...)>"
    assert np.asarray(table.select(["rooms"])).tolist() == [[k % 5] for k in range(60)]


def test_the_fingerprint_tells_tables_apart() -> None:
    table = Table.of(POLARS)
    assert fingerprint(table) == fingerprint(Table.of(POLARS.clone()))
    others = [
        table[1:], table.drop(["day"]), Table(POLARS.rename({"town": "city"})),
        Table(POLARS.with_columns(town=pl.col("town").fill_null(""))),
        Table(POLARS.with_columns(rooms=pl.col("rooms") + 1)),
    ]  # fmt: skip
    assert len({fingerprint(part) for part in [table, *others]}) == 6
