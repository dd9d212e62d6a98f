"""What a target is: how it is read, and how many outputs and which metrics it asks for."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from pellucid.data.codec import (
    Classes,
    Counts,
    Labels,
    NoTargets,
    Numbers,
    TargetCodec,
    fit_rates,
    fit_target,
)
from pellucid.data.dataset import Kind
from pellucid.data.label_rows import label_sets
from pellucid.errors import DataError
from pellucid.learn.metrics import F1, Metric
from pellucid.nn.activations import Linear
from pellucid.nn.layer import Layer
from pellucid.nn.losses import (
    BinaryCrossEntropy,
    CategoricalCrossEntropy,
    Hinge,
    Loss,
    Poisson,
    Quantiles,
)


def target_codec(
    y: Any, loss: Loss | None, layers: Sequence[Layer], kind: Kind | None = None
) -> TargetCodec:
    """How the target is read: as ``kind`` says, or the loss and the last layer, else as it looks.

    Numbers are scaled to mean 0 and deviation 1 only where the output is linear: a sigmoid could
    not reach them otherwise. Counts are never scaled.
    """
    if y is None:
        return NoTargets()
    if kind is None and isinstance(loss, Poisson):
        codec = fit_rates(y)
    else:
        asked = loss is not None and not is_classifier(loss) and not _is_text(y)
        codec = fit_target(y, kind=kind or ("numbers" if asked else None))
    if isinstance(codec, Numbers) and not _is_linear(loss, layers):
        return codec.unscaled()
    return codec


def is_classifier(loss: Loss) -> bool:
    """Whether a loss compares with classes: its target is one whole number a sample."""
    if isinstance(loss, Quantiles):
        return False
    wanted = loss.target_type((2,))
    by_class = BinaryCrossEntropy | CategoricalCrossEntropy | Hinge
    return wanted.dtype == "int" or isinstance(loss, by_class)


def _is_text(y: Any) -> bool:
    return label_sets(y) is not None or np.asarray(y).dtype.kind in "USOb"


def _is_linear(loss: Loss | None, layers: Sequence[Layer]) -> bool:
    last = layers[-1] if layers else None
    own = getattr(last, "activation", getattr(last, "function", Linear()))
    linear = loss is None or isinstance(loss, Quantiles) or isinstance(loss.link, Linear)
    return isinstance(own, Linear) and linear


def outputs_for(target: TargetCodec, loss: Loss | None) -> int:
    """How many outputs a network needs: those of the target, or one for each quantile."""
    if not isinstance(loss, Quantiles):
        return target.outputs
    if target.outputs != 1 or not isinstance(target, Numbers):
        has = "columns of" if isinstance(target, Numbers) else "a target of"
        raise DataError(
            f"Quantiles are learned of one number a row, and y has {target.outputs} {has} "
            f"{target.kind}. Learn a network for each column."
        )
    return len(loss.levels)


def default_metrics(target: TargetCodec, loss: Loss) -> Sequence[str | Metric]:
    """What is watched unless something else is asked for."""
    if isinstance(target, Classes):
        return ("accuracy",)
    if isinstance(target, Labels):
        return ("accuracy", F1("micro"), F1("macro"), "hamming_loss")
    if isinstance(target, Counts):
        return ("mae", "poisson_deviance")
    if isinstance(loss, Quantiles):
        return ("mae", "coverage")
    return ("mae", "r2") if isinstance(target, Numbers) else ()
