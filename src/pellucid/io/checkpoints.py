"""States of a run on disk: a safetensors file each, written whole, with a checksum.

A file holds what training goes on from: the carried values, how far it had come, also into an
epoch, and what early stopping has found. What is read is checked; one that was cut short or changed
is told, and nothing in it is ever run.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import struct
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from pellucid.dataclass import dataclass
from pellucid.errors import FileError, PellucidError
from pellucid.graph.primitive import Array
from pellucid.io.files import cannot, write_whole
from pellucid.io.model import KEY, checksum
from pellucid.learn.plan import Begun, State
from pellucid.learn.step import RULE

CHECKPOINTS = "checkpoints"
FORMAT, VERSION = "pellucid-checkpoint", 1
SECONDS, SHARE = 2.0, 0.02
"""How long there is between two at least, and the share of a run's time that writing may take."""
MOST, MOST_BYTES = 32, 1 << 30
"""How many there are on disk at most, and how much they take; the first and the newest stay."""


@dataclass(frozen=True, eq=False)
class Stored:
    """What a file holds: a state, the time that the run had taken, the hash of the values."""

    state: State
    seconds: float
    hash: str


def carried_hash(carried: Mapping[str, Array]) -> str:
    """The SHA-256 of carried values: their names, kinds, shapes and every bit of them."""
    digest = hashlib.sha256()  # processors have instructions for it
    for name in sorted(carried):
        array = carried[name]
        digest.update(f"{name} {array.dtype.name} {array.shape};".encode())
        digest.update(array.astype(array.dtype.newbyteorder("<"), copy=False).tobytes())
    return digest.hexdigest()


def name_of(step: int) -> str:
    """The name of the file after so many steps."""
    return f"step-{step:010d}.safetensors"


def write_checkpoint(path: str | os.PathLike[str], state: State, seconds: float) -> int:
    """Write a state, whole or not at all; tell the size in bytes.

    Raises: ``FileError`` where it cannot be written.
    """
    from safetensors.numpy import save

    header: dict[str, Any] = {
        "format": FORMAT, "version": VERSION, "step": state.step, "epoch": state.epoch,
        "waited": state.waited, "seconds": seconds, "hash": carried_hash(state.carried),
        "best": None, "into": 0, "order": None,
    }  # fmt: skip
    arrays = {f"carried.{name}": array for name, array in state.carried.items()}
    if state.best is not None:
        value, epoch, carried = state.best
        header["best"] = [value, epoch]
        arrays |= {f"best.{name}": array for name, array in carried.items()}
    if state.begun is not None:
        header |= {"into": state.begun.steps, "order": list(state.begun.order)}
        arrays |= {f"told.{name}": array for name, array in _joined(state.begun.told).items()}
    arrays = {name: np.asarray(array, order="C") for name, array in arrays.items()}
    header["sha256"] = checksum(header, arrays)
    content: bytes = save(arrays, {KEY: json.dumps(header)})
    write_whole(path, content)
    return len(content)


def _joined(parts: Sequence[Mapping[str, Array]]) -> dict[str, Array]:
    names = [name for name in parts[0] if not name.startswith(RULE)] if parts else []
    return {name: np.concatenate([part[name] for part in parts]) for name in names}


def read_checkpoint(path: str | os.PathLike[str]) -> Stored:
    """Read a state back.

    Raises: ``FileError`` for a file that is not there, is damaged, or is none of a checkpoint.
    """
    try:
        content = Path(path).read_bytes()
    except OSError as error:
        raise cannot("read", path, error) from None
    from safetensors import SafetensorError

    try:
        return _read(content)
    except (
        SafetensorError, PellucidError, ValueError, TypeError, LookupError, AttributeError,
        RecursionError, MemoryError, OverflowError, struct.error,
    ):  # fmt: skip
        raise _damaged(path) from None


def _damaged(path: str | os.PathLike[str]) -> FileError:
    return FileError(f"{path} is damaged: it is not what its checksum says.")


def _read(content: bytes) -> Stored:
    from safetensors.numpy import load

    length = struct.unpack("<Q", content[:8])[0]
    header = json.loads(json.loads(content[8 : 8 + length])["__metadata__"][KEY])
    arrays = {name: array.copy() for name, array in load(content).items()}  # its own are read-only
    if header.pop("sha256") != checksum(header, arrays) or header["format"] != FORMAT:
        raise ValueError("not what was written")
    best = None
    if header["best"] is not None:
        value, epoch = header["best"]
        best = float(value), int(epoch), _part(arrays, "best.")
    begun = None
    if header["order"] is not None:
        samples, batch, seed, shuffle = header["order"]
        told = _part(arrays, "told.")
        parts = [told] if told else []
        begun = Begun(header["into"], parts, len(parts), (samples, batch, seed, shuffle))
    carried = _part(arrays, "carried.")
    state = State(carried, header["step"], header["epoch"], best, begun, header["waited"])
    return Stored(state, float(header["seconds"]), header["hash"])


def _part(arrays: Mapping[str, Array], prefix: str) -> dict[str, Array]:
    return {n.removeprefix(prefix): array for n, array in arrays.items() if n.startswith(prefix)}


class Checkpoints:
    """The checkpoints in a run's folder."""

    def __init__(self, folder: str | os.PathLike[str]) -> None:
        self.path = Path(folder) / CHECKPOINTS

    def steps(self) -> list[int]:
        """After how many steps there is one, in order, whether or not it can be read."""
        found = []
        with contextlib.suppress(OSError):
            for path in self.path.glob("step-*.safetensors"):
                number = path.name[5:-12]
                if number.isascii() and number.isdecimal():
                    found.append(int(number))
        return sorted(found)

    def file(self, step: int) -> Path:
        """Where that after so many steps lies."""
        return self.path / name_of(step)

    def read(self, step: int) -> Stored:
        """The one after so many steps. Raises: ``FileError``."""
        stored = read_checkpoint(self.file(step))
        if stored.state.step != step:
            raise _damaged(self.file(step))
        return stored

    def good(self) -> list[int]:
        """After how many steps there is one that can be read."""
        found = []
        for step in self.steps():
            with contextlib.suppress(FileError):
                self.read(step)
                found.append(step)
        return found

    def newest(self, before: int | None = None) -> tuple[Stored | None, list[str]]:
        """The newest that can be read, and what ails those passed over.

        ``before``: of those after at most so many steps.
        """
        faults: list[str] = []
        for step in reversed(self.steps()):
            if before is not None and step > before:
                continue
            try:
                return self.read(step), faults
            except FileError as error:
                faults.append(str(error))
        return None, faults

    def thin(self) -> None:
        """Take some away where there are too many: what is left is spread evenly."""
        steps = self.steps()
        sizes = {step: _size(self.file(step)) for step in steps}
        while len(steps) > 2 and (len(steps) > MOST or sum(sizes[s] for s in steps) > MOST_BYTES):
            gaps = {steps[k]: steps[k + 1] - steps[k - 1] for k in range(1, len(steps) - 1)}
            gone = min(gaps, key=lambda step: (gaps[step], step))
            with contextlib.suppress(OSError):
                self.file(gone).unlink(missing_ok=True)
            steps.remove(gone)

    def clear(self, after: int | None = None) -> None:
        """Take away those after more than so many steps, or all of them and the folder."""
        with contextlib.suppress(OSError):
            for step in self.steps():
                if after is None or step > after:
                    self.file(step).unlink(missing_ok=True)
            if after is None:
                self.path.rmdir()


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:
        return 0


class Keeper:
    """Writes checkpoints while a run is at work.

    Parameters:
        every: the seconds between two, at least; None: ``SECONDS``, and so many that writing takes
            at most ``SHARE`` of the time.
    """

    def __init__(self, found: Checkpoints, every: float | None = None) -> None:
        self.found, self.every = found, every
        self._next = 0.0

    def is_due(self) -> bool:
        """Whether it is time for one."""
        return time.perf_counter() >= self._next

    def write(self, state: State, seconds: float) -> None:
        """Write one. Raises: ``FileError``; the next is tried when it would have been due."""
        before = time.perf_counter()
        try:
            try:
                self.found.path.mkdir(exist_ok=True)
            except OSError as error:
                raise cannot("write", self.found.path, error) from None
            write_checkpoint(self.found.file(state.step), state, seconds)
            self.found.thin()
        finally:
            after = time.perf_counter()
            usual = max(SECONDS, (after - before) / SHARE)
            self._next = after + (usual if self.every is None else self.every)
