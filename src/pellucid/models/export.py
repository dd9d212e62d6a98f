"""Handing a network on: to ONNX, checked before it is written, and to code.

The check asks the written model and the network itself, on the reference engine, for the same rows.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from pellucid.data.arrays import check_inputs
from pellucid.data.codec import Classes, InputCodec, Keep, Numbers
from pellucid.data.inputs import ArrayCodec
from pellucid.errors import ExportError, unknown_name
from pellucid.graph.primitive import Array
from pellucid.io.deployment import Deployment
from pellucid.io.files import write_whole
from pellucid.models.deploy import deploy
from pellucid.nn.embedding import Embedding
from pellucid.nn.layer import Layer
from pellucid.run.reference import ReferenceExecutor

if TYPE_CHECKING:
    from pellucid.models.network import Network

TOLERANCE = 1e-5
"""How far answers may differ: chances and scores as they are, or by their size where they are above
1; values in standard deviations of the target in the same way."""
ROWS, DRAWN = 1000, 100
"""At most so many rows are compared; so many are drawn where none are given."""


@dataclass(frozen=True)
class Exported:
    """What an export did.

    Attributes:
        path: the file.
        form: onnx, python, c or javascript.
        bytes: its size.
        opset: for ONNX, the version of the operator set.
        checked: on how many rows its answers were compared with the network's; 0: not at all.
        drawn: whether those rows were drawn, for want of real ones.
        difference: the largest difference found, measured as ``TOLERANCE`` is.
    """

    path: str
    form: str
    bytes: int
    opset: int | None = None
    checked: int = 0
    drawn: bool = False
    difference: float | None = None

    def __str__(self) -> str:
        form = f"ONNX, opset {self.opset}" if self.opset else self.form
        head = f"{self.path}: {form}, {self.bytes:,} bytes."
        if not self.checked:
            return head
        rows = f"{self.checked:,} {'drawn ' if self.drawn else ''}rows"
        return (
            f"{head} Checked on {rows}: the largest difference is {self.difference:.2g} "
            f"(at most {TOLERANCE:g} is accepted)."
        )


def to_onnx(
    net: Network, path: str | os.PathLike[str], x: Any = None, *, numbers: str = "float32"
) -> Exported:
    """Write a network as an ONNX model, once its answers are found to be the network's.

    Raises: ``ExportError`` where they differ, or the network cannot be exported; ``PackageError``
        without onnx or onnxruntime; ``FileError`` where the file cannot be written.
    """
    from pellucid.io.onnx import OPSET, OUTPUTS, run_onnx
    from pellucid.io.onnx import to_onnx as written

    if numbers not in ("float32", "float64"):
        raise unknown_name("kind of numbers", numbers, ("float32", "float64"))
    deployment = deploy(net, _name(path))
    model = written(deployment, numbers)  # type: ignore[arg-type]
    rows = _rows(net, x)
    found = run_onnx(model, rows)
    difference = _compared(net, deployment, rows, found[OUTPUTS[deployment.kind]])
    remedy = "Its layers compute in single precision: a value at a threshold may fall either way."
    if numbers == "float32":
        remedy = "Its numbers go in and come out in single precision: try numbers='float64'."
    _check(difference, "ONNX Runtime", remedy)
    if deployment.labels:
        _check_labels(net, deployment, rows, found["label"])
    write_whole(path, model)
    drawn = x is None
    return Exported(os.fspath(path), "onnx", len(model), OPSET, len(rows), drawn, difference)


def to_code(net: Network, path: str | os.PathLike[str], language: str) -> Exported:
    """Write a network as a program in Python, C or JavaScript.

    Raises: ``UnknownNameError`` for another language; ``ExportError``, ``FileError``.
    """
    from pellucid.io.code import to_code as written

    content = written(deploy(net, _name(path)), language).encode()
    write_whole(path, content)
    return Exported(os.fspath(path), language, len(content))


def _name(path: str | os.PathLike[str]) -> str:
    return Path(path).stem or "network"


def _rows(net: Network, x: Any) -> Array:
    """The rows to compare on: at most a thousand of those given, evenly taken, else drawn ones."""
    codec = net._parts()[1]
    if x is None:
        return _drawn(codec, net)
    rows = codec.fitting(x) if isinstance(codec, ArrayCodec) else check_inputs(x)
    return rows[:: -(-len(rows) // ROWS)]


def _drawn(codec: InputCodec, net: Network) -> Array:
    """Rows with the mean and deviation of the training rows; whole numbers within all tables."""
    random = np.random.default_rng(0)
    shape = (DRAWN, *codec.sample_shape)
    if isinstance(codec, Keep) and codec.whole:
        return random.integers(0, min(_entries(net.layers), default=10), shape)
    return np.asarray(codec.decode(random.normal(size=shape)))


def _entries(layers: Any) -> list[int]:
    """How many entries each Embedding has, also of those within other layers."""
    found: list[int] = []
    for layer in [layers] if isinstance(layers, Layer) else layers:
        inner = getattr(layer, "layers", ())
        found += [layer.entries] if isinstance(layer, Embedding) else _entries(inner)
    return found


def _compared(net: Network, deployment: Deployment, rows: Array, found: Array) -> float:
    """The largest difference between answers and the network's own, as ``TOLERANCE`` is told."""
    own = _own(net, deployment)(rows)
    found = found.astype(np.float64)
    target = net._parts()[2]
    if isinstance(target, Numbers):
        shape = (len(rows), -1)
        own = (own.reshape(shape) - target.mean) / target.scale
        found = (found.reshape(shape) - target.mean) / target.scale
    if own.shape != found.shape:
        raise ExportError(
            f"The exported model answers with {list(found.shape)} numbers where the network gives "
            f"{list(own.shape)}. Nothing was written; please report this."
        )
    same = (own == found) | (np.isnan(own) & np.isnan(found))
    with np.errstate(all="ignore"):
        apart = np.abs(own - found) / np.maximum(1.0, np.abs(own))
    return float(np.max(np.where(same, 0.0, apart), initial=0.0))


def _own(net: Network, deployment: Deployment) -> Callable[[Any], Array]:
    """The network's own answers in float64."""
    executor = ReferenceExecutor()
    if deployment.kind == "scores":
        return net._prediction(executor)._numbers
    if deployment.kind == "chances":
        return lambda x: net.predict_proba(x, engine=executor)
    return lambda x: np.asarray(net.predict(x, engine=executor), np.float64)


def _check(difference: float, by: str, remedy: str) -> None:
    if not difference <= TOLERANCE:
        raise ExportError(
            f"The exported model does not answer as the network does: {by} differs by "
            f"{difference:.2g}, more than the {TOLERANCE:g} that is accepted. Nothing was written. "
            f"{remedy}"
        )


def _check_labels(net: Network, deployment: Deployment, rows: Array, found: Array) -> None:
    """The labels are the network's, but where two classes are as good as equal."""
    target = net._parts()[2]
    assert isinstance(target, Classes)
    expected = target.encode(net.predict(rows, engine=ReferenceExecutor()))
    places = {str(label): place for place, label in enumerate(target.labels)}
    got = np.array([places.get(str(label), -1) for label in found.tolist()])
    scores = _own(net, deployment)(rows)
    if scores.shape[1] == 1:
        margin = np.abs(scores[:, 0])
    else:
        highest = np.sort(scores, axis=1)
        margin = highest[:, -1] - highest[:, -2]
    wrong = np.flatnonzero((got != expected) & ~(margin <= 2 * TOLERANCE))
    if len(wrong):
        row = int(wrong[0])
        raise ExportError(
            f"The exported model answers {found[row]!r} in row {row}, the network "
            f"{target.labels[expected[row]]!r}. Nothing was written; please report this."
        )
