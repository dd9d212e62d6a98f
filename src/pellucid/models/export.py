"""Handing a network on: to ONNX, checked before it is written, and to code.

The check asks the written model and the network itself, on the reference engine, for the same rows.
"""

from __future__ import annotations

import os
import warnings
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from pellucid.data.arrays import check_inputs
from pellucid.data.codec import (
    Classes,
    InputCodec,
    Keep,
    Labels,
    Numbers,
    TableCodec,
)
from pellucid.data.frame import Table
from pellucid.data.inputs import ArrayCodec
from pellucid.data.table_codec import check_columns
from pellucid.dataclass import dataclass
from pellucid.errors import DataWarning, ExportError, unknown_name
from pellucid.graph.primitive import Array
from pellucid.io.deployment import Deployment
from pellucid.io.files import write_whole
from pellucid.models.answers import PRESENT
from pellucid.models.deploy import deploy
from pellucid.models.deploy_table import cells, drawn_table
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
        without onnx; ``FileError`` where the file cannot be written.
    """
    from pellucid.io.onnx import OPSET, OUTPUTS, run_onnx
    from pellucid.io.onnx import to_onnx as written
    from pellucid.io.onnx_check import FEW, has_runtime, run_evaluator

    if numbers not in ("float32", "float64"):
        raise unknown_name("kind of numbers", numbers, ("float32", "float64"))
    deployment = deploy(net, _name(path))
    model = written(deployment, numbers)  # type: ignore[arg-type]
    rows, by, run = _rows(net, x), "ONNX Runtime", run_onnx
    if not has_runtime():
        rows, by, run = rows[:: -(-len(rows) // FEW)], "ONNX's own evaluator", run_evaluator
    found = run(model, _given(net, deployment, rows))
    difference = _compared(net, deployment, rows, found[OUTPUTS[deployment.kind]])
    remedy = "Its layers compute in single precision: a value at a threshold may fall either way."
    if numbers == "float32":
        remedy = "Its numbers go in and come out in single precision: try numbers='float64'."
    _check(difference, by, remedy)
    if deployment.kind == "labels":
        _check_present(net, rows, found["labels"])
    elif deployment.labels:
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


def _rows(net: Network, x: Any) -> Any:
    """The rows to compare on: at most a thousand of those given, evenly taken, else drawn ones."""
    codec = net._parts()[1]
    if x is None:
        return _drawn(codec, net)
    if isinstance(codec, TableCodec):
        table = Table.of(x, [column.name for column in codec.columns])
        check_columns("x", [column.name for column in codec.used], table.columns)
        return table[:: -(-len(table) // ROWS)]
    rows = codec.fitting(x) if isinstance(codec, ArrayCodec) else check_inputs(x)
    return rows[:: -(-len(rows) // ROWS)]


def _given(net: Network, deployment: Deployment, rows: Any) -> Array | list[Array]:
    """Rows as the model takes them: one array, or one for each column of a table with texts."""
    codec = net._parts()[1]
    if not isinstance(codec, TableCodec):
        return np.asarray(rows)
    columns = cells(codec, rows)
    return columns if deployment.is_named else np.concatenate(columns, 1)


def _drawn(codec: InputCodec, net: Network) -> Any:
    """Rows with the mean and deviation of the training rows; whole numbers within all tables."""
    random = np.random.default_rng(0)
    if isinstance(codec, TableCodec):
        return drawn_table(codec, DRAWN, random)
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


def _compared(net: Network, deployment: Deployment, rows: Any, found: Array) -> float:
    """The largest difference between answers and the network's own, as ``TOLERANCE`` is told."""
    own = _own(net, deployment, rows)
    found = found.astype(np.float64)
    target = net._parts()[2]
    if isinstance(target, Numbers):  # counts are compared as they are
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


def _own(net: Network, deployment: Deployment, rows: Any) -> Array:
    """The network's own answers in float64; what training did not show is part of the check."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DataWarning)
        executor = ReferenceExecutor()
        if deployment.kind == "scores":
            return net._prediction(executor).numbers(rows)
        if deployment.levels:
            return net.predict_quantiles(rows, engine=executor)
        if deployment.kind in ("chances", "labels"):
            return net.predict_proba(rows, engine=executor)
        return np.asarray(net.predict(rows, engine=executor), np.float64)


def _check(difference: float, by: str, remedy: str) -> None:
    if not difference <= TOLERANCE:
        raise ExportError(
            f"The exported model does not answer as the network does: {by} differs by "
            f"{difference:.2g}, more than the {TOLERANCE:g} that is accepted. Nothing was written. "
            f"{remedy}"
        )


def _check_labels(net: Network, deployment: Deployment, rows: Any, found: Array) -> None:
    """The labels are the network's, but where two classes are as good as equal."""
    target = net._parts()[2]
    assert isinstance(target, Classes)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DataWarning)
        expected = target.encode(net.predict(rows, engine=ReferenceExecutor()))
    places = {str(label): place for place, label in enumerate(target.labels)}
    got = np.array([places.get(str(label), -1) for label in found.tolist()])
    scores = _own(net, deployment, rows)
    if deployment.threshold is not None:
        margin = np.abs(scores[:, -1] - deployment.threshold)
    elif scores.shape[1] == 1:
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


def _check_present(net: Network, rows: Any, found: Array) -> None:
    """Each label is there where it is by the network, but where its chance is as good as half."""
    target = net._parts()[2]
    assert isinstance(target, Labels)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DataWarning)
        chances = net.predict_proba(rows, engine=ReferenceExecutor())
    wrong = (found != (chances > PRESENT)) & ~(np.abs(chances - PRESENT) <= 2 * TOLERANCE)
    if wrong.any():
        row, label = (int(axis[0]) for axis in np.nonzero(wrong))
        raise ExportError(
            f"The exported model answers otherwise than the network in row {row}, whether it is "
            f"{target.labels[label]!r}. Nothing was written; please report this."
        )
