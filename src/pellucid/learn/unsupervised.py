"""Losses without targets: the target is a row of no numbers, ``y = zeros((n, 0))``.

A rule without targets says which of them is its own (``Rule.loss``), so that the history of a run
shows what the rule makes small, or an honest 0 where it makes nothing small.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from pellucid.errors import ParameterError
from pellucid.graph import BATCH, Type, Value
from pellucid.graph.primitive import Array
from pellucid.nn.activations import ActivationFunction, Linear
from pellucid.nn.architecture import Traced
from pellucid.nn.losses import Loss
from pellucid.ops import matmul, sum


def no_targets(count: int) -> Array:
    """The y of ``count`` samples without targets: rows of no numbers."""
    return np.zeros((count, 0))


@dataclass(frozen=True)
class NoTarget(Loss):
    """Nothing is hoped for. Formula: L = 0.

    Shapes: output (batch, ...), target (batch, 0) -> (batch,).
    """

    kind = "no_target"

    @property
    def link(self) -> ActivationFunction:
        return Linear()

    def target_type(self, out_shape: tuple[int, ...]) -> Type:
        return Type((BATCH, 0))

    def per_sample(self, output: Value, target: Value) -> Value:
        return sum(target, -1)  # of no numbers: 0


@dataclass(frozen=True)
class Reconstruction(Loss):
    """What is lost of the input when it is read back from the outputs of one Dense layer.

    Formula: L = sum over i of (x_i - sum over j of W_ij y_j)^2, with y_j = sum over i of x_i W_ij
        the weighted sums, without the bias. It is smallest where the columns of W span the
        directions of
        largest mean square: the first principal components of centred inputs.
    Shapes: input (batch, inputs), target (batch, 0) -> (batch,).
    Source: E. Oja, 1982, doi:10.1007/BF00275687.
    """

    kind = "reconstruction"

    @property
    def link(self) -> ActivationFunction:
        return Linear()

    def target_type(self, out_shape: tuple[int, ...]) -> Type:
        return Type((BATCH, 0))

    def per_sample(self, output: Value, target: Value) -> Value:
        """The loss of what was read back, ``output``, against the input itself, ``target``."""
        error = target - output
        return sum(error * error, -1)


def read_back(traced: Traced) -> tuple[Value, Value]:
    """What the only Dense layer's weights make of its weighted sums, and the input itself.

    Raises: ``ParameterError`` for another number of Dense layers, or samples with more than one
        axis.
    """
    names = [name.removesuffix(".z") for name in traced.notes if name.endswith(".z")]
    if len(names) != 1 or len(traced.notes[f"{names[0]}.x"].shape) != 2:
        raise ParameterError(
            "Reconstruction expects a network with one Dense layer over rows of features, got "
            f"{len(names)} Dense layers{': ' if names else ''}{', '.join(names)}. Use one, or the "
            "loss NoTarget()."
        )
    x, weight = traced.notes[f"{names[0]}.x"], traced.parameters[f"{names[0]}.weight"]
    return matmul(matmul(x, weight), weight, transpose_b=True), x
