"""Weights and biases by hand: whether a place and a number fit the parameter."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from pellucid.errors import ParameterError, unknown_name
from pellucid.graph.primitive import Array

LARGEST = float(np.finfo(np.float32).max)
"""Beyond it a weight would be infinite."""


def check_edit(
    parameters: Mapping[str, Array], parameter: str, place: Sequence[Any], value: float
) -> None:
    """Refuse an edit that cannot be made.

    Raises: ``UnknownNameError``, ``ParameterError`` for a parameter or place that is not there, or
        a value that is not finite.
    """
    if parameter not in parameters:
        raise unknown_name("parameter", parameter, parameters)
    shape = parameters[parameter].shape
    inside = len(place) == len(shape) and all(
        isinstance(at, int | np.integer) and 0 <= at < size
        for at, size in zip(place, shape, strict=True)
    )
    if not inside or not abs(value) <= LARGEST:
        raise ParameterError(
            f"{parameter} is {list(shape)} finite numbers, got {value} at {list(place)}. Give "
            "a place inside it, and a number."
        )
