"""The modern Hopfield network: patterns of any numbers, recalled by attention."""

from __future__ import annotations

import math
import os
from functools import lru_cache
from typing import Any, Self

import numpy as np

from pellucid.data.arrays import check_inputs, check_pair, show_size
from pellucid.dataclass import dataclass
from pellucid.errors import ShapeError
from pellucid.graph import BATCH, Builder, Graph
from pellucid.graph.primitive import Array
from pellucid.hyper import Hyper
from pellucid.memory.parameters import Parameters
from pellucid.ops import logsumexp, matmul, max, softmax, sum
from pellucid.run.choose import executor
from pellucid.run.executor import Program

BETA = Hyper("how sharply one pattern is preferred: the inverse temperature", float, above=0)
STEPS = Hyper("how many steps a recall takes at most", int, low=1)
TOLERANCE = Hyper("the largest change that counts as none", float, low=0)


@dataclass(frozen=True)
class Attended:
    """What came of a recall, one row for each start.

    Attributes:
        start, state: the patterns at its beginning and end.
        attention: how much each stored pattern is part of the last state: (rows, patterns); each
            row adds up to 1.
        energies: of the state before the first step and after each: (steps + 1, rows).
        steps: how many steps each row took before it changed no more.
        settled: whether it changes no more.
    """

    start: Array
    state: Array
    attention: Array
    energies: Array
    steps: Array
    settled: Array


@lru_cache(maxsize=16)
def attention_graph(units: int, count: int, beta: float) -> Graph:
    """One step of a recall, and the energy before it.

    Formula: a = softmax(beta X s), s <- X^T a, with the patterns as rows of X;
        E = -1/beta ln(sum over k of e^(beta x_k s)) + s s / 2 + ln(count) / beta + M^2 / 2, with M
        the length of the longest pattern.
    Shapes: ``state`` (batch, units), ``patterns`` (count, units) -> ``next`` (batch, units),
        ``attention`` (batch, count), ``energy`` (batch,).
    """
    b = Builder()
    state, patterns = b.input("state", (BATCH, units)), b.input("patterns", (count, units))
    alike = beta * matmul(state, patterns, transpose_b=True)
    attention = softmax(alike)
    longest = max(sum(patterns * patterns, 1))
    energy = 0.5 * sum(state * state, 1) - logsumexp(alike, 1) * (1.0 / beta)
    return b.build(
        next=matmul(attention, patterns), attention=attention,
        energy=energy + (0.5 * longest + math.log(count) / beta),
    )  # fmt: skip


class ModernHopfield(Parameters):
    """A memory of patterns of any numbers: each step of recall is one of attention.

    The patterns themselves are kept, and the weights are made of them anew at each step. It holds
    exponentially many patterns of many units, as long as they are far enough apart.

    Formula: s <- X^T softmax(beta X s), with the patterns as rows of X. The energy is that of
        ``attention_graph``; it never rises.
    Shapes: patterns (n, ...), of any shape.
    Parameters:
        beta: how sharply one pattern is preferred. Large: the most alike is given back in one step.
            Small: a mean of those alike, or of all. It goes with 1 / (the scale of x)^2.
        steps: how many steps a recall takes at most.
        tolerance: the largest change of a unit that counts as none.
        engine, threads: what computes, as in ``Network.fit``; always in float64.

    Attributes:
        patterns: what was stored.

    Example:
        >>> memory = ModernHopfield(beta=2.0).fit([[1.0, 3.0, 2.0], [4.0, 0.0, -2.0]])
        >>> memory.predict([[1.0, 2.0, 1.5]]).round(3).tolist()
        [[1.0, 3.0, 2.0]]

    Source: H. Ramsauer et al., Hopfield Networks is All You Need, 2020, arXiv:2008.02217, eq. 2, 3.
    """

    def __init__(
        self, beta: float = 1.0, *, steps: int = 100, tolerance: float = 1e-6,
        engine: Any = "auto", threads: int | None = None,
    ) -> None:  # fmt: skip
        self.beta = beta
        self.steps = steps
        self.tolerance = tolerance
        self.engine = engine
        self.threads = threads

    def fit(self, x: Any, y: Any = None) -> Self:
        """Store patterns, and forget what was stored before; y is not looked at."""
        self._settings()
        self._patterns = np.array(check_inputs(x), np.float64)
        return self

    def partial_fit(self, x: Any, y: Any = None) -> Self:
        """Store patterns beside those that are there."""
        if not hasattr(self, "_patterns"):
            return self.fit(x)
        self._patterns = np.concatenate([self._patterns, self._given(x)])
        return self

    @property
    def patterns(self) -> Array:
        """The stored patterns."""
        self._fitted()
        return self._patterns

    def recall(self, x: Any) -> Attended:
        """Recall from patterns that are damaged, or part of something."""
        start = self._given(x)
        beta, most, tolerance = self._settings()
        program, rows = self._program(beta), self._rows(self._patterns)
        state, energies = self._rows(start), []
        steps = np.zeros(len(start), np.int64)
        settled = np.zeros(len(start), bool)
        for step in range(most):
            found = program.run({"state": state, "patterns": rows})
            energies.append(found["energy"])
            settled = np.abs(found["next"] - state).max(axis=1) <= tolerance
            steps[~settled] = step + 1
            state = found["next"]
            if settled.all():
                break
        last = program.run({"state": state, "patterns": rows})
        energies.append(last["energy"])
        return Attended(
            start, state.reshape(start.shape), last["attention"], np.stack(energies), steps, settled
        )

    def predict(self, x: Any) -> Array:
        """The pattern that each row leads to."""
        return self.recall(x).state

    def transform(self, x: Any) -> Array:
        """How much each stored pattern is part of what is recalled: (n, patterns), 0 to 1."""
        return self.recall(x).attention

    def score(self, x: Any, y: Any) -> float:
        """Minus the mean squared difference of what is recalled from what is hoped for."""
        found, hoped = self.predict(x), self._given(y)
        check_pair(found, hoped)
        return -float(np.square(found - hoped).mean())

    def energy(self, x: Any) -> Array:
        """The energy of each state."""
        state = self._rows(self._given(x))
        program = self._program(self._settings()[0])
        return program.run({"state": state, "patterns": self._rows(self._patterns)})["energy"]

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write one safetensors file: the patterns and the settings."""
        from pellucid.memory.saving import save

        save(self, path)

    # --- inside

    def _settings(self) -> tuple[float, int, float]:
        return (
            BETA.check("ModernHopfield", "beta", self.beta),
            STEPS.check("ModernHopfield", "steps", self.steps),
            TOLERANCE.check("ModernHopfield", "tolerance", self.tolerance),
        )

    def _fitted(self) -> None:
        if not hasattr(self, "_patterns"):
            raise self._unfitted()

    def _given(self, x: Any) -> Array:
        """Rows of the shape of the patterns."""
        self._fitted()
        rows = np.asarray(check_inputs(x), np.float64)
        own = self._patterns.shape[1:]
        if rows.shape[1:] != own:
            raise ShapeError(
                f"x is {show_size(rows.shape)}, the memory holds patterns of {show_size(own)}. "
                f"Give n x {show_size(own)}; one pattern as x[None]."
            )
        return rows

    @staticmethod
    def _rows(x: Array) -> Array:
        return x.reshape(len(x), -1)

    def _program(self, beta: float) -> Program:
        rows = self._rows(self._patterns)
        own = isinstance(self.engine, str)
        chosen = executor(self.engine, "float64" if own else None, self.threads)
        return chosen.compile(attention_graph(rows.shape[1], len(rows), beta))
