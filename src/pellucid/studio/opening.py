"""What the command names is put before each new session: data, a model or run, or a scene.

The session gets its own copy of a file, so that rewinding finds what was learned from; folders, and
files that are too long for that, are read where they lie. Nothing is ever written there.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

from pellucid.dataclass import dataclass
from pellucid.errors import DataError, FileError, ParameterError
from pellucid.studio.limits import Limits

if TYPE_CHECKING:
    from pellucid.data.dataset import Dataset
    from pellucid.scene.scene import Scene
    from pellucid.scene.source import TableFile

CLOTHES = (9, 0, 0, 3, 0)
"""The labels that the training set of fashion_mnist begins with; mnist's are 5, 0, 4, 1, 9."""
OTHERS = (".onnx", ".pt", ".pth", ".keras", ".h5")
MODELS = (".safetensors", *OTHERS)
SCENE = ".pellucid"
RECORD = "run.json"
Files: TypeAlias = tuple[tuple[str, Path], ...]


@dataclass(frozen=True)
class Opening:
    """What a session begins with.

    Attributes:
        scene: on the bench; None: the one that the page begins with by itself.
        files: put into the session's folder, by the names they have there.
        said: what is done with the files, in a sentence.
        make: the bench in place of a scene, of the files in the session's folder, and what there
            is to say of it.
    """

    scene: Scene | None = None
    files: Files = ()
    said: str = ""
    make: Callable[[Path], tuple[Any, list[str]]] | None = None

    def begin(self, session: Any) -> None:
        """Make a new session ready: before its thread starts, or by that thread."""
        for name, path in self.files:
            _put(path, session.folder / name)
        if self.scene is not None:
            session.open(self.scene)
        if self.make is not None:
            bench, session.notes = self.make(session.folder)
            session.put(bench)


def opening(data: str | None, target: str | None, data_dir: str | None) -> Opening:
    """What the command's words mean; the data are read now, so that what is wrong is said now.

    Raises: what is wrong with the data, the model, the run or the scene.
    """
    files = () if data_dir is None else _idx_folder(data_dir, data)
    if data is None:
        return Opening(files=files)
    path = Path(data)
    if path.suffix.lower() == SCENE and path.is_file():
        _refuse_target(target, data)
        return _saved(path, files)
    if (path.suffix.lower() in MODELS and path.is_file()) or (path / RECORD).is_file():
        _refuse_target(target, data)
        return _trained(path, files)
    return _on_data(data, target, data_dir, files)


def _on_data(data: str, target: str | None, data_dir: str | None, files: Files) -> Opening:
    """A sample, or what lies at a path."""
    from pellucid.data.idx import has_idx_files
    from pellucid.data.samples import names
    from pellucid.data.source import open_data
    from pellucid.scene.bounds import check_data
    from pellucid.scene.source import FEW, IDX, ArrayFile, PictureFolder, Sample, Source
    from pellucid.studio.uploads import beginning

    found = open_data(data, target, data_dir=data_dir if data in IDX else None)
    check_data(found)
    path = Path(data).resolve()
    said = f"{data} is read where it is; nothing is written there."
    source: Source
    if data in names():
        source, said = Sample(data), ""
    elif path.is_dir() and has_idx_files(path):
        source = Sample(_name_of(path, found))
        files = ((source.name, path),)
    elif path.is_dir():
        source = PictureFolder(path.name)
        said = f"The pictures in {data} are read where they are; nothing is written there."
    else:
        arrays = path.suffix.lower() == ".npz"
        source = ArrayFile(path.name) if arrays else _table(data, found)
        if arrays:
            found = source.open(path.parent)
        if path.stat().st_size <= Limits().upload:
            said = f"Each session learns from its own copy of {data}; the file is not touched."
    if not isinstance(source, Sample):
        files = (*files, (path.name, path))
    inputs = None if isinstance(source, PictureFolder) else len(found.feature_names)
    scene = beginning(source, inputs, None if inputs is None else len(found.x))
    if isinstance(source, Sample) and len(found.x) <= FEW:
        scene = replace(scene, validation=0.0, scale=False)
    return Opening(scene, files, said)


def _table(data: str, found: Dataset) -> TableFile:
    """The table, if what it predicts is one class or number.

    Raises: ``DataError`` for others.
    """
    from pellucid.data.source import holds_pictures
    from pellucid.scene.source import TableFile

    if holds_pictures(data):
        raise DataError(
            f"{data} is a list of pictures; the studio reads pictures in a folder that has a "
            "folder for each class. Give that folder, or use pellucid train."
        )
    if found.target is None or "," in found.target:
        raise DataError(
            f"{data} would predict {len(found.targets)} columns; the studio predicts one, a class "
            "or a number. Give --target with one column, or use pellucid train."
        )
    return TableFile(Path(data).name, found.target)


def _refuse_target(target: str | None, data: str) -> None:
    if target is not None:
        raise ParameterError(
            f"{data} knows what it predicts, so --target {target} has no meaning. Leave it out."
        )


def _trained(path: Path, files: Files) -> Opening:
    """A model, or a run's, on the data that it learned from."""
    from pellucid.io.run_folder import EVENTS, model_path
    from pellucid.models.network import Network
    from pellucid.scene.curve import curve_of_run
    from pellucid.scene.model import model_scene
    from pellucid.studio.models import known_data, reads

    if path.suffix.lower() in OTHERS:
        raise FileError(
            f"{path} is a model of another program. Make one of Pellucid of it first: pellucid "
            f"import {path} {path.stem}.safetensors"
        )
    file = model_path(path)
    network = Network.load(file)
    source, place = known_data(network, str(path))
    name = file.name if file == path else f"{path.resolve().name}.safetensors"
    history = None
    if file != path and (path / EVENTS).is_file():
        history = f"{path.resolve().name}.{EVENTS}"
        files = (*files, (history, (path / EVENTS).resolve()))
        curve_of_run(path / EVENTS)  # what is wrong with it is said now
    scene = model_scene(name, network, source, history)
    if place is not None:
        files = (*files, (place.name, place))
    else:
        place = file
    if not reads(network, source, place.parent):
        raise FileError(
            f"{path} cannot read {getattr(source, 'file', place.name)} as the studio reads it, "
            "with the settings of its own. Use it with pellucid predict."
        )
    said = (
        f"{path} as it was trained, on {network.provenance['data']['given']}; neither is touched. "
        "Its scores are on all rows, also on those that it learned from."
    )
    return Opening(scene, (*files, (name, file.resolve())), said)


def _saved(path: Path, files: Files) -> Opening:
    """A scene that was saved, as it was left."""
    from pellucid.studio.scene_file import reopened, told

    told(path)

    def make(folder: Path) -> tuple[Any, list[str]]:
        return reopened(folder / path.name, folder)

    said = f"Each session opens its own copy of {path}; the file is not touched."
    return Opening(None, (*files, (path.name, path.resolve())), said, make)


def _idx_folder(data_dir: str, data: str | None) -> Files:
    """The folder of idx files, under the name of the sample that they are of."""
    folder = Path(data_dir)
    if not folder.is_dir():
        raise FileError(
            f"--data-dir is {data_dir}, which is no folder; expected the one with the idx files of "
            "mnist or fashion_mnist. Check the path."
        )
    from pellucid.data.idx import read_idx_folder
    from pellucid.scene.source import IDX

    name = data if data in IDX else _name_of(folder, read_idx_folder(folder))
    return ((name, folder.resolve()),)


def _name_of(folder: Path, found: Dataset) -> str:
    """Which sample a folder's files are of."""
    y = found.y
    clothes = "fashion" in folder.resolve().name or tuple(y[: len(CLOTHES)].tolist()) == CLOTHES
    return "fashion_mnist" if clothes else "mnist"


def _put(path: Path, place: Path) -> None:
    """Copy a file to its place, or link to it where it is long or a folder."""
    if path.is_file() and path.stat().st_size <= Limits().upload:
        shutil.copyfile(path, place)
        return
    try:
        place.symlink_to(path, target_is_directory=path.is_dir())
    except OSError:  # a system that lets nobody make links
        if path.is_dir():
            shutil.copytree(path, place)
        else:
            shutil.copyfile(path, place)
