"""How much a session's folder holds, and what may go when it is full."""

from __future__ import annotations

import os
import shutil
from collections.abc import Collection
from contextlib import suppress
from pathlib import Path
from time import time

from pellucid.dataclass import dataclass

SPARED = 90.0
"""Seconds that what came is let be: a scene that is being opened needs it soon."""


@dataclass
class Used:
    """What a session's folder has.

    Attributes:
        free: bytes that it could have before the disk is full.
        counted: when it was counted last.
    """

    files: int = 0
    bytes: int = 0
    free: int = 0
    counted: float = float("-inf")


def count_files(folder: Path) -> tuple[int, int]:
    """The files and bytes that there are; links are not followed."""
    count, size = 0, 0
    for above, folders, files in os.walk(folder):
        count += len(folders) + len(files)
        for name in files:
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
    """Remove a file, or a folder with all in it; how many files and bytes that were."""
    if not path.is_dir():
        size = path.lstat().st_size
        path.unlink()
        return 1, size
    files, size = count_files(path)
    shutil.rmtree(path)
    return files + 1, size
