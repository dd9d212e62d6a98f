"""A folder such as MNIST's, small enough for a test."""

from __future__ import annotations

from pathlib import Path

import numpy as np


def idx_folder(place: Path, seed: int = 0) -> Path:
    """The four idx files, of 60 and 20 small pictures of three classes."""
    rng = np.random.default_rng(seed)
    place.mkdir()
    for part, count in (("train", 60), ("t10k", 20)):
        for kind, shape in (("images-idx3", (count, 8, 8)), ("labels-idx1", (count,))):
            values = rng.integers(0, 255 if len(shape) > 1 else 3, shape, dtype=np.uint8)
            head = bytes((0, 0, 8, len(shape))) + b"".join(n.to_bytes(4, "big") for n in shape)
            (place / f"{part}-{kind}-ubyte").write_bytes(head + values.tobytes())
    return place
