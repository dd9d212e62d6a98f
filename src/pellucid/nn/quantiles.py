"""Quantiles in place of a mean: between which numbers y lies, and how often.

Quantiles must not cross: that 5 % lie below 3 and 50 % below 2 cannot be. They cannot here, since
the outputs stand for the middle quantile and for the *steps* from it, up and down, each of which is
above 0. That is part of the prediction's graph: it holds on every engine and in every export. (To
sort outputs would need an operation that no export has, and would hide crossings, not keep the
network from learning them.)
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Any

from pellucid.dataclass import dataclass
from pellucid.errors import ParameterError, ShapeError
from pellucid.graph import BATCH, Type, Value
from pellucid.hyper import hyper
from pellucid.nn.activations import ActivationFunction, softplus_tail
from pellucid.nn.loss import Loss, per_sample_mean
from pellucid.ops import concatenate, maximum, slice

LEVELS = (0.05, 0.5, 0.95)


@dataclass(frozen=True)
class _Rising(ActivationFunction):
    """Numbers that rise along the last axis, whatever the sums are.

    Formula: with m the middle one and s the stretch, y_m = z_m; y_k = y_(k-1) + s softplus(z_k)
        above it, and y_k = y_(k+1) - s softplus(z_k) below it.
    Shapes: (batch, K) -> (batch, K).
    Parameters:
        middle: the place m.
        stretch: s; 1 by default.
    Numerics: a step that is lost in rounding leaves two numbers equal, never in the wrong order.
    """

    middle: int = hyper(0, kind=int, low=0, doc="the place that the others are about")
    stretch: float = hyper(1.0, above=0, doc="what the steps are multiplied by")

    def __repr__(self) -> str:
        return f"rising numbers, as steps up and down from number {self.middle}"

    def __call__(self, z: Value) -> Value:
        """Add the steps."""
        width = z.shape[-1]
        if len(z.shape) != 2 or not isinstance(width, int) or self.middle >= width:
            raise ShapeError(
                f"Quantiles expects rows of at least {self.middle + 1} numbers, got {z.type}. End "
                "with Dense(), which takes their number from the loss."
            )
        steps = maximum(0.0, z) + softplus_tail(z)
        if self.stretch != 1.0:
            steps = steps * self.stretch
        parts = [slice(z, 1, self.middle, self.middle + 1)]
        for k in range(self.middle + 1, width):
            parts.append(parts[-1] + slice(steps, 1, k, k + 1))
        for k in reversed(range(self.middle)):
            parts.insert(0, parts[0] - slice(steps, 1, k, k + 1))
        return concatenate(parts, 1) if width > 1 else z


@dataclass(frozen=True)
class Quantiles(Loss):
    """The pinball loss: output k is learned to be above y in the share ``levels[k]`` of cases.

    Formula: with q_k the predictions (``_Rising`` of the outputs) and e_k = target - q_k,
        L = mean over k of max(levels_k e_k, (levels_k - 1) e_k).
    Shapes: (batch, K), float (batch, 1) -> (batch,), with K levels.
    Parameters:
        levels: the shares, rising, each above 0 and below 1; 0.05, 0.5 and 0.95 by default.
        stretch: what distances from the middle quantile are multiplied by; 1 by default. A network
            that was calibrated has another.
    Numerics: slope (levels_k - 1) - of q_k: 1 - levels_k - where target and quantile are equal.
    Raises: ``ParameterError`` for levels that do not rise; ``ShapeError`` for another number of
        outputs.
    Source: R. Koenker, G. Bassett, 1978, Regression Quantiles, doi:10.2307/1913643.
    """

    kind = "quantiles"
    levels: Sequence[float] = LEVELS
    stretch: float = hyper(1.0, above=0, doc="what distances from the middle are multiplied by")

    def __post_init__(self) -> None:
        super().__post_init__()
        object.__setattr__(self, "levels", _checked(self.levels))

    @property
    def middle(self) -> int:
        """The place of the level that is nearest to one half: what ``predict`` gives."""
        return min(range(len(self.levels)), key=lambda k: (abs(self.levels[k] - 0.5), k))

    @property
    def link(self) -> ActivationFunction:
        """The steps up and down from the middle."""
        return _Rising(self.middle, self.stretch)

    def target_type(self, out_shape: tuple[int, ...]) -> Type:
        """Float (batch, 1)."""
        if out_shape != (len(self.levels),):
            raise ShapeError(
                f"Quantiles has {len(self.levels)} levels and expects as many outputs, got outputs "
                f"of shape {list(out_shape)}. End with Dense(), which takes it from the loss."
            )
        return Type((BATCH, 1))

    def per_sample(self, output: Value, target: Value) -> Value:
        """Add the mean of the sloping lines."""
        predicted = self.link(output)
        levels = output.builder.constant([float(level) for level in self.levels])
        error = target - predicted
        return per_sample_mean(maximum(levels * error, (levels - 1.0) * error))

    def pair(self, share: float | None = None) -> tuple[int, int, float]:
        """The places of the quantiles about an interval, and the share of y that it is to hold.

        Parameters:
            share: what it is to hold, such as 0.9; by default the widest there is.
        Raises: ``ParameterError`` where no two levels are that interval's ends.
        """
        pairs = {
            round(self.levels[j] - self.levels[i], 9): (i, j)
            for i in range(len(self.levels))
            for j in range(i + 1, len(self.levels))
            if abs(self.levels[i] + self.levels[j] - 1) < 1e-9
        }
        known = ", ".join(f"{each:g}" for each in sorted(pairs)) or "none"
        if share is None and pairs:
            share = max(pairs)
        place = pairs.get(round(share, 9)) if isinstance(share, int | float) else None
        if place is None or share is None:
            raise ParameterError(
                f"There is no interval of {share!r} among the quantiles "
                f"{', '.join(f'{level:g}' for level in self.levels)}; there is: {known}. An "
                "interval of 0.9 needs the levels 0.05 and 0.95: "
                "Quantiles((0.05, 0.5, 0.95))."
            )
        return *place, float(share)


def around(share: float) -> Quantiles:
    """The median, and the ends of the interval that holds a share of y.

    Example:
        >>> around(0.8)
        Quantiles(levels=(0.1, 0.5, 0.9))
    """
    low = round((1 - share) / 2, 12)
    return Quantiles((low, 0.5, round(1 - low, 12)))


def _checked(levels: Any) -> tuple[float, ...]:
    fits = isinstance(levels, list | tuple) and len(levels) > 0
    fits = fits and all(
        isinstance(each, int | float) and not isinstance(each, bool) and 0 < each < 1
        for each in levels
    )
    if not fits or any(b <= a for a, b in pairwise(levels)):
        raise ParameterError(
            f"Quantiles expects levels that rise, each above 0 and below 1, got {levels!r}. Give "
            "for example (0.05, 0.5, 0.95)."
        )
    return tuple(map(float, levels))
