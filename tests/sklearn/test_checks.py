"""All that scikit-learn checks of an estimator, and no failure expected."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any

import pytest
from sklearn.exceptions import ConvergenceWarning, SkipTestWarning
from sklearn.utils.estimator_checks import parametrize_with_checks

from pellucid.sklearn import (
    AutoencoderClusters,
    CompetitiveClusters,
    HebbianPCA,
    NetworkClassifier,
    NetworkRegressor,
    PerceptronClassifier,
    SelfOrganisingMap,
)

# The first three have all defaults; of the others epochs are few, to spare time.
ESTIMATORS = [
    NetworkClassifier(),
    NetworkRegressor(),
    HebbianPCA(),
    PerceptronClassifier(),
    NetworkClassifier((8, 8), activation=["relu", "leaky_relu"], batch_norm=True, epochs=50),
    NetworkRegressor((8, 8), loss="huber", dropout=0.1, rule="sgd", rate=0.1, epochs=50),
    CompetitiveClusters(epochs=10),
    SelfOrganisingMap(3, 3, training="batch", epochs=10),
    AutoencoderClusters(3, hidden=(8,), epochs=30),
]


@parametrize_with_checks(ESTIMATORS)  # type: ignore[untyped-decorator, unused-ignore]
@pytest.mark.filterwarnings("ignore:SCIPY_ARRAY_API")
def test_scikit_learns_checks(estimator: Any, check: Callable[[Any], None]) -> None:
    with warnings.catch_warnings():
        # As in scikit-learn's own tests: some checks give an estimator too little to learn.
        warnings.simplefilter("ignore", ConvergenceWarning)
        warnings.simplefilter("ignore", SkipTestWarning)
        check(estimator)
