"""The evidence of a report: every number in it, as plain values.

``run.json`` keeps them; the page and the Markdown text are made from them and from nothing else.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from pellucid.assess.bootstrap import LEVEL, RESAMPLES, compared
from pellucid.assess.calibration import reliability
from pellucid.assess.cases import is_pictures, of_cells, row_name, worst
from pellucid.assess.residuals import histogram, ranges, shown_points
from pellucid.assess.tested import Tested
from pellucid.data.codec import TableCodec
from pellucid.errors import PellucidError

OWN = "this network"
MOST_CLASSES, MOST_CONFUSIONS = 25, 40
"""With more classes the confusions are a list, of the most frequent."""
MOST_EPOCHS, MOST_IMPORTANT = 200, 30


def evidence(tested: Tested, history: Sequence[Mapping[str, Any]] = ()) -> dict[str, Any]:
    """All that was found out by testing.

    Parameters:
        history: one row an epoch, as ``run.history.rows``.
    """
    found: dict[str, Any] = {
        "kind": tested.kind,
        "held_out": tested.parts.held_out,
        "test_rows": len(tested.test),
        "compared_rows": len(tested.compared),
        "level": LEVEL,
        "resamples": RESAMPLES,
        **_compared(tested),
        "history": _thinned(history),
        "importance": _importance(tested),
        **_calibration(tested),
    }
    if tested.kind == "classes":
        found |= _of_classes(tested)
    elif tested.true.ndim == 1:
        found |= _of_numbers(tested)
    found["worst"] = [_case(tested, place) for place in worst(tested)]
    return found


def _compared(tested: Tested) -> dict[str, Any]:
    """The measures with their intervals: of all test rows, and beside the simple models."""
    rows, differences = compared(
        tested.kind, tested.true[tested.compared],
        {OWN: tested.predicted[tested.compared], **tested.others}, tested.seed,
    )  # fmt: skip
    whole = [row for row in rows if row["model"] == OWN]
    if len(tested.compared) < len(tested.test):
        answers = {OWN: tested.predicted}
        whole, _ = compared(tested.kind, tested.true, answers, tested.seed)
    return {"scores": whole, "compared": rows, "differences": differences}


def _of_classes(tested: Tested) -> dict[str, Any]:
    counts, size = tested.counts, len(tested.names)
    some = np.flatnonzero(counts).tolist()
    listed = sorted(some, key=lambda cell: (cell // size == cell % size, -counts.flat[cell], cell))
    if size > MOST_CLASSES:
        listed = listed[:MOST_CONFUSIONS]
    cells = of_cells(tested, tested.true_places * size + tested.predicted_places, listed)
    return {
        "classes": tested.names,
        "counts": counts.tolist(),
        "by_class": [
            {
                "class": name, "rows": int(counts[k].sum()), "answers": int(counts[:, k].sum()),
                "recall": _share(counts[k, k], counts[k].sum()),
                "precision": _share(counts[k, k], counts[:, k].sum()),
            }
            for k, name in enumerate(tested.names)
        ],
        "cells": [
            {
                "true": tested.names[cell // size], "predicted": tested.names[cell % size],
                "rows": int(counts.flat[cell]), "cases": cells[cell],
            }
            for cell in listed
        ],
    }  # fmt: skip


def _calibration(tested: Tested) -> dict[str, Any]:
    """Whether the chances come true: of the likeliest class, or of each label."""
    if tested.chances is None:
        return {}
    told = np.clip(np.asarray(tested.chances, float), 0.0, 1.0)
    if tested.kind == "classes":
        right, told = tested.true_places == told.argmax(axis=1), told.max(axis=1)
    else:
        right = tested.true > 0.5
    curve = reliability(right, told)
    return {"calibration": {"bins": curve.rows(), "error": curve.error}}


def _share(part: int, whole: int) -> float | None:
    return float(part / whole) if whole else None


def _of_numbers(tested: Tested) -> dict[str, Any]:
    true, predicted = tested.true.astype(float), np.asarray(tested.predicted, float)
    rows, places = ranges(true, predicted)
    cells = of_cells(tested, places, range(len(rows)))
    return {
        "points": shown_points(true, predicted, tested.seed),
        "errors": histogram(true, predicted),
        "ranges": [row | {"cases": cells[place]} for place, row in enumerate(rows)],
    }


def _case(tested: Tested, place: int) -> dict[str, Any]:
    """A test row in numbers; ``place`` is its place among the test rows."""
    row: dict[str, Any] = {"place": place, "row": row_name(tested, place)}
    if tested.kind == "classes":
        row["true"] = tested.names[tested.true_places[place]]
        row["predicted"] = tested.names[tested.predicted_places[place]]
        if tested.answer_chances is not None:
            row["chance"] = float(tested.answer_chances[place])
            row["chance_of_true"] = float(1.0 - tested.surprise[place])
        return row
    if tested.kind == "labels":
        true, predicted = tested.true[place], tested.predicted[place]
        return row | {"true": tested.labels(true), "predicted": tested.labels(predicted)}
    return row | {"true": tested.true[place], "predicted": tested.predicted[place]}


def _thinned(history: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """At most 200 epochs, evenly, the last among them."""
    rows = [{k: v for k, v in row.items() if k != "step"} for row in history]
    if len(rows) <= MOST_EPOCHS:
        return rows
    places = np.unique(np.linspace(0, len(rows) - 1, MOST_EPOCHS).round().astype(int))
    return [rows[place] for place in places]


def _importance(tested: Tested) -> dict[str, Any] | None:
    """What the answers depend on: columns, or parts of pictures; None where neither is there."""
    from pellucid.inspect import column_importance, picture_importance

    network, test = tested.network, tested.test
    if len(test) < 2:
        return None
    try:
        if is_pictures(tested):
            shown = picture_importance(
                network, test.x, test.y, size=test.image_shape, seed=tested.seed
            )
            return {"of": "pictures", **shown.record()}
        found = column_importance(
            network, test.x, test.y, names=test.feature_names, seed=tested.seed
        ).record()
    except PellucidError:  # inputs of another kind, such as sequences of whole numbers
        return None
    return {"of": "columns", **found, "not_used": _not_used(network)}


def _not_used(network: Any) -> list[str]:
    """The columns of a table that the network does not see."""
    codec = network.inputs
    if not isinstance(codec, TableCodec):
        return []
    return [column.name for column in codec.columns if not column.is_used]
