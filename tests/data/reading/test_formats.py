"""Every format of tables gives the same table."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest

from pellucid.data import fit_inputs, read_features, read_table
from pellucid.errors import DataError, FileError

Said = Callable[[type[Exception], Callable[[], object]], str]
FRAME = pl.DataFrame(
    {
        "size": [1.5, None, 3.0, 2.5],
        "rooms": [1, 2, 3, 4],
        "town": ["Rome", "Bonn", None, "Rome"],
        "open": [True, False, True, True],
        "day": [date(2024, 1, 1), date(2024, 2, 1), None, date(2024, 3, 1)],
        "side": ["x", "y", "x", "y"],
    }
)


def stream(frame: pl.DataFrame, path: Path) -> None:
    frame.write_ipc_stream(path)


WRITERS: dict[str, Callable[[pl.DataFrame, Path], Any]] = {
    "t.csv": lambda frame, path: frame.write_csv(path),
    "t.tsv": lambda frame, path: frame.write_csv(path, separator="\t"),
    "t.parquet": lambda frame, path: frame.write_parquet(path),
    "t.arrow": lambda frame, path: frame.write_ipc(path),
    "t.feather": lambda frame, path: frame.write_ipc(path),
    "s.arrow": stream,
    "t.jsonl": lambda frame, path: frame.write_ndjson(path),
    "t.xlsx": lambda frame, path: frame.write_excel(path),
}


@pytest.mark.parametrize("name", WRITERS)
def test_each_format_gives_the_same_numbers(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    WRITERS[name](FRAME, path)
    data = read_table(path, "side")
    assert (data.name, data.target, data.feature_names) == (
        name[0], "side", ("size", "rooms", "town", "open", "day"),
    )  # fmt: skip
    assert data.y.tolist() == ["x", "y", "x", "y"]
    codec = fit_inputs(data.x)
    kinds = {row["column"]: row["kind"] for row in codec.rows()}  # type: ignore[attr-defined]
    assert kinds == {
        "size": "number", "rooms": "number", "town": "category", "open": "boolean", "day": "date",
    }  # fmt: skip
    expected = fit_inputs(FRAME.drop("side")).encode(FRAME)
    np.testing.assert_allclose(codec.encode(data.x), expected)
    np.testing.assert_allclose(codec.encode(read_features(path, [])), expected)


@pytest.mark.parametrize(
    ("name", "what"),
    [
        ("a.parquet", "Parquet"),
        ("a.arrow", "Arrow"),
        ("a.jsonl", "JSON lines"),
        ("a.xlsx", "Excel"),
    ],
)
def test_files_that_are_not_what_they_are_called(
    said: Said, tmp_path: Path, name: str, what: str
) -> None:
    path = tmp_path / name
    path.write_bytes(b"{no such thing")
    message = said(FileError, lambda: read_table(path))
    assert message.startswith(f"{path} cannot be read as {what}: ")
    assert message.endswith(". Check that it is a whole file of that kind.")
    absent = tmp_path / f"b{path.suffix}"
    assert said(FileError, lambda: read_table(absent)) == (
        f"There is no file {absent}. Check the path."
    )


def test_an_empty_table(said: Said, tmp_path: Path) -> None:
    path = tmp_path / "t.parquet"
    FRAME.clear().write_parquet(path)
    assert said(DataError, lambda: read_table(path)) == (
        f"{path} has no rows of data; expected at least one."
    )


def test_targets_of_other_types(said: Said, tmp_path: Path) -> None:
    path = tmp_path / "t.parquet"
    FRAME.write_parquet(path)
    assert read_table(path, "open").y.tolist() == ["true", "false", "true", "true"]
    assert said(DataError, lambda: read_table(path, "day")) == (
        f"{path}, column 'day' holds Date; expected classes or numbers to predict. Name another "
        "target."
    )
    assert said(DataError, lambda: read_table(path, "size")) == (
        f"{path}, row 2, column 'size': the value is missing; expected a number. Fill it in, or "
        "drop the line."
    )


def test_a_workbook_without_its_reader(
    said: Said, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import sys

    monkeypatch.setitem(sys.modules, "fastexcel", None)
    path = tmp_path / "t.xlsx"
    path.write_bytes(b"")
    assert said(FileError, lambda: read_table(path)) == (
        f"{path} is a workbook, and the package that reads these is not installed. Install it "
        "with: pip install 'pellucid[tables]'. Or save the sheet as CSV."
    )
