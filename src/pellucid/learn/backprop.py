"""Back-propagation: the gradient of the loss by the chain rule, handed to an optimizer."""

from __future__ import annotations

from collections.abc import Mapping

from pellucid.dataclass import dataclass
from pellucid.errors import ParameterError
from pellucid.graph import Builder, Value, gradients
from pellucid.graph.primitive import Array
from pellucid.hyper import hyper
from pellucid.learn.minimizer import Minimizer
from pellucid.learn.optimizers import Adam, Optimizer, optimizer
from pellucid.learn.rule import Rule, Situation, Update
from pellucid.learn.schedules import Constant, Schedule
from pellucid.nn.architecture import Architecture
from pellucid.ops import abs, clip, max, maximum, sqrt, sum

TINY = 1e-30  # below any gradient that counts: the length of no gradient is 0, not 0/0


@dataclass(frozen=True)
class Backprop(Rule):
    """Learn from the gradient of the loss.

    Formula: objective = (weighted sum of the samples' losses) / batch + l1 sum |w| + l2/2 sum w^2,
        the penalties over weights, not biases, and neither divided by the number of samples;
        g = d objective / d parameters, clipped: each entry to [-clip_value, clip_value], then the
        whole to a length of at most clip_norm; then the optimizer's step.
    Parameters:
        optimizer: an ``Optimizer``, ``LBFGS``, or a name: sgd, momentum, adam, adamw, lbfgs, ...
        l1, l2: strength of the penalties.
        clip_value, clip_norm: limits of the gradient; None: none.
    Raises: ``ParameterError`` for limits of the gradient with ``LBFGS``, whose line search needs
        the gradient as it is.
    Source: D. Rumelhart, G. Hinton, R. Williams, 1986, doi:10.1038/323533a0; clipping: R. Pascanu,
        T. Mikolov, Y. Bengio, 2013, arXiv:1211.5063.
    """

    optimizer: str | Optimizer | Minimizer = Adam()
    l1: float = hyper(0.0, low=0, doc="the strength of the penalty on the size of weights")
    l2: float = hyper(0.0, low=0, doc="the strength of the penalty on the square of weights")
    clip_value: float | None = hyper(
        None, above=0, optional=True, doc="the largest size of a gradient's entry"
    )
    clip_norm: float | None = hyper(
        None, above=0, optional=True, doc="the largest length of the gradient"
    )

    def __post_init__(self) -> None:
        super().__post_init__()
        object.__setattr__(self, "optimizer", optimizer(self.optimizer))
        if self.minimizer is not None and (self.clip_value or self.clip_norm):
            raise ParameterError(
                f"Backprop with {type(self.optimizer).__name__} expects clip_value and clip_norm "
                f"to be None, got {self.clip_value} and {self.clip_norm}. Its line search needs "
                "the gradient as it is; leave them out or use Adam."
            )

    @property
    def schedule(self) -> Schedule:
        """The optimizer's."""
        return Constant(1.0) if self.minimizer is not None else self._stepping.schedule

    @property
    def minimizer(self) -> Minimizer | None:
        """The optimizer, where it chooses its points itself."""
        return self.optimizer if isinstance(self.optimizer, Minimizer) else None

    def slots(self, architecture: Architecture) -> dict[str, Array]:
        """The optimizer's vectors."""
        return {} if self.minimizer is not None else self._stepping.slots(architecture.learned.size)

    def update(self, now: Situation) -> Update:
        """Add the backward nodes, the clipping, and the optimizer's step."""
        layout = now.architecture.learned
        if not layout.size:
            return Update(now.params, now.slots)
        penalty = self.penalty(now.builder, now.architecture, now.parameters)
        objective = now.objective if penalty is None else now.objective + penalty
        parts = gradients(objective, [now.parameters[name] for name in layout.names])
        g = layout.join(dict(zip(layout.names, parts, strict=True)), like=now.params)
        params, slots = self._stepping.step(now.params, self.clipped(g), now.rate, now.slots)
        return Update(params, slots)

    def penalty(
        self, builder: Builder, architecture: Architecture, parameters: Mapping[str, Value]
    ) -> Value | None:
        """Add the nodes of l1 sum |w| + l2/2 sum w^2."""
        total: Value | None = None
        with builder.context(role="loss", scope="penalty"):
            for name in architecture.learned.select(("weight",)).names:
                w = parameters[name]
                if self.l1:
                    size = self.l1 * sum(abs(w))
                    total = size if total is None else total + size
                if self.l2:
                    square = 0.5 * self.l2 * sum(w * w)
                    total = square if total is None else total + square
        return total

    @property
    def _stepping(self) -> Optimizer:
        if isinstance(self.optimizer, Optimizer):
            return self.optimizer
        raise ParameterError(
            f"{type(self.optimizer).__name__} has no single step to show: it looks at the loss in "
            "several points before it moves. Use an optimizer such as Adam."
        )

    def clipped(self, g: Value) -> Value:
        """Add the nodes that hold the gradient within its limits."""
        if self.clip_value is not None:
            g = clip(g, -self.clip_value, self.clip_value)
        if self.clip_norm is not None:
            largest = max(abs(g))  # taken out first, so that no square overflows
            share = g / maximum(largest, TINY)
            length = largest * sqrt(sum(share * share))
            g = g * (self.clip_norm / maximum(length, self.clip_norm))
        return g
