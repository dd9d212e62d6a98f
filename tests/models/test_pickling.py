"""Pickles and deep copies of networks."""

from __future__ import annotations

import copy
import pickle
from typing import Any

import numpy as np
import pytest

from pellucid import Backprop, BatchNorm, Dense, Network, data
from pellucid.learn import SGD, Adam, Oja, Perceptron
from pellucid.nn import ActivationFunction
from pellucid.ops import maximum, tanh

X, Y = data.load("iris")


def through(net: Network) -> Network:
    found = pickle.loads(pickle.dumps(net))  # noqa: S301
    assert isinstance(found, Network)
    return found


@pytest.mark.parametrize("rule", ["adam", Backprop(SGD(0.01, momentum=0.9)), None])
def test_learning_goes_on_after_a_pickle_to_the_bit(rule: Any) -> None:
    net = Network([Dense(8, activation="relu"), BatchNorm(), Dense()], seed=3)
    net.fit(X, Y, epochs=3, rule=rule)
    other = through(net)
    for each in (net, other):
        each.fit(X, Y, epochs=2, rule=rule)
    np.testing.assert_array_equal(net.predict_proba(X), other.predict_proba(X))
    assert net.steps_taken == other.steps_taken
    assert net.provenance["data"] == other.provenance["data"]


def test_numbers_classes_and_no_targets_come_back() -> None:
    numbers = Network(hidden=[4]).build(X, X[:, 0] * 1.5)
    np.testing.assert_array_equal(through(numbers).predict(X), numbers.predict(X))
    classes = Network(hidden=[4]).build(X, Y)
    assert through(classes).classes.tolist() == classes.classes.tolist()
    free = Network([Dense(2)])
    free.fit(X, rule=Oja(), epochs=1)
    np.testing.assert_array_equal(through(free).predict(X), free.predict(X))


def test_a_network_without_sizes_comes_back_as_it_is() -> None:
    net = through(Network(hidden=[4, 2], loss="hinge", scale_inputs=False, seed=7))
    assert repr(net) == repr(Network(hidden=[4, 2], seed=7))
    net.fit(X, Y, epochs=1)
    assert net.loss.kind == "hinge"


def test_a_function_of_ones_own_comes_back_as_its_graph() -> None:
    net = Network([Dense(4, activation=lambda z: maximum(z, 0.1 * z) + tanh(z)), Dense()])
    net.fit(X, Y, epochs=1)
    other = through(net)
    np.testing.assert_array_equal(net.predict_proba(X), other.predict_proba(X))
    other.fit(X, Y, epochs=1)


class Bent(ActivationFunction):
    kind = "bent_of_test_pickling"

    def __call__(self, z: Any) -> Any:
        return z * z


del ActivationFunction.classes[Bent.kind]  # other tests count those that are built in


def test_a_class_of_ones_own_is_named_in_the_pickle(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(ActivationFunction.classes, Bent.kind, Bent)
    net = Network([Dense(4, activation=Bent()), Dense()]).build(X, Y)
    assert Bent in net.__getstate__()["classes"]
    assert through(net).layers[0] == net.layers[0]


def test_a_pickle_holds_the_model_file_and_arrays_and_nothing_native() -> None:
    net = Network(hidden=[4])
    net.fit(X, Y, epochs=1, rule="adam")
    net.predict(X)
    state = net.__getstate__()
    assert sorted(state) == ["begun", "classes", "model", "rule", "slots"]
    assert state["model"][8:9] == b"{"
    assert sorted(state["slots"]) == ["mean", "square", "steps"]


@pytest.mark.parametrize("copied", [copy.deepcopy, copy.copy, through])
def test_copies_predict_the_same(copied: Any) -> None:
    net = Network(hidden=[4])
    net.fit(X, Y, epochs=2, rule=Backprop(Adam(0.01)))
    np.testing.assert_array_equal(copied(net).predict_proba(X), net.predict_proba(X))


def test_a_deep_copy_learns_apart() -> None:
    net = Network(hidden=[4]).build(X, Y)
    before = net.predict_proba(X)
    other = copy.deepcopy(net)
    other.fit(X, Y, epochs=1)
    np.testing.assert_array_equal(net.predict_proba(X), before)


def test_a_damaged_pickle_says_so() -> None:
    net = Network(hidden=[4]).build(X, Y)
    state = net.__getstate__()
    state["model"] = state["model"][:-8]
    with pytest.raises(ValueError, match="The pickled network is cut short"):
        Network(hidden=[4]).__setstate__(state)


def test_the_perceptrons_rule_comes_back() -> None:
    gate = data.load("and")
    net = Network([Dense(1, activation="step")], scale_inputs=False)
    net.fit(gate.x, gate.y, rule=Perceptron(), epochs=20)
    assert list(through(net).predict(gate.x)) == list(gate.y)
