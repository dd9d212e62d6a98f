"""What a contender offers, and the list of them."""

from __future__ import annotations

import importlib
import importlib.util
from typing import Any, Protocol

from workloads import Data, Workload

# Each in a module of its own, with a class ``Contender``; ours first.
MODULES = {
    "pellucid": "ours",
    "pytorch": "peer_torch",
    "jax": "peer_jax",
    "scikit-learn": "peer_sklearn",
    "numpy": "peer_numpy",
    "onnx-runtime": "peer_onnx",
}
PACKAGES = {
    "pytorch": "torch",
    "scikit-learn": "sklearn",
    "onnx-runtime": "onnxruntime",
}  # where not called as its contender


class Contender(Protocol):
    """One library with one workload: a network made, its data in place."""

    def __init__(self, workload: Workload, data: Data, threads: int) -> None:
        """Make the network; raise ``NotImplementedError`` for one that the library has not."""

    def train(self, epochs: int) -> None:
        """Train on, so many epochs, each in a new random order."""

    def predict(self, x: Any) -> Any:
        """The classes of these rows, as an array or the library's own kind of it."""

    def place(self, x: Any) -> Any:
        """Rows in the library's own kind of array, as ``predict`` takes them."""


def package(name: str) -> str:
    """What a contender's library is called in an import."""
    return PACKAGES.get(name, name)


def is_installed(name: str) -> bool:
    """Whether a contender's library is there, and what builds its model."""
    needed = [package(name), *(["onnx"] if name == "onnx-runtime" else [])]
    return all(importlib.util.find_spec(module) is not None for module in needed)


def contender(name: str) -> type[Contender]:
    """The class of a contender."""
    chosen: type[Contender] = importlib.import_module(MODULES[name]).Contender
    return chosen
