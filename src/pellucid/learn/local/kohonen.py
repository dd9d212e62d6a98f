"""The Kohonen map: units on a grid, of which the winner and its neighbours learn together."""

from __future__ import annotations

import math
from typing import ClassVar

import numpy as np

from pellucid.dataclass import dataclass
from pellucid.errors import ParameterError
from pellucid.graph import Value
from pellucid.graph.primitive import Array
from pellucid.hyper import Declared, hyper
from pellucid.learn.local.base import LocalRule, replaced, share
from pellucid.learn.local.competitive import competing, moved
from pellucid.learn.rule import Situation, Update
from pellucid.learn.schedules import ScheduleLike
from pellucid.learn.unsupervised import Quantisation, nearest_units
from pellucid.nn.losses import Loss
from pellucid.ops import cast, exp, gather, less_equal, matmul, minimum, sum, where

GRIDS = ("rectangular", "hexagonal")
NEIGHBOURHOODS = ("gaussian", "bubble")
FALLS = ("exponential", "linear", "inverse")
WAYS = ("mean", "average")
NEAR = 1e-3  # of the grid's unit: places that far beyond a limit are within it
NOBODY = 1e-12  # less than any neighbourhood that counts


@dataclass(frozen=True)
class Grid(Declared):
    """The places of the units of a map: neighbours are at distance 1.

    Parameters:
        rows, columns: how many units there are, down and across; unit k is in row
            k // columns, column k % columns.
        kind: rectangular: four neighbours; hexagonal: six, every second row is half a unit to
            the right.

    Example:
        >>> Grid(2, 2, "hexagonal").places.round(2).tolist()
        [[0.0, 0.0], [1.0, 0.0], [0.5, 0.87], [1.5, 0.87]]
    """

    rows: int = hyper(8, kind=int, low=1, doc="how many units there are down")
    columns: int = hyper(8, kind=int, low=1, doc="how many units there are across")
    kind: str = hyper("rectangular", kind=str, choices=GRIDS, doc="the form of the grid")
    corners: ClassVar[float] = math.sqrt(2.0)

    @property
    def units(self) -> int:
        """How many units there are."""
        return self.rows * self.columns

    @property
    def places(self) -> Array:
        """The place of each unit, across and down: (units, 2)."""
        down, across = np.divmod(np.arange(self.units), self.columns)
        if self.kind == "rectangular":
            return np.stack([across, down], 1).astype(np.float64)
        return np.stack([across + 0.5 * (down % 2), down * math.sqrt(0.75)], 1)

    @property
    def distances(self) -> Array:
        """Between the places of each two units: (units, units)."""
        places = self.places
        return np.asarray(np.linalg.norm(places[:, None] - places[None], axis=2))

    def adjacent(self, corners: bool = False) -> Array:
        """Which units are neighbours, (units, units); of a square also those at its corners."""
        most = self.corners if corners and self.kind == "rectangular" else 1.0
        distances = self.distances
        return np.asarray((distances > 0) & (distances <= most + NEAR))


@dataclass(frozen=True)
class Kohonen(LocalRule):
    """The nearest unit and its neighbours on a grid move towards the sample: one Dense layer.

    Formula: with c the unit nearest to x, g(j, c) the distance of two units on the grid, and the
        radius r: h_j = exp(-g(j, c)^2 / (2 r^2)) (gaussian), or 1 where g(j, c) <= r, else 0
        (bubble). Way "mean": w_j <- w_j + rate mean over the batch of h_j (x - w_j).
        Way "average": w_j <- w_j + rate (sum over the batch of h_j x / sum of h_j - w_j); with all
        samples in a step and the rate 1 this is the batch map. Each sample has its weight.
        The radius falls from ``radius`` to ``last_radius`` in ``steps`` steps, and stays. With
        s = min(1, (t - 1) / steps) at step t: exponential: radius (last_radius / radius)^s;
        linear: radius + (last_radius - radius) s; inverse: radius / (1 + (radius / last_radius -
        1) s). The bias of a unit, where it has one, becomes -|w_j|^2 / 2 as in ``Competitive``.
    Parameters:
        rate: the learning rate.
        grid: where the units are; as many as the layer has.
        radius, last_radius: of the neighbourhood, in units of the grid.
        steps: how many steps the radius falls.
        fall: how it falls.
        neighbourhood: its form.
        way: how the samples of a step are put together.
    Numerics: of units at the same distance the first wins. In the way "average" a unit of whose
        neighbourhood no sample is part stays where it is.
    Loss: ``Quantisation``.
    Raises: ``ParameterError`` for any network but one linear Dense layer with a unit for each place
        of the grid.
    Source: T. Kohonen, 1982, doi:10.1007/BF00337288; the batch map: T. Kohonen, Self-Organizing
        Maps, 3rd edition, 2001, section 3.6.
    """

    rate: ScheduleLike = 0.1
    grid: Grid = Grid()
    radius: float = hyper(3.0, above=0, doc="the first radius", unit="units of the grid")
    last_radius: float = hyper(0.5, above=0, doc="the last radius", unit="units of the grid")
    steps: int = hyper(1000, kind=int, low=1, doc="how many steps the radius falls", unit="steps")
    fall: str = hyper("exponential", kind=str, choices=FALLS, doc="how the radius falls")
    neighbourhood: str = hyper(
        "gaussian", kind=str, choices=NEIGHBOURHOODS, doc="the form of the neighbourhood"
    )
    way: str = hyper("mean", kind=str, choices=WAYS, doc="how samples of a step are put together")

    @property
    def batch(self) -> int | None:
        """One sample a step, or any number for averages."""
        return 1 if self.way == "mean" else None

    @property
    def loss(self) -> Loss | None:
        """How far the samples are from their units."""
        return Quantisation()

    def update(self, now: Situation) -> Update:
        view = competing(now, "Kohonen")
        units = view.weight.shape[1]
        if units != self.grid.units:
            raise ParameterError(
                f"Kohonen expects a unit for each of the {self.grid.rows} x {self.grid.columns} "
                f"places of its grid, got {view.name} with {units} units. Use "
                f"Dense({self.grid.units}), or another grid."
            )
        near = share(now) * self._neighbours(nearest_units(view.x, view.weight), now.time)
        total, pull = sum(near, 0), matmul(view.x, near, transpose_a=True)
        if self.way == "mean":
            step = pull - view.weight * total
        else:
            there = total > NOBODY
            step = where(there, pull / where(there, total, 1.0) - view.weight, 0.0)
        return Update(replaced(now, moved(view, view.weight + now.rate * step)))

    def _neighbours(self, winner: Value, time: Value) -> Value:
        """How much each unit learns from each sample: (batch, units)."""
        places = self.grid.places
        table = winner.builder.constant(places)
        at = gather(table, winner)
        apart = (
            sum(at * at, 1, keepdims=True)
            - 2.0 * matmul(at, table, transpose_b=True)
            + np.square(places).sum(axis=1)
        )
        radius = self._radius(time)
        if self.neighbourhood == "gaussian":
            bell: Value = exp(apart * (-0.5 / (radius * radius)))
            return bell
        limit = radius + NEAR
        return cast(less_equal(apart, limit * limit), "float")

    def _radius(self, time: Value) -> Value:
        """The radius of a step, as a node of its number."""
        first, last = self.radius, self.last_radius
        share: Value = minimum((time - 1.0) * (1.0 / self.steps), 1.0)
        if self.fall == "linear":
            return share * (last - first) + first
        if self.fall == "inverse":
            return first / (share * (first / last - 1.0) + 1.0)
        falling: Value = exp(share * math.log(last / first))
        return first * falling

    def radius_at(self, step: int) -> float:
        """The radius of a step, counted from 0.

        Example:
            >>> Kohonen(radius=4.0, last_radius=1.0, steps=10).radius_at(5)
            2.0
        """
        first, last, share = self.radius, self.last_radius, min(1.0, step / self.steps)
        if self.fall == "linear":
            return first + (last - first) * share
        if self.fall == "inverse":
            return first / (1.0 + (first / last - 1.0) * share)
        return float(first * (last / first) ** share)
