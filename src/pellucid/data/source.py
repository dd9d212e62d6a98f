"""Finding data by one text: a sample's name, a table's file, an .npz file, a folder of pictures.

This is what the command line and the studio call with what the user typed.
"""

from __future__ import annotations

import difflib
import stat
import zipfile
import zlib
from collections.abc import Collection, Sequence
from os import PathLike
from pathlib import Path
from typing import Any

import numpy as np

from pellucid.data.arrays import Array, check_inputs, check_pair
from pellucid.data.dataset import Dataset, Kind
from pellucid.data.frame import Table
from pellucid.data.idx import has_idx_files, read_idx_folder
from pellucid.data.labels import read_target
from pellucid.data.pictures.drawn import DRAWN
from pellucid.data.pictures.find import is_list, is_picture
from pellucid.data.pictures.framing import PictureOptions
from pellucid.data.pictures.read import Tell, read_pictures
from pellucid.data.reading.formats import ENDINGS
from pellucid.data.samples import load, names
from pellucid.data.table import read_features, read_table
from pellucid.data.targets import KINDS, fit_target
from pellucid.errors import DataError, FileError, ParameterError, UnknownNameError

_SORTS = (
    "a sample's name, a table (.csv, .tsv, .parquet, .arrow, .feather, .jsonl, .xlsx, ...), an "
    ".npz file, or a folder of pictures or idx files"
)


def open_data(
    text: str | PathLike[str],
    target: str | None = None,
    kind: Kind | None = None,
    data_dir: str | PathLike[str] | None = None,
    *,
    group: str | None = None,
    time: str | None = None,
    weight: str | None = None,
    pictures: PictureOptions | None = None,
    tell: Tell | None = None,
    cache: str | PathLike[str] | None = None,
) -> Dataset:
    """Open data by a sample's name, the path of a table or .npz file, or a folder.

    A folder with idx files is MNIST or a relative of it; any other has a folder for each class with
    pictures in it. A CSV file whose first row names a picture is a list of pictures.

    A sample's name comes first: for a file or folder of that name write ``./name``.

    Parameters:
        text: name or path.
        target: name of the target column, or several with commas between them, for tables only.
        kind: "classes", "numbers", "labels" or "counts" for the target, for tables and .npz only.
        data_dir: folder with the files of the sample, for "mnist" and "fashion_mnist" only.
        group, time: columns that a split goes by, for tables only; see ``read_table``.
        weight: a column of how much each row counts, for tables only.
        pictures: how to read picture files, for these only.
        tell: called while picture files are read, with how many were and of how many.
        cache: the folder for a file of pixels that take too much memory; see ``read_pictures``.

    Raises: ``UnknownNameError`` for what is neither a sample nor a file; ``ParameterError`` for an
        option that does not apply; else as the reader of the format does.
    """
    text = str(text)
    if kind is not None and kind not in KINDS:
        raise ParameterError(
            f"kind expects {', '.join(KINDS)}, got {kind!r}. Leave it out to guess."
        )
    sort = _sort(text)
    _refuse_unused(
        text, sort, target=target, kind=kind, data_dir=data_dir, group=group, time=time,
        weight=weight, pictures=pictures,
    )  # fmt: skip
    if sort == "sample":
        return load(text, data_dir)
    if sort in ("pictures", "list"):
        return read_pictures(text, pictures, target=target, kind=kind, tell=tell, cache=cache)
    if sort == "idx":
        return read_idx_folder(text)
    if sort == "table":
        return read_table(text, target, kind, group=group, time=time, weight=weight)
    return read_npz(text, kind)


def open_features(
    text: str | PathLike[str],
    names: Sequence[str],
    data_dir: str | PathLike[str] | None = None,
    as_text: Collection[str] = (),
) -> Array | Table:
    """Open rows to predict for, from whatever ``open_data`` opens; targets need not be there.

    For pictures see ``read_files``: they need the model's framing.

    Parameters:
        text: name or path.
        names: the columns that the model was fitted on, to be found in a table; none for all.
        data_dir: as for ``open_data``.
        as_text: the columns of a table that stay text even if all their cells are numbers.
    """
    text = str(text)
    sort = _sort(text)
    _refuse_unused(text, sort, data_dir=data_dir)
    if sort in ("pictures", "list"):
        raise DataError(
            f"{text} holds pictures, which are read with the framing of the model that is asked: "
            "use read_files(path, network.framing)."
        )
    if sort == "table":
        return read_features(text, names, as_text)
    if sort == "npz":
        return _check_x(_arrays(Path(text)), text)
    found: Array | Table = open_data(text, data_dir=data_dir).x
    return found


def holds_pictures(text: str | PathLike[str]) -> bool:
    """Whether a text names a picture file, a folder of such, or a CSV file that lists them.

    Of a path that is not there, its ending decides.
    """
    path = Path(text)
    if str(text) in names():
        return False
    if path.is_dir():
        return not has_idx_files(path)
    return is_picture(path) or (path.suffix.lower() == ".csv" and is_list(path))


def is_table(text: str | PathLike[str]) -> bool:
    """Whether a text names the file of a table."""
    path = Path(text)
    if str(text) in names() or not path.is_file() or holds_pictures(path):
        return False
    return path.suffix.lower() in ENDINGS


def read_npz(path: str | PathLike[str], kind: Kind | None = None) -> Dataset:
    """Read an .npz file with the arrays x and y, as ``numpy.savez(path, x=x, y=y)`` writes it.

    Shapes: x is n x features, n x height x width or n x channels x height x width; y is n or n x
        columns.
    Raises: ``FileError`` for a file that is none, or lacks an array; ``DataError`` and
        ``ShapeError`` for what is in it.
    """
    path = Path(path)
    arrays = _arrays(path)
    x = _check_x(arrays, path)
    y = arrays.get("y")
    if y is None:
        raise FileError(_lacks(path, arrays, "y"))
    try:
        check_pair(x, y)
        found: Kind = kind or _kind_of(y)
        if found in ("labels", "counts"):
            codec = fit_target(y, found)
            y = codec.encode(y, np.int64)
            y = y[:, 0] if getattr(codec, "flat", False) else y
    except (DataError, ValueError) as reason:
        raise type(reason)(f"{path}: {reason}") from None
    classes = tuple(str(label) for label in np.unique(y)) if found == "classes" else None
    if found == "labels":
        classes = tuple(map(str, getattr(codec, "labels", ())))
    features = tuple(f"x{column + 1}" for column in range(x.shape[1])) if x.ndim == 2 else ()
    shape = (int(x.shape[1]), int(x.shape[2])) if x.ndim == 3 else None
    return Dataset(path.stem, x, y, found, features, classes, shape, source=str(path))


def _kind_of(y: Array) -> Kind:
    """What an array of targets holds; several columns of 0 and 1 are labels."""
    target = read_target(y)
    presence = target.values.ndim == 2 and target.values.shape[1] > 1 and target.sort != "text"
    if presence and np.isin(target.values, (0, 1)).all() and (y.sum(axis=1) != 1).any():
        return "labels"
    return target.kind


def _check_x(arrays: dict[str, Array], path: str | Path) -> Array:
    if "x" not in arrays:
        raise FileError(_lacks(path, arrays, "x"))
    try:
        return check_inputs(arrays["x"])
    except ValueError as reason:
        raise type(reason)(f"{path}: {reason}") from None


def _lacks(path: str | Path, arrays: dict[str, Array], name: str) -> str:
    held = ", ".join(sorted(arrays)) or "nothing"
    remedy = "Save it with numpy.savez(path, x=x, y=y)."
    return f"{path} holds {held}; expected an array {name!r}. {remedy}"


def _arrays(path: Path) -> dict[str, Array]:
    """The arrays x and y of an .npz file; others are named and not read."""
    try:
        with path.open("rb") as file, np.load(file, allow_pickle=False) as archive:
            if not isinstance(archive, np.lib.npyio.NpzFile):
                raise zipfile.BadZipFile("it holds a single array")
            return {
                name: archive[name] if name in ("x", "y") else np.empty(0) for name in archive.files
            }
    except FileNotFoundError:
        raise FileError(f"There is no file {path}. Check the path.") from None
    except (ValueError, TypeError, EOFError, OSError, MemoryError, SyntaxError) as reason:
        raise _broken(path, reason) from None
    except (zipfile.BadZipFile, zlib.error, NotImplementedError, RuntimeError) as reason:
        raise _broken(path, reason) from None


def _broken(path: Path, reason: BaseException) -> FileError:
    if "allow_pickle" in str(reason) and zipfile.is_zipfile(path):
        return FileError(
            f"{path} holds Python objects, which are not read for safety; expected arrays of "
            "numbers or text. Save them with an explicit type, for example y.astype(str)."
        )
    return FileError(
        f"{path} is damaged, or not an .npz file; expected one as numpy.savez(path, x=x, y=y) "
        "writes it."
    )


def _sort(text: str) -> str:
    """What a text names: sample, csv, npz, idx (a folder), pictures (a folder), list (of them)."""
    path = Path(text)
    if text in names():
        return "sample"
    if path.is_dir():
        return "idx" if has_idx_files(path) else "pictures"
    ending = path.suffix.lower()
    _check_regular(path)
    if ending == ".csv" and is_list(path):
        return "list"
    if ending == ".npz" and path.exists():
        return "npz"
    if ending in ENDINGS and path.exists():
        return "table"
    if path.exists():
        raise FileError(
            f"{text} is a file of a kind that is not read here; expected {_SORTS}. Save it as one "
            "of these."
        )
    if ending or path.name != text:
        raise FileError(
            f"There is no file {text}.{_near(path.name, _siblings(path))} Expected {_SORTS}."
        )
    if text in DRAWN:
        raise UnknownNameError(
            f"{text!r} is a folder of pictures that has to be drawn first: pellucid data {text} "
            f"OUT. Then give OUT, or another path, in place of {text}."
        )
    raise UnknownNameError(
        f"There is no sample {text!r}, and no file or folder of that name."
        f"{_near(text, (*names(), *DRAWN))} "
        f"Samples: {', '.join(names())}."
    )


def _check_regular(path: Path) -> None:
    """Refuse what is no plain file: a pipe would be waited for, a device may never end."""
    try:
        kind = path.stat().st_mode
    except (FileNotFoundError, NotADirectoryError, ValueError):  # or a NUL in the name
        return  # said below
    except OSError as error:  # links that lead round in a circle, a name that is too long
        raise FileError(f"{path} cannot be read: {error.strerror or error}.") from None
    if not stat.S_ISREG(kind):
        raise FileError(
            f"{path} is not a plain file but a pipe, a device or the like; expected {_SORTS}. "
            "Write what comes out of it into a file first."
        )


def _siblings(path: Path) -> list[str]:
    """The files of the folder that a path points into."""
    try:
        return sorted(entry.name for entry in path.parent.iterdir())
    except OSError:
        return []


def _near(name: str, known: Sequence[str]) -> str:
    near = difflib.get_close_matches(name, known, n=1, cutoff=0.5)
    return f" Did you mean {near[0]!r}?" if near else ""


def _refuse_unused(text: str, sort: str, **options: Any) -> None:
    """Refuse options that would be ignored."""
    fits = {
        "target": ("table", "list"), "kind": ("table", "npz", "list"), "data_dir": ("sample",),
        "group": ("table",), "time": ("table",), "weight": ("table",),
        "pictures": ("pictures", "list"),
    }  # fmt: skip
    what = {
        "sample": "a sample", "idx": "a folder of idx files", "table": "a table", "npz": ".npz",
        "pictures": "a folder of pictures", "list": "a list of pictures",
    }  # fmt: skip
    for name, value in options.items():
        if value is None or sort in fits[name]:
            continue
        if name == "pictures":
            raise ParameterError(
                f"{text} is {what[sort]}, for which the options of picture files (size, fit, grey, "
                "background, strict, memory) have no meaning. Leave them out."
            )
        raise ParameterError(
            f"{text} is {what[sort]}, for which {name} has no meaning, got "
            f"{name}={str(value)!r}. Leave it out."
        )
