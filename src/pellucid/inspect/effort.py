"""How much work asking a network is: asking it thousands of times has to be a matter of seconds.

The work is counted, not timed: the same rows are taken on every machine, and every time.
"""

from __future__ import annotations

from math import prod

import numpy as np

from pellucid.data.draw import Draw
from pellucid.graph.primitive import Array
from pellucid.nn.architecture import Architecture

MOST_WORK = 8e9
"""Multiplications that an examination may take in all: about a second."""
MOST_ROWS, FEWEST_ROWS = 2_000, 100


def work_a_row(architecture: Architecture) -> int:
    """About how many multiplications an answer takes: each weight once, at each place it is used.

    A layer whose output has places (channels, height, width) uses its weights at each of them.
    """
    shape, total = architecture.in_shape, 0
    for _, layer in architecture.layers:
        weights = sum(prod(own.shape) for own in layer.parameters(shape))
        shape = layer.output_shape(shape)
        total += weights * prod(shape[1:])
    return max(total, prod(architecture.in_shape))


def chosen_rows(count: int, questions: int, work: int, seed: int) -> Array:
    """The places of the rows to ask about: as many as the work allows, of 100 to 2,000, drawn.

    Parameters:
        questions: how often each row is asked.
        work: what an answer takes.
    """
    most = int(min(MOST_ROWS, max(FEWEST_ROWS, MOST_WORK / (questions * work))))
    if count <= most:
        return np.arange(count)
    return np.sort(Draw(seed, "rows of importance").order(count)[:most])


def error(kind: str, true: Array, predicted: Array) -> float:
    """The share that is wrong of classes; the root of the mean squared error of numbers."""
    if kind == "classes":
        return float(np.mean(true != predicted))
    y = np.asarray(true, float)
    return float(np.sqrt(np.mean((y - np.asarray(predicted, float).reshape(y.shape)) ** 2)))
