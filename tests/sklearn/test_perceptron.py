"""The perceptron rule as a classifier."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.datasets import load_breast_cancer, load_iris
from sklearn.linear_model import Perceptron
from sklearn.model_selection import cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from pellucid.errors import DataError, ParameterError
from pellucid.sklearn import PerceptronClassifier

CORNERS = np.array([[0, 0], [0, 1], [1, 0], [1, 1]], float)


@pytest.mark.parametrize("hoped", [[0, 0, 0, 1], [0, 1, 1, 1], [1, 1, 1, 0], [1, 0, 0, 0]])
def test_gates_without_a_mistake(hoped: list[int]) -> None:
    net = PerceptronClassifier(scale_inputs=False, random_state=0).fit(CORNERS, hoped)
    assert net.predict(CORNERS).tolist() == hoped
    assert net.network_.predict(CORNERS).tolist() == hoped
    assert min(net.loss_curve_) == 0.0
    assert net.best_epoch_ is not None
    assert net.loss_curve_[net.best_epoch_ - 1] == 0.0


def test_xor_keeps_the_fewest_mistakes_that_it_came_to() -> None:
    net = PerceptronClassifier(scale_inputs=False, random_state=0).fit(CORNERS, [0, 1, 1, 0])
    assert min(net.loss_curve_) in (0.25, 0.5)
    assert net.score(CORNERS, [0, 1, 1, 0]) == 1 - min(net.loss_curve_)
    assert net.best_epoch_ is not None
    assert net.n_iter_ == net.best_epoch_ + 20


def test_one_pass_worked_by_hand() -> None:
    """w = (0, 0), b = 0: fires at (0, 0), wrong: b = -1. At (0, 1), (1, 0) z = -1: right. At (1, 1)
    z = -1, wrong: w = (1, 1), b = 0.
    """
    net = PerceptronClassifier(scale_inputs=False, shuffle=False, epochs=1, patience=None)
    net.fit(CORNERS, [0, 0, 0, 1])
    assert net.coef_.tolist() == [[1.0, 1.0]]
    assert net.intercept_.tolist() == [0.0]
    assert net.decision_function(CORNERS).tolist() == [0.0, 1.0, 1.0, 2.0]


def test_coefficients_are_in_units_of_x() -> None:
    x, y = load_iris(return_X_y=True)
    net = PerceptronClassifier(random_state=0).fit(x, y)
    codec = net.network_._parts()[1]
    z = codec.encode(x, np.float64) @ net.network_.parameters["dense_1.weight"]
    z = z + net.network_.parameters["dense_1.bias"]
    np.testing.assert_allclose(net.decision_function(x), z, rtol=1e-4, atol=1e-4)
    assert net.coef_.shape == (3, 4)


@pytest.mark.parity
def test_at_least_as_good_as_scikit_learns() -> None:
    x, y = load_breast_cancer(return_X_y=True)
    own = cross_val_score(PerceptronClassifier(random_state=0), x, y).mean()
    peer = make_pipeline(StandardScaler(), Perceptron(random_state=0))
    assert own >= cross_val_score(peer, x, y).mean() - 0.005


def test_a_weight_is_a_number_of_times_to_the_bit() -> None:
    x, y = load_iris(return_X_y=True)
    times = np.random.default_rng(0).integers(0, 3, 150)
    one = PerceptronClassifier(random_state=0).fit(x, y, sample_weight=times)
    other = PerceptronClassifier(random_state=0).fit(np.repeat(x, times, axis=0), y.repeat(times))
    np.testing.assert_array_equal(one.coef_, other.coef_)


def test_partial_fit_goes_on() -> None:
    x, y = load_iris(return_X_y=True)
    net = PerceptronClassifier(random_state=0)
    for _ in range(20):
        net.partial_fit(x, y, classes=[0, 1, 2])
    assert net.n_iter_ == 20
    assert net.score(x, y) > 0.7
    with pytest.raises(DataError, match="y holds the class 3"):
        net.partial_fit(x, y + 1)


def test_several_labels_are_refused() -> None:
    with pytest.raises(ParameterError) as error:
        PerceptronClassifier().fit(CORNERS, [[1, 0], [1, 1], [0, 1], [0, 0]])
    assert str(error.value) == (
        "PerceptronClassifier expects one class a row, got y of shape [4, 2]. Use "
        "NetworkClassifier for several labels."
    )
