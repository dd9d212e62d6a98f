"""A network as a ``Deployment``: its codecs and its layers in one graph.

How a codec of inputs reads a row is said here, once for all forms of export, in operations of the
graph: one ``reads.register`` a codec. A codec without one is refused by its name.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import singledispatch
from typing import TYPE_CHECKING, Any

from pellucid.data.codec import (
    Classes,
    Counts,
    InputCodec,
    Keep,
    Labels,
    Numbers,
    PictureCodec,
    ScalePixels,
    Standardize,
    TableCodec,
)
from pellucid.errors import ExportError
from pellucid.graph import BATCH, Builder, Value, simplify
from pellucid.io.deployment import ANSWER, OUTPUT, PLACE, ROWS, Arrays, Deployment, check_apart
from pellucid.models.answers import PRESENT, halfway
from pellucid.models.deploy_table import fields, reads_table
from pellucid.nn.activations import Sigmoid, Softmax
from pellucid.nn.compose import named
from pellucid.nn.layer import Layer, Tracer
from pellucid.nn.losses import Loss, Quantiles
from pellucid.ops import argmax, cast, concatenate, reshape, slice

if TYPE_CHECKING:
    from pellucid.models.network import Network

INPUTS, PREDICTION, VALUES = "scaled", "prediction", "values"
"""The scopes around the layers: what scales rows, makes chances of outputs, and values of those."""


@singledispatch
def reads(codec: InputCodec, x: Value, arrays: Arrays) -> Value:
    """Add what a codec's ``encode`` does to the graph of the rows x.

    Raises: ``ExportError`` for a codec that says nothing of it.
    """
    raise ExportError(
        f"This model reads its rows with {type(codec).__name__} ({codec.describe()}), which cannot "
        "be exported. Tables, standardized columns, scaled pixels and values kept as they are can."
    )


@reads.register
def _(codec: Keep, x: Value, arrays: Arrays) -> Value:
    return x


@reads.register(Standardize)
@reads.register(ScalePixels)
def _(codec: Standardize | ScalePixels, x: Value, arrays: Arrays) -> Value:
    mean = arrays.leaf(x.builder, "codec.input.mean", codec.mean)
    scale = arrays.leaf(x.builder, "codec.input.scale", codec.scale)
    return reshape((x - mean) / scale, (BATCH, *codec.sample_shape))


@reads.register
def _(codec: PictureCodec, x: Value, arrays: Arrays) -> Value:
    """Scale framed pictures: reading files and framing them is left to who calls the export."""
    return reads(codec.scaling, x, arrays)


reads.register(TableCodec, reads_table)


def deploy(net: Network, name: str = "network") -> Deployment:
    """The network from the user's rows to the user's answers.

    Raises: ``ExportError`` for a codec that cannot be exported, and for layers that mix the rows of
        a batch; ``ParameterError`` for a network without sizes.
    """
    task, codec, target = net._parts()
    arrays, builder = Arrays(), Builder()
    own = fields(codec) if isinstance(codec, TableCodec) else ()
    row_shape = (len(own),) if own else codec.row_shape
    rows = builder.input(ROWS, (BATCH, *row_shape), task.architecture.in_dtype)
    with builder.context(scope=INPUTS):
        x = reads(codec, rows, arrays)
    states = task.architecture.states.views(net._vectors()[1])
    leaves = {
        full: arrays.leaf(builder, full, array) for full, array in (net.parameters | states).items()
    }
    raw = task.architecture.chain.trace(Tracer(builder, leaves), x)
    with builder.context(scope=PREDICTION):
        found = task.loss.link(raw)
        outputs = {OUTPUT: raw} | _answers(found, task.loss, target, arrays)
    deployment = Deployment(
        name=name,
        graph=simplify(builder.build(**outputs)),
        arrays=arrays,
        row_shape=row_shape,
        kind=_kind(task.loss, target),
        labels=target.labels if isinstance(target, Classes | Labels) else (),
        levels=tuple(task.loss.levels) if isinstance(task.loss, Quantiles) else (),
        threshold=getattr(target, "threshold", None),
        states=frozenset(states) | {each for each in arrays if each not in leaves},
        wide=frozenset((INPUTS, VALUES)),
        columns=tuple(field.name for field in own) or _columns(net.provenance, row_shape),
        fields=own,
        layers={
            INPUTS: codec.describe(),
            PREDICTION: repr(task.loss.link),
            VALUES: target.describe(),
            **dict(_described(task.architecture.chain.layers)),
        },
    )
    check_apart(deployment)
    return deployment


def _kind(loss: Loss, target: Any) -> str:
    if isinstance(target, Labels):
        return "labels"
    if not isinstance(target, Classes):
        return "values"
    return "chances" if isinstance(loss.link, Sigmoid | Softmax) else "scores"


def _answers(found: Value, loss: Loss, target: Any, arrays: Arrays) -> dict[str, Value]:
    """What the user is told: chances or scores and the class's place, or values in y's units."""
    if isinstance(target, Labels):
        return {ANSWER: found, PLACE: cast(found > PRESENT, "int")}
    if not isinstance(target, Classes):
        with found.builder.context(scope=VALUES):
            return {ANSWER: _in_units(found, loss, target, arrays)}
    width, level = found.shape[1], target.threshold
    if width != 1 and level is None:
        return {ANSWER: found, PLACE: argmax(found, 1)}
    second = found if width == 1 else slice(found, 1, 1, 2)
    place = cast(reshape(second > (level or halfway(loss)), (BATCH,)), "int")
    if width == 1 and isinstance(loss.link, Sigmoid | Softmax):
        found = concatenate([1.0 - found, found], 1)
    return {ANSWER: found, PLACE: place}


def _in_units(found: Value, loss: Loss, target: Any, arrays: Arrays) -> Value:
    if not isinstance(target, Numbers | Counts):
        return found
    if (target.scale != 1).any() or target.mean.any():
        scale = arrays.leaf(found.builder, "codec.target.scale", target.scale)
        found = found * scale + arrays.leaf(found.builder, "codec.target.mean", target.mean)
    alone = target.flat and not isinstance(loss, Quantiles)
    return reshape(found, (BATCH,)) if alone else found


def _described(layers: Any, path: str = "") -> list[tuple[str, str]]:
    """Each layer's full name and what it is, with those within it."""
    found: list[tuple[str, str]] = []
    for name, layer in named(layers):
        found.append((path + name, repr(replace(layer, name=None))))
        inner = getattr(layer, "layers", ())
        inner = [inner] if isinstance(inner, Layer) else inner
        if inner and all(isinstance(each, Layer) for each in inner):
            found += _described(inner, f"{path}{name}.")
    return found


def _columns(provenance: Mapping[str, Any], row_shape: tuple[int, ...]) -> tuple[str, ...]:
    """The names of the columns, where the model's file says them; a file may hold anything."""
    data = provenance.get("data")
    names = data.get("features") if isinstance(data, dict) else None
    if not isinstance(names, list) or (len(names),) != row_shape:
        return ()
    return tuple(names) if all(isinstance(name, str) for name in names) else ()
