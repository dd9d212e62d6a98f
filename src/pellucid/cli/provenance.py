"""Where a model came from: what its file and ``run.json`` say of the data."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from pellucid.cli.parts import Parts
    from pellucid.cli.train import Asked
    from pellucid.data.dataset import Dataset


def describe(dataset: Dataset, parts: Parts, asked: Asked) -> dict[str, Any]:
    """What the model's file and ``run.json`` say of the data."""
    return {
        "name": dataset.name,
        "given": asked.data,
        "target": asked.target,
        "kind": dataset.kind,
        "features": feature_names(dataset),
        "classes": list(dataset.class_names or ()),
        "picture": list(dataset.image_shape or ()),
        "training_rows": len(parts.training),
        "validation_rows": len(parts.validation) if parts.validation is not None else 0,
        "test_rows": len(parts.test) if parts.held_out else 0,
        "sha256": data_hash(dataset),
    }


def feature_names(dataset: Dataset) -> list[str]:
    """The columns by name; those of pictures are called ``pixel_ROW_COLUMN``."""
    if dataset.feature_names or dataset.image_shape is None:
        return list(dataset.feature_names)
    rows, columns = dataset.image_shape
    return [f"pixel_{row}_{column}" for row in range(rows) for column in range(columns)]


def data_hash(dataset: Dataset) -> str:
    """The SHA-256 of the inputs and targets as they were read: shapes, types and values."""
    digest = hashlib.sha256()
    parts = [dataset] if dataset.test is None else [dataset, dataset.test]
    for part in parts:
        for array in (part.x, part.y):
            if array.dtype.kind == "O":
                array = array.astype(str)
            digest.update(f"{array.dtype.str}{array.shape}".encode())
            digest.update(np.ascontiguousarray(array))
    return digest.hexdigest()
