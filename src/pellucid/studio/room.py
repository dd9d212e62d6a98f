"""How much a session's folder holds, and what may go when it is full."""

from __future__ import annotations

import asyncio
import os
import shutil
from collections.abc import Collection
from contextlib import suppress
from dataclasses import field
from pathlib import Path
from time import time

from pellucid.dataclass import dataclass

SPARED = 90.0
"""Seconds that what came is let be: a scene that is being opened needs it soon."""


PART = ".upload-"
"""How the name of a file begins that is still being written."""


@dataclass
class Used:
    """What a session's folder has.

    Attributes:
        files, bytes: that are there.
        coming, promised: files that are being uploaded, and their bytes: those that came, or those
            told where these are more.
        free: bytes that it could have before the disk is full.
        counted: when it was counted last.
        lock: held by who counts and makes room, until that room is taken.
    """

    files: int = 0
    bytes: int = 0
    coming: int = 0
    promised: int = 0
    free: int = 0
    counted: float = float("-inf")
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)

    @property
    def all_files(self) -> int:
        """With those that are being uploaded."""
        return self.files + self.coming

    @property
    def all_bytes(self) -> int:
        """With those that are being uploaded."""
        return self.bytes + self.promised


class Coming:
    """A file that is being uploaded: its place is taken before its first byte is there.

    Parameters:
        told: the bytes that it is said to have.
    """

    def __init__(self, used: Used, told: int) -> None:
        self._used, self._promised, self.size = used, told, 0
        used.coming += 1
        used.promised += told

    def came(self, size: int) -> None:
        """So many bytes have come."""
        self.size += size
        more = max(0, self.size - self._promised)
        self._used.promised += more
        self._promised += more

    def end(self, *, whole: bool) -> None:
        """No more comes; what came stays if it is the whole file."""
        self._used.coming -= 1
        self._used.promised -= self._promised
        if whole:
            self._used.files += 1
            self._used.bytes += self.size


def count_files(folder: Path) -> tuple[int, int]:
    """The files and bytes that there are, without what is being uploaded; no links followed."""
    count, size = 0, 0
    for above, folders, files in os.walk(folder):
        whole = [name for name in files if not name.startswith(PART)]
        count += len(folders) + len(whole)
        for name in whole:
            with suppress(FileNotFoundError):  # an upload that has just ended
                size += (Path(above) / name).lstat().st_size
    return count, size


def idle(folder: Path, needed: Collection[str]) -> list[str]:
    """What nobody needs and did not come just now, the oldest first; never a link."""
    found = []
    for path in folder.iterdir():
        with suppress(FileNotFoundError):
            told = path.lstat()
            in_use = path.name in needed or path.name.startswith(".") or path.is_symlink()
            if not in_use and time() - told.st_mtime >= SPARED:
                found.append((told.st_mtime, path.name))
    return [name for _, name in sorted(found)]


def remove(path: Path) -> tuple[int, int]:
    """Remove a file, or a folder with all in it; how many files and bytes that were.

    None for what has gone already.
    """
    try:
        if not path.is_dir():
            size = path.lstat().st_size
            path.unlink()
            return 1, size
        files, size = count_files(path)
        shutil.rmtree(path)
    except FileNotFoundError:
        return 0, 0
    return files + 1, size
