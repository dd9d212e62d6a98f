"""Pictures for the tests: made here, so that every pixel is known."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

Pixels = NDArray[np.uint8]
COLORS = {"red": (220, 30, 20), "blue": (10, 40, 230), "green": (20, 200, 60)}


def noise(height: int, width: int, channels: int = 3, seed: int = 0) -> Pixels:
    """Random pixels: height x width x channels, or height x width for one."""
    drawn = np.random.default_rng(seed).integers(0, 256, (height, width, channels), np.uint8)
    return drawn[..., 0] if channels == 1 else drawn


def save(path: Path, pixels: Any, **options: Any) -> Path:
    """Write pixels to a file whose ending says the format."""
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(np.asarray(pixels)).save(path, **options)
    return path


def folder_of(base: Path, count: int = 4, size: int = 8, classes: tuple[str, ...] = ()) -> Path:
    """A folder with a folder of plain, slightly different pictures for each class."""
    for kind in classes or ("red", "blue"):
        for number in range(count):
            pixels = np.full((size, size, 3), COLORS[kind], np.uint8)
            pixels[number % size, :] = 128
            save(base / kind / f"{kind}_{number}.png", pixels)
    return base
