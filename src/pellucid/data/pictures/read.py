"""Reading pictures: once, in threads, as whole numbers of 8 bits, into memory or a file.

All files are decoded before the first step, since the codec has to be fitted, damaged files named
and rows divided by then. From then on nothing is decoded any more.
"""

from __future__ import annotations

import os
import warnings
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from math import inf, prod
from os import PathLike
from pathlib import Path

import numpy as np

from pellucid.data.arrays import Array, count_of
from pellucid.data.dataset import Dataset, Kind
from pellucid.data.label_rows import read_labels
from pellucid.data.labels import read_target
from pellucid.data.pictures.decode import decode, measure
from pellucid.data.pictures.find import MOST_NAMED, Found, find_classes, find_files, read_list
from pellucid.data.pictures.framing import SIDE, Framing, PictureOptions
from pellucid.data.store import GIGABYTE, room, taken
from pellucid.data.targets import fit_target
from pellucid.dataclass import dataclass
from pellucid.errors import DataError, DataWarning, FileError

LOOKED_AT = 200
"""How many pictures, spread over all, are measured to choose a size."""
PORTION = 32
Tell = Callable[[int, int], None]


@dataclass(frozen=True)
class Pictures:
    """Pictures without targets: pixels, and the files they came from.

    Attributes:
        x: n x channels x height x width, uint8.
        names: the files.
        notes: what was passed over or left out, in sentences.
    """

    x: Array
    names: tuple[str, ...]
    notes: tuple[str, ...] = ()


def read_pictures(
    path: str | PathLike[str], options: PictureOptions | None = None, *,
    target: str | None = None, kind: Kind | None = None, tell: Tell | None = None,
    cache: str | PathLike[str] | None = None,
) -> Dataset:  # fmt: skip
    """Read pictures with their labels: a folder for each class, or a CSV of paths and labels.

    Parameters:
        path: the folder, or the CSV file.
        options: size and kind of the arrays, and how strict to be.
        target, kind: the column of labels, and what it holds ("classes" by default), for a CSV.
        tell: called now and then with how many files were read, and of how many.
        cache: the folder for a file of pixels, where they are more than ``options.memory``; by
            default the system's for temporary files. The file is gone with the program.

    Shapes: x is n x channels x height x width (uint8), y is n.
    Warns: ``DataWarning`` for what was passed over or left out; ``notes`` of the result keep it.
    Raises: ``DataError`` and ``FileError`` for what cannot be learned from.
    """
    path, options = Path(path), options or PictureOptions()
    found = read_list(path, target) if path.is_file() else find_classes(path)
    _check_strict(found, options.strict)
    with _quiet():
        framing = options.framing(_look(found.paths))
        total = len(found.names) + len(found.test.names if found.test else ())
        told = _Told(tell, total)
        fits = total * prod(framing.shape) <= options.memory * GIGABYTE
        parts = [
            _decoded(part, framing, options.strict, told, inf if fits else 0.0, cache)
            for part in _parts(found)
        ]
    notes = [*found.notes, *found.faults, *(note for part in parts for note in part.notes)]
    for note in notes:
        warnings.warn(note, DataWarning, stacklevel=2)
    name = path.stem if path.is_file() else path.resolve().name
    train, *test = (
        _dataset(name, part, own, framing, kind, path)
        for part, own in zip(parts, _parts(found), strict=True)
    )
    if train.kind == "classes" and len(train.class_names or ()) < 2:
        raise DataError(
            f"Of {path} only pictures of one class, {train.y[0]}, can be read; expected at least "
            f"two classes to tell apart. {' '.join(notes)}"
        )
    held = test[0] if test else None
    return replace(train, notes=tuple(notes), test=held, target=found.target)


def read_files(
    path: str | PathLike[str], framing: Framing, *, strict: bool = False, tell: Tell | None = None
) -> Pictures:
    """Read pictures to answer for: a file, a folder with all in it, or a CSV with their paths.

    Warns, raises: as ``read_pictures``; no file that can be read is an error.
    """
    path = Path(path)
    listed = path.is_file() and path.suffix.lower() == ".csv"
    found = read_list(path, labelled=False) if listed else find_files(path)
    _check_strict(found, strict)
    with _quiet():
        told = _Told(tell, len(found.names))
        part = _decoded(found, framing, strict, told, PictureOptions().memory)
    notes = (*found.notes, *found.faults, *part.notes)
    for note in notes:
        warnings.warn(note, DataWarning, stacklevel=2)
    shown = found.shown
    return Pictures(part.x, tuple(shown[place] for place in part.kept), notes)


# --- decoding


@dataclass(frozen=True)
class _Decoded:
    """Pixels of the files that could be read, the places of these, and words on the others."""

    x: Array
    kept: Array
    notes: tuple[str, ...]


class _Told:
    """Counts the files of all parts."""

    def __init__(self, tell: Tell | None, total: int) -> None:
        self._tell, self._total, self._done = tell, total, 0

    def add(self, count: int) -> None:
        self._done += count
        if self._tell is not None:
            self._tell(self._done, self._total)


def _decoded(
    found: Found, framing: Framing, strict: bool, told: _Told, most: float,
    cache: str | PathLike[str] | None = None,
) -> _Decoded:  # fmt: skip
    """Decode all files, as many at a time as there are processors.

    Parameters:
        most: gigabytes of memory, beyond which pixels go to a file in the folder ``cache``.
    """
    paths = found.paths
    x = room(len(paths), framing.shape, most, cache)

    def portion(first: int) -> list[tuple[int, str]]:
        bad = []
        for place in range(first, min(first + PORTION, len(paths))):
            try:
                x[place] = decode(paths[place], framing)
            except FileError as reason:
                bad.append((place, str(reason)))
        return bad

    faults: list[tuple[int, str]] = []
    pool = ThreadPoolExecutor(_processors())
    try:
        for number, bad in enumerate(pool.map(portion, range(0, len(paths), PORTION))):
            faults += bad
            told.add(min(PORTION, len(paths) - number * PORTION))
    finally:
        pool.shutdown(cancel_futures=True)
    if not faults:
        return _Decoded(x, np.arange(len(paths)), ())
    note = _note(found, faults, strict)
    kept = np.setdiff1d(np.arange(len(paths)), [place for place, _ in faults])
    return _Decoded(taken(x, kept), kept, (note,))


def _note(found: Found, faults: Sequence[tuple[int, str]], strict: bool) -> str:
    """Words on the files that cannot be read; an error where they may not be left out."""
    shown = found.shown
    named = "; ".join(f"{shown[place]} {reason}" for place, reason in faults[:MOST_NAMED])
    more = f"; and {len(faults) - MOST_NAMED:,} more" if len(faults) > MOST_NAMED else ""
    if len(faults) == len(found.names):
        if len(faults) == 1:
            raise FileError(f"{found.paths[0]} {faults[0][1]}. Check the file.")
        raise FileError(
            f"None of the {len(faults):,} pictures of {found.given} can be read: {named}{more}. "
            "Check the files."
        )
    count = f"{len(faults):,} of {count_of(len(found.names), 'picture')} cannot be read"
    if strict:
        raise FileError(
            f"{count}: {named}{more}. Repair or remove them, or read without strict (--strict) to "
            "leave them out."
        )
    return f"{count}, left out: {named}{more}."


def _check_strict(found: Found, strict: bool) -> None:
    if strict and found.faults:
        raise DataError(
            f"{' '.join(found.faults)} Repair that, or read without strict (--strict) to leave it "
            "out."
        )


def _look(paths: Sequence[Path]) -> list[tuple[int, int, bool]]:
    """Size and kind of some of the pictures, spread over all."""
    seen = []
    for place in np.unique(np.linspace(0, len(paths) - 1, LOOKED_AT).astype(int)):
        try:
            seen.append(measure(paths[place]))
        except FileError:
            continue  # it is named when all are decoded
    return seen


def _processors() -> int:
    try:
        return len(os.sched_getaffinity(0))
    except AttributeError:  # not on every system
        return os.cpu_count() or 1


@contextmanager
def _quiet() -> Iterator[None]:
    """Within it, what Pillow warns of (odd metadata, large pictures) is not shown."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


# --- data sets


def _parts(found: Found) -> list[Found]:
    return [found] if found.test is None else [found, found.test]


def _dataset(
    name: str, part: _Decoded, found: Found, framing: Framing, kind: Kind | None, path: Path
) -> Dataset:
    labels = np.array(found.labels)[part.kept]
    names: tuple[str, ...] | None = tuple(np.unique(labels).tolist())
    y: Array = labels
    separator = ""
    if kind in ("numbers", "counts"):
        y, names = _numbers(labels, path), None
        if kind == "counts":
            fit_target(y, "counts")
    elif kind == "labels":
        told = read_labels(np.array(found.labels, object))
        names, separator = tuple(map(str, told.names)), told.separator
        y = told.present[part.kept].astype(np.int64)
    elif names is not None:
        read_target(y)
    size = (framing.height, framing.width)
    shown = found.shown
    files = tuple(shown[place] for place in part.kept)
    return Dataset(
        name, part.x, y, kind or "classes", (), names, size, source=str(path),
        files=files, framing=framing, separator=separator,
    )  # fmt: skip


def _numbers(labels: Array, path: Path) -> Array:
    try:
        values = labels.astype(np.float64)
    except ValueError:
        odd = next(label for label in labels if not _is_number(label))
        raise DataError(
            f"{path} has the label {str(odd)!r}; expected numbers, as asked for with kind. Leave "
            "kind out to learn classes."
        ) from None
    if not np.isfinite(values).all():
        raise DataError(f"{path} has a label that is not a finite number. Correct it.")
    return values


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


__all__ = ["SIDE", "Pictures", "read_files", "read_pictures"]
