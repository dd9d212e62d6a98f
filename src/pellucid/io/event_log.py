"""``events.jsonl``: what happens in a run, a line of JSON an event, written as it happens."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Iterable, Mapping
from io import FileIO
from pathlib import Path
from typing import Any

from pellucid.errors import FileError
from pellucid.io.files import cannot, checked, write_whole
from pellucid.io.run_folder import EVENTS

SECONDS_A_FLUSH = 1 / 30


class EventLog:
    """Appends lines; they reach the file at most about 30 times a second, and when asked to.

    A file that cannot be written is told once, by ``fault``; from then on lines are passed over.
    """

    def __init__(
        self, path: str | os.PathLike[str], rows: Iterable[Mapping[str, Any]] = ()
    ) -> None:
        write_whole(path, b"".join(map(_line, rows)))
        self.path, self.fault = Path(path), ""
        try:
            self._file: FileIO | None = self.path.open("ab", buffering=0)
        except OSError as error:
            raise cannot("write", path, error) from None
        self._pending: list[bytes] = []
        self._flushed = time.perf_counter()

    def add(self, row: Mapping[str, Any]) -> None:
        """Append an event."""
        if self._file is None:
            return
        self._pending.append(_line(row))
        if time.perf_counter() - self._flushed >= SECONDS_A_FLUSH:
            self.flush()

    def flush(self, sync: bool = False) -> None:
        """Write what is pending; with ``sync`` down to the disk."""
        if self._file is None:
            return
        content, self._pending = b"".join(self._pending), []
        try:
            written = self._file.write(content) if content else 0
            if written != len(content):
                raise OSError("only a part of it was written")
            if sync:
                os.fsync(self._file.fileno())
        except OSError as error:
            self.fault = str(cannot("write", self.path, error)).replace(
                " Whatever was there before is untouched.", ""
            )
            self.close()
        self._flushed = time.perf_counter()

    def close(self) -> None:
        """Write what is pending, and let go of the file."""
        file, self._file = self._file, None
        if file is None:
            return
        if self._pending and not self.fault:
            self._file = file
            self.flush()
            self._file = None
        file.close()


def _line(row: Mapping[str, Any]) -> bytes:
    return (json.dumps(row) + "\n").encode()


def read_events(folder: str | os.PathLike[str]) -> list[dict[str, Any]]:
    """The events of a run's folder, each as it was written; none where there is no file.

    A last line that was cut short, as by a kill, is passed over; so is an epoch's that comes twice.
    Raises: ``FileError`` for events that cannot be read.
    """
    file = Path(checked(folder)) / EVENTS
    return read_event_file(file) if file.is_file() else []


def read_event_file(file: Path) -> list[dict[str, Any]]:
    """The same of a file that may have another name.

    Raises: ``FileError`` for events that cannot be read.
    """
    try:
        lines = file.read_bytes().split(b"\n")
    except OSError as error:
        raise cannot("read", file, error) from None
    rows: list[dict[str, Any]] = []
    for number, line in enumerate(lines, 1):
        row = _read(line)
        if isinstance(row, dict):
            rows.append(row)
        elif line and number < len(lines):  # what comes after the last newline is half a line
            raise FileError(
                f"{file} is damaged; expected a line of JSON an event. Train again for a new run."
            )
    return _once(rows)


def _read(line: bytes) -> Any:
    try:
        return json.loads(line)
    except (ValueError, RecursionError):
        return None


def _once(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The rows without an epoch's that was told again."""
    last = {row.get("epoch"): k for k, row in enumerate(rows) if row.get("event") == "EpochDone"}
    return [
        row
        for k, row in enumerate(rows)
        if row.get("event") != "EpochDone" or last[row.get("epoch")] == k
    ]
