"""Room for pictures: in memory, or where they are too many in a file that is gone with the program.

A file is mapped into memory: the system reads a page when it is used, and forgets it when memory is
short. So pictures are decoded once, whatever there is of them.
"""

from __future__ import annotations

import os
import shutil
import tempfile
import weakref
from contextlib import suppress
from math import prod
from os import PathLike
from pathlib import Path

import numpy as np

from pellucid.data.arrays import Array, count_of
from pellucid.errors import DataError

GIGABYTE = 1 << 30
PORTION = 1 << 24
"""Rows are copied from file to file in portions of so many bytes."""


def room(
    count: int, shape: tuple[int, ...], most: float, folder: str | PathLike[str] | None = None
) -> Array:
    """An array for so many pictures of 8 bits: in memory up to ``most`` gigabytes, else in a file.

    The file has no name from the start where the system allows that, so nothing is left behind
    however the program ends; elsewhere it is removed with the array.

    Parameters:
        folder: where the file is to be; None for the system's folder of temporary files.
    Shapes: count x shape, uint8.
    Raises: ``DataError`` where the disk has too little room, or the folder cannot be written.
    """
    full = (count, *shape)
    if prod(full) <= most * GIGABYTE:
        return np.empty(full, np.uint8)
    return _mapped(full, Path(folder or tempfile.gettempdir()))


def taken(x: Array, rows: Array | slice) -> Array:
    """Some rows: a copy, which is in a file where the pictures are."""
    if not isinstance(x, np.memmap) or isinstance(rows, slice):
        chosen: Array = x[rows]
        return chosen
    places = np.arange(len(x))[rows]
    copy = _mapped((len(places), *x.shape[1:]), Path(str(x.filename)).parent)
    step = max(1, PORTION // max(1, prod(x.shape[1:])))
    for start in range(0, len(places), step):
        copy[start : start + step] = x[places[start : start + step]]
    return copy


def _mapped(shape: tuple[int, ...], folder: Path) -> Array:
    size = prod(shape)
    try:
        free = shutil.disk_usage(folder).free
        if size > free:
            raise DataError(
                f"{count_of(shape[0], 'picture')} of {' x '.join(map(str, shape[1:]))} take "
                f"{size / GIGABYTE:,.1f} GB, more than the memory they may take, and {folder} has "
                f"{free / GIGABYTE:,.1f} GB free for a file of them. Use a smaller size (--size), "
                "or make room."
            )
        handle, name = tempfile.mkstemp(prefix=".pellucid-pictures-", dir=folder)
        try:
            with os.fdopen(handle, "r+b") as file:
                array = np.memmap(file, np.uint8, "r+", shape=shape)
        except BaseException:
            _remove(name)
            raise
        if os.name == "posix":
            Path(name).unlink()
        else:
            weakref.finalize(array, _remove, name)
    except OSError as error:
        raise DataError(
            f"{count_of(shape[0], 'picture')} are to be kept in a file in {folder}, which cannot "
            f"be written: {(error.strerror or str(error)).lower()}. Give them more memory "
            "(--memory), or another folder."
        ) from None
    return array


def _remove(name: str) -> None:
    with suppress(OSError):
        Path(name).unlink()
