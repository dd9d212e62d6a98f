"""What weights say: worked by hand, one hidden layer and two."""

from __future__ import annotations

import numpy as np
import pytest

from pellucid import Conv2D, Dense, Dropout, Flatten, Network
from pellucid.inspect.weights import dense_weights, first_weights, garson, grouped, olden

FIRST = np.array([[1.0, -2.0], [3.0, 2.0]])
SECOND = np.array([[2.0], [-4.0]])


def test_garson_by_hand() -> None:
    # hidden 1: shares 1/4, 3/4; hidden 2: 1/2, 1/2; outputs weigh them 2/6 and 4/6
    wanted = [1 / 4 / 3 + 1 / 2 * 2 / 3, 3 / 4 / 3 + 1 / 2 * 2 / 3]
    assert garson([FIRST, SECOND]) == pytest.approx(wanted)
    assert garson([FIRST, SECOND]).sum() == pytest.approx(1.0)
    assert garson([np.zeros((2, 1)), np.ones((1, 1))]).tolist() == [0.0, 0.0]


def test_olden_by_hand() -> None:
    assert olden([FIRST, SECOND]).tolist() == [1 * 2 + 2 * 4, 3 * 2 - 2 * 4]
    # two outputs: what is added to both says nothing
    two = np.array([[2.0, 4.0], [5.0, 5.0]])
    assert olden([two]).tolist() == [1.0, 0.0]


def test_the_first_weights_of_dense_networks() -> None:
    x, y = np.arange(12.0).reshape(6, 2), np.arange(6.0) / 4
    net = Network([Dropout(0.1), Dense(2), Dense()], seed=0).build(x, y)
    weight = net.parameters["dense_1.weight"]
    found = first_weights(net)
    assert found is not None
    assert found == pytest.approx(np.abs(weight).sum(axis=1))
    dense = dense_weights(net)
    assert dense is not None
    assert [own.shape for own in dense] == [(2, 2), (2, 1)]


def test_other_networks_have_none() -> None:
    x, y = np.zeros((4, 1, 6, 6)), [0.0, 1.0, 2.0, 3.0]
    x[0, 0, 0, 0] = 1.0
    net = Network([Conv2D(2, 3), Flatten(), Dense()], seed=0).build(x, y)
    assert first_weights(net) is None
    assert dense_weights(net) is None


def test_an_embedded_column_has_the_weights_of_its_units() -> None:
    import polars as pl

    names = [f"town {k % 40}" for k in range(400)]
    frame = pl.DataFrame({"town": names, "size": np.arange(400.0) % 17})
    net = Network(hidden=[3], columns={"town": "category"}, seed=0)
    net.build(frame, np.arange(400.0) % 7)
    assert net.inputs.lookups
    found, weight = first_weights(net), net.parameters["dense_1.weight"]
    assert found is not None
    sizes = np.abs(weight).sum(axis=1)
    plain = len(sizes) - net.inputs.lookups[0][1]
    assert found == pytest.approx([*sizes[:plain], sizes[plain:].sum()])
    assert len(found) == net.inputs.sample_shape[0]
    assert dense_weights(net) is None


def test_numbers_of_a_column_are_added_up() -> None:
    assert grouped(np.array([1.0, 2.0, 4.0]), [[2], [0, 1]]).tolist() == [4.0, 3.0]
