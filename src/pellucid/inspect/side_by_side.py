"""Importance by every measure that there is, side by side, and where they disagree.

Shuffling asks the data and the targets; Shapley values ask the network about rows; weights, Garson
and Olden ask the weights alone. ``docs/importance.md`` says what each means.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from pellucid.data.codec import Counts, Numbers
from pellucid.data.draw import Draw
from pellucid.errors import ParameterError
from pellucid.figures.table import table_text
from pellucid.graph.primitive import Array
from pellucid.inspect.effort import work_a_row
from pellucid.inspect.importance import Importance, column_importance, columns_of
from pellucid.inspect.pictures import PictureImportance, picture_importance
from pellucid.models.html import table
from pellucid.models.network import Network
from pellucid.models.prepare import given
from pellucid.nn.losses import Quantiles

MEASURES = {
    "weights": "weights", "garson": "Garson", "olden": "Olden", "shapley": "Shapley",
}  # fmt: skip
ROWS, BACKGROUND, ORDERS = 40, 10, 16
MOST_WORK = 8e9
MOST_COLUMNS = 60


def importance(
    network: Network, x: Any, y: Any, *, names: Sequence[str] | None = None,
    size: tuple[int, int] | None = None, repeats: int | None = None, shapley: bool | None = None,
    seed: int = 0,
) -> Importance | PictureImportance:  # fmt: skip
    """What a network's answers depend on: its columns by all measures, or a map of pictures.

    Parameters:
        x, y: rows that the network did not learn from, and their targets; y may be the name of a
            column of a data frame.
        names: of the columns of an array.
        size: height and width, where pictures come as rows of pixels.
        repeats: how often each column is shuffled; see ``column_importance``.
        shapley: whether Shapley values are asked for as well; by default of at most 60 columns, in
            networks where that is a matter of seconds.
    Raises: as ``column_importance`` and ``picture_importance``; ``ParameterError`` for options of
        columns where there are pictures.
    """
    codec = network.inputs
    if size is not None or len(codec.row_shape) > 1:
        if names is not None or repeats is not None or shapley is not None:
            raise ParameterError(
                "names, repeats and shapley are for rows of columns, and these are pictures. Leave "
                "them out."
            )
        return picture_importance(network, x, y, size=size, seed=seed)
    known = names if names is not None else _known_names(network)
    found = column_importance(network, x, y, names=known, repeats=repeats, seed=seed)
    count = len(found.columns)
    if shapley is None:
        shapley = (
            count <= MOST_COLUMNS and not found.left_out and _work(network, count) <= MOST_WORK
        )
    if not shapley:
        return found
    return replace(found, shapley=mean_shapley(network, x, y, found.columns, known, seed))


def mean_shapley(
    network: Network, x: Any, y: Any, columns: Sequence[str], names: Sequence[str] | None, seed: int
) -> Array:
    """The mean size of each column's Shapley values, over up to 40 rows.

    Each is of the score of what the network answers for the row (of several numbers the first),
    compared with 10 other rows, by 16 orders and those backwards; all numbers of a column together.
    Source: S. Lundberg et al., 2020, doi:10.1038/s42256-019-0138-9, on means of sizes.
    """
    from pellucid.inspect.attribute import attribute

    _, codec, target = network._parts()
    rows, _ = given(x, y, codec)
    order = Draw(seed, "rows of Shapley values").order(len(rows))
    background = rows[np.sort(order[-BACKGROUND:])]
    several = isinstance(target, Numbers | Counts) and not isinstance(network.loss, Quantiles)
    output = 0 if several else None
    sizes = [
        np.abs(
            attribute(
                network, rows[np.array([place])], "sampled_shapley", output=output,
                baseline=background, orders=2 * ORDERS, seed=seed,
            ).values
        )
        for place in order[:ROWS].tolist()
    ]  # fmt: skip
    labels, _ = columns_of(codec, names)
    mean = np.mean(sizes, axis=0)
    return np.array([mean[labels.index(name)] for name in columns])


def text_of(found: Importance, most: int) -> str:
    """The measures side by side, with ranks; then where they disagree, and why."""
    classes = found.measure == "share wrong"
    what = "wrong answers rise" if classes else "error (rmse) rises"
    base = f"{100 * found.error:.1f} %" if classes else f"{found.error:.4g}"
    lines = [
        f"Shuffled among {found.test_rows:,} rows, {found.rises.shape[1]} times: by how much the "
        f"{what} above {base}.",
        "In brackets: the rank by each measure. ⚑: ranks lie far apart.",
        "",
        table_text(_cells(found, most), right=("shuffling", *MEASURES.values())),
    ]
    hidden = max(0, len(found.columns) - most) + found.left_out
    if hidden:
        lines.append(f"and {hidden:,} more columns")
    told = [
        f"{MEASURES[name]} {value:.2f}"
        for name, value in found.agreements().items()
        if value is not None
    ]
    if told:
        lines += ["", f"Rank correlation with shuffling (1: the same order): {', '.join(told)}."]
    if found.notes:
        lines += ["", "Where they disagree"]
        lines += [f"  {name}: {note}" for name, note in found.notes.items()]
    return "\n".join(lines)


def html_of(found: Importance) -> str:
    """The same as a table for a notebook."""
    cells = _cells(found, len(found.columns))
    head = [*dict.fromkeys(name for row in cells for name in row)]
    body = [[str(row.get(name, "")) for name in head] for row in cells]
    notes = "\n".join(f"{name}: {note}" for name, note in found.notes.items())
    return table(head, body, left=1, caption=notes)


def _cells(found: Importance, most: int) -> list[dict[str, str]]:
    classes = found.measure == "share wrong"
    shares = dict.fromkeys(MEASURES, 1.0)
    if found.weights is not None:
        shares["weights"] = float(found.weights.sum()) or 1.0
    rows = []
    for row in found.rows()[:most]:
        flag = " ⚑" if row["note"] else ""
        rise, deviation = row["rise"], row["deviation"]
        told = f"{100 * rise:+.1f} ± {100 * deviation:.1f} points"
        if not classes:
            told = f"{rise:+.3g} ± {deviation:.2g}"
        line = {"column": row["column"] + flag, "shuffling": f"{told} ({row['rank']})"}
        for name, title in MEASURES.items():
            if row[name] is None:
                continue
            value = row[name] / shares[name]
            size = f"{100 * value:.1f} %" if name in ("weights", "garson") else f"{value:.3g}"
            line[title] = f"{size} ({row[f'{name}_rank']})"
        rows.append(line)
    return rows


def _known_names(network: Network) -> list[str] | None:
    """The names of the columns, where the network was told them."""
    told = network.provenance.get("data")
    names = told.get("features") if isinstance(told, dict) else None
    return [*map(str, names)] if isinstance(names, list) else None


def _work(network: Network, columns: int) -> float:
    """The multiplications that Shapley values take."""
    return ROWS * BACKGROUND * 2 * ORDERS * columns * work_a_row(network.architecture)
