"""From the user's arrays to what training reads: encoded samples, weights, a task."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from pellucid.data.codec import Classes, InputCodec, Numbers, TargetCodec, fit_target
from pellucid.errors import DataError, ShapeError
from pellucid.graph.primitive import Array
from pellucid.learn.loop import Samples
from pellucid.learn.metrics import Metric, metric
from pellucid.learn.step import Task
from pellucid.nn.activations import ActivationFunction, Linear
from pellucid.nn.architecture import Architecture
from pellucid.nn.compose import Chain, named
from pellucid.nn.dense import Dense
from pellucid.nn.layer import Layer
from pellucid.nn.losses import Loss, default_loss
from pellucid.nn.shape import Flatten


def target_codec(y: Any, loss: Loss | None, layers: Sequence[Layer]) -> TargetCodec:
    """How the target is read: as the loss and the last layer ask, else as it looks.

    Numbers are scaled to mean 0 and deviation 1 only where the output is linear: a sigmoid could not
    reach them otherwise, and a count stays a count.
    """
    wants_numbers = loss is not None and loss.target_kind == "numbers"
    codec = fit_target(y, kind="numbers" if wants_numbers and not _is_text(y) else None)
    if isinstance(codec, Numbers) and not _is_linear(loss, layers):
        return codec.unscaled()
    return codec


def _is_text(y: Any) -> bool:
    return np.asarray(y).dtype.kind in "USO"


def _is_linear(loss: Loss | None, layers: Sequence[Layer]) -> bool:
    last = layers[-1] if layers else None
    own = getattr(last, "activation", getattr(last, "function", Linear()))
    return isinstance(own, Linear) and (loss is None or isinstance(loss.link, Linear))


def fitted_layers(
    layers: Sequence[Layer], in_shape: tuple[int, ...], target: TargetCodec, loss: Loss | None
) -> tuple[Chain, Loss]:
    """The layers with what the data tell filled in: the last layer's units, a Flatten before Dense.

    A last activation that the loss applies itself (softmax before cross-entropy) is left to the loss.
    """
    wanted = len(target.labels) if isinstance(target, Classes) else target.outputs
    chosen = list(layers)
    if not chosen:
        raise ShapeError("A network needs at least one layer, got none. Write Network([Dense()]).")
    if len(in_shape) > 1 and isinstance(chosen[0], Dense):
        chosen.insert(0, Flatten())
    last = chosen[-1]
    if isinstance(last, Dense) and last.units is None:
        chosen[-1] = last = replace(last, units=wanted)
    outputs = last.units if isinstance(last, Dense) else None
    kind = "classes" if isinstance(target, Classes) else "numbers"
    loss = loss or default_loss(kind, (outputs or wanted,))
    own = getattr(last, "activation", None)
    if isinstance(own, ActivationFunction) and own == loss.link and not isinstance(own, Linear):
        chosen[-1] = replace(last, activation=Linear())  # type: ignore[call-arg]
    return Chain(tuple(chosen)), loss


def check_outputs(architecture: Architecture, target: TargetCodec) -> None:
    """Raise ``ShapeError`` where the last layer does not give what the target needs."""
    shape = architecture.out_shape
    if isinstance(target, Classes):
        count = len(target.labels)
        fits = shape == (count,) or (count == 2 and shape == (1,))
        needs, what = f"[{count}]" + (" or [1]" if count == 2 else ""), f"{count} classes"
    else:
        count = target.outputs
        fits, needs, what = shape == (count,), f"[{count}]", f"{count} numbers a row"
    if not fits:
        name = named(architecture.chain.layers)[-1][0]
        raise ShapeError(
            f"The last layer, {name}, gives {list(shape)} a sample; the target has {what} and needs "
            f"{needs}. End with Dense({count}), or with Dense(), which takes it from the data."
        )


def make_task(
    architecture: Architecture, loss: Loss, target: TargetCodec,
    metrics: Sequence[str | Metric] | None,
) -> Task:  # fmt: skip
    """The task; metrics by default: accuracy for classes, mae and r2 for numbers."""
    if isinstance(target, Classes):
        chosen = ("accuracy",) if metrics is None else metrics
        return Task(architecture, loss, tuple(metric(m) for m in chosen), "classes")
    chosen = ("mae", "r2") if metrics is None else metrics
    units = (tuple(map(float, target.scale)), tuple(map(float, target.mean)))
    return Task(architecture, loss, tuple(metric(m) for m in chosen), "numbers", units)


def encode_target(y: Any, target: TargetCodec, task: Task) -> Array:
    """The target in the form that the loss reads: an index, one-hot rows, or numbers."""
    wanted = task.loss.target_type(task.architecture.out_shape)
    encoded = target.encode(y)
    if isinstance(target, Numbers):
        return encoded.reshape(len(encoded), *task.architecture.out_shape).astype(np.float32)
    if len(wanted.shape) == 1:
        return encoded.astype(np.int64 if wanted.dtype == "int" else np.float32)
    columns = task.architecture.out_shape[-1]
    rows = encoded[:, None] if columns == 1 else encoded[:, None] == np.arange(columns)
    return rows.astype(np.float32 if wanted.dtype == "float" else np.int64)


def sample_weights(
    count: int, target: TargetCodec, y: Any,
    sample_weight: Any = None, class_weight: Mapping[Any, float] | str | None = None,
) -> Array:  # fmt: skip
    """One weight a sample, of mean 1: sample weight times class weight.

    ``class_weight="balanced"`` gives each class the same total: n / (classes * samples of the class).
    Raises: ``DataError`` for negative, non-finite or all-zero weights, an unknown class, wrong length.
    """
    weights = np.ones(count) if sample_weight is None else np.asarray(sample_weight, float)
    if weights.shape != (count,):
        raise DataError(
            f"sample_weight expects {count} numbers, one a row, got shape {list(weights.shape)}."
        )
    if class_weight is not None:
        weights = weights * _class_weights(target, y, class_weight)
    if not np.isfinite(weights).all() or (weights < 0).any() or not weights.sum() > 0:
        raise DataError(
            "Sample and class weights must be finite, at least 0 and not all 0. "
            f"They run from {weights.min()} to {weights.max()}."
        )
    return np.asarray(weights / weights.mean())


def _class_weights(target: TargetCodec, y: Any, chosen: Mapping[Any, float] | str) -> Array:
    if not isinstance(target, Classes):
        raise DataError("class_weight needs a target of classes, this one is of numbers.")
    index = target.encode(y)
    if isinstance(chosen, str):
        if chosen != "balanced":
            raise DataError(f"class_weight is a dictionary or 'balanced', got {chosen!r}.")
        counts = np.bincount(index, minlength=len(target.labels))
        return np.asarray((len(index) / (len(counts) * np.maximum(counts, 1)))[index])
    table = np.ones(len(target.labels))
    for label, weight in chosen.items():
        table[int(target.encode(np.array([label]))[0])] = weight
    return np.asarray(table[index])


def samples(
    x: Any, y: Any, weight: Array, codec: InputCodec, target: TargetCodec, task: Task, dtype: str
) -> Samples:
    """Encode rows in the precision of the run."""
    kind = np.int64 if task.architecture.in_dtype == "int" else np.dtype(dtype)
    encoded = codec.encode(x, dtype=kind)
    wanted = encode_target(y, target, task)
    if wanted.dtype.kind == "f":
        wanted = wanted.astype(dtype)
    return Samples(encoded, wanted, weight.astype(dtype))
