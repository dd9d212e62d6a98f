"""Judging a network on rows that it did not learn from: which rows, and how far off each is.

``search`` compares configurations by it. Rows that the user keeps for testing never get here.
"""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np

from pellucid.data.arrays import count_of
from pellucid.data.codec import Classes, Labels
from pellucid.data.split import folds, split_rows
from pellucid.dataclass import dataclass
from pellucid.errors import DataError, DataWarning
from pellucid.graph import BATCH, Builder
from pellucid.graph.primitive import Array
from pellucid.models.answers import comparable
from pellucid.models.calibrate import raw_outputs
from pellucid.models.network import Network
from pellucid.models.prepare import encode_target
from pellucid.nn.activations import Sigmoid, Softmax
from pellucid.nn.losses import SquaredError
from pellucid.run.choose import executor

FEW, FOLDS, SHARE, LEAST = 2_000, 5, 0.1, 10
"""Of fewer than 2,000 rows five folds take turns; of more a tenth is held out; 10 are needed."""
SURE = 1e-7
"""A chance counts as at least so much, as in the loss."""


@dataclass(frozen=True)
class Turns:
    """Rows to learn from and rows to judge on, once or several times.

    Attributes:
        parts: (places learned from, places judged on) of each turn.
        words: which rows judge, in words.
    """

    parts: tuple[tuple[Array, Array], ...]
    words: str

    def __len__(self) -> int:
        return len(self.parts)

    @property
    def share(self) -> float:
        """Rows in all for each row that is learned from in a turn."""
        kept, held = self.parts[0]
        return (len(kept) + len(held)) / len(kept)


def turns(
    y: Any, by_class: bool, share: float | None, seed: int, groups: Any = None, times: Any = None,
    single: bool = False,
) -> Turns:  # fmt: skip
    """Divide rows for judging: five folds of few rows, else a part held out.

    Parameters:
        by_class: whether each class has its share on both sides.
        share: the part to hold out; None: folds of few rows, else a tenth.
        groups, times: as for ``split_rows``; they go before classes.
        single: hold out a part even of few rows.
    Raises: ``DataError`` for fewer than 10 rows.
    """
    rows = len(y)
    if rows < LEAST:
        raise DataError(
            f"A search judges on rows that were not learned from, and there are {rows} rows only; "
            f"expected at least {LEAST}. Search without these, or add rows."
        )
    values = np.asarray(y)
    by_class = by_class and values.ndim == 1 and groups is None and times is None
    how: dict[str, Any] = {"seed": seed, "groups": groups, "times": times}
    if share is None and rows < FEW and not single:
        try:
            parts = folds(values if by_class else rows, FOLDS, stratify=by_class, **how)
        except DataError:  # fewer groups or times than folds
            pass
        else:
            return Turns(tuple(parts), f"{FOLDS} folds of {rows:,} rows")
    try:
        pair = split_rows(values if by_class else rows, share or SHARE, stratify=by_class, **how)
    except DataError:
        if not by_class:
            raise
        pair = split_rows(rows, share or SHARE, seed)  # no class has two rows
    return Turns((pair,), f"{count_of(len(pair[1]), 'row')} held out")


def spread(y: Any) -> Array:
    """The variance of each column of the rows that judge, of all turns; 1 where all are equal."""
    found = np.asarray(y, float).reshape(len(y), -1).var(axis=0)
    return np.where(found > 0, found, 1.0)


def losses(network: Network, x: Any, y: Any, variance: Array | None = None) -> Array:
    """How far off the network is, row by row.

    Formula: for classes -ln p, p the chance of the true class; for labels the sum over them of
        -ln p, p the chance of what is true of each (chances are at least 1e-7); for squared error
        (y - prediction)^2 / variance, the mean over columns; else the network's own loss.
    Parameters:
        variance: of each column of y, as ``spread`` gives it; by default that of these rows.
    """
    target = network._parts()[2]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DataWarning)  # what single folds lack is no news
        if isinstance(target, Labels):
            present = comparable(target, y) > 0
            chances = network.predict_proba(x)
            right = np.maximum(np.where(present, chances, 1 - chances), SURE)
            return np.asarray(-np.log(right).sum(axis=1))
        if isinstance(target, Classes) and isinstance(network.loss.link, Sigmoid | Softmax):
            places = target.encode(y)
            chances = network.predict_proba(x)[np.arange(len(places)), places]
            return -np.log(np.maximum(chances, SURE))
        if not isinstance(target, Classes) and isinstance(network.loss, SquaredError):
            wanted = np.asarray(y, float).reshape(len(y), -1)
            given = np.asarray(network.predict(x), float).reshape(wanted.shape)
            over = spread(wanted) if variance is None else variance
            return np.asarray(((wanted - given) ** 2 / over).mean(axis=1))
        return _own(network, x, y)


def _own(network: Network, x: Any, y: Any) -> Array:
    """The network's own loss of each row, in float64."""
    task, _, target = network._parts()
    shape = task.architecture.out_shape
    read = task.loss.target_type(shape)
    b = Builder()
    output, wanted = b.input("output", (BATCH, *shape)), b.input("y", read.shape, read.dtype)
    program = executor("reference").compile(b.build(loss=task.loss.per_sample(output, wanted)))
    given = {"output": raw_outputs(network, x, executor("auto"))}
    return np.asarray(program.run({**given, "y": encode_target(y, target, task)})["loss"])


def difference(one: Array, other: Array) -> tuple[float, float]:
    """How much larger the losses of one are on average, and the standard error of that.

    Example:
        >>> difference(np.array([1.0, 2.0, 3.0]), np.array([1.0, 1.0, 1.0]))
        (1.0, 0.5773502691896258)
    """
    apart = one - other
    if len(apart) < 2:
        return float(apart.mean()), 0.0
    return float(apart.mean()), float(apart.std(ddof=1) / np.sqrt(len(apart)))
