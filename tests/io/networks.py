"""Networks for the tests of exporting: one for each layer and activation, with random numbers."""

from __future__ import annotations

from typing import Any

import numpy as np

from pellucid import Activation, Network
from pellucid.nn import ActivationFunction
from tests.nn.cases import Array, Case, batch_of, rng

ROWS = 100


def randomized(net: Network) -> Network:
    """The network with parameters and states that no symmetry hides."""
    for layout, name in ((net.architecture.learned, "params"), (net.architecture.states, "state")):
        assert net._state is not None
        views = layout.views(net._state.carried[name])
        for place, (full, view) in enumerate(views.items()):
            random = rng(11, place)
            positive = full.endswith(("variance", "scale"))
            drawn = random.uniform(0.5, 1.5, view.shape)
            view[...] = drawn if positive else random.normal(0.0, 0.7, view.shape)
    return net


def of_layer(case: Case) -> tuple[Network, Array]:
    """A network of a single layer, which gives its outputs as they are, and rows for it."""
    x = batch_of(case.layer, case.in_shape, ROWS)
    net = Network([case.layer], scale_inputs=False).build(_rows(x))
    return randomized(net), _rows(x)


def of_activation(function: ActivationFunction) -> tuple[Network, Array]:
    """A network that applies a function, and rows with ordinary, large and cornered numbers."""
    x = rng(5).normal(0.0, 3.0, (ROWS, 3))
    x[0], x[1], x[2] = (0.0, 0.5, -0.0), (-3.0, 3.0, 1.0), (1e-9, -1e-9, 30.0)
    return Network([Activation(function)], scale_inputs=False).build(x), x


def _rows(x: Array) -> Array:
    """Rows have at least one axis."""
    return x if x.ndim > 1 else x[:, None]


def own(net: Network, x: Any) -> Array:
    """The network's answer by the definition, flat."""
    return np.asarray(net.predict(x, engine="reference")).reshape(len(x), -1)
