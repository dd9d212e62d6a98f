"""What scikit-learn checks of X, y and weights, in its own words, from version 1.4 on."""

from __future__ import annotations

from typing import Any

import numpy as np

from pellucid.errors import ParameterError
from pellucid.graph.primitive import Array

FLOATS = (np.float64, np.float32)


def checked_inputs(estimator: Any, x: Any, *, reset: bool, least: int = 1) -> Array:
    """X as a dense table of finite floats; with ``reset`` its columns are those from now on.

    Raises: ``ValueError`` and ``TypeError`` in scikit-learn's words.
    """
    given = {"reset": reset, "dtype": FLOATS, "accept_sparse": ("csr", "csc")}
    return _dense(_validate(estimator, x, ensure_min_samples=least, **given))


def checked_pair(estimator: Any, x: Any, y: Any, *, reset: bool, numeric: bool) -> tuple[Any, Any]:
    """X as ``checked_inputs`` gives it, and y with one row for each of its rows."""
    given = {"reset": reset, "dtype": FLOATS, "accept_sparse": ("csr", "csc")}
    x, y = _validate(estimator, x, y=y, multi_output=True, y_numeric=numeric, **given)
    if y.ndim == 2 and y.shape[1] == 1:
        from sklearn.utils import column_or_1d

        y = column_or_1d(y, warn=True)
    return _dense(x), y


def checked_weight(weight: Any, x: Array) -> Array:
    """A weight for each row of x; ones where none are given."""
    from sklearn.utils.validation import _check_sample_weight

    if weight is None:
        return np.ones(len(x))
    return np.asarray(_check_sample_weight(weight, x, dtype=np.float64), np.float64)


def seed_of(random_state: Any) -> int:
    """A whole number is the seed itself; a generator, or NumPy's global one, gives its next."""
    from sklearn.utils import check_random_state

    if isinstance(random_state, int | np.integer) and not isinstance(random_state, bool):
        if random_state < 0:
            raise ParameterError(
                f"random_state expects a whole number of at least 0, a generator or None, got "
                f"{random_state}. random_state is the seed."
            )
        return int(random_state)
    return int(check_random_state(random_state).randint(np.iinfo(np.int32).max))


def _validate(estimator: Any, x: Any, **given: Any) -> Any:
    try:
        from sklearn.utils.validation import validate_data
    except ImportError:  # before scikit-learn 1.6
        return estimator._validate_data(x, **given)
    return validate_data(estimator, x, **given)


def _dense(x: Any) -> Array:
    return np.asarray(x.toarray() if hasattr(x, "toarray") else x)
