"""Files are written whole or not at all."""

from __future__ import annotations

import errno
import os
import stat
from pathlib import Path
from typing import Any

import pytest

from pellucid.errors import FileError
from pellucid.io import write_whole


def entries(folder: Path) -> list[str]:
    return sorted(entry.name for entry in folder.iterdir())


def test_a_file_is_written_and_replaced(tmp_path: Path) -> None:
    path = tmp_path / "model"
    write_whole(path, b"one")
    write_whole(str(path), b"two")
    assert path.read_bytes() == b"two"
    assert entries(tmp_path) == ["model"]


@pytest.mark.parametrize("failing", ["write", "fsync", "replace"])
@pytest.mark.parametrize(
    ("number", "reason"),
    [(errno.ENOSPC, "no space left on device"), (errno.EIO, "input/output error")],
)
def test_a_failure_leaves_the_old_file_and_nothing_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, failing: str, number: int, reason: str
) -> None:
    path = tmp_path / "model"
    path.write_bytes(b"old")

    def fail(*_: Any) -> None:
        raise OSError(number, os.strerror(number))

    if failing == "write":

        def half(path: Path, content: bytes) -> None:
            path.write_bytes(content[: len(content) // 2])
            fail()

        monkeypatch.setattr("pellucid.io.files._write", half)
    elif failing == "fsync":
        monkeypatch.setattr(os, "fsync", fail)
    else:
        monkeypatch.setattr(Path, "replace", fail)
    with pytest.raises(FileError) as caught:
        write_whole(path, b"new and longer")
    assert str(caught.value) == (
        f"Cannot write {path}: {reason}. Whatever was there before is untouched."
    )
    assert path.read_bytes() == b"old"
    assert entries(tmp_path) == ["model"]


def test_an_interrupt_leaves_nothing_behind(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupt(*_: Any) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(os, "fsync", interrupt)
    with pytest.raises(KeyboardInterrupt):
        write_whole(tmp_path / "model", b"new")
    assert entries(tmp_path) == []


def test_a_folder_that_cannot_be_written_to(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(self: Path, mode: str) -> None:
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), str(self))

    monkeypatch.setattr(Path, "open", refuse)  # a mode of the folder would not stop the superuser
    path = tmp_path / "model"
    with pytest.raises(FileError) as caught:
        write_whole(path, b"new")
    assert str(caught.value) == (
        f"Cannot write {path}: permission denied. Whatever was there before is untouched."
    )


def test_a_full_device_is_told(tmp_path: Path) -> None:
    if not Path("/dev/full").exists():
        pytest.skip("this system has no device that is always full")
    with pytest.raises(FileError, match=r"^/dev/full is a device or a pipe\."):
        write_whole("/dev/full", b"new")
    assert stat.S_ISCHR(Path("/dev/full").stat().st_mode)


def test_what_is_no_place_for_a_file(tmp_path: Path) -> None:
    cases = {
        tmp_path: f"{tmp_path} is a folder. Give the name of a file in it.",
        tmp_path / "no" / "model": f"The folder {tmp_path / 'no'} is not there. Make it first.",
        tmp_path / "a\0b": f"{str(tmp_path) + '/a' + chr(0) + 'b'!r} is no name of a file: "
        "it holds a zero character.",
    }
    for path, message in cases.items():
        with pytest.raises(FileError) as caught:
            write_whole(path, b"new")
        assert str(caught.value) == message


def test_a_name_as_long_as_the_system_allows(tmp_path: Path) -> None:
    path = tmp_path / ("m" * 255)
    write_whole(path, b"new")
    assert path.read_bytes() == b"new"
    with pytest.raises(FileError, match=r"file name too long\."):
        write_whole(tmp_path / ("m" * 300), b"new")


@pytest.mark.skipif(os.name != "posix", reason="permissions and links as POSIX has them")
def test_permissions_and_links_are_kept(tmp_path: Path) -> None:
    path, link = tmp_path / "model", tmp_path / "link"
    path.write_bytes(b"old")
    path.chmod(0o640)
    link.symlink_to(path)
    write_whole(link, b"new")
    assert link.is_symlink()
    assert path.read_bytes() == b"new"
    assert stat.S_IMODE(path.stat().st_mode) == 0o640
    fresh = tmp_path / "fresh"
    write_whole(fresh, b"new")
    plain = tmp_path / "plain"
    plain.write_bytes(b"")
    assert stat.S_IMODE(fresh.stat().st_mode) == stat.S_IMODE(plain.stat().st_mode)
