"""Competing units and maps: by hand, beside k-means and MiniSom, and what they refuse."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from pellucid.data import load
from pellucid.errors import DataError, ParameterError, ShapeError, UnknownNameError
from pellucid.learn import Constant, Grid
from pellucid.memory import CompetitiveLayer, KohonenMap
from pellucid.memory.som import main_plane

IRIS = load("iris")
DIGITS = load("digits").x.reshape(-1, 64)


def standard(x: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    scaled: np.ndarray[Any, Any] = (x - x.mean(axis=0)) / np.where(
        x.std(axis=0) > 0, x.std(axis=0), 1.0
    )
    return scaled


# --- competitive layer


@pytest.mark.parity
def test_clusters_are_about_as_tight_as_those_of_k_means() -> None:
    from sklearn.cluster import KMeans

    x = standard(IRIS.x)
    for clusters in (3, 8):
        peer = -KMeans(clusters, n_init=10, random_state=0).fit(x).score(x) / len(x)
        best = max(CompetitiveLayer(clusters, seed=seed).fit(x).score(x) for seed in range(5))
        assert -best < 1.05 * peer
    ten = -CompetitiveLayer(10).fit(DIGITS).score(DIGITS)
    layer = CompetitiveLayer(10, scale_inputs=False).fit(DIGITS)
    peer = -KMeans(10, n_init=10, random_state=0).fit(DIGITS).score(DIGITS) / len(DIGITS)
    assert -layer.score(DIGITS) < 1.05 * peer
    assert ten > 0


def test_what_it_tells_is_about_the_same_distances() -> None:
    x = IRIS.x
    layer = CompetitiveLayer(3, scale_inputs=False, engine="reference", epochs=20).fit(x)
    apart = np.linalg.norm(x[:, None] - layer.centres[None], axis=2)
    np.testing.assert_allclose(layer.transform(x), apart, atol=1e-7)
    np.testing.assert_array_equal(layer.predict(x), apart.argmin(axis=1))
    assert layer.quantisation_error(x) == pytest.approx(apart.min(axis=1).mean())
    assert layer.score(x) == pytest.approx(-np.square(apart.min(axis=1)).mean())
    assert layer.hits(x).tolist() == np.bincount(apart.argmin(axis=1), minlength=3).tolist()
    assert layer.network.predict(x).argmax(axis=1).tolist() == layer.predict(x).tolist()
    losses = [row["loss"] for row in layer.run.history.rows]
    assert len(losses) == 20 and losses[-1] < losses[0]


def test_centres_are_in_the_units_of_x() -> None:
    x = IRIS.x * [1.0, 10.0, 100.0, 1000.0]
    centres = CompetitiveLayer(3).fit(x).centres
    assert (centres >= x.min(axis=0)).all() and (centres <= x.max(axis=0)).all()


def test_with_a_conscience_all_units_win() -> None:
    rng = np.random.default_rng(0)
    x = np.concatenate([rng.normal(size=(300, 2)), 30 + rng.normal(size=(3, 2))])
    for settings in ({"conscience": 1.0}, {"frequency": True}):
        layer = CompetitiveLayer(12, epochs=60, seed=2, **settings).fit(x)
        assert layer.hits(x).min() > 0


def test_pieces_are_learned_from_as_they_come() -> None:
    layer = CompetitiveLayer(3, seed=4)
    for _ in range(10):
        for piece in np.array_split(np.random.default_rng(1).permutation(IRIS.x), 3):
            layer.partial_fit(piece)
    assert layer.score(IRIS.x) > -2.0
    assert layer.network.steps_taken == 1500


def test_more_units_than_samples() -> None:
    layer = CompetitiveLayer(5, epochs=3).fit(IRIS.x[:2])
    assert layer.centres.shape == (5, 4)


# --- maps


def minisom(x: np.ndarray[Any, Any], rows: int, columns: int, steps: int, seed: int) -> Any:
    module = pytest.importorskip("minisom")
    peer = module.MiniSom(
        rows, columns, x.shape[1], sigma=max(rows, columns) / 2, learning_rate=0.5,
        random_seed=seed, topology="rectangular",
    )  # fmt: skip
    peer.pca_weights_init(x)
    peer.train(x, steps, random_order=True)
    return peer


@pytest.mark.parity
@pytest.mark.parametrize(
    ("x", "size"), [(standard(IRIS.x), 6), (DIGITS[:600] / 16.0, 8)], ids=["iris", "digits"]
)
def test_errors_are_not_above_those_of_minisom(x: np.ndarray[Any, Any], size: int) -> None:
    steps = 20_000
    peer = minisom(x, size, size, steps, 0)
    quantisation, topographic = peer.quantization_error(x), peer.topographic_error(x)
    for training in ("online", "batch"):
        own = KohonenMap(size, size, training=training, scale_inputs=False).fit(x)
        assert own.quantisation_error(x) < 1.03 * quantisation
        assert own.topographic_error(x) < topographic + 0.05


@pytest.mark.parity
@pytest.mark.parametrize("topology", ["rectangular", "hexagonal"])
def test_both_errors_are_counted_as_minisom_counts_them(topology: str) -> None:
    module = pytest.importorskip("minisom")
    x = standard(IRIS.x)
    own = KohonenMap(5, 6, grid=topology, scale_inputs=False, start="random", epochs=5).fit(x)
    peer = module.MiniSom(5, 6, 4, topology=topology)
    peer._weights = own.centres.reshape(5, 6, 4)
    assert own.quantisation_error(x) == pytest.approx(peer.quantization_error(x), rel=1e-6)
    if topology == "rectangular":
        assert own.topographic_error(x) == pytest.approx(peer.topographic_error(x))


@pytest.mark.parametrize("grid", ["rectangular", "hexagonal"])
@pytest.mark.parametrize("neighbourhood", ["gaussian", "bubble"])
@pytest.mark.parametrize("training", ["online", "batch"])
def test_classes_lie_together(grid: str, neighbourhood: str, training: str) -> None:
    x, y = IRIS
    own = KohonenMap(
        6, 6, grid=grid, neighbourhood=neighbourhood, training=training, epochs=30
    ).fit(x)
    table = np.array(own.class_map(x, y), object)
    told = table.reshape(-1)[own.predict(x)]
    assert (told == y).mean() > 0.9
    assert own.topographic_error(x) < 0.25
    assert own.hit_map(x).sum() == 150 and own.hit_map(x).shape == (6, 6)


def test_the_u_matrix_is_the_mean_distance_to_neighbours() -> None:
    own = KohonenMap(3, 4, grid="hexagonal", scale_inputs=False, epochs=2).fit(IRIS.x)
    places, near = own.centres, Grid(3, 4, "hexagonal").adjacent()
    for unit in range(12):
        apart = [
            np.linalg.norm(places[unit] - places[other]) for other in np.flatnonzero(near[unit])
        ]
        assert own.u_matrix()[unit // 4, unit % 4] == pytest.approx(np.mean(apart))
    planes = own.component_planes()
    assert planes.shape == (4, 3, 4)
    np.testing.assert_array_equal(planes[2].ravel(), places[:, 2])


def test_the_u_matrix_is_high_between_clusters() -> None:
    rng = np.random.default_rng(0)
    x = np.concatenate([rng.normal(size=(100, 2)), rng.normal([20.0, 0.0], size=(100, 2))])
    own = KohonenMap(1, 8, training="batch").fit(x)
    assert 2 <= own.u_matrix()[0].argmax() <= 5


def test_a_start_along_the_main_directions() -> None:
    """Points on a line (t, 2t) with mean square 5: along it, one deviation to each side."""
    t = np.array([-1.0, 1.0, -1.0, 1.0])
    x = np.stack([t, 2 * t], 1) + 3.0
    found = main_plane(x, Grid(1, 3))
    np.testing.assert_allclose(found, [[2.0, 1.0], [3.0, 3.0], [4.0, 5.0]], atol=1e-12)
    down = main_plane(x, Grid(3, 1))
    np.testing.assert_allclose(down, found, atol=1e-12)
    assert main_plane(x[:, :1], Grid(2, 2)).shape == (4, 1)


def test_the_same_seed_gives_the_same_map() -> None:
    settings: Any = {"start": "random", "epochs": 3, "engine": "reference"}
    one, same, other = (
        KohonenMap(3, 3, seed=seed, **settings).fit(IRIS.x).centres for seed in (1, 1, 2)
    )
    np.testing.assert_array_equal(one, same)
    assert not np.array_equal(one, other)


def test_the_native_engine_lays_out_the_same_map() -> None:
    for settings in (
        {"training": "batch"},
        {"epochs": 4},
        {"neighbourhood": "bubble", "epochs": 4},
    ):
        places = [
            KohonenMap(4, 5, grid="hexagonal", engine=engine, precision="float64", **settings)
            .fit(IRIS.x).centres
            for engine in ("reference", "native")
        ]  # fmt: skip
        np.testing.assert_allclose(places[0], places[1], rtol=1e-9)


def test_a_map_goes_on_from_pieces() -> None:
    own = KohonenMap(4, 4)
    for _ in range(20):
        own.partial_fit(IRIS.x)
    assert own.topographic_error(IRIS.x) < 0.3
    whole = KohonenMap(4, 4).fit(IRIS.x)
    before = whole.quantisation_error(IRIS.x)
    assert whole.partial_fit(IRIS.x[:50]).quantisation_error(IRIS.x) == pytest.approx(
        before, rel=0.2
    )
    one = KohonenMap(1, 1).partial_fit(IRIS.x)
    assert one.topographic_error(IRIS.x) == 0.0


def test_a_schedule_of_ones_own() -> None:
    own = KohonenMap(2, 2, rate=Constant(0.01), epochs=2, engine="reference").fit(IRIS.x)
    assert {row["rate"] for row in own.run.history.rows} == {0.01}


@pytest.mark.parametrize(
    ("error", "message", "call"),
    [
        (
            ParameterError,
            "KohonenMap was given rate=0.5 with training='batch', which has no rate: each step "
            "brings the units to a mean. Leave it out, or use 'online'.",
            lambda: KohonenMap(training="batch", rate=0.5).fit(IRIS.x),
        ),
        (
            UnknownNameError,
            "There is no training of KohonenMap 'bach'. Did you mean 'batch'? Known: batch, "
            "online.",
            lambda: KohonenMap(training="bach").fit(IRIS.x),
        ),
        (
            UnknownNameError,
            "There is no start of KohonenMap 'pcs'. Did you mean 'pca'? Known: pca, random.",
            lambda: KohonenMap(start="pcs").fit(IRIS.x),
        ),
        (
            UnknownNameError,
            "There is no kind of Grid 'hex'. Did you mean 'hexagonal'? Known: hexagonal, "
            "rectangular.",
            lambda: KohonenMap(grid="hex").fit(IRIS.x),
        ),
        (
            ParameterError,
            "Grid expects rows to be a whole number at least 1, got 0. rows is how many units "
            "there are down.",
            lambda: KohonenMap(0).fit(IRIS.x),
        ),
        (
            ParameterError,
            "KohonenMap expects radius to be a number above 0, got -1. radius is the radius of the "
            "neighbourhood.",
            lambda: KohonenMap(radius=-1).fit(IRIS.x),
        ),
        (
            ParameterError,
            "CompetitiveLayer expects clusters to be a whole number at least 1, got 0. clusters is "
            "how many units compete.",
            lambda: CompetitiveLayer(0).fit(IRIS.x),
        ),
        (
            ParameterError,
            "This CompetitiveLayer has seen no data yet. Call fit(x) first.",
            lambda: CompetitiveLayer().predict(IRIS.x),
        ),
        (
            ParameterError,
            "CompetitiveLayer expects rows of features, got x with rows of shape [8, 8]. Use "
            "x.reshape(len(x), -1).",
            lambda: CompetitiveLayer().fit(load("digits").x.reshape(-1, 8, 8)),
        ),
        (
            ShapeError,
            "x has 3 features (x is 150 x 3), the model was fitted on 4. Give the same columns, in "
            "the same order, as in training.",
            lambda: CompetitiveLayer(2, epochs=1).fit(IRIS.x).predict(IRIS.x[:, :3]),
        ),
        (
            DataError,
            "x has 1 value that is not a finite number, in 1 row; the first is NaN in row 0, "
            "column 1. Expected finite numbers: fill them in, or drop those rows.",
            lambda: KohonenMap().fit([[1.0, float("nan")], [1.0, 2.0]]),
        ),
        (
            UnknownNameError,
            "There is no setting of KohonenMap 'row'. Did you mean 'rows'? Known: columns, engine, "
            "epochs, fall, grid, last_radius, neighbourhood, precision, radius, rate, rows, "
            "scale_inputs, seed, start, threads, training.",
            lambda: KohonenMap().set_params(row=3),
        ),
    ],
)  # fmt: skip
def test_bad_input(error: type[Exception], message: str, call: Any) -> None:
    with pytest.raises(error) as caught:
        call()
    assert str(caught.value) == message


def test_a_map_that_cannot_learn_stays_as_it_was() -> None:
    own = KohonenMap(2, 2, epochs=1).fit(IRIS.x)
    before = own.centres
    with pytest.raises(DataError):
        own.fit([[float("nan")] * 4])
    np.testing.assert_array_equal(own.centres, before)
