"""Steps scaled, parameter by parameter, by the size of past gradients."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from pellucid.dataclass import dataclass
from pellucid.graph import Value
from pellucid.graph.primitive import Array
from pellucid.hyper import hyper
from pellucid.learn.optimizers.base import Optimizer, decayed, zeros
from pellucid.learn.schedules import ScheduleLike
from pellucid.ops import maximum, sqrt


@dataclass(frozen=True)
class AdaGrad(Optimizer):
    """Smaller steps for parameters whose gradients were large, over the whole past.

    Formula: d = g + weight_decay w;  s' = s + d^2;  w' = w - r d / (sqrt(s') + epsilon);
        s starts at ``initial``.
    Source: J. Duchi, E. Hazan, Y. Singer, 2011, JMLR 12, in the form of PyTorch.
    """

    rate: ScheduleLike = 1e-2
    initial: float = hyper(0.0, low=0, doc="the sum of squares before the first step")
    epsilon: float = hyper(1e-10, above=0, doc="what keeps the division from blowing up")
    weight_decay: float = hyper(0.0, low=0, doc="the strength of the pull of parameters to 0")

    def slots(self, size: int) -> dict[str, Array]:
        """The sum of squared gradients."""
        return {"square": np.full(size, self.initial)}

    def step(
        self, w: Value, g: Value, r: Value, slots: Mapping[str, Value]
    ) -> tuple[Value, dict[str, Value]]:
        d = decayed(g, w, self.weight_decay)
        square = slots["square"] + d * d
        return w - r * (d / (sqrt(square) + self.epsilon)), {"square": square}


@dataclass(frozen=True)
class RMSProp(Optimizer):
    """Steps divided by the root of a running mean of squared gradients.

    Formula: d = g + weight_decay w;  s' = alpha s + (1 - alpha) d^2;
        u = d / (sqrt(s') + epsilon), or centered with m' = alpha m + (1 - alpha) d and s' - m'^2 in
        place of s';  w' = w - r u, or with momentum v' = momentum v + u, w' = w - r v'.
    Numerics: s' - m'^2 is kept from falling below 0 by rounding.
    Source: T. Tieleman, G. Hinton, 2012, Coursera, lecture 6.5; centered: A. Graves, 2013,
        arXiv:1308.0850; in the form of PyTorch.
    """

    rate: ScheduleLike = 1e-2
    alpha: float = hyper(0.99, low=0, below=1, doc="how long the mean square is remembered")
    momentum: float = hyper(0.0, low=0, below=1, doc="the share of the last step that is kept")
    centered: bool = hyper(False, kind=bool, doc="whether the mean gradient's square is taken off")
    epsilon: float = hyper(1e-8, above=0, doc="what keeps the division from blowing up")
    weight_decay: float = hyper(0.0, low=0, doc="the strength of the pull of parameters to 0")

    def slots(self, size: int) -> dict[str, Array]:
        """The mean square, and the mean and the velocity where they are asked for."""
        more = ["mean"] * self.centered + ["velocity"] * bool(self.momentum)
        return zeros(size, "square", *more)

    def step(
        self, w: Value, g: Value, r: Value, slots: Mapping[str, Value]
    ) -> tuple[Value, dict[str, Value]]:
        d = decayed(g, w, self.weight_decay)
        spread = self.alpha * slots["square"] + (1.0 - self.alpha) * (d * d)
        after = {"square": spread}
        if self.centered:
            mean = after["mean"] = self.alpha * slots["mean"] + (1.0 - self.alpha) * d
            spread = maximum(spread - mean * mean, 0.0)
        change = d / (sqrt(spread) + self.epsilon)
        if self.momentum:
            change = after["velocity"] = self.momentum * slots["velocity"] + change
        return w - r * change, after


@dataclass(frozen=True)
class AdaDelta(Optimizer):
    """Steps scaled by the size of past steps over that of past gradients.

    Formula: d = g + weight_decay w;  s' = rho s + (1 - rho) d^2;
        u = d sqrt(q + epsilon) / sqrt(s' + epsilon);  q' = rho q + (1 - rho) u^2;  w' = w - r u.
    Source: M. Zeiler, 2012, arXiv:1212.5701, algorithm 1, with a learning rate before it as in
        PyTorch.
    """

    rate: ScheduleLike = 1.0
    rho: float = hyper(0.9, low=0, below=1, doc="how long mean squares are remembered")
    epsilon: float = hyper(1e-6, above=0, doc="what gets the first step going")
    weight_decay: float = hyper(0.0, low=0, doc="the strength of the pull of parameters to 0")

    def slots(self, size: int) -> dict[str, Array]:
        """The mean squares of gradients and of steps."""
        return zeros(size, "square", "moved")

    def step(
        self, w: Value, g: Value, r: Value, slots: Mapping[str, Value]
    ) -> tuple[Value, dict[str, Value]]:
        d = decayed(g, w, self.weight_decay)
        square = self.rho * slots["square"] + (1.0 - self.rho) * (d * d)
        change = d * sqrt((slots["moved"] + self.epsilon) / (square + self.epsilon))
        moved = self.rho * slots["moved"] + (1.0 - self.rho) * (change * change)
        return w - r * change, {"square": square, "moved": moved}
