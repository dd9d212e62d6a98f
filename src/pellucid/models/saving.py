"""Networks as model files: what the header and the arrays of ``io/model.py`` mean.

The header holds the layers, the loss, how data go in and come out, and where the numbers came from;
the arrays are one a parameter, under its name (``dense_1.weight``), and those of the codecs
(``codec.input.mean``). Optimizer slots are not kept: a loaded network predicts to the bit what the
saved one does, and learns on from its parameters as from a fresh start of the rule.
"""

from __future__ import annotations

import os
import platform
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, TypeVar

import numpy as np

from pellucid._version import __version__
from pellucid.data.codec import InputCodec, Keep, TargetCodec, codec_from_record
from pellucid.errors import FileError, ParameterError, PellucidError
from pellucid.graph.primitive import Array
from pellucid.io.model import ModelFile, read_model, write_model
from pellucid.learn.loop import State
from pellucid.learn.step import Task, score_graph
from pellucid.models.network import Network
from pellucid.models.prepare import check_outputs, make_task
from pellucid.nn.architecture import Architecture
from pellucid.nn.compose import Chain
from pellucid.nn.layout import Layout
from pellucid.nn.spec import layer_from_record, layer_to_record, loss_from_record, loss_to_record

T = TypeVar("T")
# What objects may raise when they are made of values of a kind they were not written for.
MALFORMED = (
    PellucidError, TypeError, ValueError, LookupError, AttributeError, ArithmeticError,
    RecursionError, MemoryError,
)  # fmt: skip


def save(net: Network, path: str | os.PathLike[str]) -> None:
    """Write a network to one file; the same network gives the same bytes.

    Raises: ``ParameterError`` for a network without sizes, with NaN in it, or with a part that a
        file cannot hold; ``FileError`` where the file cannot be written.
    """
    write_model(path, to_file(net))


def load(path: str | os.PathLike[str]) -> Network:
    """Read a network back; nothing in the file is ever run.

    Raises: ``FileError`` saying what is wrong with the file.
    """
    if os.fspath(path).lower().endswith(".onnx"):
        raise FileError(
            f"{path} is an ONNX file. Make a network of it with Network.from_onnx(path), or a "
            "model file with: pellucid import FILE.onnx OUT.safetensors"
        )
    return from_file(read_model(path), os.fspath(path))


def to_file(net: Network) -> ModelFile:
    """What a model file holds of a network."""
    task, codec, target = net._parts()
    state = net._reached()
    score_graph(task)  # a function of one's own leaves its graph behind once it was used
    plain, arrays = {}, _stored(task.architecture, state.carried)
    for role, part in (("input", codec), ("target", target)):
        plain[role], own = part.to_record()
        for name, array in own.items():
            full = f"codec.{role}.{name}"
            if full in arrays:
                raise ParameterError(
                    f"{full} is the name of a parameter and of an array of the data's scaling. "
                    "Give the layer named 'codec' another name."
                )
            arrays[full] = np.asarray(array, np.float64)
    header = {
        "layers": [layer_to_record(layer) for layer in task.architecture.chain.layers],
        "loss": loss_to_record(task.loss),
        **plain,
        "seed": int(net.seed),
        "step": state.step,
        "epoch": state.epoch,
        "provenance": {"versions": versions()} | net.provenance,
    }
    return ModelFile(header, arrays)


def versions() -> dict[str, str]:
    """What computes: the versions of Pellucid, NumPy and Python."""
    return {
        "pellucid": __version__, "numpy": np.__version__, "python": platform.python_version()
    }  # fmt: skip


def _stored(architecture: Architecture, carried: Mapping[str, Array]) -> dict[str, Array]:
    arrays = architecture.learned.views(carried["params"])
    return arrays | architecture.states.views(carried["state"])


def from_file(model: ModelFile, path: str) -> Network:
    """The network that a model file describes; ``path`` is for the errors."""
    header = _Header(model.header, path)
    layers, measure = header.get("layers", list), header.get("loss", dict)
    with _reading(path, "its layers"):
        chain = Chain(tuple(map(layer_from_record, layers)))
    with _reading(path, "its loss"):
        loss = loss_from_record(measure)
    codec = _codec(header, model.arrays, "input")
    target = _codec(header, model.arrays, "target")
    if not isinstance(codec, InputCodec) or not isinstance(target, TargetCodec):
        raise FileError(f"{path} is damaged: its input and its target are mixed up.")
    with _reading(path, "its layers and its data"):
        architecture = Architecture(chain, codec.sample_shape)
        if architecture.in_dtype == "int" and not (isinstance(codec, Keep) and codec.whole):
            raise FileError("The first layer looks up whole numbers, and the input holds others.")
        check_outputs(architecture, target, loss)
        task = make_task(architecture, loss, target, None)
        score_graph(task)
    state = State(
        _carried(architecture, model.arrays, path), header.count("step"), header.count("epoch")
    )
    return _assembled(header, task, codec, target, state)


def _assembled(
    header: _Header, task: Task, codec: InputCodec, target: TargetCodec, state: State
) -> Network:
    scaled = not isinstance(codec, Keep)
    net = Network(
        task.architecture.chain.layers,
        loss=task.loss,
        scale_inputs=scaled,
        seed=header.count("seed"),
    )
    net._task, net._codec, net._target, net._state = task, codec, target, state
    net.provenance = header.get("provenance", dict)
    return net


class _Header:
    """Reads the entries of a file's header."""

    def __init__(self, plain: Mapping[str, Any], path: str) -> None:
        self.plain, self.path = plain, path

    def get(self, name: str, kind: type[T]) -> T:
        value = self.plain.get(name)
        if not isinstance(value, kind):
            word = {list: "a list", dict: "an object"}[kind]  # type: ignore[index]
            raise FileError(
                f"{self.path} is damaged: {name} in its header is {value!r:.60}, expected {word}. "
                "Save the model again."
            )
        return value

    def count(self, name: str) -> int:
        value = self.plain.get(name)
        if type(value) is not int or not 0 <= value < 2**63:
            raise FileError(
                f"{self.path} is damaged: {name} in its header is {value!r:.60}, expected a whole "
                "number of at least 0. Save the model again."
            )
        return value


def _codec(header: _Header, arrays: Mapping[str, Array], role: str) -> InputCodec | TargetCodec:
    prefix = f"codec.{role}."
    own = {name[len(prefix) :]: a for name, a in arrays.items() if name.startswith(prefix)}
    plain = header.get(role, dict)
    with _reading(header.path, f"its {role}"):
        codec = codec_from_record(plain, own)
        extra = set(own) - set(codec.to_record()[1])
        if extra:
            raise FileError(f"It has an array too many, {prefix}{min(extra)}.")
    return codec


def _carried(
    architecture: Architecture, arrays: Mapping[str, Array], path: str
) -> dict[str, Array]:
    """The vectors of parameters and states, once every array fits."""
    layouts = {"params": architecture.learned, "state": architecture.states}
    declared = {p.name: p.shape for layout in layouts.values() for p in layout.parameters}
    given = {name: a for name, a in arrays.items() if name in declared or not _is_codec(name)}
    faults = [f"{name} is missing" for name in declared if name not in given]
    faults += [f"{name} belongs to no layer" for name in given if name not in declared]
    faults += [
        f"{name} is {list(array.shape)}, expected {list(declared[name])}"
        for name, array in given.items()
        if name in declared and array.shape != declared[name]
    ]
    dtypes = {array.dtype for array in given.values()}
    if len(dtypes) > 1:
        faults.append("some arrays are float32 and some float64")
    if faults:
        more = f"; and {len(faults) - 5} more" if len(faults) > 5 else ""
        raise FileError(
            f"The arrays in {path} do not fit its layers: {'; '.join(faults[:5])}{more}. "
            "The file is damaged or was changed by hand: save the model again."
        )
    dtype = dtypes.pop() if dtypes else np.dtype(np.float64)
    return {name: _joined(layout, given, dtype) for name, layout in layouts.items()}


def _is_codec(name: str) -> bool:
    return name.startswith(("codec.input.", "codec.target.", "memory."))  # not the layers' own


def _joined(layout: Layout, arrays: Mapping[str, Array], dtype: np.dtype[Any]) -> Array:
    return np.concatenate(
        [np.zeros(0, dtype), *(arrays[name].reshape(-1) for name in layout.names)]
    )


@contextmanager
def _reading(path: str, part: str) -> Iterator[None]:
    """Within it, whatever a stranger's record may cause becomes a ``FileError``."""
    try:
        yield
    except MALFORMED as error:
        fault = str(error) if isinstance(error, PellucidError) else repr(error)
        raise FileError(f"{path}: {part} cannot be made of what the file says. {fault}") from None
