"""Importance by all measures side by side: ranks, agreement, notes, text."""

from __future__ import annotations

from typing import Any

import numpy as np
import polars as pl
import pytest

from pellucid import Dense, Flatten, Network
from pellucid.errors import ParameterError
from pellucid.inspect import Importance, PictureImportance, column_importance
from pellucid.inspect.side_by_side import importance
from pellucid.inspect.weights import olden

RNG = np.random.default_rng(0)


def linear(weights: list[float], x: Any) -> Network:
    """A network that computes x w, but for the target's scale."""
    net = Network([Dense()], scale_inputs=False, seed=0).build(x, x @ np.array(weights))
    target: Any = net._parts()[2]
    w = np.array(weights) / target.scale[0]
    return net.with_parameters(
        {"dense_1.weight": w[:, None], "dense_1.bias": -target.mean / target.scale}
    )


def of(net: Network, x: Any, y: Any, **options: Any) -> Importance:
    found = importance(net, x, y, **options)
    assert isinstance(found, Importance)
    return found


def test_shapley_values_of_a_linear_network_are_worked_out_by_hand() -> None:
    x = RNG.normal(size=(30, 3))
    weights = [3.0, -1.0, 0.0]
    net = linear(weights, x)
    found = of(net, x, x @ np.array(weights))
    assert found.shapley is not None
    # each row's value is w (x - mean of the rows that it is compared with)
    from pellucid.data.draw import Draw

    order = Draw(0, "rows of Shapley values").order(30)
    middle = x[order[-10:]].mean(axis=0)
    wanted = np.abs(np.array(weights) * (x - middle)).mean(axis=0)
    assert found.shapley == pytest.approx(wanted, rel=1e-5, abs=1e-9)
    assert found.rows()[0]["shapley_rank"] == 1


def test_all_measures_have_ranks_and_agreements() -> None:
    x = RNG.normal(size=(200, 4))
    y = 3 * x[:, 0] + x[:, 1] + 0.2 * x[:, 2]
    net = Network(hidden=[8], seed=0)
    net.fit(x, y, epochs=40)
    found = of(net, x, y)
    row = found.rows()[0]
    assert row["column"] == "x1"
    for name in ("garson", "olden", "shapley"):
        assert row[f"{name}_rank"] == 1
    told = found.agreements()
    assert told["shapley"] is not None and told["shapley"] > 0.7
    assert found.agreements()["weights"] == found.agreement
    assert found.olden is not None
    wanted = olden([net.parameters["dense_1.weight"], net.parameters["dense_2.weight"]])
    assert found.olden == pytest.approx(wanted, rel=1e-5)


def twins(count: int = 5) -> tuple[Network, Any]:
    """A network that fires by most of some columns that are alike, else by three others."""
    rng = np.random.default_rng(1)
    same = rng.integers(-1, 2, 400).astype(float)
    x = np.column_stack([*[same] * count, rng.normal(size=(400, 3))])
    net = Network([Dense(3, activation="tanh"), Dense(1)], loss="binary_cross_entropy",
                  scale_inputs=False, seed=0)  # fmt: skip
    net.build(x, np.arange(400) % 2)
    weight = np.zeros((count + 3, 3))
    weight[:count, :2] = 20.0
    weight[count:, 2] = [0.5, 0.3, 0.1]
    net = net.with_parameters({
        "dense_1.weight": weight, "dense_1.bias": np.array([-50.0, 50.0, 0.0]),
        "dense_2.weight": np.array([[5.0], [5.0], [2.0]]), "dense_2.bias": np.zeros(1),
    })  # fmt: skip
    return net, x


def test_columns_that_stand_in_for_one_another_are_found_by_shuffling_both() -> None:
    net, x = twins()
    found = column_importance(net, x, net.predict(x))
    assert not found.rises[:5].any()  # one of five may be wrong
    assert found.rises[5].mean() > 0.01
    note = found.notes["x1"]
    assert note.startswith(
        "1st by weights, 4th by shuffling: it goes along with x2 (correlation 1.00), which tells "
        "the network much the same when it is shuffled. Shuffled together, the error rises by 0."
    )
    assert note.endswith(", not 0.")


def test_columns_that_go_along_and_do_nothing_are_not_said_to_stand_in() -> None:
    net, x = twins()
    silent = net.parameters["dense_2.weight"].copy()
    silent[:2] = 0.0
    net = net.with_parameters({"dense_2.weight": silent})
    found = column_importance(net, x, net.predict(x))
    assert found.notes["x1"] == (
        "1st by weights, 4th by shuffling: its large weights cancel out further on, or act where "
        "the answer is clear anyway."
    )


def test_the_text_says_what_disagrees_and_why() -> None:
    x = RNG.normal(size=(400, 6)) * np.array([0.001, 1, 1, 1, 1, 50.0])
    net = linear([3.0, 1.0, 1.1, 1.2, 1.3, 0.2], x)
    found = of(net, x, net.predict(x))
    text = found.text()
    assert text.startswith("Shuffled among 400 rows, 10 times: by how much the error (rmse) rises")
    assert "x1 ⚑" in text
    assert "Where they disagree" in text
    assert "1st by weights, 6th by shuffling: its numbers seldom vary" in text
    assert str(found) == text
    assert "x1 ⚑" in found._repr_html_()
    assert [trace.name for trace in found.plot().data] == ["by shuffling", "by weights"]
    short = found.text(most=2)
    assert "and 4 more columns" in short


def test_columns_of_a_table_have_all_their_numbers_together() -> None:
    kind = RNG.choice(["oak", "elm", "fir"], 120)
    frame = pl.DataFrame({"kind": kind, "size": RNG.normal(size=120)})
    y = 3 * (kind == "oak") + 0.5 * frame["size"].to_numpy()
    net = Network(hidden=[6], seed=0)
    net.fit(frame, y, epochs=40)
    found = of(net, frame, y)
    assert found.columns == ("kind", "size")
    assert found.shapley is not None
    assert found.shapley[0] > found.shapley[1]


def test_pictures_have_a_map_and_no_columns() -> None:
    x = RNG.random((40, 8, 8))
    net = Network([Flatten(), Dense()], seed=0).build(x, np.arange(40) % 2)
    found = net.importance(x, np.arange(40) % 2)
    assert isinstance(found, PictureImportance)
    with pytest.raises(ParameterError) as caught:
        importance(net, x, np.arange(40) % 2, repeats=3)
    assert str(caught.value) == (
        "names, repeats and shapley are for rows of columns, and these are pictures. Leave them "
        "out."
    )


def test_shapley_values_can_be_left_out() -> None:
    x = RNG.normal(size=(30, 3))
    net = linear([1.0, 2.0, 3.0], x)
    assert of(net, x, x[:, 0], shapley=False).shapley is None
