"""What each kind of column becomes: by hand, and against scikit-learn; and the way back."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.feature_extraction.text import HashingVectorizer, TfidfTransformer
from sklearn.impute import SimpleImputer
from sklearn.preprocessing import OneHotEncoder, StandardScaler

from pellucid.data import Table, TableCodec, codec_from_record
from pellucid.data.columns.base import Column, Notes
from pellucid.data.columns.category import Category
from pellucid.data.columns.kinds import fit_column
from pellucid.errors import DataError, DataWarning

Said = Callable[[type[Exception], Callable[[], object]], str]


def encoded(column: Column, series: pl.Series) -> tuple[np.ndarray[Any, Any], list[str]]:
    notes, out = Notes(), np.zeros((len(series), len(column.feature_names)))
    column.encode(series, out, notes)
    return out, notes.entries


def made(values: list[Any], kind: str | None = None) -> tuple[Column, pl.Series]:
    series = pl.Series("a", values)
    return fit_column(series, kind), series


def test_numbers_as_scikit_learn_scales_and_imputes_them() -> None:
    values = np.random.default_rng(0).normal(5, 3, 200)
    values[::7] = np.nan
    column, series = made(values.tolist())
    z, said = encoded(column, series)
    imputed = SimpleImputer(add_indicator=True).fit_transform(values[:, None])
    scaler = StandardScaler().fit(values[:, None])
    np.testing.assert_allclose(z[:, 0], scaler.transform(imputed[:, :1])[:, 0], atol=1e-12)
    np.testing.assert_array_equal(z[:, 1], imputed[:, 1])
    assert said == []
    assert column.feature_names == ("a", "a is missing")
    back = column.decode(z)
    np.testing.assert_allclose(back.fill_null(np.nan).to_numpy(), values, rtol=1e-12)


def test_numbers_far_out_are_clipped_and_counted() -> None:
    column, _ = made([0.0, 1.0, 2.0, 4.0])
    z, said = encoded(column, pl.Series("a", [8.0, 8.1, -1e9, 5.0]))
    at = encoded(column, pl.Series("a", [8.0, 8.0, -4.0, 5.0]))[0]
    np.testing.assert_array_equal(z, at)
    assert said == ["a: 2 rows hold numbers far from those of training (0 to 4) (8.1, -1e+09)"]


def test_text_among_numbers_is_refused_unless_it_was_there_in_training(said: Said) -> None:
    column, _ = made(["1", "2", "3"])
    assert said(DataError, lambda: encoded(column, pl.Series("a", ["1", "two", "two"]))) == (
        "The column 'a' holds text in 2 rows, for example 'two'; expected numbers, as the column "
        "is one of numbers. Correct the cells, or leave them empty for a missing value."
    )
    column, _ = made([*map(str, range(30)), "few"])
    z, notes = encoded(column, pl.Series("a", ["14.5", "two"]))
    np.testing.assert_array_equal(z, [[0, 0], [0, 1]])
    assert notes == ["a: 1 row holds text in place of a number ('two')"]


@pytest.mark.parametrize("missing", [False, True])
def test_categories_as_scikit_learn_marks_them(missing: bool) -> None:
    rng = np.random.default_rng(1)
    values: list[Any] = [f"c{k}" for k in rng.integers(0, 9, 100)]
    if missing:
        values[3] = None
    column, series = made(values)
    z, _ = encoded(column, series)
    known = [[f"c{k}" for k in range(9)]]
    cells = np.array([[v] for v in values], object)
    expected = OneHotEncoder(categories=known, handle_unknown="ignore").fit_transform(cells)
    np.testing.assert_array_equal(z[:, :9], expected.toarray())
    assert column.decode(z).to_list() == values
    if missing:
        np.testing.assert_array_equal(z[:, 9], [v is None for v in values])


def test_unseen_categories_are_all_zero_and_counted() -> None:
    column, _ = made(["red", "blue", "red", "green"])
    z, said = encoded(column, pl.Series("a", ["pink", None, "red", "teal", "pink", "grey"]))
    np.testing.assert_array_equal(z, [[0, 0, 0]] * 2 + [[0, 0, 1]] + [[0, 0, 0]] * 3)
    assert said == [
        "a: 4 rows hold categories that training did not have ('pink', 'teal', 'grey')",
        "a: 1 row holds no value, which never was in training",
    ]


def test_many_categories_are_places_by_how_frequent_they_are() -> None:
    values = [f"t{k}" for k in range(40) for _ in range(2 + (k == 7))] + ["once"]
    column, series = made(values)
    assert isinstance(column, Category)
    assert column.levels[:2] == ("t7", "t0") and "once" not in column.levels
    assert column.lookup == (41, 5)  # 2 * 40^0.25 = 5.03
    z, said = encoded(column, pl.Series("a", ["t7", "t0", "once", "never"]))
    assert (z.tolist(), said) == ([[1], [2], [0], [0]], [])
    assert column.decode(z).to_list() == ["t7", "t0", None, None]
    plain = Category.fit("a", "", series, embed=False)
    assert plain.lookup is None and len(plain.levels) == 32 and "t7" in plain.levels


@pytest.mark.parametrize(
    ("values", "z", "names"),
    [
        (["yes", "no", "yes"], [[1], [-1], [1]], ("a = yes",)),
        ([True, False, None], [[1, 0], [-1, 0], [0, 1]], ("a = true", "a is missing")),
        ([0, 1, 1], [[-1], [1], [1]], ("a = 1",)),
    ],
)
def test_truth_values(values: list[Any], z: list[list[int]], names: tuple[str, ...]) -> None:
    column, series = made(values)
    assert encoded(column, series)[0].tolist() == z
    assert column.feature_names == names
    other, said = encoded(column, pl.Series("a", ["maybe"]))
    assert other[0, 0] == 0 and "maybe" in said[0]


def test_moments_by_hand() -> None:
    column, series = made(["2024-01-01 00:00", "2024-01-04 12:00", "2024-01-08 06:00"])
    assert column.feature_names == (
        "a", "a sin of week", "a cos of week", "a sin of day", "a cos of day"
    )  # fmt: skip
    z, _ = encoded(column, series)
    days = np.array([0, 3.5, 7.25])
    np.testing.assert_allclose(z[:, 0], (days - days.mean()) / days.std())
    monday = 4  # days from Thursday, 1 January 1970
    week = 2 * np.pi * (monday + days) / 7
    np.testing.assert_allclose(z[:, 1:3], np.c_[np.sin(week), np.cos(week)], atol=1e-9)
    np.testing.assert_allclose(z[:, 3:], [[0, 1], [0, -1], [1, 0]], atol=1e-9)
    assert [str(t) for t in column.decode(z).to_list()] == [
        "2024-01-01 00:00:00", "2024-01-04 12:00:00", "2024-01-08 06:00:00",
    ]  # fmt: skip


def test_moments_that_are_missing_or_none_at_all() -> None:
    column, series = made(["2024-01-01", None, "2024-12-31"], "date")
    z, _ = encoded(column, series)
    assert z[1].tolist() == [0] * (z.shape[1] - 1) + [1]
    assert column.decode(z)[1] is None
    z, said = encoded(column, pl.Series("a", ["31/12/2024", "2024-06-01", "2034-06-01"]))
    assert z[0, -1] == 1
    assert said == [
        "a: 1 row holds no moment in the form %Y-%m-%d",
        "a: 1 row holds moments far from those of training",
    ]


def test_moments_by_type_are_those_of_text() -> None:
    texts = ["2024-01-01 08:00:00", "2024-03-01 09:30:00", "2024-09-01 17:45:10"]
    column, series = made(texts)
    typed = series.str.to_datetime()
    np.testing.assert_array_equal(encoded(column, series)[0], encoded(column, typed)[0])
    for unit in ("ms", "ns"):
        again = encoded(column, typed.dt.cast_time_unit(unit))[0]
        np.testing.assert_array_equal(encoded(column, series)[0], again)


def test_text_as_scikit_learn_hashes_and_weighs_it() -> None:
    rng = np.random.default_rng(0)
    words = ["red", "Grün", "house", "of", "x1", "日本", "naïve", "the", "a"]
    texts = [" ".join(rng.choice(words, 6)) for _ in range(300)] + ["", "..."]
    column, series = made(texts, "text")
    z, _ = encoded(column, series)
    width = len(column.feature_names) - 1
    hashed = HashingVectorizer(n_features=width, norm=None).transform(texts)
    expected = TfidfTransformer().fit_transform(hashed).toarray()
    np.testing.assert_allclose(z[:, :width], expected, atol=1e-12)
    assert z[:, width].tolist() == [0.0] * 300 + [1.0, 0.0]  # an empty cell is a missing one
    other = ["a house of glass", "nothing known"]
    z, _ = encoded(column, pl.Series("a", other))
    fitted = TfidfTransformer().fit(hashed)
    again = HashingVectorizer(n_features=width, norm=None).transform(other)
    np.testing.assert_allclose(z[:, :width], fitted.transform(again).toarray(), atol=1e-12)


ROWS = 100


def frame() -> pl.DataFrame:
    rng = np.random.default_rng(2)
    rows = np.arange(ROWS)
    return pl.DataFrame(
        {
            "id": rows,
            "size": rng.normal(size=ROWS),
            "town": [f"town {k % 4}" for k in rows],
            "shop": [f"shop {k % 40}" for k in rows],
            "open": [bool(k % 2) for k in rows],
            "day": [f"2024-{1 + k % 12:02}-11" for k in rows],
            "street": [f"street {k % 45}" for k in rows],
        }
    )


def test_places_come_after_all_other_numbers() -> None:
    codec = TableCodec.fit(Table.of(frame()))
    assert codec.lookups == ((41, 5), (46, 5))
    assert codec.feature_names[-2:] == ("place of shop", "place of street")
    z = codec.encode(frame())
    assert z.dtype == np.float32 and z.shape == (ROWS, len(codec.feature_names))
    assert set(z[:, -2]) == set(range(1, 41)) and set(z[:, -1]) == set(range(1, 46))
    back = codec.decode(z.astype(np.float64))
    for name in ("town", "shop", "street"):
        assert back.column(name).to_list() == frame()[name].to_list()
    np.testing.assert_allclose(back.column("size"), frame()["size"], atol=1e-6)


def test_columns_are_found_by_name_and_those_unused_may_be_absent(said: Said) -> None:
    codec = TableCodec.fit(Table.of(frame()))
    z = codec.encode(frame())
    turned = frame().select(frame().columns[::-1]).drop("id").with_columns(other=pl.lit(1))
    np.testing.assert_array_equal(codec.encode(turned), z)
    assert said(DataError, lambda: codec.encode(frame().select("id", "open", "day"))) == (
        "x lacks 4 columns that the model was fitted on: 'size', 'town', 'shop', 'street' are not "
        "among 'id', 'open', 'day'. Add what is missing, or correct the header."
    )


def test_all_that_is_new_is_told_in_one_warning() -> None:
    codec = TableCodec.fit(Table.of(frame()))
    new = frame().head(2).with_columns(size=pl.lit(1e6), town=pl.lit("Rome"))
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        z = codec.encode(new)
    assert np.isfinite(z).all()
    sizes = frame()["size"].to_numpy()
    high, low = float(sizes.max()), float(sizes.min())
    assert [str(warning.message) for warning in caught] == [
        "Some rows hold what training did not show. size: 2 rows hold numbers far from those of "
        f"training ({low:g} to {high:g}) (1e+06); town: 2 rows hold categories that training did "
        "not have ('Rome'). They were encoded as the nearest known, or as missing: trust the "
        "answers for them less."
    ]
    assert issubclass(caught[0].category, DataWarning)


cell = st.none() | st.floats(-1e9, 1e9) | st.sampled_from(["?", "x", "yes", "2024-01-01", "a b c"])


@given(
    columns=st.lists(st.lists(cell, min_size=3, max_size=3), min_size=1, max_size=4),
    other=st.lists(cell, min_size=2, max_size=2),
)
@settings(max_examples=60, deadline=None)
def test_any_table_is_refused_or_encoded_finite_and_its_codec_comes_back(
    columns: list[list[Any]], other: list[Any]
) -> None:
    def text(values: list[Any]) -> list[str | None]:
        return [None if value is None else str(value) for value in values]

    data = pl.DataFrame({f"c{k}": text(v) for k, v in enumerate(columns)}, schema_overrides={
        f"c{k}": pl.String for k in range(len(columns))
    })  # fmt: skip
    try:
        codec = TableCodec.fit(Table.of(data))
    except DataError:
        return
    z, notes = codec.encode_noting(data)
    assert np.isfinite(z).all() and notes.entries == []
    again = codec_from_record(*codec.to_record())
    assert again == codec
    new = pl.DataFrame({name: pl.Series(text(other), dtype=pl.String) for name in data.columns})
    try:
        z, _ = codec.encode_noting(new)
    except DataError as error:
        z, message = np.zeros(0), str(error)
    else:
        message = "holds text"
    assert "holds text" in message and np.isfinite(z).all()


def test_rows_without_a_word_have_no_weights() -> None:
    column, _ = made(["red rose", "white lotus", "a rose"] * 9, "text")
    out, notes = encoded(column, pl.Series("a", ["?!", "...", ";)"]))
    assert not out.any()
    assert notes == []


def test_words_for_yes_and_no_are_the_same_in_capital_and_small_letters() -> None:
    column, _ = made(["True", "False", "True"])
    out, notes = encoded(column, pl.Series([True, False, None]))
    assert out[:, 0].tolist() == [1, -1, 0]
    assert notes == ["a: 1 row holds no value, which never was in training"]
    assert encoded(column, pl.Series(["TRUE", "fAlSe"]))[0][:, 0].tolist() == [1, -1]
    column, _ = made([False, True])
    out, notes = encoded(column, pl.Series(["True", "False", "T"]))
    assert out[:, 0].tolist() == [1, -1, 0]
    assert notes == ["a: 1 row holds neither 'false' nor 'true' ('T')"]
    column, _ = made(["ja", "nein"] * 9)
    assert encoded(column, pl.Series(["JA", "Nein"]))[0][:, 0].tolist() == [1, -1]


def test_other_words_are_compared_as_they_are() -> None:
    column, _ = made(["m", "M", "m"], "boolean")
    assert encoded(column, pl.Series(["m", "M"]))[0][:, 0].tolist() == [1, -1]
    column, _ = made(["true", "True", "True"], "boolean")
    assert encoded(column, pl.Series(["true", "True", "TRUE"]))[0][:, 0].tolist() == [1, -1, 0]
