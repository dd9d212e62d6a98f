"""Data by one text, and .npz files."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pellucid.data import PictureOptions, load, names, open_data, open_features, read_npz
from pellucid.errors import DataError, FileError, ParameterError, ShapeError, UnknownNameError
from tests.data.conftest import complaint

Said = Callable[[type[Exception], Callable[[], object]], str]
SORTS = (
    "Expected a sample's name, a table (.csv, .tsv, .parquet, .arrow, .feather, .jsonl, .xlsx, "
    "...), an .npz file, or a folder of pictures or idx files."
)


def test_each_kind_of_data_by_its_text(tmp_path: Path) -> None:
    assert np.array_equal(open_data("iris").x, load("iris").x)
    table = tmp_path / "T.CSV"
    table.write_text("a,b,c\n1,2,x\n3,4,y\n")
    assert open_data(table).y.tolist() == ["x", "y"]
    (tmp_path / "n.csv").write_text("a,b\n1,2\n0,4\n")
    flat = open_data(str(tmp_path / "n.csv"), target="a", kind="numbers")
    assert (flat.kind, flat.y.tolist(), flat.x.to_numpy().tolist()) == (
        "numbers",
        [1, 0],
        [[2], [4]],
    )
    assert np.asarray(open_features(table, ["b", "a"])).tolist() == [[2, 1], [4, 3]]
    np.savez(tmp_path / "p.npz", x=np.zeros((4, 3, 3)), y=[0, 1, 0, 1])
    pictures = open_data(tmp_path / "p.npz")
    assert repr(pictures) == "<Dataset p: 4 rows of pictures of 3 x 3, 2 classes (0, 1)>"
    assert open_features(tmp_path / "p.npz", []).shape == (4, 3, 3)
    np.savez(tmp_path / "c.npz", x=np.zeros((4, 3, 6, 8)), y=[0, 1, 0, 1])
    assert repr(open_data(tmp_path / "c.npz")) == (
        "<Dataset c: 4 rows of pictures of 3 x 6 x 8, 2 classes (0, 1)>"
    )
    assert np.array_equal(open_features("iris", load("iris").feature_names), load("iris").x)


def test_a_sample_comes_before_a_file_of_its_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, said: Said
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("iris").mkdir()
    assert open_data("iris").name == "iris"
    assert said(DataError, lambda: open_data("./iris")).startswith("iris is empty: ")


def test_what_is_neither_sample_nor_file(said: Said, tmp_path: Path) -> None:
    (tmp_path / "flowers.csv").write_text("a,b\n1,2\n")
    known = f"Samples: {', '.join(names())}."
    assert said(UnknownNameError, lambda: open_data("moon")) == (
        "There is no sample 'moon', and no file or folder of that name. Did you mean 'moons'? "
        f"{known}"
    )
    assert said(UnknownNameError, lambda: open_data("qqqqqqqq")) == (
        "There is no sample 'qqqqqqqq', and no file or folder of that name. " + known
    )
    assert said(UnknownNameError, lambda: open_data("flower")).startswith(
        "There is no sample 'flower', and no file or folder of that name. Did you mean 'flowers'? "
    )
    assert said(UnknownNameError, lambda: open_data("flowers")) == (
        "'flowers' is a folder of pictures that has to be drawn first: pellucid data flowers OUT. "
        "Then give OUT, or another path, in place of flowers."
    )
    path = tmp_path / "flower.csv"
    assert said(FileError, lambda: open_data(path)) == (
        f"There is no file {path}. Did you mean 'flowers.csv'? {SORTS}"
    )
    absent = tmp_path / "no" / "such"
    assert said(FileError, lambda: open_data(absent)) == f"There is no file {absent}. {SORTS}"
    other = tmp_path / "a.docx"
    other.write_bytes(b"PK")
    assert said(FileError, lambda: open_data(other)) == (
        f"{other} is a file of a kind that is not read here; e{SORTS[1:-1]}. Save it as one of "
        "these."
    )


def test_no_option_is_passed_over(said: Said, tmp_path: Path) -> None:
    assert said(ParameterError, lambda: open_data("iris", target="species")) == (
        "iris is a sample, for which target has no meaning, got target='species'. Leave it out."
    )
    assert said(ParameterError, lambda: open_data(tmp_path, kind="classes")) == (
        f"{tmp_path} is a folder of pictures, for which kind has no meaning, got kind='classes'. "
        "Leave it out."
    )
    (tmp_path / "idx").mkdir()
    (tmp_path / "idx" / "t10k-labels-idx1-ubyte").touch()
    assert said(ParameterError, lambda: open_data(tmp_path / "idx", kind="classes")) == (
        f"{tmp_path / 'idx'} is a folder of idx files, for which kind has no meaning, got "
        "kind='classes'. Leave it out."
    )
    assert said(ParameterError, lambda: open_data("iris", pictures=PictureOptions())) == (
        "iris is a sample, for which the options of picture files (size, fit, grey, background, "
        "strict, memory) have no meaning. Leave them out."
    )
    (tmp_path / "list.csv").write_text("file,kind\na.png,warm\n")
    assert said(ParameterError, lambda: open_data(tmp_path / "list.csv", group="kind")) == (
        f"{tmp_path / 'list.csv'} is a list of pictures, for which group has no meaning, got "
        "group='kind'. Leave it out."
    )
    path = tmp_path / "a.npz"
    np.savez(path, x=np.eye(2), y=[0, 1])
    assert said(ParameterError, lambda: open_data(path, data_dir="d")) == (
        f"{path} is .npz, for which data_dir has no meaning, got data_dir='d'. Leave it out."
    )
    wrong: Any = "class"
    assert said(ParameterError, lambda: open_data(path, kind=wrong)) == (
        "kind expects classes, numbers, labels, counts, got 'class'. Leave it out to guess."
    )


@pytest.mark.parametrize(
    ("y", "kind", "classes"),
    [
        (["a", "b", "a"], "classes", ("a", "b")),
        ([0.5, 1.0, 2.0], "numbers", None),
        ([[0.5, 1.0], [1.0, 2.0], [3.0, 1.0]], "numbers", None),
    ],
)
def test_npz_by_the_rule_for_arrays(
    tmp_path: Path, y: list[Any], kind: str, classes: tuple[str, ...] | None
) -> None:
    path = tmp_path / "a.npz"
    np.savez_compressed(path, x=np.arange(6).reshape(3, 2), y=y, other=np.ones(3))
    data = read_npz(path)
    assert (data.kind, data.class_names) == (kind, classes)
    assert data.feature_names == ("x1", "x2") and data.y.tolist() == y


def test_what_is_said_of_bad_npz_files(said: Said, tmp_path: Path) -> None:
    path = tmp_path / "a.npz"

    def message(kind: type[Exception], **arrays: Any) -> str:
        np.savez(path, **arrays)
        return said(kind, lambda: read_npz(path))

    assert message(FileError, x=np.eye(2), z=[1]) == (
        f"{path} holds x, z; expected an array 'y'. Save it with numpy.savez(path, x=x, y=y)."
    )
    assert message(FileError, y=[1]) == (
        f"{path} holds y; expected an array 'x'. Save it with numpy.savez(path, x=x, y=y)."
    )
    assert message(FileError, x=np.eye(2), y=np.array(["a", 1], object)) == (
        f"{path} holds Python objects, which are not read for safety; expected arrays of numbers "
        "or text. Save them with an explicit type, for example y.astype(str)."
    )
    assert message(DataError, x=[[np.nan]], y=[1]) == (
        f"{path}: x has 1 value that is not a finite number, in 1 row; the first is NaN in row 0, "
        "column 0. Expected finite numbers: fill them in, or drop those rows."
    )
    assert message(ShapeError, x=np.eye(2), y=[1, 2, 3]) == (
        f"{path}: x has 2 rows and y has 3; expected one target for each row of x. Check that both "
        "come from the same table, in the same order."
    )
    broken = (
        f"{path} is damaged, or not an .npz file; expected one as numpy.savez(path, x=x, y=y) "
        "writes it."
    )
    for content in (b"", b"PK\x03\x04", b"a,b\n1,2\n", _single()):
        path.write_bytes(content)
        assert said(FileError, lambda: read_npz(path)) == broken
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("x.npy", b"\x93NUMPY\x01\x00 no header")
    assert said(FileError, lambda: read_npz(path)) == broken
    absent = tmp_path / "b.npz"
    gone = f"There is no file {absent}. Check the path."
    assert said(FileError, lambda: read_npz(absent)) == gone


def _single() -> bytes:
    stream = io.BytesIO()
    np.save(stream, np.eye(2))
    return stream.getvalue()


@given(data=st.data())
@settings(
    max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None
)
def test_a_damaged_npz_is_read_or_refused_and_nothing_else(
    tmp_path: Path, data: st.DataObject
) -> None:
    path = tmp_path / "a.npz"
    np.savez_compressed(path, x=np.arange(40.0).reshape(20, 2), y=np.arange(20) % 2)
    content = bytearray(path.read_bytes())
    if data.draw(st.booleans()):
        del content[data.draw(st.integers(0, len(content) - 1)) :]
    else:
        for _ in range(3):
            content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    path.write_bytes(content)
    message = complaint(lambda: read_npz(path))
    assert message is None or message.startswith(str(path))
