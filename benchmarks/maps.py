"""Clusters and maps beside k-means and MiniSom, on the same rows: ``python benchmarks/maps.py``.

Prints the two tables of ``docs/clusters.md``. MiniSom comes with the extra ``test``.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

import numpy as np
from minisom import MiniSom
from sklearn.metrics import adjusted_rand_score

from pellucid.data import load
from pellucid.figures import table_text
from pellucid.memory import KohonenMap
from pellucid.memory.clustering import METHODS, clustered

SEEDS = (0, 1, 2)
STEPS = 20_000
SETS = (("iris", 3, 6), ("wine", 3, 6), ("digits", 10, 10))  # name, classes, side of the map
PROGRAMS = (  # how it is called, and of a map of ours the training and the last radius
    ("MiniSom, online", None, 1.0),
    ("Pellucid, online", "online", 0.7),
    ("Pellucid, online, last_radius=1", "online", 1.0),
    ("Pellucid, batch", "batch", 0.7),
    ("Pellucid, batch, last_radius=1", "batch", 1.0),
)


def rows_of(name: str) -> tuple[Any, Any]:
    """The rows of a sample, columns of deviation 1, and their classes."""
    sample = load(name)
    x = sample.x.reshape(len(sample.x), -1).astype(np.float64)
    return (x - x.mean(axis=0)) / np.where(x.std(axis=0) > 0, x.std(axis=0), 1.0), sample.y


def agreements() -> Iterator[dict[str, Any]]:
    """How well clusters of each method agree with the known classes, mean of three seeds."""
    for name, classes, _ in SETS:
        x, y = rows_of(name)
        row: dict[str, Any] = {"rows": name}
        for method in METHODS:
            found = [clustered(x, method, classes, seed=seed).labels for seed in SEEDS]
            row[method] = f"{np.mean([adjusted_rand_score(y, each) for each in found]):.2f}"
        yield row


def maps() -> Iterator[dict[str, Any]]:
    """Errors and seconds of maps of the same size, by both programs, mean of three seeds."""
    for name, _, side in SETS:
        x, _ = rows_of(name)
        epochs = round(STEPS / len(x))
        for program, training, last_radius in PROGRAMS:
            if training is None:
                each = [minisom(x, side, seed) for seed in SEEDS]
            else:
                often = epochs if training == "online" else None
                each = [own(x, side, seed, training, often, last_radius) for seed in SEEDS]
            found = np.mean(each, axis=0)
            yield {
                "rows": name, "map": f"{side} x {side}", "program": program,
                "quantisation": f"{found[0]:.3f}", "topographic": f"{found[1]:.3f}",
                "seconds": f"{found[2]:.2f}",
            }  # fmt: skip


def minisom(x: Any, side: int, seed: int) -> tuple[float, float, float]:
    """Both errors and the seconds of MiniSom with its own decays, from the main directions."""
    began = time.perf_counter()
    peer = MiniSom(side, side, x.shape[1], sigma=side / 2, learning_rate=0.5, random_seed=seed)
    peer.pca_weights_init(x)
    peer.train(x, STEPS, random_order=True)
    seconds = time.perf_counter() - began
    return peer.quantization_error(x), peer.topographic_error(x), seconds


def own(
    x: Any, side: int, seed: int, training: str, epochs: int | None, last_radius: float
) -> tuple[float, float, float]:
    """The same of a Kohonen map."""
    began = time.perf_counter()
    found = KohonenMap(
        side, side, training=training, epochs=epochs, seed=seed, last_radius=last_radius,
        scale_inputs=False, threads=1,
    ).fit(x)  # fmt: skip
    seconds = time.perf_counter() - began
    return found.quantisation_error(x), found.topographic_error(x), seconds


def main() -> None:
    """Print both tables."""
    print(table_text(list(agreements())))
    print()
    print(table_text(list(maps())))


if __name__ == "__main__":
    main()
