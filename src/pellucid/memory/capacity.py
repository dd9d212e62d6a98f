"""How many patterns a memory holds: measured, beside what the theory of large memories says."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from pellucid.dataclass import dataclass
from pellucid.errors import ParameterError
from pellucid.graph.primitive import Array
from pellucid.hyper import Hyper
from pellucid.memory.hopfield import STORAGES, Hopfield
from pellucid.memory.modern import ModernHopfield
from pellucid.ops.random import uniforms

UNITS = Hyper("how many units the memory has", int, low=2)
REPEATS = Hyper("how many memories are measured at each load", int, low=1)
LOAD = Hyper("patterns a unit", float, above=0)
LOADS = (0.05, 0.08, 0.10, 0.12, 0.13, 0.138, 0.15, 0.17, 0.20, 0.25)
BROKEN = 0.05  # wrong units above which a pattern does not count as recalled


@dataclass(frozen=True)
class Capacity:
    """A table of how well memories of different loads recall what they have stored.

    Attributes:
        rows: one mapping a load: units, patterns, load (patterns / units), error (the share of
            wrong units once the state has settled, started from the pattern itself), deviation (of
            the error between memories), recalled (the share of patterns with less than 5 % wrong
            units), theory (the error in a large memory; None above the critical load, and for
            storage other than Hebb's).
    """

    rows: tuple[dict[str, Any], ...]

    def at(self, error: float) -> float | None:
        """The load at which the error first passes a limit, on a line between two rows."""
        before: dict[str, Any] | None = None
        for row in self.rows:
            if row["error"] > error:
                if before is None:
                    return None
                share = (error - before["error"]) / (row["error"] - before["error"])
                return float(before["load"] + share * (row["load"] - before["load"]))
            before = row
        return None


def measured_capacity(
    units: int = 200, loads: Sequence[float] = LOADS, *, storage: str = "hebb", repeats: int = 3,
    seed: int = 0, sweeps: int = 50, engine: Any = "auto",
) -> Capacity:  # fmt: skip
    """Store random patterns at rising loads, and count the wrong units after recall.

    Each pattern is its own start. Recall is asynchronous.

    Parameters:
        units: N.
        loads: patterns / N; at each round(load N) patterns are stored, at least one.
        storage: as of ``Hopfield``.
        repeats: memories at each load, with patterns of their own.
        seed: of the patterns.
        sweeps: how often all units have their turn at most.
    """
    size = UNITS.check("measured_capacity", "units", units)
    times = REPEATS.check("measured_capacity", "repeats", repeats)
    if not len(loads):
        raise ParameterError(
            "measured_capacity expects at least one load, got none. Give loads such as (0.1, 0.2)."
        )
    rows = []
    for load in sorted(LOAD.check("measured_capacity", "loads", load) for load in loads):
        count = max(1, round(load * size))
        wrong = np.array([
            _wrong(random_patterns(count, size, seed + 1000 * k), storage, sweeps, engine)
            for k in range(times)
        ])  # fmt: skip
        theory = expected_error(count / size) if storage == STORAGES[0] else None
        rows.append({
            "units": size, "patterns": count, "load": count / size, "error": float(wrong.mean()),
            "deviation": float(wrong.mean(axis=1).std()),
            "recalled": float((wrong < BROKEN).mean()), "theory": theory,
        })  # fmt: skip
    return Capacity(tuple(rows))


def random_patterns(count: int, units: int, seed: int = 0) -> Array:
    """Patterns of -1 and 1, each as likely as the other."""
    drawn = uniforms(np.array([seed, count], np.int64), 0, (count, units))
    return np.where(drawn < 0.5, -1.0, 1.0)


def _wrong(patterns: Array, storage: str, sweeps: int, engine: Any) -> Array:
    """The share of wrong units of each pattern after recall."""
    memory = Hopfield(storage, sweeps=sweeps, engine=engine).fit(patterns)
    return np.asarray((memory.predict(patterns) != patterns).mean(axis=1))


def expected_error(load: float) -> float | None:
    """The share of wrong units in a large memory with Hebb's storage; None above its capacity.

    Formula: (1 - erf(y)) / 2 with the largest y for which
        load = (erf(y) / y - 2 / sqrt(pi) e^(-y^2))^2 / 2.
    Source: D. Amit, H. Gutfreund, H. Sompolinsky, 1985, doi:10.1103/PhysRevLett.55.1530, at
        temperature 0, without replica-symmetry breaking.
    """
    low = _best_place()
    if load > _load(low):
        return None
    high = low + 1.0
    while _load(high) > load:
        high *= 2.0
    for _ in range(100):
        middle = (low + high) / 2
        low, high = (middle, high) if _load(middle) > load else (low, middle)
    return 0.5 * math.erfc(low)


def critical_load() -> float:
    """The largest load at which a large memory with Hebb's storage still recalls: 0.138.

    Example:
        >>> round(critical_load(), 4), round(100 * expected_error(0.1379), 1)
        (0.1379, 1.6)
    """
    return _load(_best_place())


def _load(y: float) -> float:
    return 0.5 * (math.erf(y) / y - 2.0 / math.sqrt(math.pi) * math.exp(-y * y)) ** 2


def _best_place() -> float:
    """Where the load is largest: by golden section, as it rises to there and then falls."""
    low, high, part = 0.5, 4.0, (math.sqrt(5.0) - 1.0) / 2
    for _ in range(100):
        left, right = high - part * (high - low), low + part * (high - low)
        low, high = (left, high) if _load(left) < _load(right) else (low, right)
    return (low + high) / 2


def modern_capacity(
    units: Sequence[int] = (8, 12, 16, 20), *, wrong: int = 1, right: float = 0.9,
    most: int = 4096, beta: float = 4.0, rows: int = 200, seed: int = 0, engine: Any = "auto",
) -> tuple[dict[str, Any], ...]:  # fmt: skip
    """The largest memories that recall random patterns, with modern and with Hebb's storage.

    Patterns of -1 and 1 are stored, 1, 2, 4, 8 ... of them; starts have ``wrong`` units turned. A
    size counts while at least a share ``right`` of up to ``rows`` starts leads back exactly.

    Returns: one mapping for each number of units: units, modern and classical (patterns), limit
        (whether ``most`` patterns were not enough to find the end of the modern one).
    """
    found = []
    for size in units:
        UNITS.check("modern_capacity", "units", size)
        modern = _largest(ModernHopfield(beta, engine=engine), size, wrong, right, most, rows, seed)
        classical = _largest(Hopfield(engine=engine), size, wrong, right, most, rows, seed)
        found.append({
            "units": size, "modern": modern, "classical": classical, "limit": modern >= most,
        })  # fmt: skip
    return tuple(found)


def _largest(
    memory: Any, units: int, wrong: int, right: float, most: int, rows: int, seed: int
) -> int:
    count, best = 1, 0
    while count <= most:
        patterns = random_patterns(count, units, seed)
        hoped = patterns[:rows]
        start = hoped.copy()
        for row, state in enumerate(start):
            state[np.argsort(uniforms(np.array([seed, row]), 1, (units,)))[:wrong]] *= -1.0
        found = np.sign(memory.fit(patterns).predict(start))
        if (found == hoped).all(axis=1).mean() < right:
            break
        best, count = count, 2 * count
    return best
