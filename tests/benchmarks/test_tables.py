"""The benchmark of real tables: its measures by hand, its verdicts, one tiny run of all of it."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

import million
import tables
import tables_page
from real_tables import TABLES, Given, RealTable

WEATHER = pd.DataFrame(
    {
        "warm": [21.0, 25.0, None, 3.0, 5.0, 1.0] * 10,
        "place": ["sea", "sea", "hill", "hill", None, "hill"] * 10,
        "day": pd.to_datetime(["2024-07-01", "2024-08-01", "2024-07-15"] * 20),
    }
)
KIND = RealTable("kind", "here", "classes", "kind", "tiny", lambda: WEATHER.assign(
    kind=["summer", "summer", "summer", "winter", "winter", "winter"] * 10))  # fmt: skip
YIELD = RealTable("yield", "here", "numbers", "yield", "tiny", lambda: WEATHER.assign(
    **{"yield": np.arange(60.0)}))  # fmt: skip


def test_measures_of_classes() -> None:
    true = np.array(["a", "b", "b", "c"])
    chances = [[0.5, 0.5], [0.1, 0.9], [0.8, 0.2], [0.3, 0.7]]
    found = tables.measures("classes", true, ["a", "b"], chances)
    assert found["accuracy"] == 0.5
    logs = math.log(0.5) + math.log(0.9) + math.log(0.2) + math.log(tables.LEAST)
    assert found["log_loss"] == pytest.approx(-logs / 4)


def test_measures_of_numbers() -> None:
    found = tables.measures("numbers", np.array([1.0, 2.0, 3.0]), [1.0, 2.0, 5.0], None)
    assert found == {"r2": 1 - 4 / 2, "rmse": pytest.approx(math.sqrt(4 / 3))}


def test_the_standard_error_counts_shared_training_rows() -> None:
    mean, error = tables_page.mean_error([1.0, 2.0, 3.0, 4.0], folds=2)
    assert mean == 2.5
    assert error == pytest.approx(math.sqrt((1 / 4 + 1) * 5 / 3))


def row(gains: list[float]) -> dict[str, Any]:
    def folds(values: list[float]) -> list[dict[str, float]]:
        return [{"fold": k, "r2": value, "seconds": 1.0} for k, value in enumerate(values)]

    scaled = [0.5 for _ in gains]
    return {
        "table": "t", "job": "numbers", "rows": 100, "columns": 3,
        "folds": {
            "pellucid": folds([0.5 + gain for gain in gains]),
            "scikit-learn": folds([0.4 for _ in gains]),
            "scikit-learn, y scaled": folds(scaled),
        },
    }  # fmt: skip


@pytest.mark.parametrize(
    ("gains", "verdict"),
    [([0.1, 0.11, 0.09], "better"), ([0.1, -0.1, 0.01], "equal"), ([-0.1, -0.11], "worse")],
)
def test_the_better_peer_is_compared_fold_by_fold(gains: list[float], verdict: str) -> None:
    assert tables_page.peer_of(row(gains)) == "scikit-learn, y scaled"
    found = tables_page.versus(row(gains), "r2")
    assert found.gain[0] == pytest.approx(np.mean(gains))
    assert found.theirs == (0.5, 0.0)
    assert found.verdict == verdict


def test_less_error_is_a_gain() -> None:
    folds = {"pellucid": [1.0, 2.0], "scikit-learn": [3.0, 4.0]}
    given = {
        name: [{"fold": k, "rmse": v, "r2": 0.0} for k, v in enumerate(values)]
        for name, values in folds.items()
    }
    found = tables_page.versus({"job": "numbers", "folds": given}, "rmse")
    assert (found.gain, found.verdict) == ((2.0, 0.0), "better")


def test_rows_of_a_group_stay_together() -> None:
    given = Given(pd.DataFrame({"x": np.arange(20.0)}), np.tile([0.0, 1.0], 10),
                  np.repeat(np.arange(5), 4))  # fmt: skip
    assert given.groups is not None
    for _, _, train, test in tables.folds_of(KIND, given, seeds=1):
        assert not set(given.groups[train]) & set(given.groups[test])


def test_rows_without_a_target_are_left_out() -> None:
    frame = pd.DataFrame({"a": [1.0, 2.0, 3.0], "same": [1, 2, 3], "y": [1.0, None, 3.0]})
    given = RealTable("t", "here", "numbers", "y", "", lambda: frame, drop=("same",)).load()
    assert list(given.x.columns) == ["a"]
    assert given.y.tolist() == [1.0, 3.0]


def test_large_tables_are_divided_fewer_times() -> None:
    assert [tables.seeds_for(rows, None) for rows in (100, 5_000, 50_000)] == [6, 2, 1]
    assert tables.seeds_for(100, 2) == 2


def test_the_preprocessing_takes_each_kind() -> None:
    found = tables.preprocessing(WEATHER).fit_transform(WEATHER)
    assert found.shape == (60, 1 + 1 + 2)  # a number, a date, two places (the gap filled)
    np.testing.assert_allclose(np.asarray(found)[:, :2].mean(axis=0), 0, atol=1e-9)


@pytest.mark.parametrize("table", [pytest.param(KIND, id="classes"), pytest.param(YIELD, id="n")])
def test_a_table_from_frame_to_page(table: RealTable, tmp_path: Path) -> None:
    found = tables.measured(table, 1, None)
    assert [len(folds) for folds in found["folds"].values()] == [5] * len(found["folds"])
    again = tables.measured(table, 1, {"folds": found["folds"]})
    assert again["folds"]["scikit-learn"] is found["folds"]["scikit-learn"]
    facts = {"processor": "P", "versions": {"pellucid": "0"}}
    result = {"date": "2026-01-02T03:04:05", "machine": facts, "tables": [found]}
    page = tmp_path / "page.md"
    page.write_text(f"before\n{tables_page.BEGIN}\nold\n{tables_page.END}\nafter\n")
    tables_page.publish(json.loads(json.dumps(result)), page)
    text = page.read_text()
    assert text.startswith("before\n") and text.endswith("after\n") and "old" not in text
    assert f"| {table.name} | 60 x 3 |" in text
    assert tables_page.told(result).count(table.name) == 2


def test_the_classes_of_weather_are_told_apart() -> None:
    folds = tables.validated(KIND, KIND.load(), "pellucid", tables.pellucid, 1)
    assert np.mean([fold["accuracy"] for fold in folds]) == 1.0


def test_tables_have_different_names_and_a_reason() -> None:
    assert len({table.name for table in TABLES}) == len(TABLES) >= 14
    assert all(table.why for table in TABLES)


def test_a_big_file_is_the_same_each_time_and_its_target_can_be_learned(tmp_path: Path) -> None:
    path = tmp_path / "big.csv"
    million.write(path, rows=300)
    first = path.read_bytes()
    million.write(path, rows=300)
    assert path.read_bytes() == first
    frame = pd.read_csv(path)
    assert frame.shape == (300, 30)
    assert 0.2 < (frame["y"] == "yes").mean() < 0.8
    assert frame.isna().any().sum() == million.GAPS
    assert million.peer(path)["accuracy"] > 0.5
