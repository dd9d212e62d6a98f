"""A run's folder: its record, model and report, each written whole.

Beside them are the events (``event_log``) and the states on the way (``checkpoints``).
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pellucid.dataclass import dataclass
from pellucid.errors import FileError
from pellucid.io.files import cannot, checked, write_whole

MODEL, RECORD, EVENTS = "model.safetensors", "run.json", "events.jsonl"
PAGE, TEXT = "report.html", "report.md"
PARENT = "runs"
EMPTY: Mapping[str, Any] = {}


@dataclass(frozen=True)
class RunFolder:
    """The folder of one run."""

    path: Path
    made: tuple[Path, ...] = ()

    @classmethod
    def claim(cls, path: str | os.PathLike[str], record: Mapping[str, Any] = EMPTY) -> RunFolder:
        """Make the folder, or take an empty one, and write what is known of the run into it.

        Raises: ``FileError`` for a folder with something in it, or one that cannot be written.
        """
        folder = Path(checked(path))
        made = _absent(folder)
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise cannot("write", folder, error) from None
        if not made:
            _check_empty(folder)
        return cls(folder, made)._tried(record)

    @classmethod
    def claim_next(
        cls, name: str, parent: str | os.PathLike[str] = PARENT,
        record: Mapping[str, Any] = EMPTY,
    ) -> RunFolder:  # fmt: skip
        """Claim ``parent/NAME-1``, or the first number after it that is free."""
        above = Path(parent)
        made = _absent(above)
        number = 1
        while True:
            folder = above / f"{name}-{number}"
            try:
                above.mkdir(parents=True, exist_ok=True)
                folder.mkdir()
            except FileExistsError:
                if not above.is_dir():
                    raise FileError(f"{above} is a file. Remove it, or name a folder.") from None
                number += 1
            except OSError as error:
                raise cannot("write", folder, error) from None
            else:
                return cls(folder, (folder, *made))._tried(record)

    @property
    def model(self) -> Path:
        """Where the model goes."""
        return self.path / MODEL

    @property
    def events(self) -> Path:
        """Where the events go."""
        return self.path / EVENTS

    @property
    def page(self) -> Path:
        """Where the report goes."""
        return self.path / PAGE

    @property
    def text(self) -> Path:
        """Where the report as Markdown goes."""
        return self.path / TEXT

    def write_record(self, record: Mapping[str, Any]) -> None:
        """Write ``run.json``: what was asked for, and what came of it. JSON values only."""
        self._write(RECORD, json.dumps(record, indent=2, allow_nan=False) + "\n")

    def release(self) -> None:
        """Give the folder back as it was before ``claim``."""
        try:
            for name in (RECORD, EVENTS):
                (self.path / name).unlink(missing_ok=True)
            for folder in self.made:
                folder.rmdir()
        except OSError:
            pass  # someone put a file there meanwhile: it stays

    def _tried(self, record: Mapping[str, Any]) -> RunFolder:
        try:
            self.write_record(record)
        except FileError:
            self.release()
            raise
        return self

    def _write(self, name: str, text: str) -> None:
        write_whole(self.path / name, text.encode("utf-8"))


def model_path(path: str | os.PathLike[str]) -> Path:
    """The model file that a path means: itself, or the model of a run's folder.

    Raises: ``FileError`` for a folder without a model.
    """
    given = Path(checked(path))
    if not given.is_dir():
        return given
    if not (given / MODEL).is_file() and (given / RECORD).is_file():
        raise FileError(
            f"{given} is the folder of a run that was broken off before its model was written. Go "
            f"on with it first: `pellucid resume {given}`."
        )
    if not (given / MODEL).is_file():
        raise FileError(
            f"{given} is a folder without a {MODEL}; expected a model file, or the folder of a "
            "run. Check the path."
        )
    return given / MODEL


def _absent(folder: Path) -> tuple[Path, ...]:
    """The folder and those above it that are not there yet, the innermost first."""
    return tuple(place for place in (folder, *folder.parents) if not os.path.lexists(place))


def _check_empty(folder: Path) -> None:
    try:
        first = next(iter(sorted(folder.iterdir())), None)
    except OSError as error:
        raise cannot("read", folder, error) from None
    if first is not None:
        raise FileError(
            f"{folder} is not empty: it holds {first.name}; expected a new or empty folder for the "
            "run, since nothing is written over. Give another name, or remove it first."
        )
