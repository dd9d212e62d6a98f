"""Sanger's rule as a transformer, beside the principal components that scikit-learn computes."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.datasets import load_breast_cancer, load_digits, load_iris, load_wine
from sklearn.decomposition import PCA
from sklearn.exceptions import ConvergenceWarning
from sklearn.preprocessing import StandardScaler

from pellucid.errors import DataError, ParameterError
from pellucid.sklearn import HebbianPCA

DIGITS = load_digits().data
CANCER = StandardScaler().fit_transform(load_breast_cancer().data)
IRIS = load_iris().data


@pytest.mark.parity
@pytest.mark.parametrize(("x", "count"), [(IRIS, 3), (DIGITS, 8), (CANCER, 4)])
def test_the_components_are_the_principal_ones(x: np.ndarray, count: int) -> None:
    own, peer = HebbianPCA(count, random_state=0).fit(x), PCA(count).fit(x)
    np.testing.assert_allclose(own.mean_, peer.mean_)
    lengths = np.linalg.norm(own.components_, axis=1)
    np.testing.assert_allclose(lengths, 1.0, atol=2e-3)
    cosines = np.abs((own.components_ * peer.components_).sum(1) / lengths)
    np.testing.assert_allclose(cosines, 1.0, atol=1e-3)
    np.testing.assert_allclose(
        own.explained_variance_ratio_, peer.explained_variance_ratio_, rtol=5e-3
    )
    assert own.loss_curve_[-1] == pytest.approx(
        np.square(x - peer.inverse_transform(peer.transform(x))).sum(1).mean(), rel=0.05
    )


def test_the_network_inside_gives_the_same() -> None:
    pca = HebbianPCA(3, random_state=0, epochs=30).fit(DIGITS)
    np.testing.assert_allclose(pca.network_.predict(DIGITS), pca.transform(DIGITS), atol=1e-4)
    assert np.all(pca.components_[np.arange(3), np.abs(pca.components_).argmax(1)] > 0)


def test_units_of_the_table_do_not_matter() -> None:
    one = HebbianPCA(2, random_state=0, epochs=20).fit(DIGITS)
    other = HebbianPCA(2, random_state=0, epochs=20).fit(DIGITS * 1024)
    np.testing.assert_allclose(one.components_, other.components_, atol=1e-5)


def test_there_and_back() -> None:
    pca = HebbianPCA(3, random_state=0).fit(IRIS)
    back = pca.inverse_transform(pca.transform(IRIS))
    assert np.square(IRIS - back).sum() < 0.01 * np.square(IRIS - IRIS.mean(0)).sum()
    with pytest.raises(DataError) as error:
        pca.inverse_transform(IRIS)
    assert str(error.value) == (
        "inverse_transform expects 3 columns, one a component, got 4. Give what transform returned."
    )


def test_pieces_are_learned_from_as_they_come() -> None:
    pca = HebbianPCA(2, random_state=0)
    for epoch in range(12):
        for piece in np.array_split(np.random.default_rng(epoch).permutation(len(CANCER)), 4):
            pca.partial_fit(CANCER[piece])
    assert pca.n_iter_ == 48
    peer = PCA(2).fit(CANCER).components_
    assert np.abs((pca.components_ * peer).sum(1)).min() > 0.97


def test_kinds_of_numbers_stay() -> None:
    pca = HebbianPCA(2, random_state=0, epochs=20).fit(DIGITS)
    assert pca.transform(DIGITS.astype(np.float32)).dtype == np.float32
    assert pca.transform(DIGITS).dtype == np.float64


def test_what_was_not_learned_is_told() -> None:
    with pytest.warns(ConvergenceWarning) as caught:
        HebbianPCA(3, random_state=0, epochs=20).fit(load_wine().data)
    message = str(caught[0].message)
    assert message.startswith("HebbianPCA has not learned all 3 components: number 2 is not")
    assert message.endswith("or columns of like spread (StandardScaler).")


def test_what_cannot_be() -> None:
    for settings, x, error, hoped in (
        (
            {"n_components": 5}, IRIS, ParameterError,
            "HebbianPCA expects n_components of at most n_features=4, got 5. Use fewer "
            "components.",
        ),
        (
            {"n_components": 0}, IRIS, ParameterError,
            "HebbianPCA expects n_components to be a whole number at least 1, got 0. n_components "
            "is how many components are learned.",
        ),
        (
            {"rate": -1.0}, IRIS, ParameterError,
            "HebbianPCA expects rate to be a number above 0, got -1.0. rate is how far a step "
            "goes, in 1 / (mean of |x - mean|^2).",
        ),
        (
            {}, np.ones((5, 2)), DataError,
            "X has 5 equal rows; expected rows that differ, since components are the directions in "
            "which they do.",
        ),
    ):  # fmt: skip
        with pytest.raises(error) as raised:
            HebbianPCA(**settings).fit(x)
        assert str(raised.value) == hoped
