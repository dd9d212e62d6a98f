"""Every layer, activation, loss, optimizer and local rule is explained, and every line redone."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from pellucid import Network
from pellucid.inspect.trace import trace
from pellucid.learn import Backprop, Delta, Hebb, Oja, Perceptron, Sanger
from pellucid.learn.optimizers import names as optimizers
from pellucid.nn import Activation, Chain, Dense, Flatten, Layer
from tests.inspect.explain.test_recompute import redone
from tests.nn.cases import ACTIVATIONS, BATCH_SIZE, LAYERS, LOSSES, Case, LossCase, batch_of


def built(case: Case) -> tuple[Network, Any, Any]:
    """A network of one layer, with what it takes to end in numbers."""
    x = batch_of(case.layer, case.in_shape)
    y = np.linspace(0.1, 2.3, BATCH_SIZE)
    layers: list[Layer] = [case.layer, Flatten(), Dense(1)]
    return Network(layers, scale_inputs=False, seed=1).build(x, y), x, y


def names(layer: Layer) -> str:
    return type(layer).__name__


@pytest.mark.parametrize("case", [case for case in LAYERS if case.in_shape], ids=str)
def test_every_layer_is_explained_in_a_prediction_and_in_a_step(case: Case) -> None:
    if case.layer == Chain():
        pytest.skip("nothing in it to explain")
    net, x, y = built(case)
    assert redone(trace(net, x[:2]).explain()) > 0
    step = trace(net, x[:2], y[:2], rule="sgd")
    assert redone(step.explain(sample=1)) > 0
    for path in step.layers:
        redone(step.explain(path))
    for name, values in net.parameters.items():
        last = ",".join(str(size - 1) for size in values.shape)
        assert name in step.explain(weight=f"{name}[{last}]").text()


@pytest.mark.parametrize("function", ACTIVATIONS, ids=str)
def test_every_activation_is_explained(function: Any) -> None:
    x, y = np.random.default_rng(0).normal(size=(4, 3)), np.arange(4.0)
    for layers in ([Dense(3, function), Dense()], [Dense(3), Activation(function), Dense()]):
        net = Network(layers, seed=2).build(x, y)
        for row in range(4):
            seen = trace(net, x[row : row + 1], y[row : row + 1], rule="sgd")
            assert redone(seen.explain()) > 5


@pytest.mark.parametrize("case", LOSSES, ids=str)
def test_every_loss_is_explained(case: LossCase) -> None:
    from pellucid.inspect.trace import trace_step
    from pellucid.learn.step import Task, start

    rng = np.random.default_rng(5)
    x = rng.normal(size=(2, *case.out_shape[:-1], 3))
    layers = [Activation("linear"), Dense(case.out_shape[-1])]
    net = Network(layers, seed=0, scale_inputs=False).build(
        x, np.arange(2.0) if len(case.out_shape) == 1 and case.out_shape[-1] == 1 else None
    )
    task = Task(net.architecture, case.loss)
    object.__setattr__(net, "_task", task)
    wanted = case.loss.target_type(case.out_shape)
    shape = (2, *(int(str(size)) for size in wanted.shape[1:]))
    if wanted.dtype == "int":
        y: Any = rng.integers(0, max(2, case.out_shape[-1]), shape)
    else:
        y = rng.random(shape)
    rule = Backprop("sgd")
    fed = {"x": x, "y": y, "weight": np.array([1.0, 0.5]), "rate": 0.1, "time": 1.0}
    fed |= {"key": np.array([0, 0])} | start(task, rule, 0)
    assert redone(trace_step(net, fed, rule, 2).explain()) > 5


@pytest.mark.parametrize("name", sorted(set(optimizers()) - {"lbfgs"}))
def test_every_optimizer_is_explained_in_its_later_steps(name: str) -> None:
    x, y = np.random.default_rng(1).normal(size=(8, 2)), np.arange(8.0)
    net = Network([Dense(2, "tanh"), Dense()], seed=0)
    net.fit(x, y, epochs=3, rule=name, engine="reference", progress=False)
    seen = trace(net, x, y)
    made = seen.explain(weight="dense_1.weight[0,1]")
    assert redone(made) > 5
    after = [step for step in made.steps if step.title == "After the step"]
    assert len(after) == 1, made.text()
    own = seen.updates("dense_1.weight")
    assert after[0].value == own.after[0, 1]


@pytest.mark.parametrize("rule", [Hebb(0.1, 0.2), Delta(0.1), Perceptron(), Oja(0.1), Sanger(0.1)])
def test_every_local_rule_is_explained(rule: Any) -> None:
    x = np.random.default_rng(1).normal(size=(4, 3))
    supervised = isinstance(rule, Delta | Perceptron)
    y = np.array([0, 1, 0, 1]) if supervised else None
    activation = "step" if isinstance(rule, Perceptron) else "linear"
    net = Network([Dense(1 if supervised else 2, activation)], seed=0, scale_inputs=False)
    net.fit(x, y, epochs=1, rule=rule, engine="reference", progress=False)
    for count in (1, 3):
        seen = trace(net, x[:count], None if y is None else y[:count], rule=rule)
        made = seen.explain()
        assert redone(made) > 3
        own = seen.updates("dense_1.weight")
        assert float(own.after[0, 0]) in [step.value for step in made.steps]
