"""Integrated gradients: slopes along the straight way from a baseline to the row."""

from __future__ import annotations

from typing import Literal, get_args

import numpy as np

from pellucid.dataclass import dataclass
from pellucid.errors import unknown_name
from pellucid.graph.primitive import Array
from pellucid.hyper import Hyper
from pellucid.inspect.attribute.asking import Asking
from pellucid.inspect.attribute.found import Found

Rule = Literal["gauss_legendre", "trapezoid", "midpoint"]
STEPS = Hyper("the number of places where slopes are taken", int, low=2, high=100_000)
TOLERANCE = Hyper("the residual that is put up with, as a share", float, above=0, optional=True)
PANELS, A_PANEL, MOST = 16, 4, 4_096
"""A way that is refined: pieces to begin with, slopes a piece, slopes in all at most."""


def integrated_gradients(
    asking: Asking, *, steps: int = 64, rule: Rule = "gauss_legendre",
    tolerance: float | None = 0.005,
) -> Found:  # fmt: skip
    """The mean slope along the straight way from the baseline, times the way.

    Formula: a_i = (x_i - b_i) integral from 0 to 1 of dF/dx_i at b + t (x - b) dt; the mean over
        baselines b. The exact integral adds up to F(x) - F(b).
    Parameters:
        steps: at how many places along the way slopes are taken, at first.
        rule: how these are placed and weighed.
        tolerance: where more than this share of F(x) - F(b) is missing, the way is cut into
            pieces, and those pieces in two that miss most: F at their ends says how much each does.
            None: the steps asked for, and no more.
    Source: M. Sundararajan, A. Taly, Q. Yan, 2017, arXiv:1703.01365, eq. 1.
    """
    count = STEPS.check("integrated_gradients", "steps", steps)
    allowed = TOLERANCE.check("integrated_gradients", "tolerance", tolerance)
    if rule not in get_args(Rule):
        raise unknown_name("rule", rule, get_args(Rule))
    places, weights = nodes(rule, count)
    question = asking.question
    total, refined, most = np.zeros(question.start.shape[1:]), 0, 0
    for baseline, base in zip(question.baselines, asking.baseline_scores, strict=True):
        way = question.start[0] - baseline
        _, slopes = asking.gradients(baseline + _across(places, way) * way)
        found = np.tensordot(weights, slopes, 1) * way
        change = asking.start_score - float(base)
        if allowed is not None and abs(change - found.sum()) > allowed * abs(change) + TINY:
            found, taken = _refined(asking, baseline, way, allowed * abs(change) + TINY)
            refined, most = refined + 1, max(most, taken)
        total += found
    mean = (total / len(question.baselines))[None]
    notes = [f"{count} steps ({rule.replace('_', '-')})"]
    if refined:
        ways = "the way was" if len(question.baselines) == 1 else f"{refined} ways were"
        notes.append(f"these missed too much, so {ways} cut into pieces: {most:,} steps")
    return Found(question.added(mean)[0], notes=tuple(notes))


TINY = 1e-12  # where the score does not change, rounding is no reason to refine


def nodes(rule: Rule, count: int) -> tuple[Array, Array]:
    """Places from 0 to 1, and their weights, which add up to 1.

    Example:
        >>> [part.tolist() for part in nodes("trapezoid", 3)]
        [[0.0, 0.5, 1.0], [0.25, 0.5, 0.25]]
    """
    if rule == "gauss_legendre":
        places, weights = np.polynomial.legendre.leggauss(count)
        return np.asarray((places + 1) / 2), np.asarray(weights / 2)
    if rule == "midpoint":
        return (np.arange(count) + 0.5) / count, np.full(count, 1 / count)
    weights = np.full(count, 1 / (count - 1))
    weights[[0, -1]] /= 2
    return np.linspace(0.0, 1.0, count), weights


@dataclass(frozen=True)
class _Pieces:
    """Pieces of the way: where they begin and end, F there, and what each gives and misses.

    Shapes: one number a piece; given: pieces x ...
    """

    low: Array
    high: Array
    low_score: Array
    high_score: Array
    given: Array

    @property
    def missing(self) -> Array:
        """By how much each fails to add up."""
        given = self.given.reshape(len(self.given), -1).sum(axis=1)
        return np.asarray(np.abs(self.high_score - self.low_score - given))

    def take(self, chosen: Array) -> _Pieces:
        """Some of them."""
        return _Pieces(*(getattr(self, name)[chosen] for name in self.__dataclass_fields__))

    def joined(self, other: _Pieces) -> _Pieces:
        """These and others."""
        names = self.__dataclass_fields__
        return _Pieces(
            *(np.concatenate([getattr(self, name), getattr(other, name)]) for name in names)
        )


def _refined(asking: Asking, baseline: Array, way: Array, allowed: float) -> tuple[Array, int]:
    """What the way gives, cut finer where it misses most, and the slopes that this took."""
    edges = np.linspace(0.0, 1.0, PANELS + 1)
    scores = asking.scores(baseline + _across(edges, way) * way)
    pieces = _given(asking, baseline, way, edges[:-1], edges[1:], scores[:-1], scores[1:])
    taken = PANELS * A_PANEL
    while pieces.missing.sum() > allowed:
        bad = pieces.missing > allowed / (2 * len(pieces.low))
        if taken + 2 * A_PANEL * int(bad.sum()) > MOST:
            break
        pieces = pieces.take(~bad).joined(_halved(asking, baseline, way, pieces.take(bad)))
        taken += 2 * A_PANEL * int(bad.sum())
    return pieces.given.sum(axis=0), taken


def _halved(asking: Asking, baseline: Array, way: Array, pieces: _Pieces) -> _Pieces:
    middle = (pieces.low + pieces.high) / 2
    score = asking.scores(baseline + _across(middle, way) * way)
    return _given(
        asking, baseline, way, np.concatenate([pieces.low, middle]),
        np.concatenate([middle, pieces.high]), np.concatenate([pieces.low_score, score]),
        np.concatenate([score, pieces.high_score]),
    )  # fmt: skip


def _given(
    asking: Asking, baseline: Array, way: Array, low: Array, high: Array, low_score: Array,
    high_score: Array,
) -> _Pieces:  # fmt: skip
    """What each piece gives, by Gauss and Legendre's rule."""
    places, weights = nodes("gauss_legendre", A_PANEL)
    length = high - low
    at = (low[:, None] + length[:, None] * places).reshape(-1)
    _, slopes = asking.gradients(baseline + _across(at, way) * way)
    grouped = slopes.reshape(len(low), A_PANEL, *way.shape)
    mean = np.tensordot(grouped, weights, axes=([1], [0]))
    return _Pieces(low, high, low_score, high_score, mean * _across(length, way) * way)


def _across(values: Array, like: Array) -> Array:
    """One number a row, to be multiplied with rows like this one."""
    return values.reshape(-1, *(1 for _ in like.shape))
