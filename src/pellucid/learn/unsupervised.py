"""Losses without targets: the target is a row of no numbers, ``y = zeros((n, 0))``.

A rule without targets says which of them is its own (``Rule.loss``), so that the history of a run
shows what the rule makes small, or an honest 0 where it makes nothing small.
"""

from __future__ import annotations

from abc import ABC, abstractmethod

import numpy as np

from pellucid.dataclass import dataclass
from pellucid.errors import ParameterError
from pellucid.graph import BATCH, Type, Value
from pellucid.graph.primitive import Array
from pellucid.nn.activations import ActivationFunction, Linear
from pellucid.nn.architecture import Traced
from pellucid.nn.losses import Loss
from pellucid.ops import argmax, matmul, one_hot, sum


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
class InputLoss(Loss, ABC):
    """What is measured against the input itself: the nodes tell what stands for it."""

    @property
    def link(self) -> ActivationFunction:
        return Linear()

    def target_type(self, out_shape: tuple[int, ...]) -> Type:
        return Type((BATCH, 0))

    @abstractmethod
    def compared(self, traced: Traced) -> tuple[Value, Value]:
        """What stands for the input, and the input."""

    def per_sample(self, output: Value, target: Value) -> Value:
        """The squared distance of what stands for the input, ``output``, from it, ``target``."""
        error = target - output
        return sum(error * error, -1)


@dataclass(frozen=True)
class Reconstruction(InputLoss):
    """What is lost of the input when it is read back from the outputs of one Dense layer.

    Formula: L = sum over i of (x_i - sum over j of W_ij y_j)^2, with y_j = sum over i of x_i W_ij
        the weighted sums, without the bias. It is smallest where the columns of W span the
        directions of
        largest mean square: the first principal components of centred inputs.
    Shapes: input (batch, inputs), target (batch, 0) -> (batch,).
    Source: E. Oja, 1982, doi:10.1007/BF00275687.
    """

    kind = "reconstruction"

    def compared(self, traced: Traced) -> tuple[Value, Value]:
        x, weight = _only_dense(traced, "Reconstruction")
        return matmul(matmul(x, weight), weight, transpose_b=True), x


@dataclass(frozen=True)
class Quantisation(InputLoss):
    """How far a sample is from the nearest unit of one Dense layer, whose weights are places.

    Formula: L = the smallest over the units j of sum over i of (x_i - W_ij)^2. Its mean is the
        squared quantisation error, and its sum what k-means calls inertia.
    Shapes: input (batch, inputs), target (batch, 0) -> (batch,).
    Source: Y. Linde, A. Buzo, R. Gray, 1980, doi:10.1109/TCOM.1980.1094577.
    """

    kind = "quantisation"

    def compared(self, traced: Traced) -> tuple[Value, Value]:
        x, weight = _only_dense(traced, "Quantisation")
        units = weight.shape[1]
        assert isinstance(units, int)
        won = one_hot(nearest_units(x, weight), units)
        return matmul(won, weight, transpose_b=True), x


def nearest_units(x: Value, weight: Value) -> Value:
    """The unit whose weights, a column, are nearest to each sample: the first of equals.

    Formula: the largest x w_j - |w_j|^2 / 2, which is (|x|^2 - |x - w_j|^2) / 2.
    Shapes: (batch, inputs), (inputs, units) -> (batch,), int.
    """
    return argmax(matmul(x, weight) - 0.5 * sum(weight * weight, 0), -1)


def _only_dense(traced: Traced, owner: str) -> tuple[Value, Value]:
    """The input and the weights of the only Dense layer.

    Raises: ``ParameterError`` for another number of Dense layers, or samples with more than one
        axis.
    """
    names = [name.removesuffix(".z") for name in traced.notes if name.endswith(".z")]
    if len(names) != 1 or len(traced.notes[f"{names[0]}.x"].shape) != 2:
        raise ParameterError(
            f"{owner} expects a network with one Dense layer over rows of features, got "
            f"{len(names)} Dense layers{': ' if names else ''}{', '.join(names)}. Use one, or the "
            "loss NoTarget()."
        )
    return traced.notes[f"{names[0]}.x"], traced.parameters[f"{names[0]}.weight"]
