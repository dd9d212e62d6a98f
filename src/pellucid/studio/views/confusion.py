"""Which classes are taken for which; of numbers, what was predicted beside what is so."""

from __future__ import annotations

from typing import Any

import numpy as np

from pellucid.data.audit.cells import spread
from pellucid.graph.primitive import Array
from pellucid.scene.bench import Bench
from pellucid.studio.views.answers import (
    class_names,
    has_answers,
    numbers_of,
    places,
    values,
    wanted,
)

MOST_ROWS, MOST_CLASSES = 1000, 40


def confusion(bench: Bench) -> dict[str, Any]:
    """The counts, for rows learned from and for those held out, and the rows behind them.

    Shapes: ``counts`` has for each part a table of wanted x answered; ``rows``, ``wanted``,
        ``answered`` and ``held`` one entry a row that was asked; for numbers no counts.
    """
    names = class_names(bench)
    if not has_answers(bench):
        return {"none": "targets"}
    if names is not None and len(names) > MOST_CLASSES:
        return {"none": "classes", "classes": names}
    rows = asked_rows(bench)
    found = numbers_of(bench, rows)
    held, so = np.isin(rows, bench.held), wanted(bench, rows)
    told: dict[str, Any] = {
        "rows": rows, "held": held, "wanted": so, "classes": names, "chosen": bench.chosen,
        "all": len(bench.data.x), "target": bench.data.target or "y",
    }  # fmt: skip
    if names is None:
        return {**told, "answered": values(bench, found)}
    answered = places(bench, found)
    counts = {
        "learned": table(so[~held], answered[~held], len(names)),
        "held": table(so[held], answered[held], len(names)) if held.any() else None,
    }
    return {**told, "answered": answered, "counts": counts}


def asked_rows(bench: Bench) -> Array:
    """The rows that are asked: of both parts at most so many, evenly spread."""
    parts = (np.sort(bench.learned), np.sort(bench.held))
    return np.sort(np.concatenate([part[spread(len(part), MOST_ROWS // 2)] for part in parts]))


def table(so: Array, answered: Array, count: int) -> Array:
    """How often each class was taken for each: wanted x answered."""
    known = so >= 0
    flat = so[known] * count + answered[known]
    return np.bincount(flat, minlength=count * count).reshape(count, count).astype(np.int64)
