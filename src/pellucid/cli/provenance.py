"""Where a model came from: what its file and ``run.json`` say of the data."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pellucid.cli.asked import Asked
    from pellucid.cli.parts import Parts
    from pellucid.data.dataset import Dataset


def describe(dataset: Dataset, parts: Parts, asked: Asked) -> dict[str, Any]:
    """What the model's file and ``run.json`` say of the data."""
    return {
        "name": dataset.name,
        "given": asked.data,
        "target": asked.target,
        "kind": dataset.kind,
        "features": [] if dataset.image_shape else list(dataset.feature_names),
        "classes": list(dataset.class_names or ()),
        "picture": list(dataset.image_shape or ()),
        "training_rows": len(parts.training),
        "validation_rows": len(parts.validation) if parts.validation is not None else 0,
        "test_rows": len(parts.test) if parts.held_out else 0,
        "sha256": data_hash(dataset),
    }


def feature_names(dataset: Dataset) -> list[str]:
    """The columns by name; those of pictures are called ``pixel_ROW_COLUMN``, from 0 on."""
    if dataset.feature_names or dataset.image_shape is None:
        return list(dataset.feature_names)
    return pixel_names(*dataset.image_shape)


def pixel_names(rows: int, columns: int) -> list[str]:
    """The columns of a table of pictures.

    Example:
        >>> pixel_names(1, 2)
        ['pixel_0_0', 'pixel_0_1']
    """
    return [f"pixel_{row}_{column}" for row in range(rows) for column in range(columns)]


def data_hash(dataset: Dataset) -> str:
    """The fingerprint of the inputs and targets as they were read, the test part's after them."""
    from pellucid.data.fingerprint import fingerprint

    parts = [dataset] if dataset.test is None else [dataset, dataset.test]
    return fingerprint(*(array for part in parts for array in (part.x, part.y)))
