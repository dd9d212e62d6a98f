"""What a command says, and where: results on stdout, all else on stderr, JSON as the last line."""

from __future__ import annotations

import json
import os
import shutil
import sys
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from textwrap import fill
from typing import Any, TextIO

import click

from pellucid.errors import DataWarning, FileError
from pellucid.plain import plain

WIDEST = 100


class _Ending(click.ClickException):
    """An error that ends the command, wrapped where a terminal shows it."""

    def show(self, file: Any = None) -> None:
        """Write the message to stderr."""
        say(wrapped(f"Error: {self.format_message()}", file or sys.stderr), file or sys.stderr)


class Failed(_Ending):
    """The run failed: exit 1."""

    exit_code = 1


class WrongInput(_Ending):
    """The input is wrong: exit 2."""

    exit_code = 2


def say(text: str = "", stream: TextIO | None = None) -> None:
    """Write a line to stdout, or another stream.

    Characters that the terminal does not know are replaced. A reader that has gone (``| head``) is
    no fault: from then on nothing is written, and the command does the rest of its work.
    """
    stream = stream or sys.stdout
    encoding = stream.encoding or "utf-8"
    try:
        text.encode(encoding)
    except UnicodeEncodeError:
        from pellucid.figures.terminal import to_encoding

        text = to_encoding(text, encoding)
    try:
        stream.write(f"{text}\n")
        stream.flush()
    except BrokenPipeError:
        _to_nowhere(stream)
    except OSError as error:
        _to_nowhere(stream)
        raise Failed(f"Cannot write the results: {error.strerror or error}.") from None


def _to_nowhere(stream: TextIO) -> None:
    """Let what is still in the stream's buffer, and what comes, go where nobody reads."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, stream.fileno())
    os.close(nowhere)


def warn(text: str) -> None:
    """Write a line to stderr; commands, which are indented, are not wrapped."""
    say(text if text.startswith(" ") else wrapped(text, sys.stderr), sys.stderr)


def wrapped(text: str, stream: TextIO) -> str:
    """The text in lines as long as the terminal is wide; as it is where there is no terminal."""
    if not stream.isatty():
        return text
    return "\n".join(
        fill(line, width(), break_long_words=False, break_on_hyphens=False)
        for line in text.split("\n")
    )


def check_out(path: str) -> None:
    """See that a file can be written, before any work is done.

    Raises: ``WrongInput`` for a folder, a file in a folder that is not there, or one that may not
        be written.
    """
    try:
        is_folder, above = Path(path).is_dir(), Path(path).absolute().parent
        there = above.is_dir()
    except ValueError:  # a NUL in the name
        raise WrongInput(f"{path!r} is no name of a file. Give another name.") from None
    if is_folder:
        raise WrongInput(f"{path or repr(path)} is a folder; expected a file. Give its name.")
    if not there:
        raise WrongInput(f"The folder of {path} is not there. Make it first.")
    if not os.access(above, os.W_OK):
        raise WrongInput(f"{path} cannot be written: its folder is read-only. Choose another.")


def say_json(record: dict[str, Any]) -> None:
    """Write a record as one line of JSON to stdout; numbers that are not finite become null."""
    say(to_json(record))


def to_json(record: Any, indent: int | None = None) -> str:
    """A record as strict JSON text."""
    return json.dumps(plain(record), allow_nan=False, indent=indent)


def width() -> int:
    """The columns to write in: those of the terminal, at most 100; 80 where there is none."""
    return min(shutil.get_terminal_size((80, 24)).columns, WIDEST)


def has_colors(stream: TextIO) -> bool:
    """Whether a stream is a terminal that shows colours, and nobody asked for none (NO_COLOR)."""
    wanted = not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"
    encoded = (stream.encoding or "").lower().replace("-", "")
    return wanted and stream.isatty() and encoded == "utf8"


@contextmanager
def new_things(say_it: Callable[[str], None]) -> Iterator[None]:
    """Within it, warnings of rows that hold what training did not show are said so, each once."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always", DataWarning)
        yield
    for message in dict.fromkeys(
        str(warning.message) for warning in caught if issubclass(warning.category, DataWarning)
    ):
        say_it(message)


class NewThingsInPieces:
    """As ``new_things``, for data that come in pieces: all are counted together."""

    def __init__(self) -> None:
        from pellucid.data.columns.base import Notes

        self.notes = Notes()
        self.others: dict[str, None] = {}

    @contextmanager
    def piece(self) -> Iterator[None]:
        """Within it, one piece is read; the same warning twice is one."""
        from pellucid.data.columns.base import NewThings

        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always", DataWarning)
            yield
        found = {str(w.message): w.message for w in caught if issubclass(w.category, DataWarning)}
        for text, warning in found.items():
            if isinstance(warning, NewThings):
                self.notes.take(warning.notes)
            else:
                self.others[text] = None

    def messages(self) -> list[str]:
        """What is to be said of all pieces."""
        return [*self.others, *([self.notes.text()] if self.notes.counts else [])]


@contextmanager
def writing() -> Iterator[None]:
    """Within it, a file that cannot be written is a failed run, not a wrong input."""
    try:
        yield
    except FileError as error:
        raise Failed(str(error)) from None
