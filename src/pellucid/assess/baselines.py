"""What a network has to beat: the simplest answer, a linear model, and the nearest neighbours.

All learn from the same rows as the network, scaled in the same way, and are tested on the same
rows.
"""

from __future__ import annotations

import time
import warnings
from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from pellucid.assess.scores import scores

if TYPE_CHECKING:
    from pellucid.data.dataset import Dataset

MOST_ROWS = 10_000
"""Baselines learn from at most so many rows: they are there to compare with, not to wait for."""
NEIGHBOURS = 5
FEW = 100
"""Below so many rows the linear model of classes is held back less, C = 100 / rows: its penalty,
made for samples, would keep it from learning the four rows of a gate."""
ITERATIONS, WIDE, FEWER_ITERATIONS = 200, 1_000_000, 50
"""The linear model of classes takes at most 200 steps, and 50 where there are a million numbers."""
SMALL = 16
"""The baselines see pictures from files this large at most."""


def answered(
    training: Dataset,
    test: Dataset,
    seed: int,
    columns: Mapping[str, str] | None = None,
    missing: Mapping[str, str] | None = None,
) -> Iterator[tuple[str, dict[str, Any], np.ndarray[Any, Any]]]:
    """Each baseline's name, its scores on the test rows with its seconds, and its answers."""
    rows = chosen_rows(training, seed)
    y = training.y[rows]
    z, wanted = encoded(training.take(rows), test, columns, missing)
    for name, make in _models(training.kind, *z.shape).items():
        began = time.perf_counter()
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # a linear model that stops early is a baseline still
            columns_of_y = y.reshape(len(y), -1) if training.kind == "counts" else y
            predicted = make().fit(z, columns_of_y).predict(wanted)
        found = scores(training.kind, test.y, predicted)
        seconds = time.perf_counter() - began
        yield name, {**found, "seconds": seconds, "rows": len(rows)}, np.asarray(predicted)


def encoded(
    training: Dataset,
    test: Dataset,
    columns: Mapping[str, str] | None,
    missing: Mapping[str, str] | None = None,
) -> tuple[np.ndarray[Any, Any], np.ndarray[Any, Any]]:
    """The rows to learn from and to test with as numbers; of many categories the most frequent."""
    from pellucid.data.frame import Table
    from pellucid.data.inputs import fit_inputs
    from pellucid.data.table_codec import TableCodec

    if isinstance(training.x, Table):
        table = TableCodec.fit(training.x, columns, embed=False, missing=missing)
        return table.encode_noting(training.x)[0], table.encode_noting(test.x)[0]
    x = flat(training)
    codec = fit_inputs(x)
    return codec.encode(x), codec.encode(flat(test))


def width(training: Dataset) -> int:
    """How many numbers the baselines read of a row."""
    from pellucid.data.frame import Table
    from pellucid.data.table_codec import TableCodec

    if isinstance(training.x, Table):
        return int(np.prod(TableCodec.fit(training.x, embed=False).sample_shape))
    return int(flat(training.take(np.arange(1))).shape[1])


def flat(dataset: Dataset) -> np.ndarray[Any, Any]:
    """Arrays as a table; pictures from files are shrunk to at most 16 x 16 by means of blocks.

    What is over at the right and below where blocks do not fill the picture is left out.
    """
    x: np.ndarray[Any, Any] = dataset.x
    if dataset.framing is None:
        return x.reshape(len(x), -1)
    count, channels, height, width = x.shape
    down, across = -(-height // SMALL), -(-width // SMALL)
    small = np.empty((count, channels, height // down, width // across), np.float32)
    for row in range(count):  # one by one: a float of each pixel of all would be a lot of memory
        whole = x[row, :, : height // down * down, : width // across * across]
        blocks = whole.reshape(channels, height // down, down, width // across, across)
        small[row] = blocks.mean(axis=(2, 4))
    return small.reshape(count, -1)


def chosen_rows(training: Dataset, seed: int) -> np.ndarray[Any, Any]:
    """The places of the rows that baselines learn from: all, or a draw of 10,000."""
    from pellucid.data.split import split_rows

    if len(training) <= MOST_ROWS:
        return np.arange(len(training))
    share = MOST_ROWS / len(training)
    return split_rows(training.y, share, seed, stratify=training.kind == "classes")[1]


def load_models() -> None:
    """Import what the baselines need, so that it is there when they are made."""
    _models("numbers", 1, 1)


def _models(kind: str, rows: int, features: int) -> dict[str, Callable[[], Any]]:
    from sklearn.dummy import DummyClassifier, DummyRegressor
    from sklearn.linear_model import LogisticRegression, Ridge
    from sklearn.neighbors import KNeighborsClassifier, KNeighborsRegressor

    near = min(NEIGHBOURS, rows)
    steps = ITERATIONS if rows * features < WIDE else FEWER_ITERATIONS
    strength = max(1.0, FEW / rows)
    if kind == "classes":
        return {
            "majority class": lambda: DummyClassifier(strategy="most_frequent"),
            "linear model": lambda: LogisticRegression(C=strength, max_iter=steps),
            "k nearest neighbours": lambda: KNeighborsClassifier(near),
        }
    if kind == "labels":
        from sklearn.multiclass import OneVsRestClassifier

        return {
            "majority of each label": lambda: DummyClassifier(strategy="most_frequent"),
            "linear model": lambda: OneVsRestClassifier(
                LogisticRegression(C=strength, max_iter=steps)
            ),
            "k nearest neighbours": lambda: KNeighborsClassifier(near),
        }
    linear: Callable[[], Any] = Ridge
    if kind == "counts":
        from sklearn.linear_model import PoissonRegressor
        from sklearn.multioutput import MultiOutputRegressor

        linear = lambda: MultiOutputRegressor(PoissonRegressor(alpha=1e-3))
    return {
        "mean": DummyRegressor,
        "linear model": linear,
        "k nearest neighbours": lambda: KNeighborsRegressor(near),
    }
