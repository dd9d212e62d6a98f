"""What the figures of a network are told: the same numbers that the network computes."""

from __future__ import annotations

import json
from types import SimpleNamespace
from typing import Any

import numpy as np
import polars as pl
import pytest

from pellucid import (
    Activation,
    BatchNorm,
    Conv2D,
    Dense,
    Dropout,
    Flatten,
    MaxPool2D,
    Network,
    data,
)
from pellucid.errors import DataError, ParameterError, UnknownNameError
from pellucid.figures.keeping import PLOTLY
from pellucid.inspect.views import trace_flow
from pellucid.inspect.views.diagram import stages
from pellucid.inspect.views.flow import flow_rows
from pellucid.inspect.views.layers import layer_outputs
from pellucid.inspect.views.losses import BY, LOSS, encoded_rows, loss_graph
from pellucid.inspect.views.surface import filter_normalised
from pellucid.run.reference import ReferenceExecutor
from tests.io.networks import of_layer
from tests.nn.cases import LAYERS, Case

NAMES = ("sepal length", "sepal width", "petal length", "petal width")


@pytest.fixture(scope="module")
def iris() -> tuple[Network, Any, Any, Any]:
    x, y = data.load("iris")
    net = Network(hidden=[6], activation="tanh", seed=0)
    run = net.fit(x, y, epochs=20, progress=False, engine="reference")
    return net, x, y, run


@pytest.fixture(scope="module")
def digits() -> tuple[Network, Any, Any]:
    x, y = data.load("digits")
    x = np.asarray(x).reshape(-1, 8, 8)[:200]
    layers = [
        Conv2D(4, 3), BatchNorm(), Activation("relu"), MaxPool2D(2), Flatten(), Dropout(0.2),
        Dense(16, activation="relu"), Dense(),
    ]  # fmt: skip
    net = Network(layers, seed=0)
    net.fit(x, y[:200], epochs=2, progress=False, engine="reference")
    return net, x, y[:200]


def test_what_layers_give_is_what_the_network_computes(iris: Any) -> None:
    net, x, *_ = iris
    found = layer_outputs(net, x[:5])
    z = net.inputs.encode(x[:5], np.float64)
    p = net.parameters
    hidden = np.tanh(z @ p["dense_1.weight"] + p["dense_1.bias"])
    np.testing.assert_allclose(found["dense_1"], hidden, rtol=1e-12)
    np.testing.assert_allclose(np.tanh(found["sum of dense_1"]), hidden, rtol=1e-12)
    scores = np.exp(found["dense_2"])
    chances = scores / scores.sum(axis=1, keepdims=True)
    np.testing.assert_allclose(chances, net.predict_proba(x[:5], engine="reference"), rtol=1e-9)


def test_the_stages_hold_weights_values_and_chances(iris: Any) -> None:
    net, x, *_ = iris
    found = stages(net, x[:1], NAMES)
    assert [stage.name for stage in found] == ["inputs", "dense_1", "dense_2"]
    np.testing.assert_array_equal(found[1].weights, net.parameters["dense_1.weight"])
    np.testing.assert_allclose(found[1].values, layer_outputs(net, x[:1])["dense_1"][0])
    assert found[0].labels == NAMES
    assert found[0].scores == ["5.1", "3.5", "1.4", "0.2"]
    chances = net.predict_proba(x[:1], engine="reference")[0]
    assert found[2].scores == [f"{chance:.1%}" for chance in chances]
    assert found[2].labels == ("setosa", "versicolor", "virginica")


def test_layers_without_a_place_of_their_own_are_told_beside(digits: Any) -> None:
    net, x, _ = digits
    found = stages(net, x[:1])
    assert [(stage.name, stage.shape) for stage in found] == [
        ("inputs", (1, 8, 8)), ("conv2d_1", (4, 6, 6)), ("max_pool2d_1", (4, 3, 3)),
        ("dense_1", (16,)), ("dense_2", (10,)),
    ]  # fmt: skip
    assert list(found[1].notes) == ["4 x 6 x 6", "kernels 3 x 3, batch norm, relu"]
    np.testing.assert_allclose(found[1].values, layer_outputs(net, x[:1])["activation_1"][0])
    assert net.diagram(x[:1], narrow=True).layout.width == 380


def test_several_rows_are_too_many_for_a_diagram(iris: Any) -> None:
    with pytest.raises(DataError) as caught:
        iris[0].diagram(iris[1][:2])
    assert str(caught.value) == "The diagram shows one row, got 2. Give x[:1], for example."


def test_the_boundary_is_what_the_network_answers(iris: Any) -> None:
    net, x, y, _ = iris
    figure = net.boundary(x, y, inputs=("petal length", "petal width"), names=NAMES)
    heat = figure.data[0]
    assert (figure.layout.xaxis.title.text, figure.layout.yaxis.title.text) == NAMES[2:]
    for row, column in ((0, 0), (50, 20), (99, 99)):
        at = x.mean(axis=0)
        at[2], at[3] = heat.x[column], heat.y[row]
        chances = net.predict_proba(at[None], engine="reference")[0]
        assert int(heat.z[row][column]) == chances.argmax()
        assert heat.text[row][column] == f"{net.classes[chances.argmax()]}: {chances.max():.1%}"
    assert "held at the mean: sepal length 5.843, sepal width 3.057" in figure.layout.title.text


def test_the_boundary_of_a_unit_and_its_line(iris: Any) -> None:
    net, x, y, _ = iris
    for unit in ("dense_1/3", ("dense_1", 3)):
        figure = net.boundary(x, y, unit=unit, inputs=(2, 3), row=x[7])
        heat, zero = figure.data[0], figure.data[1]
        at = np.array(x[7])
        at[2], at[3] = heat.x[10], heat.y[90]
        found = layer_outputs(net, at[None])
        assert heat.z[90][10] == pytest.approx(found["dense_1"][0, 3], rel=1e-3)
        assert zero.z[90][10] == pytest.approx(found["sum of dense_1"][0, 3], rel=1e-3)
        assert zero.contours.start == zero.contours.end == 0


def test_the_boundary_over_a_table_holds_texts_at_the_most_frequent() -> None:
    rows = np.random.default_rng(0)
    frame = pl.DataFrame({
        "size": rows.normal(50, 10, 120), "age": rows.integers(1, 90, 120),
        "colour": ["red"] * 70 + ["blue"] * 50,
    })  # fmt: skip
    y = ["yes" if s > 50 else "no" for s in frame["size"]]
    net = Network(hidden=[4], seed=0)
    net.fit(frame, y, epochs=3, progress=False, engine="reference")
    figure = net.boundary(frame, y, inputs=("size", "age"))
    assert figure.layout.title.text.endswith("held at the mean: colour red</sup>")
    heat = figure.data[0]
    one = pl.DataFrame({"size": [heat.x[3]], "age": [heat.y[5]], "colour": ["red"]})
    chances = net.predict_proba(one, engine="reference")[0]
    assert heat.text[5][3] == f"{net.classes[chances.argmax()]}: {chances.max():.1%}"
    with pytest.raises(ParameterError) as caught:
        net.boundary(frame, y, inputs=("size", "colour"))
    assert str(caught.value) == (
        "The column 'colour' holds no numbers (String), so it cannot be an axis. Choose another "
        "input, and hold this one with row=."
    )


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (
            {},
            "A plane needs two inputs, by name or place, got None. The inputs are x1, x2, x3, x4.",
        ),
        (
            {"inputs": (1, 1)},
            "A plane needs two different inputs, got 1 twice.",
        ),
        (
            {"inputs": (1, 4)},
            "An input is a name or a place in a row of shape [4], counted from 0, got 4.",
        ),
        (
            {"inputs": ("x1", "y")},
            "There is no input 'y'. Known: x1, x2, x3, x4.",
        ),
        (
            {"inputs": (0, 1), "unit": "dense_1/6"},
            "dense_1 has units 0 to 5, got 6. Write for example 'dense_1/0'.",
        ),
        (
            {"inputs": (0, 1), "unit": "dense1/6"},
            "There is no layer 'dense1'. Did you mean 'dense_1'? Known: dense_1, dense_2.",
        ),
        (
            {"inputs": (0, 1), "unit": 3},
            "A unit is a layer and a number, such as 'dense_1/3' or ('dense_1', 3), got 3.",
        ),
    ],
)
def test_wrong_planes_are_refused(iris: Any, options: Any, message: str) -> None:
    net, x, y, _ = iris
    with pytest.raises((ParameterError, UnknownNameError)) as caught:
        net.boundary(x, y, **options)
    assert str(caught.value) == message


def test_numbers_and_labels_have_a_plane_too() -> None:
    rows = np.random.default_rng(0).normal(size=(60, 2))
    net = Network(hidden=[3], seed=0).build(rows, rows[:, 0] * 5 + 100)
    figure = net.boundary(rows, rows[:, 0])
    heat = figure.data[0]
    answer = net.predict(np.array([[heat.x[4], heat.y[6]]]), engine="reference")[0]
    assert heat.z[6][4] == pytest.approx(answer, rel=1e-3)
    labels = [("red",) if a > 0 else ("red", "round") for a, _ in rows]
    several = Network(hidden=[3], seed=0, target="labels").build(rows, labels)
    assert several.boundary(rows, unit="round").layout.title.text == "Chance of round"


def test_the_flow_has_the_right_sizes(iris: Any) -> None:
    net, x, y, _ = iris
    inputs = encoded_rows(net, x, y)
    rows = flow_rows(net, inputs)
    found = layer_outputs(net, x)
    assert rows[0]["activation"] == pytest.approx(np.sqrt((found["dense_1"] ** 2).mean()))
    chances = net.predict_proba(x, engine="reference")
    error = chances - np.eye(3)[inputs["y"]]
    assert rows[1]["gradient"] == pytest.approx(np.sqrt((error**2).mean()), rel=1e-6)
    weight = found["dense_1"].T @ error / len(x)
    own = np.concatenate([error.mean(axis=0), weight.ravel()])
    assert rows[1]["weight_gradient"] == pytest.approx(np.sqrt((own**2).mean()), rel=1e-6)
    assert len(net.flow(x, y).data) == 4
    assert len(net.flow(x).data) == 2


def test_the_surface_is_the_loss(iris: Any) -> None:
    net, x, y, _ = iris
    figure = net.loss_surface(x, y, places=5, reach=0.5)
    heat = figure.data[0]
    middle = heat.customdata[2][2]
    assert middle == pytest.approx(net.evaluate(x, y)["loss"], rel=1e-4)
    assert heat.x[2] == heat.y[2] == 0
    ahead = net.loss_surface(x, y, places=5, reach=1e-3).data[0].customdata[2]
    assert ahead[4] < ahead[2] < ahead[0]  # against the gradient it falls


def test_the_gradient_is_that_of_the_loss(iris: Any) -> None:
    net, x, y, _ = iris
    inputs = encoded_rows(net, x, y)
    params, state = (np.asarray(v, float) for v in net._vectors())
    program = ReferenceExecutor().compile(loss_graph(net._parts()[0], params=True))

    def run(p: Any) -> Any:
        return program.run({**inputs, "params": p, "state": state})

    found = run(params)
    direction = np.random.default_rng(0).normal(size=len(params)) * 1e-6
    slope = (run(params + direction)[LOSS] - run(params - direction)[LOSS]) / 2
    names = net.architecture.learned.names
    gradient = np.concatenate([found[f"{BY}{name}"].ravel() for name in names])
    assert slope == pytest.approx(gradient @ direction, rel=1e-5)


def test_the_way_of_a_run_lies_on_the_plane_of_its_directions(iris: Any) -> None:
    net, x, y, _ = iris
    start = np.asarray(net._vectors()[0], float)
    random = np.random.default_rng(1).normal(size=(2, len(start)))
    path = [start + a * random[0] + b * random[1] for a, b in ((3, 1), (2, 2), (1, 0.5), (0, 0))]
    figure = net.loss_surface(x, y, path=path, directions="path", places=5)
    assert "the plane holds 100% of the way" in figure.layout.title.text
    way = figure.data[1]
    assert way.name == "the way of the run"
    assert (way.x[-1], way.y[-1]) == pytest.approx((0, 0), abs=1e-9)
    drawn = net.loss_surface(x, y, path=[net, net, net], places=5)
    assert list(drawn.data[1].x) == [0, 0, 0]
    sliced = net.loss_surface(x, y, slices=True, places=4)
    assert [trace.name for trace in sliced.data] == ["against the gradient", "a random direction"]


def test_a_random_direction_is_as_large_as_each_filter(digits: Any) -> None:
    net = digits[0]
    layout = net.architecture.learned
    params = np.asarray(net._vectors()[0], float)
    found = layout.views(filter_normalised(layout, params, 0))
    for name, weights in layout.views(params).items():
        axes = {4: (1, 2, 3), 2: (0,)}.get(weights.ndim)
        own, other = (np.sqrt((a**2).sum(axis=axes)) for a in (weights, found[name]))
        np.testing.assert_allclose(own, other, rtol=1e-9)


def test_maps_and_kernels(digits: Any) -> None:
    net, x, _ = digits
    figure = net.feature_maps(x[:1], "activation_1")
    assert figure.layout.title.text == "activation_1: 4 channels for this picture"
    values = layer_outputs(net, x[:1])["activation_1"][0]
    sheet = [v for row in figure.data[0].z for v in row if v is not None]
    assert len(sheet) == values.size
    assert max(sheet) == pytest.approx(values.max(), rel=1e-3)
    assert net.kernels().layout.title.text == "conv2d_1: kernels of 4 filters, weights"
    with pytest.raises(UnknownNameError):
        net.kernels("dense_1")
    with pytest.raises(ParameterError) as caught:
        net.feature_maps(x[:1], "dense_1")
    assert str(caught.value) == (
        "dense_1 gives no pictures; these layers do: conv2d_1, batch_norm_1, activation_1, "
        "max_pool2d_1."
    )


def test_a_notebook_shows_little(iris: Any, digits: Any) -> None:
    net, _, _, run = iris
    shown = net._repr_html_()
    assert "<table" in shown
    assert "<svg" in shown
    assert len(shown) < 30_000
    large = Network([Dense(300), Dense()], seed=0).build(digits[1].reshape(200, -1), digits[2])
    assert "<svg" in large._repr_html_() or len(large._repr_html_()) < 5_000
    bundle = run._repr_mimebundle_()
    assert set(bundle) == {PLOTLY, "text/html", "text/plain"}
    assert len(json.dumps(bundle)) < 60_000
    assert "plotly.min" not in json.dumps(bundle)
    assert bundle["text/plain"] == repr(run)


@pytest.mark.parametrize("case", LAYERS, ids=str)
def test_every_layer_can_be_drawn(case: Case) -> None:
    net, x = of_layer(case)
    if np.prod(net.architecture.out_shape) == 0:
        return
    assert net.diagram(x[:1]).layout.title.text.startswith("The network for one row")
    assert net.diagram(narrow=True).layout.width == 380
    assert net._repr_html_()


def test_a_table_with_texts_and_gaps_is_drawn_by_its_columns() -> None:
    frame = pl.DataFrame({"size": [1.5, 2.5, None, 4.0] * 10, "colour": ["red", "blue"] * 20})
    net = Network(hidden=[3], seed=0).build(frame, [0.5, 1.5] * 20)
    found = stages(net, frame[:1])
    assert "size" in found[0].labels
    assert found[-1].scores == [f"{net.predict(frame[:1], engine='reference')[0]:.4g}"]


def test_the_flow_of_a_trace_is_that_of_its_rows(iris: Any) -> None:
    net, x, y, _ = iris
    graph = loss_graph(net._parts()[0])
    inputs = encoded_rows(net, x[:9], y[:9])
    values = {node.id: inputs[name] for name, node in graph.inputs.items() if name in inputs}
    traced = trace_flow(SimpleNamespace(network=net, graph=graph, values=values))
    own = net.flow(x[:9], y[:9])
    assert [list(trace.y) for trace in traced.data] == [list(trace.y) for trace in own.data]
