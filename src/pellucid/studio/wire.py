"""Messages to the page: JSON text, or one binary frame where arrays are in them.

A frame: the length of the header as an unsigned 32-bit number, four bytes of padding, the header as
UTF-8 JSON padded with spaces to a multiple of eight, then the bytes of each array, padded alike;
all little-endian. In the header an array is
``{"$array": {"at": its first byte after the header, "dtype": ..., "shape": [...]}}``.
"""

from __future__ import annotations

import json
import math
import struct
from collections.abc import Mapping
from typing import Any

import numpy as np

from pellucid.plain import plain

VERSION = 1
"""Of the messages; the page says which it speaks, and is asked to reload where it is another."""
ARRAY = "$array"
KINDS = {"f": np.float32, "b": np.uint8, "i": np.int32, "u": np.uint8}
"""What arrays are sent as: numbers for the eye need no more."""
STEP = 8


class Exact(np.ndarray[Any, np.dtype[Any]]):
    """An array whose numbers are sent to the bit: the page gives them back as data."""


def exact(array: Any) -> Exact:
    """The same array, to be sent to the bit."""
    return np.asarray(array).view(Exact)


def packed(message: Mapping[str, Any]) -> str | bytes:
    """A message as text, or as bytes where it holds arrays.

    Numbers that are not finite become null in JSON; in arrays they stay as they are.
    """
    parts: list[bytes] = []
    at = 0

    def sent(value: Any) -> Any:
        nonlocal at
        if isinstance(value, np.ndarray):
            kind: Any = KINDS.get(value.dtype.kind)
            if kind is None:
                return [sent(item) for item in value.tolist()]
            if isinstance(value, Exact) and value.dtype.kind == "f":
                kind = np.float64
            if value.dtype.kind == "u" and value.dtype.itemsize > 1:
                kind = np.int32
            array = np.asarray(value, dtype=kind, order="C")
            data = array.tobytes()
            found = {"at": at, "dtype": array.dtype.name, "shape": list(array.shape)}
            parts.append(data + b"\0" * (-len(data) % STEP))
            at += len(parts[-1])
            return {ARRAY: found}
        if isinstance(value, Mapping):
            return {str(name): sent(item) for name, item in value.items()}
        if isinstance(value, list | tuple):
            return [sent(item) for item in value]
        if isinstance(value, float):
            return value if math.isfinite(value) else None
        if value is None or isinstance(value, str | int):
            return value
        return sent(plain(value))

    text = json.dumps(sent(message), ensure_ascii=False, separators=(",", ":"))
    if not parts:
        return text
    header = text.encode()
    header += b" " * (-len(header) % STEP)
    return b"".join((struct.pack("<II", len(header), 0), header, *parts))


def unpacked(frame: str | bytes) -> Any:
    """A message as the page reads it, for tests and clients in Python."""
    if isinstance(frame, str):
        return json.loads(frame)
    length, _ = struct.unpack_from("<II", frame)
    body = frame[8 + length :]

    def read(value: Any) -> Any:
        if isinstance(value, dict):
            if ARRAY in value:
                told = value[ARRAY]
                count = math.prod(told["shape"])
                found = np.frombuffer(body, told["dtype"], count, told["at"])
                return found.reshape(told["shape"])
            return {name: read(item) for name, item in value.items()}
        return [read(item) for item in value] if isinstance(value, list) else value

    return read(json.loads(frame[8 : 8 + length]))
