"""Class weights, beside the weights of rows."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from pellucid.errors import ParameterError
from pellucid.graph.primitive import Array
from pellucid.sklearn.targets import Kind, OneOf


def class_weights(
    asked: Mapping[Any, float] | str | None, kind: Kind, numbers: Array, weight: Array
) -> Array:
    """How much each row counts: its weight times that of its class.

    Formula: "balanced": total weight / (classes * weight of the rows of the class), so that each
        class has the same total.
    Raises: ``ParameterError`` for several labels or columns; ``ValueError`` in scikit-learn's words
        for a dictionary that names none of the classes.
    """
    if asked is None:
        return weight
    if not isinstance(kind, OneOf):
        raise ParameterError(
            f"class_weight expects one class a row, got {asked!r:.60} for several columns. Use "
            "sample_weight."
        )
    names = kind.names
    if isinstance(asked, str) and asked == "balanced":
        totals = np.bincount(numbers, weight, minlength=len(names))
        factors = totals.sum() / (len(names) * np.where(totals > 0, totals, 1.0))
    else:
        from sklearn.utils.class_weight import compute_class_weight

        if not isinstance(asked, Mapping):
            raise ParameterError(f"class_weight is a dictionary or 'balanced', got {asked!r:.60}.")
        factors = compute_class_weight(dict(asked), classes=names, y=names[numbers])
    return np.asarray(weight * factors[numbers])
