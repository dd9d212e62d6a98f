"""Reliability: worked by hand, and against scikit-learn's calibration curve."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.calibration import calibration_curve

from pellucid.assess.calibration import expected_calibration_error, reliability


def test_a_curve_worked_by_hand() -> None:
    chances = [[0.9, 0.1], [0.95, 0.05], [0.4, 0.6], [0.45, 0.55]]
    rows = reliability(["a", "b", "b", "b"], chances, ["a", "b"])
    assert [(row["low"], row["high"], row["rows"]) for row in rows] == [
        (0.5, 0.6, 2), (0.8, 0.9, 1), (0.9, 1.0, 1)
    ]  # fmt: skip
    assert [row["chance"] for row in rows] == pytest.approx([0.575, 0.9, 0.95])
    assert [row["right"] for row in rows] == [1.0, 1.0, 0.0]
    wanted = (2 * 0.425 + 0.1 + 0.95) / 4
    assert expected_calibration_error(rows) == pytest.approx(wanted)


def test_the_curve_is_that_of_scikit_learn() -> None:
    rng = np.random.default_rng(0)
    raw = rng.gamma(0.3, size=(500, 4))
    chances = raw / raw.sum(axis=1, keepdims=True)
    true = np.array([rng.choice(4, p=row) for row in chances])
    right = true == chances.argmax(axis=1)
    shares, means = calibration_curve(right, chances.max(axis=1), n_bins=10)
    rows = reliability(true, chances, np.arange(4))
    assert [row["right"] for row in rows] == pytest.approx(shares)
    assert [row["chance"] for row in rows] == pytest.approx(means)
    assert sum(row["rows"] for row in rows) == 500
