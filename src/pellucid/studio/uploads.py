"""What came into a session's folder: a table, pictures, a scene or a model, and what to do with it.

Files are looked at by the readers of the command line; nothing in them is ever run.
"""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from pellucid.data.idx import has_idx_files
from pellucid.errors import FileError
from pellucid.scene.bounds import check_data
from pellucid.scene.source import ArrayFile, PictureFolder, Source, TableFile, within

if TYPE_CHECKING:
    from pellucid.scene.scene import Scene

ALL_PIXELS = 4_000_000_000
"""Of all pictures together: unpacking them takes a minute. One has at most 100 million."""
EPOCHS, STEPS = (2_000, 1_000, 500, 200, 100), 100_000
HELD_OUT = 0.2
SCENE, MODEL, ZIP, ARRAYS = ".pellucid", ".safetensors", ".zip", ".npz"


def receive(
    folder: Path, name: str, *, target: str | None = None, kind: str | None = None
) -> dict[str, Any]:
    """Look at what came, in a session's folder.

    Parameters:
        name: of a file in it, or of a folder of pictures.
        target, kind: of a table: the column to predict, and what it holds; None: suggested.
    Returns: what it is (``kind``: table, arrays, pictures, scene or model) and, where it can be
        learned from, a ``scene`` to begin with, as a record.
    Raises: what is wrong with it, in words.
    """
    path = within(folder, name)
    if path.is_dir():
        return _pictures(path)
    _check_not_empty(path)
    ending = path.suffix.lower()
    if ending == SCENE:
        from pellucid.studio.scene_file import told

        return {"kind": "scene", "file": name, **told(path)}
    if ending == MODEL:
        from pellucid.studio.models import told as told_model

        return {"kind": "model", "file": name, **told_model(path)}
    if ending == ZIP:
        from pellucid.studio.unpacking import unpack_pictures

        return receive(folder, unpack_pictures(path, folder))
    if ending == ARRAYS:
        return _arrays(path)
    return _table(path, target, kind)


def _check_not_empty(path: Path) -> None:
    if path.stat().st_size == 0:
        raise FileError(f"{path.name} is empty: it has no bytes. Choose another file.")


def _table(path: Path, target: str | None, kind: str | None) -> dict[str, Any]:
    from pellucid.data.pictures.find import is_list, is_picture
    from pellucid.data.reading.formats import ENDINGS
    from pellucid.studio.tables import look_at_table

    ending = path.suffix.lower()
    if is_picture(path):
        raise FileError(
            f"{path.name} is a single picture, and nothing can be told apart by one. Choose a "
            "folder, or a zip file, that has a folder for each class with its pictures in it."
        )
    if ending not in ENDINGS:
        raise FileError(
            f"{path.name} is of no kind that the studio reads. It takes tables "
            f"({', '.join(ENDINGS[:3])}, .parquet, .xlsx, ...), arrays (.npz), pictures in folders "
            "or in a .zip, scenes (.pellucid) and models (.safetensors)."
        )
    if ending == ".csv" and is_list(path):
        raise FileError(
            f"{path.name} names picture files, and these did not come with it. Choose a folder, or "
            "a zip file, that has a folder for each class with its pictures in it."
        )
    told = look_at_table(path, target, kind)
    if told["problem"] is None:
        source = TableFile(path.name, told["target"], kind)
        told["scene"] = _record(beginning(source, told["inputs"], told["rows"]))
    return told


def check_amount(path: Path) -> None:
    """Refuse a file, or a folder of pictures, of a scene that would take too much to be read.

    Raises: ``FileError``.
    """
    from pellucid.studio.tables import check_bounds

    if not path.is_dir():
        check_bounds(path)
    elif not has_idx_files(path):
        _pictures(path)


def _arrays(path: Path) -> dict[str, Any]:
    """What arrays x and y hold."""
    from pellucid.studio.tables import check_bounds

    check_bounds(path)
    source = ArrayFile(path.name)
    data = source.open(path.parent)
    check_data(data)
    scene = beginning(source, int(np.prod(data.x.shape[1:])), len(data.x))
    names, counts = np.unique(data.y, return_counts=True)
    classes = [{"name": str(n), "count": int(k)} for n, k in zip(names, counts, strict=True)]
    return {
        "kind": "arrays", "file": path.name, "rows": len(data), "shape": list(data.x.shape[1:]),
        "predicts": data.kind, "classes": classes if data.kind == "classes" else None,
        "problem": None, "scene": _record(scene),
    }  # fmt: skip


def _pictures(folder: Path) -> dict[str, Any]:
    """The classes of a folder of pictures, by the files' names and heads."""
    from pellucid.data.pictures.decode import pixel_count
    from pellucid.data.pictures.find import find_classes

    found = find_classes(folder)
    counts, faults, pixels = Counter[str](), list[str](), 0
    for path, shown, label in zip(found.paths, found.shown, found.labels, strict=True):
        try:
            pixels += pixel_count(path)
            counts[label] += 1
        except FileError as fault:
            faults.append(f"{shown} {fault}")
    if pixels > ALL_PIXELS:
        raise FileError(
            f"The pictures have {pixels / 1e6:,.0f} million pixels in all; the studio takes at "
            f"most {ALL_PIXELS / 1e6:,.0f} million. Use fewer or smaller ones."
        )
    if len(counts) < 2:
        raise FileError(
            f"Of {folder.name} only pictures of {', '.join(counts) or 'no class'} can be read; "
            f"expected at least two classes to tell apart. {'; '.join(faults[:3])}."
        )
    notes = [f"{len(faults):,} cannot be read and are left out: {'; '.join(faults[:3])}."]
    return {
        "kind": "pictures", "file": folder.name, "rows": sum(counts.values()),
        "classes": [{"name": name, "count": count} for name, count in sorted(counts.items())],
        "notes": [*found.notes, *(notes if faults else [])], "problem": None,
        "scene": _record(beginning(PictureFolder(folder.name))),
    }  # fmt: skip


def beginning(source: Source, inputs: int | None = None, rows: int | None = None) -> Scene:
    """A scene to begin with on these data: a small network that suits them.

    Parameters:
        inputs: columns of a table, numbers of a row; None: a folder of pictures.
        rows: how many there are; the fewer, the longer one may play on.
    """
    from pellucid.nn import Conv2D, Dense, Flatten, MaxPool2D
    from pellucid.scene.scene import Scene
    from pellucid.studio.stages import FIRST

    if inputs is None:
        hidden: tuple[Any, ...] = (
            Conv2D(8, 3, padding="same", activation="relu"), MaxPool2D(4),
            Conv2D(16, 3, padding="same", activation="relu"), MaxPool2D(2), Flatten(),
        )  # fmt: skip
    elif inputs == 2:
        hidden = FIRST.hidden
    else:
        hidden = (Dense(32, activation="relu"),)
    return Scene(source, hidden, epochs=_planned(rows), validation=HELD_OUT)


def _planned(rows: int | None) -> int:
    """Epochs to begin with: so many that a small table is not at its end in a blink."""
    if rows is None:
        return EPOCHS[-1]
    steps = -(-rows // 32)
    return next((count for count in EPOCHS if count * steps <= STEPS), EPOCHS[-1])


def _record(scene: Scene) -> dict[str, Any]:
    from pellucid.scene.scene import scene_to_record

    return scene_to_record(scene)


__all__ = ["beginning", "receive"]
