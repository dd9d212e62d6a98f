"""scikit-learn's ``MLPClassifier`` on float32; ``partial_fit`` is one epoch."""

from __future__ import annotations

from typing import Any

import numpy as np
from sklearn.neural_network import MLPClassifier

from workloads import LEARNING_RATE, Data, Workload


class Contender:
    """One ``MLPClassifier``; for two classes it has one output in place of two."""

    def __init__(self, workload: Workload, data: Data, threads: int) -> None:
        if workload.convolutional:
            raise NotImplementedError("no convolution in scikit-learn")
        self.data = data
        self.classes = np.arange(workload.sizes[-1])
        self.model = MLPClassifier(
            workload.sizes[1:-1],
            solver="adam",
            alpha=0.0,
            batch_size=workload.batch if workload.task == "train" else 200,
            learning_rate_init=LEARNING_RATE,
            random_state=0,
        )
        if workload.task == "predict":
            self.train(1)  # there is no network before the first epoch

    def train(self, epochs: int) -> None:
        for _ in range(epochs):
            self.model.partial_fit(self.data.x, self.data.y, classes=self.classes)

    def predict(self, x: Any) -> Any:
        return self.model.predict(x)

    def place(self, x: Any) -> Any:
        return x
