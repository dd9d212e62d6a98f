"""From a network's numbers to answers: which class, which labels, which of the quantiles."""

from __future__ import annotations

from typing import Any

import numpy as np

from pellucid.data.codec import Classes, Labels, TargetCodec
from pellucid.errors import DataError
from pellucid.graph.primitive import Array
from pellucid.nn.activations import Sigmoid, Softmax
from pellucid.nn.losses import Hinge, Loss, Quantiles

PRESENT = 0.5
"""A label is there where its chance is above this."""


def comparable(target: TargetCodec, answers: Any) -> Array:
    """Answers, or targets, as they are compared: labels of a row as yes and no, else as they are.

    Shapes: of labels rows x labels.
    """
    return np.asarray(target.encode(answers)) if isinstance(target, Labels) else np.asarray(answers)


def answered(found: Array, loss: Loss, target: TargetCodec) -> Array:
    """What a target's codec decodes: places of classes, labels that are there, or numbers."""
    if isinstance(target, Classes):
        return most_likely(found, loss, target.threshold)
    if isinstance(target, Labels):
        return np.asarray(found > PRESENT)
    if isinstance(loss, Quantiles):
        return found[:, loss.middle : loss.middle + 1]
    return found


def most_likely(scores: Array, loss: Loss, threshold: float | None = None) -> Array:
    """The place of each row's class: the highest score; with one output, is it past halfway.

    With a threshold, which is for two classes only, the second is the answer above it.
    """
    if threshold is not None:
        return np.asarray(scores[:, -1] > threshold, np.int64)
    if scores.shape[1] > 1:
        return np.asarray(np.argmax(scores, axis=1), np.int64)
    return np.asarray(scores[:, 0] > halfway(loss), np.int64)


def halfway(loss: Loss) -> float:
    """What divides two classes that are told by one output.

    It is 1/2 between the targets 0 and 1, and 0 for a margin between -1 and 1 (hinge).
    """
    return 0.0 if isinstance(loss, Hinge) else 0.5


def check_chances(loss: Loss, target: TargetCodec, what: str = "predict_proba") -> None:
    """Raise ``DataError`` where predictions are not the chances of classes, or of labels."""
    if not isinstance(target, Classes | Labels):
        raise DataError(f"{what} needs a network of classes; this one gives numbers. Use predict.")
    if not isinstance(loss.link, Sigmoid | Softmax):
        raise DataError(
            f"{what} needs a loss that gives chances, such as cross-entropy; {loss.kind} "
            "gives scores. Use predict."
        )


def check_quantiles(loss: Loss) -> Quantiles:
    """The loss, or ``DataError`` where no quantiles were learned."""
    if not isinstance(loss, Quantiles):
        raise DataError(
            f"This network learned with {loss.kind}, and has no quantiles. Learn them: "
            "Network(hidden=[64], loss=Quantiles((0.05, 0.5, 0.95)))."
        )
    return loss
