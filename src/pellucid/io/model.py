"""The model file: one safetensors file with a JSON header of our own in its metadata.

This module knows the container and not what is in it: ``models/saving.py`` says what the header and
the arrays mean. Layout of the file, after https://github.com/huggingface/safetensors: 8 bytes with
the length N of the table of contents, N bytes of JSON (dtype, shape and place of each array, and
our header as one text under ``__metadata__``), then the arrays. What is read is checked as if a
stranger had written it, because one may have; nothing in a file is ever run.
"""

from __future__ import annotations

import hashlib
import json
import os
import struct
from collections.abc import Mapping
from io import BytesIO
from pathlib import Path
from typing import Any, BinaryIO, NoReturn

import numpy as np

from pellucid.dataclass import dataclass
from pellucid.errors import FileError, ParameterError
from pellucid.graph.primitive import Array
from pellucid.io.files import cannot, checked, write_whole

FORMAT, VERSION = "pellucid-model", 1
KEY = "pellucid"  # the one entry of the metadata; several would come in an order that varies
MOST_HEADER = 64 << 20  # bytes of JSON: far above any header, and far below what hurts
DTYPES = {"F32": np.dtype(np.float32), "F64": np.dtype(np.float64)}


@dataclass(frozen=True)
class ModelFile:
    """What a model file holds: a header of plain JSON values, and arrays by name."""

    header: dict[str, Any]
    arrays: dict[str, Array]


def write_model(path: str | os.PathLike[str], model: ModelFile) -> None:
    """Write a model file, whole or not at all; the same model gives the same bytes.

    Raises: ``ParameterError`` for what a file cannot hold: NaN, infinity, values that are not JSON;
        ``FileError`` where the file cannot be written.
    """
    write_whole(path, model_bytes(model))


def model_bytes(model: ModelFile) -> bytes:
    """What a model file holds, byte by byte; raises as ``write_model`` does."""
    from safetensors.numpy import save

    header = {"format": FORMAT, "version": VERSION, **model.header}
    arrays = {name: _storable(name, array) for name, array in model.arrays.items()}
    content = save(arrays, {KEY: _text(header | {"sha256": checksum(header, arrays)})})
    length = struct.unpack("<Q", content[:8])[0]
    if length > MOST_HEADER:
        raise ParameterError(
            f"The model's header takes {length:,} bytes, more than the {MOST_HEADER:,} that a file "
            "may have. Fewer labels, or a smaller provenance, make it fit."
        )
    return content


def checksum(header: Mapping[str, Any], arrays: Mapping[str, Array]) -> str:
    """The SHA-256 of a header and arrays, which tells damage that would otherwise go unseen."""
    digest = hashlib.sha256(_text(header).encode())
    for name in sorted(arrays):
        array = arrays[name]
        digest.update(_text([name, array.dtype.name, array.shape]).encode())
        digest.update(array.astype(array.dtype.newbyteorder("<"), copy=False).tobytes())
    return digest.hexdigest()


def _text(header: Any) -> str:
    """JSON in one form only, so that the same model gives the same bytes."""
    try:
        text = json.dumps(header, sort_keys=True, separators=(",", ":"), allow_nan=False)
        json.dumps(header, ensure_ascii=False).encode()  # no text that could not be shown
    except (TypeError, ValueError, RecursionError) as error:
        raise ParameterError(
            f"The model's header cannot be written as JSON: {error}. It holds text, numbers, lists "
            "and dictionaries only; look at the network's provenance and labels."
        ) from None
    return text


def _storable(name: str, array: Array) -> Array:
    if array.dtype not in DTYPES.values():
        raise ParameterError(
            f"A model file holds float32 and float64, {name} is {array.dtype}. Convert it."
        )
    if not np.isfinite(array).all():
        raise ParameterError(
            f"{name} holds NaN or infinity, so no one could load this model. "
            "Train again with a smaller learning rate, or set those values."
        )
    return np.ascontiguousarray(array)


def read_model(path: str | os.PathLike[str]) -> ModelFile:
    """Read a model file.

    The table of contents is checked against the size of the file before any array is read.
    Raises: ``FileError`` for a file that is not there, not safetensors, damaged, cut short, made by
        another program or by a newer version, or whose arrays hold NaN or infinity.
    """
    try:
        with Path(checked(path)).open("rb") as file:
            return _Reader(os.fspath(path), file, os.fstat(file.fileno()).st_size).read()
    except OSError as error:
        raise cannot("read", path, error) from None


def read_bytes(content: bytes, name: str) -> ModelFile:
    """Read what ``model_bytes`` gave; ``name`` is what errors call it."""
    return _Reader(name, BytesIO(content), len(content)).read()


class _Reader:
    """One reading of one file."""

    def __init__(self, path: str, file: BinaryIO, size: int) -> None:
        self.path, self.file, self.size = path, file, size

    def read(self) -> ModelFile:
        length = self._header_length()
        contents = self._json(self.file.read(length))
        header = self._header(contents.pop("__metadata__", None))
        self._check_table(contents, self.size - 8 - length)
        arrays, said = self._arrays(), header.pop("sha256", None)
        if said != checksum(header, arrays):
            self.refuse("is damaged: what it holds is not what its checksum says.")
        return ModelFile(header, arrays)

    def refuse(self, fault: str, remedy: str = "Save the model again.") -> NoReturn:
        raise FileError(f"{self.path} {fault} {remedy}")

    def _header_length(self) -> int:
        start = self.file.read(8)
        if len(start) < 8:
            self.refuse(
                f"is no model file: it has only {self.size} bytes.", "Is it the right file?"
            )
        length: int = struct.unpack("<Q", start)[0]
        if self.file.read(1) != b"{":
            self.refuse("is no safetensors file, as models are.", "Is it the right file?")
        self.file.seek(8)
        if length > MOST_HEADER:
            self.refuse(
                f"says that its table of contents takes {length:,} bytes; at most {MOST_HEADER:,} "
                "are read.", "It is damaged, or made to do harm."
            )  # fmt: skip
        if 8 + length > self.size:
            self.refuse(f"is cut short: {self.size:,} bytes, at least {8 + length:,} are expected.")
        return length

    def _json(self, text: bytes | str) -> dict[str, Any]:
        try:
            value = json.loads(text, object_pairs_hook=_no_doubles, parse_constant=_no_constant)
            # Nor infinity (1e999), nor text that could not be shown.
            json.dumps(value, ensure_ascii=False, allow_nan=False).encode()
        except (ValueError, RecursionError) as error:
            self.refuse(f"is damaged: its header cannot be read ({error}).")
        if not isinstance(value, dict):
            self.refuse("is damaged: its header is no JSON object.")
        return value

    def _header(self, metadata: Any) -> dict[str, Any]:
        text = metadata.get(KEY) if isinstance(metadata, dict) else None
        if not isinstance(text, str):
            self.refuse(
                "is a safetensors file of another program: it has arrays, and nothing that says "
                "which layers they belong to.",
                "Give a file that Network.save wrote.",
            )
        header = self._json(text)
        if header.get("format") != FORMAT:
            self.refuse(f"is no model: it says format {header.get('format')!r:.60}.")
        version = header.get("version")
        if type(version) is not int or version < 1:
            self.refuse(f"is damaged: it says format version {version!r:.60}.")
        if version > VERSION:
            self.refuse(
                f"has format version {version}; this Pellucid reads up to {VERSION}.",
                "Install a newer Pellucid."
            )  # fmt: skip
        return header

    def _check_table(self, table: Mapping[str, Any], available: int) -> None:
        """Check each array's kind, and that the file is as long as the table says."""
        end = 0
        for name, entry in table.items():
            entry = entry if isinstance(entry, dict) else {}
            dtype, places = entry.get("dtype"), entry.get("data_offsets")
            if not isinstance(dtype, str) or dtype not in DTYPES:
                self.refuse(
                    f"holds {dtype!r:.60} values in {name!r:.60}, not {' or '.join(DTYPES)}."
                )
            if not isinstance(places, list) or [type(place) for place in places] != [int, int]:
                self.refuse(f"is damaged: the place of {name!r:.60} is {places!r:.60}.")
            end = max(end, *places)
        if end > available:
            self.refuse(f"is cut short: its arrays take {end:,} bytes, {available:,} are there.")

    def _arrays(self) -> dict[str, Array]:
        from safetensors import SafetensorError
        from safetensors.numpy import load

        self.file.seek(0)
        try:
            arrays: dict[str, Array] = load(self.file.read())
        except (SafetensorError, ValueError, OverflowError) as error:
            self.refuse(f"is damaged: {error}.")
        for name, array in arrays.items():
            if not np.isfinite(array).all():
                self.refuse(f"holds NaN or infinity in {name!r:.60}.")
        return {name: array.copy() for name, array in arrays.items()}  # load's are read-only


def _no_doubles(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    names = [name for name, _ in pairs]
    if len(set(names)) < len(names):
        doubled = next(name for name in names if names.count(name) > 1)
        raise ValueError(f"{doubled!r:.60} is there twice")
    return dict(pairs)


def _no_constant(text: str) -> NoReturn:
    raise ValueError(f"{text} is no JSON")
