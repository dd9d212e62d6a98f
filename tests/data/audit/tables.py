"""Tables without faults, and what the audit says of them: tests plant one fault each."""

from __future__ import annotations

from typing import Any

import numpy as np
import polars as pl

from pellucid.data.audit import Finding, audit


def clean(rows: int = 400, seed: int = 0) -> pl.DataFrame:
    """Numbers, a category and a truth value, from which a class follows, with noise."""
    draw = np.random.default_rng(seed)
    x = draw.normal(size=(rows, 4))
    town = draw.choice(["Bonn", "Ulm", "Trier"], rows)
    score = x[:, 0] - x[:, 1] + (town == "Ulm") + draw.normal(size=rows)
    return pl.DataFrame({
        "a": x[:, 0] * 10 + 50, "b": x[:, 1], "c": np.exp(x[:, 2]), "d": x[:, 3].round(1),
        "town": town, "late": draw.integers(0, 2, rows),
        "y": np.where(score > 0.3, "yes", "no"),
    })  # fmt: skip


def found(frame: pl.DataFrame, kind: str, target: str = "y", **options: Any) -> list[Finding]:
    """The findings of one kind."""
    return [one for one in audit(frame, target, **options) if one.kind == kind]


def only(frame: pl.DataFrame, kind: str, target: str = "y", **options: Any) -> Finding:
    """The only finding of one kind, all of whose words are there."""
    (one,) = found(frame, kind, target, **options)
    assert one.title.endswith(".") and one.remedy.endswith(".")
    assert one.count >= len(one.rows)
    return one


def with_cells(frame: pl.DataFrame, column: str, cells: dict[int, Any]) -> pl.DataFrame:
    """The frame with some cells of a column changed."""
    values = frame[column].to_list()
    for row, value in cells.items():
        values[row] = value
    return frame.with_columns(pl.Series(column, values))


def with_rows(frame: pl.DataFrame, copies: dict[int, int]) -> pl.DataFrame:
    """The frame in which some rows are replaced by copies of others: {place: from where}."""
    places = list(range(frame.height))
    for place, source in copies.items():
        places[place] = source
    return frame[places]
