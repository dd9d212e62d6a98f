"""Writing files whole: a reader sees the old file or the new one, never half of one."""

from __future__ import annotations

import contextlib
import os
import secrets
from collections.abc import Iterator
from pathlib import Path

from pellucid.errors import FileError


def write_whole(path: str | os.PathLike[str], content: bytes) -> None:
    """Write a file so that it is there in full or not at all.

    The bytes go to a new file in the same folder, are forced to the disk, and the new file then
    takes the name of the old one, with its permissions. A link is followed. Whatever goes wrong,
    the old file is as it was and nothing new is left behind.
    Raises: ``FileError`` for a folder that is not there or not writable, a full disk, and the like.
    """
    with replacing(path) as temporary:
        _write(temporary, content)


@contextlib.contextmanager
def replacing(path: str | os.PathLike[str]) -> Iterator[Path]:
    """Give the name of a file to write piece by piece; at the end it takes the place of ``path``.

    What ``write_whole`` says of the old file and of errors is so here too; an error within leaves
    nothing behind.
    """
    target = Path(os.path.realpath(checked(path)))
    temporary = target.with_name(f".{target.name[:60]}.{secrets.token_hex(8)}.part")
    try:
        _check_place(path, target)
        yield temporary
        _sync(temporary)
        if target.exists():
            temporary.chmod(target.stat().st_mode & 0o777)
        temporary.replace(target)
        _sync_folder(target.parent)
    except OSError as error:
        raise cannot("write", path, error) from None
    finally:
        with contextlib.suppress(OSError):
            temporary.unlink(missing_ok=True)


def _check_place(path: str | os.PathLike[str], target: Path) -> None:
    if target.is_dir():
        raise FileError(f"{path} is a folder. Give the name of a file in it.")
    if target.exists() and not target.is_file():
        raise FileError(f"{path} is a device or a pipe. Give the name of an ordinary file.")
    if not target.parent.is_dir():
        raise FileError(f"The folder {target.parent} is not there. Make it first.")


def checked(path: str | os.PathLike[str]) -> str:
    """The path as text; an error for one that no system takes."""
    text = os.fspath(path)
    if "\0" in text:
        raise FileError(f"{text!r} is no name of a file: it holds a zero character.")
    return text


def cannot(do: str, path: str | os.PathLike[str], error: OSError) -> FileError:
    """Word the error of the operating system for a file that cannot be read or written."""
    reason = error.strerror or str(error)
    left = " Whatever was there before is untouched." if do == "write" else ""
    return FileError(f"Cannot {do} {os.fspath(path)}: {reason[:1].lower()}{reason[1:]}.{left}")


def _write(path: Path, content: bytes) -> None:
    with path.open("xb") as file:
        file.write(content)


def _sync(path: Path) -> None:
    """Force what was written to the disk."""
    with path.open("r+b") as file:
        os.fsync(file.fileno())


def _sync_folder(folder: Path) -> None:
    """Force the new name to the disk, where folders can be opened; the file itself is safe."""
    with contextlib.suppress(OSError):
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
