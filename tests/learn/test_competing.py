"""Competitive learning and the Kohonen map: steps worked by hand, and other programs' steps."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from pellucid.errors import ParameterError, ShapeError
from pellucid.learn import (
    ByFunction,
    Competitive,
    Constant,
    EpochDone,
    Grid,
    Hebb,
    Kohonen,
    NoTarget,
    Plan,
    Quantisation,
    Rule,
    Storkey,
    Task,
    no_targets,
    step_graph,
)
from pellucid.nn import Dense
from tests.learn.cases import Array, begin, make_task, run, samples, views


def layer(units: int, features: int, loss: Any = None, **settings: Any) -> Task:
    return make_task([Dense(units, **settings)], features, loss or Quantisation(), kind="numbers")


def learned(
    task: Task, rule: Rule, x: Any, places: Any, epochs: int = 1, batch: int = 1, weight: Any = None
) -> tuple[dict[str, Array], list[float], dict[str, Array]]:
    """Parameters after a run in the given order, the losses, and all carried values."""
    state = begin(task, rule, weight=np.array(places, float).T)
    plan = Plan(epochs, batch, shuffle=False)
    events = run(task, rule, plan, state, samples(x, no_targets(len(x)), weight))
    losses = [event.values["loss"] for event in events if isinstance(event, EpochDone)]
    return views(task, state), losses, state.carried


# --- competitive learning


def test_the_winner_alone_moves() -> None:
    """x = (1, 1): |x - (0, 0)|^2 = 2, |x - (1, 3)|^2 = 4: the first moves half the way."""
    found, losses, _ = learned(layer(2, 2), Competitive(0.5), [[1.0, 1.0]], [[0, 0], [1, 3]])
    np.testing.assert_allclose(found["dense_1.weight"].T, [[0.5, 0.5], [1.0, 3.0]], rtol=1e-15)
    np.testing.assert_allclose(found["dense_1.bias"], [-0.25, -5.0], rtol=1e-15)
    assert losses == [2.0]


def test_of_equals_the_first_wins_and_a_batch_takes_the_mean() -> None:
    """Both units are at 0, so both samples are the first's: 0.5 mean((2, 0) and (0, 4))."""
    x = [[2.0, 0.0], [0.0, 4.0]]
    found, losses, _ = learned(layer(2, 2), Competitive(0.5), x, [[0, 0], [0, 0]], batch=2)
    np.testing.assert_allclose(found["dense_1.weight"].T, [[0.5, 1.0], [0.0, 0.0]], rtol=1e-15)
    assert losses == [10.0]


def test_weights_of_samples_count() -> None:
    x = [[2.0], [4.0]]
    task = layer(1, 1, bias=False)
    found, _, _ = learned(task, Competitive(0.5), x, [[0]], batch=2, weight=[0.5, 1.5])
    assert found["dense_1.weight"].ravel().tolist() == [0.5 * (0.5 * 2 + 1.5 * 4) / 2]


def test_conscience_lets_another_win() -> None:
    """Shares (1/2, 1/2), horizon 1: after the first sample they are (1, 0).

    x = (1): d = (1, 16), the first wins and moves to 0.5; m = (0.25 + 16) / 2 = 8.125 for the same
    sample again. With conscience 1 the first has 0.25 + 8.125 (2 - 1), the second 16 - 8.125: the
    second wins, and moves half the way from 5 to 1.
    """
    rule = Competitive(0.5, conscience=1.0, horizon=1.0)
    x = [[1.0], [1.0]]
    found, _, carried = learned(layer(2, 1), rule, x, [[0], [5]])
    np.testing.assert_allclose(found["dense_1.weight"].ravel(), [0.5, 3.0], rtol=1e-15)
    np.testing.assert_allclose(carried["wins"], [0.0, 1.0])
    plain, _, other = learned(layer(2, 1), Competitive(0.5), x, [[0], [5]])
    np.testing.assert_allclose(plain["dense_1.weight"].ravel(), [0.75, 5.0], rtol=1e-15)
    assert "wins" not in other


def test_frequency_multiplies_distances() -> None:
    """Horizon 1.25: the first sample is the first unit's, so the shares become (0.9, 0.1).

    For the same sample again the first, now at 0.5, has 0.25 * 2 * 0.9 = 0.45. The second has
    1.4^2 * 2 * 0.1 = 0.392 from 2.4 and wins; from 2.6 it has 0.512, and stays.
    """
    rule = Competitive(0.5, frequency=True, horizon=1.25)
    x = [[1.0], [1.0]]
    for second, after in ((2.4, [0.5, 1.7]), (2.6, [0.75, 2.6])):
        found, _, _ = learned(layer(2, 1), rule, x, [[0], [second]])
        np.testing.assert_allclose(found["dense_1.weight"].ravel(), after, rtol=1e-14)


def test_a_dead_unit_lives_with_conscience() -> None:
    rng = np.random.default_rng(0)
    x = rng.normal(size=(200, 2)) + np.repeat([[-4.0, 0.0], [4.0, 0.0]], 100, axis=0)
    places = [[0.0, 0.0], [100.0, 100.0]]
    dead, _, _ = learned(layer(2, 2), Competitive(0.1), x, places, epochs=5)
    np.testing.assert_array_equal(dead["dense_1.weight"][:, 1], places[1])
    for rule in (Competitive(0.1, conscience=2.0), Competitive(0.1, frequency=True)):
        found, losses, _ = learned(layer(2, 2), rule, x, places, epochs=40)
        assert np.abs(found["dense_1.weight"]).max() < 6
        assert losses[-1] < 4


@pytest.mark.parity
def test_it_ends_where_k_means_does() -> None:
    from sklearn.cluster import KMeans

    rng = np.random.default_rng(3)
    middle = np.array([[0.0, 0.0], [6.0, 0.0], [0.0, 6.0]])
    x = rng.normal(size=(150, 2)) + np.repeat(middle, 50, axis=0)
    peer = KMeans(3, init=middle, n_init=1).fit(x)
    rule = Competitive(ByFunction(lambda t: 1.0 / (1.0 + t / 50)))
    found, losses, _ = learned(layer(3, 2), rule, rng.permutation(x), middle, epochs=30)
    np.testing.assert_allclose(found["dense_1.weight"].T, peer.cluster_centers_, atol=0.1)
    assert losses[-1] == pytest.approx(peer.inertia_ / 150, rel=0.02)


# --- the Kohonen map


def test_a_step_of_the_map_worked_by_hand() -> None:
    """A row of three units at 0, 4, 8; x = 5 is nearest to the second. Radius 1:
    h = (e^-1/2, 1, e^-1/2), so they move 0.5 h (5, 1, -3).
    """
    rule = Kohonen(0.5, Grid(1, 3), radius=1.0, last_radius=1.0)
    found, losses, _ = learned(layer(3, 1), rule, [[5.0]], [[0], [4], [8]])
    h = np.exp(-0.5)
    np.testing.assert_allclose(
        found["dense_1.weight"].ravel(), [2.5 * h, 4.5, 8 - 1.5 * h], rtol=1e-15
    )
    np.testing.assert_allclose(
        found["dense_1.bias"], -0.5 * found["dense_1.weight"].ravel() ** 2, rtol=1e-15
    )
    assert losses == [1.0]


def test_a_bubble_takes_all_within_the_radius_alike() -> None:
    rule = Kohonen(0.5, Grid(1, 4), radius=1.0, last_radius=1.0, neighbourhood="bubble")
    found, _, _ = learned(layer(4, 1), rule, [[5.0]], [[0], [4], [8], [20]])
    np.testing.assert_allclose(found["dense_1.weight"].ravel(), [2.5, 4.5, 6.5, 20], rtol=1e-15)


def test_a_step_of_the_batch_map_worked_by_hand() -> None:
    """Units at 0, 4, 8 and samples 1 and 7: h = (1, e^-1/2, e^-2) and the other way round."""
    rule = Kohonen(1.0, Grid(1, 3), radius=1.0, last_radius=1.0, way="average")
    found, _, _ = learned(layer(3, 1), rule, [[1.0], [7.0]], [[0], [4], [8]], batch=2)
    near, far = 1.0, np.exp(-2.0)
    first = (near * 1 + far * 7) / (near + far)
    np.testing.assert_allclose(found["dense_1.weight"].ravel(), [first, 4.0, 8 - first], rtol=1e-14)


def test_a_unit_without_neighbours_among_the_samples_stays() -> None:
    rule = Kohonen(1.0, Grid(1, 3), radius=0.1, last_radius=0.1, way="average")
    found, _, _ = learned(layer(3, 1), rule, [[1.0], [7.0]], [[0], [4], [8]], batch=2)
    np.testing.assert_allclose(found["dense_1.weight"].ravel(), [1.0, 4.0, 7.0], rtol=1e-12)


@pytest.mark.parametrize(
    ("fall", "radii"),
    [
        ("exponential", [4.0, 2.0, 1.0, 1.0]),
        ("linear", [4.0, 2.5, 1.0, 1.0]),
        ("inverse", [4.0, 1.6, 1.0, 1.0]),
    ],
)
def test_the_radius_falls(fall: str, radii: list[float]) -> None:
    """The second unit is one away: its step of 0.5 h x tells h = exp(-1 / (2 r^2))."""
    rule = Kohonen(0.5, Grid(1, 2), radius=4.0, last_radius=1.0, steps=2, fall=fall)
    assert [rule.radius_at(step) for step in range(4)] == pytest.approx(radii)
    places = np.array([0.0, 100.0])
    for count in range(1, 5):
        found, _, _ = learned(layer(2, 1), rule, [[0.0]] * count, [[0], [100]])
        places = np.array([0.0, places[1] * (1 - 0.5 * np.exp(-0.5 / radii[count - 1] ** 2))])
        np.testing.assert_allclose(found["dense_1.weight"].ravel(), places, rtol=1e-12)


def test_the_places_of_a_grid() -> None:
    square, six = Grid(2, 3), Grid(3, 3, "hexagonal")
    assert square.places.tolist() == [[0, 0], [1, 0], [2, 0], [0, 1], [1, 1], [2, 1]]
    assert square.adjacent()[0].nonzero()[0].tolist() == [1, 3]
    assert square.adjacent(corners=True)[0].nonzero()[0].tolist() == [1, 3, 4]
    assert six.adjacent()[4].nonzero()[0].tolist() == [1, 2, 3, 5, 7, 8]
    assert six.adjacent(corners=True)[4].sum() == 6
    np.testing.assert_allclose(six.distances[4][six.adjacent()[4]], 1.0, rtol=1e-12)


@pytest.mark.parity
@pytest.mark.parametrize("neighbourhood", ["gaussian"])
def test_a_whole_run_is_that_of_minisom(neighbourhood: str) -> None:
    minisom = pytest.importorskip("minisom")
    rng = np.random.default_rng(5)
    x = rng.normal(size=(40, 3))
    places = rng.normal(size=(4, 5, 3))
    steps = 120
    peer = minisom.MiniSom(
        4, 5, 3, sigma=2.0, learning_rate=0.5, neighborhood_function=neighbourhood,
        decay_function="asymptotic_decay", sigma_decay_function="asymptotic_decay",
    )  # fmt: skip
    peer._weights = places.copy()
    peer.train(x, steps)
    rate = ByFunction(lambda t: 0.5 / (1 + t / (steps / 2)))
    rule = Kohonen(
        rate, Grid(4, 5), radius=2.0, last_radius=2.0 / 3, steps=steps, fall="inverse",
        neighbourhood=neighbourhood,
    )  # fmt: skip
    found, _, _ = learned(layer(20, 3), rule, x, places.reshape(20, 3), epochs=3)
    np.testing.assert_allclose(
        found["dense_1.weight"].T.reshape(4, 5, 3), peer.get_weights(), rtol=1e-9, atol=1e-12
    )


# --- Hebb's rule with the outputs held, and Storkey's


def test_a_held_layer_learns_the_products_of_its_inputs() -> None:
    task, rule = layer(2, 2, NoTarget(), bias=False), Hebb(0.5, clamped=True)
    found, losses, _ = learned(task, rule, [[1.0, -2.0]], [[7, 7], [7, 7]])
    np.testing.assert_allclose(found["dense_1.weight"], [[7.5, 6.0], [6.0, 9.0]], rtol=1e-15)
    assert losses == [0.0]


def test_storkeys_second_pattern_worked_by_hand() -> None:
    """Three units; after x = (1, 1, 1) all weights are 1/3. For y = (1, -1, 1): h_12 = w_13 y_3 =
    1/3, h_21 = w_23 y_3 = 1/3: w_12 += 1/3 (-1 - y_1 h_21 - h_12 y_2) = 1/3 (-1 - 1/3 + 1/3).
    h_13 = w_12 y_2 = -1/3 = h_31: w_13 += 1/3 (1 + 1/3 + 1/3).
    """
    task = layer(3, 3, NoTarget(), bias=False)
    found, _, _ = learned(task, Storkey(), [[1.0, 1, 1], [1, -1, 1]], np.zeros((3, 3)))
    third = 1 / 3
    expected = np.array([[0, 0, third + 5 / 9], [0, 0, 0], [third + 5 / 9, 0, 0]])
    np.testing.assert_allclose(found["dense_1.weight"], expected, atol=1e-15)


# --- what cannot be


def test_what_the_rules_refuse() -> None:
    wide = make_task([Dense(3, activation="tanh")], 2, NoTarget(), kind="numbers")
    plain = layer(3, 2)
    for task, rule, batch, error, message in (
        (
            wide, Competitive(), 1, ParameterError,
            "Competitive expects a linear activation, got dense_1 with tanh. Leave the activation "
            "out.",
        ),
        (
            plain, Kohonen(grid=Grid(2, 2)), 1, ParameterError,
            "Kohonen expects a unit for each of the 2 x 2 places of its grid, got dense_1 with 3 "
            "units. Use Dense(4), or another grid.",
        ),
        (
            plain, Hebb(clamped=True), 1, ShapeError,
            "A clamped Hebb expects as many units as inputs, since each is both, got dense_1 with "
            "2 inputs and 3 units. Use Dense(2).",
        ),
        (
            plain, Storkey(), 1, ShapeError,
            "Storkey expects as many units as inputs, since each is both, got dense_1 with 2 "
            "inputs and 3 units. Use Dense(2).",
        ),
        (
            layer(2, 2), Storkey(), 4, ParameterError,
            "Storkey stores one pattern a step, got a batch of 4: what a pattern adds depends on "
            "those before it. Use batch=1.",
        ),
    ):  # fmt: skip
        with pytest.raises(error) as caught:
            step_graph(task, rule, batch)
        assert str(caught.value) == message
    with pytest.raises(ParameterError) as several:
        step_graph(make_task([Dense(3), Dense(2)], 2, Quantisation(), kind="numbers"), Hebb(), 1)
    assert str(several.value) == (
        "Quantisation expects a network with one Dense layer over rows of features, got "
        "2 Dense layers: dense_1, dense_2. Use one, or the loss NoTarget()."
    )


def test_each_rule_says_its_batch_and_loss() -> None:
    assert Competitive().batch == Kohonen().batch == Storkey().batch == 1
    assert Kohonen(way="average").batch is None
    assert Competitive().loss == Kohonen().loss == Quantisation()
    assert Storkey().loss == NoTarget()
    assert Competitive(0.2).schedule == Constant(0.2)
