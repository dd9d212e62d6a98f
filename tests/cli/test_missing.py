"""``pellucid train --missing``."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from pellucid.cli import main
from pellucid.data.table_codec import TableCodec
from pellucid.models.network import Network


@pytest.fixture(autouse=True)
def _in_a_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    lines = [
        f"{'' if k % 5 == 0 else k % 13},{'?' if k % 7 == 0 else 'abbc'[k % 4]},{k % 2}"
        for k in range(100)
    ]
    Path("t.csv").write_text("\n".join(["age,town=x,y", *lines]))


def run(*words: str) -> Result:
    return CliRunner().invoke(main, ["train", *words, "--epochs", "1"], prog_name="pellucid")


def test_policies_reach_the_codec_the_report_and_the_command() -> None:
    done = run("t.csv", "--missing", "age=median", "--missing", "town=x=most_frequent",
               "--out", "run", "--json")  # fmt: skip
    assert done.exit_code == 0, done.output
    codec = Network.load("run/model.safetensors").inputs
    assert isinstance(codec, TableCodec)
    assert [row["becomes"].split(", ")[-1] for row in codec.rows()] == [
        f"missing as {codec.columns[0].fill:.4g} and marked",  # type: ignore[attr-defined]
        "missing as b and marked",
    ]
    record = json.loads(done.stdout.splitlines()[-1])
    assert "--missing age=median --missing town=x=most_frequent" in record["command"]
    assert "numbers, one a category, missing as b" in done.stderr


def test_rows_are_dropped_before_the_division_and_said_so() -> None:
    done = run("t.csv", "--missing", "age=drop", "--out", "run", "--json")
    record = json.loads(done.stdout.splitlines()[-1])
    data = record["data"]
    assert data["training_rows"] + data["validation_rows"] + data["test_rows"] == 80
    note = "20 of 100 rows are left out: they have no value in age."
    assert data["notes"] == [note]
    assert done.stderr.startswith(f"Warning: {note}\n")


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("t.csv", "--missing", "age"), "Invalid value for '--missing': 'age' says nothing of "
         "missing values; expected COLUMN=POLICY with one of mean, median, zero, most_frequent, "
         "own, drop, such as age=median."),
        (("t.csv", "--missing", "aeg=mean"),
         "There is no column 'aeg'. Did you mean 'age'? Known: age, town=x."),
        (("iris", "--missing", "age=mean"),
         "--missing is for the columns of a table, and iris is none. Leave it out."),
    ],
)  # fmt: skip
def test_what_does_not_fit_is_refused(words: tuple[str, ...], message: str) -> None:
    done = run(*words)
    assert done.exit_code == 2
    assert done.stderr.splitlines()[-1].removeprefix("Error: ") == message
