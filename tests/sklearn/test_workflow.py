"""The estimators within scikit-learn: pipelines, searches, routing, ensembles, other processes."""

from __future__ import annotations

import io
from collections.abc import Iterator
from typing import Any

import joblib
import numpy as np
import pandas as pd
import pytest
import sklearn
from sklearn.calibration import CalibratedClassifierCV
from sklearn.compose import ColumnTransformer, TransformedTargetRegressor
from sklearn.datasets import load_diabetes, load_iris
from sklearn.ensemble import (
    AdaBoostClassifier,
    BaggingRegressor,
    StackingClassifier,
    VotingClassifier,
)
from sklearn.inspection import permutation_importance
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import (
    GridSearchCV,
    RandomizedSearchCV,
    cross_val_predict,
    cross_val_score,
    cross_validate,
    learning_curve,
    validation_curve,
)
from sklearn.multiclass import OneVsRestClassifier
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler
from sklearn.utils.fixes import parse_version

from pellucid import Dense, Dropout
from pellucid.sklearn import (
    HebbianPCA,
    NetworkClassifier,
    NetworkRegressor,
    PerceptronClassifier,
)

X, Y = load_iris(return_X_y=True)
VERSION = parse_version(sklearn.__version__)


def quick(**settings: Any) -> NetworkClassifier:
    usual: dict[str, Any] = {"hidden": (8,), "epochs": 15, "random_state": 0}
    return NetworkClassifier(**usual | settings)


@pytest.fixture
def routing() -> Iterator[None]:
    with sklearn.config_context(enable_metadata_routing=True):
        yield


def test_a_table_of_mixed_columns_through_one_pipeline() -> None:
    rng = np.random.default_rng(0)
    frame = pd.DataFrame(
        {
            "size": rng.normal(10, 3, 200),
            "colour": rng.choice(["red", "green", "blue"], 200),
            "maker": rng.choice([f"maker {k}" for k in range(40)], 200),
        }
    )
    y = np.where((frame["colour"] == "red") ^ (frame["size"] > 10), "buy", "leave")
    columns = ColumnTransformer(
        [("n", StandardScaler(), ["size"]), ("c", OneHotEncoder(), ["colour", "maker"])],
        sparse_threshold=1.0,
    )
    pipe = make_pipeline(columns, quick(epochs=60))
    assert pipe.fit(frame, y).score(frame, y) > 0.95
    assert pipe.predict(frame.head(3)).dtype == np.asarray(y).dtype


def test_a_grid_over_layers_dropout_and_rates() -> None:
    grid = {
        "net__hidden": [(8,), (8, 8)], "net__dropout": [0.0, 0.2],
        "net__activation": ["relu", "leaky_relu"],
    }  # fmt: skip
    pipe = Pipeline([("pca", HebbianPCA(1, random_state=0, epochs=60)), ("net", quick())])
    search = GridSearchCV(pipe, grid, cv=2).fit(X, Y)
    assert len(search.cv_results_["params"]) == 8
    assert search.best_score_ > 0.7
    layers = {"layers": [[Dense(4, "relu"), Dropout(0.1), Dense()], [Dense()]]}
    assert GridSearchCV(quick(hidden=(64,)), layers, cv=2).fit(X, Y).best_estimator_.n_iter_ == 15
    draw = {"rate": np.logspace(-3, -1, 10), "l2": [None, 1e-3]}
    found = RandomizedSearchCV(quick(), draw, n_iter=3, cv=2, random_state=0).fit(X, Y)
    assert set(found.best_params_) == {"rate", "l2"}


def test_curves_and_folds() -> None:
    assert cross_val_score(quick(epochs=60), X, Y).mean() > 0.9
    assert cross_val_predict(quick(), X, Y, method="predict_proba").shape == (150, 3)
    found = cross_validate(quick(), X, Y, cv=2, return_estimator=True, return_train_score=True)
    assert all(len(net.loss_curve_) == 15 for net in found["estimator"])
    train, _ = validation_curve(quick(), X, Y, param_name="epochs", param_range=[1, 30], cv=2)
    assert train[1].mean() > train[0].mean()
    sizes = learning_curve(quick(), X, Y, train_sizes=[40, 75], cv=2, shuffle=True)[0]
    assert sizes.tolist() == [40, 75]


@pytest.mark.parametrize(
    "ensemble",
    [
        VotingClassifier([("a", quick()), ("b", quick(random_state=1))], voting="soft"),
        StackingClassifier([("a", quick()), ("b", PerceptronClassifier())], LogisticRegression()),
        CalibratedClassifierCV(quick(), cv=2), OneVsRestClassifier(quick()),
        AdaBoostClassifier(quick(rate=0.03), n_estimators=2, random_state=0),
    ],
    ids=lambda ensemble: type(ensemble).__name__,
)  # fmt: skip
def test_ensembles_of_networks(ensemble: Any) -> None:
    assert ensemble.fit(X, Y).score(X, Y) > 0.8


def test_regressors_in_company() -> None:
    x, y = load_diabetes(return_X_y=True)
    net = NetworkRegressor((8,), epochs=20, random_state=0)
    logarithm = TransformedTargetRegressor(net, func=np.log, inverse_func=np.exp)
    assert logarithm.fit(x, y).score(x, y) > 0.3
    assert BaggingRegressor(net, 2, random_state=0).fit(x, y).score(x, y) > 0.3
    found = permutation_importance(net.fit(x, y), x, y, n_repeats=2, random_state=0)
    assert np.argmax(found.importances_mean) in (2, 8)  # bmi and s5, as is known of these data


@pytest.mark.usefixtures("routing")
def test_weights_are_routed_through_a_pipeline_into_a_search() -> None:
    weight = np.where(Y == 2, 0.0, 1.0)
    net = quick().set_fit_request(sample_weight=True).set_score_request(sample_weight=True)
    pipe = make_pipeline(StandardScaler().set_fit_request(sample_weight=False), net)
    search = GridSearchCV(pipe, {"networkclassifier__rate": [0.01, 0.02]}, cv=2)
    search.fit(X, Y, sample_weight=weight)
    assert not (search.predict(X) == 2).any()
    assert search.best_estimator_[-1].classes_.tolist() == [0, 1, 2]


@pytest.mark.skipif(
    parse_version("1.6") > VERSION, reason="Pipeline has transform_input from scikit-learn 1.6 on"
)
@pytest.mark.usefixtures("routing")
def test_rows_to_watch_are_transformed_on_their_way() -> None:
    net = quick(scale_inputs=False).set_fit_request(X_val=True, y_val=True)
    pipe = make_pipeline(StandardScaler(), net, transform_input=["X_val"])
    pipe.fit(X[::2], Y[::2], X_val=X[1::2], y_val=Y[1::2])
    alone = quick(scale_inputs=False)
    scaler = StandardScaler().fit(X[::2])
    alone.fit(scaler.transform(X[::2]), Y[::2], X_val=scaler.transform(X[1::2]), y_val=Y[1::2])
    assert pipe[-1].validation_curve_ == alone.validation_curve_


def test_names_of_columns_go_in_and_come_out() -> None:
    frame = load_iris(as_frame=True).data
    pca = HebbianPCA(2, random_state=0).set_output(transform="pandas")
    found = pca.fit_transform(frame)
    assert found.columns.tolist() == ["hebbianpca0", "hebbianpca1"]
    assert pca.feature_names_in_.tolist() == frame.columns.tolist()
    net = quick().fit(frame, Y)
    with pytest.raises(ValueError, match="feature names should match"):
        net.predict(frame[frame.columns[::-1]])
    with pytest.warns(UserWarning, match="does not have valid feature names"):
        net.predict(frame.to_numpy())


def test_polars_frames() -> None:
    import_polars = pytest.importorskip("polars")
    frame = import_polars.DataFrame(X, schema=["a", "b", "c", "d"])
    assert quick().fit(frame, Y).feature_names_in_.tolist() == ["a", "b", "c", "d"]


@pytest.mark.parametrize(
    "estimator",
    [quick(), quick(activation="gelu"), PerceptronClassifier(random_state=0)],
    ids=["network", "gelu", "perceptron"],
)
def test_a_file_of_joblib_predicts_the_same(estimator: Any) -> None:
    estimator.fit(X, Y)
    file = io.BytesIO()
    joblib.dump(estimator, file)
    file.seek(0)
    np.testing.assert_array_equal(joblib.load(file).predict(X), estimator.predict(X))


def threads_and_score(x: Any, y: Any) -> tuple[int, float]:
    from pellucid.run.native.threads import thread_count

    return thread_count(), float(quick().fit(x, y).score(x, y))


def test_processes_of_joblib_do_not_take_more_threads_than_there_are() -> None:
    """loky tells each worker how many threads it may have, and the native engine keeps to it."""
    workers = 2
    found = joblib.Parallel(workers, backend="loky")(
        joblib.delayed(threads_and_score)(X, Y) for _ in range(2)
    )
    allowed = max(1, (joblib.cpu_count() or 1) // workers)
    assert [threads for threads, _ in found] == [allowed] * 2
    assert found[0] == found[1]


def test_threads_of_joblib_give_what_one_after_the_other_gives() -> None:
    alone = cross_val_score(quick(), X, Y, cv=4)
    with joblib.parallel_config("threading", n_jobs=2):
        np.testing.assert_array_equal(cross_val_score(quick(), X, Y, cv=4), alone)
