"""Importance by shuffling: the same as shuffling the columns of the table, and as scikit-learn."""

from __future__ import annotations

from typing import Any

import numpy as np
import polars as pl
import pytest

from pellucid import Dense, Flatten, Network, data
from pellucid.data.draw import Draw
from pellucid.errors import DataError
from pellucid.inspect import column_importance, picture_importance
from pellucid.inspect.effort import FEWEST_ROWS, MOST_ROWS, chosen_rows, error, work_a_row

RNG = np.random.default_rng(0)
COUNT = 240


def table() -> tuple[pl.DataFrame, Any]:
    kind = RNG.choice(["oak", "elm", "fir"], COUNT)
    size, noise = RNG.normal(0, 1, COUNT), RNG.normal(0, 1, COUNT)
    age = np.where(RNG.random(COUNT) < 0.1, np.nan, RNG.normal(50, 20, COUNT))
    frame = pl.DataFrame({"kind": kind, "size": size, "age": age, "noise": noise})
    frame = frame.with_columns(pl.col("age").fill_nan(None))
    return frame, 3 * size + 2 * (kind == "oak") + np.nan_to_num(age) / 50


def test_shuffling_is_shuffling_the_columns_of_the_table() -> None:
    frame, y = table()
    net = Network(hidden=[8], seed=0)
    net.fit(frame, y, epochs=20)
    found = column_importance(net, frame, y, repeats=2, seed=5)
    assert found.columns == ("kind", "size", "age", "noise")
    draw = Draw(5, "shuffled columns")
    orders = [draw.order(COUNT) for _ in range(2)]
    base = error("numbers", y, net.predict(frame))
    assert found.error == pytest.approx(base, rel=1e-5)
    for place, name in enumerate(found.columns):
        for repeat, order in enumerate(orders):
            shuffled = frame.with_columns(pl.Series(name, frame[name].to_list())[order])
            rise = error("numbers", y, net.predict(shuffled)) - base
            assert found.rises[place, repeat] == pytest.approx(rise, abs=1e-5)
    rows = found.rows()
    assert [row["column"] for row in rows][:2] == ["size", "kind"]
    assert [row["rank"] for row in rows] == [1, 2, 3, 4]
    assert rows[0]["rise"] == pytest.approx(float(found.rises[1].mean()))


def test_it_is_that_of_scikit_learn_within_what_shuffles_vary() -> None:
    from sklearn.inspection import permutation_importance

    x, y = data.load("wine")
    net = Network(hidden=[8], seed=0)
    net.fit(x, y, epochs=20)

    def right(model: Any, x: Any, y: Any) -> float:
        return float(np.mean(model.predict(x) == y))

    known = permutation_importance(net, x, y, scoring=right, n_repeats=30, random_state=0)
    found = column_importance(net, x, y, repeats=30)
    apart = np.abs(found.rises.mean(axis=1) - known.importances_mean)
    spread = np.sqrt(found.rises.std(axis=1) ** 2 + known.importances_std**2) / np.sqrt(30)
    assert (apart <= 4 * spread + 1e-12).all()
    assert found.measure == "share wrong"


def test_the_rows_asked_about_are_left_as_they_were() -> None:
    x = RNG.normal(size=(50, 3))
    kept = x.copy()
    net = Network(hidden=[2], scale_inputs=False, seed=0).build(x, x[:, 0])
    column_importance(net, x, x[:, 0])
    assert (x == kept).all()


def linear(weights: list[float], x: Any) -> Network:
    net = Network([Dense()], scale_inputs=False, seed=0).build(x, x @ np.array(weights))
    return net.with_parameters({"dense_1.weight": np.array(weights)[:, None]})


def test_disagreement_is_explained_by_the_columns_spread() -> None:
    x = RNG.normal(size=(400, 6)) * np.array([0.001, 1, 1, 1, 1, 50.0])
    net = linear([3.0, 1.0, 1.1, 1.2, 1.3, 0.2], x)
    found = column_importance(net, x, net.predict(x))
    rows = {row["column"]: row for row in found.rows()}
    assert rows["x1"]["weights_rank"] == 1
    assert rows["x1"]["rank"] == 6
    assert rows["x1"]["note"] == (
        "1st by weights, 6th by shuffling: its numbers seldom vary (deviation 0.00 as the network "
        "sees them), so that even large weights move the answers of few rows."
    )
    spread = float(x[:, 5].astype(np.float32).std())
    assert rows["x6"]["note"] == (
        f"6th by weights, 1st by shuffling: its numbers vary widely (deviation {spread:.2f} as the "
        "network sees them), so that small weights move the answers far."
    )
    assert rows["x3"]["note"] is None
    assert found.agreement is not None
    assert found.agreement < 0


def test_disagreement_is_explained_by_a_column_that_goes_along() -> None:
    x = RNG.normal(size=(400, 6))
    x[:, 1] = x[:, 0] + 0.001 * RNG.normal(size=400)
    net = Network([Dense(1, activation="relu"), Dense()], scale_inputs=False, seed=0)
    net.build(x, x[:, 2])
    # a unit that never fires reads the twins: all weight, no effect
    net = net.with_parameters({
        "dense_1.weight": np.array([[5.0], [4.0], [1.0], [1.0], [1.0], [1.0]]),
        "dense_1.bias": np.array([-1000.0]),
    })  # fmt: skip
    found = column_importance(net, x, x[:, 2])
    assert (found.rises == 0).all()
    notes = [row["note"] for row in found.rows()]
    assert notes == [None] * 6  # all ranks by shuffling are equal to the first
    twin = Network([Dense()], scale_inputs=False, seed=0).build(x, x[:, 2])
    twin = twin.with_parameters(
        {"dense_1.weight": np.array([[9.0], [-9.0], [1.0], [1.1], [1.2], [1.3]])}
    )
    rows = {r["column"]: r for r in column_importance(twin, x, twin.predict(x)).rows()}
    assert rows["x1"]["note"] is None  # shuffling one of two that cancel does much harm


def test_pictures_are_refused_and_too_few_rows_too() -> None:
    x = RNG.normal(size=(4, 5, 5))
    net = Network([Flatten(), Dense()], seed=0).build(x, [0.0, 1.0, 2.0, 3.0])
    with pytest.raises(DataError) as caught:
        column_importance(net, x, [0.0, 1.0, 2.0, 3.0])
    assert str(caught.value) == (
        "column_importance is for rows of columns, and this network takes pictures. Use "
        "picture_importance."
    )
    flat = Network(hidden=[2], seed=0).build(x[:, 0], [0.0, 1.0, 2.0, 3.0])
    with pytest.raises(DataError) as caught:
        column_importance(flat, x[:1, 0], [0.0])
    assert str(caught.value) == "Shuffling needs at least 2 rows, got 1. Give more."
    with pytest.raises(DataError) as caught:
        picture_importance(flat, x[:, 0], [0.0, 1.0, 2.0, 3.0])
    assert str(caught.value) == (
        "Rows of 5 are no pictures. Give size=(height, width), or use column_importance."
    )


def test_the_map_of_pictures_shows_the_block_that_decides() -> None:
    x = RNG.random((200, 16, 16))
    x[:, 4:6, 10:12] = np.where(np.arange(200) % 2, 1.0, 0.0)[:, None, None]
    y = np.arange(200) % 2
    net = Network([Flatten(), Dense()], seed=0)
    net.fit(x, y, epochs=20)
    found = picture_importance(net, x, y)
    assert found.rises.shape == (8, 8)
    assert int(found.rises.argmax()) == 2 * 8 + 5
    assert found.rises[2, 5] > 0.3
    assert np.delete(found.rises.reshape(-1), 2 * 8 + 5).max() < 0.1
    assert found.weights is not None
    assert found.weights.shape == found.mean.shape == (16, 16)
    assert found.weights[4:6, 10:12].min() > np.median(found.weights)
    flat = Network(hidden=[4], seed=0)
    flat.fit(x.reshape(200, -1), y, epochs=5)
    assert picture_importance(flat, x.reshape(200, -1), y, size=(16, 16)).rises.shape == (8, 8)


def test_the_work_is_bounded() -> None:
    x = RNG.normal(size=(4, 3))
    net = Network(hidden=[5], seed=0).build(x, x[:, 0])
    assert work_a_row(net.architecture) == 3 * 5 + 5 + 5 + 1
    assert len(chosen_rows(500_000, 10, 100, 0)) == MOST_ROWS
    assert len(chosen_rows(500_000, 10_000, 10**9, 0)) == FEWEST_ROWS
    assert chosen_rows(7, 10, 100, 0).tolist() == [*range(7)]
