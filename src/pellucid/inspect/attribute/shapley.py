"""Shapley values: what each column adds, over all orders in which columns could become known."""

from __future__ import annotations

from collections.abc import Sequence
from math import comb

import numpy as np

from pellucid.data.draw import Draw
from pellucid.errors import ParameterError
from pellucid.graph.primitive import Array
from pellucid.hyper import Hyper
from pellucid.inspect.attribute.asking import Asking
from pellucid.inspect.attribute.found import Found
from pellucid.inspect.attribute.players import Kept, Players, players, worth

MOST_EXACT = 14
ORDERS = Hyper("the number of orders that are drawn", int, low=4, high=1_000_000)
SEED = Hyper("what the orders follow from", int, low=0, high=2**64 - 1)


def exact_shapley(asking: Asking, *, patch: int | Sequence[int] | None = None) -> Found:
    """The mean of what a column adds to the score, over all orders; from all coalitions.

    Formula: a_i = sum over coalitions S without i of |S|! (n - |S| - 1)! / n! (v(S + i) - v(S)),
        with v(S) the mean over baselines b of F(x in S, b elsewhere).
    It adds up to F(x) - F(b) always. Columns that are as in every baseline get 0 and are not asked
    about; of the others at most 14: their coalitions double with each.
    Parameters:
        patch: of pictures, the rows and columns of a block of pixels, which counts as a column.
    Raises: ``ParameterError`` for more columns than that.
    Source: L. Shapley, 1953, doi:10.1515/9781400881970-018; S. Lundberg, S. Lee, 2017,
        arXiv:1705.07874.
    """
    team = players(asking.question, patch, apart=True)
    able = _able(asking, team)
    count = len(able)
    if count > MOST_EXACT:
        raise ParameterError(
            f"exact_shapley asks about all coalitions of at most {MOST_EXACT} columns or blocks, "
            f"and here {count} differ from the baseline, which makes 2^{count}. Use "
            "method='sampled_shapley', or larger blocks (patch)."
        )
    numbers = np.arange(1 << count)
    coalitions = (numbers[:, None] >> np.arange(count) & 1).astype(bool)
    worths = worth(asking, len(numbers), _kept(team, able, coalitions))
    sizes = coalitions.sum(axis=1)
    weights = np.array([1 / (count * comb(count - 1, size)) for size in range(count)])
    values = np.zeros(len(team))
    for place, player in enumerate(able.tolist()):
        without = numbers[numbers >> place & 1 == 0]
        added = worths[without | 1 << place] - worths[without]
        values[player] = float(weights[sizes[without]] @ added)
    note = f"all {1 << count:,} coalitions of {count}"
    return Found(team.spread(values), notes=(note,))


def sampled_shapley(
    asking: Asking, *, orders: int = 128, patch: int | Sequence[int] | None = None, seed: int = 0
) -> Found:
    """The mean of what a column adds to the score, over orders that are drawn.

    Each order is gone through forwards and backwards: what one overrates the other underrates. The
    standard errors are those of the mean over such pairs.

    Formula: a_i = mean over orders of v(those before i, and i) - v(those before i), v as for
        ``exact_shapley``. It adds up to F(x) - F(b) always.
    Parameters:
        orders: how many, of which half are drawn and half are those backwards.
        patch: as for ``exact_shapley``.
    Source: J. Castro, D. Gomez, J. Tejada, 2009, doi:10.1016/j.cor.2008.04.004; pairs: R. Mitchell
        et al., 2022, arXiv:2104.12199.
    """
    wanted = ORDERS.check("sampled_shapley", "orders", orders)
    team = players(asking.question, patch, apart=True)
    able = _able(asking, team)
    pairs, count = -(-wanted // 2), len(able)
    draw = Draw(SEED.check("sampled_shapley", "seed", seed), "orders of Shapley")
    each = np.zeros((pairs, len(team)))
    for pair in range(pairs if count else 0):
        forth = draw.order(count)
        both = forth, forth[::-1]
        steps = np.arange(count + 1)[:, None]
        before = np.concatenate([steps > np.argsort(own) for own in both])
        worths = worth(asking, len(before), _kept(team, able, before)).reshape(2, -1)
        for own, added in zip(both, np.diff(worths, axis=1), strict=True):
            each[pair, able[own]] += added / 2
    errors = each.std(axis=0, ddof=1) / np.sqrt(pairs)
    note = f"{2 * pairs} orders of {count}, {pairs} drawn and each backwards too"
    return Found(team.spread(each.mean(axis=0)), team.spread(errors), (note,))


def _able(asking: Asking, team: Players) -> Array:
    """The players whose numbers differ from a baseline's: only they can add anything."""
    question = asking.question
    other = (question.way != 0).reshape(len(question.baselines), -1).any(axis=0)
    differs = np.bincount(question.owner, weights=other, minlength=question.elements) > 0
    return np.flatnonzero((team.members & differs).any(axis=1))


def _kept(team: Players, able: Array, coalitions: Array) -> Kept:
    """The elements that coalitions have; those of players who can add nothing are never missed.

    Shapes: coalitions, truth values, n x able.
    """
    owner = np.full(team.members.shape[1], len(able))
    for place, player in enumerate(able.tolist()):
        owner[team.members[player]] = place
    padded = np.concatenate([coalitions, np.zeros((len(coalitions), 1), bool)], axis=1)
    return lambda piece: padded[piece][:, owner]
