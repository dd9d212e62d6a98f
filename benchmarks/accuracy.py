"""Accuracy without tuning: five-fold cross-validation beside scikit-learn, on the same folds.

``python benchmarks/accuracy.py [--seeds N]`` prints the table of the README.
"""

from __future__ import annotations

import argparse
import warnings

import numpy as np

from pellucid import Network, data
from pellucid.data import folds
from pellucid.graph.primitive import Array

TABLES = ("digits", "iris", "wine", "breast_cancer")
HIDDEN = 64


def ours(x: Array, y: Array, train: Array, test: Array, seed: int) -> float:
    """The default network's share of right answers on the held-out rows."""
    net = Network(hidden=[HIDDEN], seed=seed)
    net.fit(x[train], y[train], progress=False)
    return net.score(x[test], y[test])


def theirs(x: Array, y: Array, train: Array, test: Array, seed: int) -> float:
    """The same for scikit-learn's network with its defaults, after a StandardScaler."""
    from sklearn.neural_network import MLPClassifier
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    model = make_pipeline(StandardScaler(), MLPClassifier((HIDDEN,), random_state=seed))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # that it stops before it has converged
        return float(model.fit(x[train], y[train]).score(x[test], y[test]))


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=3)
    seeds = range(parser.parse_args().seeds)
    print("| data | Pellucid | scikit-learn |\n| --- | --- | --- |")
    for name in TABLES:
        x, y = data.load(name)
        means = [
            np.mean(
                [
                    contender(x, y, train, test, seed)
                    for seed in seeds
                    for train, test in folds(y, 5, seed=seed, stratify=True)
                ]
            )
            for contender in (ours, theirs)
        ]
        print(f"| {name} | {means[0]:.3f} | {means[1]:.3f} |", flush=True)


if __name__ == "__main__":
    main()
