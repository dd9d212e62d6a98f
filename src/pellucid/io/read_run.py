"""Reading a run's folder back: what was asked for, what came of it, what happened on the way."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

from pellucid.errors import FileError
from pellucid.io.files import cannot, checked
from pellucid.io.run_folder import EVENTS, MODEL, RECORD


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
    found = _read(folder / RECORD, "an object", json.loads)
    parts = ("data", "settings", "versions")
    if not isinstance(found, dict) or not all(isinstance(found.get(k, {}), dict) for k in parts):
        raise _damaged(folder / RECORD, f"an object with the objects {', '.join(parts)}")
    return found


def read_history(path: str | os.PathLike[str]) -> list[dict[str, Any]]:
    """The epochs among the events of a run's folder: one row each, as ``run.history.rows``.

    Raises: ``FileError`` for events that cannot be read.
    """
    file = Path(checked(path)) / EVENTS
    if not file.is_file():
        return []
    rows = _read(
        file, "a line of JSON an event", lambda text: [*map(json.loads, text.splitlines())]
    )
    if not all(isinstance(row, dict) for row in rows):
        raise _damaged(file, "a line of JSON an event")
    return [
        {name: value for name, value in row.items() if name != "event"}
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
