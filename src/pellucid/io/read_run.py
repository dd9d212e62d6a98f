"""Reading a run's folder back: what was asked for, what came of it, what happened on the way."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from pellucid.errors import FileError
from pellucid.io.event_log import read_events
from pellucid.io.files import cannot, checked
from pellucid.io.run_folder import MODEL, RECORD


def read_record(path: str | os.PathLike[str]) -> dict[str, Any]:
    """What ``run.json`` of a run's folder holds.

    Raises: ``FileError`` for what is no folder of a run.
    """
    folder = Path(checked(path))
    if not folder.is_dir() or not (folder / RECORD).is_file() or not (folder / MODEL).is_file():
        raise FileError(
            f"{folder} is no folder of a run; expected one with {RECORD} and {MODEL}, as `pellucid "
            "train` leaves it. Check the path."
        )
    return _record(folder)


def read_begun(path: str | os.PathLike[str]) -> dict[str, Any]:
    """What ``run.json`` holds of a run that need not have come to its end.

    Raises: ``FileError`` for what is no folder of a run.
    """
    folder = Path(checked(path))
    if not folder.is_dir() or not (folder / RECORD).is_file():
        raise FileError(
            f"{folder} is no folder of a run; expected one with {RECORD}, as `pellucid train` "
            "makes it. Check the path."
        )
    return _record(folder)


def _record(folder: Path) -> dict[str, Any]:
    found = _read(folder / RECORD, "an object", json.loads)
    parts = ("data", "settings", "versions")
    if not isinstance(found, dict) or not all(isinstance(found.get(k, {}), dict) for k in parts):
        raise _damaged(folder / RECORD, f"an object with the objects {', '.join(parts)}")
    return found


def read_history(path: str | os.PathLike[str]) -> list[dict[str, Any]]:
    """The epochs among the events of a run's folder: one row each, as ``run.history.rows``.

    Raises: ``FileError`` for events that cannot be read.
    """
    return epochs(read_events(path))


def epochs(rows: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """The rows of a history among events: one an epoch."""
    return [
        {name: value for name, value in row.items() if name not in ("event", "hash")}
        for row in rows
        if row.get("event") == "EpochDone"
    ]


def _read(path: Path, expected: str, parse: Any) -> Any:
    try:
        return parse(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise cannot("read", path, error) from None
    except (ValueError, RecursionError):
        raise _damaged(path, expected) from None


def _damaged(path: Path, expected: str) -> FileError:
    return FileError(f"{path} is damaged; expected {expected}. Train again for a new run.")
