"""The penalty of the default rule: what a linear model leaves of rows it has not seen."""

from __future__ import annotations

from typing import Any

import numpy as np
import polars as pl
import pytest

from pellucid import Backprop, Dense, Network, data
from pellucid.learn import Adam, Cosine
from pellucid.models.penalty import MOST, RIDGES, UNKNOWN, chance, suited, unexplained
from pellucid.models.run import default_rule


def parts(x: Any, y: Any, **options: Any) -> tuple[Any, Any]:
    _, codec, target = Network(hidden=[4], seed=0, **options).build(x, y)._parts()
    return codec, target


@pytest.mark.parity
@pytest.mark.parametrize("outputs", [1, 3])
def test_unexplained_is_what_ridge_regression_leaves_of_each_row_in_turn(outputs: int) -> None:
    from sklearn.linear_model import Ridge

    draw = np.random.default_rng(0)
    z = draw.normal(size=(30, 4)) * [1, 2, 3, 0.1] + 5
    wanted = z @ draw.normal(size=(4, outputs)) + draw.normal(size=(30, outputs))
    squares = []
    for ridge in RIDGES:
        errors = []
        for row in range(30):
            others = np.arange(30) != row
            model = Ridge(alpha=ridge).fit(z[others], wanted[others])
            errors.append(wanted[row] - model.predict(z[row : row + 1]).reshape(-1))
        squares.append(np.square(errors).sum())
    spread = np.square(wanted - wanted.mean(axis=0)).sum()
    assert unexplained(z, wanted) == pytest.approx(min(squares) / spread, rel=1e-6)


def test_more_columns_than_rows_and_columns_that_say_the_same() -> None:
    draw = np.random.default_rng(1)
    z = draw.normal(size=(40, 3))
    wide = np.concatenate([z, z, draw.normal(size=(40, 60))], axis=1)
    assert unexplained(wide, z[:, :1]) < 0.5
    assert unexplained(wide, draw.normal(size=(40, 1))) > 0.8


@pytest.mark.parametrize("z", [np.zeros((30, 2)), np.ones((30, 1))])
def test_nothing_is_explained_by_constants(z: Any) -> None:
    assert unexplained(z, np.arange(30.0)[:, None]) == 1.0
    assert unexplained(np.arange(30.0)[:, None], np.ones((30, 1))) == 1.0


@pytest.mark.parametrize(("noise", "expected"), [(0.0, 0.0), (1.0, 0.5), (20.0, 1.0)])
def test_chance_is_the_share_of_the_noise(noise: float, expected: float) -> None:
    draw = np.random.default_rng(2)
    x = draw.normal(size=(3000, 2))
    y = x[:, 0] + noise * draw.normal(size=3000)
    assert chance(x, y, *parts(x, y)) == pytest.approx(expected, abs=0.04)


def test_chance_is_not_estimated_from_a_gate_a_picture_or_places_alone() -> None:
    x, y = data.load("xor")
    assert chance(x, y, *parts(x, y)) == UNKNOWN
    x = np.random.default_rng(0).random((30, 6, 6))
    y = np.arange(30) % 2
    assert chance(x, y, *parts(x, y)) == UNKNOWN
    names = pl.DataFrame({"name": [f"n{k % 40}" for k in range(400)]})
    codec, target = parts(names, np.arange(400) % 2)
    assert codec.lookups
    from pellucid.data.frame import Table

    assert chance(Table.of(names), np.arange(400) % 2, codec, target) == UNKNOWN


def test_the_penalty_falls_with_the_rows_and_is_larger_for_squared_error() -> None:
    draw = np.random.default_rng(3)
    x = draw.normal(size=(400, 3))
    y = draw.normal(size=400)
    net = Network(hidden=[4], seed=0).build(x, y)
    few, many = (suited(default_rule(n), net, x[:n], y[:n]) for n in (200, 400))
    assert isinstance(few, Backprop) and isinstance(many, Backprop)
    assert few.l2 == pytest.approx(12 / 200, rel=0.1)
    assert many.l2 == pytest.approx(12 / 400, rel=0.1)
    classes = Network(hidden=[4], seed=0).build(x, y > 0)
    found = suited(default_rule(400), classes, x, y > 0)
    assert isinstance(found, Backprop) and found.l2 == pytest.approx(8 / 400, rel=0.1)


def test_fit_takes_it_unless_a_rule_is_given() -> None:
    x, y = data.load("iris")
    net = Network([Dense(4, activation="relu"), Dense()], seed=0)
    run = net.fit(x, y, epochs=1)
    share = chance(x, y, net.inputs, net._parts()[2])
    assert 0 < share < 1
    assert run.rule == Backprop(Adam(Cosine(0.005)), l2=8 * share / 150)
    again = net.fit(x, y, epochs=1)
    assert again.rule == run.rule
    own = Backprop(Adam(0.01))
    assert net.fit(x, y, epochs=1, rule=own).rule == own


def test_at_most_so_many_rows_are_looked_at() -> None:
    class Counting:
        lookups, sample_shape, seen = (), (1,), 0

        def encode(self, x: Any, dtype: Any) -> Any:
            Counting.seen = len(x)
            return np.asarray(x, dtype)

    x = np.arange(10.0 * MOST)[:, None]
    target = parts(x, x[:, 0])[1]
    codec: Any = Counting()
    assert chance(x, x[:, 0], codec, target) < 1e-9
    assert Counting.seen == MOST
