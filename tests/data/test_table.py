"""CSV files: what is read, by which rule, and what is said with line and column."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pellucid.data import read_features, read_table
from pellucid.errors import DataError, FileError, UnknownNameError
from tests.data.conftest import complaint

Said = Callable[[type[Exception], Callable[[], object]], str]
FLOWERS = "length,width,species\n5.1,3.5,setosa\n7.0,3.2,versicolor\n6.3,3.3,setosa\n"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "t.csv"


def test_a_table_with_classes(path: Path) -> None:
    path.write_text(FLOWERS)
    data = read_table(path)
    assert repr(data) == "<Dataset t: 3 rows of 2 features, 2 classes (setosa, versicolor)>"
    assert data.x.to_numpy().tolist() == [[5.1, 3.5], [7.0, 3.2], [6.3, 3.3]]
    assert data.y.tolist() == ["setosa", "versicolor", "setosa"]
    assert data.feature_names == ("length", "width") and data.source == str(path)


def test_the_target_may_be_any_column(path: Path) -> None:
    path.write_text("species,length,width\na,1,2\nb,3,4\n")
    data = read_table(path, target="species")
    assert data.x.to_numpy().tolist() == [[1, 2], [3, 4]] and data.y.tolist() == ["a", "b"]
    assert data.feature_names == ("length", "width")


@pytest.mark.parametrize(
    ("cells", "kind", "dtype"),
    [
        (["0", "1", "1"], "classes", "int64"),
        (["0.0", "1.0", "1.0"], "classes", "int64"),
        (["0.5", "1", "1"], "numbers", "float64"),
        ([str(k) for k in range(20)], "classes", "int64"),
        ([str(k) for k in range(21)], "numbers", "float64"),
        (["yes", "no", "1"], "classes", "<U3"),
        (["fin", "inf"], "classes", "<U3"),
        (["1e300", "-1e300"], "numbers", "float64"),
    ],
)
def test_the_rule_for_the_target(path: Path, cells: list[str], kind: str, dtype: str) -> None:
    path.write_text("a,b\n" + "".join(f"1,{cell}\n" for cell in cells))
    data = read_table(path)
    assert data.kind == kind and data.y.dtype == dtype
    assert (data.class_names is None) == (kind == "numbers")


def test_the_rule_can_be_overridden(path: Path) -> None:
    path.write_text("a,b\n1,0\n2,1\n")
    assert read_table(path, kind="numbers").y.dtype == np.float64
    path.write_text("a,b\n1,0.5\n2,1.5\n")
    data = read_table(path, kind="classes")
    assert data.y.tolist() == ["0.5", "1.5"] and data.class_names == ("0.5", "1.5")


def test_a_header_may_hold_some_numbers(path: Path) -> None:
    path.write_text("400.5,401.0,label\n1,2,x\n3,4,y\n")
    assert read_table(path).feature_names == ("400.5", "401.0")


def test_marks_blank_lines_quotes_and_spaces(path: Path) -> None:
    path.write_bytes(b'\xef\xbb\xbf"a, b",c\r\n 1 , x \r\n\r\n2,"y, ""z"""\r\n\r\n')
    data = read_table(path)
    assert data.feature_names == ("a, b",) and data.x.to_numpy().tolist() == [[1], [2]]
    assert data.y.tolist() == ["x", 'y, "z"']


def test_a_table_that_pandas_wrote(said: Said, path: Path) -> None:
    frame = pd.DataFrame(np.arange(12.0).reshape(4, 3) / 7)
    frame.to_csv(path, index=False)  # its columns are called 0, 1, 2
    assert said(FileError, lambda: read_table(path)) == (
        f"{path}, line 1 holds numbers only (0, 1, 2) (pandas counts columns so where they have "
        "no names); expected a header row with the names of the columns. Add one."
    )
    frame.add_prefix("x").to_csv(path, index=False)
    data = read_table(path)
    assert np.array_equal(np.column_stack([data.x, data.y]), frame.to_numpy())


quick = settings(max_examples=50, suppress_health_check=[HealthCheck.function_scoped_fixture])
cell = st.floats(allow_nan=False, allow_infinity=False)
word = st.text(st.characters(exclude_categories=["Cs", "Cc", "Z"]), min_size=1, max_size=8)


@given(rows=st.lists(st.tuples(cell, cell, word), min_size=2, max_size=8))
@quick
def test_every_number_and_word_comes_back(path: Path, rows: list[tuple[float, float, str]]) -> None:
    words = [f"w{word}" for _, _, word in rows]
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(["a", "b", "c"])
    writer.writerows([a, b, word] for (a, b, _), word in zip(rows, words, strict=True))
    path.write_text(text.getvalue(), encoding="utf-8", newline="")
    data = read_table(path)
    assert data.x.to_numpy().tolist() == [[a, b] for a, b, _ in rows] and data.y.tolist() == words
    assert read_features(path, ["b", "a"]).to_numpy().tolist() == [[b, a] for a, b, _ in rows]


@given(noise=st.binary(max_size=80))
@quick
def test_noise_is_read_or_refused_and_nothing_else(path: Path, noise: bytes) -> None:
    path.write_bytes(b"a,b\n1,2\n" + noise)
    message = complaint(lambda: read_table(path))
    assert message is None or message.startswith(str(path))


REFUSED: list[tuple[type[Exception], bytes, str]] = [
    (FileError, b"", " is empty; expected a header row and rows of data."),
    (FileError, b"\n \n", " is empty; expected a header row and rows of data."),
    (DataError, b"a,b\n", " has a header and no rows of data; expected at least one."),
    (DataError, b"a,b\n1,2\n", " has 1 row of data; expected at least 2."),
    (
        FileError,
        b"a,b\n1,2\n\n1,2,3\n",
        ", line 4 has 3 cells; expected 2, as in the header. Add what is missing, or put quotes "
        "around a cell that holds a comma.",
    ),
    (
        FileError,
        b'a,b,c\n1,2,"x\ny"\n1,2\n',
        ", line 4 has 2 cells; expected 3, as in the header. Add what is missing, or put quotes "
        "around a cell that holds a comma.",
    ),
    (
        DataError,
        b"a,b,c\n1,2,x\n1,-inf,y\n",
        ", line 3, column 'b': '-inf' is not finite; expected a finite number. Fill it in, or drop "
        "the line.",
    ),
    (
        DataError,
        b"a,b,c\n1,2,x\n1,1e999,y\n",
        ", line 3, column 'b': '1e999' is not finite; expected a finite number. Fill it in, or "
        "drop the line.",
    ),
    (
        DataError,
        b"a,b\n1,2.5\n1,\n",
        ", line 3, column 'b': the value is missing; expected a number. Fill it in, or drop the "
        "line.",
    ),
    (
        DataError,
        b"a,b\n1,2.5\n1,nan\n",
        ", line 3, column 'b': the value is missing ('nan'); expected a number. Fill it in, or "
        "drop the line.",
    ),
    (
        DataError,
        b"a,b\n1,yes\n1,\n",
        ", line 3, column 'b': the value is missing; expected the name of a class. Fill it in, or "
        "drop the line.",
    ),
    (
        FileError,
        b"a,b\n1,x\n2,\x81\n",
        ", line 3 holds the byte 0x81, which is neither UTF-8 nor windows-1252 (Western European), "
        "which the rest looks like. Save the file as CSV in UTF-8.",
    ),
    (
        FileError,
        b"a,b\n1,x\0\n",
        ", line 2 holds a NUL byte; expected text. It may be a binary file, or have been cut off "
        "while it was written: save it as CSV in UTF-8.",
    ),
    (
        FileError,
        b"a,b,a\n1,2,3\n",
        ", line 1: columns 1 and 3 are both called 'a'; expected different names. Rename one.",
    ),
    (
        FileError,
        b",b\n0,2\n",
        ", line 1: column 1 has no name (pandas writes its index so: save with index=False); "
        "expected a name for each column.",
    ),
    (FileError, b"a,\n0,2\n", ", line 1: column 2 has no name; expected a name for each column."),
    (
        FileError,
        b"5.1,3.5,0\n4.9,3.0,0\n",
        ", line 1 holds numbers only (5.1, 3.5, 0); expected a header row with the names of the "
        "columns. Add one.",
    ),
    (
        FileError,
        b"0,0,0\n0,1,1\n1,0,1\n1,1,0\n",
        ", line 1 holds numbers only (0, 0, 0); expected a header row with the names of the "
        "columns. Add one.",
    ),
    (
        FileError,
        b"5.1,3.5,1.4,0.2,setosa\n4.9,3.0,1.4,0.2, setosa\n7.0,3.2,4.7,1.4,versicolor\n",
        ", line 1 holds numbers and 'setosa' (5.1, 3.5, 1.4, 0.2, ...), which is also a value of "
        "that column; expected a header row with the names of the columns. Add one.",
    ),
    (
        DataError,
        b"a,b\n1,2\n1,1e400\n",
        ", line 3, column 'b': '1e400' is not finite; expected a finite number. Fill it in, or "
        "drop the line.",
    ),
    (
        DataError,
        b"a,b\n1,-inf\n1,\n",
        ", line 2, column 'b': '-inf' is not finite; expected a finite number. Fill it in, or "
        "drop the line.",
    ),
    (
        DataError,
        b"a\n1\n3\n",
        " has one column only, 'a'; expected columns to learn from and a target. Check what "
        "separates them.",
    ),
    (
        FileError,
        b'a,b\n1,"x\n2,y\n',
        ", line 2 is not CSV: unexpected end of data. Check the quotes around its cells.",
    ),
]


@pytest.mark.parametrize(("kind", "content", "message"), REFUSED)
def test_what_is_no_simple_table_is_refused(
    said: Said, path: Path, kind: type[Exception], content: bytes, message: str
) -> None:
    path.write_bytes(content)
    assert said(kind, lambda: read_table(path)) == f"{path}{message}"


def test_names_and_paths_that_are_not_there(said: Said, path: Path, tmp_path: Path) -> None:
    assert said(FileError, lambda: read_table(path)) == f"There is no file {path}. Check the path."
    assert said(FileError, lambda: read_table(tmp_path)) == (
        f"{tmp_path} is a folder; expected a file. Name the file in it."
    )
    path.write_text(FLOWERS)
    assert said(UnknownNameError, lambda: read_table(path, target="spieces")) == (
        "There is no column 'spieces'. Did you mean 'species'? Known: length, species, width."
    )
    assert said(DataError, lambda: read_table(path, kind="numbers")) == (
        f"{path}, line 2, column 'species': expected a number, got 'setosa'. Correct it, drop the "
        "column, or turn its values into numbers."
    )


def test_features_alone(said: Said, path: Path) -> None:
    path.write_text("note,width,length\nold,2,1\n")
    assert read_features(path, ["length", "width"]).to_numpy().tolist() == [[1, 2]]
    assert said(DataError, lambda: read_features(path, ["length", "height", "depth"])) == (
        f"{path} lacks 2 columns that the model was fitted on: 'height', 'depth' are not among "
        "'note', 'width', 'length'. Add what is missing, or correct the header."
    )
    assert read_features(path, ["note"]).frame.rows() == [("old",)]


def test_it_reads_what_pandas_reads(path: Path) -> None:
    rng = np.random.default_rng(0)
    frame = pd.DataFrame(rng.normal(size=(30, 4)), columns=list("abcd"))
    frame.to_csv(path, index=False)
    read = pd.read_csv(path)
    data = read_table(path, target="b")
    np.testing.assert_allclose(data.x, read[["a", "c", "d"]].to_numpy(), rtol=1e-14)
    np.testing.assert_allclose(data.y, read["b"].to_numpy(), rtol=1e-14)
