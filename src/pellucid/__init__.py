"""Pellucid: neural networks you can see through, at full speed.

The public names below load when they are first used: ``import pellucid`` alone loads next to
nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pellucid._version import __version__
from pellucid.lazily import handed_on

if TYPE_CHECKING:
    from pellucid import assess, data, errors, graph, inspect, learn, memory, nn, ops, run
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
    "memory",
    "nn",
    "ops",
    "run",
    "step",
]

__getattr__, _names = handed_on(
    __name__,
    {
        "models.network": ["Network"],
        "models.neuron": ["Neuron"],
        "models.predictor": ["Predictor"],
        "models.run": ["Run"],
        "nn": [
            "Activation", "AvgPool2D", "BatchNorm", "Chain", "ColorJitter", "Conv1D", "Conv2D",
            "CutOut", "Dense", "DepthwiseConv2D", "Dropout", "EmbedColumns", "Embedding", "Flatten",
            "GlobalAvgPool2D", "LayerNorm", "MaxPool2D", "Parallel", "RandomAffine", "Reshape",
            "Residual", "step",
        ],
        "learn": ["Adam", "Backprop", "EarlyStopping", "Perceptron"],
    },
    {
        "assess": "assess", "data": "data", "errors": "errors", "gates": "models.gates",
        "graph": "graph", "inspect": "inspect", "learn": "learn", "memory": "memory", "nn": "nn",
        "ops": "ops", "run": "run",
    },
)  # fmt: skip


def __dir__() -> list[str]:
    return sorted([*_names(), "__version__"])
