"""How many test rows the nearest neighbours are asked for."""

from __future__ import annotations

import numpy as np
import pytest

from pellucid.assess import baselines as module
from pellucid.assess.baselines import NEAREST, baselines, chosen_rows
from pellucid.data.dataset import Dataset


def blobs(rows: int, seed: int) -> Dataset:
    draw = np.random.default_rng(seed)
    y = np.repeat([0, 1], rows // 2)
    return Dataset("blobs", draw.normal(size=(rows, 2)) + 3 * y[:, None], y, "classes")


def test_neighbours_are_asked_for_a_draw_and_say_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MOST_ASKED", 20)
    training, test = blobs(60, 0), blobs(100, 1)
    some = chosen_rows(test, 0, 20)
    assert np.bincount(test.y[some]).tolist() == [10, 10]
    found = dict(baselines(training, test, seed=0))
    assert found[NEAREST]["test_rows"] == 20
    assert "test_rows" not in found["linear model"]

    from sklearn.neighbors import KNeighborsClassifier
    from sklearn.preprocessing import StandardScaler

    scaler = StandardScaler().fit(training.x)
    model = KNeighborsClassifier(5).fit(scaler.transform(training.x), training.y)
    right = model.score(scaler.transform(test.x[some]), test.y[some])
    assert found[NEAREST]["accuracy"] == pytest.approx(right)


def test_few_rows_are_all_asked_for() -> None:
    found = dict(baselines(blobs(60, 0), blobs(40, 1), seed=0))
    assert "test_rows" not in found[NEAREST]
