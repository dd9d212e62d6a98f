"""The autoencoder and its clusters: beside principal components and k-means."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from sklearn.metrics import adjusted_rand_score

from pellucid.data import load
from pellucid.errors import DataError, ParameterError
from pellucid.memory import Autoencoder

IRIS = load("iris")


@pytest.mark.parity
def test_without_hidden_layers_it_finds_the_plane_of_the_main_components() -> None:
    from sklearn.decomposition import PCA

    x = IRIS.x
    z = (x - x.mean(axis=0)) / x.std(axis=0)
    peer = PCA(2).fit(z)
    lost = np.square(z - peer.inverse_transform(peer.transform(z))).mean()
    own = Autoencoder(3, hidden=(), rule="lbfgs", epochs=200).fit(x)
    assert -own.score(x) == pytest.approx(lost, rel=0.01)
    np.testing.assert_allclose(
        (own.reconstruct(x) - x.mean(axis=0)) / x.std(axis=0),
        peer.inverse_transform(peer.transform(z)), atol=0.05,
    )  # fmt: skip


@pytest.mark.parity
def test_the_clusters_are_those_of_k_means_on_the_codes() -> None:
    from sklearn.cluster import KMeans

    own = Autoencoder(3, epochs=60, seed=1).fit(IRIS.x)
    codes = own.transform(IRIS.x)
    peer = KMeans(3, n_init=10, random_state=1).fit(codes)
    np.testing.assert_array_equal(own.predict(IRIS.x), peer.labels_)
    np.testing.assert_allclose(own.centres, peer.cluster_centers_)
    assert adjusted_rand_score(IRIS.y, own.predict(IRIS.x)) > 0.4


def test_the_halves_are_the_whole() -> None:
    own = Autoencoder(4, code=3, hidden=(9, 5), epochs=3, engine="reference").fit(IRIS.x)
    back = own.network.inputs.decode(np.asarray(own.network.predict(IRIS.x), float))
    np.testing.assert_allclose(own.reconstruct(IRIS.x), back, atol=1e-5)
    assert [layer.units for layer in own.network.layers] == [9, 5, 3, 5, 9, 4]  # type: ignore[attr-defined]
    assert own.inverse_transform([[0.0, 0.0, 0.0]]).shape == (1, 4)


def test_one_hidden_layer_may_be_a_number() -> None:
    own = Autoencoder(2, hidden=5, epochs=1, engine="reference").fit(IRIS.x)
    assert [layer.units for layer in own.network.layers] == [5, 2, 5, 4]  # type: ignore[attr-defined]


def test_more_code_loses_less() -> None:
    lost = [-Autoencoder(3, code=k, epochs=60).fit(IRIS.x).score(IRIS.x) for k in (1, 3)]
    assert lost[1] < lost[0]


@pytest.mark.parametrize(
    ("error", "message", "call"),
    [
        (
            DataError,
            "Autoencoder expects at least as many samples as the 8 clusters, got 3. Use fewer "
            "clusters, or give more rows.",
            lambda: Autoencoder().fit(IRIS.x[:3]),
        ),
        (
            ParameterError,
            "Autoencoder expects code to be a whole number at least 1, got 0. code is how many "
            "numbers stand for a sample.",
            lambda: Autoencoder(2, code=0).fit(IRIS.x),
        ),
        (
            ParameterError,
            "This Autoencoder has seen no data yet. Call fit(x) first.",
            lambda: Autoencoder().transform(IRIS.x),
        ),
    ],
)  # fmt: skip
def test_bad_input(error: type[Exception], message: str, call: Any) -> None:
    with pytest.raises(error) as caught:
        call()
    assert str(caught.value) == message
