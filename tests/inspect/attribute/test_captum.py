"""Captum as oracle: the methods that it has too, on the same numbers."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
import pytest

from pellucid import Network
from pellucid.inspect.attribute import attribute
from tests.inspect.attribute.nets import Array, conv, dense

torch = pytest.importorskip("torch")
captum = pytest.importorskip("captum.attr")
pytestmark = pytest.mark.parity
torch.set_num_threads(1)

FUNCTIONS = {
    "relu": torch.nn.ReLU, "sigmoid": torch.nn.Sigmoid, "tanh": torch.nn.Tanh,
    "leaky_relu": torch.nn.LeakyReLU, "elu": torch.nn.ELU, "softplus": torch.nn.Softplus,
}  # fmt: skip


def tensor(array: Any) -> Any:
    return torch.tensor(np.asarray(array), dtype=torch.float64)


def of_dense(net: Network, activation: str) -> Any:
    """The same network in PyTorch, each activation a module of its own."""
    count = len(net.layers)
    parts: list[Any] = []
    for place in range(1, count + 1):
        weight = net.parameters[f"dense_{place}.weight"]
        layer = torch.nn.Linear(*weight.shape, dtype=torch.float64)
        fill(layer, weight.T, net.parameters[f"dense_{place}.bias"])
        parts += [layer] if place == count else [layer, FUNCTIONS[activation]()]
    return torch.nn.Sequential(*parts)


def of_conv(net: Network, activation: str, pool: str = "after") -> Any:
    made, largest = FUNCTIONS[activation], torch.nn.MaxPool2d
    between = {"after": [made(), largest(2)], "alone": [largest(2)], "": [made()]}[pool]
    convolutions = []
    for place in (1, 2):
        weight = net.parameters[f"conv2d_{place}.weight"]
        layer = torch.nn.Conv2d(
            weight.shape[1], weight.shape[0], weight.shape[2:], dtype=torch.float64
        )
        fill(layer, weight, net.parameters[f"conv2d_{place}.bias"])
        convolutions.append(layer)
    weight = net.parameters["dense_1.weight"]
    last = torch.nn.Linear(*weight.shape, dtype=torch.float64)
    fill(last, weight.T, net.parameters["dense_1.bias"])
    first, second = convolutions
    return torch.nn.Sequential(first, *between, second, made(), torch.nn.Flatten(), last)


def fill(layer: Any, weight: Array, bias: Array) -> None:
    with torch.no_grad():
        layer.weight.copy_(tensor(weight))
        layer.bias.copy_(tensor(bias))


def plain(found: Any) -> Array:
    return np.asarray(found.detach().numpy()[0])


def quiet(ask: Any, /, *given: Any, **options: Any) -> Array:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # DeepLift tells of its hooks
        return plain(ask(*given, **options))


@pytest.mark.parametrize("activation", [*FUNCTIONS])
@pytest.mark.parametrize("seed", [0, 1])
def test_dense_networks(activation: str, seed: int) -> None:
    net = dense(5, [7, 6], 3, activation, seed)
    peer = of_dense(net, activation)
    rng = np.random.default_rng(seed)
    x, base = rng.normal(size=5), rng.normal(size=5)
    at, other = tensor(x)[None], tensor(base)[None]
    np.testing.assert_allclose(
        attribute(net, x, output=1).score, float(peer(at)[0, 1].detach()), rtol=1e-6
    )
    given: dict[str, Any] = {"output": 1}
    against = given | {"baseline": base}
    pairs = [
        (attribute(net, x, "gradient_x_input", **given),
         quiet(captum.InputXGradient(peer).attribute, at, target=1)),
        (attribute(net, x, "integrated_gradients", steps=50, tolerance=None, **against),
         quiet(captum.IntegratedGradients(peer).attribute, at, other, target=1, n_steps=50)),
        (attribute(net, x, "integrated_gradients", steps=40, rule="trapezoid", tolerance=None,
                   **against),
         quiet(captum.IntegratedGradients(peer).attribute, at, other, target=1, n_steps=40,
               method="riemann_trapezoid") * 40 / 39),  # whose weights add up to 39 / 40
        (attribute(net, x, "integrated_gradients", steps=40, rule="midpoint", tolerance=None,
                   **against),
         quiet(captum.IntegratedGradients(peer).attribute, at, other, target=1, n_steps=40,
               method="riemann_middle")),
        (attribute(net, x, "occlusion", **against),
         quiet(captum.Occlusion(peer).attribute, at, (1,), baselines=other, target=1)),
        (attribute(net, x, "deeplift", **against),
         quiet(captum.DeepLift(peer).attribute, at, other, target=1)),
        (attribute(net, x, "exact_shapley", **against),
         exact(peer, at, other)),
    ]  # fmt: skip
    for found, wanted in pairs:
        np.testing.assert_allclose(found.values, wanted, rtol=1e-5, atol=1e-6, err_msg=found.method)


def exact(peer: Any, at: Any, other: Any) -> Array:
    """Captum's Shapley values over all orders."""
    import itertools

    total = np.zeros(at.shape[1])
    orders = list(itertools.permutations(range(at.shape[1])))
    for order in orders:
        now = other.clone()
        before = float(peer(now)[0, 1].detach())
        for place in order:
            now[0, place] = at[0, place]
            after = float(peer(now)[0, 1].detach())
            total[place] += after - before
            before = after
    return total / len(orders)


def test_sampled_shapley_is_captums_within_the_standard_errors() -> None:
    net = dense(6, [8], 3, "tanh", 9)
    peer = of_dense(net, "tanh")
    rng = np.random.default_rng(9)
    x, base = rng.normal(size=6), rng.normal(size=6)
    torch.manual_seed(0)
    wanted = quiet(
        captum.ShapleyValueSampling(peer).attribute, tensor(x)[None], tensor(base)[None], target=1,
        n_samples=300,
    )  # fmt: skip
    found = attribute(net, x, "sampled_shapley", output=1, baseline=base, orders=600)
    best = attribute(net, x, "exact_shapley", output=1, baseline=base)
    assert found.errors is not None
    assert (np.abs(found.values - best.values) <= 5 * found.errors + 1e-12).all()
    assert found.values == pytest.approx(wanted, abs=0.15 * float(np.abs(wanted).max()))


@pytest.mark.parametrize("activation", ["relu", "sigmoid", "tanh"])
def test_convolutional_networks(activation: str) -> None:
    net = conv(3, activation=activation)
    peer = of_conv(net, activation)
    rng = np.random.default_rng(3)
    x, base = rng.normal(size=(2, 8, 8)), rng.normal(size=(2, 8, 8))
    at, other = tensor(x)[None], tensor(base)[None]
    against: dict[str, Any] = {"output": 2, "baseline": base}
    # Captum gives each pixel all of its block's; here it is shared out over the block's numbers
    blocks = quiet(
        captum.Occlusion(peer).attribute, at, (2, 2, 2), strides=(2, 2, 2), baselines=other,
        target=2,
    ) / 8  # fmt: skip
    sliding = quiet(
        captum.Occlusion(peer).attribute, at, (2, 3, 3), strides=(2, 1, 1), baselines=other,
        target=2,
    ) / 18  # fmt: skip
    steps: dict[str, Any] = {"steps": 30, "tolerance": None}
    pairs = [
        (attribute(net, x, "gradient_x_input", output=2),
         quiet(captum.InputXGradient(peer).attribute, at, target=2)),
        (attribute(net, x, "integrated_gradients", **steps, **against),
         quiet(captum.IntegratedGradients(peer).attribute, at, other, target=2, n_steps=30)),
        (attribute(net, x, "occlusion", patch=2, **against), blocks),
        (attribute(net, x, "occlusion", patch=3, stride=1, **against), sliding),
    ]  # fmt: skip
    for found, wanted in pairs:
        np.testing.assert_allclose(found.values, wanted, rtol=1e-5, atol=1e-6, err_msg=found.method)


@pytest.mark.parametrize("pool", ["alone", ""])
@pytest.mark.parametrize("activation", ["relu", "sigmoid", "tanh"])
def test_deeplift_of_convolutions(activation: str, pool: str) -> None:
    # Where a pooling lies next to an activation Captum's own shares do not add up; ours do, see
    # test_methods.py. So here the pooling lies between two convolutions.
    net = conv(3, activation=activation, pool=pool)
    peer = of_conv(net, activation, pool)
    rng = np.random.default_rng(3)
    x, base = rng.normal(size=(2, 8, 8)), rng.normal(size=(2, 8, 8))
    found = attribute(net, x, "deeplift", output=2, baseline=base)
    wanted = quiet(
        captum.DeepLift(peer).attribute, tensor(x)[None], tensor(base)[None], target=2
    )  # fmt: skip
    np.testing.assert_allclose(found.values, wanted, rtol=1e-7, atol=1e-9)
    assert wanted.sum() == pytest.approx(found.difference)


def test_smoothgrad_is_captums_within_the_standard_errors() -> None:
    net = dense(5, [8], 3, "tanh", 4)
    peer = of_dense(net, "tanh")
    x = np.random.default_rng(4).normal(size=5)
    torch.manual_seed(0)
    smooth = captum.NoiseTunnel(captum.Saliency(peer)).attribute
    slopes = quiet(
        smooth, tensor(x)[None], nt_type="smoothgrad", nt_samples=4000, target=1, abs=False,
        stdevs=float(0.15 * np.ptp(x)),
    )  # fmt: skip
    found = attribute(net, x, "smoothgrad", output=1, samples=4000)
    assert found.errors is not None
    assert (np.abs(found.values - slopes * x) <= 5 * np.sqrt(2) * found.errors + 1e-12).all()


@pytest.mark.parametrize("negative", [False, True])
def test_grad_cam_is_captums_brought_to_size(negative: bool) -> None:
    net = conv(6)
    peer = of_conv(net, "relu")
    x = np.random.default_rng(6).normal(size=(2, 8, 8))
    cam = captum.LayerGradCam(peer, peer[4])  # the activation after the second convolution
    seen = quiet(
        cam.attribute, tensor(x)[None], target=1, relu_attributions=not negative
    )[0]  # fmt: skip
    found = attribute(net, x, "grad_cam", output=1, negative=negative)
    # PyTorch's bilinear interpolation, each place's number shared out over its pixels
    large = torch.nn.functional.interpolate(
        tensor(seen)[None, None], size=(8, 8), mode="bilinear", align_corners=False
    )[0, 0].numpy()  # fmt: skip
    assert found.map is not None
    assert found.map.shape == (8, 8)
    np.testing.assert_allclose(found.map, large * seen.size / 64, rtol=1e-5, atol=1e-9)
    assert np.abs(found.map).sum() > 0
