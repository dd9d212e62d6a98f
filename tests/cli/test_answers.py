"""``predict`` in full: formats, the data's own columns, large files piece by piece."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from click.testing import CliRunner, Result

from pellucid.cli import main
from pellucid.data.reading import pieces
from pellucid.models.network import Network

HEADER = "Nr;Größe;Ort;Miete\n"


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A model of a table with decimal commas, learned from 300 rows."""
    folder = tmp_path_factory.mktemp("model")
    (folder / "flats.csv").write_text(table(300))
    done = CliRunner().invoke(
        main, ["train", str(folder / "flats.csv"), "--column", "Nr=ignore", "--epochs", "2",
               "--out", str(folder / "run")],
    )  # fmt: skip
    assert done.exit_code == 0, done.output
    return folder / "run"


@pytest.fixture(autouse=True)
def _in_a_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def table(rows: int, seed: int = 0, new: bool = False) -> str:
    """Flats: a number with leading zeros, a decimal comma, a name that may hold a line's end."""
    rng = np.random.default_rng(seed)
    lines = []
    for row in range(rows):
        size = f"{rng.uniform(20, 120):.3f}".replace(".", ",")
        town = ["Köln", '"Bad\nEms"', '"Ulm; ""Mitte"""'][int(rng.integers(3))]
        town = "Rom" if new and row % 10 == 0 else town
        lines.append(f"{row:05};{size};{town};{rng.uniform(300, 900):.2f}".replace(".", ","))
    return HEADER + "\n".join(lines) + "\n"


def run(*words: str | Path) -> Result:
    return CliRunner().invoke(main, ["predict", *map(str, words)], prog_name="pellucid")


@pytest.mark.parametrize("ending", [".csv", ".tsv", ".parquet", ".arrow", ".feather", ".jsonl"])
def test_answers_are_written_in_the_format_of_the_name(model: Path, ending: str) -> None:
    Path("new.csv").write_text(table(50, 1))
    done = run(model, "new.csv", "--out", f"answers{ending}")
    assert done.exit_code == 0, done.output
    readers = {
        ".csv": pl.read_csv, ".tsv": lambda path: pl.read_csv(path, separator="\t"),
        ".parquet": pl.read_parquet, ".arrow": pl.read_ipc, ".feather": pl.read_ipc,
        ".jsonl": pl.read_ndjson,
    }  # fmt: skip
    found = readers[ending](f"answers{ending}")
    assert found.columns == ["row", "prediction"]
    assert found["row"].to_list() == list(range(50))
    net = Network.load(model / "model.safetensors")
    frame = pl.read_csv("new.csv", separator=";", decimal_comma=True)
    np.testing.assert_allclose(found["prediction"], net.predict(frame), rtol=1e-5)
    assert sorted(path.name for path in Path().iterdir()) == sorted(["new.csv", f"answers{ending}"])


def test_an_unknown_format_is_refused_before_anything_is_read(model: Path) -> None:
    done = run(model, "absent.csv", "--out", "answers.xlsx")
    assert done.exit_code == 2
    assert done.stderr == (
        "Error: --out is answers.xlsx; expected a name that ends in .csv, .tsv, .tab, .jsonl, "
        ".ndjson, .parquet, .pq, .arrow, .feather or .ipc. Write answers.xlsx.csv.\n"
    )


def test_the_datas_own_columns_stand_beside_the_answers_as_they_are(model: Path) -> None:
    Path("new.csv").write_text(table(30, 1))
    assert run(model, "new.csv", "--out", "a.csv", "--with-data").exit_code == 0
    found = pl.read_csv("a.csv", infer_schema=False)
    own = pl.read_csv("new.csv", separator=";", infer_schema=False)
    assert found.columns == ["row", *own.columns, "prediction"]
    assert found.select(own.columns).equals(own)
    assert run(model, "new.csv", "--out", "a.parquet", "--with-data").exit_code == 0
    typed = pl.read_parquet("a.parquet")
    assert typed["Größe"].dtype == pl.Float64
    assert typed["Nr"].dtype == pl.String  # 00012 is a code
    assert typed["Ort"].equals(own["Ort"])


def test_columns_called_as_the_answers_are_refused(model: Path) -> None:
    text = table(5).replace("Nr;", "prediction;", 1)
    Path("new.csv").write_text(text)
    done = run(model, "new.csv", "--with-data", "--out", "a.csv")
    assert done.exit_code == 2
    assert done.stderr == (
        "Error: The data have a column 'prediction' themselves, as the answers have; expected "
        "other names with --with-data. Rename it, or leave --with-data out.\n"
    )
    assert not Path("a.csv").exists()
    done = run(model, "iris", "--with-data")
    assert done.stderr == (
        "Error: --with-data keeps the columns of a table, and iris is none. Leave it out.\n"
    )


def test_chances_can_be_left_out(tmp_path: Path) -> None:
    CliRunner().invoke(main, ["train", "iris", "--epochs", "1", "--out", "run"])
    assert run("run", "iris", "--no-chances").stdout.splitlines()[0] == "row,prediction"
    record = json.loads(run("run", "iris", "--no-chances", "--json").stdout)
    assert list(record["predictions"][0]) == ["row", "prediction"]


@pytest.mark.parametrize("ending", [".csv", ".parquet", ".jsonl"])
def test_a_large_file_is_answered_in_pieces_as_a_small_one_is(
    model: Path, ending: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    Path("new.csv").write_text(table(2000, 1, new=True))
    whole = run(model, "new.csv", "--out", f"whole{ending}", "--with-data")
    monkeypatch.setattr(pieces, "LARGE", 8000)
    monkeypatch.setattr(pieces.open_pieces, "__defaults__", ((), 8000))
    parts = list(pieces.open_pieces(Path("new.csv")))
    assert len(parts) > 10
    assert max(part.frame.height for part in parts) < 200
    cut = run(model, "new.csv", "--out", f"cut{ending}", "--with-data")
    assert Path(f"cut{ending}").stat().st_size > 0
    if ending == ".parquet":
        assert pl.read_parquet("cut.parquet").equals(pl.read_parquet("whole.parquet"))
    else:
        assert Path(f"cut{ending}").read_bytes() == Path(f"whole{ending}").read_bytes()
    assert cut.stderr.replace("cut", "whole") == whole.stderr
    assert "Ort: 200 rows hold categories that training did not have ('Rom')" in cut.stderr


def test_a_fault_in_a_later_piece_is_told_and_nothing_is_left(
    model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pieces.open_pieces, "__defaults__", ((), 4000))
    Path("new.csv").write_text(table(500, 1) + "00001;1,5\n")
    done = run(model, "new.csv", "--out", "a.csv")
    assert done.exit_code == 2
    assert "has 2 cells; expected 4, as in the header" in done.stderr
    assert not Path("a.csv").exists()
    assert [path.name for path in Path().iterdir()] == ["new.csv"]


def test_parquet_comes_in_pieces_too(model: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    Path("new.csv").write_text(table(100, 1))
    frame = pl.read_csv("new.csv", separator=";", decimal_comma=True)
    frame.write_parquet("new.parquet")
    whole = run(model, "new.parquet").stdout
    monkeypatch.setattr(pieces, "ROWS", 30)
    assert run(model, "new.parquet").stdout == whole
    assert len(whole.splitlines()) == 101


def test_threads_are_those_asked_for(model: Path) -> None:
    Path("new.csv").write_text(table(20, 1))
    assert run(model, "new.csv", "--threads", "1").stdout == run(model, "new.csv").stdout
    assert run(model, "new.csv", "--threads", "0").exit_code == 2
