"""The files in a scene's file: checked as a whole first, then put into the session's folder.

A scene may come from anywhere. Nothing is written until all of it was accepted; what is written is
new, in folders made for it, so that no link leads elsewhere; and it is removed where the scene then
cannot be opened.
"""

from __future__ import annotations

import hashlib
import shutil
import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path, PurePosixPath
from typing import Any, NoReturn

from pellucid.dataclass import dataclass
from pellucid.errors import FileError
from pellucid.scene.source import IDX
from pellucid.studio.files import is_plain
from pellucid.studio.limits import MB, Limits
from pellucid.studio.names import needed, new_file, new_folder
from pellucid.studio.unpacking import BLOCK, DAMAGED

RECORD, PARAMETERS, FILES = "scene.json", "parameters.safetensors", "files/"
KEPT = ""
"""The key of the parameters, which no file of a scene can have as its name."""


@dataclass(frozen=True)
class Placed:
    """What was put into the session's folder.

    Attributes:
        names: what each of the scene's files and folders is called there.
        made: those of them that are new.
    """

    names: Mapping[str, str]
    made: frozenset[str]

    def remove(self, folder: Path) -> None:
        """Take away what was made."""
        for name in self.made:
            if (folder / name).is_dir():
                shutil.rmtree(folder / name, ignore_errors=True)
            else:
                (folder / name).unlink(missing_ok=True)


def accepted(
    archive: zipfile.ZipFile, members: Mapping[str, str], scene: Any, name: str
) -> dict[str, bytes]:
    """The members but for the record, each as its checksum says and of use to the scene.

    Raises: ``FileError`` for what is not.
    """
    names = {entry.filename for entry in archive.infolist()} - {RECORD}
    if names != set(members):
        refuse(name, "it has other files than its record says")
    room, useful = Limits().folder, needed(scene)
    contents: dict[str, bytes] = {}
    for member in sorted(names):
        parts = PurePosixPath(member.removeprefix(FILES)).parts
        inside = member == PARAMETERS or member.startswith(FILES)
        if not inside or not parts or not all(map(is_plain, parts)):
            refuse(name, f"it has a file with the name {member[:80]!r}")
        if member != PARAMETERS and parts[0] not in useful:
            refuse(name, f"its scene has no use for {member[:80]}")
        content = _content(archive, member, name, room)
        room -= len(content)
        if hashlib.sha256(content).hexdigest() != members[member]:
            refuse(name, f"{member} is not what its checksum says")
        contents[member] = content
    return contents


def put(contents: Mapping[str, bytes], scene: Any, folder: Path, name: str) -> Placed:
    """Put what was accepted into the session's folder, under names that are free there.

    Raises: ``FileError`` where that cannot be.
    """
    source = getattr(scene, "source", None)
    fixed = set(IDX) & set(source.files if source is not None else ())
    names, made = dict[str, str](), set[str]()
    try:
        for member, content in contents.items():
            top, *below = PurePosixPath(member.removeprefix(FILES)).parts
            key = KEPT if member == PARAMETERS else top
            if key in fixed and key not in made and (folder / key).exists():
                _check_same(folder / key, below, content, name)
                names[key] = key
                continue
            if key not in names:
                own = f"{Path(name).stem}.safetensors" if key == KEPT else top
                names[key] = (new_folder if below else new_file)(folder, own)
                made.add(names[key])
            place = folder.joinpath(names[key], *below)
            place.parent.mkdir(parents=True, exist_ok=True)
            with place.open("xb" if below else "wb") as file:
                file.write(content)
    except BaseException as error:
        Placed(names, frozenset(made)).remove(folder)
        if isinstance(error, FileExistsError | NotADirectoryError):
            refuse(name, "two of its files have one name")
        raise
    return Placed(names, frozenset(made))


def _check_same(place: Path, below: Sequence[str], content: bytes, name: str) -> None:
    """Check that a file of the session, which is read and never written, is the scene's as well.

    Raises: ``FileError`` where it is another, or not there.
    """
    path = place.joinpath(*below)
    if not below or not path.is_file() or path.read_bytes() != content:
        raise FileError(
            f"{name} came with files of its own for {place.name}, and this session has others. "
            "Open it in a studio that was started without --data-dir."
        )


def _content(archive: zipfile.ZipFile, member: str, name: str, room: int) -> bytes:
    parts = []
    try:
        with archive.open(member) as file:
            while block := file.read(BLOCK):
                parts.append(block)
                room -= len(block)
                if room < 0:
                    refuse(name, f"it takes more than {Limits().folder / MB:,.0f} MB")
    except FileError:
        raise
    except (*DAMAGED, RuntimeError):
        refuse(name, f"{member} cannot be unpacked")
    return b"".join(parts)


def refuse(name: str, fault: str) -> NoReturn:
    """Refuse a scene's file.

    Raises: ``FileError``.
    """
    raise FileError(
        f"{name} is damaged, or was changed by hand: {fault}. Save the scene again."
    ) from None
