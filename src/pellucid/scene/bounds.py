"""How much a bench takes: someone waits for each of its steps, and others share the machine."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import fields, is_dataclass
from typing import Any

from pellucid.data.dataset import Dataset
from pellucid.errors import DataError, ParameterError
from pellucid.nn.layer import Layer

MOST_ROWS = 1_000_000
"""More are for the command line, where nobody waits for a picture of them."""
MOST_NUMBERS = 100_000_000
"""In all rows together: MNIST has 55 million; as many take 400 MB."""
MOST_PARAMETERS = 20_000_000
"""A step of as many takes about a second, and all else waits for it."""
MOST_LAYERS = 200
"""Layers within others count, too."""


def check_data(data: Dataset) -> None:
    """Refuse data that are too many.

    Raises: ``DataError``.
    """
    rows = len(data.x)
    shape = getattr(data.x, "shape", None) or (rows, len(data.feature_names))
    numbers = rows
    for size in shape[1:]:
        numbers *= int(size)
    if rows > MOST_ROWS or numbers > MOST_NUMBERS:
        raise DataError(
            f"{data.name} has {rows:,} rows of {numbers // max(rows, 1):,} values; a bench takes "
            f"{MOST_ROWS:,} rows and {MOST_NUMBERS:,} values at most. Use a part of it, or learn "
            "all of it with pellucid train."
        )


def check_layers(layers: Iterable[Layer]) -> None:
    """Refuse a network of too many layers.

    Raises: ``ParameterError``.
    """
    count = sum(map(_count, layers))
    if count > MOST_LAYERS:
        raise ParameterError(
            f"The network has {count:,} layers; a bench takes {MOST_LAYERS} at most. Leave some "
            "out."
        )


def _count(value: Any) -> int:
    """The layers in a value: itself, and those within it."""
    if isinstance(value, list | tuple):
        return sum(map(_count, value))
    if not isinstance(value, Layer) or not is_dataclass(value):
        return 0
    return 1 + sum(_count(getattr(value, field.name)) for field in fields(value) if field.init)
