"""Schedules: the learning rate of each step.

Steps are counted from 0, and a schedule knows how many the run is planned for. All are functions of
the step alone, so a run that goes on, or is replayed from the middle, meets the same rates.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from pellucid.dataclass import dataclass
from pellucid.errors import ParameterError
from pellucid.hyper import Declared, hyper

Floats: TypeAlias = NDArray[np.float64]


@dataclass(frozen=True)
class Schedule(Declared, ABC):
    """A learning rate for each step; one of your own derives from this and writes ``at``."""

    @abstractmethod
    def at(self, t: Floats, total: int) -> Floats:
        """The rates at the steps t, counted from 0, of a run planned for ``total`` steps."""

    def rate(self, step: int, total: int) -> float:
        """The rate at one step; see ``rates``."""
        return float(self.rates(step, 1, total)[0])

    def rates(self, start: int, count: int, total: int) -> Floats:
        """The rates of ``count`` steps from ``start`` on.

        Raises: ``ParameterError`` for the first rate that is not finite or below 0.
        """
        found = np.asarray(self.at(np.arange(start, start + count, dtype=np.float64), total))
        bad = np.flatnonzero(~(np.isfinite(found) & (found >= 0)))
        if len(bad):
            raise ParameterError(
                f"{type(self).__name__} gives a learning rate of {found[bad[0]]} at step "
                f"{start + int(bad[0])}. A rate must be finite and at least 0."
            )
        return found


@dataclass(frozen=True)
class Constant(Schedule):
    """The same rate at every step. Formula: rate(t) = value."""

    value: float = hyper(1e-3, above=0, doc="the learning rate")

    def at(self, t: Floats, total: int) -> Floats:
        return np.full(len(t), self.value)


@dataclass(frozen=True)
class StepDecay(Schedule):
    """A rate that drops by a factor every so many steps.

    Formula: rate(t) = first factor^floor(t / every).
    Source: PyTorch's StepLR, counted in steps in place of epochs.
    """

    first: float = hyper(1e-2, above=0, doc="the rate of the first step")
    factor: float = hyper(0.1, above=0, high=1, doc="what the rate is multiplied by at each drop")
    every: int = hyper(1000, kind=int, low=1, doc="the steps between two drops", unit="steps")

    def at(self, t: Floats, total: int) -> Floats:
        return self.first * self.factor ** np.floor(t / self.every)


@dataclass(frozen=True)
class Exponential(Schedule):
    """A rate that falls by the same share at every step.

    Formula: rate(t) = first factor^(t / every).
    Source: PyTorch's ExponentialLR with gamma = factor^(1 / every).
    """

    first: float = hyper(1e-2, above=0, doc="the rate of the first step")
    factor: float = hyper(0.1, above=0, high=1, doc="what is left of the rate after `every` steps")
    every: int = hyper(1000, kind=int, low=1, doc="the steps that `factor` speaks of", unit="steps")

    def at(self, t: Floats, total: int) -> Floats:
        return self.first * self.factor ** (t / self.every)


@dataclass(frozen=True)
class Cosine(Schedule):
    """Half a wave of the cosine, from the first rate down to the last.

    Formula: rate(t) = last + (first - last) (1 + cos(pi min(t, n) / n)) / 2, with n = ``steps``, or
        all steps of the run.
    Source: I. Loshchilov, F. Hutter, 2017, arXiv:1608.03983, eq. 5, without restarts.
    """

    first: float = hyper(1e-2, above=0, doc="the rate of the first step")
    last: float = hyper(0.0, low=0, doc="the rate that is reached at the end")
    steps: int | None = hyper(
        None, kind=int, low=1, optional=True, doc="the steps until the end", unit="steps"
    )

    def at(self, t: Floats, total: int) -> Floats:
        share = np.minimum(t / max(1, self.steps or total), 1.0)
        return _cosine(self.first, self.last, share)


@dataclass(frozen=True)
class OneCycle(Schedule):
    """Up to a high rate, then down to nearly nothing: one cycle over the whole run.

    Formula: with a = rise n - 1 and n = ``steps``, or all steps of the run: half a cosine wave from
        top / divisor to top over t = 0 ... a, then one from top to top / (divisor end_divisor) over
        t = a ... n - 1.
    Source: L. Smith, N. Topin, 2018, arXiv:1708.07120, in the form of PyTorch's OneCycleLR.
    """

    top: float = hyper(1e-2, above=0, doc="the highest rate")
    rise: float = hyper(0.3, above=0, below=1, doc="the share of the steps that go up")
    divisor: float = hyper(25.0, low=1, doc="what `top` is divided by for the first rate")
    end_divisor: float = hyper(1e4, low=1, doc="what the first rate is divided by for the last")
    steps: int | None = hyper(
        None, kind=int, low=1, optional=True, doc="the steps of the cycle", unit="steps"
    )

    def at(self, t: Floats, total: int) -> Floats:
        last = float(max(1, (self.steps or total) - 1))
        peak = min(max(0.0, self.rise * (last + 1) - 1), last)
        first, end = self.top / self.divisor, self.top / self.divisor / self.end_divisor
        up = np.minimum(t / peak, 1.0) if peak else np.ones(len(t))
        down = np.minimum((t - peak) / max(last - peak, 1e-9), 1.0)
        return np.where(t <= peak, _cosine(first, self.top, up), _cosine(self.top, end, down))


@dataclass(frozen=True)
class WarmUp(Schedule):
    """A straight line up to the first rate of another schedule, then that schedule.

    Formula: rate(t) = then(0) (share + (1 - share) t / steps) for t < steps, then(t - steps) after,
        with ``then`` planned for the steps that are left.
    Source: P. Goyal et al., 2017, arXiv:1706.02677, section 2.2.
    """

    then: Schedule | float = 1e-2
    steps: int = hyper(100, kind=int, low=1, doc="the steps on the way up", unit="steps")
    share: float = hyper(0.1, low=0, high=1, doc="the share of the rate that the first step gets")

    def __post_init__(self) -> None:
        super().__post_init__()
        object.__setattr__(self, "then", schedule(self.then, type(self).__name__))

    def at(self, t: Floats, total: int) -> Floats:
        then, left = schedule(self.then, type(self).__name__), max(1, total - self.steps)
        found = then.at(np.maximum(t - self.steps, 0.0), left)
        return found * np.minimum(self.share + (1.0 - self.share) * t / self.steps, 1.0)


@dataclass(frozen=True)
class ByFunction(Schedule):
    """Any function of the step, counted from 0. Formula: rate(t) = function(t)."""

    function: Callable[[int], float]

    def at(self, t: Floats, total: int) -> Floats:
        return np.array([float(self.function(int(step))) for step in t])


def _cosine(first: float, last: float, share: Floats) -> Floats:
    """From first to last along half a cosine wave; exactly those at the shares 0 and 1."""
    fall = 0.5 * (1.0 - np.cos(np.pi * share))
    return np.asarray(first * (1.0 - fall) + last * fall)


ScheduleLike: TypeAlias = "float | Schedule | Callable[[int], float]"


def schedule(choice: ScheduleLike, owner: str) -> Schedule:
    """A schedule from a number, a schedule, or a function of the step.

    Raises: ``ParameterError`` for anything else, and for a rate of 0 or below.
    """
    if isinstance(choice, Schedule):
        return choice
    if callable(choice):
        return ByFunction(choice)
    declared = Constant.__dataclass_fields__["value"].metadata["hyper"]
    return Constant(declared.check(owner, "rate", choice))
