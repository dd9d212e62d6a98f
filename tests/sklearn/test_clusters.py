"""Clusters and maps as estimators: in pipelines and searches, and true to what is under them."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.datasets import load_iris
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV, cross_val_score
from sklearn.pipeline import make_pipeline

from pellucid.errors import ParameterError
from pellucid.memory import CompetitiveLayer, KohonenMap
from pellucid.sklearn import AutoencoderClusters, CompetitiveClusters, SelfOrganisingMap

X, Y = load_iris(return_X_y=True)


def test_they_are_what_is_under_them() -> None:
    one = CompetitiveClusters(4, random_state=3, epochs=5).fit(X)
    other = CompetitiveLayer(4, seed=3, epochs=5).fit(X)
    np.testing.assert_array_equal(one.cluster_centers_, other.centres)
    np.testing.assert_array_equal(one.labels_, other.predict(X))
    assert one.score(X) == other.score(X)
    units = SelfOrganisingMap(3, 4, random_state=3, epochs=5).fit(X)
    np.testing.assert_array_equal(units.units_, KohonenMap(3, 4, seed=3, epochs=5).fit(X).centres)
    assert len(units.history_) == units.n_iter_ == 5
    assert units.get_feature_names_out()[-1] == "selforganisingmap11"


def test_a_map_before_a_classifier() -> None:
    pipeline = make_pipeline(
        SelfOrganisingMap(5, 5, training="batch"), LogisticRegression(max_iter=2000)
    )
    assert cross_val_score(pipeline, X, Y).mean() > 0.9


def test_a_search_finds_that_more_units_are_nearer() -> None:
    search = GridSearchCV(
        CompetitiveClusters(random_state=0, epochs=10), {"n_clusters": [2, 6]}, cv=3
    )
    assert search.fit(X).best_params_ == {"n_clusters": 6}


def test_codes_and_what_they_stand_for() -> None:
    model = AutoencoderClusters(3, code=3, epochs=40, random_state=0).fit(X)
    back = model.inverse_transform(model.transform(X))
    assert np.square(X - back).sum() < 0.2 * np.square(X - X.mean(axis=0)).sum()
    assert model.cluster_centers_.shape == (3, 3)


def test_what_cannot_be() -> None:
    with pytest.raises(ParameterError) as caught:
        CompetitiveClusters(0).fit(X)
    assert str(caught.value) == (
        "CompetitiveLayer expects clusters to be a whole number at least 1, got 0. clusters is how "
        "many units compete."
    )
