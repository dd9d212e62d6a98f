"""Files that the page gives to a session, and those it takes away.

A name from the page is a name and never a path: it is one file in the session's folder, or a
picture in a folder of it (``pets/cat/1.jpg``). Each upload gets names that are free: nothing is
written over. A file is written under another name first, and is there once it is whole. What is
over a limit is cut off while it is still being sent.
"""

from __future__ import annotations

import asyncio
import os
import shutil
import tempfile
import unicodedata
from collections.abc import AsyncIterator, Callable, Collection
from contextlib import suppress
from pathlib import Path
from threading import Lock
from time import monotonic

from pellucid.errors import PellucidError
from pellucid.studio.limits import MB, Limits
from pellucid.studio.names import LONGEST_NAME, new_file, new_folder
from pellucid.studio.room import PART, Coming, Used, count_files, idle, remove
from pellucid.web.refusal import Refused

DEEPEST = 4
"""Folders and file: a folder of pictures may have ``train`` and ``test``, and a folder a class."""
RESERVED = frozenset(
    ("con", "prn", "aux", "nul", *(f"{port}{n}" for port in ("com", "lpt") for n in range(1, 10)))
)
"""Names that are devices in Windows, with any ending."""
FORBIDDEN = frozenset('<>:"/\\|?*')
COUNTED = 5.0
"""Seconds after which a session's files are counted anew: not all of them come as uploads."""
UPLOADS = 1_000
"""Folders that are still being filled, at most."""
PASSED_OVER = 10
PATIENCE = 30.0
"""How many times the limit, and how long, is read and thrown away, so that a refusal arrives."""
OTHERS = (".npz", ".pellucid", ".safetensors", ".zip")
"""Arrays, a scene, a model, pictures."""


def parts_of(name: str) -> tuple[str, ...]:
    """The folders and the file that an upload is called by.

    Raises: ``Refused`` for what is no plain name, or of a kind that the studio has no use for.
    """
    parts = tuple(unicodedata.normalize("NFC", name).split("/"))
    if len(parts) > DEEPEST or not all(map(is_plain, parts)):
        error = (
            f"{name[:80]!r} is no name for a file here. A name has letters, digits, spaces and "
            "-_.(), and a folder of pictures at most two folders in it; rename the file."
        )
        raise Refused(422, error, ["name"])
    allowed = _endings(pictures_only=len(parts) > 1)
    if not parts[-1].lower().endswith(allowed):
        error = (
            f"{parts[-1][:80]!r} is of no kind that the studio reads. It takes files that end in "
            f"{', '.join(allowed)}."
        )
        raise Refused(415, error, ["name"])
    return parts


def is_plain(part: str) -> bool:
    """Whether a text is the name of one file or folder, on every system.

    Example:
        >>> [is_plain(name) for name in ("a b.csv", "..", ".hidden", "a/b", "C:x", "nul.csv", "x.")]
        [True, False, False, False, False, False, False]
    """
    return (
        0 < len(part.encode("utf-8", "replace")) <= LONGEST_NAME
        and part[0] not in ". "
        and part[-1] not in ". "
        and not FORBIDDEN & set(part)
        and all(unicodedata.category(letter)[0] != "C" for letter in part)
        and part.partition(".")[0].rstrip().lower() not in RESERVED
    )


def _endings(*, pictures_only: bool) -> tuple[str, ...]:
    from pellucid.data.pictures.decode import ENDINGS as PICTURES
    from pellucid.data.reading.formats import ENDINGS as TABLES

    pictures = tuple(sorted(PICTURES))
    return pictures if pictures_only else (*TABLES, *OTHERS, *pictures)


class Uploads:
    """Takes files into the folders of sessions, and keeps count of what each has."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._used: dict[Path, Used] = {}
        self._folders: dict[tuple[Path, str, str], str] = {}
        self._lock = Lock()

    async def take(
        self, pieces: AsyncIterator[bytes], folder: Path, name: str, told: int | None,
        *, upload: str = "", needed: Callable[[], Collection[str]] = tuple,
    ) -> tuple[str, int]:  # fmt: skip
        """Write a file that is being sent into a session's folder.

        Parameters:
            pieces: the body.
            told: its length, where the request says it.
            upload: what the pictures of one folder have in common, chosen by the page; without it
                each is in a folder of its own.
            needed: tells, where there is no room, which names in the folder are in use.
        Returns: the name that the file got, and its bytes.
        Raises: ``Refused``; then nothing of it is left.
        """
        try:
            parts = await asyncio.to_thread(parts_of, name)
            used = self._used_in(folder)
            async with used.lock:
                await _count(folder, used)
                kept = self._folders.get((folder, upload, parts[0]))
                if self._has_no_room(used, told or 0):
                    await self._make_room(folder, used, told or 0, needed, kept)
                self._check_count(used)
                self._check_room(used, told or 0, f"{told or 0:,}")
                coming = Coming(used, told or 0)
            whole = False
            try:
                if len(parts) > 1:
                    top = await asyncio.to_thread(self._top, folder, upload, parts[0])
                    parts = top, *parts[1:]
                above = await asyncio.to_thread(_folder_of, folder, parts)
                found = await self._write(pieces, folder, above, parts[-1], used, coming)
                whole = True
            finally:
                coming.end(whole=whole)
        except Refused as refusal:
            if refusal.status != 408:
                await self._pass_over(pieces)
            raise
        return "/".join((*parts[:-1], found)), coming.size

    def _top(self, folder: Path, upload: str, name: str) -> str:
        """The folder of an upload, a new one when its first file comes."""
        key = folder, upload, name
        with self._lock:
            if upload and key in self._folders:
                return self._folders[key]
            while len(self._folders) >= UPLOADS:
                del self._folders[next(iter(self._folders))]
            found = self._folders[key] = new_folder(folder, name)
        return found

    async def _make_room(
        self, folder: Path, used: Used, more: int, needed: Callable[[], Collection[str]],
        kept: str | None,
    ) -> None:  # fmt: skip
        """Remove what nothing uses any more, the oldest first, until the file has room."""
        try:
            names = {*await asyncio.to_thread(needed), *([kept] if kept else [])}
        except PellucidError:
            return  # nobody knows what is in use
        for name in await asyncio.to_thread(idle, folder, names):
            files, size = await asyncio.to_thread(remove, folder / name)
            used.files, used.bytes = used.files - files, used.bytes - size
            if not self._has_no_room(used, more):
                return

    async def _write(
        self, pieces: AsyncIterator[bytes], folder: Path, above: Path, name: str, used: Used,
        coming: Coming,
    ) -> str:  # fmt: skip
        """Write the body beside the folder's other files, and give it its name at the end."""
        descriptor, part = await asyncio.to_thread(tempfile.mkstemp, dir=folder, prefix=PART)
        try:
            with os.fdopen(descriptor, "wb") as file:
                while piece := await self._next(pieces):
                    coming.came(len(piece))
                    self._check_room(used, 0, "more", coming.size)
                    await asyncio.to_thread(file.write, piece)
            return await asyncio.to_thread(_put, Path(part), above, name, free=above == folder)
        except BaseException:
            Path(part).unlink(missing_ok=True)
            raise

    async def _next(self, pieces: AsyncIterator[bytes]) -> bytes:
        """The next piece that is not empty; an empty one at the end."""
        seconds = self._limits.pause
        try:
            async with asyncio.timeout(seconds):
                async for piece in pieces:
                    if piece:
                        return piece
                return b""
        except TimeoutError:
            error = f"Nothing came for {seconds:g} seconds. Upload the file again."
            raise Refused(408, error, ["body"], last=True) from None

    async def _pass_over(self, pieces: AsyncIterator[bytes]) -> None:
        """Read on for a while: who still sends does not listen, and would see a broken line."""
        size = 0
        with suppress(TimeoutError):
            async with asyncio.timeout(PATIENCE):
                async for piece in pieces:
                    size += len(piece)
                    if size > PASSED_OVER * self._limits.upload:
                        return

    def _used_in(self, folder: Path) -> Used:
        if folder not in self._used:
            self._used = {known: used for known, used in self._used.items() if known.exists()}
            self._used[folder] = Used()
        return self._used[folder]

    def _has_no_room(self, used: Used, more: int) -> bool:
        """Whether a file is one too many, or has too many bytes for what is left."""
        limits = self._limits
        room = min(limits.folder, used.free - limits.spare) - used.all_bytes
        return used.all_files >= limits.files or more > room

    def _check_count(self, used: Used) -> None:
        if used.all_files >= self._limits.files:
            error = (
                f"This session has {used.all_files:,} files, as many as it takes. Start another "
                "session, or train on the folder with pellucid train."
            )
            raise Refused(413, error, ["body"], last=True)

    def _check_room(self, used: Used, more: int, had: str, size: int = 0) -> None:
        """Refuse a file that is too long, or for which there is no room.

        Parameters:
            more: bytes that are still to come.
            size: bytes of it that have come, and are counted among those that are coming.
        """
        limits = self._limits
        if size + more > limits.upload:
            error = (
                f"The file has {had} bytes; at most {limits.upload / MB:,.4g} MB are taken. Open "
                "it from the terminal with pellucid studio FILE, or use a part of it."
            )
        elif used.all_bytes + more > min(limits.folder, used.free - limits.spare):
            error = (
                f"The file has {had} bytes, and there is not so much room left for this session. "
                "Use a part of it, start another session, or make room on the disk."
            )
        else:
            return
        raise Refused(413, error, ["body"], last=True)


async def _count(folder: Path, used: Used) -> None:
    """See what there is by now, and what the disk has free."""
    if monotonic() - used.counted > COUNTED:
        used.files, used.bytes = await asyncio.to_thread(count_files, folder)
        used.counted = monotonic()
    used.free = (await asyncio.to_thread(shutil.disk_usage, folder)).free + used.bytes


def _folder_of(folder: Path, parts: tuple[str, ...]) -> Path:
    """The folder that the file goes into, made where it is not there; never one beyond a link."""
    above = folder
    for part in parts[:-1]:
        above = above / part
        if above.is_symlink() or (above.exists() and not above.is_dir()):
            error = (
                f"{part!r} is the name of something else in this session. Give the folder another."
            )
            raise Refused(409, error, ["name"])
        above.mkdir(exist_ok=True)
    return above


def _put(part: Path, above: Path, name: str, *, free: bool) -> str:
    """Let a whole file be there; the name that it got.

    Parameters:
        free: whether it may be another than its own.
    """
    if free:
        found = new_file(above, name)
    else:
        found = name
        try:
            (above / name).open("xb").close()
        except FileExistsError:
            error = f"{name!r} is there already in this upload. Give the file another name."
            raise Refused(409, error, ["name"]) from None
    part.replace(above / found)
    return found
