"""Networks that the tests of this folder share: random, linear, convolutional."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from pellucid import Activation, Conv2D, Dense, Flatten, MaxPool2D, Network
from pellucid.nn.layer import Layer

Array = NDArray[Any]
ACTIVATIONS = (
    "relu", "sigmoid", "tanh", "softplus", "leaky_relu", "elu", "selu", "gelu", "silu",
    "hard_sigmoid",
)  # fmt: skip


def drawn(net: Network, seed: int, scale: float = 1.0) -> Network:
    """The network with random parameters, biases too."""
    rng = np.random.default_rng(seed)
    return net.with_parameters(
        {name: scale * rng.normal(size=own.shape) for name, own in net.parameters.items()}
    )


def dense(
    inputs: int, hidden: list[int], outputs: int = 3, activation: str = "relu", seed: int = 0
) -> Network:
    """A network of classes on numbers as they are, with random parameters."""
    x = np.random.default_rng(seed).normal(size=(3 * outputs, inputs))
    net = Network(hidden=hidden, activation=activation, scale_inputs=False, seed=0)
    return drawn(net.build(x, np.arange(3 * outputs) % outputs), seed)


def regression(weights: list[float], bias: float = 0.0) -> Network:
    """A linear network of numbers, whose predictions are w x + b in the target's unit."""
    x = np.random.default_rng(0).normal(size=(40, len(weights)))
    net = Network([Dense()], seed=0).build(x, x @ np.array(weights) + bias)
    codec, target = net.inputs, net._parts()[2]
    scale: Any = codec.scale  # type: ignore[attr-defined]
    mean: Any = codec.mean  # type: ignore[attr-defined]
    w = np.array(weights) * scale / target.scale[0]  # type: ignore[attr-defined]
    b = (bias + mean @ np.array(weights) - target.mean[0]) / target.scale[0]  # type: ignore[attr-defined]
    return net.with_parameters({"dense_1.weight": w[:, None], "dense_1.bias": np.array([b])})


def conv(
    seed: int = 0, channels: int = 2, side: int = 8, activation: str = "relu", pool: str = "after"
) -> Network:
    """Convolution, activation, pooling, convolution, activation, dense: on pixels as they are.

    With ``pool`` "alone" there is no activation before the pooling, with "" there is no pooling.
    """
    between: dict[str, list[Layer]] = {
        "after": [Activation(activation), MaxPool2D(2)],
        "alone": [MaxPool2D(2)],
        "": [Activation(activation)],
    }
    layers: list[Layer] = [
        Conv2D(3, 3), *between[pool], Conv2D(4, 2), Activation(activation), Flatten(), Dense(),
    ]  # fmt: skip
    x = np.random.default_rng(seed).normal(size=(6, channels, side, side))
    net = Network(layers, scale_inputs=False, seed=0)
    return drawn(net.build(x, np.arange(6) % 3), seed, 0.5)
