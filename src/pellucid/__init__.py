"""Pellucid: neural networks you can see through, at full speed.

The public names below load when they are first used: ``import pellucid`` alone loads next to
nothing.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

from pellucid._version import __version__

if TYPE_CHECKING:
    from pellucid import assess, data, errors, graph, inspect, learn, nn, ops, run
    from pellucid.learn import Adam, Backprop, EarlyStopping, Perceptron
    from pellucid.models import gates
    from pellucid.models.network import Network
    from pellucid.models.neuron import Neuron
    from pellucid.models.predictor import Predictor
    from pellucid.models.run import Run
    from pellucid.nn import (
        Activation,
        AvgPool2D,
        BatchNorm,
        Chain,
        ColorJitter,
        Conv1D,
        Conv2D,
        CutOut,
        Dense,
        DepthwiseConv2D,
        Dropout,
        EmbedColumns,
        Embedding,
        Flatten,
        GlobalAvgPool2D,
        LayerNorm,
        MaxPool2D,
        Parallel,
        RandomAffine,
        Reshape,
        Residual,
        step,
    )

_PLACES = {
    "Network": "pellucid.models.network",
    "Neuron": "pellucid.models.neuron",
    "Predictor": "pellucid.models.predictor",
    "Run": "pellucid.models.run",
    **dict.fromkeys(
        [
            "Activation", "AvgPool2D", "BatchNorm", "Chain", "ColorJitter", "Conv1D", "Conv2D",
            "CutOut", "Dense", "DepthwiseConv2D", "Dropout", "EmbedColumns", "Embedding", "Flatten",
            "GlobalAvgPool2D", "LayerNorm", "MaxPool2D", "Parallel", "RandomAffine", "Reshape",
            "Residual", "step",
        ],
        "pellucid.nn",
    ),
    **dict.fromkeys(["Adam", "Backprop", "EarlyStopping", "Perceptron"], "pellucid.learn"),
}  # fmt: skip
_MODULES = {
    "assess": "pellucid.assess",
    "data": "pellucid.data",
    "errors": "pellucid.errors",
    "gates": "pellucid.models.gates",
    "graph": "pellucid.graph",
    "inspect": "pellucid.inspect",
    "learn": "pellucid.learn",
    "nn": "pellucid.nn",
    "ops": "pellucid.ops",
    "run": "pellucid.run",
}

__all__ = [
    "Activation",
    "Adam",
    "AvgPool2D",
    "Backprop",
    "BatchNorm",
    "Chain",
    "ColorJitter",
    "Conv1D",
    "Conv2D",
    "CutOut",
    "Dense",
    "DepthwiseConv2D",
    "Dropout",
    "EarlyStopping",
    "EmbedColumns",
    "Embedding",
    "Flatten",
    "GlobalAvgPool2D",
    "LayerNorm",
    "MaxPool2D",
    "Network",
    "Neuron",
    "Parallel",
    "Perceptron",
    "Predictor",
    "RandomAffine",
    "Reshape",
    "Residual",
    "Run",
    "__version__",
    "assess",
    "data",
    "errors",
    "gates",
    "graph",
    "inspect",
    "learn",
    "nn",
    "ops",
    "run",
    "step",
]


def __getattr__(name: str) -> Any:
    if name in _PLACES:
        return getattr(importlib.import_module(_PLACES[name]), name)
    if name in _MODULES:
        return importlib.import_module(_MODULES[name])
    raise AttributeError(f"module 'pellucid' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted(__all__)
