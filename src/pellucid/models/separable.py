"""Can one neuron give these answers? A search by linear programming, with a proof where it cannot.

A neuron fires where w . x + b >= 0 (a threshold is part of the bias). So a truth table asks one
inequality a row of w and b. Where they cannot all hold, some of them, each taken a whole number of
times, add up to a contradiction that anyone can check (Farkas' lemma); it is checked here too.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from fractions import Fraction
from math import gcd, lcm
from typing import Any

import numpy as np

from pellucid.dataclass import dataclass
from pellucid.errors import DataError, PellucidError
from pellucid.graph.primitive import Array
from pellucid.models.formula import number
from pellucid.models.neuron import Neuron
from pellucid.models.truth import MOST_INPUTS, Row, TruthTable
from pellucid.nn.activations import step

DENOMINATOR = 10_000  # of the multipliers; the check in whole numbers tells if it was enough


@dataclass(frozen=True)
class Separation:
    """Whether one neuron gives the answers of a truth table, and why.

    Attributes:
        table: the answers asked for.
        inequalities: what each row asks of the weights and the bias, as text, numbered from 1.
        status: what the linear program's solver said.
        neuron: one that gives the answers, or None.
        multipliers: whole numbers, one a row: how often to take each inequality for the
            contradiction; all 0 where there is none.
        argument: the contradiction in lines of text; empty where there is none.

    Example:
        >>> print(why_not_xor())
        No neuron gives these answers. It would have to hold that
        (1)  b < 0             for 0 0 -> 0
        (2)  w2 + b >= 0       for 0 1 -> 1
        (3)  w1 + b >= 0       for 1 0 -> 1
        (4)  w1 + w2 + b < 0   for 1 1 -> 0
        (2) + (3):  w1 + w2 + 2 b >= 0
        (1) + (4):  w1 + w2 + 2 b < 0
        Both cannot be.
    """

    table: TruthTable
    inequalities: tuple[str, ...]
    status: str
    neuron: Neuron | None
    multipliers: tuple[int, ...]
    argument: tuple[str, ...]

    @property
    def separable(self) -> bool:
        """Whether there is such a neuron."""
        return self.neuron is not None

    def __str__(self) -> str:
        wide = max(map(len, self.inequalities))
        asked = [
            f"{text:<{wide}}   for {' '.join(map(str, inputs))} -> {number(answer)}"
            for text, (inputs, answer) in zip(self.inequalities, self.table, strict=True)
        ]
        if self.neuron is not None:
            return "\n".join(["A neuron gives these answers:", str(self.neuron), *asked])
        head = "No neuron gives these answers. It would have to hold that"
        return "\n".join([head, *asked, *self.argument])


def why_not_xor() -> Separation:
    """Show that no neuron gives the answers of "one or the other, not both"."""
    return linearly_separable([((0, 0), 0), ((0, 1), 1), ((1, 0), 1), ((1, 1), 0)])


def linearly_separable(table: TruthTable | Iterable[tuple[Sequence[int], float]]) -> Separation:
    """Find a neuron for a truth table, or the reason why there is none.

    Formula: s_r (w . x_r + b) >= 1 for each row r, with s = 1 for the answer 1 and -1 for 0. The
        margin 1 is no restriction: w and b can be scaled. The program minimises t >= 0 in
        s_r (w . x_r + b) + t >= 1: the rows can all hold where t is 0; else t is 1, and the dual
        values are the multipliers k_r >= 0, with sum k_r s_r (x_r, 1) = 0.
    Parameters:
        table: rows of inputs 0 and 1 with the answer 0 or 1; not all combinations need be there.
    Raises: ``DataError`` for other inputs and answers.
    Source: J. Farkas, 1902, doi:10.1515/crll.1902.124.1.
    """
    asked = _checked(table)
    x = np.array([[*inputs, 1] for inputs, _ in asked])
    signs = np.array([1 if answer else -1 for _, answer in asked])
    texts = tuple(
        _inequality(place, row, s) for place, (row, s) in enumerate(zip(x, signs, strict=True), 1)
    )
    slack, weights, duals, status = _solve(x, signs)
    nothing = (0,) * len(asked)
    if slack < 0.5:  # it is 0 or 1: with margin 1, either all rows hold or w = 0 is as good as any
        neuron = Neuron(weights[:-1], weights[-1], step(0.0))
        if list(neuron(x[:, :-1])) != list(asked.answers):
            raise _unproved("the neuron found gives other answers")
        return Separation(asked, texts, status, neuron, nothing, ())
    multipliers = _whole(duals)
    if not any(multipliers) or ((np.array(multipliers) * signs) @ x).any() or min(multipliers) < 0:
        raise _unproved("the multipliers do not add up to a contradiction")
    return Separation(asked, texts, status, None, multipliers, _argument(x, signs, multipliers))


def _checked(table: Any) -> TruthTable:
    rows: list[Row] = []
    for row in table:
        inputs, answer = row
        rows.append((tuple(inputs), float(answer)))
    lengths = {len(inputs) for inputs, _ in rows}
    if len(lengths) != 1 or not 1 <= min(lengths) <= MOST_INPUTS:
        raise DataError(
            f"A truth table has rows of 1 to {MOST_INPUTS} inputs, as many in each, got rows of "
            f"{', '.join(map(str, sorted(lengths))) or 'none'}. Write [((0, 1), 1), ...]."
        )
    odd = [v for inputs, answer in rows for v in (*inputs, answer) if v not in (0, 1)]
    if odd:
        raise DataError(f"A truth table holds 0 and 1, got {odd[0]!r}. Write [((0, 1), 1), ...].")
    return TruthTable(tuple((tuple(map(int, inputs)), answer) for inputs, answer in rows))


def _solve(x: Array, signs: Array) -> tuple[float, list[float], Array, str]:
    """The slack t, the weights with the bias, the dual values, and what the solver says."""
    from scipy.optimize import linprog

    count, width = x.shape
    rows = -np.hstack([signs[:, None] * x, np.ones((count, 1))])
    goal = np.r_[np.zeros(width), 1.0]
    bounds = [(None, None)] * width + [(0, None)]
    relaxed = linprog(goal, rows, -np.ones(count), bounds=bounds, method="highs-ds")
    if relaxed.status != 0:
        raise _unproved(relaxed.message)
    # The same rows without the slack: the solver says itself whether they can all hold.
    strict = linprog(
        np.zeros(width), rows[:, :-1], -np.ones(count), bounds=bounds[:-1], method="highs-ds"
    )
    point = np.asarray(relaxed.x).tolist()
    slack = point[-1]
    if strict.status != (0 if slack < 0.5 else 2):
        raise _unproved(f"the solver contradicts itself: {strict.message}")
    duals = -np.asarray(relaxed.ineqlin.marginals)
    status = "feasible" if strict.status == 0 else "infeasible"
    return slack, [value + 0.0 for value in point[:-1]], duals, status


def _whole(duals: Array) -> tuple[int, ...]:
    """The dual values as the smallest whole numbers in their proportion."""
    parts = [Fraction(float(value)).limit_denominator(DENOMINATOR) for value in duals]
    scale = lcm(*(part.denominator for part in parts))
    counts = [int(part * scale) for part in parts]
    shared = gcd(*counts) or 1
    return tuple(count // shared for count in counts)


def _unproved(fault: str) -> PellucidError:
    return PellucidError(f"The linear program could not be decided for certain: {fault}.")


def _inequality(place: int, row: Array, sign: int) -> str:
    return f"({place})  {_side(row)} {'>=' if sign > 0 else '<'} 0"


def _side(factors: Sequence[int] | Array) -> str:
    """A sum of the weights and the bias: ``w1 + 2 w2 + b``."""
    names = [f"w{place}" for place in range(1, len(factors))]
    names = ["w"] if len(names) == 1 else names
    terms = [
        name if factor == 1 else f"{factor} {name}"
        for factor, name in zip(factors, [*names, "b"], strict=True)
        if factor
    ]
    return " + ".join(terms) or "0"


def _argument(x: Array, signs: Array, multipliers: Sequence[int]) -> tuple[str, ...]:
    """The two sums that contradict each other."""
    lines = []
    for sign, relation in ((1, ">="), (-1, "<")):
        chosen = [k if s == sign else 0 for k, s in zip(multipliers, signs, strict=True)]
        taken = [
            f"({place})" if k == 1 else f"{k} ({place})" for place, k in enumerate(chosen, 1) if k
        ]
        total = (np.array(chosen)[:, None] * x).sum(axis=0)
        lines.append(f"{' + '.join(taken)}:  {_side(total.tolist())} {relation} 0")
    return (*lines, "Both cannot be.")
