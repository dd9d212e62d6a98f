"""Clusters of rows by one of four methods, how good they are, and what is particular about each."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from pellucid.dataclass import dataclass
from pellucid.errors import DataError, unknown_name
from pellucid.graph.primitive import Array
from pellucid.hyper import Hyper
from pellucid.memory.autoencoder import Autoencoder
from pellucid.memory.competitive import CompetitiveLayer
from pellucid.memory.som import KohonenMap

METHODS = ("kmeans", "competitive", "map", "autoencoder")
COUNT = Hyper("how many clusters there are", int, low=1)
TRIED = range(2, 11)  # counts of clusters that are tried where none is asked for
LOOK = 2_000  # rows that silhouettes are taken of, where there are more
STARTS = 10


@dataclass(frozen=True)
class Clustering:
    """Clusters of rows.

    Attributes:
        method: how they were found.
        labels: the cluster of each row, numbered from 0 on from the largest to the smallest.
        centres: the mean of each cluster's rows: (clusters, features).
        scores: silhouette (-1 to 1; None for a single cluster), distance (the mean distance of rows
            to the centre of their cluster), and of a map its quantisation_error and
            topographic_error, of an autoencoder its reconstruction_error.
        model: the ``CompetitiveLayer``, ``KohonenMap`` or ``Autoencoder``; None for k-means.
    """

    method: str
    labels: Array
    centres: Array
    scores: dict[str, float | None]
    model: Any = None

    @property
    def sizes(self) -> list[int]:
        """How many rows each cluster has."""
        counts = np.bincount(self.labels, minlength=len(self.centres))
        return [int(count) for count in counts]

    def particular(self, x: Array, names: Sequence[str], most: int = 3) -> list[list[str]]:
        """For each cluster the columns in which it differs most from all rows, in words.

        By the difference of means in standard deviations of the column; of those above 0.5.
        """
        spread = x.std(axis=0)
        apart = (self.centres - x.mean(axis=0)) / np.where(spread > 0, spread, 1.0)
        told = []
        for row in apart:
            first = [k for k in np.argsort(-np.abs(row), kind="stable")[:most] if abs(row[k]) > 0.5]
            told.append(
                [f"{names[k]} {'high' if row[k] > 0 else 'low'} ({row[k]:+.1f})" for k in first]
            )
        return told


def clustered(
    x: Array, method: str = "kmeans", clusters: int | None = None, *, seed: int = 0,
    engine: Any = "auto", threads: int | None = None,
) -> Clustering:  # fmt: skip
    """Divide rows of numbers, which are of comparable scale, into clusters.

    Parameters:
        x: (n, features).
        method: kmeans: scikit-learn's; competitive: ``CompetitiveLayer``; map: a ``KohonenMap`` of
            some 5 sqrt(n) units, whose places k-means divides, each counted as often as samples
            are near it; autoencoder: ``Autoencoder``, k-means on its codes.
        clusters: how many; None: the count from 2 to 10 for which the silhouette of k-means is
            highest.
        seed: of the first places and of the order.
    Raises: ``DataError`` for fewer rows than clusters; ``UnknownNameError`` for a method.
    """
    if method not in METHODS:
        raise unknown_name("method", method, METHODS)
    count = (
        best_count(x, seed) if clusters is None else COUNT.check("cluster", "clusters", clusters)
    )
    if len(np.unique(x, axis=0)) < count:
        different = len(np.unique(x, axis=0))
        raise DataError(
            f"There are {different} different rows, too few for {count} clusters. Ask for fewer."
        )
    given = {"scale_inputs": False, "seed": seed, "engine": engine, "threads": threads}
    model: Any = None
    more: dict[str, float | None] = {}
    if method == "kmeans":
        labels = _k_means(x, count, seed).labels_
    elif method == "competitive":
        model = CompetitiveLayer(count, **given).fit(x)
        labels = model.predict(x)
    elif method == "map":
        side = max(2, math.ceil(math.sqrt(5.0 * math.sqrt(len(x)))))
        model = KohonenMap(side, side, grid="hexagonal", training="batch", **given).fit(x)
        labels = _of_units(model, x, count, seed)
        more = {
            name: getattr(model, name)(x) for name in ("quantisation_error", "topographic_error")
        }
    else:
        code = max(1, min(8, x.shape[1] // 2))
        model = Autoencoder(count, code=code, **given).fit(x)
        labels, more = model.predict(x), {"reconstruction_error": -model.score(x)}
    return _told(method, x, np.asarray(labels), model, more, seed)


def best_count(x: Array, seed: int = 0) -> int:
    """The number of clusters from 2 to 10 for which k-means has the highest silhouette.

    Of more than 2,000 rows that many are looked at, taken at random.
    """
    some = _some(x, seed)
    different = len(np.unique(some, axis=0))
    counts = [count for count in TRIED if count < different]
    if not counts:
        return 1
    scores = [_silhouette(some, _k_means(some, count, seed).labels_, seed) for count in counts]
    return counts[int(np.argmax([-2.0 if score is None else score for score in scores]))]


def agreement(labels: Array, known: Any) -> dict[str, float]:
    """How clusters and known classes agree.

    Returns: adjusted_rand (1: the same division, 0: no better than chance), mutual_information
        (normalised, 0 to 1), and purity, the share of rows that are of the class that most rows of
        their cluster have, which grows with the number of clusters.
    """
    from sklearn.metrics import adjusted_rand_score, normalized_mutual_info_score

    classes = np.unique(np.asarray(known), return_inverse=True)[1].reshape(-1)
    table = np.zeros((int(labels.max()) + 1, int(classes.max()) + 1))
    np.add.at(table, (labels, classes), 1)
    return {
        "adjusted_rand": float(adjusted_rand_score(classes, labels)),
        "mutual_information": float(normalized_mutual_info_score(classes, labels)),
        "purity": float(table.max(axis=1).sum() / len(labels)),
    }


def _k_means(x: Array, count: int, seed: int, weight: Array | None = None) -> Any:
    from sklearn.cluster import KMeans

    return KMeans(count, n_init=STARTS, random_state=seed % 2**32).fit(x, sample_weight=weight)


def _of_units(model: KohonenMap, x: Array, count: int, seed: int) -> Array:
    """The cluster of each row: that of its unit."""
    hits = model.hits(x)
    there = np.flatnonzero(hits)
    if len(there) < count:
        raise DataError(
            f"The map has rows at {len(there)} of its units, too few for {count} clusters. Ask for "
            "fewer, or use another method."
        )
    own = np.zeros(model.units, np.int64)
    own[there] = _k_means(model.centres[there], count, seed, hits[there].astype(float)).labels_
    return np.asarray(own[model.predict(x)])


def _told(
    method: str, x: Array, labels: Array, model: Any, more: dict[str, float | None], seed: int
) -> Clustering:
    """Clusters by size, without those that no row is in, with their scores."""
    found, counts = np.unique(labels, return_counts=True)
    order = found[np.argsort(-counts, kind="stable")]
    places = {old: new for new, old in enumerate(order.tolist())}
    numbered = np.array([places[label] for label in labels.tolist()])
    centres = np.stack([x[numbered == k].mean(axis=0) for k in range(len(order))])
    scores = {
        "silhouette": _silhouette(x, numbered, seed),
        "distance": float(np.linalg.norm(x - centres[numbered], axis=1).mean()),
        **more,
    }
    return Clustering(method, numbered, centres, scores, model)


def _some(x: Array, seed: int) -> Array:
    if len(x) <= LOOK:
        return x
    chosen = np.random.default_rng(seed).choice(len(x), LOOK, replace=False)
    return np.asarray(x[np.sort(chosen)])


def _silhouette(x: Array, labels: Array, seed: int) -> float | None:
    """The mean silhouette; None where it has no meaning."""
    from sklearn.metrics import silhouette_score

    if len(x) > LOOK:
        chosen = np.sort(np.random.default_rng(seed).choice(len(x), LOOK, replace=False))
        x, labels = x[chosen], labels[chosen]
    groups = len(np.unique(labels))
    return float(silhouette_score(x, labels)) if 1 < groups < len(x) else None
