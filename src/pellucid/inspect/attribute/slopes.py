"""Methods that ask for slopes at one place: gradient x input, and SmoothGrad."""

from __future__ import annotations

import numpy as np

from pellucid.data.draw import Draw
from pellucid.hyper import Hyper
from pellucid.inspect.attribute.asking import Asking
from pellucid.inspect.attribute.found import Found

SAMPLES = Hyper("the number of noisy copies that are asked", int, low=2, high=100_000)
NOISE = Hyper("the noise's deviation, as a share of the input's range", float, above=0, high=10)
SEED = Hyper("what the noise follows from", int, low=0, high=2**64 - 1)


def gradient_x_input(asking: Asking) -> Found:
    """The slope at the row, times the way from the baseline.

    Formula: a_i = (x_i - b_i) dF/dx_i at x; the mean over baselines b.
    It adds up to F(x) - F(b) where F is linear, and nowhere else in general.
    Source: A. Shrikumar et al., 2016, arXiv:1605.01713.
    """
    question = asking.question
    _, slope = asking.gradients(question.start)
    return Found(question.added(slope * question.way).mean(axis=0))


def smoothgrad(asking: Asking, *, samples: int = 64, noise: float = 0.15, seed: int = 0) -> Found:
    """The mean slope around the row, times the way from the baseline.

    Formula: a_i = (x_i - b_i) mean over k of dF/dx_i at x + e_k, with e_k normal, of deviation
        noise (max x - min x), in the numbers that the network reads; of a row of equal numbers the
        range counts as 1. The mean over baselines b.
    The standard errors are those of the mean over the samples.
    Source: D. Smilkov et al., 2017, arXiv:1706.03825; there the slopes alone are shown.
    """
    count = SAMPLES.check("smoothgrad", "samples", samples)
    share = NOISE.check("smoothgrad", "noise", noise)
    question = asking.question
    start = question.start
    spread = share * (float(np.ptp(start)) or 1.0)
    draw = Draw(SEED.check("smoothgrad", "seed", seed), "noise of SmoothGrad")
    _, slopes = asking.gradients(start + spread * draw.normal(count, *start.shape[1:]))
    each = question.added(slopes * question.way.mean(axis=0))
    note = f"{count} noisy copies, of deviation {spread:.3g} in the numbers that the network reads"
    return Found(each.mean(axis=0), each.std(axis=0, ddof=1) / np.sqrt(count), (note,))
