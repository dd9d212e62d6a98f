"""What competing units share: each is a place among the samples, and speaks for those near it."""

from __future__ import annotations

import os
from abc import ABC, abstractmethod
from functools import lru_cache
from typing import Any, Self

import numpy as np

from pellucid.data.arrays import check_inputs
from pellucid.data.codec import InputCodec, fit_inputs
from pellucid.errors import ParameterError
from pellucid.graph import BATCH, Builder, Graph
from pellucid.graph.primitive import Array
from pellucid.learn.local.base import LocalRule
from pellucid.learn.local.competitive import squared_distances
from pellucid.memory.parameters import Parameters
from pellucid.models.network import Network
from pellucid.models.run import Run
from pellucid.nn.dense import Dense
from pellucid.nn.init import zeros
from pellucid.ops import sqrt
from pellucid.ops.random import permutations
from pellucid.run.choose import executor

WEIGHT, BIAS = "dense_1.weight", "dense_1.bias"
PIECE = 1 << 22  # distances that are computed at a time


@lru_cache(maxsize=16)
def distance_graph(features: int, units: int) -> Graph:
    """The distance of each sample to each unit.

    Shapes: ``x`` (batch, features), ``weight`` (features, units) -> ``distance`` (batch, units).
    """
    b = Builder()
    x, weight = b.input("x", (BATCH, features)), b.input("weight", (features, units))
    return b.build(distance=sqrt(squared_distances(x, weight)))


class Units(Parameters, ABC):
    """One Dense layer whose weights are places among the samples.

    A subclass says where they start and by which rule they learn.
    """

    scale_inputs: bool
    seed: int
    engine: Any
    precision: Any
    threads: int | None
    network: Network
    run: Run

    # --- what a subclass says

    @property
    @abstractmethod
    def units(self) -> int:
        """How many units there are."""

    @abstractmethod
    def _first(self, x: Array) -> Array:
        """The first places, (units, features), from encoded samples."""

    # --- asking

    @property
    def centres(self) -> Array:
        """The place of each unit in the units of x: (units, features)."""
        self._fitted()
        return np.asarray(self._codec.decode(self._places))

    def distances(self, x: Any) -> Array:
        """The distance of each sample to each unit, (n, units), in the scale that they learn in.

        That is standard deviations of the columns, or the units of x with ``scale_inputs=False``.
        """
        self._fitted()
        rows, places = self._encoded(x), self._places
        program = self._executor("float64").compile(distance_graph(*places.T.shape))
        size = max(1, PIECE // len(places))
        weight = np.ascontiguousarray(places.T)
        parts = [
            program.run({"x": rows[at : at + size], "weight": weight})["distance"]
            for at in range(0, len(rows), size)
        ]
        return np.concatenate(parts)

    def predict(self, x: Any) -> Array:
        """The number of the unit nearest to each sample, counted from 0."""
        return np.asarray(np.argmin(self.distances(x), axis=1))

    def transform(self, x: Any) -> Array:
        """The distance of each sample to each unit, as ``distances``."""
        return self.distances(x)

    def quantisation_error(self, x: Any) -> float:
        """The mean distance of samples to the nearest unit."""
        return float(self.distances(x).min(axis=1).mean())

    def score(self, x: Any, y: Any = None) -> float:
        """Minus the mean squared distance to the nearest unit; y is not looked at."""
        return -float(np.square(self.distances(x).min(axis=1)).mean())

    def hits(self, x: Any) -> Array:
        """How many samples each unit is nearest to: (units,)."""
        return np.bincount(self.predict(x), minlength=self.units)

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write one safetensors file: the network and the settings."""
        from pellucid.memory.saving import save

        save(self, path)  # type: ignore[arg-type]  # the two that there are

    # --- inside

    @property
    def _codec(self) -> InputCodec:
        return self.network.inputs

    @property
    def _places(self) -> Array:
        return np.asarray(self.network.parameters[WEIGHT].T, np.float64)

    def _fitted(self) -> None:
        if not hasattr(self, "network"):
            raise self._unfitted()

    def _encoded(self, x: Any) -> Array:
        return np.asarray(self._codec.encode(x, np.float64), np.float64)

    def _executor(self, precision: Any) -> Any:
        if not isinstance(self.engine, str):
            return self.engine
        return executor(self.engine, precision, self.threads)

    def _built(self, x: Any) -> Network:
        """A network with the units at their first places."""
        codec = fit_inputs(x, "auto" if self.scale_inputs else "none")
        if len(codec.sample_shape) != 1:
            raise ParameterError(
                f"{type(self).__name__} expects rows of features, got x with rows of shape "
                f"{list(codec.row_shape)}. Use x.reshape(len(x), -1)."
            )
        layer = Dense(self.units, weight_init=zeros())
        network = Network([layer], scale_inputs=self.scale_inputs, seed=self.seed)
        network.build(x, inputs=codec)
        places = self._first(np.asarray(codec.encode(x, np.float64), np.float64))
        network.parameters[WEIGHT][...] = places.T
        network.parameters[BIAS][...] = -0.5 * np.square(places).sum(axis=1)
        return network

    def _learn(self, network: Network, x: Any, rule: LocalRule, epochs: int, batch: int) -> Self:
        """Fit the network; it is kept once that is done."""
        own = isinstance(self.engine, str)
        run: Run = network.fit(
            x, rule=rule, epochs=epochs, batch=batch, engine=self.engine,
            precision=self.precision if own else None, threads=self.threads, progress=False,
        )  # fmt: skip
        self.network, self.run = network, run
        return self


def given_rows(x: Any) -> Array:
    """Samples by row, as finite floats."""
    return np.asarray(check_inputs(x), np.float64)


def chosen_samples(x: Array, count: int, seed: int) -> Array:
    """Different samples in random order, and from the first again where there are too few."""
    order = permutations(np.array([seed, 0]), 0, len(x))
    return np.asarray(x[np.resize(order, count)])
