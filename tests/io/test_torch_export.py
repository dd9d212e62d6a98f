"""``to_torch``: a module with the network's answers, names and gradients."""

from __future__ import annotations

import sys
from typing import Any

import numpy as np
import pytest

from pellucid import Dense, Network, data
from pellucid.errors import ExportError, PackageError
from pellucid.nn import ActivationFunction
from tests.io.networks import OPERATIONS, of_activation, of_layer, of_operation, own
from tests.nn.cases import ACTIVATIONS, LAYERS, Case


@pytest.fixture
def torch() -> Any:
    return pytest.importorskip("torch")


@pytest.mark.parity
@pytest.mark.parametrize("case", LAYERS, ids=str)
def test_every_layer(case: Case, torch: Any) -> None:
    net, x = of_layer(case)
    module = net.to_torch().double()
    found = module(torch.from_numpy(x)).detach().numpy().reshape(len(x), -1)
    np.testing.assert_allclose(found, own(net, x), rtol=1e-10, atol=1e-12)


@pytest.mark.parity
@pytest.mark.parametrize("function", ACTIVATIONS, ids=str)
def test_every_activation(function: ActivationFunction, torch: Any) -> None:
    net, x = of_activation(function)
    found = net.to_torch()(torch.from_numpy(x)).detach().numpy()
    np.testing.assert_allclose(found, own(net, x), rtol=1e-10, atol=1e-14)


@pytest.mark.parity
def test_it_can_be_trained_on_and_its_state_has_the_networks_names(torch: Any) -> None:
    x, y = data.load("iris")
    net = Network(hidden=[4], seed=0).build(x, y)
    module = net.to_torch()
    assert {name for name, _ in module.named_parameters()} == set(net.parameters)
    assert {name for name, _ in module.named_buffers()} == {
        "codec.input.mean", "codec.input.scale",
    }  # fmt: skip
    assert module.labels == ["setosa", "versicolor", "virginica"]
    rows, places = torch.from_numpy(x), torch.from_numpy(np.repeat([0, 1, 2], 50))
    optimizer = torch.optim.Adam(module.parameters(), 0.05)
    losses = []
    for _ in range(150):
        optimizer.zero_grad()
        loss = torch.nn.functional.cross_entropy(module.raw(rows), places)
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    assert losses[-1] < losses[0] / 3
    trained = net.with_parameters({n: p.detach().numpy() for n, p in module.named_parameters()})
    np.testing.assert_allclose(
        trained.predict_proba(x, engine="reference"), module(rows).detach().numpy(), atol=1e-5
    )


@pytest.mark.parity
def test_the_training_of_the_module_leaves_the_network_as_it_is(torch: Any) -> None:
    x, y = data.load("iris")
    net = Network(hidden=[4], seed=0).build(x, y)
    before = net.predict_proba(x)
    with torch.no_grad():
        for parameter in net.to_torch().parameters():
            parameter.zero_()
    np.testing.assert_array_equal(net.predict_proba(x), before)


@pytest.mark.parity
def test_numbers_come_in_their_units(torch: Any) -> None:
    x, y = data.load("diabetes")
    net = Network(hidden=[4], seed=0).build(x, y)
    found = net.to_torch()(torch.from_numpy(x)).detach().numpy()
    assert found.shape == (len(x),)
    np.testing.assert_allclose(found, net.predict(x, engine="reference"), rtol=1e-6)


@pytest.mark.parity
def test_a_name_that_modules_use_is_refused(torch: Any) -> None:
    net = Network([Dense(2, name="forward"), Dense()]).build([[0.0, 1.0], [1.0, 0.0]], ["a", "b"])
    with pytest.raises(ExportError) as caught:
        net.to_torch()
    assert str(caught.value) == (
        "A layer named 'forward' cannot go to PyTorch, whose modules use that name. "
        "Give the layer another name."
    )


def test_without_pytorch_the_error_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    net = Network(hidden=[2]).build([[0.0, 1.0], [1.0, 0.0]], ["a", "b"])
    monkeypatch.setitem(sys.modules, "torch", None)
    with pytest.raises(PackageError) as caught:
        net.to_torch()
    assert str(caught.value) == (
        "to_torch needs torch, which is not installed. "
        "Install it with: pip install 'pellucid[torch]'"
    )


@pytest.mark.parity
@pytest.mark.parametrize("name", OPERATIONS)
def test_every_operation(name: str, torch: Any) -> None:
    net, x = of_operation(name)
    found = net.to_torch()(torch.from_numpy(x)).numpy().reshape(len(x), -1)
    np.testing.assert_allclose(found, own(net, x), rtol=1e-10, atol=1e-12)
