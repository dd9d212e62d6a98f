"""A network at a glance."""

from __future__ import annotations

import json
import re

import numpy as np
import pytest

from pellucid import BatchNorm, Conv2D, Dense, Dropout, Flatten, Network, Parallel, Residual, data
from pellucid.errors import ParameterError
from pellucid.learn import Oja
from pellucid.models.summary import describe
from pellucid.nn import Layer
from tests.nn.cases import LAYERS, Case

X, Y = data.load("iris")
RNG = np.random.default_rng(0)


def nested() -> Network:
    block = Residual([Conv2D(4, 3, padding="same"), BatchNorm()], shortcut=Conv2D(4, 1, bias=False))
    layers = [
        Conv2D(2, 3, activation="relu"), block, Flatten(),
        Parallel([Dense(3), [Dense(4), Dropout(0.3)]]), Dense(),
    ]  # fmt: skip
    return Network(layers).build(RNG.normal(size=(9, 6, 6)), np.arange(9) % 3)


def test_a_table_of_layers() -> None:
    assert str(Network(hidden=[8]).build(X, Y).summary()) == (
        "4 numbers in, each column scaled; 3 classes out: setosa, versicolor, virginica\n"
        "layer    kind                       gives  parameters  bytes\n"
        "dense_1  Dense(8, activation=relu)  8              40    320\n"
        "dense_2  Dense(3)                   3              27    216\n"
        "total                                              67    536\n"
        "loss: categorical_cross_entropy"
    )


def test_layers_within_layers() -> None:
    summary = nested().summary()
    rows = [(row.depth, row.name, row.shape, row.parameters, row.bytes) for row in summary.rows]
    assert rows == [
        (0, "conv2d_1", (2, 4, 4), 20, 160),
        (0, "residual_1", (4, 4, 4), 92, 800),
        (1, "residual_1.conv2d_1", (4, 4, 4), 76, 608),
        (1, "residual_1.batch_norm_1", (4, 4, 4), 8, 128),  # 8 running statistics beside them
        (1, "residual_1.shortcut", (4, 4, 4), 8, 64),
        (0, "flatten_1", (64,), 0, 0),
        (0, "parallel_1", (7,), 455, 3640),
        (1, "parallel_1.dense_1", (3,), 195, 1560),
        (1, "parallel_1.chain_1", (4,), 260, 2080),
        (2, "parallel_1.chain_1.dense_1", (4,), 260, 2080),
        (2, "parallel_1.chain_1.dropout_1", (4,), 0, 0),
        (0, "dense_1", (3,), 24, 192),
    ]
    assert re.search(r"\n    dropout_1 +Dropout\(0\.3\) +4 +0 +0\n", str(summary))
    assert "values of 6 x 6 in, all scaled together; 3 classes out: 0, 1, 2" in str(summary)


def test_the_sums_are_those_of_the_network() -> None:
    net = nested()
    summary = net.summary()
    top = [row for row in summary.rows if row.depth == 0]
    assert sum(row.parameters for row in top) == summary.parameters
    assert summary.parameters == sum(array.size for array in net.parameters.values())
    assert sum(row.bytes for row in top) == summary.bytes
    for row in summary.rows:
        inside = [a for name, a in net.parameters.items() if name.startswith(f"{row.name}.")]
        assert row.parameters == sum(array.size for array in inside)


def test_bytes_are_those_of_the_precision() -> None:
    net = Network(hidden=[8])
    net.fit(X, Y, epochs=1, precision="float32", progress=False)
    assert net.summary().bytes == 67 * 4


@pytest.mark.parametrize("case", [case for case in LAYERS if case.in_shape], ids=str)
def test_every_layer_has_a_row(case: Case) -> None:
    x = (
        RNG.integers(0, 7, (6, *case.in_shape))
        if case.layer.input_dtype == "int"
        else RNG.normal(size=(6, *case.in_shape))
    )
    net = Network([case.layer, Flatten(), Dense()], scale_inputs=False).build(x, RNG.normal(size=6))
    row = net.summary().rows[0]
    first = net.architecture.layers[0][1]
    assert row.kind.startswith(f"{type(first).__name__}(")
    if type(first) is type(case.layer):
        assert row.shape == case.out_shape


def test_only_settings_that_are_not_usual_are_shown() -> None:
    cases: list[tuple[Layer, str]] = [
        (Dense(3), "Dense(3)"),
        (Dense(3, activation="tanh", bias=False), "Dense(3, activation=tanh, bias=False)"),
        (Dense(3, lambda z: z, name="mine"), "Dense(3, activation=<lambda>)"),
        (Conv2D(4, 3), "Conv2D(4, 3)"),
        (Conv2D(4, (3, 5), stride=2), "Conv2D(4, (3, 5), stride=2)"),
        (Dropout(0.25), "Dropout(0.25)"),
        (BatchNorm(), "BatchNorm()"),
        (Flatten(), "Flatten()"),
        (Residual([Dense(3)]), "Residual()"),
    ]
    for layer, text in cases:
        assert describe(layer) == text


def test_what_goes_in_and_comes_out() -> None:
    def first_line(net: Network) -> str:
        return str(net.summary()).splitlines()[0]

    many = np.arange(150) % 10
    assert first_line(Network(hidden=[2]).build(X, many)).endswith(
        "10 classes out: 0, 1, 2, ..., 9"
    )
    plain = Network(hidden=[2], scale_inputs=False).build(X, X[:, :2])
    assert first_line(plain) == "4 numbers in, as they are; 2 numbers out"
    assert first_line(Network(hidden=[2]).build(X[:, :1], X[:, 1])) == (
        "1 number in, each column scaled; 1 number out"
    )
    free = Network([Dense(2)])
    free.fit(X, rule=Oja(), epochs=1, progress=False)
    assert first_line(free) == "4 numbers in, each column scaled; 2 out, learned without targets"


def test_as_json_and_as_html() -> None:
    labels = np.array(["<b>", "a&b"])[np.arange(150) % 2]
    summary = Network(hidden=[2]).build(X, labels).summary()
    plain = summary.to_dict()
    assert json.loads(json.dumps(plain)) == plain
    assert plain["rows"][0] == {
        "name": "dense_1", "kind": "Dense(2, activation=relu)", "shape": [2], "parameters": 10,
        "bytes": 80, "depth": 0,
    }  # fmt: skip
    page = summary._repr_html_()
    assert "&lt;b&gt;, a&amp;b" in page
    assert "<b>" not in page
    assert len(re.findall("<tr>", page)) == 1 + 2 + 1
    assert not re.search(r"(?<!-)color:|background", page)  # the page's own colours


def test_a_network_that_has_seen_no_data() -> None:
    with pytest.raises(ParameterError, match=r"^This network has no sizes or parameters yet"):
        Network(hidden=[8]).summary()
