"""Idx files: what comes back, and what is said of those that are none."""

from __future__ import annotations

import gzip
import struct
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from pellucid.data import load, open_data, read_idx, read_idx_folder
from pellucid.data.arrays import Array
from pellucid.data.idx import FILES, KINDS
from pellucid.errors import FileError
from tests.data.conftest import complaint

Said = Callable[[type[Exception], Callable[[], object]], str]
CODES = {np.dtype(kind): code for code, kind in KINDS.items()}


def idx(array: Array) -> bytes:
    """The bytes of an idx file, written by hand."""
    big = array.astype(array.dtype.newbyteorder(">"))
    head = struct.pack(">HBB", 0, CODES[big.dtype], array.ndim)
    return head + struct.pack(f">{array.ndim}I", *array.shape) + big.tobytes()


def write(folder: Path, *, zipped: bool = False, train: int = 4, test: int = 2) -> Path:
    """The four files, with few small pictures."""
    folder.mkdir(exist_ok=True)
    contents = []
    for count in (train, test):
        pixels = np.arange(count * 6, dtype=np.uint8).reshape(count, 3, 2)
        contents += [pixels, np.arange(count, dtype=np.uint8) % 3]
    for file, array in zip(FILES, contents, strict=True):
        data = idx(array)
        if zipped:
            (folder / f"{file}.gz").write_bytes(gzip.compress(data))
        else:
            (folder / file).write_bytes(data)
    return folder


any_array = st.sampled_from(["u1", "i1", "i2", "i4", "f4", "f8"]).flatmap(
    lambda kind: arrays.arrays(
        np.dtype(kind), arrays.array_shapes(min_dims=1, max_dims=4, min_side=0, max_side=5)
    )
)
quick = settings(max_examples=50, suppress_health_check=[HealthCheck.function_scoped_fixture])


@given(array=any_array, zipped=st.booleans())
@quick
def test_every_array_comes_back(tmp_path: Path, array: Array, zipped: bool) -> None:
    data = idx(array)
    (tmp_path / "a").write_bytes(gzip.compress(data) if zipped else data)
    back = read_idx(tmp_path / "a")
    assert back.dtype == array.dtype and back.dtype.isnative
    assert back.shape == array.shape and back.tobytes() == array.tobytes()


@given(data=st.data(), zipped=st.booleans())
@quick
def test_a_file_cut_short_is_refused(tmp_path: Path, data: st.DataObject, zipped: bool) -> None:
    whole = idx(np.arange(12, dtype=np.int16).reshape(3, 4))
    whole = gzip.compress(whole) if zipped else whole
    (tmp_path / "a").write_bytes(whole[: data.draw(st.integers(0, len(whole) - 1))])
    with pytest.raises(FileError):
        read_idx(tmp_path / "a")


@given(noise=st.binary(max_size=60), zipped=st.booleans())
@quick
def test_noise_is_read_or_refused_and_nothing_else(
    tmp_path: Path, noise: bytes, zipped: bool
) -> None:
    (tmp_path / "a").write_bytes(b"\x1f\x8b" + noise if zipped else noise)
    message = complaint(lambda: read_idx(tmp_path / "a"))
    assert message is None or message.startswith(str(tmp_path / "a"))


def test_what_is_said_of_bad_files(said: Said, tmp_path: Path) -> None:
    path = tmp_path / "a"
    good = idx(np.arange(12, dtype=np.uint8).reshape(3, 4))

    def message(data: bytes) -> str:
        path.write_bytes(data)
        return said(FileError, lambda: read_idx(path))

    assert message(b"") == f"{path} has 0 bytes; expected an idx file, which has at least 4."
    assert message(b"\x89PNG\r\n") == (
        f"{path} starts with the bytes 89 50 4e 47; expected an idx file, which starts with 00 00, "
        "the kind of number (08 to 0e) and the number of axes. Check that it is the right file."
    )
    assert message(good[:9]) == (
        f"{path} ends within its header; expected the sizes of 2 axes. Download it again."
    )
    assert message(good[:-1]) == (
        f"{path} says it holds 3 x 4 values, which takes 12 bytes, and has only 11. Download it "
        "again."
    )
    assert message(good + b"!") == (
        f"{path} says it holds 3 x 4 values, which takes 12 bytes, and has more. Download it again."
    )
    assert message(gzip.compress(good)[:-9]) == (
        f"{path} is a damaged gzip file (Compressed file ended before the end-of-stream marker was "
        "reached); expected a gzipped idx file. Download it again."
    )
    absent = tmp_path / "b"
    assert said(FileError, lambda: read_idx(absent)) == f"There is no file {absent}."
    assert said(FileError, lambda: read_idx(tmp_path)) == (
        f"{tmp_path} is a folder; expected an idx file in it to be named."
    )


def test_a_header_that_promises_the_moon_takes_no_memory(said: Said, tmp_path: Path) -> None:
    path = tmp_path / "a"
    path.write_bytes(struct.pack(">HBB3I", 0, 8, 3, 2**32 - 1, 2**32 - 1, 4) + b"12345")
    assert said(FileError, lambda: read_idx(path)) == (
        f"{path} says it holds 4294967295 x 4294967295 x 4 values, which takes "
        "73,786,976,260,478,468,100 bytes, and has only 5. Download it again."
    )


@pytest.mark.parametrize("zipped", [False, True])
def test_a_folder_gives_training_and_test_pictures(tmp_path: Path, zipped: bool) -> None:
    folder = write(tmp_path / "small", zipped=zipped)
    data = read_idx_folder(folder)
    assert repr(data) == (
        "<Dataset small: 4 rows of pictures of 3 x 2, 3 classes (0, 1, 2), and 2 test rows>"
    )
    assert data.x.dtype == np.uint8 and data.y.dtype == np.int64
    assert data.x[1].tolist() == [[6, 7], [8, 9], [10, 11]] and data.y.tolist() == [0, 1, 2, 0]
    train, test = data.split()
    assert (len(train), len(test)) == (4, 2)
    assert np.array_equal(open_data(folder).x, data.x)


def test_mnist_and_its_relative_come_from_a_folder(tmp_path: Path) -> None:
    digits, clothes = load("mnist", write(tmp_path)), load("fashion_mnist", tmp_path)
    assert digits.name == "mnist" and digits.class_names == ("0", "1", "2")
    assert clothes.class_names == ("T-shirt/top", "Trouser", "Pullover")
    assert clothes.test is not None and clothes.test.class_names == ("T-shirt/top", "Trouser")
    assert digits.y.tolist() == clothes.y.tolist() == [0, 1, 2, 0]
    assert open_data("mnist", data_dir=tmp_path).description == digits.description


def test_what_is_said_of_bad_folders(said: Said, tmp_path: Path) -> None:
    folder = write(tmp_path / "a")
    (folder / FILES[1]).unlink()
    (folder / FILES[3]).unlink()
    four = "; expected a folder with the four files " + ", ".join(FILES) + " (each may end in .gz)."
    assert said(FileError, lambda: load("mnist", folder)) == (
        f"train-labels-idx1-ubyte, t10k-labels-idx1-ubyte are not in {folder}{four}"
    )
    absent = tmp_path / "absent"
    assert said(FileError, lambda: read_idx_folder(absent)) == f"There is no folder {absent}{four}"

    write(folder)
    (folder / FILES[0]).write_bytes((folder / FILES[1]).read_bytes())
    assert said(FileError, lambda: read_idx_folder(folder)) == (
        f"{folder / FILES[0]} holds 4 values of type uint8; expected 3 axes of uint8, none empty. "
        "Check that it is the right file."
    )
    write(folder)
    (folder / FILES[1]).write_bytes((folder / FILES[3]).read_bytes())
    assert said(FileError, lambda: read_idx_folder(folder)) == (
        f"{folder / FILES[0]} holds 4 pictures and {folder / FILES[1]} 2 labels; expected one "
        "label for each picture. Check that the files belong together."
    )
    write(folder)
    (folder / FILES[2]).write_bytes(idx(np.zeros((2, 2, 3), np.uint8)))
    assert said(FileError, lambda: read_idx_folder(folder)) == (
        f"{folder / FILES[2]} holds pictures of 2 x 3 and {folder / FILES[0]} of 3 x 2; expected "
        "one size. Check that the files belong together."
    )
