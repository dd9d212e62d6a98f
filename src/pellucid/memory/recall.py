"""Recall: a state moves from unit to unit, as the steps of a graph, until nothing changes.

One graph does all of it. A step is given the rows of the weights of the units whose turn it is: of
one unit (asynchronous), or of all (synchronous).
"""

from __future__ import annotations

from functools import lru_cache
from typing import Literal, TypeAlias

import numpy as np

from pellucid.dataclass import dataclass
from pellucid.graph import BATCH, Builder, Graph
from pellucid.graph.primitive import Array
from pellucid.learn.stepwise import Orders
from pellucid.ops import abs, matmul, one_hot, sum, where
from pellucid.run.executor import Executor, Feed, Program

How: TypeAlias = Literal["asynchronous", "synchronous"]
WAYS = ("asynchronous", "synchronous")
TIE = 1e-9  # a field this near to 0 says nothing: rounding of weights in float64 is below it


@dataclass(frozen=True)
class Recall:
    """What came of a recall, one row for each start.

    Attributes:
        start, state: the patterns at its beginning and end, in the form they were given.
        energies: of the state before the first step and after each: (steps + 1, rows). A step is
            one unit (asynchronous) or one sweep of all (synchronous).
        sweeps: how often all units had their turn before nothing changed any more.
        settled: whether nothing changes any more.
        cycle: whether it goes to and fro between two states; only synchronous recall does.
    """

    start: Array
    state: Array
    energies: Array
    sweeps: Array
    settled: Array
    cycle: Array

    @property
    def energy(self) -> Array:
        """Of the last states."""
        return np.asarray(self.energies[-1])


@lru_cache(maxsize=16)
def recall_graph(units: int, rows: int) -> Graph:
    """One step of a recall of so many rows.

    Formula: for the units i whose turn it is, h_i = sum over j of w_ij s_j; s_i becomes 1 where
        h_i > 0, -1 where h_i < 0, and stays where h_i = 0. With d the change of s, the energy
        E = -1/2 sum over i, j of w_ij s_i s_j changes by -(sum over i of d_i (h_i + (W d)_i / 2)).
    Shapes: carried ``state`` (units, rows) and ``energy`` (rows,); by turn ``weight`` (turns,
        units), a row of the weights, and ``unit`` (turns,), its number.
    """
    b = Builder()
    state, energy = b.input("state", (units, rows)), b.input("energy", (rows,))
    weight, unit = b.input("weight", (BATCH, units)), b.input("unit", (BATCH,), "int")
    turn = one_hot(unit, units)
    field, before = matmul(weight, state), matmul(turn, state)
    after = where(field > TIE, 1.0, where(field < -TIE, -1.0, before))
    change = after - before
    moved = matmul(turn, change, transpose_a=True)
    fall = sum(change * (field + 0.5 * matmul(weight, moved)), 0)
    lower = energy - fall
    outputs = {
        "state'": state + moved, "energy'": lower, "reached": lower,
        "changed": sum(abs(change), 0),
    }  # fmt: skip
    return b.build(**outputs)


@lru_cache(maxsize=16)
def energy_graph(units: int) -> Graph:
    """The energy of states, E = -1/2 sum over i, j of w_ij s_i s_j.

    Shapes: ``state`` (batch, units), ``weight`` (units, units) -> ``energy`` (batch,).
    """
    b = Builder()
    state, weight = b.input("state", (BATCH, units)), b.input("weight", (units, units))
    return b.build(energy=-0.5 * sum(matmul(state, weight) * state, 1))


def energies(weight: Array, states: Array, executor: Executor) -> Array:
    """The energy of each row of states."""
    program = executor.compile(energy_graph(len(weight)))
    return program.run({"state": states, "weight": weight})["energy"]


@dataclass(frozen=True)
class Settled:
    """What ``settle`` gives: as ``Recall``, in units of -1, 0 and 1."""

    states: Array
    energies: Array
    sweeps: Array
    settled: Array
    cycle: Array


def settle(
    weight: Array, states: Array, executor: Executor, how: How = "asynchronous",
    sweeps: int = 100, seed: int = 0,
) -> Settled:  # fmt: skip
    """Let states settle, at most so many sweeps.

    Asynchronously each sweep has an order of its own, a Philox permutation of (seed, sweep).
    Shapes: (units, units), (rows, units).
    """
    units, rows = len(weight), len(states)
    program = executor.compile(recall_graph(units, rows))
    now = np.ascontiguousarray(states.T)
    carried = {"state": now, "energy": energies(weight, states, executor)}
    course = [carried["energy"][None]]
    earlier: Array | None = None
    before: Array | None = None
    last, cycle = np.zeros(rows, np.int64), np.zeros(rows, bool)
    settled = np.zeros(rows, bool)
    orders = Orders(executor, units, shuffle=how == "asynchronous")
    for sweep in range(sweeps):
        turns = _turns(weight, orders.of(seed, sweep), how)
        earlier, before = before, carried["state"]
        carried, reached, changed = _swept(program, carried, turns)
        course.append(reached)
        settled = changed == 0
        last[~settled] = sweep + 1
        if how == "synchronous" and earlier is not None:
            cycle = ~settled & (carried["state"] == earlier).all(axis=0)
        if (settled | cycle).all():
            break
    return Settled(carried["state"].T.copy(), np.concatenate(course), last, settled, cycle)


def _turns(weight: Array, order: Array, how: How) -> Feed:
    rows = {"weight": weight, "unit": np.arange(len(weight))}
    return Feed(rows, order, 1 if how == "asynchronous" else len(weight))


def _swept(
    program: Program, carried: dict[str, Array], turns: Feed
) -> tuple[dict[str, Array], Array, Array]:
    """The values after a sweep, the energy after each of its steps, and what changed."""
    result = program.steps({name: array.copy() for name, array in carried.items()}, turns)
    reached, changed = result.reported["reached"], result.reported["changed"]
    return result.carried, reached, changed.sum(axis=0)
