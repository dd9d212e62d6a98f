"""What is measured: networks, batch sizes and data, the same for every contender."""

from __future__ import annotations

import gzip
from dataclasses import dataclass
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
    """

    name: str
    sizes: tuple[int, ...]
    batch: int
    rows: int
    task: Literal["train", "predict"] = "train"
    convolutional: bool = False

    @property
    def steps(self) -> int:
        """Training steps an epoch."""
        return self.rows // self.batch

    @property
    def title(self) -> str:
        """Name, network and batch in a few words."""
        network = "LeNet-5" if self.convolutional else "-".join(map(str, self.sizes))
        return f"{self.name}: {network}, {self.batch}"


WORKLOADS = (
    Workload("gates", (2, 4, 2), batch=4, rows=1024),
    Workload("digits", (64, 32, 10), batch=32, rows=1440),
    Workload("mnist-2-hidden", (784, 128, 64, 10), batch=32, rows=4096),
    Workload("mnist-1-hidden", (784, 128, 10), batch=128, rows=4096),
    Workload("wide", (784, 1024, 1024, 10), batch=256, rows=1024),
    Workload("lenet", (784, 10), batch=128, rows=512, convolutional=True),
    Workload("predict-1", (784, 128, 10), batch=1, rows=1024, task="predict"),
    Workload("predict-10000", (784, 128, 10), batch=10_000, rows=10_000, task="predict"),
)


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
    if folder is None:
        x = random.random((workload.rows, 784), dtype=np.float32)
        return _split(x, random.integers(0, 10, workload.rows), workload.rows)
    x = _idx(folder, "train-images-idx3-ubyte").reshape(-1, 784)[: workload.rows]
    y = _idx(folder, "train-labels-idx1-ubyte")[: workload.rows]
    return _split((x / 255).astype(np.float32), y.astype(np.int64), workload.rows)


def _split(x: NDArray[np.float32], y: NDArray[np.int64], rows: int) -> Data:
    return Data(x[:rows], y[:rows], x[rows:], y[rows:])


def _idx(folder: Path, name: str) -> NDArray[Any]:
    path = folder / name
    zipped = folder / f"{name}.gz"
    raw = gzip.decompress(zipped.read_bytes()) if zipped.exists() else path.read_bytes()
    shape = np.frombuffer(raw, ">i4", count=raw[3], offset=4)
    return np.frombuffer(raw, np.uint8, offset=4 + 4 * raw[3]).reshape(shape)
