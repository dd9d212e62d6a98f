"""Dropout: units that are left out at random while learning."""

from __future__ import annotations

from pellucid.dataclass import dataclass
from pellucid.graph import Value
from pellucid.hyper import hyper
from pellucid.nn.layer import Layer, Tracer
from pellucid.ops import cast


@dataclass(frozen=True)
class Dropout(Layer):
    """In training, leave out each number with probability ``rate`` and enlarge the others.

    Formula: y = x m / (1 - rate), with m = 1 with probability 1 - rate, else 0, drawn for each
        number of each sample at each step; outside training y = x. (This is inverted dropout.)
    Shapes: (batch, ...) -> the same.
    Parameters:
        rate: the share of numbers left out, from 0 to below 1; 0.5 by default.
    Numerics: the same seed and step give the same m on every executor.
    Source: N. Srivastava et al., 2014, Dropout: A Simple Way to Prevent Neural Networks from
        Overfitting, JMLR 15, section 10 for the scaling in training.
    """

    rate: float = hyper(0.5, low=0, below=1, doc="the share of numbers left out")

    def trace(self, builder: Tracer, x: Value) -> Value:
        """Add the mask in training, nothing otherwise."""
        if not builder.training or self.rate == 0:
            return x
        kept = cast(builder.chance(x.shape, 1.0 - self.rate), "float")
        return x * (kept * (1.0 / (1.0 - self.rate)))
