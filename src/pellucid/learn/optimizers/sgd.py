"""Steps along the gradient, and along a running sum of gradients."""

from __future__ import annotations

from collections.abc import Mapping

from pellucid.dataclass import dataclass
from pellucid.graph import Value
from pellucid.graph.primitive import Array
from pellucid.hyper import hyper
from pellucid.learn.optimizers.base import Optimizer, decayed, zeros
from pellucid.learn.schedules import ScheduleLike
from pellucid.ops import sign


@dataclass(frozen=True)
class SGD(Optimizer):
    """Stochastic gradient descent, with momentum and Nesterov's look ahead on demand.

    Formula: d = g + weight_decay w;  v' = momentum v + d;
        w' = w - r v', or with nesterov w' = w - r (d + momentum v').
    Source: H. Robbins, S. Monro, 1951, doi:10.1214/aoms/1177729586; B. Polyak, 1964,
        doi:10.1016/0041-5553(64)90137-5; Y. Nesterov, 1983, in the form of I. Sutskever et al.,
        2013, and of PyTorch.
    """

    rate: ScheduleLike = 1e-2
    momentum: float = hyper(0.0, low=0, below=1, doc="the share of the last step that is kept")
    nesterov: bool = hyper(False, kind=bool, doc="whether the gradient is taken one step ahead")
    weight_decay: float = hyper(0.0, low=0, doc="the strength of the pull of parameters to 0")

    def slots(self, size: int) -> dict[str, Array]:
        """The velocity, where there is momentum."""
        return zeros(size, "velocity") if self.momentum else {}

    def step(
        self, w: Value, g: Value, r: Value, slots: Mapping[str, Value]
    ) -> tuple[Value, dict[str, Value]]:
        d = decayed(g, w, self.weight_decay)
        if not self.momentum:
            return w - r * d, {}
        velocity = self.momentum * slots["velocity"] + d
        change = d + self.momentum * velocity if self.nesterov else velocity
        return w - r * change, {"velocity": velocity}


@dataclass(frozen=True)
class Lion(Optimizer):
    """Steps of exactly the learning rate for each parameter, by the sign of a mixed momentum.

    Formula: c = beta1 m + (1 - beta1) g;  w' = w - r (sign(c) + weight_decay w);
        m' = beta2 m + (1 - beta2) g.
    Numerics: sign(0) = 0, so a parameter that never had a gradient stays.
    Source: X. Chen et al., 2023, arXiv:2302.06675, algorithm 2.
    """

    rate: ScheduleLike = 1e-4
    beta1: float = hyper(0.9, low=0, below=1, doc="the share of the momentum in the step")
    beta2: float = hyper(0.99, low=0, below=1, doc="how long the momentum is remembered")
    weight_decay: float = hyper(0.0, low=0, doc="the strength of the pull of parameters to 0")

    def slots(self, size: int) -> dict[str, Array]:
        """The momentum."""
        return zeros(size, "mean")

    def step(
        self, w: Value, g: Value, r: Value, slots: Mapping[str, Value]
    ) -> tuple[Value, dict[str, Value]]:
        mean = slots["mean"]
        direction = sign(self.beta1 * mean + (1.0 - self.beta1) * g)
        following = self.beta2 * mean + (1.0 - self.beta2) * g
        if self.weight_decay:
            w = w * (1.0 - r * self.weight_decay)
        return w - r * direction, {"mean": following}
