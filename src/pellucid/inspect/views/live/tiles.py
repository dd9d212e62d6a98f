"""Small pictures of what units are: a byte a pixel, and a scale for each unit."""

from __future__ import annotations

from typing import Any

import numpy as np

from pellucid.graph.primitive import Array

ZERO, MOST = 128, 127
FAINT = 0.05
"""A unit whose values are a smaller part of the largest is painted faint."""


def painted(what: str, values: Array) -> dict[str, Any]:
    """Values as pixels: 128 is 0, 255 the largest of the unit, 1 its negative.

    Shapes: ``values`` is units x height x width.
    """
    flat = values.reshape(len(values), -1)
    sizes = np.maximum(flat.max(axis=1, initial=0), -flat.min(axis=1, initial=0))
    sizes = np.where(np.isfinite(sizes), sizes, 0.0)
    floor = FAINT * float(sizes.max(initial=0.0)) or 1.0
    scale = np.maximum(sizes, floor).astype(np.float32)
    pixels = flat * (MOST / scale)[:, None]
    np.rint(pixels, out=pixels)
    pixels += ZERO
    if not np.isfinite(pixels).all():
        pixels = np.clip(np.nan_to_num(pixels, nan=ZERO, posinf=255, neginf=1), 1, 255)
    return {"what": what, "pixels": pixels.astype(np.uint8).reshape(values.shape), "scale": scale}
