"""The learning-rate finder, for a network and its data."""

from __future__ import annotations

import copy

import numpy as np
import pytest

from pellucid import Network, data
from pellucid.errors import ParameterError
from pellucid.learn import LBFGS, SGD, Backprop, RateTest
from pellucid.learn import find_rate as find
from pellucid.models.prepare import samples
from pellucid.run import executor

X, Y = data.load("iris")


def test_it_is_the_finder_of_the_engine() -> None:
    net = Network(hidden=[8], seed=2)
    rates = net.find_rate(X, Y, rule=Backprop(SGD()), steps=30, seed=4)
    fresh = net.copy().build(X, Y)
    task, codec, target = fresh._parts()
    engine = executor("auto")
    rows = samples(X, Y, np.ones(len(X)), codec, target, task, engine.precision)
    test = RateTest(steps=30, seed=4, batch=32)
    assert rates.found == find(task, Backprop(SGD()), fresh._reached(), rows, engine, test)
    assert rates.rows == rates.found.rows
    assert rates.suggestion == rates.found.suggestion


def test_the_network_stays_as_it_is() -> None:
    net = Network(hidden=[8])
    net.find_rate(X, Y, steps=10)
    with pytest.raises(ParameterError):
        net.summary()
    net.fit(X, Y, epochs=1, progress=False)
    before = copy.deepcopy(net.parameters)
    net.find_rate(X, Y, steps=10)
    assert net.steps_taken == 5
    for name, array in before.items():
        np.testing.assert_array_equal(array, net.parameters[name])


def test_the_suggested_rate_learns() -> None:
    rates = Network(hidden=[8]).find_rate(X, Y, rule=Backprop(SGD()))
    assert rates.suggestion is not None
    net = Network(hidden=[8])
    net.fit(X, Y, epochs=60, rule=Backprop(SGD(rates.suggestion)), progress=False)
    assert net.score(X, Y) > 0.95


def test_its_text() -> None:
    net = Network(hidden=[8])
    rates = net.find_rate(X, Y, rule="sgd", low=1e-3, high=1e-2, steps=10)
    assert str(rates) == (
        f"Suggested learning rate: {rates.suggestion:.3g}; all rates were tried at 0.01."
        if rates.suggestion is not None
        else "No rate made the loss fall; all rates were tried at 0.01."
    )


def test_its_curve() -> None:
    figure = Network(hidden=[8]).find_rate(X, Y, steps=20).plot()
    assert {trace.name for trace in figure.data} >= {"loss", "smoothed"}


def test_what_it_does_not_do() -> None:
    net = Network(hidden=[8])
    with pytest.raises(ParameterError, match=r"^RateTest expects steps to be"):
        net.find_rate(X, Y, steps=1)
    with pytest.raises(TypeError, match="stepps"):
        net.find_rate(X, Y, stepps=1)
    with pytest.raises(ParameterError, match=r"^find_rate expects a rule with a learning rate"):
        net.find_rate(X, Y, rule=Backprop(LBFGS()))
