"""Competitive learning: the unit nearest to a sample moves towards it, and the others stay."""

from __future__ import annotations

import numpy as np

from pellucid.dataclass import dataclass
from pellucid.errors import ParameterError
from pellucid.graph import Value
from pellucid.graph.primitive import Array
from pellucid.hyper import hyper
from pellucid.learn.local.base import LocalRule, View, only_view, replaced, share
from pellucid.learn.rule import Situation, Update
from pellucid.learn.schedules import ScheduleLike
from pellucid.learn.unsupervised import Quantisation, nearest_units
from pellucid.nn.activations import Linear
from pellucid.nn.architecture import Architecture
from pellucid.nn.losses import Loss
from pellucid.ops import argmax, matmul, maximum, mean, one_hot, sum

WINS = "wins"


@dataclass(frozen=True)
class Competitive(LocalRule):
    """The winner takes all: of one Dense layer only the unit nearest to the sample learns.

    The weights of unit j, a column of W, are a place among the samples.

    Formula: w_j <- w_j + rate mean over the batch of h_j (x - w_j), each sample with its weight;
        h_j = 1 for the winner, else 0. The winner is the unit with the smallest
        d_j = |x - w_j|^2; with ``frequency`` of n p_j d_j; ``conscience`` adds
        conscience m (n p_j - 1) to that, with m the mean of d over the batch and all n units.
        p_j is the share of the latest samples that unit j has won: it starts at 1 / n, and
        p_j <- p_j + min(1, batch / horizon) (share of the batch won - p_j).
        The bias of a unit, where it has one, becomes -|w_j|^2 / 2: then the largest output,
        x w_j - |w_j|^2 / 2, is that of the nearest unit.
    Parameters:
        rate: the learning rate. At 1 / (number of samples won so far) each unit would be the mean
            of the samples it has won.
        conscience: how much a unit that wins often is held back, so that none is left out; 0: not.
        frequency: whether distances are multiplied by how often a unit has won.
        horizon: the samples over which wins are remembered, for ``conscience`` and ``frequency``.
    Numerics: of units at the same distance the first wins. Without conscience and frequency, a unit
        that starts far from all samples never learns (a dead unit).
    Loss: ``Quantisation``.
    Raises: ``ParameterError`` for any network but one linear Dense layer.
    Source: D. Rumelhart, D. Zipser, 1985, doi:10.1207/s15516709cog0901_5; conscience: D. DeSieno,
        1988, doi:10.1109/ICNN.1988.23839, here without a scale of its own; frequency: S. Ahalt et
        al., 1990, doi:10.1016/0893-6080(90)90071-R, with a horizon.
    """

    rate: ScheduleLike = 0.1
    conscience: float = hyper(0.0, low=0, doc="how much a unit that wins often is held back")
    frequency: bool = hyper(
        False, kind=bool, doc="whether distances count more for units that win often"
    )
    horizon: float = hyper(
        1000.0, low=1, doc="over how many samples wins are remembered", unit="samples"
    )

    @property
    def batch(self) -> int | None:
        """One sample a step."""
        return 1

    @property
    def loss(self) -> Loss | None:
        """How far the samples are from their units."""
        return Quantisation()

    @property
    def is_fair(self) -> bool:
        """Whether units that win often are held back."""
        return self.frequency or self.conscience > 0

    def slots(self, architecture: Architecture) -> dict[str, Array]:
        if not self.is_fair:
            return {}
        units = architecture.out_shape[-1]
        return {WINS: np.full(units, 1.0 / units)}

    def update(self, now: Situation) -> Update:
        view = competing(now, "Competitive")
        units = int(view.weight.shape[1])  # type: ignore[arg-type]
        slots = {}
        if self.is_fair:
            won = one_hot(argmax(-self._held_back(view, now.slots[WINS], units), -1), units)
            seen = sum(share(now) * won, 0) - now.slots[WINS]
            slots[WINS] = now.slots[WINS] + min(1.0, now.batch / self.horizon) * seen
        else:
            won = one_hot(nearest_units(view.x, view.weight), units)
        counted = share(now) * won
        pulled = matmul(view.x, counted, transpose_a=True) - view.weight * sum(counted, 0)
        return Update(replaced(now, moved(view, view.weight + now.rate * pulled)), slots)

    def _held_back(self, view: View, wins: Value, units: int) -> Value:
        """The distances that decide who wins."""
        distances = squared_distances(view.x, view.weight)
        often = wins * float(units)
        held = distances * often if self.frequency else distances
        if self.conscience:
            held = held + self.conscience * mean(distances) * (often - 1.0)
        return held


def competing(now: Situation, owner: str) -> View:
    """The only Dense layer, which must be linear."""
    view, layer = only_view(now, owner)
    if not isinstance(layer.activation, Linear):
        raise ParameterError(
            f"{owner} expects a linear activation, got {view.name} with "
            f"{getattr(layer.activation, 'kind', layer.activation)}. Leave the activation out."
        )
    return view


def squared_distances(x: Value, weight: Value) -> Value:
    """|x - w_j|^2 of each sample to each unit: (batch, units), never below 0."""
    across = matmul(x, weight)
    apart = sum(x * x, 1, keepdims=True) - 2.0 * across + sum(weight * weight, 0)
    nearest: Value = maximum(apart, 0.0)
    return nearest


def moved(view: View, weight: Value) -> dict[str, Value]:
    """The layer's parameters with these weights: a bias becomes -|w_j|^2 / 2."""
    changed = {f"{view.name}.weight": weight}
    if view.bias is not None:
        changed[f"{view.name}.bias"] = -0.5 * sum(weight * weight, 0)
    return changed
