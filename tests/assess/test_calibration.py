"""Reliability curves by hand and by scikit-learn; the scores of all kinds by scikit-learn."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn import metrics as theirs
from sklearn.calibration import calibration_curve

from pellucid import Network, data
from pellucid.assess.calibration import Bin, reliability, reliability_of
from pellucid.assess.scores import scores
from pellucid.errors import DataError, ParameterError


def test_a_curve_by_hand() -> None:
    curve = reliability([1, 0, 1, 1], [0.25, 0.25, 0.5, 1.0], bins=4)
    assert curve.bins == (
        Bin(0.0, 0.25, 2, 0.25, 0.5),
        Bin(0.25, 0.5, 1, 0.5, 1.0),
        Bin(0.75, 1.0, 1, 1.0, 1.0),
    )
    assert curve.error == pytest.approx((2 * 0.25 + 0.5 + 0) / 4)
    assert curve.largest == 0.5
    assert curve.rows()[0] == {
        "low": 0.0, "high": 0.25, "count": 2, "confidence": 0.25, "accuracy": 0.5,
    }  # fmt: skip


@pytest.mark.parametrize("bins", [1, 5, 10, 17])
def test_curves_are_those_of_scikit_learn(bins: int) -> None:
    random = np.random.default_rng(bins)
    chance = np.concatenate([random.random(500), [0.0, 1.0, 0.1, 0.2, 0.5]])
    right = random.random(505) < chance**2
    curve = reliability(right, chance, bins)
    accuracy, confidence = calibration_curve(right, chance, n_bins=bins)
    assert np.allclose([b.accuracy for b in curve.bins], accuracy, atol=1e-14)
    assert np.allclose([b.confidence for b in curve.bins], confidence, atol=1e-14)
    assert sum(b.count for b in curve.bins) == curve.count == 505


def test_the_curve_of_a_network_is_about_its_likeliest_class() -> None:
    x, y = data.load("iris")
    net = Network(hidden=[4], seed=0)
    net.fit(x, y, epochs=20, progress=False)
    chances = net.predict_proba(x)
    expected = reliability(net.predict(x) == y, chances.max(axis=1))
    assert reliability_of(net, x, y) == expected


def test_the_curve_of_labels_is_about_each_of_them() -> None:
    random = np.random.default_rng(0)
    x = random.normal(size=(80, 3))
    y = x[:, :2] + random.normal(size=(80, 2)) > 0
    net = Network(hidden=[4], seed=0)
    net.fit(x, y, epochs=20, progress=False)
    curve = reliability_of(net, x, y)
    assert curve.count == 160
    assert curve == reliability(y, net.predict_proba(x))


@pytest.mark.parametrize(
    ("right", "chance", "message"),
    [
        ([1, 0], [0.5], "A reliability curve needs a chance for each answer, got 2 answers and 1 "
         "chances."),
        ([1], [1.5], "A reliability curve needs answers that are right or wrong, and chances from "
         "0 to 1; got chances from 1.5 to 1.5."),
    ],
)  # fmt: skip
def test_what_is_no_chance_is_refused(right: list[int], chance: list[float], message: str) -> None:
    with pytest.raises(DataError) as caught:
        reliability(right, chance)
    assert str(caught.value) == message


def test_bins_are_counted() -> None:
    with pytest.raises(ParameterError) as caught:
        reliability([1], [0.5], bins=0)
    assert str(caught.value) == "bins expects a whole number of at least 1, got 0."


def test_scores_of_labels_are_scikit_learns() -> None:
    random = np.random.default_rng(1)
    true, said = random.random((60, 4)) < 0.4, random.random((60, 4)) < 0.5
    found = scores("labels", true, said)
    assert found == pytest.approx(
        {
            "accuracy": theirs.accuracy_score(true, said),
            "f1_micro": theirs.f1_score(true, said, average="micro"),
            "f1_macro": theirs.f1_score(true, said, average="macro"),
            "hamming_loss": theirs.hamming_loss(true, said),
        }
    )


def test_scores_of_counts_are_scikit_learns() -> None:
    random = np.random.default_rng(2)
    y, p = random.poisson(2.0, 50), random.gamma(2.0, 1.0, 50) + 0.01
    found = scores("counts", y, p)
    assert found["deviance"] == pytest.approx(theirs.mean_poisson_deviance(y, p))
    assert found["mae"] == pytest.approx(theirs.mean_absolute_error(y, p))
    assert scores("counts", [1, 2], [0.0, 1.0])["deviance"] is None


def test_chances_add_the_calibration_error() -> None:
    found = scores("classes", ["a", "b"], ["a", "a"], [[0.9, 0.1], [0.7, 0.3]])
    assert found == pytest.approx({"accuracy": 0.5, "ece": (0.1 + 0.7) / 2})
