"""PyTorch in its usual best form on a CPU: tensors in memory, fused Adam, no DataLoader."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import torch
from torch import nn

from workloads import LEARNING_RATE, LENET, Data, Workload


class Contender:
    """A ``Sequential`` and its optimizer."""

    def __init__(self, workload: Workload, data: Data, threads: int) -> None:
        torch.set_num_threads(threads)
        torch.manual_seed(0)
        self.workload = workload
        self.x, self.y = self.place(data.x), torch.from_numpy(data.y)
        self.model = lenet() if workload.convolutional else perceptron(workload.sizes)
        if workload.convolutional:  # quicker on a CPU than the layout by default
            self.model = self.model.to(memory_format=torch.channels_last)
        parameters = self.model.parameters()
        self.optimizer = torch.optim.Adam(parameters, lr=LEARNING_RATE, fused=True)

    def train(self, epochs: int) -> None:
        for _ in range(epochs):
            for chosen in torch.randperm(self.workload.rows).split(self.workload.batch):
                self.optimizer.zero_grad(set_to_none=True)
                logits = self.model(self.x[chosen])
                nn.functional.cross_entropy(logits, self.y[chosen]).backward()
                self.optimizer.step()

    def predict(self, x: Any) -> Any:
        with torch.inference_mode():
            return self.model(x).argmax(dim=1)

    def place(self, x: Any) -> Any:
        x = torch.from_numpy(x)
        if not self.workload.convolutional:
            return x
        return x.reshape(-1, 1, 28, 28).contiguous(memory_format=torch.channels_last)


def perceptron(sizes: tuple[int, ...]) -> Any:
    layers: list[Any] = []
    for size, units in pairwise(sizes):
        layers += [nn.Linear(size, units), nn.ReLU()]
    return nn.Sequential(*layers[:-1])


def lenet() -> Any:
    first, second, third, fourth = LENET
    return nn.Sequential(
        *(nn.Conv2d(1, first, 5), nn.ReLU(), nn.MaxPool2d(2)),
        *(nn.Conv2d(first, second, 5), nn.ReLU(), nn.MaxPool2d(2)),
        nn.Flatten(),
        *perceptron((second * 16, third, fourth, 10)),
    )
