"""Pellucid, through the front door: what a user writes, on arrays that are float32 already."""

from __future__ import annotations

from typing import Any

from pellucid import Backprop, Conv2D, Dense, Flatten, MaxPool2D, Network
from pellucid.learn import Adam
from workloads import LEARNING_RATE, LENET, Data, Workload


class Contender:
    """A ``Network``; ``fit`` goes on from where it is. Threads: the environment sets them."""

    def __init__(self, workload: Workload, data: Data, threads: int) -> None:
        self.workload, self.data = workload, data
        self.x = self.place(data.x)
        self.rule = Backprop(Adam(LEARNING_RATE))
        layers = lenet() if workload.convolutional else perceptron(workload.sizes[1:])
        self.network = Network(layers, scale_inputs=False, seed=0).build(self.x, data.y)
        if workload.task == "predict":  # in the precision of a network that has learned
            self.train(1)

    def train(self, epochs: int) -> None:
        self.network.fit(
            self.x,
            self.data.y,
            epochs=epochs,
            batch=self.workload.batch,
            rule=self.rule,
            progress=False,
        )

    def predict(self, x: Any) -> Any:
        return self.network.predict(x)

    def compiled(self) -> Any:
        """The same prediction with less around it."""
        return self.network.compile_predictor()

    def place(self, x: Any) -> Any:
        return x.reshape(-1, 1, 28, 28) if self.workload.convolutional else x


def perceptron(units: tuple[int, ...]) -> list[Any]:
    return [*(Dense(size, activation="relu") for size in units[:-1]), Dense(units[-1])]


def lenet() -> list[Any]:
    first, second, third, fourth = LENET
    return [
        Conv2D(first, 5, activation="relu"),
        MaxPool2D(2),
        Conv2D(second, 5, activation="relu"),
        MaxPool2D(2),
        Flatten(),
        *perceptron((third, fourth, 10)),
    ]
