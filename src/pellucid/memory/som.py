"""The Kohonen map: samples laid out on a grid, so that what is alike is near."""

from __future__ import annotations

from typing import Any, Self

import numpy as np

from pellucid.data.arrays import check_pair, to_array
from pellucid.errors import ParameterError, unknown_name
from pellucid.graph.primitive import Array
from pellucid.hyper import Hyper
from pellucid.learn.local.kohonen import Grid, Kohonen
from pellucid.learn.schedules import Constant, Exponential, Schedule, ScheduleLike, schedule
from pellucid.memory.competitive import is_number, usual_epochs
from pellucid.memory.units import Units, chosen_samples, given_rows

RADIUS = Hyper("the radius of the neighbourhood", float, above=0, unit="units of the grid")
STARTS, TRAININGS = ("pca", "random"), ("online", "batch")
RATE, FALL = 0.5, 0.01  # the first rate, and what is left of it at the end
BATCH_EPOCHS = 50
STEADY = 0.1  # of the first rate, where pieces come one by one


class KohonenMap(Units):
    """A self-organising map: units on a grid learn samples, and their neighbours with them.

    The rule is ``pellucid.learn.Kohonen``.

    Parameters:
        rows, columns: the size of the map; unit k is in row k // columns, column k % columns.
        grid: rectangular, or hexagonal, where each unit has six neighbours.
        neighbourhood: gaussian, or bubble: all within the radius alike.
        training: online: sample by sample; batch: each epoch is one step, which brings each unit to
            the mean of all samples, weighed by its neighbourhood: it has no rate.
        rate: of online training: the first rate, which falls exponentially to a hundredth of it
            (0.5 by default), or a ``Schedule``.
        radius, last_radius: of the neighbourhood at first and at the end; half the longer side, and
            0.7, unless given. Smaller: units are nearer to samples, and the map is torn more often.
        fall: how the radius falls: exponential, linear or inverse, as of the rule.
        start: pca: a plane along the two main directions of the samples; random: samples.
        epochs: how often each sample is seen; None: 50 in batch training, else as often as makes
            some 20,000 steps, from 5 to 200.
        scale_inputs: whether columns are brought to mean 0 and deviation 1.
        seed: of the order, and of a random start.
        engine, precision, threads: what computes, as in ``Network.fit``.

    Attributes:
        network: the ``Network`` of one Dense layer, whose weights are the places.
        run: what the last fit did; ``run.history.rows`` has the mean squared distance as loss.

    Example:
        >>> import numpy as np
        >>> from pellucid.memory import KohonenMap
        >>> x = np.linspace(0.0, 1.0, 60)[:, None]
        >>> line = KohonenMap(1, 4, training="batch").fit(x)
        >>> line.predict([[0.0], [0.3], [0.6], [1.0]]).tolist()
        [0, 1, 2, 3]

    Source: T. Kohonen, 1982, doi:10.1007/BF00337288.
    """

    def __init__(
        self, rows: int = 8, columns: int = 8, *, grid: str = "rectangular",
        neighbourhood: str = "gaussian", training: str = "online",
        rate: ScheduleLike | None = None, radius: float | None = None, last_radius: float = 0.7,
        fall: str = "exponential", start: str = "pca", epochs: int | None = None,
        scale_inputs: bool = True, seed: int = 0, engine: Any = "auto", precision: Any = None,
        threads: int | None = None,
    ) -> None:  # fmt: skip
        self.rows = rows
        self.columns = columns
        self.grid = grid
        self.neighbourhood = neighbourhood
        self.training = training
        self.rate = rate
        self.radius = radius
        self.last_radius = last_radius
        self.fall = fall
        self.start = start
        self.epochs = epochs
        self.scale_inputs = scale_inputs
        self.seed = seed
        self.engine = engine
        self.precision = precision
        self.threads = threads

    @property
    def layout(self) -> Grid:
        """Where the units are on the map."""
        return Grid(self.rows, self.columns, self.grid)

    @property
    def units(self) -> int:
        """How many units there are."""
        return self.layout.units

    # --- learning

    def fit(self, x: Any, y: Any = None) -> Self:
        """Lay the map out from samples; y is not looked at."""
        self._check()
        x = given_rows(x)
        network, count = self._built(x), len(x)
        if self.training == "batch":
            epochs = BATCH_EPOCHS if self.epochs is None else usual_epochs(self.epochs, count)
            rule = self._rule(Constant(1.0), epochs, "average")
            return self._learn(network, x, rule, epochs, count)
        epochs = usual_epochs(self.epochs, count)
        steps = epochs * count
        return self._learn(network, x, self._rule(self._pace(steps), steps, "mean"), epochs, 1)

    def partial_fit(self, x: Any, y: Any = None) -> Self:
        """See these samples once more, one by one, with the last radius and a tenth of the rate.

        At first they tell where the map begins.
        """
        self._check()
        x = given_rows(x)
        network = self.network if hasattr(self, "network") else self._built(x)
        pace = self._pace(1)
        number = self.rate is None or is_number(self.rate)
        steady = Constant(STEADY * pace.rate(0, 1)) if number else pace
        rule = Kohonen(
            steady, self.layout, radius=self.last_radius, last_radius=self.last_radius, steps=1,
            neighbourhood=self.neighbourhood,
        )  # fmt: skip
        return self._learn(network, x, rule, 1, 1)

    # --- the map

    def topographic_error(self, x: Any) -> float:
        """The share of samples whose nearest two units are no neighbours on the map.

        On a rectangular grid units at the corners count as neighbours, too.
        Source: K. Kiviluoto, 1996, doi:10.1109/ICNN.1996.548907.
        """
        if self.units < 2:
            return 0.0
        first, second = np.argpartition(self.distances(x), 1, axis=1)[:, :2].T
        return float(1.0 - self.layout.adjacent(corners=True)[first, second].mean())

    def u_matrix(self) -> Array:
        """The mean distance of each unit to its neighbours: (rows, columns). High: a border.

        Source: A. Ultsch, H. Siemon, 1990, Kohonen's self organizing feature maps for exploratory
        data analysis, INNC.
        """
        self._fitted()
        places, near = self._places, self.layout.adjacent()
        apart = np.linalg.norm(places[:, None] - places[None], axis=2)
        mean = (apart * near).sum(axis=1) / np.maximum(near.sum(axis=1), 1)
        return self._on_map(mean)

    def component_planes(self) -> Array:
        """One map for each column of x: (features, rows, columns), in the units of x."""
        return np.stack([self._on_map(column) for column in self.centres.T])

    def hit_map(self, x: Any) -> Array:
        """How many samples each unit is nearest to: (rows, columns)."""
        return self._on_map(self.hits(x))

    def class_map(self, x: Any, y: Any) -> list[list[Any]]:
        """The label that most samples of each unit have, by rows; None where there are none.

        Of labels that are as frequent the first in order is taken.
        """
        labels = to_array(y, "y")
        check_pair(x, labels)
        at = self.predict(x)
        names = np.unique(labels)
        counts = np.stack([np.bincount(at[labels == n], minlength=self.units) for n in names])
        told_names = names.tolist()
        most = [told_names[k] for k in counts.argmax(axis=0)]
        hit = counts.sum(axis=0) > 0
        told = [label if there else None for label, there in zip(most, hit, strict=True)]
        return [told[row * self.columns : (row + 1) * self.columns] for row in range(self.rows)]

    # --- inside

    def _check(self) -> None:
        for what, value, known in (
            ("start", self.start, STARTS),
            ("training", self.training, TRAININGS),
        ):
            if value not in known:
                raise unknown_name(f"{what} of KohonenMap", value, known)
        if self.training == "batch" and self.rate is not None:
            raise ParameterError(
                f"KohonenMap was given rate={self.rate!r} with training='batch', which has no "
                "rate: each step brings the units to a mean. Leave it out, or use 'online'."
            )
        self._rule(Constant(1.0), 1, "mean")

    def _pace(self, steps: int) -> Schedule:
        rate = RATE if self.rate is None else self.rate
        pace = schedule(rate, "KohonenMap")
        return Exponential(pace.rate(0, 1), FALL, steps) if is_number(rate) else pace

    def _rule(self, pace: Schedule, steps: int, way: str) -> Kohonen:
        first = max(self.rows, self.columns) / 2 if self.radius is None else self.radius
        radius = RADIUS.check("KohonenMap", "radius", first)
        last = RADIUS.check("KohonenMap", "last_radius", self.last_radius)
        return Kohonen(
            pace, self.layout, radius, last, max(1, steps - 1), self.fall, self.neighbourhood, way
        )

    def _on_map(self, values: Array) -> Array:
        return values.reshape(self.rows, self.columns)

    def _first(self, x: Array) -> Array:
        if self.start == "random":
            return chosen_samples(x, self.units, self.seed)
        return main_plane(x, self.layout)


def main_plane(x: Array, grid: Grid) -> Array:
    """Places on the plane of the two main directions, one deviation to each side of the mean.

    The longer side of the grid lies along the first. The sign of a direction is such that its
    largest entry is positive.
    """
    mean = x.mean(axis=0)
    squares, directions = np.linalg.eigh((x - mean).T @ (x - mean) / len(x))
    main = directions[:, ::-1][:, :2] * np.sqrt(np.maximum(squares[::-1][:2], 0.0))
    main = main * np.where(main[np.abs(main).argmax(axis=0), np.arange(main.shape[1])] < 0, -1, 1)
    if main.shape[1] < 2:
        main = np.column_stack([main, np.zeros(len(main))])
    places = grid.places
    span = np.maximum(places.max(axis=0), 1e-9)
    across, down = np.where(places.max(axis=0) > 0, 2.0 * places / span - 1.0, 0.0).T
    along, aside = (across, down) if grid.columns >= grid.rows else (down, across)
    return np.asarray(mean + np.outer(along, main[:, 0]) + np.outer(aside, main[:, 1]))


__all__ = ["Grid", "KohonenMap", "main_plane"]
