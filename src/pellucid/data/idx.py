"""Idx files, the format of MNIST and its relatives, gzipped or not.

A file is two zero bytes, a byte for the kind of number, a byte for the number of axes, the size of
each axis as four bytes, and the numbers, all big-endian.
Source: Y. LeCun, C. Cortes, C. J. C. Burges, "The MNIST database of handwritten digits".
"""

from __future__ import annotations

import gzip
import struct
import zlib
from math import prod
from os import PathLike
from pathlib import Path
from typing import BinaryIO, cast

import numpy as np

from pellucid.data.arrays import Array, count_of, show_size
from pellucid.data.dataset import Dataset
from pellucid.errors import FileError

KINDS = {0x08: ">u1", 0x09: ">i1", 0x0B: ">i2", 0x0C: ">i4", 0x0D: ">f4", 0x0E: ">f8"}
FILES = (
    "train-images-idx3-ubyte",
    "train-labels-idx1-ubyte",
    "t10k-images-idx3-ubyte",
    "t10k-labels-idx1-ubyte",
)
_PIECE = 1 << 20


def read_idx(path: str | PathLike[str]) -> Array:
    """Read one idx file; whether it is gzipped is told by its first bytes.

    Raises: ``FileError`` for a file that is absent, foreign, cut short, too long or damaged.
    """
    path = Path(path)
    try:
        with path.open("rb") as raw:
            zipped = raw.read(2) == b"\x1f\x8b"
            raw.seek(0)
            if not zipped:
                return _read(raw, path)
            with gzip.open(raw) as stream:
                return _read(cast(BinaryIO, stream), path)
    except FileNotFoundError:
        raise FileError(f"There is no file {path}.") from None
    except IsADirectoryError:
        raise FileError(f"{path} is a folder; expected an idx file in it to be named.") from None
    except (gzip.BadGzipFile, zlib.error, EOFError) as reason:
        raise FileError(
            f"{path} is a damaged gzip file ({_words(reason)}); expected a gzipped idx file. "
            "Download it again."
        ) from None
    except OSError as reason:
        raise FileError(f"{path} cannot be read: {reason.strerror or reason}.") from None


def _words(reason: Exception) -> str:
    return str(reason).rstrip(".")


def _read(stream: BinaryIO, path: Path) -> Array:
    head = stream.read(4)
    if len(head) < 4:
        amount = count_of(len(head), "byte")
        raise FileError(f"{path} has {amount}; expected an idx file, which has at least 4.")
    zeros, kind, axes = struct.unpack(">HBB", head)
    if zeros or kind not in KINDS or not axes:
        raise FileError(
            f"{path} starts with the bytes {head.hex(' ')}; expected an idx file, which starts "
            "with 00 00, the kind of number (08 to 0e) and the number of axes. Check that it is "
            "the right file."
        )
    sizes = stream.read(4 * axes)
    if len(sizes) < 4 * axes:
        raise FileError(
            f"{path} ends within its header; expected the sizes of "
            f"{count_of(axes, 'axis', 'axes')}. Download it again."
        )
    shape = struct.unpack(f">{axes}I", sizes)
    dtype = np.dtype(KINDS[kind])
    expected = prod(shape) * dtype.itemsize
    body = _take(stream, expected + 1)
    if len(body) != expected:
        found = f"only {len(body):,}" if len(body) < expected else "more"
        raise FileError(
            f"{path} says it holds {show_size(shape)} values, which takes {expected:,} bytes, and "
            f"has {found}. Download it again."
        )
    return np.frombuffer(body, dtype).reshape(shape).astype(dtype.newbyteorder("="))


def _take(stream: BinaryIO, count: int) -> bytearray:
    """Read at most ``count`` bytes, piece by piece: a header may promise more than memory holds."""
    body = bytearray()
    while len(body) < count:
        piece = stream.read(min(_PIECE, count - len(body)))
        if not piece:
            break
        body += piece
    return body


def read_idx_folder(folder: str | PathLike[str], name: str | None = None) -> Dataset:
    """Read the four files of MNIST or a relative of it: the training set, with its test set.

    The files are ``train-images-idx3-ubyte``, ``train-labels-idx1-ubyte``,
    ``t10k-images-idx3-ubyte`` and ``t10k-labels-idx1-ubyte``, each as it is or gzipped with the
    ending ``.gz``.

    Shapes: x is n x height x width (whole numbers 0 to 255), y is n (whole numbers).
    Raises: ``FileError`` that names every missing file, or the first that does not fit.
    """
    folder = Path(folder)
    name = folder.resolve().name if name is None else name
    paths = [_find(folder, file) for file in FILES]
    missing = [file for file, path in zip(FILES, paths, strict=True) if path is None]
    if missing:
        verb = "is" if len(missing) == 1 else "are"
        what = (
            "There is no folder" if not folder.is_dir() else f"{', '.join(missing)} {verb} not in"
        )
        raise FileError(
            f"{what} {folder}; expected a folder with the four files {', '.join(FILES)} (each may "
            "end in .gz)."
        )
    images, labels, test_images, test_labels = [path for path in paths if path is not None]
    test = _pictures(test_images, test_labels, f"{name} test")
    train = _pictures(images, labels, name, test)
    if train.image_shape != test.image_shape:
        raise FileError(
            f"{test_images} holds pictures of {show_size(test.x.shape[1:])} and {images} of "
            f"{show_size(train.x.shape[1:])}; expected one size. Check that the files belong "
            "together."
        )
    return train


def has_idx_files(folder: str | PathLike[str]) -> bool:
    """Whether any of the four files is in a folder."""
    return bool(idx_files(folder))


def idx_files(folder: str | PathLike[str]) -> list[Path]:
    """Those of the four files that are in a folder."""
    found = (_find(Path(folder), file) for file in FILES)
    return [path for path in found if path is not None]


def _find(folder: Path, file: str) -> Path | None:
    choices = (folder / file, folder / f"{file}.gz", folder / file.replace("-idx", ".idx"))
    return next((path for path in choices if path.is_file()), None)


def _pictures(images: Path, labels: Path, name: str, test: Dataset | None = None) -> Dataset:
    x, y = read_idx(images), read_idx(labels)
    for path, array, axes in ((images, x, 3), (labels, y, 1)):
        if array.ndim != axes or array.dtype != np.uint8 or array.size == 0:
            raise FileError(
                f"{path} holds {show_size(array.shape)} values of type {array.dtype}; expected "
                f"{count_of(axes, 'axis', 'axes')} of uint8, none empty. Check that it is the "
                "right file."
            )
    if len(x) != len(y):
        raise FileError(
            f"{images} holds {count_of(len(x), 'picture')} and {labels} "
            f"{count_of(len(y), 'label')}; expected one label for each picture. Check that the "
            "files belong together."
        )
    names = tuple(str(label) for label in np.unique(y))
    shape = (int(x.shape[1]), int(x.shape[2]))
    return Dataset(name, x, y.astype(np.int64), "classes", (), names, shape, test=test)
