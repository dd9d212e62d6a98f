"""JAX in its usual best form on a CPU: one ``jit`` over a ``lax.scan`` of the epoch."""

from __future__ import annotations

from functools import partial
from itertools import pairwise
from typing import Any

import jax
import jax.numpy as jnp
from jax import lax

from workloads import LEARNING_RATE, LENET, Data, Workload


class Contender:
    """Parameters, moments and the compiled functions."""

    def __init__(self, workload: Workload, data: Data, threads: int) -> None:
        self.workload = workload
        self.x, self.y = self.place(data.x), jnp.asarray(data.y)
        self.key = jax.random.key(0)
        make = lenet_parameters if workload.convolutional else perceptron_parameters
        parameters = make(self.key, workload.sizes)
        zeros = jax.tree.map(jnp.zeros_like, parameters)
        self.state = (parameters, zeros, jax.tree.map(jnp.copy, zeros), jnp.zeros((), jnp.int32))
        forward = lenet if workload.convolutional else perceptron
        shape = (workload.steps, workload.batch)
        self.epoch = jax.jit(partial(epoch, forward, shape), donate_argnums=0)
        self.classes = jax.jit(lambda parameters, x: forward(parameters, x).argmax(axis=1))

    def train(self, epochs: int) -> None:
        for _ in range(epochs):
            self.key, key = jax.random.split(self.key)
            self.state = self.epoch(self.state, key, self.x, self.y)
        jax.block_until_ready(self.state)

    def predict(self, x: Any) -> Any:
        return self.classes(self.state[0], x).block_until_ready()

    def place(self, x: Any) -> Any:
        x = jnp.asarray(x)
        return x.reshape(-1, 1, 28, 28) if self.workload.convolutional else x


def epoch(forward: Any, shape: tuple[int, int], state: Any, key: Any, x: Any, y: Any) -> Any:
    def loss(parameters: Any, chosen: Any) -> Any:
        scores = jax.nn.log_softmax(forward(parameters, x[chosen]))
        return -jnp.take_along_axis(scores, y[chosen][:, None], axis=1).mean()

    def step(state: Any, chosen: Any) -> Any:
        return adam(state, jax.grad(loss)(state[0], chosen)), None

    order = jax.random.permutation(key, len(x)).reshape(shape)
    return lax.scan(step, state, order)[0]


def adam(state: Any, gradients: Any) -> Any:
    parameters, m, v, t = state
    t = t + 1
    m = jax.tree.map(lambda m, g: 0.9 * m + 0.1 * g, m, gradients)
    v = jax.tree.map(lambda v, g: 0.999 * v + 0.001 * g * g, v, gradients)
    scale = LEARNING_RATE * jnp.sqrt(1 - 0.999**t) / (1 - 0.9**t)
    parameters = jax.tree.map(
        lambda p, m, v: p - scale * m / (jnp.sqrt(v) + 1e-8), parameters, m, v
    )
    return parameters, m, v, t


def perceptron_parameters(key: Any, sizes: tuple[int, ...]) -> Any:
    keys = jax.random.split(key, len(sizes))
    return [
        (jax.random.normal(k, ends) * jnp.sqrt(2 / ends[0]), jnp.zeros(ends[1]))
        for k, ends in zip(keys, pairwise(sizes), strict=False)
    ]


def perceptron(parameters: Any, x: Any) -> Any:
    for weight, bias in parameters[:-1]:
        x = jax.nn.relu(x @ weight + bias)
    weight, bias = parameters[-1]
    return x @ weight + bias


def lenet_parameters(key: Any, sizes: tuple[int, ...]) -> Any:
    first, second, third, fourth = LENET
    keys = jax.random.split(key, 3)
    filters = [
        (jax.random.normal(k, shape) * jnp.sqrt(2 / (shape[1] * 25)), jnp.zeros((shape[0], 1, 1)))
        for k, shape in zip(keys, [(first, 1, 5, 5), (second, first, 5, 5)], strict=False)
    ]
    return filters, perceptron_parameters(keys[2], (second * 16, third, fourth, sizes[-1]))


def lenet(parameters: Any, x: Any) -> Any:
    filters, dense = parameters
    for weight, bias in filters:
        x = jax.nn.relu(lax.conv(x, weight, (1, 1), "VALID") + bias)
        x = lax.reduce_window(x, -jnp.inf, lax.max, (1, 1, 2, 2), (1, 1, 2, 2), "VALID")
    return perceptron(dense, x.reshape(len(x), -1))
