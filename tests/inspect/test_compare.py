"""Two networks side by side: layers matched, units put in order, answers held together."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from scipy.optimize import linear_sum_assignment
from scipy.stats import binomtest

from pellucid import Conv2D, Dense, Flatten, MaxPool2D, Network
from pellucid.errors import DataError, ParameterError
from pellucid.inspect.compare import compare, compare_runs
from pellucid.inspect.compare.units import hidden_units
from pellucid.nn import BatchNorm, DepthwiseConv2D, GlobalAvgPool2D, LayerNorm, Residual

DRAW = np.random.default_rng(4)
X = DRAW.normal(size=(60, 5))
Y = (X @ DRAW.normal(size=(5, 3))).argmax(axis=1)
PICTURES = DRAW.normal(size=(12, 2, 8, 8))
KINDS = np.arange(12) % 3


def trained(*units: int, seed: int = 0, **settings: Any) -> Network:
    net = Network(hidden=[*units], seed=seed)
    net.fit(X, Y, **{"epochs": 3, "progress": False, **settings})
    return net


def shuffled(net: Network, seed: int = 2) -> tuple[Network, dict[str, np.ndarray[Any, Any]]]:
    """The same function with its hidden units in another order, and that order."""
    draw, other = np.random.default_rng(seed), net.copy()
    views = other.architecture.learned.views(other._reached().carried["params"])
    views |= other.architecture.states.views(other._reached().carried["state"])
    orders = {}
    for units in hidden_units(net.architecture):
        orders[units.layer] = order = draw.permutation(units.count)
        for axis in units.axes:
            views[axis.parameter][...] = axis.ordered(views[axis.parameter].copy(), order)
    return other, orders


NETWORKS: dict[str, tuple[list[Any], Any, Any]] = {
    "dense": ([Dense(7, activation="tanh"), Dense(6, activation="relu"), Dense(3)], X, Y),
    "without bias": ([Dense(7, bias=False), LayerNorm(), Dense(3)], X, Y),
    "normalised": ([Dense(9), BatchNorm(), Dense(4, activation="relu"), Dense(3)], X, Y),
    "pictures": (
        [Conv2D(4, 3, activation="relu"), BatchNorm(), MaxPool2D(2), Conv2D(5, 2), Flatten(),
         Dense(6, activation="relu"), Dense(3)], PICTURES, KINDS,
    ),
    "depthwise": (
        [Conv2D(4, 3), DepthwiseConv2D(3, activation="relu"), GlobalAvgPool2D(), Dense(3)],
        PICTURES, KINDS,
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", NETWORKS)
def test_units_in_another_order_compute_the_same_and_are_found(name: str) -> None:
    layers, x, y = NETWORKS[name]
    net = Network(layers, seed=2)
    net.fit(x, y, epochs=2, progress=False)
    other, orders = shuffled(net)
    np.testing.assert_allclose(other.predict_proba(x), net.predict_proba(x), rtol=1e-5, atol=1e-6)
    found = compare(net, other)
    assert found.alignment.reason is None
    for layer, order in orders.items():
        np.testing.assert_array_equal(order[list(found.alignment.orders[layer])], range(len(order)))
    assert max(change.distance for change in found.weights) == 0
    assert max(change.unaligned for change in found.weights) > 0.1
    assert not found.equal


def test_one_layer_is_put_in_the_best_order_of_all() -> None:
    a, b = trained(6), trained(6, seed=9)
    found = compare(a, b)
    one, other = a.parameters, b.parameters
    gain = one["dense_1.weight"].T @ other["dense_1.weight"]
    gain = gain + np.outer(one["dense_1.bias"], other["dense_1.bias"])
    gain = gain + one["dense_2.weight"] @ other["dense_2.weight"].T
    _, best = linear_sum_assignment(gain, maximize=True)
    assert found.alignment.orders["dense_1"] == tuple(best.tolist())


def test_distances_and_cosines_are_those_of_numpy() -> None:
    a = trained(6)
    b = a.copy()
    b.fit(X, Y, epochs=1, progress=False)
    found = {change.a: change for change in compare(a, b).weights}
    for name, change in found.items():
        one, other = a.parameters[name].astype(float), b.parameters[name].astype(float)
        assert change.distance == pytest.approx(np.linalg.norm(other - one) / np.linalg.norm(one))
        cosine = np.vdot(one, other) / np.linalg.norm(one) / np.linalg.norm(other)
        assert change.cosine == pytest.approx(cosine)
        assert abs(change.after - change.before) == pytest.approx(np.abs(other - one).max())
        assert other[change.place] == change.after


def test_the_same_network_is_the_same() -> None:
    net = trained(4)
    found = net.compare(net.copy(), X, Y)
    assert found.equal
    assert found.text().startswith("A and B are the same network: every layer, setting and number.")
    assert found.answers.changed == ()


def test_layers_are_matched_where_they_can_be() -> None:
    a, b = trained(8, 6), trained(8, seed=3)
    c = Network([Dense(8, activation="tanh"), Dense(3)], seed=0).build(X, Y)
    pairs = [(pair.a, pair.b, pair.status) for pair in compare(a, b).layers]
    assert pairs == [
        ("dense_1", "dense_1", "same"),
        ("dense_2", None, "only in A"),
        ("dense_3", "dense_2", "same"),
    ]
    changed = compare(b, c).layers[0]
    assert (changed.status, changed.changes) == ("changed", ("activation: Relu -> Tanh",))
    assert compare(a, b).alignment.reason == "the networks do not have the same layers"


def test_layers_whose_units_are_not_known_stay_in_their_order() -> None:
    layers = [Dense(5), Residual([Dense(5)]), Dense(3)]
    a, b = (Network(layers, seed=seed).build(X, Y) for seed in (0, 1))
    reason = compare(a, b).alignment.reason
    assert reason == "residual_1 (Residual) is not known to keep units apart"


def test_answers_that_differ_are_counted_and_judged() -> None:
    a, b = trained(6, epochs=1), trained(6, epochs=60)
    found = compare(a, b, X, Y).answers
    assert found is not None
    one, other = a.predict(X), b.predict(X)
    assert sorted(found.changed) == np.flatnonzero(one != other).tolist()
    assert found.mended == int(((other == Y) & (one != Y)).sum())
    assert found.broken == int(((one == Y) & (other != Y)).sum())
    assert found.chance == binomtest(found.mended, found.mended + found.broken).pvalue
    assert found.metrics == {"A": a.evaluate(X, Y), "B": b.evaluate(X, Y)}
    for row in found.shown:
        place = row["row"]
        assert (row["A"], row["B"], row["true"]) == (one[place], other[place], Y[place])


def test_numbers_are_compared_by_distance() -> None:
    y = X @ np.arange(5.0)
    a, b = (Network(hidden=[5], seed=0).build(X, y) for _ in range(2))
    b.fit(X, y, epochs=20, progress=False)
    found = compare(a, b, X, y).answers
    assert found is not None
    apart = np.abs(b.predict(X) - a.predict(X))
    assert found.distance == pytest.approx(apart.mean(), rel=1e-6)
    assert found.changed[0] == int(apart.argmax())
    assert found.mended == int((np.abs(b.predict(X) - y) < np.abs(a.predict(X) - y)).sum())


def test_two_runs_part_where_one_was_changed() -> None:
    a, b = (Network(hidden=[5], seed=0) for _ in range(2))
    first = a.fit(X, Y, epochs=4, batch=20, rule="sgd", progress=False)
    same = b.fit(X, Y, epochs=4, batch=20, rule="sgd", progress=False)
    assert first.compare(same).parting is None
    branched = first.branch(7, seed=99, epochs=2)
    found = compare_runs(first, branched)
    assert found.searched and found.parting is not None
    assert found.parting.step == 7
    assert found.parting.why == ("the step reads other samples",)


@pytest.mark.parametrize(
    ("settings", "why"),
    [
        ({"batch": 30}, "the step reads 20 samples in A, 30 in B"),
        ({"rule": "adam"}, "the learning rate 0.01 in A, 0.001 in B"),
    ],
)
def test_why_two_runs_part(settings: dict[str, Any], why: str) -> None:
    given: dict[str, Any] = {"epochs": 2, "batch": 20, "rule": "sgd", "progress": False}
    first = Network(hidden=[5], seed=0).fit(X, Y, **given)
    second = Network(hidden=[5], seed=0).fit(X, Y, **(given | settings))
    found = compare_runs(first, second)
    assert found.parting is not None and found.parting.step == 0
    assert found.parting.why == (why,)
    assert found.epoch == 1
    assert set(settings) <= found.settings.keys()


def test_other_seeds_differ_from_the_start() -> None:
    runs = [Network(hidden=[5], seed=seed).fit(X, Y, epochs=1, progress=False) for seed in (0, 1)]
    found = compare_runs(*runs)
    assert found.parting is not None and found.parting.step is None
    assert "Their first parameters differ already" in found.text()


def test_what_is_refused() -> None:
    net, numbers = trained(4), Network(hidden=[4], seed=0).build(X, X[:, 0])
    with pytest.raises(ParameterError) as refused:
        compare(net, "model")  # type: ignore[arg-type]
    assert str(refused.value) == (
        "compare takes two networks, got a str. Of runs give run.network, or compare them with "
        "compare_runs."
    )
    with pytest.raises(DataError) as odd:
        compare(net, numbers, X)
    assert str(odd.value) == (
        "A answers with classes, B with numbers: there is nothing to compare row by row. Compare "
        "networks of one task, or leave the data out."
    )
