"""Kinds of y: labels of any type, several labels a row, several columns of classes or numbers."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy.special import softmax
from sklearn.datasets import load_iris, make_multilabel_classification

from pellucid.errors import DataError, ParameterError
from pellucid.sklearn import NetworkClassifier, NetworkRegressor

X, Y = load_iris(return_X_y=True)


def quick(**settings: Any) -> NetworkClassifier:
    usual: dict[str, Any] = {"hidden": (8,), "epochs": 60, "rate": 0.02, "random_state": 0}
    return NetworkClassifier(**usual | settings)


@pytest.mark.parametrize(
    "labels",
    [
        np.array(["a", "b", "c"]), np.array(["a", "b", "c"], object), np.array([3, 7, 11]),
        np.array([-1.0, 0.0, 5.0]), np.array([2, 3, 4], np.uint8),
    ],
)  # fmt: skip
def test_labels_come_back_as_they_were_given(labels: Any) -> None:
    net = quick().fit(X, labels[Y])
    np.testing.assert_array_equal(net.classes_, labels)
    assert net.predict(X).dtype == labels.dtype
    assert net.score(X, labels[Y]) > 0.9


def test_truth_values_and_pandas() -> None:
    assert quick().fit(X, Y == 2).predict(X).dtype == bool
    frame = pd.DataFrame(X, columns=list("abcd"))
    for kind in ("category", "str", "object"):
        y = pd.Series(np.array(["no", "yes", "perhaps"])[Y]).astype(kind)
        net = quick().fit(frame, y)
        assert net.classes_.tolist() == ["no", "perhaps", "yes"]
        assert net.feature_names_in_.tolist() == list("abcd")
        assert (net.predict(frame) == np.asarray(y)).mean() > 0.9


def test_more_whole_numbers_than_a_network_would_take_for_classes() -> None:
    rng = np.random.default_rng(0)
    y = np.repeat(np.arange(60), 3)
    x = np.c_[y, y % 7] + rng.normal(scale=0.01, size=(180, 2))
    net = quick(epochs=1).fit(x, y)
    assert net.predict_proba(x).shape == (180, 60)


def test_several_labels_a_row() -> None:
    x, y = make_multilabel_classification(300, 10, n_classes=4, random_state=0)
    net = quick().fit(x, y)
    assert net.classes_.tolist() == [0, 1, 2, 3]
    chances, answers = net.predict_proba(x), net.predict(x)
    np.testing.assert_array_equal(chances > 0.5, answers)
    np.testing.assert_allclose(chances, 1 / (1 + np.exp(-net.decision_function(x))), rtol=1e-12)
    np.testing.assert_array_equal(net.network_.predict(x), answers)
    np.testing.assert_allclose(net.network_.predict_proba(x), chances, atol=1e-6)
    assert (answers == y).mean() > 0.8
    assert net.loss_curve_[-1] < net.loss_curve_[0]


def test_labels_that_happen_to_be_one_a_row_are_still_several() -> None:
    net = quick().fit(X, np.eye(3, dtype=int)[Y])
    assert (net.predict(X).sum(1) == 1).mean() > 0.8
    assert net.predict_proba(X).shape == (150, 3)


def test_a_class_in_each_of_several_columns() -> None:
    sizes = np.digitize(X[:, 0], [5.2, 6.0, 6.8])
    y = np.column_stack([Y, sizes])
    net = quick().fit(X, y)
    assert [labels.tolist() for labels in net.classes_] == [[0, 1, 2], [0, 1, 2, 3]]
    assert net.predict(X).shape == (150, 2)
    assert (net.predict(X) == y).mean(0).min() > 0.85
    chances, scores = net.predict_proba(X), net.decision_function(X)
    assert [each.shape for each in chances] == [(150, 3), (150, 4)]
    for each, own in zip(chances, scores, strict=True):
        np.testing.assert_allclose(each, softmax(own, axis=1), atol=1e-12)
    np.testing.assert_allclose(net.predict_log_proba(X)[1], np.log(chances[1]))


def test_its_loss_is_the_mean_of_the_columns_by_hand() -> None:
    y = np.column_stack([Y, (X[:, 0] > 5.8) + 2 * (X[:, 1] > 3)])
    net = quick(epochs=3).fit(X[::2], y[::2], X_val=X[1::2], y_val=y[1::2])
    parts = [
        -np.log(chances[np.arange(75), y[1::2, k]]).mean()
        for k, chances in enumerate(net.predict_proba(X[1::2]))
    ]
    assert net.validation_curve_[-1] == pytest.approx(np.mean(parts), rel=1e-5)


def test_columns_of_text() -> None:
    y = np.array([["low", "x"], ["mid", "y"], ["high", "z"]])[Y]
    assert (quick().fit(X, y).predict(X) == y).mean() > 0.9


def test_several_columns_of_numbers() -> None:
    y = np.column_stack([X @ [1, 2, 3, 4], X[:, 0] * 100])
    net = NetworkRegressor((16,), epochs=60, random_state=0).fit(X, y)
    assert net.predict(X).shape == (150, 2)
    assert net.score(X, y) > 0.97
    assert net.n_outputs_ == 2


@pytest.mark.parametrize(
    ("y", "settings", "error", "message"),
    [
        (
            np.zeros(150, int), {}, DataError,
            "y holds one class only, 0; expected at least two to tell apart. Add rows of another "
            "class.",
        ),
        (
            np.eye(3, dtype=int)[Y], {"loss": "hinge"}, ParameterError,
            "Several labels a row expect a loss with a sigmoid for each label, got hinge. Leave "
            "loss out, or use 'binary_cross_entropy'.",
        ),
        (
            np.column_stack([Y, Y]), {"loss": "hinge"}, ParameterError,
            "Several columns of classes are learned with a softmax cross-entropy each, got hinge. "
            "Leave loss out, or use sklearn.multioutput.MultiOutputClassifier.",
        ),
        (
            np.column_stack([Y, Y]), {"class_weight": "balanced"}, ParameterError,
            "class_weight expects one class a row, got 'balanced' for several columns. Use "
            "sample_weight.",
        ),
    ],
)  # fmt: skip
def test_targets_that_cannot_be(y: Any, settings: Any, error: Any, message: str) -> None:
    with pytest.raises(error) as raised:
        quick(**settings).fit(X, y)
    assert str(raised.value) == message


def test_later_columns_must_fit_the_first() -> None:
    net = quick().partial_fit(X, np.eye(3, dtype=int)[Y])
    with pytest.raises(DataError, match="y expects 3 columns of 0 and 1"):
        net.partial_fit(X, np.eye(4, dtype=int)[Y])
    net = quick().partial_fit(X, np.column_stack([Y, Y]))
    with pytest.raises(DataError, match="y expects 2 columns of classes"):
        net.partial_fit(X, Y)
    with pytest.raises(DataError, match="classes names 2 labels, and y has 3 columns"):
        quick().partial_fit(X, np.eye(3, dtype=int)[Y], classes=[0, 1])
