"""From the user's arrays to what training reads: encoded samples, weights, a task."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from pellucid.data.arrays import check_inputs, check_pair
from pellucid.data.codec import (
    Classes,
    InputCodec,
    Labels,
    NoTargets,
    Numbers,
    PictureCodec,
    TableCodec,
    TargetCodec,
    fit_inputs,
)
from pellucid.data.columns.missing import check_policies, complete_rows
from pellucid.data.frame import Table, is_frame
from pellucid.data.label_rows import label_sets
from pellucid.data.pictures.framing import Framing
from pellucid.errors import DataError, ParameterError, ShapeError, unknown_name
from pellucid.graph.primitive import Array
from pellucid.learn.metrics import Metric, metric
from pellucid.learn.plan import Encoded, Samples
from pellucid.learn.rule import Rule
from pellucid.learn.step import Task
from pellucid.models import latest
from pellucid.models.kinds import default_metrics, outputs_for
from pellucid.nn.activations import ActivationFunction, Linear, Sigmoid
from pellucid.nn.architecture import Architecture
from pellucid.nn.compose import Chain, named
from pellucid.nn.dense import Dense
from pellucid.nn.embed_columns import EmbedColumns
from pellucid.nn.layer import Layer
from pellucid.nn.layout import Layout
from pellucid.nn.losses import Loss, Quantiles, default_loss
from pellucid.nn.shape import Flatten


def checked(x: Any, y: Any, codec: InputCodec | None = None, scaled: bool = True) -> Any:
    """x as rows that a codec takes, with as many as y has, where there is a y.

    A data frame becomes a ``Table``, whose columns are read by their kinds, unless the codec that
    was fitted takes arrays, or values are kept as they are; all else an array of finite numbers.
    """
    rows: Any
    if isinstance(codec, TableCodec):
        rows = Table.of(x, [column.name for column in codec.columns])
    elif codec is None and scaled and is_frame(x):
        rows = Table.of(x)
    else:
        rows = check_inputs(x)
    if y is not None:
        check_pair(rows, y)
    return rows


def given(x: Any, y: Any, codec: InputCodec | None, scaled: bool = True) -> tuple[Any, Any]:
    """Inputs as ``checked`` gives them, and targets as ``with_target`` finds them."""
    x, y = with_target(x, y)
    return checked(x, y, codec, scaled), y


def with_target(x: Any, y: Any) -> tuple[Any, Any]:
    """Inputs and targets, where y may be the name of a data frame's column.

    Raises: ``UnknownNameError`` for a name that is no column, with the nearest.
    """
    if not isinstance(y, str) or not is_frame(x):
        sets = label_sets(y)
        return x, y if sets is None else sets
    if isinstance(x, Table):
        return x.drop([y]), x.column(y)
    import narwhals as nw

    frame = nw.from_native(x, eager_only=True)
    if y not in frame.columns:
        raise unknown_name("column", y, map(str, frame.columns))
    return frame.drop(y).to_native(), frame[y].to_native()


def check_labelled(y: Any, target: TargetCodec) -> None:
    """Raise ``DataError`` where a network that learned with targets gets none, or the other way."""
    if y is None and not isinstance(target, NoTargets):
        raise DataError("This network learned from targets, and there is no y. Give y as well.")
    if y is not None and isinstance(target, NoTargets):
        raise DataError(
            "This network learned without targets, so it has no use for y. Leave y out, or make a "
            "new network."
        )


def check_targets(rule: Rule, y: Any, known: TargetCodec | None) -> None:
    """Raise ``DataError`` for targets that a rule does not use, or does without."""
    name = type(rule).__name__
    if y is None and rule.loss is None:
        raise DataError(
            f"{name} learns from targets, and there is no y. Call fit(x, y), or use a rule "
            "that needs none, such as Oja()."
        )
    if y is not None and rule.loss is not None:
        raise DataError(f"{name} learns without targets, and y was given. Call fit(x, rule=...).")
    if known is not None:
        check_labelled(y, known)


def take(values: Any, rows: Array) -> Any:
    """Some rows of anything by row: an array, a list, a pandas column (whose kind is kept)."""
    if hasattr(values, "iloc"):
        return values.iloc[rows]
    return values[rows] if hasattr(values, "dtype") else np.asarray(values)[rows]


def input_codec(
    x: Any, framing: Framing | None, scaled: bool, columns: Mapping[str, str] | None = None,
    missing: Mapping[str, str] | None = None,
) -> InputCodec:  # fmt: skip
    """How inputs are read: as framed pictures, or as they look.

    Raises: ``ParameterError`` for kinds or missing values of columns of what is no data frame, or
        is not scaled.
    """
    if framing is not None and not columns and not missing:
        return PictureCodec.fit(x, framing, scaled=scaled)
    return fit_inputs(x, "auto" if scaled else "none", columns, missing)


def complete(
    x: Any, y: Any, weight: Array | None, missing: Mapping[str, str] | None
) -> tuple[Any, Any, Array | None]:
    """The rows, targets and weights without those that are dropped for a missing value."""
    if not missing or not isinstance(x, Table):
        return x, y, weight
    check_policies(missing, x.columns)
    rows = complete_rows(x, missing)
    if rows is None:
        return x, y, weight
    own = None if weight is None else weight[rows]
    return x[rows], None if y is None else take(y, rows), own


def first_task(
    layers: Sequence[Layer], codec: InputCodec, target: TargetCodec, loss: Loss | None,
    metrics: Sequence[str | Metric] | None,
) -> Task:  # fmt: skip
    """The task of layers that meet their first data."""
    layers = looked_up(layers, codec)
    chain, chosen = fitted_layers(layers, codec.sample_shape, target, loss)
    architecture = Architecture(chain, codec.sample_shape)
    check_outputs(architecture, target, chosen)
    return make_task(architecture, chosen, target, metrics)


def looked_up(layers: Sequence[Layer], codec: InputCodec) -> Sequence[Layer]:
    """The layers with embeddings before them for the categories that the codec numbers."""
    if not codec.lookups or (layers and isinstance(layers[0], EmbedColumns)):
        return layers
    entries, units = zip(*codec.lookups, strict=True)
    return [EmbedColumns(entries, units), *layers]


def fitted_layers(
    layers: Sequence[Layer], in_shape: tuple[int, ...], target: TargetCodec, loss: Loss | None
) -> tuple[Chain, Loss]:
    """The layers with what the data tell filled in: the last layer's units, a Flatten before Dense.

    A last activation that the loss applies itself (softmax before cross-entropy) is left to it.
    """
    chosen = list(layers)
    if not chosen:
        raise ShapeError("A network needs at least one layer, got none. Write Network([Dense()]).")
    if len(in_shape) > 1 and isinstance(chosen[0], Dense):
        chosen.insert(0, Flatten())
    last, count = chosen[-1], outputs_for(target, loss)
    if isinstance(last, Dense) and last.units is None:
        if not count:
            raise ShapeError("Without targets the last layer needs its units, as in Dense(2).")
        chosen[-1] = last = replace(last, units=count)
    outputs = last.units if isinstance(last, Dense) else None
    kind: Any = "numbers" if isinstance(target, NoTargets) else target.kind
    loss = loss or default_loss(kind, (outputs or count,))
    if isinstance(target, Labels) and not isinstance(loss.link, Sigmoid):
        raise ParameterError(
            f"Several labels a row need a loss with a sigmoid for each label, got {loss.kind}. "
            "Leave loss out, or use 'binary_cross_entropy'."
        )
    own = getattr(last, "activation", None)
    if isinstance(own, ActivationFunction) and own == loss.link and not isinstance(own, Linear):
        chosen[-1] = replace(last, activation=Linear())  # type: ignore[call-arg]
    return Chain(tuple(chosen)), loss


def check_parameters(architecture: Architecture, most: int | None) -> None:
    """Refuse an architecture of more parameters than may be, before they are made.

    Raises: ``ParameterError``.
    """
    count = architecture.learned.size
    if most is not None and count > most:
        raise ParameterError(
            f"The network would have {count:,} parameters; it may have {most:,} at most. Use "
            "smaller layers, or fewer."
        )


def check_outputs(architecture: Architecture, target: TargetCodec, loss: Loss) -> None:
    """Raise ``ShapeError`` where the last layer does not give what the target needs."""
    shape = architecture.out_shape
    if isinstance(target, NoTargets):
        return
    count = outputs_for(target, loss)
    fits, needs = shape == (count,), f"[{count}]"
    words = {
        "classes": f"{count} classes",
        "labels": f"{count} labels",
        "counts": f"{count} counts",
    }
    what = words.get(target.kind, f"{count} numbers a row")
    if isinstance(target, Classes) and count == 2:
        fits, needs = fits or shape == (1,), f"{needs} or [1]"
    if isinstance(loss, Quantiles):
        what = f"{count} quantiles"
    if not fits:
        name = named(architecture.chain.layers)[-1][0]
        raise ShapeError(
            f"The last layer, {name}, gives {list(shape)} a sample; the target has {what} and "
            f"needs {needs}. End with Dense({count}), or with Dense(), which takes it from the "
            "data."
        )


def make_task(
    architecture: Architecture, loss: Loss, target: TargetCodec,
    metrics: Sequence[str | Metric] | None,
) -> Task:  # fmt: skip
    """The task; by default with the metrics that ``default_metrics`` names."""
    if isinstance(metrics, str | Metric):
        metrics = [metrics]
    chosen = default_metrics(target, loss) if metrics is None else metrics
    own = tuple(metric(m) for m in chosen)
    if isinstance(target, Classes):
        return Task(architecture, loss, own, "classes", threshold=target.threshold)
    if isinstance(target, Labels):
        return Task(architecture, loss, own, "labels")
    units = None
    if isinstance(target, Numbers):
        units = (tuple(map(float, target.scale)), tuple(map(float, target.mean)))
    return Task(architecture, loss, own, "numbers", units)


def encode_target(y: Any, target: TargetCodec, task: Task, dtype: str = "float64") -> Array:
    """The target in the form that the loss reads: an index, one-hot rows, or numbers."""
    wanted = task.loss.target_type(task.architecture.out_shape)
    kind = np.int64 if wanted.dtype == "int" else np.dtype(dtype)
    if not isinstance(target, Classes):
        return target.encode(y, dtype=kind)
    encoded = target.encode(y)
    if len(wanted.shape) == 1:
        return encoded
    columns = task.architecture.out_shape[-1]
    rows = encoded[:, None] if columns == 1 else encoded[:, None] == np.arange(columns)
    return rows.astype(kind)


def sample_weights(
    count: int, target: TargetCodec, y: Any,
    sample_weight: Any = None, class_weight: Mapping[Any, float] | str | None = None,
) -> Array:  # fmt: skip
    """One weight a sample, of mean 1: sample weight times class weight.

    ``class_weight="balanced"`` gives each class the same total: n / (classes * samples of it).
    Raises: ``DataError`` for negative, non-finite or all-zero weights, an unknown class, another
        number of weights than rows.
    """
    given = given_weights(sample_weight, count)
    weights = np.ones(count) if given is None else given
    if class_weight is not None:
        weights = weights * _class_weights(target, y, class_weight)
    if not np.isfinite(weights).all() or (weights < 0).any() or not weights.sum() > 0:
        raise DataError(
            "Sample and class weights must be finite, at least 0 and not all 0. "
            f"They run from {weights.min()} to {weights.max()}."
        )
    return np.asarray(weights / weights.mean())


def given_weights(sample_weight: Any, count: int) -> Array | None:
    """The weights a user gave, one a row, as floats; None where none were given."""
    if sample_weight is None:
        return None
    try:
        weights = np.asarray(sample_weight, np.float64)
    except (TypeError, ValueError):
        weights = np.zeros(0)
    if weights.shape != (count,):
        raise DataError(
            f"sample_weight expects {count} numbers, one a row of x, got {sample_weight!r:.60}."
        )
    return weights


def _class_weights(target: TargetCodec, y: Any, chosen: Mapping[Any, float] | str) -> Array:
    if not isinstance(target, Classes):
        raise DataError(
            f"class_weight needs a target of classes, this one is of {target.kind}. Use "
            "sample_weight."
        )
    index = target.encode(y)
    if isinstance(chosen, str):
        if chosen != "balanced":
            raise DataError(f"class_weight is a dictionary or 'balanced', got {chosen!r}.")
        counts = np.bincount(index, minlength=len(target.labels))
        return np.asarray((len(index) / (len(counts) * np.maximum(counts, 1)))[index])
    table = np.ones(len(target.labels))
    for label, weight in chosen.items():
        if label not in target.labels:
            raise unknown_name("class of class_weight", label, map(str, target.labels))
        table[int(target.encode(np.array([label]))[0])] = weight
    return np.asarray(table[index])


def samples(
    x: Any, y: Any, weight: Array, codec: InputCodec, target: TargetCodec, task: Task, dtype: str
) -> Samples:
    """Encode rows in the precision of the run; pictures of 8 bits only when they are read."""
    wanted = encode_target(x if y is None else y, target, task, dtype)
    return Samples(encoded(x, codec, task, dtype), wanted, weight.astype(dtype))


def encoded(x: Any, codec: InputCodec, task: Task, dtype: str) -> Array | Encoded:
    """What a network reads of rows; of pictures of 8 bits each is encoded when it is read.

    Raises: ``DataError`` or ``ShapeError`` for rows unlike those the codec was fitted on.
    """
    kind = np.int64 if task.architecture.in_dtype == "int" else np.dtype(dtype)
    if isinstance(codec, TableCodec) and isinstance(x, Table):
        return latest.encoded(x, codec, kind)
    if not isinstance(codec, PictureCodec):
        return codec.encode(x, dtype=kind)
    rows = codec.fitting(x)
    if rows.dtype != np.uint8:
        return codec.encode(rows, dtype=kind)
    return Encoded(rows, lambda some: codec.encode(some, dtype=kind))


def fill(layout: Layout, views: Mapping[str, Array], values: Mapping[str, Any]) -> None:
    """Write values into views by name; raises ``ShapeError`` that names every misfit."""
    faults, fitting = [], {}
    for name, value in values.items():
        wanted, given = layout[name].shape, np.asarray(value)
        if given.shape != wanted:
            faults.append(f"{name} is {list(given.shape)}, expected {list(wanted)}")
        elif given.dtype.kind not in "fiub" or not np.isfinite(given).all():
            faults.append(f"{name} holds what is no finite number")
        else:
            fitting[name] = given
    if faults:
        raise ShapeError(f"These parameters do not fit: {'; '.join(faults)}.")
    for name, given in fitting.items():
        views[name][...] = given
