"""Pictures and maps as small PNG files."""

from __future__ import annotations

import io
from typing import Any

import numpy as np

MOST_SIDE = 64


def png(pixels: Any) -> bytes:
    """A picture as PNG, at most 64 pixels each way.

    Numbers of 8 bits are shown as they are, others from the smallest (black) to the largest
    (white); one channel in grey, three or more in colour.

    Shapes: channels x height x width.
    """
    from PIL import Image

    values = np.asarray(pixels)
    if values.dtype != np.uint8:
        low, high = float(values.min()), float(values.max())
        values = np.round(255 * (values - low) / ((high - low) or 1.0)).astype(np.uint8)
    colored = values[:3].transpose(1, 2, 0) if len(values) >= 3 else values[0]
    picture = Image.fromarray(np.ascontiguousarray(colored))
    if max(picture.size) > MOST_SIDE:
        picture.thumbnail((MOST_SIDE, MOST_SIDE))
    return _bytes(picture)


def map_png(values: Any) -> bytes:
    """A map as PNG: the larger a value, the less transparent; below 0 it is clear.

    It shows on light and dark paper alike.

    Shapes: height x width.
    """
    from PIL import Image

    shares = np.clip(np.asarray(values, float), 0, None)
    shares = shares / (shares.max() or 1.0)
    layers = np.empty((*shares.shape, 4), np.uint8)
    layers[..., :3] = (213, 94, 0)  # the vermilion of figures/theme.py
    layers[..., 3] = np.round(255 * shares)
    return _bytes(Image.fromarray(layers))


def size_of(content: bytes) -> tuple[int, int]:
    """Width and height of a PNG, from its head."""
    return int.from_bytes(content[16:20], "big"), int.from_bytes(content[20:24], "big")


def _bytes(picture: Any) -> bytes:
    file = io.BytesIO()
    picture.save(file, "PNG", optimize=True)
    return file.getvalue()
