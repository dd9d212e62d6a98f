"""Traces: values and gradients against PyTorch, per-sample gradients, updates, tables."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest

from pellucid import Network, data
from pellucid.errors import DataError, ParameterError, PellucidError, UnknownNameError
from pellucid.inspect import trace as module
from pellucid.inspect.trace import Trace, trace, trace_step
from pellucid.learn import Backprop
from pellucid.learn.optimizers import Adam
from pellucid.nn import BatchNorm, Conv2D, Dense, Dropout, Flatten, MaxPool2D


@pytest.fixture(scope="module")
def iris() -> tuple[Network, Any, Any]:
    x, y = data.load("iris")
    net = Network([Dense(3, "tanh"), BatchNorm(), Dense()], seed=0)
    net.fit(x, y, epochs=2, rule=Backprop(Adam(0.01), l2=0.1, clip_norm=0.5), progress=False)
    return net, x, y


def test_a_prediction_s_values_are_those_that_the_network_gives(iris: Any) -> None:
    net, x, _ = iris
    seen = trace(net, x[:5])
    assert seen.rule is None and seen.samples == 5 and seen.step == net.steps_taken
    np.testing.assert_allclose(seen.value("prediction"), net.predict_proba(x[:5]), rtol=1e-5)
    z = seen.value("dense_1.x") @ seen.value("dense_1.weight") + seen.value("dense_1.bias")
    np.testing.assert_allclose(seen.value("dense_1.z"), z)
    np.testing.assert_allclose(seen.value("dense_1.y"), np.tanh(z))
    assert set(seen.values) == {node.id for node in seen.graph}


def test_the_step_is_the_one_that_the_executor_takes(iris: Any) -> None:
    from pellucid.learn.step import step_graph
    from pellucid.run import ReferenceExecutor

    net, x, y = iris
    seen = trace(net, x[:8], y[:8])
    task, rule = net._parts()[0], net._rule
    program = ReferenceExecutor().compile(step_graph(task, rule, 8))
    fed = {name: seen.value(name) for name in program.graph.inputs}
    for name, value in program.run(fed).items():
        np.testing.assert_array_equal(seen.value(name), value, err_msg=name)
    again = trace_step(net, fed, rule, 8, rows=range(8))
    np.testing.assert_array_equal(again.value("params'"), seen.value("params'"))
    assert again.rows == tuple(range(8)) and again.step == net.steps_taken


@pytest.mark.parametrize("name", ["dense_1.weight", "batch_norm_1.scale", "dense_2.bias"])
def test_per_sample_gradients_add_up_to_the_batch_s(iris: Any, name: str) -> None:
    net, x, y = iris
    seen = trace(net, x[::15], y[::15], weight=np.linspace(0.5, 2, 10))
    each = seen.per_sample_gradient(name)
    assert each.shape == (10, *seen.gradient(name).shape)
    own = seen.updates(name)
    assert own.gradient is not None and own.penalty is not None
    np.testing.assert_allclose(each.sum(axis=0) + own.penalty, seen.gradient(name), atol=1e-12)
    weights = name.endswith("weight")
    np.testing.assert_allclose(own.penalty, 0.1 * own.before if weights else 0, atol=1e-12)


def test_a_sample_s_gradient_is_that_of_its_own_loss() -> None:
    x, y = data.load("iris")
    net = Network(hidden=[3], seed=0).build(x, y)
    seen = trace(net, x[:4], y[:4], rule="sgd")
    alone = trace(net, x[2:3], y[2:3], rule="sgd")
    each = seen.per_sample_gradient("dense_1.weight")
    np.testing.assert_allclose(4 * each[2], alone.gradient("dense_1.weight"))


def test_updates_tell_gradient_memory_and_step(iris: Any) -> None:
    net, x, y = iris
    seen = trace(net, x, y)
    own = seen.updates("dense_1.weight")
    assert set(own.memory_before) == {"mean", "square", "steps"}
    assert own.gradient is not None and own.clipped is not None
    whole = np.sqrt(np.square(seen.value("gradient")).sum())
    np.testing.assert_allclose(own.clipped, own.gradient * min(1.0, 0.5 / whole))
    mean = 0.9 * own.memory_before["mean"] + 0.1 * own.clipped
    np.testing.assert_allclose(own.memory_after["mean"], mean)
    np.testing.assert_array_equal(own.step, own.after - own.before)
    rows = own.rows()
    assert rows[1]["weight"] == "dense_1.weight[0,1]" and rows[1]["step"] == own.step[0, 1]
    assert list(own.table().columns) == list(rows[0])


@pytest.mark.parametrize(
    "name", ["adam", "adamw", "amsgrad", "nadam", "rmsprop", "adagrad", "adadelta", "lion", "sgd",
             "momentum", "nesterov"],
)  # fmt: skip
def test_the_memory_of_every_optimizer_is_found_by_name(name: str) -> None:
    x, y = np.random.default_rng(0).normal(size=(6, 2)), np.arange(6.0)
    net = Network(hidden=[2], seed=0)
    net.fit(x, y, epochs=2, rule=name, engine="reference", progress=False)
    own = trace(net, x, y).updates("dense_1.weight")
    assert net._rule is not None
    assert set(own.memory_before) == set(net._rule.slots(net.architecture))
    for slot, value in own.memory_after.items():
        assert value.shape in ((2, 2), ()) and np.isfinite(value).all(), slot


def test_a_rule_without_a_single_step_has_gradients_and_no_update() -> None:
    x, y = data.load("iris")
    net = Network(hidden=[2], seed=0).build(x, y)
    seen = trace(net, x[:3], y[:3], rule="lbfgs")
    assert seen.gradient("dense_1.weight").shape == (4, 2)
    with pytest.raises(ParameterError, match="LBFGS has no single step to show"):
        seen.updates("dense_1.weight")


@pytest.mark.parity
def test_gradients_are_those_of_pytorch() -> None:
    torch = pytest.importorskip("torch")
    torch.set_num_threads(1)
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(6, 1, 6, 6)), np.array([0, 1, 2, 0, 1, 2])
    layers = [Conv2D(3, 3, activation="relu"), MaxPool2D(2), Flatten(), Dense(4, "gelu"), Dense()]
    net = Network(layers, seed=1, scale_inputs=False).build(x, y)
    seen = trace(net, x, y, rule="sgd")
    leaves = {
        name: torch.tensor(np.array(values), dtype=torch.float64, requires_grad=True)
        for name, values in net.parameters.items()
    }
    functional = torch.nn.functional
    z = functional.conv2d(torch.tensor(x), leaves["conv2d_1.weight"], leaves["conv2d_1.bias"])
    pooled = functional.max_pool2d(functional.relu(z), 2).flatten(1)
    first = functional.gelu(pooled @ leaves["dense_1.weight"] + leaves["dense_1.bias"])
    first.retain_grad()
    output = first @ leaves["dense_2.weight"] + leaves["dense_2.bias"]
    loss = functional.cross_entropy(output, torch.tensor(y))
    loss.backward()
    np.testing.assert_allclose(float(seen.value("loss")), loss.item(), rtol=1e-12)
    np.testing.assert_allclose(seen.value("output"), output.detach().numpy(), rtol=1e-10)
    slope = seen.slope("dense_1.y")
    assert slope is not None
    np.testing.assert_allclose(slope, first.grad.numpy(), rtol=1e-9, atol=1e-14)
    for name, leaf in leaves.items():
        found = seen.gradient(name)
        np.testing.assert_allclose(found, leaf.grad.numpy(), rtol=1e-9, atol=1e-14, err_msg=name)


def test_a_table_has_a_row_a_number(iris: Any) -> None:
    net, x, y = iris
    seen = trace(net, x[:3], y[:3])
    whole = seen.table()
    assert len(whole) == sum(value.size for value in seen.values.values())
    chosen = seen.table("dense_1", unit=1, role="forward", sample=2)
    z = chosen[chosen["name"] == "dense_1.z"]
    assert len(z) == 1
    assert z["value"].item() == seen.value("dense_1.z")[2, 1]
    slope = seen.slope("dense_1.z")
    assert slope is not None and z["gradient"].item() == slope[2, 1]
    weights = chosen[chosen["name"] == "dense_1.weight"]
    assert list(weights["index"]) == [(i, 1) for i in range(4)]


def test_without_pandas_a_table_is_a_list(iris: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    import sys

    net, x, _ = iris
    seen = trace(net, x[:1])
    monkeypatch.setitem(sys.modules, "pandas", None)
    rows = seen.table("dense_1", unit=0)
    assert isinstance(rows, list) and rows[0]["layer"] == "dense_1"


def test_nodes_are_chosen_by_layer_unit_and_role(iris: Any) -> None:
    net, x, y = iris
    seen = trace(net, x[:2], y[:2])
    assert {node.role for node in seen.nodes("dense_2")} >= {"forward", "backward"}
    assert {node.role for node in seen.nodes(role="update")} == {"update"}
    forward = seen.nodes("dense_1", unit=0, role="forward")
    assert seen.node("dense_1.z") in forward and len(forward) < len(seen.nodes("dense_1"))


def test_json_and_html_hold_the_numbers(iris: Any) -> None:
    net, x, y = iris
    seen = trace(net, x[:1], y[:1])
    record = json.loads(seen.to_json("dense_1", role="forward"))
    (z,) = [node for node in record["nodes"] if node["name"] == "dense_1.z"]
    assert z["value"] == seen.value("dense_1.z").tolist()
    page = seen.html()
    assert page.startswith("<table") and "dense_1.z" in page and seen._repr_html_() == page
    assert f"{seen.value('dense_1.z')[0, 0]:.4g}" in page


def test_values_that_are_not_finite_are_kept_and_written() -> None:
    x, y = data.load("iris")
    net = Network(hidden=[2], seed=0).build(x, y)
    net.parameters["dense_2.weight"][...] = np.inf
    seen = trace(net, x[:1], y[:1], rule="sgd")
    assert "inf" in seen.to_json("dense_2")
    assert seen.explain().text()


def test_dropout_is_on_in_a_step_and_off_in_a_prediction() -> None:
    x, y = data.load("iris")
    net = Network([Dense(6), Dropout(0.5), Dense()], seed=0).build(x, y)
    assert "bernoulli" in {node.op for node in trace(net, x[:1], y[:1]).graph}
    assert "bernoulli" not in {node.op for node in trace(net, x[:1]).graph}


def _said(make: Any) -> str:
    with pytest.raises(PellucidError) as caught:
        make()
    return str(caught.value)


def test_what_there_is_not_is_said(iris: Any) -> None:
    net, x, y = iris
    seen, only = trace(net, x[:2], y[:2]), trace(net, x[:2])
    assert _said(lambda: seen.nodes("dense_1", unit=3)) == (
        "dense_1 has 3 units, got the unit 3. Units are counted from 0: the last of dense_1 is 2."
    )
    assert _said(lambda: seen.nodes(unit=3)).startswith(
        "A unit is one of a layer, got unit 3 without a layer. Give layer as well: dense_1,"
    )
    assert "There is no layer 'dens_1'. Did you mean 'dense_1'?" in _said(
        lambda: seen.nodes("dens_1")
    )
    assert "There is no role 'back'. Did you mean 'backward'?" in _said(
        lambda: seen.nodes(role="back")
    )
    assert "There is no value 'dense_1.zz'. Did you mean 'dense_1.z'?" in _said(
        lambda: seen.value("dense_1.zz")
    )
    assert _said(lambda: only.gradient("dense_1.weight")) == (
        "A trace of a prediction has no gradient: nothing was hoped for. Give y as well, as in "
        "net.trace(x, y)."
    )
    assert _said(lambda: only.updates("dense_1.weight")) == (
        "A trace of a prediction updates nothing: nothing was hoped for. Give y as well, as in "
        "net.trace(x, y)."
    )
    assert _said(lambda: seen.value(10**6)) == (
        f"A trace of {len(seen.graph)} nodes expects an id from 0 to {len(seen.graph) - 1}, got "
        "1000000. trace.graph lists them."
    )
    with pytest.raises(UnknownNameError):
        seen.gradient("dense_9.weight")


def test_a_trace_too_large_says_its_size_and_a_way_out(
    iris: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    net, x, y = iris
    nodes = len(trace(net, x, y).graph)
    monkeypatch.setattr(module, "LIMIT", 100_000)
    said = _said(lambda: trace(net, x, y))
    assert said.startswith(f"A trace of 150 samples holds {nodes} values, 0.") and (
        "expected at most 0.1 MB. Trace at most " in said
    )
    fitting = int(said.partition("x[:")[2].partition("]")[0])
    assert isinstance(trace(net, x[:fitting], y[:fitting]), Trace)
    monkeypatch.setattr(module, "LIMIT", 500)
    with pytest.raises(DataError, match="leave y out"):
        trace(net, x[:1], y[:1])


def test_inputs_of_the_wrong_shape_are_refused(iris: Any) -> None:
    net, x, y = iris
    assert "x has 3 features" in _said(lambda: trace(net, x[:2, :3], y[:2]))
    seen = trace(net, x[:2], y[:2])
    fed = {name: seen.value(name) for name in seen.graph.inputs}
    said = _said(lambda: trace_step(net, {**fed, "weight": np.ones(3)}, net._rule, 2))
    assert said == ("The graph's inputs do not fit: weight is [3], expected [B] with B = 2.")
