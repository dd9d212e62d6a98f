"""NumPy by hand: a multilayer perceptron with Adam, short and still fast."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import numpy as np

from workloads import LEARNING_RATE, Data, Workload


class Contender:
    """Weights and moments in plain arrays; each step in a few products."""

    def __init__(self, workload: Workload, data: Data, threads: int) -> None:
        if workload.convolutional:
            raise NotImplementedError("no convolution by hand")
        self.workload, self.data = workload, data
        self.random = np.random.default_rng(0)
        ends = list(pairwise(workload.sizes))
        self.weights = [
            (self.random.standard_normal(end) * np.sqrt(2 / end[0])).astype(np.float32)
            for end in ends
        ]
        self.biases = [np.zeros(end[1], np.float32) for end in ends]
        parameters = self.weights + self.biases
        self.moments = [(np.zeros_like(p), np.zeros_like(p)) for p in parameters]
        self.t = 0

    def train(self, epochs: int) -> None:
        for _ in range(epochs):
            order = self.random.permutation(self.workload.rows)
            for chosen in order.reshape(self.workload.steps, self.workload.batch):
                self.step(self.data.x[chosen], self.data.y[chosen])

    def step(self, x: Any, y: Any) -> None:
        values = [x]
        for weight, bias in zip(self.weights[:-1], self.biases[:-1], strict=True):
            values.append(np.maximum(values[-1] @ weight + bias, 0))
        g = softmax(values[-1] @ self.weights[-1] + self.biases[-1])
        g[np.arange(len(y)), y] -= 1
        g /= np.float32(len(y))
        weights, biases = [], []
        for k in range(len(self.weights) - 1, -1, -1):
            weights.append(values[k].T @ g)
            biases.append(g.sum(axis=0))
            if k:
                g = (g @ self.weights[k].T) * (values[k] > 0)
        self.update([*weights[::-1], *biases[::-1]])

    def update(self, gradients: list[Any]) -> None:
        self.t += 1
        scale = LEARNING_RATE * np.sqrt(1 - 0.999**self.t) / (1 - 0.9**self.t)
        parameters = self.weights + self.biases
        for p, g, (m, v) in zip(parameters, gradients, self.moments, strict=True):
            m *= 0.9
            m += 0.1 * g
            v *= 0.999
            v += 0.001 * (g * g)
            p -= np.float32(scale) * m / (np.sqrt(v) + np.float32(1e-8))

    def predict(self, x: Any) -> Any:
        for weight, bias in zip(self.weights[:-1], self.biases[:-1], strict=True):
            x = np.maximum(x @ weight + bias, 0)
        return (x @ self.weights[-1] + self.biases[-1]).argmax(axis=1)

    def place(self, x: Any) -> Any:
        return x


def softmax(z: Any) -> Any:
    e = np.exp(z - z.max(axis=1, keepdims=True))
    return e / e.sum(axis=1, keepdims=True)
