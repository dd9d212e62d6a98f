"""Adam and its kin: a running mean of the gradient over the root of a running mean of its square.

The corrections for the start, 1 - beta^t, are scalars; they are gathered so that each step passes
over
the parameter vector as few times as possible: r (m / a) / (sqrt(v / b) + e) is computed as
(r sqrt(b) / a) m / (sqrt(v) + e sqrt(b)).
"""

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
class _Moments(Optimizer):
    """What Adam's kin have in common."""

    beta1: float = hyper(0.9, low=0, below=1, doc="how long the mean gradient is remembered")
    beta2: float = hyper(0.999, low=0, below=1, doc="how long the mean square is remembered")
    epsilon: float = hyper(1e-8, above=0, doc="what keeps the division from blowing up")
    weight_decay: float = hyper(0.0, low=0, doc="the strength of the pull of parameters to 0")

    def _slots(self, size: int, *more: str) -> dict[str, Array]:
        return zeros(size, "mean", "square", *more) | {"steps": np.zeros(())}

    def _moments(self, g: Value, slots: Mapping[str, Value]) -> dict[str, Value]:
        mean = self.beta1 * slots["mean"] + (1.0 - self.beta1) * g
        square = self.beta2 * slots["square"] + (1.0 - self.beta2) * (g * g)
        return {"mean": mean, "square": square, "steps": slots["steps"] + 1.0}

    def _change(self, r: Value, t: Value, mean: Value, square: Value) -> Value:
        root = sqrt(1.0 - self.beta2**t)
        scale = r * root / (1.0 - self.beta1**t)
        change: Value = scale * (mean / (sqrt(square) + self.epsilon * root))
        return change


@dataclass(frozen=True)
class Adam(_Moments):
    """Steps of about the learning rate for each parameter, whatever the size of its gradient.

    Formula: d = g + weight_decay w;  m' = beta1 m + (1 - beta1) d;  v' = beta2 v + (1 - beta2) d^2;
        w' = w - r (m' / (1 - beta1^t)) / (sqrt(v' / (1 - beta2^t)) + epsilon).
    Source: D. Kingma, J. Ba, 2015, arXiv:1412.6980, algorithm 1.
    """

    def slots(self, size: int) -> dict[str, Array]:
        """The running mean and mean square of the gradient, and the number of steps."""
        return self._slots(size)

    def step(
        self, w: Value, g: Value, r: Value, slots: Mapping[str, Value]
    ) -> tuple[Value, dict[str, Value]]:
        after = self._moments(decayed(g, w, self.weight_decay), slots)
        return w - self._change(r, after["steps"], after["mean"], after["square"]), after


@dataclass(frozen=True)
class AdamW(_Moments):
    """Adam with a pull to 0 that the gradient's size does not scale.

    Formula: w* = w (1 - r weight_decay);  m' = beta1 m + (1 - beta1) g;
        v' = beta2 v + (1 - beta2) g^2;
        w' = w* - r (m' / (1 - beta1^t)) / (sqrt(v' / (1 - beta2^t)) + epsilon).
    Source: I. Loshchilov, F. Hutter, 2019, arXiv:1711.05101, algorithm 2, in the form of PyTorch.
    """

    weight_decay: float = hyper(0.01, low=0, doc="the strength of the pull of parameters to 0")

    def slots(self, size: int) -> dict[str, Array]:
        """The running mean and mean square of the gradient, and the number of steps."""
        return self._slots(size)

    def step(
        self, w: Value, g: Value, r: Value, slots: Mapping[str, Value]
    ) -> tuple[Value, dict[str, Value]]:
        after = self._moments(g, slots)
        kept = w * (1.0 - r * self.weight_decay) if self.weight_decay else w
        return kept - self._change(r, after["steps"], after["mean"], after["square"]), after


@dataclass(frozen=True)
class AMSGrad(_Moments):
    """Adam whose steps never grow again because the mean square has been forgotten.

    Formula: as Adam, with the largest v' so far in place of v'.
    Source: S. Reddi, S. Kale, S. Kumar, 2018, arXiv:1904.09237, with Adam's corrections as in
        PyTorch.
    """

    def slots(self, size: int) -> dict[str, Array]:
        """Adam's, and the largest mean square so far."""
        return self._slots(size, "largest")

    def step(
        self, w: Value, g: Value, r: Value, slots: Mapping[str, Value]
    ) -> tuple[Value, dict[str, Value]]:
        after = self._moments(decayed(g, w, self.weight_decay), slots)
        after["largest"] = maximum(slots["largest"], after["square"])
        return w - self._change(r, after["steps"], after["mean"], after["largest"]), after


@dataclass(frozen=True)
class Nadam(_Moments):
    """Adam with Nesterov's look ahead.

    Formula: d = g + weight_decay w;  m' and v' as in Adam;
        b_t = beta1 (1 - 0.96^(t momentum_decay) / 2);  p_t = b_1 b_2 ... b_t;
        w' = w - r (d (1 - b_t) / (1 - p_t) + m' b_(t+1) / (1 - p_(t+1)))
             / (sqrt(v' / (1 - beta2^t)) + epsilon).
    Source: T. Dozat, 2016, Incorporating Nesterov Momentum into Adam, in the form of PyTorch.
    """

    rate: ScheduleLike = 2e-3
    momentum_decay: float = hyper(4e-3, low=0, doc="how fast the momentum's warm-up goes")

    def slots(self, size: int) -> dict[str, Array]:
        """Adam's, and the product of the betas so far."""
        return self._slots(size) | {"product": np.ones(())}

    def step(
        self, w: Value, g: Value, r: Value, slots: Mapping[str, Value]
    ) -> tuple[Value, dict[str, Value]]:
        d = decayed(g, w, self.weight_decay)
        after = self._moments(d, slots)
        t = after["steps"]
        beta, ahead = self._beta(t), self._beta(t + 1.0)
        product = after["product"] = slots["product"] * beta
        root = sqrt(1.0 - self.beta2**t)
        now = r * root * (1.0 - beta) / (1.0 - product)
        then = r * root * ahead / (1.0 - product * ahead)
        change = (now * d + then * after["mean"]) / (sqrt(after["square"]) + self.epsilon * root)
        return w - change, after

    def _beta(self, t: Value) -> Value:
        return self.beta1 * (1.0 - 0.5 * 0.96 ** (t * self.momentum_decay))
