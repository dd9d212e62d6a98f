"""What comes into a session: tables and pictures, good ones, bad ones, and ones made to do harm."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
from PIL import Image

from pellucid.data import open_data
from pellucid.data.audit import audit
from pellucid.errors import PellucidError
from pellucid.scene.bench import Bench
from pellucid.scene.scene import Scene, scene_from_record
from pellucid.scene.source import PictureFolder, TableFile
from pellucid.studio.limits import Limits
from pellucid.studio.tables import MOST_COLUMNS, suggested
from pellucid.studio.unpacking import check_size, unpack_pictures
from pellucid.studio.uploads import receive

FLOWERS = "petal,sepal,species\n" + "".join(
    f"{n / 10},{n % 7},{'rose' if n % 3 else 'lotus'}\n" for n in range(30)
)


def put(folder: Path, name: str, content: str | bytes) -> str:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return name


def scene_of(told: dict[str, Any]) -> Scene:
    found = scene_from_record(told["scene"])
    assert isinstance(found, Scene)
    return found


def refusal(folder: Path, name: str, **asked: Any) -> str:
    """What is said of a file: raised, or as the table's problem."""
    try:
        return str(receive(folder, name, **asked)["problem"]).replace(f"{folder}/", "")
    except PellucidError as fault:
        return str(fault).replace(f"{folder}/", "")


def picture(color: tuple[int, int, int] = (200, 30, 30), size: tuple[int, int] = (24, 24)) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", size, color).save(out, "PNG")
    return out.getvalue()


def packed(files: dict[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return out.getvalue()


def pets(top: str = "") -> dict[str, bytes]:
    return {
        f"{top}{kind}/{n}.png": picture((10 * n, 100, 200 if kind == "cat" else 20))
        for kind in ("cat", "dog") for n in range(6)
    }  # fmt: skip


# --- arrays


def arrays(folder: Path, name: str = "a.npz", **held: Any) -> str:
    np.savez(folder / name, **held)
    return name


@pytest.mark.parametrize("shape", [(2,), (5,), (6, 6), (3, 9, 7)])
@pytest.mark.parametrize("numbers", [False, True])
def test_arrays_learn_as_the_command_line_reads_them(
    tmp_path: Path, shape: tuple[int, ...], numbers: bool
) -> None:
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(40, *shape)), rng.normal(size=(40, 1))
    told = receive(
        tmp_path, arrays(tmp_path, x=x, y=y if numbers else np.array(["a", "b", "c", "c"] * 10))
    )
    assert (told["kind"], told["rows"], told["shape"]) == ("arrays", 40, list(shape))
    classes = [{"name": "a", "count": 10}, {"name": "b", "count": 10}, {"name": "c", "count": 20}]
    assert (told["predicts"], told["classes"]) == (
        ("numbers", None) if numbers else ("classes", classes)
    )  # fmt: skip
    bench = Bench(scene_of(told), tmp_path)
    bench.learn(3)
    assert np.array_equal(bench.data.x, open_data(tmp_path / "a.npz").x)
    assert bench.step == 3 and bench.data.y.ndim == 1


@pytest.mark.parametrize(
    ("held", "words"),
    [
        ({"x": np.ones((4, 2))}, "a.npz holds x; expected an array 'y'. Save it with numpy.savez("),
        (
            {"x": np.ones((4, 2)), "y": np.ones((4, 3)) / 3},
            "a.npz has several targets a row (y is 4 x 3); the studio predicts one, a class or a "
            "number. Use pellucid train, or save one column as y.",
        ),
        (
            {"x": np.ones((4, 2)), "y": np.array(["a"] * 4)},
            "y in a.npz is the same in all 4 rows: there is nothing to tell apart. Add rows of "
            "another class.",
        ),
        (
            {"x": np.ones((4, 2)), "y": np.array([{}] * 4)},
            "a.npz holds Python objects, which are not read for safety; expected arrays of",
        ),
        (
            {"x": np.zeros((2_000, 60_000), np.int8), "y": np.arange(2_000) % 2},
            "a has 2,000 rows of 60,000 values; a bench takes 1,000,000 rows and 100,000,000",
        ),
    ],
)
def test_arrays_that_are_refused(tmp_path: Path, held: dict[str, Any], words: str) -> None:
    np.savez_compressed(tmp_path / "a.npz", **held)
    assert refusal(tmp_path, "a.npz").startswith(words)


def test_an_array_bomb(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    np.savez_compressed(tmp_path / "a.npz", x=np.zeros((1_000, 3_000)), y=np.arange(1_000))
    assert (tmp_path / "a.npz").stat().st_size < 100_000
    monkeypatch.setattr("pellucid.studio.tables.MOST_UNPACKED", 20_000_000)
    words = "a.npz takes 24 MB once it is unpacked; the studio takes at most 20 MB. Use a part of"
    assert refusal(tmp_path, "a.npz").startswith(words)


# --- tables


def test_a_table_with_its_columns_and_a_target(tmp_path: Path) -> None:
    told = receive(tmp_path, put(tmp_path, "flowers.csv", FLOWERS))
    assert (told["kind"], told["rows"], told["count"]) == ("table", 30, 3)
    assert [column["kind"] for column in told["columns"]] == ["number", "number", "boolean"] or [
        column["kind"] for column in told["columns"]
    ] == ["number", "number", "category"]
    assert (told["target"], told["predicts"]) == ("species", "classes")
    assert told["classes"] == [{"name": "lotus", "count": 10}, {"name": "rose", "count": 20}]


def test_what_it_suggests_learns_as_the_command_line_reads_it(tmp_path: Path) -> None:
    told = receive(tmp_path, put(tmp_path, "flowers.csv", FLOWERS))
    bench = Bench(scene_of(told), tmp_path)
    bench.learn(5)
    assert bench.step == 5 and [*bench.network.classes] == ["lotus", "rose"]
    same = open_data(tmp_path / "flowers.csv", "species")
    assert np.array_equal(bench.data.y, same.y) and bench.data.x.columns == same.x.columns


@pytest.mark.parametrize("ending", [".parquet", ".arrow", ".jsonl", ".tsv", ".xlsx"])
def test_all_that_the_command_line_reads(tmp_path: Path, ending: str) -> None:
    frame = pl.read_csv(io.StringIO(FLOWERS))
    path = tmp_path / f"flowers{ending}"
    match ending:
        case ".parquet":
            frame.write_parquet(path)
        case ".arrow":
            frame.write_ipc(path)
        case ".jsonl":
            frame.write_ndjson(path)
        case ".tsv":
            frame.write_csv(path, separator="\t")
        case ".xlsx":
            pytest.importorskip("xlsxwriter")
            pytest.importorskip("fastexcel")
            frame.write_excel(path)
    told = receive(tmp_path, path.name)
    assert (told["target"], told["rows"], told["problem"]) == ("species", 30, None)


def test_another_target_and_what_it_holds(tmp_path: Path) -> None:
    name = put(tmp_path, "flowers.csv", FLOWERS)
    told = receive(tmp_path, name, target="sepal", kind="numbers")
    assert (told["predicts"], told["classes"]) == ("numbers", None)
    assert scene_of(told).source == TableFile(name, "sepal", "numbers")


@pytest.mark.parametrize(
    ("columns", "wanted"),
    [
        ([("a", "number"), ("b", "category")], "b"),
        ([("Species", "category"), ("b", "number")], "Species"),
        ([("a", "number"), ("id", "identifier"), ("note", "text")], "a"),
        ([("note", "text")], "note"),
    ],
)
def test_the_suggestion(columns: list[tuple[str, str]], wanted: str) -> None:
    assert suggested([{"name": name, "kind": kind} for name, kind in columns]) == wanted


def test_findings_of_the_audit_come_with_it(tmp_path: Path) -> None:
    rows = "".join(f"{n * 7919 % 101},{n % 5},{'yes' if n == 7 else 'no'}\n" for n in range(60))
    name = put(tmp_path, "rare.csv", "a,b,answer\n" + rows)
    told = receive(tmp_path, name)
    found = [one for one in audit(open_data(tmp_path / name)) if one.severity != "note"]
    assert found and [one["title"] for one in told["findings"]] == [one.title for one in found]


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("empty.csv", b"", "empty.csv is empty: it has no bytes. Choose another file."),
        ("one.csv", "a,b\n1,2\n", "one.csv has 1 row of data; expected at least 2."),
        ("head.csv", "a,b\n", "head.csv has a header and no rows of data; expected at least one."),
        ("single.csv", "a\n1\n2\n", "single.csv has one column only, 'a'; expected columns to"),
        ("gap.csv", "a,b\n1,2.5\n2,nan\n3,1.5\n", "gap.csv, line 3, column 'b'"),
        ("zip.csv", b"PK\x03\x04\0\0\0\0binary", "zip.csv"),
        ("nul.csv", b"a,b\n1,\x002\n", "nul.csv, line 2"),
        ("bad.parquet", b"PAR1 and no more", "bad.parquet cannot be read as Parquet"),
        ("bad.xlsx", b"no workbook", "bad.xlsx is damaged, or no zip file. Make it again."),
        ("bad.zip", b"no zip", "bad.zip is damaged, or no zip file. Make it again."),
        ("notes.docx", b"words", "notes.docx is of no kind that the studio reads. It takes tables"),
        ("cat.png", picture(), "cat.png is a single picture, and nothing can be told apart by one"),
        ("ways.csv", "path,label\n/etc/a.png,x\n", "ways.csv names picture files, and these did"),
    ],
)  # fmt: skip
def test_what_is_amiss_is_said(tmp_path: Path, name: str, content: str | bytes, words: str) -> None:
    said = refusal(tmp_path, put(tmp_path, name, content))
    assert said.startswith(words) and said.endswith((".", ")")) and len(said) < 600, said


def test_one_class_is_nothing_to_tell_apart(tmp_path: Path) -> None:
    name = put(tmp_path, "same.csv", "a,b\n1,x\n2,x\n3,x\n")
    assert refusal(tmp_path, name, target="b") == (
        "The column 'b' is the same in all 3 rows: there is nothing to tell apart. Choose another "
        "column, or add rows of another class."
    )


def test_a_last_column_that_is_the_same_everywhere_is_told_of(tmp_path: Path) -> None:
    rows = "".join(f"{k},{2 * k},x\n" for k in range(20))
    told = receive(tmp_path, put(tmp_path, "same.csv", f"a,b,c\n{rows}"))
    assert told["target"] == "c"
    assert told["problem"].startswith("The column 'c' is the same in all 20 rows")


def test_a_class_for_each_row_is_nothing_to_learn_from(tmp_path: Path) -> None:
    rows = "".join(f"{k},name{k}\n" for k in range(20))
    name = put(tmp_path, "own.csv", f"a,b\n{rows}")
    assert refusal(tmp_path, name, target="b", kind="classes") == (
        "The column 'b' is another in each of the 20 rows: of no class are there two rows to learn "
        "from. Choose another column, or add rows of the same classes; what holds measures can be "
        "predicted as numbers."
    )


@pytest.mark.parametrize("content", ["a,b\n1,x\n", "a,b\n1,x\ninf,y\n2,x\n3,y\n"])
def test_what_a_column_lacks_is_told_without_the_folder(tmp_path: Path, content: str) -> None:
    told = receive(tmp_path, put(tmp_path, "amiss.csv", content))
    assert told["problem"].startswith("amiss.csv")


def test_other_encodings_are_read(tmp_path: Path) -> None:
    text = "größe,farbe\n1,grün\n2,rot\n3,grün\n4,rot\n"
    told = receive(tmp_path, put(tmp_path, "latin.csv", text.encode("latin-1")))
    assert [column["name"] for column in told["columns"]] == ["größe", "farbe"]


def test_a_million_columns_are_refused_at_once(tmp_path: Path) -> None:
    row = ",".join(["1"] * 1_000_000)
    name = put(tmp_path, "wide.csv", f"{row}\n{row}\n{row}\n")
    said = refusal(tmp_path, name)
    assert said == (
        f"wide.csv has 1,000,000 columns; the studio takes at most {MOST_COLUMNS:,}. Keep those "
        "that matter, or learn from all of them with pellucid train."
    )


def test_a_parquet_file_of_few_bytes_and_many_rows(tmp_path: Path) -> None:
    pl.DataFrame({"a": pl.repeat(0, 60_000_000, eager=True, dtype=pl.Int8)}).write_parquet(
        tmp_path / "bomb.parquet"
    )
    assert (tmp_path / "bomb.parquet").stat().st_size < 10_000_000
    said = refusal(tmp_path, "bomb.parquet")
    assert said.startswith("bomb.parquet has 60,000,000 rows of 1 columns; the studio takes at")


def test_an_arrow_file_of_few_bytes_and_many_rows(tmp_path: Path) -> None:
    frame = pl.DataFrame({"a": pl.repeat(0, 60_000_000, eager=True, dtype=pl.Int8)})
    frame.write_ipc(tmp_path / "bomb.arrow", compression="zstd")
    assert (tmp_path / "bomb.arrow").stat().st_size < 10_000_000
    said = refusal(tmp_path, "bomb.arrow")
    assert said.startswith("bomb.arrow has 60,000,000 rows of 1 columns; the studio takes at")


def test_of_a_wide_table_the_first_columns_and_those_to_predict(tmp_path: Path) -> None:
    names = [f"c{n}" for n in range(1000)]
    names[700] = "Label"
    rows = "".join(",".join(str((n * k) % 3) for n in range(1000)) + "\n" for k in range(30))
    told = receive(tmp_path, put(tmp_path, "wide.csv", ",".join(names) + "\n" + rows))
    assert (told["count"], told["target"], told["problem"]) == (1000, "Label", None)
    assert len(told["columns"]) == 406 and told["columns"][-1]["name"] == "c999"


def test_a_workbook_that_unpacks_to_gigabytes(tmp_path: Path) -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/worksheets/sheet1.xml", b"0" * 30_000_000)
    name = put(tmp_path, "bomb.xlsx", out.getvalue())
    with pytest.raises(PellucidError, match="takes 30 MB once it is unpacked; the studio takes at"):
        check_size(tmp_path / name, 20_000_000)


@pytest.mark.parametrize("name", ["../secret.csv", "/etc/passwd", "a/b.csv", "", ".", "no.csv"])
def test_no_name_leads_out_of_the_folder(tmp_path: Path, name: str) -> None:
    (tmp_path / "inside").mkdir()
    (tmp_path / "secret.csv").write_text(FLOWERS)
    said = refusal(tmp_path / "inside", name)
    assert said.startswith("There is no file") and said.endswith("then choose it again.")


def test_a_list_of_pictures_elsewhere_is_not_followed(tmp_path: Path) -> None:
    outside = tmp_path / "outside.png"
    outside.write_bytes(picture())
    (tmp_path / "in").mkdir()
    put(tmp_path / "in", "list.csv", f"path,label\n{outside},a\n{outside},b\n{outside},b\n")
    data = TableFile("list.csv", "label").open(tmp_path / "in")
    assert data.x.columns == ["path"] or tuple(data.x.columns) == ("path",)


# --- pictures


@pytest.mark.parametrize("top", ["", "pets/", "a/b/"])
def test_a_zip_with_a_folder_for_each_class(tmp_path: Path, top: str) -> None:
    told = receive(tmp_path, put(tmp_path, "pets.zip", packed(pets(top))))
    assert told["classes"] == [{"name": "cat", "count": 6}, {"name": "dog", "count": 6}]
    assert told["file"] == "pets" and not (tmp_path / "pets.zip").exists()
    bench = Bench(scene_of(told), tmp_path)
    bench.learn(2)
    assert bench.step == 2


def test_a_folder_of_files_that_came_one_by_one(tmp_path: Path) -> None:
    for name, content in pets("pets/").items():
        put(tmp_path, name, content)
    told = receive(tmp_path, "pets")
    assert told["rows"] == 12
    assert scene_of(told).source == PictureFolder("pets")


def test_files_that_are_none_are_told_and_left_out(tmp_path: Path) -> None:
    files = {**pets(), "cat/broken.png": b"no picture", "readme.txt": b"hello"}
    told = receive(tmp_path, put(tmp_path, "pets.zip", packed(files)))
    assert told["rows"] == 12 and "cat/broken.png is no picture" in told["notes"][-1]
    bench = Bench(scene_of(told), tmp_path)
    assert len(bench.data.x) == 12
    assert (tmp_path / "pets" / "cat" / "broken.png").exists(), "no file is removed"


def bomb() -> bytes:
    """A PNG of 60,000 x 60,000 pixels in a few kilobytes: by its head alone."""
    import struct
    import zlib

    head = struct.pack(">IIBBBBB", 60_000, 60_000, 8, 2, 0, 0, 0)

    def chunk(kind: bytes, data: bytes) -> bytes:
        check = zlib.crc32(kind + data)
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", check)

    body = chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(b"\0" * 1000)) + chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + body


def test_a_picture_bomb_is_left_out(tmp_path: Path) -> None:
    told = receive(tmp_path, put(tmp_path, "pets.zip", packed({**pets(), "dog/bomb.png": bomb()})))
    assert told["rows"] == 12 and "at most 100 million are unpacked" in told["notes"][-1]


def test_only_bombs(tmp_path: Path) -> None:
    files = {"a/1.png": bomb(), "b/1.png": bomb()}
    said = refusal(tmp_path, put(tmp_path, "all.zip", packed(files)))
    assert said.startswith("Of all only pictures of no class can be read; expected at least two")


@pytest.mark.parametrize(
    ("files", "words"),
    [
        ({"cat/1.png": picture()}, "pets has pictures of one class only, cat, 1 of them; expected"),
        ({"1.png": picture()}, "pets has 1 picture and no folders; expected a folder for each"),
        ({"a.txt": b"x"}, "pets.zip has no pictures (PNG, JPEG, WebP, BMP or GIF) in it. Pack a"),
        (
            {"../../cat/1.png": picture()},
            "pets.zip has a file with the name '../../cat/1.png', which could lead out of its",
        ),
        (
            {"/etc/cat/1.png": picture()},
            "pets.zip has a file with the name '/etc/cat/1.png', which could lead out of its",
        ),
        (
            {"cat/a\\b.png": picture()}, "pets.zip has a file with the name 'cat/a\\\\b.png'",
        ),
    ],
)  # fmt: skip
def test_zips_that_are_refused(tmp_path: Path, files: dict[str, bytes], words: str) -> None:
    said = refusal(tmp_path, put(tmp_path, "pets.zip", packed(files)))
    assert said.startswith(words), said
    left = {path.name for path in tmp_path.rglob("*")}
    assert "pets.zip" not in left and not any(name.startswith(".unpack") for name in left)


def test_a_zip_that_unpacks_to_more_than_there_is_room_for(tmp_path: Path) -> None:
    big = picture() + b"\0" * 3_000_000
    put(tmp_path, "big.zip", packed({"a/1.png": big, "b/1.png": big}))
    assert (tmp_path / "big.zip").stat().st_size < 50_000
    with pytest.raises(PellucidError, match="takes more room, once it is unpacked, than this"):
        unpack_pictures(tmp_path / "big.zip", tmp_path, Limits(folder=4_000_000))
    assert list(tmp_path.iterdir()) == []


def test_a_zip_that_lies_about_its_sizes(tmp_path: Path) -> None:
    content = bytearray(packed({"a/1.png": picture() + b"\0" * 100_000}))
    at = content.rindex(b"PK\x01\x02")
    content[at + 24 : at + 28] = (10).to_bytes(4, "little")  # the size that it says
    said = refusal(tmp_path, put(tmp_path, "lies.zip", bytes(content)))
    assert "lies.zip is damaged" in said or "has pictures of one class" in said


def test_a_zip_with_a_link_in_it(tmp_path: Path) -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, content in pets().items():
            archive.writestr(name, content)
        link = zipfile.ZipInfo("cat/link.png")
        link.external_attr = 0o120777 << 16
        archive.writestr(link, "/etc/passwd")
    told = receive(tmp_path, put(tmp_path, "pets.zip", out.getvalue()))
    assert told["rows"] == 12 and not any(path.is_symlink() for path in tmp_path.rglob("*"))


def test_too_many_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pellucid.studio.unpacking.MOST_FILES", 10)
    said = refusal(tmp_path, put(tmp_path, "pets.zip", packed(pets())))
    assert said.startswith("pets.zip has 12 files; the studio takes at most 10.")


def test_a_category_that_is_read_as_missing_is_told_of(tmp_path: Path) -> None:
    garages = ["none", "single", "double", "none"]
    rows = "".join(f"{k},{garages[k % 4]},{'ab'[k % 3 == 0]}\n" for k in range(60))
    told = receive(tmp_path, put(tmp_path, "houses.csv", f"size,garage,y\n{rows}"))
    assert "In the column 'garage' 30 cells say 'none', which are read as missing." in [
        one["title"] for one in told["findings"]
    ]
