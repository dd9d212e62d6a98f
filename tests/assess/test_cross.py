"""Cross-validation against scikit-learn's, and its sums by hand."""

from __future__ import annotations

import dataclasses
import json
from typing import Any

import numpy as np
import polars as pl
import pytest
from scipy import stats
from sklearn.dummy import DummyRegressor
from sklearn.linear_model import Ridge
from sklearn.model_selection import cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from pellucid import Network
from pellucid.assess.cross import cross_validate
from pellucid.data import folds, load
from pellucid.errors import DataError


def test_each_fold_is_a_fit_of_its_own_on_the_other_rows() -> None:
    x, y = load("iris")
    found = cross_validate(Network(hidden=[8], seed=0), x, y, folds=3, epochs=5, baselines=False)
    for fold, (kept, held) in zip(found.folds, folds(y, 3, stratify=True), strict=True):
        net = Network(hidden=[8], seed=0)
        net.fit(x[kept], y[kept], epochs=5)
        assert fold.metrics["accuracy"] == np.mean(net.predict(x[held]) == y[held])
        assert (fold.rows, fold.test_rows) == (len(kept), len(held))
    assert found.by == "class"


def test_means_and_standard_errors_are_those_of_scipy() -> None:
    x, y = load("diabetes")
    found = cross_validate(Network(hidden=[8], seed=0), x, y, folds=4, epochs=3)
    for model, rows in found.models.items():
        values = [row["mae"] for row in rows]
        assert found.mean(model)["mae"] == pytest.approx(np.mean(values))
        assert found.standard_error(model)["mae"] == pytest.approx(stats.sem(values))
    record = json.loads(json.dumps(found.record(), allow_nan=False))
    assert record["count"] == 4
    assert record["by"] == "chance"
    assert record["mean"] == found.mean()
    assert record["each"][1]["baselines"]["mean"]["mae"] == found.folds[1].baselines["mean"]["mae"]


def test_the_baselines_are_scikit_learns_on_the_same_folds() -> None:
    x, y = load("diabetes")
    found = cross_validate(Network(hidden=[4], seed=0), x, y, folds=5, epochs=1)
    own = [(kept, held) for kept, held in folds(len(y), 5)]
    for name, model in (
        ("mean", DummyRegressor()), ("linear model", make_pipeline(StandardScaler(), Ridge())),
    ):  # fmt: skip
        expected = cross_val_score(model, x, y, cv=own, scoring="r2")
        given = [row["r2"] for row in found.models[name]]
        np.testing.assert_allclose(given, expected, rtol=1e-5, atol=1e-9)


def test_groups_and_times_are_kept() -> None:
    data = load("iris")
    by_group = dataclasses.replace(data, groups=np.arange(150) // 10)
    assert cross_validate(Network(hidden=[], seed=0), by_group, epochs=1, baselines=False).by == (
        "group"
    )
    found = cross_validate(
        Network(hidden=[], seed=0), data.x, data.y, times=np.random.default_rng(0).random(150),
        epochs=1, baselines=False, folds=3,
    )  # fmt: skip
    assert found.by == "time"
    assert [fold.rows for fold in found.folds] == sorted(fold.rows for fold in found.folds)
    with pytest.raises(DataError) as caught:
        cross_validate(Network(hidden=[]), data.x, data.y, groups=np.arange(150) // 75, folds=3)
    assert str(caught.value) == (
        "3 folds need at least 3 groups, got 2. Use fewer folds or other groups."
    )


def test_a_class_that_a_fold_lacks_is_known_all_the_same() -> None:
    frame = pl.DataFrame({"a": range(40), "y": ["one"] + ["two", "three", "four"] * 13})
    found = cross_validate(Network(hidden=[4], seed=0), frame, "y", folds=4, epochs=2)
    assert len(found.folds) == 4


def test_the_text_has_all_folds_and_models() -> None:
    found = cross_validate(Network(hidden=[4], seed=0), load("iris"), epochs=2)
    text = found.text(80)
    assert text.startswith("5 folds, class by class:\nfold  rows  test rows  accuracy  seconds\n")
    assert "majority class           0.3333 ± 0.0000" in text


def test_an_interrupt_leaves_the_folds_that_were_done(monkeypatch: pytest.MonkeyPatch) -> None:
    before, calls = Network.fit, 0

    def fit(self: Network, *args: Any, **options: Any) -> Any:
        nonlocal calls
        calls += 1
        if calls == 3:
            raise KeyboardInterrupt
        return before(self, *args, **options)

    monkeypatch.setattr(Network, "fit", fit)
    found = cross_validate(Network(hidden=[4]), load("iris"), epochs=1, baselines=False)
    assert (len(found.folds), found.asked) == (2, 5)
    assert found.text().startswith("2 of 5 folds")
    assert dataclasses.replace(found, folds=()).text() == "No fold was done."


def test_folds_take_the_rule_of_a_plain_fit() -> None:
    x, y = load("diabetes")
    found = cross_validate(Network(hidden=[4], seed=0), x, y, folds=3, epochs=3, baselines=False)
    for fold, (kept, held) in zip(found.folds, folds(len(y), 3), strict=True):
        net = Network(hidden=[4], seed=0)
        net.fit(x[kept], y[kept], epochs=3)
        assert fold.metrics["loss"] == net.evaluate(x[held], y[held])["loss"]


@pytest.mark.parametrize("form", ["sets", "text", "columns"])
def test_labels_in_any_form_are_compared_label_by_label(form: str) -> None:
    rng = np.random.default_rng(0)
    x = rng.normal(size=(90, 3))
    present = x + 0.3 * rng.normal(size=x.shape) > 0
    names = np.array(["red", "round", "soft"])
    y: Any = present.astype(int)
    if form != "columns":
        y = [set(names[row]) if form == "sets" else ";".join(names[row]) for row in present]
    network = Network(hidden=[8], target="labels", seed=0)
    found = cross_validate(network, x, y, folds=3, epochs=40)
    for fold, (kept, held) in zip(found.folds, folds(90, 3), strict=True):
        net = Network(hidden=[8], target="labels", seed=0)
        net.fit(x[kept], present[kept].astype(int), epochs=40)
        right = (net.predict(x[held]) == present[held]).all(axis=1)
        assert fold.metrics["accuracy"] == pytest.approx(right.mean())
    assert {"f1_micro", "f1_macro", "hamming_loss"} < set(found.mean())
    assert len(found.models) == 4


def test_rows_that_the_network_drops_are_left_out_of_all_folds() -> None:
    values = [None if k % 3 == 0 else float(k % 7) for k in range(45)]
    frame = pl.DataFrame({"a": values, "y": [float(k) * 1.5 for k in range(45)]})
    network = Network(hidden=[4], missing={"a": "drop"}, seed=0)
    found = cross_validate(network, frame, "y", folds=3, epochs=1, groups=list(range(45)))
    assert [fold.rows + fold.test_rows for fold in found.folds] == [30, 30, 30]


def test_no_target_is_refused() -> None:
    with pytest.raises(DataError) as caught:
        cross_validate(Network(hidden=[4]), np.zeros((20, 2)))
    assert str(caught.value) == (
        "cross_validate compares answers with what is true, and there is no y. Give y, or the "
        "name of its column."
    )
