"""How strongly the default rule holds weights small: by how much chance there is in the data.

A network that explains what is chance answers worse, and surer of itself than it should be. How
much is chance is not known; what a linear model leaves unexplained of rows it has not seen is a
bound from above that costs a product of matrices.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from pellucid.data.codec import Classes, InputCodec, TargetCodec
from pellucid.graph.primitive import Array
from pellucid.learn.backprop import Backprop
from pellucid.learn.rule import Rule
from pellucid.models.prepare import take
from pellucid.nn.losses import Quantiles, SquaredError

if TYPE_CHECKING:
    from pellucid.models.network import Network

STRENGTH, OF_SQUARES, FEW = 8.0, 12.0, 100
"""l2 is 8 / rows where all is chance, or 12 / rows for squared error; as of 100 rows below them."""
UNKNOWN = 0.25
"""What counts as left unexplained where it is not estimated."""
FEWEST, MOST, WIDE = 20, 2_000, 512
"""It is estimated from 20 rows on, by at most 2,000 of them, and up to 512 numbers a row."""
RIDGES = 0.1, 1.0, 10.0, 100.0, 1000.0


def suited(rule: Rule, net: Network, x: Any, y: Any) -> Rule:
    """The default rule with the penalty that suits the samples that a network will learn.

    Formula: l2 = 8 u / max(n, 100), or 12 u / max(n, 100) for squared error, which is twice the
        logarithm of a likelihood; n samples; u as ``unexplained`` gives it, or 1/4. A loss that is
        a mean over columns of the target is that part of a likelihood, and so is l2; the loss of
        quantiles is none, and u counts as 1/4.
    """
    if y is None or not isinstance(rule, Backprop):
        return rule
    _, codec, target = net._parts()
    strength = OF_SQUARES if isinstance(net.loss, SquaredError) else STRENGTH
    known = not isinstance(net.loss, Quantiles)
    noise = chance(x, y, codec, target) if known else UNKNOWN
    scale = 1.0 if isinstance(target, Classes) else 1 / max(target.outputs, 1)
    return replace(rule, l2=strength * noise * scale / max(len(x), FEW))


def chance(x: Any, y: Any, codec: InputCodec, target: TargetCodec) -> float:
    """What a linear model leaves unexplained, to two digits; 1/4 where that is not estimated."""
    width = int(np.prod(codec.sample_shape)) - len(codec.lookups)
    if len(x) < FEWEST or len(codec.sample_shape) != 1 or not 0 < width <= WIDE:
        return UNKNOWN
    rows = np.unique(np.linspace(0, len(x) - 1, MOST).astype(np.int64))
    wanted = target.encode(take(y, rows))
    if isinstance(target, Classes):
        wanted = wanted[:, None] == np.arange(len(target.labels))
    z = codec.encode(x[rows], np.float64)[:, :width]
    return float(f"{unexplained(z, wanted.astype(np.float64)):.2g}")


def unexplained(z: Array, wanted: Array) -> float:
    """The share of the variance that ridge regression leaves of each row, fitted on all others.

    Formula: min over ridges r of sum ((e / (1 - h))^2) / sum (wanted - mean)^2, at most 1, with the
        residuals e and the leverages h = diag(U diag(s^2 / (s^2 + r)) U^T) + 1/n of centred z =
        U diag(s) V^T.
    Shapes: n x features, n x outputs -> a number.
    Source: D. Allen, 1974, doi:10.1080/00401706.1974.10489157 (PRESS).
    """
    z, wanted = z - z.mean(axis=0), wanted - wanted.mean(axis=0)
    total = float(np.square(wanted).sum())
    squares, axes = np.linalg.eigh(z.T @ z)
    kept = squares > 1e-9 * max(float(squares[-1]), 1e-30)
    if not total or not kept.any():
        return 1.0
    squares, left = squares[kept], z @ (axes[:, kept] / np.sqrt(squares[kept]))
    along, best = left.T @ wanted, 1.0
    for ridge in RIDGES:
        share = squares / (squares + ridge)
        leverage = np.square(left) @ share + 1 / len(z)
        error = (wanted - left @ (share[:, None] * along)) / np.maximum(1 - leverage, 1e-9)[:, None]
        best = min(best, float(np.square(error).sum()) / total)
    return best
