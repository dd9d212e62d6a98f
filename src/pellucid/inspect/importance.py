"""How much a network's answers depend on each column: by shuffling it, and by its weights.

Shuffling asks the data: if the answers get no worse when a column's cells change rows, the network
does not need it. Weights ask the network alone, and mislead where columns vary differently or go
along with one another. So both stand side by side here, and where they disagree it is said why.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from pellucid.data.codec import Classes, InputCodec, Keep, Labels, Standardize, TableCodec
from pellucid.data.draw import Draw
from pellucid.errors import DataError
from pellucid.graph.primitive import Array
from pellucid.inspect.disagreement import disagreements, ranks
from pellucid.inspect.effort import chosen_rows, error, work_a_row
from pellucid.inspect.weights import dense_weights, first_weights, garson, grouped, olden
from pellucid.models.answers import comparable
from pellucid.models.network import Network
from pellucid.models.prepare import encoded, given
from pellucid.run.choose import executor

MOST_COLUMNS, REPEATS, FEWER_REPEATS = 200, 10, 3
DIFFERENT = 2.0


@dataclass(frozen=True)
class Importance:
    """What each column matters, by shuffling and by weights.

    Attributes:
        columns: those that the network sees and that were examined.
        rises: by how much the error rises when the column is shuffled, for each repeat.
        error: what it is without that: the share wrong of classes, the rmse of numbers.
        measure: "share wrong" or "rmse".
        test_rows: how many rows were shuffled.
        left_out: how many columns were not examined, those of the smallest weights.
        weights, garson, olden: see ``weights.py``; None where the layers are not dense.
        notes: of the columns where weights and shuffling disagree, why.
        agreement: Spearman's rank correlation of weights and mean rises; None without weights.

    Shapes: rises is columns x repeats; the others one number a column.
    """

    columns: tuple[str, ...]
    rises: Array
    error: float
    measure: str
    test_rows: int
    left_out: int
    weights: Array | None
    garson: Array | None
    olden: Array | None
    notes: dict[str, str]
    agreement: float | None

    @property
    def weights_differ(self) -> bool:
        """Whether the weights tell the columns apart: the largest are twice the smallest at least.

        Below that their order is that of chance.
        """
        if self.weights is None:
            return False
        return float(self.weights.max()) >= DIFFERENT * float(self.weights.min())

    def rows(self) -> list[dict[str, Any]]:
        """A row a column, that of the largest rise first; ranks count from 1."""
        means = self.rises.mean(axis=1)
        order = ranks(means)
        rows = []
        for place in np.argsort(-means, kind="stable").tolist():
            row: dict[str, Any] = {
                "column": self.columns[place], "rise": float(means[place]),
                "deviation": float(self.rises[place].std(ddof=1)), "rank": int(order[place]),
            }  # fmt: skip
            for name in ("weights", "garson", "olden"):
                values = getattr(self, name)
                row[name] = None if values is None else float(values[place])
            row["weights_rank"] = None if self.weights is None else int(ranks(self.weights)[place])
            rows.append(row | {"note": self.notes.get(self.columns[place])})
        return rows

    def record(self) -> dict[str, Any]:
        """All of it as plain values."""
        return {
            "measure": self.measure, "error": self.error, "test_rows": self.test_rows,
            "repeats": self.rises.shape[1], "left_out": self.left_out,
            "agreement": self.agreement, "weights_differ": self.weights_differ,
            "columns": self.rows(),
        }  # fmt: skip


def column_importance(
    network: Network, x: Any, y: Any, *, names: Sequence[str] | None = None,
    repeats: int | None = None, seed: int = 0,
) -> Importance:  # fmt: skip
    """Shuffle each column of the rows in turn, and see how much worse the answers get.

    A column's cells change rows together with all numbers that they become, so this is the same as
    shuffling the column of the table. At most 2,000 rows are shuffled, and fewer for large networks
    and many columns; at most 200 columns, those of the largest weights.

    Parameters:
        x, y: rows that the network did not learn from, and their targets.
        names: of the columns of an array.
        repeats: how often each is shuffled; 10 by default, 3 from 30 columns on.
    Raises: ``DataError`` for pictures (see ``picture_importance``) and other inputs without
        columns, or fewer than two rows.

    Source: L. Breiman, Random Forests, Machine Learning 45, 2001, section 10.
    """
    _, codec, target = network._parts()
    x, y = given(x, y, codec)
    labels, places = columns_of(codec, names)
    if len(x) < 2:
        raise DataError(f"Shuffling needs at least 2 rows, got {len(x)}. Give more.")
    kind = "classes" if isinstance(target, Classes | Labels) else "numbers"
    weights = _by_column(first_weights(network), places)
    kept = _most_weight(weights, len(labels))
    times = repeats or (REPEATS if len(kept) < 30 else FEWER_REPEATS)
    rows = chosen_rows(len(x), len(kept) * times, work_a_row(network.architecture), seed)
    z = _encoded(network, x[rows]).copy()
    true = comparable(target, y)[rows]
    base, rises = _rises(network, kind, z, true, [places[k] for k in kept], times, seed)
    dense = dense_weights(network)
    chosen = tuple(labels[k] for k in kept)
    own = None if weights is None else weights[kept]
    agreement = _agreement(own, rises.mean(axis=1))
    found = Importance(
        chosen, rises, base, "share wrong" if kind == "classes" else "rmse", len(rows),
        len(labels) - len(kept), own,
        None if dense is None else grouped(garson(dense), places)[kept],
        None if dense is None else _by_olden(olden(dense), places)[kept], {}, agreement,
    )  # fmt: skip
    if own is not None and found.weights_differ:
        found.notes.update(disagreements(chosen, own, rises, z, [places[k] for k in kept]))
    return found


def columns_of(
    codec: InputCodec, names: Sequence[str] | None = None
) -> tuple[list[str], list[list[int]]]:
    """The columns that a network sees, and where the numbers of each stand in an encoded row.

    Raises: ``DataError`` for inputs that have no columns.
    """
    if isinstance(codec, TableCodec):
        pairs = zip(codec.columns, codec._places(), strict=True)
        used = [(column.name, places) for column, places in pairs if column.is_used]
        return [name for name, _ in used], [places for _, places in used]
    if not isinstance(codec, Standardize | Keep) or len(codec.row_shape) != 1:
        raise DataError(
            "column_importance is for rows of columns, and this network takes pictures. Use "
            "picture_importance."
        )
    count = codec.row_shape[0]
    labels = list(names) if names and len(names) == count else [f"x{k + 1}" for k in range(count)]
    return labels, [[k] for k in range(count)]


def _encoded(network: Network, x: Any) -> Array:
    task, codec, _ = network._parts()
    return np.asarray(encoded(x, codec, task, executor().precision))


def _by_column(values: Array | None, places: Sequence[Sequence[int]]) -> Array | None:
    """The numbers' values added up by column; None for none, or where the numbers do not fit."""
    width = sum(map(len, places))
    return None if values is None or len(values) != width else grouped(values, places)


def _by_olden(values: Array, places: Sequence[Sequence[int]]) -> Array:
    """One number a column: its own where it is one, else the sum of the sizes."""
    return np.array(
        [
            float(values[own[0]]) if len(own) == 1 else float(np.abs(values[list(own)]).sum())
            for own in places
        ]
    )


def _most_weight(weights: Array | None, count: int) -> Array:
    """The places of the columns to examine: all, or those of the largest weights."""
    if count <= MOST_COLUMNS:
        return np.arange(count)
    order = np.arange(count) if weights is None else np.argsort(-weights, kind="stable")
    return np.sort(order[:MOST_COLUMNS])


def _rises(
    network: Network, kind: str, z: Array, true: Array, places: Sequence[Sequence[int]],
    repeats: int, seed: int,
) -> tuple[float, Array]:  # fmt: skip
    """The error as the rows are, and by how much it rises with each column shuffled."""
    prediction, target = network._prediction(executor()), network._parts()[2]

    def answer(z: Array) -> Array:
        return comparable(target, prediction.of(z))

    base = error(kind, true, answer(z))
    draw = Draw(seed, "shuffled columns")
    orders = [draw.order(len(z)) for _ in range(repeats)]
    rises = np.empty((len(places), repeats))
    for row, own in enumerate(places):
        kept = z[:, own].copy()
        for repeat, order in enumerate(orders):
            z[:, own] = kept[order]
            rises[row, repeat] = error(kind, true, answer(z)) - base
        z[:, own] = kept
    return base, rises


def _agreement(weights: Array | None, rises: Array) -> float | None:
    """Spearman's rank correlation; None without weights, below three columns, or all equal."""
    if weights is None or len(rises) < 3:
        return None
    from scipy.stats import rankdata

    ranks = rankdata(weights), rankdata(rises)
    if any(np.ptp(own) == 0 for own in ranks):
        return None
    return float(np.corrcoef(*ranks)[0, 1])
