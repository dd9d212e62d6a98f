"""What stands in for missing values, against scikit-learn's imputers; kept with the codec."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable
from typing import Any

import numpy as np
import polars as pl
import pytest
from sklearn.impute import SimpleImputer

from pellucid import Network
from pellucid.data import Table, TableCodec, codec_from_record
from pellucid.data.columns.missing import complete_rows
from pellucid.errors import DataError, ParameterError, UnknownNameError

ROWS = 60


def frame() -> pl.DataFrame:
    rng = np.random.default_rng(0)
    gone = rng.random((5, ROWS)) < 0.25

    def gaps(place: int, values: Any) -> pl.Series:
        return pl.Series(values).set(pl.Series(gone[place]), None)

    return pl.DataFrame({
        "size": gaps(0, rng.integers(3, 9, ROWS).astype(float) ** 2),
        "town": gaps(1, ["Bonn", "Ulm", "Ulm", "Köln"] * (ROWS // 4)),
        "open": gaps(2, ["yes", "no", "yes", "yes"] * (ROWS // 4)),
        "when": gaps(3, [dt.date(2024, 1, 1) + dt.timedelta(days=int(k) ** 2)
                         for k in range(ROWS)]),
        "shop": gaps(4, [f"shop {k % 40 if k > 5 else 7}" for k in range(ROWS)]),
    })  # fmt: skip


def codec(**missing: str) -> TableCodec:
    return TableCodec.fit(Table(frame()), {"shop": "category"}, missing=missing)


def encoded(found: TableCodec, name: str) -> np.ndarray[Any, Any]:
    z = found.encode(frame(), np.float64)
    names = list(found.feature_names)
    return z[:, [k for k, feature in enumerate(names) if name in feature]]


@pytest.mark.parametrize("policy", ["mean", "median", "most_frequent", "zero"])
def test_numbers_are_filled_as_scikit_learn_fills_them_and_marked(policy: str) -> None:
    found = codec(size=policy)
    own = found.columns[0]
    strategy = "constant" if policy == "zero" else policy
    imputer = SimpleImputer(strategy=strategy, fill_value=0.0, add_indicator=True)
    expected = imputer.fit_transform(frame()[["size"]].to_numpy().astype(float))
    z = encoded(found, "size")
    np.testing.assert_allclose(z[:, 0] * own.scale + own.mean, expected[:, 0])  # type: ignore[attr-defined]
    np.testing.assert_array_equal(z[:, 1], expected[:, 1])


def test_zero_is_clipped_as_any_number_is() -> None:
    series = pl.Series("a", [100.0, 101.0, None, 102.0, 104.0])
    found = TableCodec.fit(Table(pl.DataFrame([series])), missing={"a": "zero"})
    own: Any = found.columns[0]
    z = found.encode(pl.DataFrame([series]), np.float64)
    assert z[2, 0] * own.scale + own.mean == pytest.approx(96)  # 100 - (104 - 100)


def test_texts_are_filled_with_the_most_frequent_and_marked() -> None:
    town = encoded(codec(town="most_frequent"), "town")
    gone = frame()["town"].is_null().to_numpy()
    np.testing.assert_array_equal(town[gone], np.tile([0, 0, 1, 1], (gone.sum(), 1)))  # Ulm
    yes = encoded(codec(open="most_frequent"), "open")
    gone = frame()["open"].is_null().to_numpy()
    np.testing.assert_array_equal(yes[gone], np.tile([1, 1], (gone.sum(), 1)))
    shop = encoded(codec(shop="most_frequent"), "shop")
    gone = frame()["shop"].is_null().to_numpy()
    np.testing.assert_array_equal(shop[gone], np.tile([1, 1], (gone.sum(), 1)))  # place 1: shop 7
    assert codec(shop="most_frequent").columns[4].levels[0] == "shop 7"  # type: ignore[attr-defined]


def test_dates_are_filled_with_the_median() -> None:
    own: Any = codec(when="median").columns[3]
    there = frame()["when"].drop_nulls().dt.timestamp("us").to_numpy() / 1e6
    assert own.fill == np.median(there)
    z = encoded(codec(when="median"), "when")
    gone = frame()["when"].is_null().to_numpy()
    np.testing.assert_allclose(z[gone, 0], (np.median(there) - own.mean) / own.scale)


def test_own_and_mean_are_the_defaults() -> None:
    plain = codec()
    same = codec(size="mean", town="own", open="own", when="mean", shop="own")
    assert plain.to_record() == same.to_record()


def test_policies_go_through_the_record_and_are_undone() -> None:
    found = codec(size="median", town="most_frequent", open="most_frequent", when="median",
                  shop="most_frequent")  # fmt: skip
    plain, arrays = found.to_record()
    back = codec_from_record(json.loads(json.dumps(plain)), arrays)
    assert isinstance(back, TableCodec)
    assert back.columns == found.columns
    given = found.decode(found.encode(frame(), np.float64)).frame
    for name in ("size", "town", "open", "shop"):
        assert given[name].null_count() >= frame()[name].null_count()  # missing stays missing
    assert [column.becomes for column in found.columns[:3]] == [
        f"(x - {found.columns[0].mean:.4g}) / {found.columns[0].scale:.4g}, missing as "  # type: ignore[attr-defined]
        f"{found.columns[0].fill:.4g} and marked",  # type: ignore[attr-defined]
        "3 numbers, one a category, missing as Ulm and marked",
        "-1 for no, 1 for yes, missing as yes and marked",
    ]


def test_rows_are_dropped_with_their_targets_and_weights() -> None:
    table, y = frame(), np.arange(ROWS, dtype=float)
    net = Network(hidden=[3], missing={"size": "drop", "town": "drop"}, seed=0)
    run = net.fit(table, y, epochs=1, sample_weight=1 + y, progress=False)
    keep = (table["size"].is_not_null() & table["town"].is_not_null()).to_numpy()
    assert run.history.started is not None
    assert run.history.started.samples == keep.sum()
    other = Network(hidden=[3], seed=0)
    other.fit(table.filter(keep), y[keep], epochs=1, sample_weight=1 + y[keep], progress=False)
    shown = table.filter(keep).head(9)
    np.testing.assert_array_equal(net.predict(shown), other.predict(shown))
    assert complete_rows(Table(table), {"size": "mean"}) is None


Said = Callable[[type[Exception], Callable[[], object]], str]


def test_what_does_not_fit_is_refused(said: Said) -> None:
    assert said(ParameterError, lambda: codec(town="mean")) == (
        "The column 'town' is of kind category, for which missing values cannot be handled by "
        "'mean'; expected own, most_frequent, drop. Give another policy, or the column another "
        "kind."
    )
    assert said(UnknownNameError, lambda: codec(siez="mean")) == (
        "There is no column 'siez'. Did you mean 'size'? Known: open, shop, size, town, when."
    )
    assert said(UnknownNameError, lambda: codec(size="meen")) == (
        "There is no policy for missing values (of 'size') 'meen'. Did you mean 'mean'? Known: "
        "drop, mean, median, most_frequent, own, zero."
    )
    constant = pl.DataFrame({"a": [1.0] * 30, "b": np.arange(30.0) ** 2})
    assert said(ParameterError, lambda: TableCodec.fit(Table(constant), missing={"a": "zero"})) == (
        "The column 'a' is of kind constant, for which missing values cannot be handled by 'zero'; "
        "it is not learned from. Give another policy, or the column another kind."
    )
    empty = Table(pl.DataFrame({"a": [None, 1.0], "b": [1.0, None]}))
    assert said(DataError, lambda: complete_rows(empty, {"a": "drop", "b": "drop"})) == (
        "Each of the 2 rows has a missing value in a, b, and such rows are to be dropped; expected "
        "some without. Use another policy."
    )
    array = np.zeros((5, 2))
    net = Network(hidden=[2], missing={"a": "mean"})
    assert said(ParameterError, lambda: net.fit(array, np.arange(5.0))) == (
        "missing={'a': 'mean'} is for the columns of a data frame that is scaled; x is an array. "
        "Leave it out."
    )
