"""The Hopfield network: patterns kept as connections, and recalled from a part of them."""

from __future__ import annotations

import os
from typing import Any, Self

import numpy as np

from pellucid.data.arrays import check_pair
from pellucid.errors import DataError, ShapeError, unknown_name
from pellucid.graph.primitive import Array
from pellucid.hyper import Hyper
from pellucid.learn.local.hebb import Hebb
from pellucid.learn.local.storkey import Storkey
from pellucid.memory.coding import Coding, checked_patterns
from pellucid.memory.naming import StateName, named, overlaps
from pellucid.memory.parameters import Parameters
from pellucid.memory.recall import WAYS, How, Recall, energies, settle
from pellucid.models.network import Network
from pellucid.nn.dense import Dense
from pellucid.nn.init import zeros
from pellucid.run.choose import executor

STORAGES = ("hebb", "pseudo_inverse", "storkey")
SWEEPS = Hyper("how often all units have their turn at most", int, low=1)
SEED = Hyper("the seed of the order of the units", int, low=0, high=2**63 - 1)
WEIGHT = "dense_1.weight"


class Hopfield(Parameters):
    """A memory of patterns of two values: recalled whole from a damaged part, energy going down.

    Each of N units is joined with each other by a symmetric weight, and with itself by none.

    Formula: storage "hebb": W = 1/N sum over the patterns of x x^T, by Hebb's rule with the outputs
        held at the inputs. "pseudo_inverse": W = X^+ X, with the patterns as rows of X, the
        projection onto what they span: each of up to N - 1 linearly independent patterns is a
        stable state. "storkey": by Storkey's rule, pattern after pattern. The diagonal is then set
        to 0. Recall: s_i becomes the sign of sum over j of w_ij s_j, and stays where that is 0.
    Shapes: patterns (n, ...) of -1 and 1 or of 0 and 1, of any shape.
    Parameters:
        storage: hebb, pseudo_inverse or storkey.
        how: asynchronous: one unit after the other, in an order drawn anew for each sweep; then
            the energy -1/2 s W s never rises, and a stable state is reached. synchronous: all
            units at once; then it may end going to and fro between two states.
        sweeps: how often all units have their turn at most.
        seed: of the order of the units.
        engine, threads: what computes, as in ``Network.fit``; always in float64.

    Attributes:
        patterns: what was stored.
        weights: (N, N).
        network: the ``Network`` of one Dense layer whose weights they are.

    Example:
        >>> from pellucid.memory import Hopfield
        >>> memory = Hopfield().fit([[1, 1, 1, -1, -1, -1], [1, -1, 1, -1, 1, -1]])
        >>> memory.predict([[1, 1, 1, -1, -1, 1]]).tolist()  # the last unit is wrong
        [[1.0, 1.0, 1.0, -1.0, -1.0, -1.0]]

    Source: J. Hopfield, 1982, doi:10.1073/pnas.79.8.2554; the pseudo-inverse: L. Personnaz, I.
        Guyon, G. Dreyfus, 1985, doi:10.1051/jphyslet:01985004608035900; two-cycles: E. Goles, F.
        Fogelman-Soulie, D. Pellegrin, 1985, doi:10.1016/0166-218X(85)90029-0.
    """

    def __init__(
        self, storage: str = "hebb", *, how: How = "asynchronous", sweeps: int = 100,
        seed: int = 0, engine: Any = "auto", threads: int | None = None,
    ) -> None:  # fmt: skip
        self.storage = storage
        self.how = how
        self.sweeps = sweeps
        self.seed = seed
        self.engine = engine
        self.threads = threads

    network: Network
    coding: Coding

    # --- storing

    def fit(self, x: Any, y: Any = None) -> Self:
        """Store patterns, and forget what was stored before; y is not looked at.

        Raises: ``DataError`` for patterns of other than two values, or of one unit.
        """
        self._check()
        patterns = checked_patterns(x)
        coding = Coding.of(patterns)
        self._keep(coding, coding.encode(patterns), np.zeros((0, patterns[0].size)))
        return self

    def partial_fit(self, x: Any, y: Any = None) -> Self:
        """Store patterns beside those that are there."""
        self._check()
        if not hasattr(self, "network"):
            return self.fit(x)
        self._keep(self.coding, self._encoded(x), self._states)
        return self

    @property
    def patterns(self) -> Array:
        """The stored patterns, in the form they were given."""
        self._fitted()
        return self.coding.decode(self._states)

    @property
    def weights(self) -> Array:
        """The weights between units: symmetric, 0 on the diagonal."""
        self._fitted()
        weights: Array = self.network.parameters[WEIGHT]
        return weights

    # --- recalling

    def recall(
        self, x: Any, *, how: How | None = None, sweeps: int | None = None, seed: int | None = None
    ) -> Recall:
        """Recall from patterns that are damaged, or drawn; the value halfway means not known.

        Parameters:
            how, sweeps, seed: in place of the settings of the memory.
        """
        self._fitted()
        way = self._way(self.how if how is None else how)
        most = SWEEPS.check("recall", "sweeps", self.sweeps if sweeps is None else sweeps)
        first = SEED.check("recall", "seed", self.seed if seed is None else seed)
        start = self._encoded(x)
        found = settle(self.weights, start, self._executor(), way, most, first)
        return Recall(
            self.coding.decode(start), self.coding.decode(found.states), found.energies,
            found.sweeps, found.settled, found.cycle,
        )  # fmt: skip

    def predict(self, x: Any) -> Array:
        """The pattern that each row leads to, in the form that was stored."""
        return self.recall(x).state

    def transform(self, x: Any) -> Array:
        """How alike the recalled state and each stored pattern are: (n, patterns), -1 to 1."""
        return overlaps(self._encoded(self.predict(x)), self._states)

    def score(self, x: Any, y: Any = None) -> float:
        """The share of rows that lead to exactly the pattern that is hoped for.

        Parameters:
            y: the patterns hoped for; None: any of those stored.
        """
        found = self.predict(x)
        if y is None:
            return float(np.mean([name.kind == "pattern" for name in self.names(found)]))
        hoped = self._encoded(y)
        check_pair(found, hoped)
        return float((self._encoded(found) == hoped).all(axis=1).mean())

    def energy(self, x: Any) -> Array:
        """The energy of each state, -1/2 sum over i and j of w_ij s_i s_j."""
        self._fitted()
        return energies(self.weights, self._encoded(x), self._executor())

    def names(self, x: Any) -> list[StateName]:
        """What each state is: a stored pattern, one reversed, a mixture, or none of these."""
        self._fitted()
        return named(self._encoded(x), self._states)

    # --- keeping

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write one safetensors file: the weights, the patterns and the settings."""
        from pellucid.memory.saving import save

        save(self, path)

    # --- inside

    def _check(self) -> None:
        if self.storage not in STORAGES:
            raise unknown_name("storage of Hopfield", self.storage, STORAGES)
        self._way(self.how)

    def _way(self, how: str) -> Any:
        if how not in WAYS:
            raise unknown_name("way of recall", how, WAYS)
        return how

    def _fitted(self) -> None:
        if not hasattr(self, "network"):
            raise self._unfitted()

    def _encoded(self, x: Any) -> Array:
        self._fitted()
        return self.coding.encode(checked_patterns(x))

    def _executor(self) -> Any:
        own = isinstance(self.engine, str)
        return executor(self.engine, "float64" if own else None, self.threads)

    def _keep(self, coding: Coding, new: Array, before: Array) -> None:
        """Store new patterns; an error leaves the memory as it was."""
        if not (np.abs(new) == 1.0).all():
            raise DataError(
                f"x holds {coding.unknown:g}, which stands for a unit of which nothing is known. A "
                f"pattern that is stored has {coding.low:g} or {coding.high:g} in each unit."
            )
        units = new.shape[1]
        if units < 2:
            raise ShapeError(
                "A memory needs patterns of at least 2 units, got 1: a unit is recalled by others."
            )
        states = np.concatenate([before, new])
        fresh = not len(before)
        network: Network = self._empty(new) if fresh else self.network.copy()
        if self.storage == "pseudo_inverse":
            network.parameters[WEIGHT][...] = np.linalg.pinv(states) @ states
        else:
            self._learn(network, new)
        np.fill_diagonal(network.parameters[WEIGHT], 0.0)
        self.network, self.coding, self._states = network, coding, states

    def _empty(self, states: Array) -> Network:
        layer = Dense(states.shape[1], bias=False, weight_init=zeros())
        return Network([layer], scale_inputs=False, seed=self.seed).build(states)

    def _learn(self, network: Network, new: Array) -> None:
        """By the rule: all at once for Hebb's, one after the other for Storkey's."""
        count, units = new.shape
        rule = Hebb(count / units, clamped=True) if self.storage == "hebb" else Storkey()
        network.fit(
            new, rule=rule, epochs=1, batch=count if self.storage == "hebb" else 1, shuffle=False,
            engine=self._executor(), progress=False,
        )  # fmt: skip
