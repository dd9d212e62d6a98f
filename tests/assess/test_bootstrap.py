"""Intervals: against SciPy's bootstrap, and against what is known of means."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from scipy import stats
from sklearn import metrics as theirs

from pellucid.assess.bootstrap import MOST_UNITS, compared, ends, resampled_means
from pellucid.assess.calibration import reliability
from pellucid.assess.scores import scores

RNG = np.random.default_rng(0)
Y = RNG.normal(50, 10, 300)
NEAR = Y + RNG.normal(0, 2, 300)
FAR = Y + RNG.normal(1, 4, 300)
LABELS = RNG.integers(0, 3, 300)
GUESSED = np.where(RNG.random(300) < 0.8, LABELS, (LABELS + 1) % 3)


def of(rows: list[dict[str, Any]], model: str, measure: str) -> dict[str, Any]:
    (row,) = (row for row in rows if row["model"] == model and row["measure"] == measure)
    return row


@pytest.mark.parametrize("measure", ["mae", "rmse", "r2"])
def test_intervals_of_numbers_are_those_of_scipy(measure: str) -> None:
    def measured(true: Any, predicted: Any) -> float:
        value = scores("numbers", true, predicted)[measure]
        assert value is not None
        return value

    known = stats.bootstrap(
        (Y, NEAR), measured, paired=True, vectorized=False, n_resamples=4000,
        method="percentile", rng=np.random.default_rng(1),
    ).confidence_interval  # fmt: skip
    rows, _ = compared("numbers", Y, {"net": NEAR}, seed=0, resamples=4000)
    row = of(rows, "net", measure)
    width = known.high - known.low
    assert row["value"] == pytest.approx(measured(Y, NEAR))
    assert row["low"] == pytest.approx(known.low, abs=0.06 * width)
    assert row["high"] == pytest.approx(known.high, abs=0.06 * width)


def test_intervals_of_classes_are_those_of_scipy() -> None:
    right = (LABELS == GUESSED).astype(float)
    known = stats.bootstrap(
        (right,), np.mean, n_resamples=4000, method="percentile", rng=np.random.default_rng(1)
    ).confidence_interval
    rows, _ = compared("classes", LABELS, {"net": GUESSED}, seed=0, resamples=4000)
    assert rows[0]["low"] == pytest.approx(known.low, abs=0.004)
    assert rows[0]["high"] == pytest.approx(known.high, abs=0.004)


def test_differences_are_paired() -> None:
    known = stats.bootstrap(
        (np.abs(NEAR - Y), np.abs(FAR - Y)), lambda a, b: a.mean() - b.mean(), paired=True,
        vectorized=False, n_resamples=4000, method="percentile", rng=np.random.default_rng(1),
    ).confidence_interval  # fmt: skip
    _, apart = compared("numbers", Y, {"net": NEAR, "far": FAR}, seed=0, resamples=4000)
    row = of(apart, "far", "mae")
    assert row["low"] == pytest.approx(known.low, abs=0.03)
    assert row["high"] == pytest.approx(known.high, abs=0.03)
    assert row["better"] == "first"
    _, turned = compared("numbers", Y, {"far": FAR, "net": NEAR}, seed=0)
    assert of(turned, "net", "mae")["better"] == "other"
    assert of(turned, "net", "r2")["better"] == "other"
    _, same = compared("numbers", Y, {"net": NEAR, "twin": NEAR}, seed=0)
    assert of(same, "twin", "mae")["better"] == "unsure"
    assert of(same, "twin", "mae")["low"] == of(same, "twin", "mae")["high"] == 0


def test_many_rows_in_groups_vary_as_single_rows_would() -> None:
    values = RNG.exponential(1.0, (3 * MOST_UNITS + 17, 1))
    drawn = resampled_means(values, seed=3, resamples=2000)[:, 0]
    wanted = values.std() / np.sqrt(len(values))
    assert drawn.mean() == pytest.approx(values.mean(), abs=4 * wanted / np.sqrt(2000))
    assert drawn.std() == pytest.approx(wanted, rel=0.06)


def test_the_same_seed_gives_the_same_numbers() -> None:
    values = np.arange(10.0)[:, None]
    assert (resampled_means(values, 1) == resampled_means(values, 1)).all()
    assert (resampled_means(values, 1) != resampled_means(values, 2)).any()


@pytest.mark.parametrize("columns", [1, 2])
def test_scores_of_numbers_are_those_of_scikit_learn(columns: int) -> None:
    y = RNG.normal(1e6, 3, (40, columns)).squeeze()
    predicted = y + RNG.normal(0, 1, y.shape)
    found = scores("numbers", y, predicted)
    assert found["mae"] == pytest.approx(theirs.mean_absolute_error(y, predicted), rel=1e-9)
    squares = theirs.mean_squared_error(y, predicted)
    assert found["rmse"] == pytest.approx(np.sqrt(squares), rel=1e-9)
    spread = ((y - y.mean(axis=0)) ** 2).sum()
    assert found["r2"] == pytest.approx(1 - ((y - predicted) ** 2).sum() / spread, rel=1e-9)


def test_scores_of_labels_and_counts_are_those_of_scikit_learn() -> None:
    true, said = RNG.random((60, 4)) < 0.3, RNG.random((60, 4)) < 0.3
    chances = RNG.random((60, 4))
    found = scores("labels", true, said, chances)
    assert found["accuracy"] == pytest.approx(theirs.accuracy_score(true, said))
    assert found["f1_micro"] == pytest.approx(theirs.f1_score(true, said, average="micro"))
    assert found["f1_macro"] == pytest.approx(theirs.f1_score(true, said, average="macro"))
    assert found["hamming_loss"] == pytest.approx(theirs.hamming_loss(true, said))
    assert found["ece"] == pytest.approx(reliability(true, chances).error)
    y, rate = RNG.poisson(3, 50), RNG.uniform(0.5, 5, 50)
    counted = scores("counts", y, rate)
    assert counted["deviance"] == pytest.approx(theirs.mean_poisson_deviance(y, rate))
    assert counted["mae"] == pytest.approx(theirs.mean_absolute_error(y, rate))
    assert scores("counts", y, np.zeros(50))["deviance"] is None
    rows, apart = compared("labels", true, {"net": true, "other": said}, seed=0)
    assert of(rows, "net", "f1_macro")["value"] == 1.0
    assert of(apart, "other", "f1_micro")["better"] == "first"
    assert of(apart, "other", "hamming_loss")["better"] == "first"


def test_all_right_is_not_certain() -> None:
    rows, _ = compared("classes", LABELS, {"net": LABELS, "none": LABELS + 9}, seed=0)
    known = stats.binomtest(300, 300).proportion_ci(0.95, "exact")
    assert of(rows, "net", "accuracy")["low"] == pytest.approx(known.low)
    assert of(rows, "net", "accuracy")["high"] == 1.0
    assert of(rows, "none", "accuracy")["low"] == 0.0
    assert of(rows, "none", "accuracy")["high"] == pytest.approx(1 - known.low)


def test_constant_targets_have_no_r2_and_no_rows_no_ends() -> None:
    rows, _ = compared("numbers", np.ones(5), {"net": np.zeros(5)}, seed=0)
    assert of(rows, "net", "r2")["value"] is None
    assert of(rows, "net", "r2")["low"] is None
    assert of(rows, "net", "mae") == {
        "model": "net", "measure": "mae", "value": 1.0, "low": 1.0, "high": 1.0
    }  # fmt: skip
    assert ends(np.array([np.nan])) == (None, None)
