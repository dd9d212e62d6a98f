"""Networks for the tests of exporting: one for each layer and activation, with random numbers."""

from __future__ import annotations

from typing import Any

import numpy as np

from pellucid import Activation, Network, ops
from pellucid.graph import BATCH, Value
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


def _where(z: Value) -> Value:
    above = z > 0.5
    found: Value = ops.where(above, z, -z)
    return found + ops.cast(above, "float") * ops.cast(ops.equal(z, 0.5), "float")


def _looked_up(z: Value) -> Value:
    """The row of z's own places that its largest element names, and a one in its place."""
    place = ops.argmax(z, -1)
    table = z.builder.constant([[1.0, -2.0, 0.25], [0.5, 3.0, 8.0], [-1.0, 7.0, 0.0]])
    return ops.gather(table, place) + ops.one_hot(place, 3)


def _moved(z: Value) -> Value:
    """The elements of (2, 3) turned, cut, spread and joined."""
    turned = ops.reshape(ops.transpose(z, (0, 2, 1)), (BATCH, 6))
    cut = ops.slice(turned, 1, 1, 6, 2)
    spread = ops.pad(cut, 1, before=1, after=2, between=1, value=0.5)
    wide = ops.broadcast_to(ops.reshape(cut, (BATCH, 1, 3)), (BATCH, 2, 3))
    return ops.concatenate([turned, spread, ops.reshape(wide, (BATCH, 6))], 1)


def _products(z: Value) -> Value:
    """Products of (2, 3) with itself, either side turned."""
    first = ops.matmul(z, z, transpose_b=True)
    second = ops.matmul(z, z, transpose_a=True)
    third = ops.matmul(first, z, transpose_a=True)
    fourth = ops.matmul(second, z, transpose_a=True, transpose_b=True)
    return ops.concatenate([ops.reshape(v, (BATCH, -1)) for v in (first, second, third, fourth)], 1)


def _truths(z: Value) -> Value:
    """Conditions that two others read, and numbers cast to whole ones and to conditions."""
    below, whole = z <= 0.5, ops.cast(z, "int")
    read: Value = ops.where(below, z, 2.0) + ops.where(below, 3.0, z)
    return read + ops.cast(whole, "float") + ops.cast(ops.cast(whole, "bool"), "float")


OPERATIONS: dict[str, tuple[Any, tuple[int, ...]]] = {
    "arithmetic": (lambda z: (z - (z + 1.0) * (2.0 - z)) / (3.0 - (z - (1.0 - z))) - -z, (3,)),
    "power": (lambda z: abs(z) ** 1.5 + z**2.0 + 2.0**z, (3,)),
    "roots": (lambda z: ops.sqrt(abs(z)) + ops.log(1.0 + z * z) + ops.log1p(abs(z)), (3,)),
    "signs": (lambda z: ops.sign(z) * ops.minimum(z, 0.25) + ops.clip(z, -1.0, 0.75), (3,)),
    "where": (_where, (3,)),
    "truths": (_truths, (3,)),
    "largest": (lambda z: z - ops.max(z, -1, keepdims=True), (3,)),
    "largest of all": (lambda z: ops.reshape(ops.max(z, (1, 2)), (BATCH, 1)), (2, 3)),
    "sums": (lambda z: ops.mean(z, 1) + ops.sum(z, 1) * ops.count(z, (1, 2)), (2, 3)),
    "logsumexp": (lambda z: ops.logsumexp(400.0 * z, -1, keepdims=True) + ops.log_softmax(z), (3,)),
    "logsumexp of all": (lambda z: ops.reshape(ops.logsumexp(z, (1, 2)), (BATCH, 1)), (2, 3)),
    "softmax across": (lambda z: ops.softmax(z, 1), (2, 3)),
    "looked up": (_looked_up, (3,)),
    "moved": (_moved, (2, 3)),
    "products": (_products, (2, 3)),
}  # fmt: skip


def of_operation(name: str) -> tuple[Network, Array]:
    """A network of a function of one's own, and rows for it."""
    function, shape = OPERATIONS[name]
    x = rng(6).normal(size=(ROWS, *shape))
    return Network([Activation(function)], scale_inputs=False).build(x), x


def _at_ends(z: Value) -> Value:
    """Functions where they end, overflow or are no number."""
    found = [
        ops.exp(z), ops.log(z), ops.log1p(z), ops.sqrt(z), ops.tanh(z), ops.sigmoid(z), ops.erf(z),
        1.0 / z, z / z, z**0.5, z**-1.0, z**3.0, 1.0**z, (-2.0) ** z, ops.maximum(ops.log(z), 0.0),
        ops.minimum(0.0, ops.log(z)), ops.sign(z), ops.logsumexp(z, 1, keepdims=True),
    ]  # fmt: skip
    return ops.concatenate(found, 1)


def of_ends() -> tuple[Network, Array]:
    """A network of functions that overflow or are no number somewhere, and rows of such places."""
    x = np.array([0.0, 1e-300, 1e-9, 0.009, 0.011, 0.7, 1.6, 5.9, 6.1, 20.0, 709.5, 710.0, 1e300])
    x = np.concatenate([x, -x[1:]])[:, None]
    return Network([Activation(_at_ends)], scale_inputs=False).build(x), x
