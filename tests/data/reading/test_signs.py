"""Files that are no text, whatever they are called, are named by their first bytes."""

from __future__ import annotations

import gzip
import io
import zipfile
from pathlib import Path

import pytest
from PIL import Image

from pellucid.data.reading.formats import open_table
from pellucid.data.reading.pieces import column_names
from pellucid.errors import FileError

PICTURE = "Choose a table: CSV or another of text, Parquet, Arrow, Excel."


def drawn(form: str) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (5, 4), (200, 30, 40)).save(out, form)
    return out.getvalue()


def packed() -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("t.csv", "a,b\n1,2\n")
    return out.getvalue()


@pytest.mark.parametrize(
    ("content", "what", "remedy"),
    [
        (drawn("PNG"), "a PNG picture", PICTURE),
        (drawn("JPEG"), "a JPEG picture", PICTURE),
        (drawn("GIF"), "a GIF picture", PICTURE),
        (b"%PDF-1.7\n1 0 obj\n", "a PDF document", PICTURE),
        (
            packed(), "a zip archive, as workbooks of Excel (.xlsx) are",
            "Unpack it, or, where it is a workbook, give its name the ending .xlsx.",
        ),
        (gzip.compress(b"a,b\n1,2\n"), "packed with gzip", "Unpack it first."),
    ],
)  # fmt: skip
@pytest.mark.parametrize("read", [open_table, column_names])
def test_what_it_is(tmp_path: Path, read: object, content: bytes, what: str, remedy: str) -> None:
    assert callable(read)
    path = tmp_path / "t.csv"
    path.write_bytes(content)
    with pytest.raises(FileError) as caught:
        read(path)
    said = f"{path} is {what} by its first bytes, and no text, whatever it is called. {remedy}"
    assert str(caught.value) == said


def test_text_that_begins_like_one_is_read(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_bytes(b"PK,%PDF\n1,2\n3,4\n")
    assert open_table(path).frame.columns == ["PK", "%PDF"]
