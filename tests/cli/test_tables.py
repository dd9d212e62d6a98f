"""``train`` and ``predict`` on tables that are as messy as tables are."""

from __future__ import annotations

import csv
import json
import random
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from click.testing import CliRunner, Result

from pellucid.cli import main
from pellucid.models.network import Network

QUICK = ("--epochs", "3")
HEADER = ["Nr", "Größe", "Zimmer", "PLZ", "Ort", "Balkon", "frei ab", "Notiz", "Land", "Miete"]


@pytest.fixture(autouse=True)
def _in_a_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def run(*words: str) -> Result:
    return CliRunner().invoke(main, list(words), prog_name="pellucid")


def trained(*words: str) -> dict[str, Any]:
    done = run("train", *words, "--json")
    assert done.exit_code == 0, done.stderr
    record: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return record


def flats(name: str = "flats.csv", rows: int = 200) -> str:
    """Flats to let, as an office might send them."""
    draw = random.Random(7)
    towns = {"Köln": 11, "Görlitz": 7, "Bonn": 10}
    table = []
    for number in range(1, rows + 1):
        size, town, balcony = draw.uniform(25, 120), draw.choice(list(towns)), draw.random() < 0.5
        rent = size * towns[town] + 40 * balcony + draw.gauss(0, 25)
        day = date(2024, 1, 1) + timedelta(days=draw.randrange(300))
        words = [draw.choice(["schöne", "helle", "ruhige", "große"]) for _ in range(3)]
        table.append([
            f"F-{number:04}", f"{size:.1f}".replace(".", ","), draw.choice(["1", "2", "3", "?"]),
            draw.choice(["01067", "02826", "50667"]), draw.choice([town, f" {town} "]),
            draw.choice(["ja", "-"]) if balcony else "nein", f"{day:%d.%m.%Y}",
            f"{' '.join(words)} Wohnung", "DE", f"{rent:.2f}".replace(".", ","),
        ])  # fmt: skip
    with Path(name).open("w", encoding="cp1252", newline="") as file:
        csv.writer(file, delimiter=";").writerows([HEADER, *table])
    return name


def test_a_messy_file_is_learned_and_all_that_was_found_is_said() -> None:
    done = run("train", flats(), "--target", "Miete", *QUICK, "--out", "run")
    assert done.exit_code == 0, done.stderr
    text = " ".join(done.stdout.split())
    for part in (
        "flats: 200 rows of 9 features, target Miete: numbers",
        "text in windows-1252 (Western European), separated by semicolons; decimal comma in Größe,",
        "Nr identifier 144 different in 144 cells nothing, left out",
        "Größe number numbers",
        "Zimmer number whole numbers",
        "PLZ category 3 different texts 3 numbers, one a category",
        "Ort category 3 different texts",
        "Balkon boolean only ja and nein -1 for nein, 1 for ja, missing…",
        "frei ab date dates or times like",
        "Notiz text 4 words a cell on average",
        "Land constant 'DE' in every row nothing, left out",
    ):
        assert part in text
    assert max(map(len, done.stdout.splitlines())) <= 80
    assert done.stderr.startswith("Warning: Some rows hold what training did not show.") or (
        done.stderr == ""
    )


def test_the_record_keeps_how_the_table_was_read() -> None:
    record = trained(flats(), "--target", "Miete", *QUICK, "--column", "PLZ=ignore")
    data = record["data"]
    assert data["target"] == "Miete"
    assert data["read"].startswith("text in windows-1252")
    assert [row["column"] for row in data["columns"]] == [n for n in HEADER[:-1] if n != "PLZ"]
    assert "--column PLZ=ignore" in record["command"]
    assert set(record["baselines"]) == {"mean", "linear model", "k nearest neighbours"}
    assert record["baselines"]["linear model"]["r2"] > 0.9


def test_answers_are_those_of_the_frame() -> None:
    trained(flats(), "--target", "Miete", *QUICK, "--out", "run")
    done = run("predict", "run", flats())
    assert done.exit_code == 0
    found = [float(row["prediction"]) for row in csv.DictReader(done.stdout.splitlines())]
    frame = pl.read_csv(
        "flats.csv", separator=";", decimal_comma=True, encoding="cp1252",
        schema_overrides={"PLZ": pl.String},
    )  # fmt: skip
    expected = Network.load("run/model.safetensors").predict(frame)
    assert found == pytest.approx(expected.tolist(), rel=1e-5)
    frame.write_parquet("flats.parquet")
    assert run("predict", "run", "flats.parquet").stdout == done.stdout


def test_what_training_did_not_show_is_one_warning() -> None:
    trained(flats(), "--target", "Miete", *QUICK, "--out", "run")
    Path("new.csv").write_text(
        "Größe;Zimmer;PLZ;Ort;Balkon;frei ab;Notiz\n"
        "61,5;2;50667;Köln;ja;01.03.2024;helle Wohnung\n"
        "900;2;01067;Rom;nein;01.03.2024;helle Wohnung\n"
        "50;2;01067;Pisa;nein;soon;helle Wohnung\n"
    )
    done = run("predict", "run", "new.csv")
    assert done.exit_code == 0
    assert done.stderr.count("Warning") == 1
    assert "Größe: 1 row holds numbers far from those of training (" in done.stderr
    assert "Ort: 2 rows hold categories that training did not have ('Rom', 'Pisa')" in done.stderr
    assert "frei ab: 1 row holds no moment in the form %d.%m.%Y" in done.stderr


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            "Größe;Ort;Balkon\n61,5;Köln;ja\n",
            "new.csv lacks 4 columns that the model was fitted on: 'Zimmer', 'PLZ', 'frei ab', "
            "'Notiz' are not among 'Größe', 'Ort', 'Balkon'. Add what is missing, or correct the "
            "header.",
        ),
        (
            "Größe;Zimmer;PLZ;Ort;Balkon;frei ab;Notiz\nsehr groß;2;50667;Köln;ja;01.03.2024;x\n",
            "The column 'Größe' holds text in 1 row, for example 'sehr groß'; expected numbers, as "
            "the column is one of numbers. Correct the cells, or leave them empty for a missing "
            "value.",
        ),
    ],
)
def test_new_rows_that_do_not_fit_are_refused(text: str, message: str) -> None:
    trained(flats(), "--target", "Miete", *QUICK, "--out", "run")
    Path("new.csv").write_text(text)
    done = run("predict", "run", "new.csv")
    assert (done.exit_code, done.stderr) == (2, f"Error: {message}\n")


def test_groups_are_kept_together_and_not_learned_from() -> None:
    record = trained(flats(), "--target", "Miete", *QUICK, "--group", "Nr")
    assert record["data"]["group"] == "Nr"
    assert "Nr" not in record["data"]["features"]
    Path("g.csv").write_text(
        "who,x,t\n" + "".join(f"p{k // 10},{k % 7},{'ab'[k % 2]}\n" for k in range(100))
    )
    record = trained("g.csv", *QUICK, "--group", "who")
    data = record["data"]
    assert [data[f"{part}_rows"] for part in ("training", "validation", "test")] == [70, 10, 20]


def test_by_time_the_latest_are_tested_with() -> None:
    rows = "".join(f"2024-{1 + k // 10:02}-01,{k % 7},{'ab'[k % 2]}\n" for k in range(100))
    Path("t.csv").write_text(f"month,x,t\n{rows}")
    done = run("train", "t.csv", *QUICK, "--time", "month", "--json")
    record = json.loads(done.stdout.splitlines()[-1])
    assert record["data"]["test_rows"] == 20 and record["data"]["validation_rows"] == 10
    assert record["data"]["time"] == "month"


def refused(*words: str) -> str:
    done = run("train", *words)
    assert done.exit_code == 2, done.output
    assert "Traceback" not in done.output
    assert list(Path().glob("runs")) == []
    return done.stderr.splitlines()[-1].removeprefix("Error: ")


ROWS = "".join(f"{k % 9},{k / 4},{'ab'[k % 2]}\n" for k in range(30))


@pytest.mark.parametrize(
    ("text", "words", "message"),
    [
        (
            f"x,y,t\n{ROWS}1,2\n",
            (),
            "t.csv, line 32 has 2 cells; expected 3, as in the header. Add what is missing, or put "
            "quotes around a cell that holds a comma.",
        ),
        (
            "x,e,t\n" + "".join(f"{k % 9},?,{'ab'[k % 2]}\n" for k in range(30)),
            (),
            "The column 'e' holds no value in any training row; expected some. Drop it, or have it "
            "ignored: columns={'e': 'ignore'}, on the command line --column e=ignore.",
        ),
        (
            f"x,y,t\n{ROWS}",
            ("--target", "tt"),
            "There is no column 'tt'. Did you mean 't'? Known: t, x, y.",
        ),
        (
            f"x,y,t\n{ROWS}",
            ("--group", "z"),
            "There is no column 'z'. Known: t, x, y.",
        ),
        (
            f"x,y,t\n{ROWS}",
            ("--time", "t", "--target", "y"),
            "t.csv, column 't' is to be the time, and holds no dates or numbers, for example 'a'. "
            "Name another column.",
        ),
        (
            f"x,y,t\n{ROWS}",
            ("--group", "t"),
            "t.csv: 't' is the target and cannot be the group as well.",
        ),
        (
            f"x,y,t\n{ROWS}",
            ("--column", "x=nmber"),
            "Invalid value for '--column': 'x=nmber' is no kind of a column; expected NAME=KIND "
            "with one of number, category, boolean, date, text, identifier, constant, ignore, such "
            "as zip=category.",
        ),
        (
            "x,t\n" + "".join(f"w{k},{'ab'[k % 2]}\n" for k in range(30)),
            (),
            "No column is left to learn from: 'x' is identifier (24 different in 24 cells). Add "
            "columns, or say which kind they are: columns={'name': 'number'}, on the command line "
            "--column name=number.",
        ),
        (
            "x,t\n" + "".join(f"{k % 5},w{k}\n" for k in range(30)),
            (),
            "t.csv, column 't' is the target and holds 30 different texts in 30 rows, for example "
            "'w0'; expected classes with several rows each, or numbers. Name another target, or "
            "write --kind classes (kind='classes') if that is what is meant.",
        ),
    ],
)
def test_tables_that_cannot_be_learned(text: str, words: tuple[str, ...], message: str) -> None:
    Path("t.csv").write_text(text)
    assert refused("t.csv", *words) == message


def test_options_of_tables_are_for_tables() -> None:
    assert refused("iris", "--column", "x=text") == (
        "--column is for the columns of a table, and iris is none. Leave it out."
    )
    assert refused("iris", "--group", "x") == (
        "iris is a sample, for which group has no meaning, got group='x'. Leave it out."
    )
    assert refused("iris", "--group", "x", "--time", "y") == (
        "--group and --time both say how to split. Give one of the two."
    )
