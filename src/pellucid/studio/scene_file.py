"""A scene as one file: data, network, seed, what was done, and the numbers that were reached.

A zip file of ``scene.json`` (the record, and a checksum of each other member), the parameters as a
model file, and under ``files/`` the files that the scene needs. It reopens exactly: what was done
is done again, and its numbers are compared with those of the file; where this machine computes
others, those of the file are taken. Nothing in it is ever run.
"""

from __future__ import annotations

import hashlib
import io
import json
import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from pellucid._version import __version__
from pellucid.data.idx import idx_files
from pellucid.dataclass import dataclass
from pellucid.errors import FileError, ParameterError, PellucidError
from pellucid.io.model import model_bytes
from pellucid.models.network import Network
from pellucid.models.saving import to_file
from pellucid.scene.acts import Learn, Relabel, Take
from pellucid.scene.bench import Bench, TooLong
from pellucid.scene.scene import Scene, scene_from_record, scene_to_record
from pellucid.scene.source import ArrayFile, PictureFolder, Sample, TableFile, within
from pellucid.studio.limits import MB, Limits
from pellucid.studio.names import needed
from pellucid.studio.scene_members import FILES, KEPT, PARAMETERS, RECORD, accepted, put, refuse
from pellucid.studio.unpacking import DAMAGED, open_zip
from pellucid.studio.uploads import check_amount

FORMAT, VERSION = "pellucid scene", 1
PATIENCE = 60.0
"""Seconds that a scene's learning may take when it is done again; else its numbers are taken."""
MOST_RECORD = 32 * MB


@dataclass(frozen=True, eq=False)
class Saved:
    """What a scene's file is made of.

    Attributes:
        scene: with all that was done.
        network: as it was reached; None for what is no network.
        folder: of the session.
        step: the steps that led there.
    """

    scene: Any
    network: Network | None
    folder: Path
    step: int


def scene_bytes(saved: Saved) -> bytes:
    """The file.

    Raises: ``FileError`` for data that are too large for one file.
    """
    files = dict(files_of(saved.scene, saved.folder))
    size = sum(path.stat().st_size for path in files.values())
    if size > Limits().folder:
        raise FileError(
            f"The scene's data take {size / MB:,.0f} MB; a scene's file holds at most "
            f"{Limits().folder / MB:,.0f} MB. Save the model, and keep the data beside it."
        )
    out = io.BytesIO()
    sums = {}
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        if saved.network is not None:
            content = model_bytes(to_file(saved.network))
            sums[PARAMETERS] = _put(archive, PARAMETERS, content)
        for name, path in files.items():
            sums[FILES + name] = _put(archive, FILES + name, path.read_bytes())
        known = None if saved.network is None else saved.network.provenance.get("data", {})
        record = {
            "format": FORMAT, "version": VERSION, "pellucid": __version__, "step": saved.step,
            "scene": scene_to_record(saved.scene), "members": sums,
            "data": None if known is None else known.get("sha256"),
        }  # fmt: skip
        record["sha256"] = _own_sum(record)
        _put(archive, RECORD, json.dumps(record, allow_nan=False, indent=1).encode())
    return out.getvalue()


def files_of(scene: Any, folder: Path) -> Iterator[tuple[str, Path]]:
    """The session's files that a scene needs, by their names."""
    if not isinstance(scene, Scene):
        return
    match scene.source:
        case PictureFolder(folder=name):
            from pellucid.data.pictures.find import find_classes

            found = find_classes(within(folder, name))
            for part in (found, *([found.test] if found.test else [])):
                yield from ((f"{name}/{own}", part.base / own) for own in part.names)
        case Sample(name=name) if (folder / name).is_dir():
            yield from ((f"{name}/{path.name}", path) for path in idx_files(folder / name))
    for name in sorted(needed(scene)):
        path = within(folder, name)
        if not path.is_dir():
            yield name, path


def told(path: Path) -> dict[str, Any]:
    """What a scene's file holds, in short.

    Raises: ``FileError`` for what is none, or damaged; ``ParameterError`` for a newer one.
    """
    with open_zip(path) as archive:
        record = _record(archive, path.name)
        scene = _scene(record, path.name)
        size = sum(entry.file_size for entry in archive.infolist())
    acts = scene.acts if isinstance(scene, Scene) else ()
    learned = sum(act.steps for act in acts if isinstance(act, Learn))
    other = record["pellucid"] != __version__
    note = f"It was saved by Pellucid {record['pellucid']}; this is {__version__}."
    return {
        "steps": int(learned), "bytes": size, "notes": [note] if other else [],
        "title": type(scene).__name__,
    }  # fmt: skip


def reopened(path: Path, folder: Path, *, patience: float = PATIENCE) -> tuple[Any, list[str]]:
    """The bench of a scene's file, and what there is to say of it.

    Parameters:
        folder: of the session; the scene's files are put into it.
        patience: seconds that its learning may take when it is done again.
    Raises: what is wrong with the file, its data or its network.
    """
    with open_zip(path) as archive:
        record = _record(archive, path.name)
        scene = _scene(record, path.name)
        contents = accepted(archive, record["members"], scene, path.name)
    if isinstance(scene, Scene) and PARAMETERS not in contents:
        refuse(path.name, f"it has no {PARAMETERS}")
    placed = put(contents, scene, folder, path.name)
    try:
        return _opened(record, scene, folder, placed.names, patience)
    except PellucidError as error:
        placed.remove(folder)
        raise FileError(f"{path.name} cannot be opened. {error}") from None
    except BaseException:
        placed.remove(folder)
        raise


def _opened(
    record: Mapping[str, Any], scene: Any, folder: Path, names: Mapping[str, str], patience: float
) -> tuple[Any, list[str]]:
    """The bench of a scene whose files are there."""
    if not isinstance(scene, Scene):
        from pellucid.scene.benches import bench_of

        return bench_of(scene, folder), []
    scene = _renamed(scene, names)
    for name in scene.source.files:
        check_amount(within(folder, name))
    bench, notes = _played(scene, folder, names[KEPT], patience)
    if record["data"] not in (None, bench.network.provenance["data"]["sha256"]):
        notes.append("Its data are others in this version of Pellucid.")
    return bench, notes


def _played(scene: Scene, folder: Path, kept: str, patience: float) -> tuple[Bench, list[str]]:
    """The bench with all done again, or with the numbers that were kept."""
    steps = sum(act.steps for act in scene.acts if isinstance(act, Learn))
    try:
        bench = Bench(scene, folder, patience=patience)
    except TooLong:
        labels = tuple(act for act in scene.acts if isinstance(act, Relabel))
        wait = max(patience, PATIENCE)
        bench = Bench(replace(scene, acts=(*labels, Take(kept))), folder, patience=wait)
        return bench, [
            f"Its {steps:,} steps would take long to be learned again. So the network has the "
            "numbers that were saved, and counts its steps from here: it goes on learning, and "
            "cannot go back to earlier steps."
        ]
    found = Network.load(folder / kept)
    mine, its = bench.network.parameters, found.parameters
    if mine.keys() == its.keys() and all(np.array_equal(mine[n], its[n]) for n in mine):
        (folder / kept).unlink()
        return bench, []
    bench.take(kept)
    return bench, [
        "This machine computes its steps with other roundings; the network is as it was saved, "
        "and steps before are this machine's."
    ]


# --- reading


def _record(archive: zipfile.ZipFile, name: str) -> dict[str, Any]:
    """What ``scene.json`` says, checked."""
    try:
        entry = archive.getinfo(RECORD)
        if entry.file_size > MOST_RECORD:
            refuse(name, f"its record says that it takes {entry.file_size:,} bytes")
        with archive.open(entry) as file:
            record = json.loads(file.read(MOST_RECORD))
    except KeyError:
        raise FileError(
            f"{name} is a zip file, and no scene: it has no {RECORD}. Give a file that the studio "
            "saved as a scene."
        ) from None
    except RecursionError:
        refuse(name, "its record is nested too deep")
    except (*DAMAGED, json.JSONDecodeError):
        refuse(name, "its record cannot be read")
    if not isinstance(record, dict) or record.get("format") != FORMAT:
        refuse(name, "it does not say that it is a scene")
    version = record.get("version")
    if type(version) is not int or version < 1:
        refuse(name, f"it says version {version!r:.40}")
    if version > VERSION:
        raise ParameterError(
            f"{name} is a scene of version {version}, and this Pellucid reads up to {VERSION}. "
            "Install a newer Pellucid."
        )
    members = record.get("members")
    texts = isinstance(members, dict) and all(isinstance(v, str) for v in members.values())
    if not texts or record.get("sha256") != _own_sum(record):
        refuse(name, "its record is not what its checksum says")
    return record


def _scene(record: Mapping[str, Any], name: str) -> Any:
    try:
        return scene_from_record(record["scene"])
    except (PellucidError, TypeError, KeyError) as error:
        raise FileError(f"{name} holds no scene that can be opened. {error}") from None


def _renamed(scene: Scene, names: Mapping[str, str]) -> Scene:
    """The scene with the names that its files have in this session."""

    def now(name: str) -> str:
        return names.get(name, name)

    source: Any = scene.source
    match source:
        case TableFile(file=name):
            source = replace(source, file=now(name))
        case ArrayFile(file=name):
            source = replace(source, file=now(name))
        case PictureFolder(folder=name):
            source = replace(source, folder=now(name))
    acts = tuple(
        replace(act, file=now(act.file)) if isinstance(act, Take) else act for act in scene.acts
    )
    model, history = (name and now(name) for name in (scene.model, scene.history))
    return replace(scene, source=source, acts=acts, model=model, history=history)


def _put(archive: zipfile.ZipFile, name: str, content: bytes) -> str:
    entry = zipfile.ZipInfo(name)  # of no date: the same scene gives the same bytes
    entry.compress_type = zipfile.ZIP_DEFLATED
    archive.writestr(entry, content)
    return hashlib.sha256(content).hexdigest()


def _own_sum(record: Mapping[str, Any]) -> str:
    own = {name: value for name, value in record.items() if name != "sha256"}
    text = json.dumps(own, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()
