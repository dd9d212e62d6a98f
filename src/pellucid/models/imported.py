"""Networks of models that others made: from ONNX files and PyTorch modules.

What comes out is a network like any other: it predicts, explains itself, is saved, and learns on.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from pellucid.data.codec import (
    Classes,
    InputCodec,
    Keep,
    Labels,
    NoTargets,
    Numbers,
    ScalePixels,
    Standardize,
    TargetCodec,
)
from pellucid.errors import FileError, ParameterError, PellucidError, ShapeError
from pellucid.graph.primitive import Array
from pellucid.io.foreign import Foreign, Piece, joined
from pellucid.learn.loop import State
from pellucid.learn.unsupervised import NoTarget
from pellucid.models.prepare import make_task
from pellucid.nn.activate import Activation
from pellucid.nn.architecture import Architecture
from pellucid.nn.compose import Chain
from pellucid.nn.layout import Layout
from pellucid.nn.losses import BinaryCrossEntropy, CategoricalCrossEntropy, Loss, SquaredError

if TYPE_CHECKING:
    from pellucid.models.network import Network

MALFORMED = (
    LookupError, TypeError, ValueError, AttributeError, ArithmeticError, RecursionError,
    MemoryError,
)  # fmt: skip
TOLERANCE, ROWS = 1e-4, 64
"""An ONNX file's answers for so many drawn rows are compared with ONNX Runtime's, where that is
installed; they may differ by so much of their size."""
VALUES = 100_000
"""Of rows of many values fewer are drawn, so that all of them have about so many."""


def from_onnx(
    path: str | os.PathLike[str], classes: Any = None, *, shape: Sequence[int] | None = None,
    output: str | None = None,
) -> Network:  # fmt: skip
    """See ``Network.from_onnx``."""
    from pellucid.io.read_onnx import read_onnx

    try:
        foreign = read_onnx(path, shape, output)
        net = network_of(foreign, classes, str(path))
    except PellucidError:
        raise
    except MALFORMED as error:  # a node without what its operator needs, and the like
        raise FileError(
            f"{path} is damaged, or was made by a program that does not keep to the format "
            f"({type(error).__name__}: {error!s:.100}). Export it again."
        ) from None
    _compare(net, foreign, path)
    return net


def from_torch(
    module: Any, classes: Any = None, *, state: Any = None, shape: Sequence[int] | None = None
) -> Network:
    """See ``Network.from_torch``."""
    from pellucid.io.read_torch import read_torch

    return network_of(read_torch(module, state, shape), classes, "The module")


def network_of(foreign: Foreign, classes: Any, where: str) -> Network:
    """The network of what was read.

    Raises: ``ParameterError`` for classes that do not fit the outputs; ``FileError`` for arrays
        that do not fit the layers.
    """
    from pellucid.models.network import Network

    layers, arrays = joined(foreign.pieces or (Piece(Activation()),))
    codec = _codec(foreign)
    try:
        architecture = Architecture(Chain(layers), codec.sample_shape)
    except (ShapeError, ParameterError) as error:
        raise FileError(f"{where}: its layers do not fit one another. {error}") from None
    outputs = architecture.out_shape
    target, loss = _target(foreign, classes, outputs, where)
    vectors = _vectors(architecture, arrays, where)
    net = Network(layers, loss=loss, scale_inputs=not isinstance(codec, Keep))
    net._task, net._codec, net._target = make_task(architecture, loss, target, None), codec, target
    net._state = State(vectors, 0, 0)
    net.provenance = {"imported": dict(foreign.origin)}
    return net


def _codec(foreign: Foreign) -> InputCodec:
    shape = foreign.row_shape
    if foreign.scaling is None:
        return Keep(shape, foreign.whole)
    mean, scale = foreign.scaling
    return Standardize(mean, scale) if len(shape) == 1 else ScalePixels(shape, mean, scale)


def _target(
    foreign: Foreign, classes: Any, outputs: tuple[int, ...], where: str
) -> tuple[TargetCodec, Loss]:
    """What the answers are, and the loss that goes with how the network ends."""
    count = outputs[0] if len(outputs) == 1 else 0
    if not count and classes is None:
        return NoTargets(), NoTarget()
    if not count:
        raise ParameterError(
            f"{where} gives {list(outputs)} numbers a row, and classes are of one axis. Leave "
            "classes out, or export it up to a layer that gives one."
        )
    labels = _labels(classes) if classes is not None else foreign.labels
    if not labels and foreign.ending == "softmax":
        labels = tuple(range(count))
    if not labels and foreign.ending == "sigmoid":
        labels = tuple(range(max(count, 2)))
    if not labels:
        return _numbers(foreign, count), SquaredError()
    if len(labels) != count and not (count == 1 and len(labels) == 2):
        raise ParameterError(
            f"There are {len(labels)} classes, and {where} gives {count} numbers a row. Give "
            f"{count if count > 1 else 2} classes, in the order of its outputs."
        )
    if foreign.ending == "sigmoid" and count > 1:
        return Labels(tuple(labels)), BinaryCrossEntropy()
    kinds = {str: "str", bool: "bool", int: "int64", float: "float64"}
    dtype = kinds[type(labels[0])] if len({type(label) for label in labels}) == 1 else "object"
    binary = count == 1
    return Classes(labels, dtype), BinaryCrossEntropy() if binary else CategoricalCrossEntropy()


def _labels(classes: Any) -> tuple[Any, ...]:
    """Classes by name, or so many, counted from 0."""
    if isinstance(classes, int) and not isinstance(classes, bool):
        found: tuple[Any, ...] = tuple(range(classes))
    elif isinstance(classes, str) or not hasattr(classes, "__iter__"):
        raise ParameterError(
            f"classes are names in the order of the outputs, or how many there are, got "
            f"{classes!r:.60}."
        )
    else:
        found = tuple(c.item() if isinstance(c, np.generic) else c for c in classes)
    plain = all(isinstance(label, str | int | float) for label in found)
    if len(found) < 2 or not plain or len(set(found)) != len(found):
        raise ParameterError(
            f"classes are at least two different texts or whole numbers, got {classes!r:.60}."
        )
    return found


def _numbers(foreign: Foreign, count: int) -> Numbers:
    if foreign.units is None:
        return Numbers(np.zeros(count), np.ones(count), count == 1)
    mean, scale = (np.broadcast_to(part, (count,)).astype(np.float64) for part in foreign.units)
    return Numbers(mean, scale, count == 1)


def _vectors(architecture: Architecture, arrays: dict[str, Array], where: str) -> dict[str, Array]:
    """The parameters and states as flat vectors, once every array fits."""
    layouts = {"params": architecture.learned, "state": architecture.states}
    declared = {p.name: p.shape for layout in layouts.values() for p in layout.parameters}
    faults = [f"{name} is missing" for name in declared if name not in arrays]
    faults += [
        f"{name} is {list(arrays[name].shape)}, expected {list(shape)}"
        for name, shape in declared.items()
        if name in arrays and arrays[name].shape != shape
    ]
    faults += [
        f"{name} holds NaN or infinity"
        for name in declared
        if name in arrays and not np.isfinite(arrays[name]).all()
    ]
    if faults:
        more = f"; and {len(faults) - 5} more" if len(faults) > 5 else ""
        raise FileError(
            f"The arrays of {where} do not fit its layers: {'; '.join(faults[:5])}{more}."
        )
    wide = any(arrays[name].dtype == np.float64 for name in declared)
    dtype = np.dtype(np.float64 if wide else np.float32)
    return {name: _joined(layout, arrays, dtype) for name, layout in layouts.items()}


def _joined(layout: Layout, arrays: dict[str, Array], dtype: np.dtype[Any]) -> Array:
    parts = [arrays[name].astype(dtype).reshape(-1) for name in layout.names]
    return np.concatenate([np.zeros(0, dtype), *parts])


def _compare(net: Network, foreign: Foreign, path: str | os.PathLike[str]) -> None:
    """Raise ``FileError`` where the network answers otherwise than ONNX Runtime does.

    Without onnxruntime, and for answers that are no arrays, nothing is compared.
    """
    try:
        import onnxruntime
    except ImportError:
        return
    rows = _drawn(net, foreign)
    found = _answers_of(onnxruntime, path, rows, foreign)
    if found is None:
        return
    difference = min(_apart(found, own) for own in _own(net, rows))
    net.provenance["imported"]["compared"] = {"rows": len(rows), "difference": difference}
    if not difference <= TOLERANCE:
        raise FileError(
            f"{path} was read, but the network answers otherwise than ONNX Runtime: they differ by "
            f"{difference:.2g}, more than the {TOLERANCE:g} that is accepted. Nothing was made of "
            "it; please report this."
        )


def _drawn(net: Network, foreign: Foreign) -> Array:
    random = np.random.default_rng(0)
    size = int(np.prod(net.inputs.sample_shape))
    shape = (min(ROWS, max(2, VALUES // max(1, size))), *net.inputs.sample_shape)
    if foreign.whole:
        entries = next(layer.entries for layer in net.layers if hasattr(layer, "entries"))
        return random.integers(0, entries, shape)
    return np.asarray(net.inputs.decode(random.normal(size=shape)))


def _answers_of(
    onnxruntime: Any, path: str | os.PathLike[str], rows: Array, foreign: Foreign
) -> Array | None:
    """What ONNX Runtime gives for the output that was read, as many rows at once as it takes."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.log_severity_level = 3
    try:
        session = onnxruntime.InferenceSession(
            os.fspath(path), options, providers=["CPUExecutionProvider"]
        )
        given = session.get_inputs()[0]
        kinds = {"tensor(float)": np.float32, "tensor(double)": np.float64,
                 "tensor(float16)": np.float16, "tensor(int64)": np.int64,
                 "tensor(int32)": np.int32}  # fmt: skip
        size = given.shape[0] if isinstance(given.shape[0], int) else len(rows)
        typed = rows.astype(kinds[given.type])
        parts = [
            session.run([foreign.origin["output"]], {given.name: typed[at : at + size]})[0]
            for at in range(0, len(rows) // size * size, size)
        ]
    except Exception:  # noqa: BLE001 - a file that this version of it cannot run is read all the same
        return None
    if not parts or not all(isinstance(part, np.ndarray) for part in parts):
        return None
    return np.concatenate(parts).astype(np.float64)


def _own(net: Network, rows: Array) -> list[Array]:
    """The network's answers in each form in which a file may have them."""
    from pellucid.learn.step import predict_graph
    from pellucid.models.prepare import encoded
    from pellucid.run.reference import ReferenceExecutor

    task, codec, target = net._parts()
    params, state = net._vectors()
    program = ReferenceExecutor().compile(predict_graph(task.architecture, task.loss))
    x = np.asarray(encoded(rows, codec, task, "float64"))
    found = program.run({"x": x, "params": params, "state": state})
    chances = found["prediction"]
    forms = [chances, found["output"]]
    if isinstance(target, Numbers):
        return [chances * target.scale + target.mean]
    with np.errstate(divide="ignore", invalid="ignore"):
        forms.append(np.log(chances))
    if chances.shape[1] == 1:
        forms.append(np.concatenate([1 - chances, chances], axis=1))
    return forms


def _apart(found: Array, own: Array) -> float:
    """The largest difference, of numbers above 1 by their size."""
    own = own[: len(found)]
    if found.size != own.size:
        return float("inf")
    own = own.reshape(found.shape)
    with np.errstate(invalid="ignore"):
        apart = np.abs(found - own) / np.maximum(1.0, np.abs(own))
    return float(np.max(np.where(found == own, 0.0, apart), initial=0.0))
