"""Folders and lists of pictures as data sets: what is read, passed over, refused."""

from __future__ import annotations

import os
import shutil
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest

from pellucid.data import Framing, PictureOptions, open_data, read_files, read_pictures
from pellucid.data.pictures.decode import decode
from pellucid.data.source import holds_pictures
from pellucid.errors import DataError, DataWarning, FileError, ParameterError, UnknownNameError
from tests.data.pictures.conftest import COLORS, folder_of, noise, save

Said = Callable[[type[Exception], Callable[[], object]], str]
FORMATS = "PNG, JPEG, WebP, BMP or GIF"


@contextmanager
def noted() -> Iterator[list[str]]:
    """The notes that are warned of within it."""
    notes: list[str] = []
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        yield notes
    notes += [str(warning.message) for warning in caught]
    assert all(warning.category is DataWarning for warning in caught)


def test_a_folder_for_each_class(tmp_path: Path) -> None:
    data = read_pictures(folder_of(tmp_path / "cars"))
    assert repr(data) == "<Dataset cars: 8 rows of pictures of 3 x 8 x 8, 2 classes (blue, red)>"
    assert data.y.tolist() == ["blue"] * 4 + ["red"] * 4
    assert data.files[:2] == ("blue/blue_0.png", "blue/blue_1.png") and len(data.files) == 8
    assert data.framing == Framing(8, 8) and data.image_shape == (8, 8) and data.notes == ()
    assert data.x.dtype == np.uint8
    for row, file in enumerate(data.files):
        np.testing.assert_array_equal(data.x[row], decode(tmp_path / "cars" / file, Framing(8, 8)))
    part = data.take(np.array([5, 1]))
    assert part.files == ("red/red_1.png", "blue/blue_1.png") and part.framing == data.framing
    assert open_data(tmp_path / "cars").files == data.files


def test_many_files_come_in_order_and_are_counted(tmp_path: Path) -> None:
    folder = folder_of(tmp_path / "many", count=75, size=4)
    told: list[tuple[int, int]] = []
    data = read_pictures(folder, tell=lambda done, total: told.append((done, total)))
    assert list(data.files) == sorted(data.files) and len(data) == 150
    assert told[-1] == (150, 150) and [d for d, _ in told] == sorted(d for d, _ in told)


def test_deeper_folders_belong_to_their_class(tmp_path: Path) -> None:
    folder = folder_of(tmp_path / "deep")
    save(folder / "red" / "2024" / "may" / "a.png", noise(8, 8))
    data = read_pictures(folder)
    assert data.files[4] == "red/2024/may/a.png" and data.y[4] == "red"


def test_size_and_colour_follow_from_the_pictures(tmp_path: Path) -> None:
    for number, (height, width) in enumerate([(40, 30), (20, 90), (24, 26), (50, 28), (200, 22)]):
        save(tmp_path / "sizes" / "ab"[number % 2] / f"{number}.png", noise(height, width))
    assert read_pictures(tmp_path / "sizes").framing == Framing(24, 24)  # of 20 22 24 28 30
    for number in range(4):
        save(tmp_path / "large" / "ab"[number % 2] / f"{number}.png", noise(90, 300, 1))
    assert read_pictures(tmp_path / "large").framing == Framing(64, 64, color=False)
    for number in range(4):
        save(tmp_path / "tiny" / "ab"[number % 2] / f"{number}.png", noise(3 + number, 5))
    assert read_pictures(tmp_path / "tiny").framing == Framing(8, 8)
    asked = PictureOptions(size=(6, 10), fit="pad", color=False, background="black")
    found = read_pictures(tmp_path / "sizes", asked)
    assert found.framing == Framing(6, 10, "pad", False, "#000000") and found.x.shape[1:] == (
        1,
        6,
        10,
    )
    assert read_pictures(tmp_path / "large", PictureOptions(size=5, color=True)).x.shape == (
        4,
        3,
        5,
        5,
    )


def test_makers_own_test_pictures(tmp_path: Path, said: Said) -> None:
    folder_of(tmp_path / "split" / "Train", count=5)
    folder_of(tmp_path / "split" / "test", count=2)
    data = read_pictures(tmp_path / "split")
    assert data.test is not None and len(data) == 10 and len(data.test) == 4
    assert data.files[0] == "Train/blue/blue_0.png" and data.test.files[0] == "test/blue/blue_0.png"
    (tmp_path / "split" / "val").mkdir()
    assert said(DataError, lambda: read_pictures(tmp_path / "split")) == (
        f"{tmp_path / 'split'} has the parts test, train, val; expected two, one to learn from and "
        "one to test with. Move val out of it: rows to watch are drawn from those to learn from "
        "(--validation)."
    )
    (tmp_path / "split" / "val").rmdir()
    save(tmp_path / "split" / "test" / "moon" / "a.png", noise(8, 8))
    assert said(DataError, lambda: read_pictures(tmp_path / "split")) == (
        f"{tmp_path / 'split' / 'test'} has the class moon, of which there is nothing to learn "
        "from; expected blue, red. Move it out, or add pictures to learn from."
    )


def test_train_and_test_can_be_classes(tmp_path: Path) -> None:
    for kind in ("train", "test"):
        save(tmp_path / "t" / kind / "a.png", noise(8, 8))
    assert read_pictures(tmp_path / "t").class_names == ("test", "train")


# --- what is passed over, what is left out


def messy(tmp_path: Path) -> Path:
    folder = folder_of(tmp_path / "messy")
    (folder / "red" / "zero.png").touch()
    (folder / "red" / "notes.txt").write_text("x")
    (folder / "red" / ".hidden.png").touch()
    (folder / "Thumbs.db").touch()
    (folder / "list.md").touch()
    whole = save(folder / "blue" / "cut.png", noise(40, 40)).read_bytes()
    (folder / "blue" / "cut.png").write_bytes(whole[:900])
    (folder / "empty").mkdir()
    return folder


def test_what_is_no_picture_is_named_and_passed_over(tmp_path: Path) -> None:
    folder = messy(tmp_path)
    with noted() as notes:
        data = read_pictures(folder)
    assert len(data) == 8 and tuple(notes) == data.notes
    assert notes == [
        "2 files are no pictures of a class, passed over: list.md, red/notes.txt.",
        f"The class folder {folder / 'empty'} has no pictures of its own.",
        "2 of 10 pictures cannot be read, left out: blue/cut.png is damaged or cut off; "
        "red/zero.png is empty.",
    ]
    assert "red/zero.png" not in data.files and data.y.tolist() == ["blue"] * 4 + ["red"] * 4


def test_a_strict_reader_refuses_it(tmp_path: Path, said: Said) -> None:
    folder, strict = messy(tmp_path), PictureOptions(strict=True)
    assert said(DataError, lambda: read_pictures(folder, strict)) == (
        f"The class folder {folder / 'empty'} has no pictures of its own. Repair that, or read "
        "without strict (--strict) to leave it out."
    )
    (folder / "empty").rmdir()
    assert said(FileError, lambda: read_pictures(folder, strict)) == (
        "2 of 10 pictures cannot be read: blue/cut.png is damaged or cut off; red/zero.png is "
        "empty. Repair or remove them, or read without strict (--strict) to leave them out."
    )


def test_links_are_followed_once(tmp_path: Path) -> None:
    folder = folder_of(tmp_path / "linked")
    (folder / "red" / "loop").symlink_to(folder)
    (folder / "red" / "up").symlink_to(tmp_path)
    (folder / "red" / "other").symlink_to(folder / "blue")
    (folder / "blue" / "self.png").symlink_to("self.png")
    outside = folder_of(tmp_path / "outside", classes=("green",))
    (folder / "green").symlink_to(outside / "green")
    (folder / "again").symlink_to(outside / "green")
    with noted() as notes:
        data = read_pictures(folder)
    assert data.y.tolist() == ["again"] * 4 + ["blue"] * 4 + ["red"] * 4
    assert notes == [
        "4 folders are links to where pictures are read already, passed over: green, red/loop, "
        "red/other, red/up.",
        f"The class folder {folder / 'green'} has no pictures of its own.",
        "1 of 13 pictures cannot be read, left out: blue/self.png cannot be opened: too many "
        "levels of symbolic links.",
    ]


def test_a_folder_that_may_not_be_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = folder_of(tmp_path / "closed", classes=("red", "blue", "green"))
    real = Path.iterdir

    def some(path: Path) -> Iterator[Path]:
        if path.name == "green":
            raise PermissionError(13, "Permission denied")
        return real(path)

    monkeypatch.setattr(Path, "iterdir", some)
    with noted() as notes:
        assert read_pictures(folder).class_names == ("blue", "red")
    assert notes[1:] == [f"The folder {folder / 'green'} may not be read."]


# --- what is refused


def test_folders_without_two_classes(tmp_path: Path, said: Said) -> None:
    def refusal(name: str) -> str:
        return said(DataError, lambda: read_pictures(tmp_path / name)).removeprefix(str(tmp_path))

    (tmp_path / "empty").mkdir()
    assert refusal("empty") == (
        f"/empty is empty: it has no files and no folders; expected a folder for each class with "
        f"{FORMATS} files in it, or the four idx files of MNIST."
    )
    (tmp_path / "texts").mkdir()
    (tmp_path / "texts" / "a.txt").touch()
    assert refusal("texts") == (
        f"/texts has 1 file and no folders; expected a folder for each class with {FORMATS} files "
        "in it, or the four idx files of MNIST."
    )
    save(tmp_path / "loose" / "a.png", noise(4, 4))
    assert refusal("loose") == (
        "/loose has 1 picture and no folders; expected a folder for each class with its pictures "
        "in it. Sort them into folders, or write a CSV file with the columns path and label."
    )
    (tmp_path / "none" / "a").mkdir(parents=True)
    assert refusal("none") == (
        f"/none has 1 folder (a) and no picture in it; expected {FORMATS} files, their names "
        "ending so, in a folder for each class."
    )
    folder_of(tmp_path / "one", classes=("red",))
    assert refusal("one") == (
        "/one has pictures of one class only, red, 4 of them; expected a folder for each of at "
        "least two classes to tell apart. Add the other."
    )
    folder_of(tmp_path / "case")
    shutil.copytree(tmp_path / "case" / "red", tmp_path / "case" / "Red")
    assert refusal("case") == (
        "/case has the class folders Red and red, whose names differ in case only; expected "
        "different names. Put their pictures together, or rename one."
    )


def test_names_that_are_no_text(tmp_path: Path, said: Said) -> None:
    folder = folder_of(tmp_path / "odd")
    (folder / "red" / "red_0.png").rename(folder / "red" / "caf\udce9.png")
    files = read_pictures(folder).files
    assert files[4] == "red/caf\\udce9.png" and "".join(files).encode()
    (folder / "red").rename(folder / "ros\udce9")
    assert said(DataError, lambda: read_pictures(folder)) == (
        f"{folder} has the class folder ros\\udce9, whose name is not UTF-8; expected a name that "
        "a model file can keep. Rename it."
    )


def test_nothing_that_can_be_read(tmp_path: Path, said: Said) -> None:
    folder = folder_of(tmp_path / "all", count=1)
    for path in folder.rglob("*.png"):
        path.write_bytes(b"")
    assert said(FileError, lambda: read_pictures(folder)) == (
        f"None of the 2 pictures of {folder} can be read: blue/blue_0.png is empty; red/red_0.png "
        "is empty. Check the files."
    )
    save(folder / "red" / "red_0.png", noise(4, 4))
    with noted():
        assert said(DataError, lambda: read_pictures(folder)) == (
            f"Of {folder} only pictures of one class, red, can be read; expected at least two "
            "classes to tell apart. 1 of 2 pictures cannot be read, left out: blue/blue_0.png is "
            "empty."
        )


def test_more_than_memory_may_hold_go_to_a_file_that_leaves_nothing_behind(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, said: Said
) -> None:
    folder, cache = folder_of(tmp_path / "large"), tmp_path / "cache"
    cache.mkdir()
    in_memory = read_pictures(folder, PictureOptions(size=512))
    assert not isinstance(in_memory.x, np.memmap)
    mapped = read_pictures(folder, PictureOptions(size=512, memory=0.005), cache=cache)
    assert isinstance(mapped.x, np.memmap)
    np.testing.assert_array_equal(mapped.x, in_memory.x)
    part, whole = mapped.take(np.array([5, 1, 2])), in_memory.take(np.array([5, 1, 2]))
    assert isinstance(part.x, np.memmap)
    np.testing.assert_array_equal(part.x, whole.x)
    assert part.files == whole.files
    if os.name == "posix":
        assert list(cache.iterdir()) == []
    usage = shutil._ntuple_diskusage(10, 9, 1)
    monkeypatch.setattr("shutil.disk_usage", lambda folder: usage)
    options = PictureOptions(size=512, memory=0.005)
    assert said(DataError, lambda: read_pictures(folder, options, cache=cache)) == (
        "8 pictures of 3 x 512 x 512 take 0.0 GB, more than the memory they may take, and "
        f"{cache} has 0.0 GB free for a file of them. Use a smaller size (--size), or make room."
    )
    monkeypatch.undo()
    absent = tmp_path / "absent"
    assert said(DataError, lambda: read_pictures(folder, options, cache=absent)) == (
        f"8 pictures are to be kept in a file in {absent}, which cannot be written: no such file "
        "or directory. Give them more memory (--memory), or another folder."
    )


def test_options_are_checked(said: Said) -> None:
    assert said(ParameterError, lambda: PictureOptions(background="reddish")) == (
        "A background is white, black, grey, or a colour such as #ffcc00, got 'reddish'. Write one "
        "of these."
    )
    assert said(UnknownNameError, lambda: PictureOptions(fit="cut")) == (
        "There is no fit of PictureOptions 'cut'. Known: crop, pad, stretch."
    )
    assert PictureOptions(size=5).size == (5, 5)


# --- lists


def listed(tmp_path: Path, text: str) -> Path:
    folder_of(tmp_path / "pictures")
    path = tmp_path / "list.csv"
    path.write_text(text)
    return path


def test_a_list_of_paths_and_labels(tmp_path: Path) -> None:
    text = "id,file,kind\n7,pictures/red/red_0.png,warm\n8, pictures/blue/blue_3.png,cold\n"
    data = open_data(listed(tmp_path, text))
    assert data.y.tolist() == ["warm", "cold"] and data.target == "kind"
    assert data.files == ("pictures/red/red_0.png", "pictures/blue/blue_3.png")
    assert data.x[0, :, 5, 5].tolist() == list(COLORS["red"])
    numbers = open_data(tmp_path / "list.csv", target="id", kind="numbers")
    assert numbers.kind == "numbers" and numbers.y.tolist() == [7.0, 8.0]
    assert open_data(tmp_path / "list.csv", target="id").y.tolist() == ["7", "8"]


def test_faults_of_a_list(tmp_path: Path, said: Said) -> None:
    path = listed(tmp_path, "file,kind\npictures/red/red_0.png,\na.png,x\n")
    assert said(DataError, lambda: open_data(path)) == (
        f"{path}, row 2, column 'kind': the label is missing; expected the name of a class. Fill "
        "it in, or drop the row."
    )
    assert said(UnknownNameError, lambda: open_data(path, target="knd")) == (
        "There is no column of labels 'knd'. Did you mean 'kind'? Known: kind."
    )
    path.write_text("file,kind\na.png,x,y\n")
    assert said(FileError, lambda: open_data(path)) == (
        f"{path}, row 2 has 3 cells; expected 2, as in the header. Put quotes around a cell that "
        "holds a comma."
    )
    path.write_text("file\na.png\n")
    assert said(FileError, lambda: open_data(path)) == (
        f"{path} has one column only, 'file', of paths; expected another, of labels. Add it."
    )
    path.write_text("file,kind\npictures/red/red_0.png,1\npictures/blue/blue_0.png,b\n")
    assert said(DataError, lambda: open_data(path, kind="numbers")) == (
        f"{path} has the label 'b'; expected numbers, as asked for with kind. Leave kind out to "
        "learn classes."
    )
    path.write_text("file,kind\nnone.png,1\npictures/blue/blue_0.png,b\npictures/red/red_0.png,c\n")
    with noted() as notes:
        assert len(open_data(path)) == 2
    assert notes == ["1 of 3 pictures cannot be read, left out: none.png is not there."]


# --- pictures to answer for


def test_files_to_answer_for(tmp_path: Path, said: Said) -> None:
    folder, own = folder_of(tmp_path / "new"), Framing(5, 7)
    everything = read_files(folder, own)
    assert everything.x.shape == (8, 3, 5, 7) and everything.names[0] == "blue/blue_0.png"
    one = read_files(folder / "red" / "red_1.png", own)
    assert one.names == ("red_1.png",)
    np.testing.assert_array_equal(one.x[0], everything.x[5])
    path = listed(tmp_path, "file\nnew/red/red_1.png\n")
    np.testing.assert_array_equal(read_files(path, own).x, one.x)
    assert said(FileError, lambda: read_files(tmp_path / "no.png", own)) == (
        f"{tmp_path / 'no.png'} is not there. Check the file."
    )
    (tmp_path / "bare").mkdir()
    assert said(DataError, lambda: read_files(tmp_path / "bare", own)) == (
        f"{tmp_path / 'bare'} has no pictures; expected {FORMATS} files, their names ending so, in "
        "it or in its folders."
    )
    (folder / "red" / "zero.png").touch()
    with noted() as notes:
        assert len(read_files(folder, own).names) == 8
    assert notes == ["1 of 9 pictures cannot be read, left out: red/zero.png is empty."]
    assert said(FileError, lambda: read_files(folder, own, strict=True)).startswith("1 of 9 ")


def test_what_holds_pictures(tmp_path: Path) -> None:
    path = listed(tmp_path, "file\na.png\n")
    (tmp_path / "t.csv").write_text("a,b\n1,2\n")
    found = [
        holds_pictures(p) for p in ("iris", "x.JPG", path, tmp_path, tmp_path / "t.csv", "x.npz")
    ]
    assert found == [False, True, True, True, False, False]
