"""The chosen row: what it is, what the network answers, and how sure it is."""

from __future__ import annotations

from typing import Any

import numpy as np

from pellucid.inspect.views.layers import column_names
from pellucid.scene.bench import Bench
from pellucid.studio.views.answers import (
    are_chances,
    chances,
    class_names,
    has_answers,
    numbers_of,
    places,
    values,
)
from pellucid.studio.views.data import MOST_COLUMNS, cells, is_picture, picture


def sample(bench: Bench) -> dict[str, Any]:
    """The row's cells or picture, its target, the answer, and the score of each class."""
    row, names = bench.chosen, class_names(bench)
    told: dict[str, Any] = {
        "row": row, "rows": len(bench.data.x), "held": bool(np.isin(row, bench.held)),
        "target": bench.data.target or "y", "classes": names, "pictures": is_picture(bench),
    }  # fmt: skip
    if told["pictures"]:
        told["picture"] = picture(bench, row)
    else:
        told["columns"] = list(column_names(bench.network))[:MOST_COLUMNS]
        told["cells"] = cells(bench, np.array([row]))[0]
    if not has_answers(bench):
        return {**told, "none": "targets"}
    found = numbers_of(bench, np.array([row]))
    so = np.asarray(bench.data.y)[row]
    if names is None:
        answer = float(values(bench, found)[0])
        told |= {"answer": answer, "wanted": float(np.ravel(so)[0])}
        return {**told, "error": answer - told["wanted"]}
    scores = chances(bench, found)
    answer_, label = names[int(places(bench, found)[0])], str(so)
    return {
        **told, "answer": answer_, "wanted": label, "right": answer_ == label,
        "scores": scores[0] if scores is not None and are_chances(bench) else None,
    }  # fmt: skip
