"""What a file is that begins as no text does: a picture, a workbook or an archive, misnamed."""

from __future__ import annotations

from pathlib import Path

from pellucid.errors import FileError

PICTURE = "Choose a table: CSV or another of text, Parquet, Arrow, Excel."
SIGNS = (
    (b"\x89PNG\r\n\x1a\n", "a PNG picture", PICTURE),
    (b"\xff\xd8\xff", "a JPEG picture", PICTURE),
    (b"GIF87a", "a GIF picture", PICTURE),
    (b"GIF89a", "a GIF picture", PICTURE),
    (b"%PDF-", "a PDF document", PICTURE),
    (b"PK\x03\x04", "a zip archive, as workbooks of Excel (.xlsx) are", "Unpack it, or, where it "
     "is a workbook, give its name the ending .xlsx."),
    (b"\x1f\x8b", "packed with gzip", "Unpack it first."),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "a document of Microsoft Office", "Where it is a "
     "workbook, give its name the ending .xls."),
    (b"PAR1", "a Parquet file", "Give its name the ending .parquet."),
    (b"ARROW1\0\0", "an Arrow file", "Give its name the ending .arrow."),
)  # fmt: skip
"""The first bytes of kinds of files that are no text, what they are called, and what to do."""


def check_sign(path: Path, start: bytes) -> None:
    """Raise ``FileError`` where a file begins as one of another kind does."""
    for sign, what, remedy in SIGNS:
        if start.startswith(sign):
            raise FileError(
                f"{path} is {what} by its first bytes, and no text, whatever it is called. {remedy}"
            )
