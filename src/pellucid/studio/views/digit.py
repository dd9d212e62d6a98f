"""What was drawn: as the network sees it, and the chance it gives to each digit."""

from __future__ import annotations

from typing import Any

import numpy as np

from pellucid.errors import DataError
from pellucid.scene.bench import Bench
from pellucid.scene.drawing import way_of
from pellucid.scene.sketch import sketch_of
from pellucid.studio.views.answers import chances, class_names, numbers

NUMBERED = 12
"""Pictures of no more pixels a side are shown with the number of each pixel."""


def digit(bench: Bench) -> dict[str, Any]:
    """The drawing as pixels from 0 to 255, its own numbers where they are few, and the answer.

    Shapes: ``seen`` is height x width.
    """
    try:
        way = way_of(bench.data)
    except DataError as error:
        return {"none": str(error)}
    side = way.side // way.block
    found = sketch_of(bench)
    names = class_names(bench) or []
    told: dict[str, Any] = {
        "side": side, "full": way.full, "classes": names, "data": bench.data.name,
        "step": bench.step,
    }  # fmt: skip
    if found is None:
        return {**told, "empty": True}
    pixels = np.asarray(found.row, float).reshape(side, side)
    given = chances(bench, numbers(bench, found.row[None])) if names else None
    scores = [] if given is None else given[0].tolist()
    return {
        **told, "empty": False, "seen": np.round(255 * pixels / way.full).astype(np.uint8),
        "numbers": pixels.astype(int).tolist() if side <= NUMBERED else None,
        "scores": scores, "strokes": found.strokes,
        "answer": names[int(np.argmax(scores))] if scores else None,
    }  # fmt: skip
