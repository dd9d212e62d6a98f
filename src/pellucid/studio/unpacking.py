"""Pictures in a zip file, unpacked into a folder of the session; nothing else of it is.

A zip may come from anywhere. Its own words about sizes are believed only to refuse it: while it is
unpacked, bytes are counted as they come. Only pictures are written, under names made of plain
parts, never through a link, and into a new folder that is there once all of it is.
"""

from __future__ import annotations

import shutil
import stat
import tempfile
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from typing import IO

from pellucid.data.pictures.find import HIDDEN, is_picture
from pellucid.errors import FileError
from pellucid.studio.files import is_plain
from pellucid.studio.limits import MB, Limits
from pellucid.studio.names import new_folder

MOST_FILES = 20_000
"""Entries that are looked at, folders among them."""
BLOCK = 1 << 20
DAMAGED = (zipfile.BadZipFile, zlib.error, EOFError, OSError, ValueError, NotImplementedError)


def open_zip(path: Path) -> zipfile.ZipFile:
    """A zip file, its table of contents read.

    Raises: ``FileError`` for what is none, or has too many entries.
    """
    try:
        found = zipfile.ZipFile(path)
    except DAMAGED:
        raise FileError(f"{path.name} is damaged, or no zip file. Make it again.") from None
    count = len(found.infolist())
    if count > MOST_FILES:
        found.close()
        raise FileError(
            f"{path.name} has {count:,} files; the studio takes at most {MOST_FILES:,}. Use a part "
            "of them, or learn all of them with pellucid train."
        )
    return found


def check_size(path: Path, most: int) -> None:
    """Refuse a zip file, such as a workbook, that would take more bytes than this once unpacked.

    Raises: ``FileError``; also for what is no zip file.
    """
    with open_zip(path) as archive:
        size = sum(entry.file_size for entry in archive.infolist())
    if size > most:
        raise FileError(
            f"{path.name} takes {size / MB:,.0f} MB once it is unpacked; the studio takes at most "
            f"{most / MB:,.0f} MB. Use a part of it."
        )


def unpack_pictures(path: Path, folder: Path, limits: Limits | None = None) -> str:
    """Unpack the pictures of a zip file into a new folder beside it; the folder's name.

    Where all lies in one folder of the zip, that is left out. The zip file itself is removed.

    Raises: ``FileError`` for a zip that is damaged, locked, too large, without pictures, or made to
        do harm; then nothing of it is left.
    """
    limits = limits or Limits()
    room = limits.folder - _size(folder)
    made = Path(tempfile.mkdtemp(dir=folder, prefix=".unpack-"))
    try:
        with open_zip(path) as archive:
            entries = list(_pictures(archive, path.name))
            for entry, parts in zip(entries, _without_top([p for _, p in entries]), strict=True):
                place = made.joinpath(*parts)
                place.parent.mkdir(parents=True, exist_ok=True)
                room = _write(archive, entry[0], place, path.name, room)
        name = new_folder(folder, path.stem)
        (folder / name).rmdir()  # Windows puts no folder in place of another
        made.replace(folder / name)
    except BaseException:
        shutil.rmtree(made, ignore_errors=True)
        raise
    finally:
        path.unlink(missing_ok=True)
    return name


def _pictures(
    archive: zipfile.ZipFile, name: str
) -> Iterator[tuple[zipfile.ZipInfo, tuple[str, ...]]]:
    """The entries that are pictures, and the parts of their names."""
    found = 0
    for entry in archive.infolist():
        parts = tuple(PurePosixPath(entry.filename).parts)
        if entry.is_dir() or any(part.startswith(HIDDEN) and part != ".." for part in parts):
            continue
        if entry.filename.startswith("/") or not all(map(is_plain, parts)) or len(parts) > 6:
            raise FileError(
                f"{name} has a file with the name {entry.filename[:80]!r}, which could lead out of "
                "its folder. Names have letters, digits, spaces and -_.() in them; pack it again."
            )
        if stat.S_ISLNK(entry.external_attr >> 16) or not is_picture(Path(parts[-1])):
            continue
        if entry.flag_bits & 1:
            raise FileError(f"{name} is locked with a password. Pack it again without one.")
        found += 1
        yield entry, parts
    if not found:
        raise FileError(
            f"{name} has no pictures (PNG, JPEG, WebP, BMP or GIF) in it. Pack a folder that has a "
            "folder for each class with its pictures; upload a table as it is."
        )


def _without_top(names: list[tuple[str, ...]]) -> list[tuple[str, ...]]:
    """Names without the one folder that all lie in, where there are folders below it."""
    while len({name[0] for name in names}) == 1 and all(len(name) > 2 for name in names):
        names = [name[1:] for name in names]
    return names


def _write(
    archive: zipfile.ZipFile, entry: zipfile.ZipInfo, place: Path, name: str, room: int
) -> int:
    """Unpack one file, counting what really comes; what room is left."""
    try:
        with archive.open(entry) as source, place.open("xb") as target:
            return _copied(source, target, name, room)
    except FileExistsError:
        raise FileError(
            f"{name} has two files with the name {entry.filename[:80]!r}. Pack it again."
        ) from None
    except FileError:
        raise
    except DAMAGED:
        raise FileError(
            f"{name} is damaged: {entry.filename[:80]!r} cannot be unpacked. Pack it again."
        ) from None


def _copied(source: IO[bytes], target: IO[bytes], name: str, room: int) -> int:
    while block := source.read(BLOCK):
        room -= len(block)
        if room < 0:
            raise FileError(
                f"{name} takes more room, once it is unpacked, than this session has left. Use a "
                "part of the pictures, or learn all of them with pellucid train."
            )
        target.write(block)
    return room


def _size(folder: Path) -> int:
    return sum(path.lstat().st_size for path in folder.rglob("*") if not path.is_symlink())
