"""Bad input through the command line: one paragraph, exit 2, little memory, nothing left behind."""

from __future__ import annotations

import os
import struct
import tracemalloc
import zlib
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner, Result
from PIL import Image

from pellucid.cli import main

ROWS = "".join(f"{k % 9},{k / 4},{'ab'[k % 2]}\n" for k in range(30))
MOST = 100 << 20  # bytes that Python may hold at a time


@pytest.fixture(autouse=True)
def _in_a_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def run(*words: str) -> Result:
    return CliRunner().invoke(main, list(words), prog_name="pellucid")


def refused(*words: str) -> str:
    """The one paragraph with which a command ends."""
    before = sorted(Path().rglob("*"))
    done = run(*words)
    assert done.exit_code == 2, done.output
    assert "Traceback" not in done.output
    assert done.stdout == ""
    assert sorted(Path().rglob("*")) == before
    (line,) = done.stderr.splitlines()
    assert line.startswith("Error: ")
    return line.removeprefix("Error: ")


def sparse(name: str, start: bytes, size: int = 2 << 30) -> None:
    """A file of 2 GB that takes hardly any room."""
    with Path(name).open("wb") as file:
        file.write(start)
        file.truncate(size)


def png(path: str, width: int, height: int) -> None:
    """A PNG file that says how large it is, and holds next to nothing."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return (
            struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        )

    head = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    Path(path).parent.mkdir(parents=True, exist_ok=True)
    Path(path).write_bytes(
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head)
        + chunk(b"IDAT", zlib.compress(bytes(1000))) + chunk(b"IEND", b"")
    )  # fmt: skip


def pictures(*folders: str) -> None:
    draw = np.random.default_rng(0)
    for folder in folders:
        Path(folder).mkdir(parents=True)
        for k in range(3):
            pixels = draw.integers(0, 256, (9, 9, 3)).astype(np.uint8)
            Image.fromarray(pixels).save(f"{folder}/{k}.png")


TABLES = {
    "ragged": (
        f"x,y,t\n{ROWS}1,2\n{ROWS}",
        "t.csv, line 32 has 2 cells; expected 3, as in the header. Add what is missing, or put "
        "quotes around a cell that holds a comma.",
    ),
    "too wide": (
        f"x,y,t\n{ROWS}1,2,3,4\n",
        "t.csv, line 32 has 4 cells; expected 3, as in the header. Add what is missing, or put "
        "quotes around a cell that holds a comma.",
    ),
    "double names": (
        f"x,x,t\n{ROWS}",
        "t.csv, line 1: columns 1 and 2 are both called 'x'; expected different names. Rename one.",
    ),
    "empty names": (
        f"x,,t\n{ROWS}",
        "t.csv, line 1: column 2 has no name; expected a name for each column.",
    ),
    "one class": (
        "x,y,t\n" + ROWS.replace(",b\n", ",a\n"),
        "The target of t.csv has one class only, a, in all 30 rows; expected at least two to tell "
        "apart. Add rows of another class.",
    ),
    "one row": ("x,y,t\n1,2,a\n", "t.csv has 1 row of data; expected at least 2."),
    "two rows of one class": (
        "x,y,t\n1,2,a\n3,4,a\n",
        "The target of t.csv has one class only, a, in all 2 rows; expected at least two to tell "
        "apart. Add rows of another class.",
    ),
    "empty": ("", "t.csv is empty; expected a header row and rows of data."),
    "blank": ("\n\n", "t.csv is empty; expected a header row and rows of data."),
    "header only": (
        "x,y,t\n",
        "t.csv has a header and no rows of data; expected at least one.",
    ),
    "infinity": (
        f"x,y,t\n{ROWS}inf,2,a\n",
        "t.csv, line 32, column 'x': 'inf' is not finite; expected a finite number. Fill it in, or "
        "drop the line.",
    ),
    "a NUL byte": (
        f"x,y,t\n{ROWS}1,\x002,a\n",
        "t.csv, line 32 holds a NUL byte; expected text. It may be a binary file, or have been cut "
        "off while it was written: save it as CSV in UTF-8.",
    ),
    "all missing": (
        "x,e,t\n" + "".join(f"{k % 9},?,{'ab'[k % 2]}\n" for k in range(30)),
        "The column 'e' holds no value in any training row; expected some. Drop it, or have it "
        "ignored: columns={'e': 'ignore'}, on the command line --column e=ignore.",
    ),
    "many columns": (
        ",".join(f"c{k}" for k in range(100_001)) + "\n" + "1," * 100_000 + "1\n",
        "t.csv, line 1: there are 100,001 columns; expected at most 100,000. Keep those that "
        "matter, or turn the table round if its rows are its columns.",
    ),
}


@pytest.mark.parametrize("name", TABLES)
def test_tables(name: str) -> None:
    text, message = TABLES[name]
    Path("t.csv").write_text(text)
    assert refused("train", "t.csv") == message


def test_bytes_that_are_no_text() -> None:
    Path("t.csv").write_bytes(f"x,y,t\n{ROWS}".encode() + b"\x81\x8d\x8f\x90\x9d,2,a\n")
    assert refused("train", "t.csv") == (
        "t.csv, line 32 holds the byte 0x81, which is neither UTF-8 nor windows-1252 (Western "
        "European), which the rest looks like. Save the file as CSV in UTF-8."
    )


def test_the_nearest_name_of_a_target_is_suggested() -> None:
    Path("t.csv").write_text(f"size,age,price\n{ROWS}")
    assert refused("train", "t.csv", "--target", "prize") == (
        "There is no column 'prize'. Did you mean 'price'? Known: age, price, size."
    )


LINES: dict[str, tuple[str, bytes, str]] = {
    "zeros": ("t.csv", b"", "t.csv, line 1 holds a NUL byte; expected text."),
    "letters": ("t.csv", b"x,t\n1,a\n2,b\n" + b"x" * (33 << 20), "t.csv, line 4 is longer than "),
    "one line": ("t.csv", b"x" * (33 << 20), "t.csv, line 1 is longer than 16 million bytes;"),
    "JSON": ("t.jsonl", b'{"a": "' + b"x" * (33 << 20), "t.jsonl, line 1 is longer than 16 "),
    "paths": (
        "t.csv", b"path,label\na/1.png,a\n" + b"x" * (33 << 20), "t.csv, line 3 is longer than ",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", LINES)
def test_a_line_of_two_gigabytes_is_not_read(name: str) -> None:
    file, start, message = LINES[name]
    sparse(file, start)
    del start
    tracemalloc.start()
    try:
        said = refused("train", file)
        assert tracemalloc.get_traced_memory()[1] < MOST
    finally:
        tracemalloc.stop()
    assert said.startswith(message)


@pytest.mark.parametrize("ends", ["\r", "\n", "\r\n"])
def test_long_files_of_short_lines_are_read(ends: str) -> None:
    from pellucid.data.reading.lines import check_lines

    Path("t.csv").write_bytes(("x" * 999 + ends).encode() * 40_000)
    check_lines(Path("t.csv"))
    Path("t.csv").write_bytes(("x" * 999 + ends).encode("utf-16") * 10)
    check_lines(Path("t.csv"))


def test_folders() -> None:
    pictures("flat", "one/a")
    Path("none/a").mkdir(parents=True)
    Path("none/b").mkdir()
    Path("empty").mkdir()
    assert refused("train", "one") == (
        "one has pictures of one class only, a, 3 of them; expected a folder for each of at least "
        "two classes to tell apart. Add the other."
    )
    assert refused("train", "none") == (
        "none has 2 folders (a, b) and no picture in them; expected PNG, JPEG, WebP, BMP or GIF "
        "files, their names ending so, in a folder for each class."
    )
    assert refused("train", "flat").startswith("flat has 3 pictures and no folders; expected a ")
    assert refused("train", "empty").startswith("empty is empty: it has no files and no folders;")


@pytest.mark.parametrize("command", ["train", "audit"])
def test_pixel_bombs_are_not_unpacked(command: str) -> None:
    png("d/a/1.png", 30_000, 30_000)
    png("d/b/1.png", 12_000, 12_000)
    tracemalloc.start()
    try:
        said = refused(command, "d")
        assert tracemalloc.get_traced_memory()[1] < MOST
    finally:
        tracemalloc.stop()
    assert said == (
        "None of the 2 pictures of d can be read: a/1.png has 900,000,000 pixels, and at most 100 "
        "million are unpacked; b/1.png has 12,000 x 12,000 pixels, and at most 100 million are "
        "unpacked. Check the files."
    )


def test_links_that_lead_in_a_circle() -> None:
    Path("t.csv").symlink_to("t.csv")
    assert refused("train", "t.csv") == ("t.csv cannot be read: Too many levels of symbolic links.")
    pictures("d/a", "d/b")
    Path("d/a/up").symlink_to("..")
    Path("d/c").symlink_to("c")
    done = run("audit", "d")
    assert done.exit_code == 0
    assert (
        "1 folder is a link to where pictures are read already, passed over: a/up." in done.stderr
    )


@pytest.mark.parametrize("command", ["train", "audit", "predict"])
def test_a_pipe_is_not_waited_for(command: str) -> None:
    os.mkfifo("t.csv")
    words: tuple[str, ...] = (command, "t.csv")
    if command == "predict":
        assert run("train", "iris", "--epochs", "1", "--quiet", "--out", "m").exit_code == 0
        words = (command, "m", "t.csv")
    assert refused(*words) == (
        "t.csv is not a plain file but a pipe, a device or the like; expected a sample's name, a "
        "table (.csv, .tsv, .parquet, .arrow, .feather, .jsonl, .xlsx, ...), an .npz file, or a "
        "folder of pictures or idx files. Write what comes out of it into a file first."
    )


PREDICTIONS: dict[str, tuple[str, str]] = {
    "text": (
        "x,y\nbig,2\n",
        "The column 'x' holds text in 1 row, for example 'big'; expected numbers, as the column is "
        "one of numbers. Correct the cells, or leave them empty for a missing value.",
    ),
    "missing": (
        "x,z\n1,2\n",
        "new.csv lacks 1 column that the model was fitted on: 'y' is not among 'x', 'z'. Add what "
        "is missing, or correct the header.",
    ),
    "header": ("x,y\n", "new.csv has a header and no rows of data; expected at least one."),
    "infinity": (
        "x,y\n1,-inf\n",
        "new.csv, line 2, column 'y': '-inf' is not finite; expected a finite number. Fill it in, "
        "or drop the line.",
    ),
}


def test_new_rows() -> None:
    Path("t.csv").write_text(f"x,y,t\n{ROWS}")
    assert run("train", "t.csv", "--epochs", "1", "--quiet", "--out", "m").exit_code == 0
    for text, message in PREDICTIONS.values():
        Path("new.csv").write_text(text)
        assert refused("predict", "m", "new.csv") == message
    sparse("new.csv", b"x,y\n1,2\n")
    assert refused("predict", "m", "new.csv").startswith("new.csv, line 3 holds a NUL byte;")


def test_a_run_that_is_refused_leaves_the_others() -> None:
    def keep() -> list[bytes]:
        return [file.read_bytes() for file in sorted(Path("m").rglob("*")) if file.is_file()]

    Path("t.csv").write_text(f"x,y,t\n{ROWS}")
    assert run("train", "t.csv", "--epochs", "1", "--quiet", "--out", "m").exit_code == 0
    before = keep()
    assert refused("train", "t.csv", "--out", "m").startswith(
        "m is not empty: it holds checkpoints;"
    )
    assert keep() == before
