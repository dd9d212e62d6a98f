"""A self-organising map: where its units are, how far from each other, and what lives where."""

from __future__ import annotations

from typing import Any

import numpy as np

from pellucid.graph.primitive import Array
from pellucid.scene.map_bench import MapBench
from pellucid.scene.map_scene import MapScene

MOST_PLANES, MOST_POINTS = 64, 800
MOST_PIXELS = 1024
"""A row of no more numbers that is a picture is shown as one in each cell."""


def map_(bench: MapBench) -> dict[str, Any]:
    """The map at the cursor.

    Shapes: ``places`` is units x 2 on the map; ``borders``, ``hits`` and ``most`` are units;
        ``counts`` units x classes; ``planes`` columns x units, in the units of the data;
        ``pictures`` units x height x width, 0 to 255; in ``net`` ``knots`` is units x 2, ``points``
        n x 2 and ``edges`` pairs of units.
    """
    scene, hits = bench.scene, bench.hits()
    labels, names = bench.labels()
    counts = bench.label_counts() if names else np.zeros((len(hits), 0), int)
    most = np.where(hits > 0, counts.argmax(axis=1) if names else 0, -1)
    centres = bench.centres
    size = bench.data.image_shape
    columns = [] if size else list(bench.data.feature_names)[:MOST_PLANES]
    return {
        "step": bench.step, "settings": settings(scene), "rows": scene.rows,
        "columns": scene.columns, "grid": scene.grid, "places": scene.layout.places,
        "borders": bench.borders(), "hits": hits, "counts": counts, "most": most,
        "classes": names, "target": bench.data.target or "",
        "names": columns, "planes": centres[:, : len(columns)].T,
        "pictures": pictures(centres, size), "error": bench.quantisation_error(),
        "torn": bench.topographic_error(), "purity": bench.purity() if names else None,
        "radius": bench.radius, "rate": bench.rate, "chosen": bench.chosen,
        "winner": int(bench.winners()[bench.chosen]), "samples": len(bench.data.x),
        "data": bench.data.name, "net": net(bench, centres, labels, size is not None),
    }  # fmt: skip


def settings(scene: MapScene) -> dict[str, Any]:
    """What can be set of a map."""
    names = ("rows", "columns", "grid", "radius", "last_radius", "rate", "steps", "seed")
    return {name: getattr(scene, name) for name in names}


def pictures(centres: Array, size: tuple[int, int] | None) -> Array | None:
    """What each unit stands for, where rows are pictures."""
    if size is None or size[0] * size[1] != centres.shape[1] or centres.shape[1] > MOST_PIXELS:
        return None
    low, high = float(centres.min()), float(centres.max())
    seen = 255 * (centres - low) / max(high - low, 1e-12)
    return np.round(seen).astype(np.uint8).reshape(-1, *size)


def net(bench: MapBench, centres: Array, labels: Array, is_picture: bool) -> dict[str, Any] | None:
    """The map among the samples, in the plane of the first two columns."""
    x = np.asarray(bench.data.x, float)
    if is_picture or x.shape[1] < 2:
        return None
    some = np.unique(np.linspace(0, len(x) - 1, min(len(x), MOST_POINTS)).astype(int))
    near = np.argwhere(np.triu(bench.scene.layout.adjacent()))
    names = list(bench.data.feature_names) or ["x1", "x2"]
    ends = []
    for axis in (0, 1):
        low, high = float(x[:, axis].min()), float(x[:, axis].max())
        pad = 0.06 * (high - low) or 1.0
        ends.append([low - pad, high + pad])
    return {
        "knots": centres[:, :2], "points": x[some, :2], "edges": near.astype(np.int32),
        "labels": labels[some].astype(np.int32), "inputs": names[:2], "range": ends,
        "whole": x.shape[1] == 2, "rows": some,
    }  # fmt: skip
