"""What is measured: networks, batch sizes and data, the same for every contender."""

from __future__ import annotations

import gzip
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from itertools import pairwise
from math import prod
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

LEARNING_RATE = 1e-3
LENET = (6, 16, 120, 84)  # channels of the two convolutions (5 x 5, no padding), units of the rest


@dataclass(frozen=True)
class Workload:
    """A network, and what to do with it.

    Attributes:
        sizes: features, units of the hidden layers, classes.
        rows: the samples of an epoch, a multiple of the batch.
        task: train (time per step), or predict (time per call with ``batch`` samples).
        convolutional: LeNet-5 on 28 x 28 pictures; the sizes then name its ends only.
        bars: how many times as long a peer is to take ("best": the quickest of them), at least.
    """

    name: str
    sizes: tuple[int, ...]
    batch: int
    rows: int
    task: Literal["train", "predict"] = "train"
    convolutional: bool = False
    bars: Mapping[str, float] = field(default_factory=dict)

    @property
    def steps(self) -> int:
        """Training steps an epoch."""
        return self.rows // self.batch

    @property
    def title(self) -> str:
        """Name, network and batch in a few words."""
        network = "LeNet-5" if self.convolutional else "-".join(map(str, self.sizes))
        return f"{self.name}: {network}, {self.batch}"

    @property
    def products(self) -> list[tuple[int, int, int]]:
        """For each layer with weights its inputs, outputs, and how often a sample meets them."""
        if not self.convolutional:
            return [(*ends, 1) for ends in pairwise(self.sizes)]
        first, second, third, fourth = LENET
        dense = pairwise((second * 4 * 4, third, fourth, self.sizes[-1]))
        return [(25, first, 24 * 24), (first * 25, second, 8 * 8), *((*ends, 1) for ends in dense)]

    @property
    def parameters(self) -> int:
        """Weights and biases."""
        return sum((inputs + 1) * outputs for inputs, outputs, _ in self.products)

    @property
    def flops(self) -> int:
        """Floating-point operations of the products of a step (or call).

        Two for each weight and sample forward; in training two more for the weight's gradient and
        two for the input's, which the first layer does not need.
        """
        once = [2 * self.batch * prod(product) for product in self.products]
        return sum(once) if self.task == "predict" else 3 * sum(once) - once[0]


# The bars are the project's own targets, set before the native engine was written, from what the
# peers took on two cores of a Zen 3 server and what the products alone would take there.
WORKLOADS = (
    Workload("gates", (2, 4, 2), batch=4, rows=4096, bars={"best": 50, "pytorch": 250}),
    Workload("digits", (64, 32, 10), batch=32, rows=1440, bars={"best": 3.5, "pytorch": 30}),
    Workload("mnist-2-hidden", (784, 128, 64, 10), batch=32, rows=4096,
             bars={"best": 1.8, "pytorch": 5}),
    Workload("mnist-1-hidden", (784, 128, 10), batch=128, rows=4096, bars={"best": 2.5}),
    Workload("wide", (784, 1024, 1024, 10), batch=256, rows=1024, bars={"best": 1.35}),
    Workload("lenet", (784, 10), batch=128, rows=1024, convolutional=True, bars={"best": 6.5}),
    Workload("predict-1", (784, 128, 10), batch=1, rows=1024, task="predict", bars={"best": 10}),
    Workload("predict-10000", (784, 128, 10), batch=10_000, rows=10_000, task="predict",
             bars={"best": 1.2}),
)  # fmt: skip
PROCESS_BARS: dict[str, Mapping[str, float]] = {
    "import": {"numpy": 1 / 1.2},  # at most 1.2 times as long as importing NumPy alone
    "process": {"scikit-learn": 4, "pytorch": 14},
}


def _growing(name: str, width: int = 256, batch: int = 128, depth: int = 2) -> Workload:
    """A point of a curve; an epoch has enough steps, and no more than takes a second or so."""
    made = Workload(name, (64, *[width] * depth, 10), batch, batch)
    steps = min(max(20_000_000_000 // made.flops, 4), 1024)
    return replace(made, rows=batch * steps)


GROWTH = {
    "width": [_growing(f"width {n}", width=n) for n in (16, 64, 256, 1024, 4096)],
    "batch": [_growing(f"batch {n}", batch=n) for n in (1, 4, 16, 64, 256, 1024, 4096)],
    "depth": [_growing(f"depth {n}", depth=n) for n in (1, 2, 4, 8, 16, 32)],
}


def named(name: str) -> Workload:
    """The workload of this name, of the races or of the curves of growth."""
    every = [*WORKLOADS, *(point for curve in GROWTH.values() for point in curve)]
    return next(workload for workload in every if workload.name == name)


@dataclass(frozen=True)
class Data:
    """Training rows and, for digits, rows kept apart; float32 features, int64 classes."""

    x: NDArray[np.float32]
    y: NDArray[np.int64]
    test_x: NDArray[np.float32]
    test_y: NDArray[np.int64]


def load(workload: Workload, folder: Path | None) -> Data:
    """The data of a workload, in memory; MNIST from its idx files, or noise of that shape."""
    random = np.random.default_rng(0)
    if workload.name == "gates":
        x = random.uniform(-1, 1, (workload.rows, 2)).astype(np.float32)
        return _split(x, ((x[:, 0] > 0) ^ (x[:, 1] > 0)).astype(np.int64), workload.rows)
    if workload.name == "digits":
        from sklearn.datasets import load_digits

        pixels, classes = load_digits(return_X_y=True)
        order = random.permutation(len(classes))
        x = (pixels[order] / 16).astype(np.float32)
        return _split(x, classes[order].astype(np.int64), workload.rows)
    if folder is None or workload.sizes[0] != 784:
        x = random.random((workload.rows, workload.sizes[0]), dtype=np.float32)
        return _split(x, random.integers(0, 10, workload.rows), workload.rows)
    x = _idx(folder, "train-images-idx3-ubyte").reshape(-1, 784)[: workload.rows]
    y = _idx(folder, "train-labels-idx1-ubyte")[: workload.rows]
    return _split((x / 255).astype(np.float32), y.astype(np.int64), workload.rows)


def load_mnist(folder: Path, batch: int) -> Data:
    """All of MNIST, the training rows cut to whole batches, the test rows beside them."""
    parts: list[Any] = []
    for part in ("train", "t10k"):
        x = _idx(folder, f"{part}-images-idx3-ubyte").reshape(-1, 784)
        y = _idx(folder, f"{part}-labels-idx1-ubyte")
        parts += [(x / 255).astype(np.float32), y.astype(np.int64)]
    rows = len(parts[0]) // batch * batch
    return Data(parts[0][:rows], parts[1][:rows], parts[2], parts[3])


def _split(x: NDArray[np.float32], y: NDArray[np.int64], rows: int) -> Data:
    return Data(x[:rows], y[:rows], x[rows:], y[rows:])


def _idx(folder: Path, name: str) -> NDArray[Any]:
    path = folder / name
    zipped = folder / f"{name}.gz"
    raw = gzip.decompress(zipped.read_bytes()) if zipped.exists() else path.read_bytes()
    shape = np.frombuffer(raw, ">i4", count=raw[3], offset=4)
    return np.frombuffer(raw, np.uint8, offset=4 + 4 * raw[3]).reshape(shape)
