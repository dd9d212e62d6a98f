"""Clusters by competition: each sample moves the unit that is nearest to it."""

from __future__ import annotations

from typing import Any, Self

from pellucid.graph.primitive import Array
from pellucid.hyper import Hyper
from pellucid.learn.local.competitive import Competitive
from pellucid.learn.schedules import Constant, Cosine, Schedule, ScheduleLike, schedule
from pellucid.memory.units import Units, chosen_samples, given_rows
from pellucid.models.network import Network

CLUSTERS = Hyper("how many units compete", int, low=1)
EPOCHS = Hyper("how often each sample is seen", int, low=1)
STEPS, FEWEST, MOST = 20_000, 5, 200
STEADY = 0.1  # of the first rate, where pieces come one by one


class CompetitiveLayer(Units):
    """Units that compete for samples: the nearest takes it, and moves towards it.

    The rule is ``pellucid.learn.Competitive``, with a rate that falls to 0 along a cosine.

    Parameters:
        clusters: how many units.
        rate: the first learning rate, or a ``Schedule``.
        conscience, frequency: how units that win often are held back, so that none is left out; as
            of the rule. They change what is learned: units then win more alike.
        epochs: how often each sample is seen; None: as often as makes some 20,000 steps, from 5 to
            200.
        scale_inputs: whether columns are brought to mean 0 and deviation 1.
        seed: of the first places, which are samples, and of the order.
        engine, precision, threads: what computes, as in ``Network.fit``.

    Attributes:
        network: the ``Network`` of one Dense layer, whose weights are the places.
        run: what the last fit did; ``run.history.rows`` has the mean squared distance as loss.

    Example:
        >>> from pellucid.memory import CompetitiveLayer
        >>> x = [[0.0, 0.0], [0.0, 1.0], [9.0, 9.0], [9.0, 8.0]]
        >>> layer = CompetitiveLayer(2, scale_inputs=False, seed=1).fit(x)
        >>> a, b, c, d = layer.predict(x).tolist()
        >>> (a == b, c == d, a == c)
        (True, True, False)

    Source: D. Rumelhart, D. Zipser, 1985, doi:10.1207/s15516709cog0901_5.
    """

    def __init__(
        self, clusters: int = 8, *, rate: ScheduleLike = 0.2, conscience: float = 0.0,
        frequency: bool = False, epochs: int | None = None, scale_inputs: bool = True,
        seed: int = 0, engine: Any = "auto", precision: Any = None, threads: int | None = None,
    ) -> None:  # fmt: skip
        self.clusters = clusters
        self.rate = rate
        self.conscience = conscience
        self.frequency = frequency
        self.epochs = epochs
        self.scale_inputs = scale_inputs
        self.seed = seed
        self.engine = engine
        self.precision = precision
        self.threads = threads

    @property
    def units(self) -> int:
        """How many units there are."""
        return int(CLUSTERS.check("CompetitiveLayer", "clusters", self.clusters))

    def fit(self, x: Any, y: Any = None) -> Self:
        """Learn places from samples; y is not looked at."""
        x = given_rows(x)
        network = self._built(x)
        pace = schedule(self.rate, "CompetitiveLayer")
        falling = Cosine(pace.rate(0, 1)) if is_number(self.rate) else pace
        return self._learned(network, x, falling, usual_epochs(self.epochs, len(x)))

    def partial_fit(self, x: Any, y: Any = None) -> Self:
        """See these samples once more, at a tenth of the first rate; at first they are places."""
        x = given_rows(x)
        network = self.network if hasattr(self, "network") else self._built(x)
        pace = schedule(self.rate, "CompetitiveLayer")
        steady = Constant(STEADY * pace.rate(0, 1)) if is_number(self.rate) else pace
        return self._learned(network, x, steady, 1)

    def _learned(self, network: Network, x: Any, pace: Schedule, epochs: int) -> Self:
        rule = Competitive(pace, conscience=self.conscience, frequency=self.frequency)
        return self._learn(network, x, rule, epochs, 1)

    def _first(self, x: Array) -> Array:
        return chosen_samples(x, self.units, self.seed)


def is_number(rate: ScheduleLike) -> bool:
    """Whether a rate is a number, which falls, and no schedule, which says itself what it does."""
    return not isinstance(rate, Schedule) and not callable(rate)


def usual_epochs(asked: int | None, count: int) -> int:
    """As many as were asked for, or as make some 20,000 steps of one sample."""
    if asked is not None:
        return int(EPOCHS.check("fit", "epochs", asked))
    return max(FEWEST, min(MOST, round(STEPS / count)))
