"""Intervals that hold what they promise: quantiles stretched by what held-out rows ask for.

Quantiles that fit the rows they were learned from are too narrow for others. Each row that was held
out has a stretch of its interval, about the middle quantile, that would just hold it; the one that
holds the promised share of them (and a row more) is taken. It is then part of the prediction: every
engine and export has it.

Formula: s_i = (y - middle) / (high - middle) above the middle, (middle - y) / (middle - low) below;
    s = the smallest number that at least (n + 1) level of the n rows have at most. New rows of
    the same source are then held in at least that share of cases, whatever the network is.
Source: J. Lei et al., 2018, doi:10.1080/01621459.2017.1307116; Y. Romano, E. Patterson, E. Candes,
    2019, Conformalized Quantile Regression (there the ends are moved, here they are stretched).
"""

from __future__ import annotations

import math
from dataclasses import asdict, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from pellucid.dataclass import dataclass
from pellucid.errors import DataError
from pellucid.models.answers import check_quantiles
from pellucid.models.prepare import given

if TYPE_CHECKING:
    from pellucid.models.network import Network
    from pellucid.run.executor import Executor


@dataclass(frozen=True)
class Widened:
    """What stretching an interval found.

    Attributes:
        stretch: what distances from the middle quantile are multiplied by; above 1 the interval was
            too narrow.
        level: the share of y that the interval is to hold.
        rows: how many held-out rows it was fitted on.
        coverage_before, coverage_after: the share of these rows that it holds.
    """

    stretch: float
    level: float
    rows: int
    coverage_before: float
    coverage_after: float

    def row(self) -> dict[str, Any]:
        """All of it as plain values."""
        return asdict(self)


def find_stretch(net: Network, x: Any, y: Any, chosen: Executor) -> Widened:
    """The stretch for these rows; the network is left as it is.

    Raises: ``DataError`` for too few rows; ``ParameterError`` for quantiles that are no interval.
    """
    task, codec, target = net._parts()
    loss = check_quantiles(task.loss)
    low, high, level = loss.pair()
    x, y = given(x, y, codec)
    true = target.decode(target.encode(y, np.float64)).reshape(-1)
    rows = len(true)
    place = math.ceil((rows + 1) * level - 1e-9)
    if place > rows:
        raise DataError(
            f"An interval of {level:g} needs at least {math.ceil(level / (1 - level) - 1e-9)} rows "
            f"to be calibrated on, got {rows}. Give more rows that it did not learn from."
        )
    found = net.predict_quantiles(x, engine=chosen)
    middle, lower, upper = found[:, loss.middle], found[:, low], found[:, high]
    above = true >= middle
    room = np.maximum(np.where(above, upper - middle, middle - lower), 1e-300)
    needed = np.abs(true - middle) / room
    stretch = float(max(np.sort(needed)[place - 1], 1e-6))
    return Widened(
        stretch, level, rows, float((needed <= 1).mean()), float((needed <= stretch).mean())
    )


def widen(net: Network, stretch: float) -> None:
    """Stretch the quantiles about the middle one."""
    task = net._parts()[0]
    loss = check_quantiles(task.loss)
    net._task = replace(task, loss=replace(loss, stretch=loss.stretch * stretch))
    net._predictors = {}  # they know the old one
