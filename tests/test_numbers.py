"""The numbers the project promises: accuracy without tuning, on real data.

MNIST is not part of the project: its four files are looked for in the folder that PELLUCID_MNIST
names, or in ``shared/data/mnist`` beside the checkout.
"""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest

from pellucid import Dense, Network, data
from pellucid.data import folds

BESIDE = Path(__file__).resolve().parents[2] / "shared" / "data" / "mnist"
MNIST = Path(os.environ.get("PELLUCID_MNIST", BESIDE))


@pytest.mark.parametrize(
    ("name", "least", "seeds"),
    [("digits", 0.972, 1), ("iris", 0.955, 3), ("wine", 0.975, 3), ("breast_cancer", 0.975, 3)],
)
def test_five_fold_cross_validation_without_tuning(name: str, least: float, seeds: int) -> None:
    """On 150 rows one row is 0.007, so small tables are divided several times."""
    x, y = data.load(name)
    found = []
    for seed in range(seeds):
        for train, test in folds(y, 5, seed=seed, stratify=True):
            net = Network(hidden=[64], seed=seed)
            net.fit(x[train], y[train])
            found.append(net.score(x[test], y[test]))
    assert np.mean(found) >= least


@pytest.mark.skipif(not MNIST.is_dir(), reason="needs the MNIST files, see the head of this file")
def test_mnist_in_five_epochs() -> None:
    train, test = data.load("mnist", data_dir=MNIST).split()
    net = Network([Dense(128, activation="relu"), Dense(10)], seed=0)
    net.fit(train.x, train.y, epochs=5)
    assert net.score(test.x, test.y) >= 0.975
