"""Storkey's rule: Hebb's, with the part taken away that the patterns stored before would give."""

from __future__ import annotations

import numpy as np

from pellucid.dataclass import dataclass
from pellucid.errors import ParameterError
from pellucid.learn.local.base import LocalRule, dense_views, replaced, share
from pellucid.learn.local.hebb import check_square
from pellucid.learn.rule import Situation, Update
from pellucid.learn.schedules import ScheduleLike
from pellucid.learn.unsupervised import NoTarget
from pellucid.nn.losses import Loss
from pellucid.ops import matmul, one_hot, reshape, sum, transpose


@dataclass(frozen=True)
class Storkey(LocalRule):
    """Store patterns of +-1 in a Dense layer as large as its input, one pattern a step.

    Formula: for a pattern x of N units, w_ij <- w_ij + rate / N (x_i x_j - x_i h_ji - h_ij x_j)
        for i != j, with h_ij = sum over k other than i and j of w_ik x_k; the sample's weight
        multiplies the change. Weights of a unit to itself stay at 0. Biases stay.
    Numerics: the weights must be symmetric with zeros from each unit to itself, as they are from
        zeros on. The order of the patterns matters.
    Loss: none (0), since nothing is hoped for.
    Raises: ``ParameterError`` for more than one sample a step; ``ShapeError`` for a layer with
        another number of units than inputs.
    Source: A. Storkey, 1997, doi:10.1007/BFb0020196, eq. 1.
    """

    rate: ScheduleLike = 1.0

    @property
    def batch(self) -> int | None:
        """One sample a step."""
        return 1

    @property
    def loss(self) -> Loss | None:
        """Nothing is hoped for."""
        return NoTarget()

    def update(self, now: Situation) -> Update:
        if now.batch != 1:
            raise ParameterError(
                f"Storkey stores one pattern a step, got a batch of {now.batch}: what a pattern "
                "adds depends on those before it. Use batch=1."
            )
        changed = {}
        for view in dense_views(now, "Storkey"):
            units = check_square(view, "Storkey")
            # With one sample a step, the sum over the batch is that sample.
            x, field = sum(view.x, 0), sum(matmul(view.x, view.weight), 0)
            row, column = reshape(x, (1, units)), reshape(x, (units, 1))
            without = reshape(field, (units, 1)) - view.weight * row  # h_ij, as w_ii = 0
            told = without * row
            itself = one_hot(now.builder.constant(np.arange(units)), units)
            step = (column * row - told - transpose(told)) * (1.0 - itself)
            counted = sum(share(now)) * (1.0 / units)
            changed[f"{view.name}.weight"] = view.weight + now.rate * counted * step
        return Update(replaced(now, changed))
