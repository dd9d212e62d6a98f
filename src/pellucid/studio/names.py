"""Names in a session's folder: whatever comes gets one that is free.

So nothing is ever written over: what a network learned from stays as it was, for the whole session.
A name is taken by making the file or folder, which fails where there is one, and follows no link.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count
from pathlib import Path
from typing import Any

LONGEST_NAME = 200
"""Bytes; systems take 255."""


def new_folder(folder: Path, name: str) -> str:
    """Make a folder; its name, which has a number where that was taken."""
    for found in _choices(name, folder=True):
        try:
            (folder / found).mkdir()
        except FileExistsError:
            continue
        return found
    raise AssertionError


def new_file(folder: Path, name: str) -> str:
    """Make an empty file; its name, which has a number where that was taken."""
    for found in _choices(name):
        try:
            (folder / found).open("xb").close()
        except FileExistsError:
            continue
        return found
    raise AssertionError


def needed(scene: Any) -> frozenset[str]:
    """What a scene needs of the session's folder, by name."""
    from pellucid.scene.acts import Take

    source = getattr(scene, "source", None)
    trained = {getattr(scene, name, None) for name in ("model", "history")}
    found = {act.file for act in getattr(scene, "acts", ()) if isinstance(act, Take)}
    found |= set() if source is None else set(source.files)
    return frozenset(found | {name for name in trained if name is not None})


def _choices(name: str, *, folder: bool = False) -> Iterator[str]:
    """A name, then the same with numbers, from 2 on: ``flowers 2.csv``."""
    yield name
    ending = "" if folder else Path(name).suffix
    stem = name.removesuffix(ending)
    for number in count(2):
        more = f" {number}{ending}"
        room = max(1, LONGEST_NAME - len(more.encode()))
        yield stem.encode()[:room].decode(errors="ignore").rstrip(" .") + more
