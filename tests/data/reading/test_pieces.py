"""Tables in pieces: together they are the table; names of columns from the beginning alone."""

from __future__ import annotations

import random
from pathlib import Path

import polars as pl
import pytest

from pellucid.data.reading.formats import open_table
from pellucid.data.reading.pieces import column_names, open_pieces, raw_frame
from pellucid.errors import FileError
from tests.data.conftest import Said


@pytest.mark.parametrize("seed", range(5))
def test_pieces_together_are_the_file(tmp_path: Path, seed: int) -> None:
    draw = random.Random(seed)

    def cell() -> str:
        return "x" + "".join(draw.choices('ab1.,;"\né', k=draw.randrange(6)))

    path = tmp_path / "table.csv"
    rows = [(cell(), cell()) for _ in range(200)]
    pl.DataFrame(rows, schema=["first", "second"], orient="row").write_csv(
        path, quote_style="always"
    )
    whole = open_table(path)
    assert whole.text is not None
    parts = list(open_pieces(path, large=draw.randrange(100, 1000)))
    assert len(parts) > 3
    assert pl.concat([raw_frame(part) for part in parts]).equals(whole.text.frame)
    assert whole.text.frame.rows() == rows


@pytest.mark.parametrize("codec", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
def test_any_encoding_and_lines_of_windows(tmp_path: Path, codec: str) -> None:
    path = tmp_path / "table.csv"
    text = "name;größe\r\n" + "".join(f"Ä{k}, ü;{k},5\r\n" for k in range(200))
    path.write_bytes(text.encode(codec))
    parts = list(open_pieces(path, large=400))
    assert len(parts) > 3
    found = pl.concat([part.frame for part in parts])
    assert found.equals(open_table(path).frame)
    assert found["größe"].to_list() == [k + 0.5 for k in range(200)]
    assert column_names(path) == ["name", "größe"]


def test_a_decimal_comma_of_the_first_piece_is_one_of_all(tmp_path: Path) -> None:
    path = tmp_path / "table.csv"
    path.write_text("a;b\n" + "1,5;x\n" * 50 + "1.234;x\n" * 50)
    found = pl.concat([part.frame for part in open_pieces(path, large=100)])
    assert found["a"].to_list() == [1.5] * 50 + [1234.0] * 50


def test_bytes_that_are_no_text_further_on_are_told(tmp_path: Path, said: Said) -> None:
    path = tmp_path / "table.csv"
    path.write_bytes(b"a,b\n" + b"1,2\n" * 100 + b"\xff\xfe,1\n")
    assert said(FileError, lambda: list(open_pieces(path, large=100))) == (
        f"{path} holds bytes beyond the first 400 that are not utf-8, which its beginning is. Save "
        "the file as CSV in UTF-8."
    )
    path.write_bytes(b"a,b\n" + b"1,2\n" * 100 + b"\0,1\n")
    assert "line 102 holds a NUL byte" in said(
        FileError, lambda: list(open_pieces(path, large=100))
    )


def test_names_of_columns_are_read_from_the_beginning(tmp_path: Path) -> None:
    frame = pl.DataFrame({"frei ab": [1, 2], "b": ["x", "y"]})
    frame.write_parquet(tmp_path / "t.parquet")
    frame.write_ndjson(tmp_path / "t.jsonl")
    assert column_names(tmp_path / "t.parquet") == ["frei ab", "b"]
    assert column_names(tmp_path / "t.jsonl") == ["frei ab", "b"]
    path = tmp_path / "t.csv"
    path.write_bytes(b"frei ab,b\n" + b"1,2\n" * 100_000 + b"broken")
    assert column_names(path) == ["frei ab", "b"]
