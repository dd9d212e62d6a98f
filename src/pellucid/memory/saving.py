"""Memories as model files: those of a network with the memory's settings beside it.

The file is that of ``models/saving.py``, so that ``Network.load`` reads the network in it; the
header has one entry more, ``memory``, and arrays of the memory's own begin with ``memory.``.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import fields
from typing import Any, TypeAlias

import numpy as np

from pellucid.errors import FileError, ParameterError, PellucidError
from pellucid.graph.primitive import Array
from pellucid.io.model import ModelFile, read_model, write_model
from pellucid.learn.rule import Rule
from pellucid.learn.schedules import (
    Constant,
    Cosine,
    Exponential,
    OneCycle,
    Schedule,
    StepDecay,
)
from pellucid.memory.autoencoder import Autoencoder
from pellucid.memory.coding import CODES, Coding
from pellucid.memory.competitive import CompetitiveLayer
from pellucid.memory.hopfield import WEIGHT, Hopfield
from pellucid.memory.modern import ModernHopfield
from pellucid.memory.som import KohonenMap
from pellucid.models.saving import MALFORMED, from_file, to_file, versions

Memory: TypeAlias = Autoencoder | CompetitiveLayer | Hopfield | KohonenMap | ModernHopfield
KINDS: dict[str, type[Any]] = {
    kind.__name__: kind
    for kind in (Autoencoder, CompetitiveLayer, Hopfield, KohonenMap, ModernHopfield)
}
SCHEDULES = {kind.__name__: kind for kind in (Constant, Cosine, Exponential, OneCycle, StepDecay)}
OWN = "memory."


def save(memory: Memory, path: str | os.PathLike[str]) -> None:
    """Write a memory to one file; the same memory gives the same bytes.

    Raises: ``ParameterError`` for a memory that has seen no data, or with a setting that a file
        cannot hold; ``FileError`` where the file cannot be written.
    """
    memory._fitted()
    record: dict[str, Any] = {"kind": type(memory).__name__, "settings": _settings(memory)}
    own: dict[str, Array] = {}
    if isinstance(memory, ModernHopfield):
        own["patterns"] = memory.patterns
        held = ModelFile({"provenance": {"versions": versions()}}, {})
    else:
        held = to_file(memory.network)
    if isinstance(memory, Hopfield):
        coding = memory.coding
        record |= {"low": coding.low, "high": coding.high, "shape": list(coding.shape)}
        own["patterns"] = memory._states
    if isinstance(memory, Autoencoder):
        own["centres"] = memory.centres
    arrays = {f"{OWN}{name}": np.asarray(array, np.float64) for name, array in own.items()}
    write_model(path, ModelFile(held.header | {"memory": record}, held.arrays | arrays))


def load(path: str | os.PathLike[str]) -> Memory:
    """Read a memory that ``save`` wrote; nothing in the file is ever run.

    Raises: ``FileError`` saying what is wrong with the file.
    """
    name = os.fspath(path)
    model = read_model(path)
    record = model.header.get("memory")
    if not isinstance(record, Mapping):
        raise FileError(
            f"{name} holds a network and no memory. Read it with Network.load, or give a file that "
            "a memory's save wrote."
        )
    own = {n.removeprefix(OWN): a for n, a in model.arrays.items() if n.startswith(OWN)}
    with _reading(name):
        memory: Memory = KINDS[record["kind"]](**_given(record["settings"]))
    if not isinstance(memory, ModernHopfield):
        network = from_file(model, name)
    with _reading(name):
        if isinstance(memory, ModernHopfield):
            memory.fit(own["patterns"])
            return memory
        if isinstance(memory, Autoencoder):
            memory._keep(network, memory._halves(network), own["centres"])
            _check(own["centres"].shape == (memory.clusters, memory.code))
            return memory
        memory.network = network
        shape = network.parameters[WEIGHT].shape
        if isinstance(memory, Hopfield):
            low, high = record["low"], record["high"]
            _check((low, high) in CODES and own["patterns"].shape[1:] == shape[1:])
            memory.coding = Coding(low, high, tuple(map(int, record["shape"])))
            memory._states = own["patterns"]
            _check(int(np.prod(memory.coding.shape)) == shape[0] == shape[1])
        else:
            _check(shape[1] == memory.units)
    return memory


def _settings(memory: Memory) -> dict[str, Any]:
    """The settings as JSON values."""
    return {name: _plain(name, value) for name, value in memory.get_params().items()}


def _plain(name: str, value: Any) -> Any:
    if isinstance(value, Schedule) and type(value).__name__ in SCHEDULES:
        own = {field.name: getattr(value, field.name) for field in fields(value)}
        return {"schedule": type(value).__name__, **own}
    if isinstance(value, tuple | list):
        return [_plain(name, each) for each in value]
    if name == "engine" and not isinstance(value, str):
        return "auto"  # an executor of one's own is not part of what was learned
    if isinstance(value, Rule):
        return None  # how it was learned is in the run
    if value is None or isinstance(value, bool | int | float | str):
        return value
    raise ParameterError(
        f"A file cannot hold {name}={value!r:.60}. Use a number, a text, or a schedule of Pellucid "
        f"({', '.join(SCHEDULES)})."
    )


def _given(record: Mapping[str, Any]) -> dict[str, Any]:
    """The settings back from JSON values."""
    return {name: _read(value) for name, value in record.items()}


def _read(value: Any) -> Any:
    if isinstance(value, Mapping):
        own = dict(value)
        kind: Callable[..., Any] = SCHEDULES[own.pop("schedule")]
        return kind(**own)
    return tuple(value) if isinstance(value, list) else value


def _check(fits: bool) -> None:
    if not fits:
        raise FileError("Its arrays are not of the sizes that its settings say.")


@contextmanager
def _reading(path: str) -> Iterator[None]:
    """Within it, whatever a stranger's record may cause becomes a ``FileError``."""
    try:
        yield
    except MALFORMED as error:
        fault = str(error) if isinstance(error, PellucidError) else repr(error)
        raise FileError(
            f"{path}: its memory cannot be made of what the file says. {fault}"
        ) from None
