"""How much a network's answers depend on each column: by shuffling it, and by its weights.

Shuffling asks the data: if the answers get no worse when a column's cells change rows, the network
does not need it. Weights ask the network alone, and mislead where columns vary differently or go
along with one another. So both stand side by side here, and where they disagree it is said why.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from pellucid.data.codec import Classes, InputCodec, Keep, Labels, Standardize, TableCodec
from pellucid.dataclass import dataclass
from pellucid.errors import DataError
from pellucid.graph.primitive import Array
from pellucid.inspect.disagreement import disagreements, ranks
from pellucid.inspect.effort import chosen_rows, work_a_row
from pellucid.inspect.shuffling import Shuffling
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
        shapley: the mean size of the column's Shapley values, in the score's unit; None where they
            were not asked for.

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
    shapley: Array | None = None

    @property
    def weights_differ(self) -> bool:
        """Whether the weights tell the columns apart: the largest are twice the smallest at least.

        Below that their order is that of chance.
        """
        return self.weights is not None and _differ(self.weights)

    def sizes(self) -> dict[str, Array]:
        """The measures that are there beside shuffling, as sizes, by name."""
        olden = None if self.olden is None else np.abs(self.olden)
        every = {
            "weights": self.weights, "garson": self.garson, "olden": olden, "shapley": self.shapley,
        }  # fmt: skip
        return {name: values for name, values in every.items() if values is not None}

    def telling(self) -> dict[str, Array]:
        """Those measures by weights that tell the columns apart, by the names in notes."""
        named = {"weights": "weights", "garson": "Garson", "olden": "Olden"}
        found = self.sizes()
        return {told: found[n] for n, told in named.items() if n in found and _differ(found[n])}

    def agreements(self) -> dict[str, float | None]:
        """Spearman's rank correlation of each measure with the mean rises."""
        means = self.rises.mean(axis=1)
        return {name: rank_correlation(sizes, means) for name, sizes in self.sizes().items()}

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
            sizes = self.sizes()
            for name in ("weights", "garson", "olden", "shapley"):
                values = getattr(self, name)
                row[name] = None if values is None else float(values[place])
                row[f"{name}_rank"] = None if values is None else int(ranks(sizes[name])[place])
            rows.append(row | {"note": self.notes.get(self.columns[place])})
        return rows

    def record(self) -> dict[str, Any]:
        """All of it as plain values."""
        return {
            "measure": self.measure, "error": self.error, "test_rows": self.test_rows,
            "repeats": self.rises.shape[1], "left_out": self.left_out,
            "agreement": self.agreement, "weights_differ": self.weights_differ,
            "agreements": self.agreements(),
            "columns": self.rows(),
        }  # fmt: skip

    def text(self, most: int = 30) -> str:
        """The measures side by side, for a terminal. See ``side_by_side.py``."""
        from pellucid.inspect.side_by_side import text_of

        return text_of(self, most)

    __str__ = text

    def _repr_html_(self) -> str:
        from pellucid.inspect.side_by_side import html_of

        return html_of(self)

    def plot(self, template: str = "light") -> Any:
        """The figure ``importance_bars``."""
        from pellucid.figures.intervals import importance_bars

        return importance_bars(self.rows(), template)


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
    shuffling = Shuffling(network, kind, z, true, times, seed)
    chosen, own_places = tuple(labels[k] for k in kept), [places[k] for k in kept]
    rises = np.stack([shuffling.rises(own) for own in own_places])
    dense = dense_weights(network)
    own = None if weights is None else weights[kept]
    found = Importance(
        chosen, rises, shuffling.base, "share wrong" if kind == "classes" else "rmse", len(rows),
        len(labels) - len(kept), own,
        None if dense is None else grouped(garson(dense), places)[kept],
        None if dense is None else _by_olden(olden(dense), places)[kept], {},
        rank_correlation(own, rises.mean(axis=1)),
    )  # fmt: skip

    def together(one: int, other: int) -> Array:
        return shuffling.rises([*own_places[one], *own_places[other]])

    found.notes.update(disagreements(chosen, found.telling(), rises, z, own_places, together))
    return found


def _differ(sizes: Array) -> bool:
    return float(sizes.max()) >= DIFFERENT * float(sizes.min())


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


def rank_correlation(sizes: Array | None, rises: Array) -> float | None:
    """Spearman's rank correlation; None without sizes, below three columns, or all equal."""
    if sizes is None or len(rises) < 3:
        return None
    from scipy.stats import rankdata

    ranks = rankdata(sizes), rankdata(rises)
    if any(np.ptp(own) == 0 for own in ranks):
        return None
    return float(np.corrcoef(*ranks)[0, 1])
