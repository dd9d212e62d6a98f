"""The flat parameter vector: where each array lies, in NumPy and in the graph."""

from __future__ import annotations

import numpy as np
import pytest

from pellucid.errors import UnknownNameError
from pellucid.graph import Builder
from pellucid.nn import Architecture, BatchNorm, Chain, Constant, Dense, Layout, Normal, Parameter
from pellucid.run import ReferenceExecutor

LAYOUT = Layout(
    (
        Parameter("a.weight", (2, 3), Normal()),
        Parameter("a.bias", (3,), Constant(2.0), kind="bias"),
        Parameter("b.scalar", (), Constant(5.0)),
        Parameter("b.empty", (0, 4), Normal()),
        Parameter("b.mean", (2,), Constant(0.0), kind="state"),
    )
)


def test_arrays_lie_in_order_and_without_gaps() -> None:
    views = LAYOUT.views(np.arange(LAYOUT.size))
    assert LAYOUT.size == 12
    assert {name: view.tolist() for name, view in views.items()} == {
        "a.weight": [[0, 1, 2], [3, 4, 5]],
        "a.bias": [6, 7, 8],
        "b.scalar": 9,
        "b.empty": [],
        "b.mean": [10, 11],
    }


def test_a_view_writes_to_the_vector() -> None:
    vector = np.zeros(12)
    LAYOUT.views(vector)["a.bias"][1] = 7.0
    np.testing.assert_array_equal(np.flatnonzero(vector), [7])


def test_nodes_see_what_views_see_and_join_is_the_way_back() -> None:
    b = Builder()
    vector = b.input("vector", (12,))
    values = LAYOUT.values(vector)
    graph = b.build(joined=LAYOUT.join(values, vector), **{"a.weight": values["a.weight"]})
    data = np.arange(12.0)
    found = ReferenceExecutor().compile(graph).run({"vector": data})
    np.testing.assert_array_equal(found["joined"], data)
    np.testing.assert_array_equal(found["a.weight"], LAYOUT.views(data)["a.weight"])
    assert values["b.mean"].node.scope == "b"


def test_an_empty_layout() -> None:
    empty = Layout(())
    assert (empty.size, empty.names) == (0, [])
    assert empty.initial(0).shape == (0,)
    vector = Builder().input("vector", (0,))
    assert empty.join({}, vector) is vector


def test_first_values_follow_from_the_seed_and_the_name() -> None:
    first = LAYOUT.initial(1)
    np.testing.assert_array_equal(first[6:], [2.0, 2.0, 2.0, 5.0, 0.0, 0.0])
    np.testing.assert_array_equal(first, LAYOUT.initial(1))
    assert not np.array_equal(first[:6], LAYOUT.initial(2)[:6])
    alone = Layout(LAYOUT.parameters[:1]).initial(1)
    np.testing.assert_array_equal(first[:6], alone)


def test_selecting_and_looking_up() -> None:
    assert LAYOUT.select(("state",)).names == ["b.mean"]
    assert LAYOUT.select(("weight", "bias")).size == 10
    assert LAYOUT["a.bias"].shape == (3,)
    with pytest.raises(UnknownNameError) as caught:
        LAYOUT["a.biass"]
    assert str(caught.value) == (
        "There is no parameter 'a.biass'. Did you mean 'a.bias'? Known: a.bias, a.weight, "
        "b.empty, b.mean, b.scalar."
    )


def test_an_architecture_runs_on_the_flat_vectors() -> None:
    net = Architecture(Chain([Dense(2, bias=False), BatchNorm()]), (3,))
    b = Builder()
    from pellucid.graph import BATCH

    traced = net.trace(
        b.input("x", (BATCH, 3)), b.input("p", (net.learned.size,)), b.input("s", (4,))
    )
    program = ReferenceExecutor().compile(b.build(y=traced.output, state=traced.state))
    params, state = net.learned.initial(0), np.array([1.0, 2.0, 3.0, 8.0])
    x = np.array([[1.0, 2.0, 3.0]])
    found = program.run({"x": x, "p": params, "s": state})
    z = x @ net.learned.views(params)["dense_1.weight"]
    expected = (z - [1.0, 2.0]) / np.sqrt(np.array([3.0, 8.0]) + 1e-5)
    np.testing.assert_allclose(found["y"], expected, rtol=1e-13)
    np.testing.assert_array_equal(found["state"], state)
