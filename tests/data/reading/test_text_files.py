"""Text files of rows: what separates, quotes and encodes them, and which numbers they hold."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pellucid.data.reading.delimited import read_text
from pellucid.data.reading.formats import open_table
from pellucid.errors import FileError, PellucidError

Said = Callable[[type[Exception], Callable[[], object]], str]
quick = settings(
    max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "t.csv"


@pytest.mark.parametrize("separator", [",", ";", "\t", "|", ":", " ", "^", "~"])
def test_any_separator_is_found(path: Path, separator: str) -> None:
    lines = [["name", "size", "side"], ["a", "1.5", "x"], ["b", "2", "y"]]
    path.write_text("".join(separator.join(line) + "\n" for line in lines))
    read = read_text(path)
    assert read.dialect.separator == separator
    assert [list(row) for row in read.frame.rows()] == lines[1:]


@pytest.mark.parametrize(
    ("text", "rows"),
    [
        ("a,b\n1,2\n", [("1", "2")]),
        ("a,b\r\n1,2\r\n", [("1", "2")]),
        ("a,b\r1,2\r", [("1", "2")]),
        ("a,b\n1,2", [("1", "2")]),
        ("\n\na,b\n\n1,2\n\n\n3,4\n \n", [("1", "2"), ("3", "4")]),
        ('a,b\n1,"x, y"\n', [("1", "x, y")]),
        ('a,b\n1,"x\ny"\n2,"q""z"\n', [("1", "x\ny"), ("2", 'q"z')]),
        ('a,b\n1, "x, y"\n2, "z"\n', [("1", "x, y"), ("2", "z")]),
        ("a;b\n1;'x; y'\n2;'z'\n", [("1", "x; y"), ("2", "z")]),
        ('a,b\n1,5" pipe\n2,z\n', [("1", '5" pipe'), ("2", "z")]),
        ('"a, c",b\n1,2\n', [("1", "2")]),
        ("a,b\n,\n1,2\n", [(None, None), ("1", "2")]),
        ("time;value\n10:30:00;1,5\n11:30:00;2,5\n", [("10:30:00", "1,5"), ("11:30:00", "2,5")]),
    ],
)
def test_lines_and_quotes(path: Path, text: str, rows: list[tuple[str, str]]) -> None:
    path.write_text(text, newline="")
    assert read_text(path).frame.rows() == rows


cells = st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=6) | st.sampled_from(
    ["", '"', "a,b", "x;y", "line\nend", "'q'", "1.5", " "]
)


@given(
    rows=st.lists(st.tuples(cells, cells, cells), min_size=1, max_size=6),
    separator=st.sampled_from(",;\t|"),
    end=st.sampled_from(["\n", "\r\n"]),
)
@quick
def test_what_csv_writes_is_read_as_it_was(
    path: Path, rows: list[tuple[str, ...]], separator: str, end: str
) -> None:
    text = io.StringIO()
    writer = csv.writer(text, delimiter=separator, lineterminator=end, quoting=csv.QUOTE_ALL)
    writer.writerow(["first", "second", "third"])
    writer.writerows(rows)
    path.write_text(text.getvalue(), encoding="utf-8", newline="")
    read = read_text(path)
    assert read.dialect.separator == separator
    found = [tuple(cell or "" for cell in row) for row in read.frame.rows()]
    assert found == [tuple(row) for row in rows]


@pytest.mark.parametrize(
    ("codec", "name"),
    [
        ("utf-8", "UTF-8"),
        ("utf-8-sig", "UTF-8"),
        ("utf-16", "UTF-16"),
        ("utf-16-le", "UTF-16"),
        ("utf-16-be", "UTF-16"),
        ("utf-32", "UTF-32"),
        ("cp1252", "windows-1252 (Western European)"),
    ],
)
def test_encodings_of_western_text(path: Path, codec: str, name: str) -> None:
    rows = "".join(f"{k},Größe é {k}\n" for k in range(5))
    path.write_bytes(("nr,größe\n" + rows).encode(codec))
    read = read_text(path)
    assert read.encoding == name
    assert read.header == ("nr", "größe")
    assert read.frame.rows()[4] == ("4", "Größe é 4")


@pytest.mark.parametrize(
    ("codec", "text"),
    [
        ("cp1251", "Москва и Московская область"),
        ("cp932", "東京都の中心にある古い家"),
        ("cp1253", "Η Αθήνα είναι η πρωτεύουσα"),  # noqa: RUF001
    ],
)
def test_encodings_of_other_text(path: Path, codec: str, text: str) -> None:
    path.write_bytes(("nr,town\n" + f"1,{text}\n" * 20).encode(codec))
    assert read_text(path).frame["town"][7] == text


def test_lines_are_those_of_the_file(path: Path) -> None:
    path.write_text('\na,b\n1,"x\ny"\n\n2,z\n3,w\n')
    read = read_text(path)
    assert [read.line(row) for row in range(3)] == [3, 6, 7]


@pytest.mark.parametrize(
    ("column", "numbers", "note"),
    [
        (["1", "2.5", "-3e2"], [1, 2.5, -300], ""),
        ([" 1", "+2 ", "?", "NA", ""], [1, 2, None, None, None], ""),
        (["1,5", "2", "-0,25"], [1.5, 2, -0.25], "; decimal comma in b"),
        (["1.234,5", "1.500"], [1234.5, 1500], "; decimal comma in b"),
        (["1,234", "22", "1,234,567.5"], [1234, 22, 1234567.5], "; commas for thousands in b"),
        (["1,23", "4,5"], [1.23, 4.5], "; decimal comma in b"),
    ],
)
@pytest.mark.parametrize("separator", [",", ";"])
def test_numbers_in_their_many_forms(
    path: Path, column: list[str], numbers: list[float | None], note: str, separator: str
) -> None:
    if separator == ";" and "thousands" in note:
        numbers, note = [], ""  # with semicolons between cells, 1,234 alone is a decimal comma
    text = io.StringIO()
    csv.writer(text, delimiter=separator, lineterminator="\n").writerows(
        [["a", "b"], *(["x", cell] for cell in column)]
    )
    path.write_text(text.getvalue())
    opened = open_table(path)
    if numbers:
        assert opened.frame["b"].to_list() == numbers
    else:
        assert opened.frame["b"].to_list() == column
    word = {",": "commas", ";": "semicolons"}[separator]
    assert opened.notes == f"text in UTF-8, separated by {word}{note}"


@pytest.mark.parametrize("cells", [["01067", "10115"], ["1", "x"], ["1_0", "2"], ["?", ""]])
def test_what_stays_text(path: Path, cells: list[str]) -> None:
    path.write_text("a,b\n" + "".join(f"1,{cell}\n" for cell in cells))
    assert open_table(path).frame["b"].to_list() == [cell or None for cell in cells]


def test_numbers_may_be_kept_as_text(path: Path) -> None:
    path.write_text("a,b\n1,2\n")
    assert open_table(path, as_text=["b"]).frame.rows() == [(1.0, "2")]
    assert open_table(path, columns=["b"]).frame.rows() == [(2.0,)]


def test_lines_beyond_all_bounds(said: Said, path: Path) -> None:
    path.write_bytes(b"a,b\n1,2\n3," + b"x" * 17_000_000 + b"\n")
    assert said(FileError, lambda: read_text(path)) == (
        f"{path}, line 3 is longer than 16 million bytes; expected rows of cells. It may be no "
        "table, or a quote may never be closed: check that line."
    )
    path.write_bytes(b"x" * 17_000_000)
    assert said(FileError, lambda: read_text(path)).startswith(f"{path}, line 1 is longer than")
    path.write_text('a,b\n1,"x\n' + "y\n" * 100_000)
    assert said(FileError, lambda: read_text(path)) == (
        f"{path}, line 2 is not CSV: a cell is too long, as if a quote were never closed. Check "
        "the quotes around its cells."
    )


def test_too_many_columns(said: Said, path: Path) -> None:
    names = ",".join(f"c{k}" for k in range(100_001))
    path.write_text(f"{names}\n{','.join('1' * 100_001)}\n")
    assert said(FileError, lambda: read_text(path)) == (
        f"{path}, line 1: there are 100,001 columns; expected at most 100,000. Keep those that "
        "matter, or turn the table round if its rows are its columns."
    )


@given(noise=st.binary(max_size=60))
@quick
def test_noise_is_read_or_refused_and_nothing_else(path: Path, noise: bytes) -> None:
    path.write_bytes(noise)
    try:
        read = read_text(path)
    except PellucidError as error:
        message = str(error)
    else:
        message = str(path) * read.frame.height
    assert message.startswith(str(path))


def test_ragged_rows_behind_the_first_block(said: Said, path: Path) -> None:
    rows = np.full(60_000, "1,2\n").tolist()
    path.write_text("a,b\n" + "".join(rows) + "1,2,3\n" + "".join(rows))
    assert said(FileError, lambda: read_text(path)) == (
        f"{path}, line 60002 has 3 cells; expected 2, as in the header. Add what is missing, or "
        "put quotes around a cell that holds a comma."
    )
