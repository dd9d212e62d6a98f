"""The samples that can be chosen, each with a few of its rows for a small picture of it."""

from __future__ import annotations

from contextlib import suppress
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np

from pellucid.data import samples
from pellucid.data.dataset import Dataset
from pellucid.errors import PellucidError
from pellucid.scene.source import IDX

ORDER = (
    "and", "or", "nand", "nor", "xor", "line", "moons", "circles", "spirals", "blobs",
    "iris", "wine", "breast_cancer", "diabetes", "digits",
)  # fmt: skip
"""From the simplest on."""
DOTS, PICTURES = 90, 10
SHOWN = {"iris": (2, 3), "wine": (0, 6), "breast_cancer": (0, 1), "diabetes": (2, 8)}
"""Which two columns a table's small picture shows: those that tell its classes apart best."""


@lru_cache(1)
def told() -> list[dict[str, Any]]:
    """Each sample: what it is, its size, and what a small picture of it is drawn from."""
    return [_sample(samples.load(name)) for name in ORDER]


def told_of_files(folder: Path) -> list[dict[str, Any]]:
    """The same of those samples whose files the session has; what cannot be read is left out."""
    found = []
    for name in IDX:
        if (folder / name).is_dir():
            with suppress(PellucidError):
                found.append(_of_files(name, (folder / name).resolve()))
    return found


@lru_cache(2)
def _of_files(name: str, folder: Path) -> dict[str, Any]:
    return _sample(samples.load(name, folder))


def _sample(data: Dataset) -> dict[str, Any]:
    x = data.x
    classes = None if data.class_names is None else list(data.class_names)
    return {
        "name": data.name, "description": data.description, "source": data.source,
        "kind": data.kind, "rows": len(x), "inputs": int(np.size(x[0])), "classes": classes,
        "picture": list(data.image_shape) if data.image_shape else None,
        "preview": _pictures(data, x) if data.image_shape else _dots(data, np.asarray(x, float)),
    }  # fmt: skip


def _dots(data: Dataset, x: Any) -> dict[str, Any]:
    """Some rows as points of the unit square, with the place of their class."""
    some = np.unique(np.linspace(0, len(x) - 1, min(len(x), DOTS)).astype(int))
    across, up = SHOWN.get(data.name, (0, 1))
    numbers = data.kind != "classes"
    points = x[some][:, [across, min(up, x.shape[1] - 1)]]
    if numbers:
        points = np.stack([x[some][:, across], np.asarray(data.y, float)[some]], axis=1)
    low, high = points.min(axis=0), points.max(axis=0)
    places = np.zeros(len(some)) if numbers else np.unique(data.y, return_inverse=True)[1][some]
    return {"points": (points - low) / np.maximum(high - low, 1e-12), "labels": places.astype(int)}


def _pictures(data: Dataset, x: Any) -> dict[str, Any]:
    """The first picture of each class, as ink from 0 to 255."""
    _, first = np.unique(data.y, return_index=True)
    chosen = x[first[:PICTURES]].reshape(-1, *(data.image_shape or ()))
    return {"pictures": np.round(255 * chosen / chosen.max()).astype(np.uint8)}
