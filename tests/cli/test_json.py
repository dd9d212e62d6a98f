"""``--json`` on every command: one object as the last line of stdout, and the exit codes.

The commands are found by introspection; a new one needs a call here.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
from click.testing import CliRunner, Result

from pellucid.cli import main
from pellucid.data import load, read_npz, read_table
from pellucid.models.network import Network

CALLS: dict[str, list[list[str]]] = {
    "train": [["iris", "--epochs", "1"], ["iris", "--epochs", "1", "--folds", "2"]],
    "predict": [["RUN", "iris"], ["RUN", "iris", "--out", "a.parquet"]],
    "report": [["RUN"], ["RUN", "--format", "markdown", "--out", "report.md"]],
    "replay": [["RUN"], ["RUN", "--step", "1"]],
    "diagnose": [["RUN"]],
    "explain": [
        ["RUN", "iris", "--row", "3"],
        ["RUN", "iris", "--out", "row.html", "--format", "html"],
    ],
    "compare": [["RUN", "RUN"], ["RUN/model.safetensors", "RUN", "iris"]],
    "cluster": [["iris", "--method", "kmeans"]],
    "audit": [["iris"]],
    "inspect": [["RUN"], ["RUN/model.safetensors"]],
    "attribute": [["RUN", "iris"], ["RUN", "iris", "--method", "deeplift", "--out", "a.csv"]],
    "importance": [["RUN"], ["RUN", "iris"]],
    "export": [["RUN", "net.py", "--to", "python"]],
    "data": [[], ["iris"], ["iris", "iris.npz"], ["flowers"], ["flowers", "f", "--count", "1"]],
    "doctor": [[]],
    "completion": [["bash"], ["zsh"], ["fish"]],
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("runs") / "iris"
    done = CliRunner().invoke(main, ["train", "iris", "--epochs", "2", "--out", str(path)])
    assert done.exit_code == 0, done.output
    return path


@pytest.fixture(autouse=True)
def _in_a_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def run(*words: str) -> Result:
    return CliRunner().invoke(main, list(words), prog_name="pellucid")


def record_of(*words: str) -> Any:
    done = run(*words, "--json")
    assert done.exit_code == 0, done.output
    return json.loads(done.stdout.splitlines()[-1], parse_constant=pytest.fail)


def test_every_command_has_the_option() -> None:
    lacking = [
        name
        for name, command in main.commands.items()
        if not any("--json" in parameter.opts for parameter in command.params)
    ]
    assert lacking == []


def test_every_command_is_called_here() -> None:
    elsewhere = {"serve", "resume", "import", "studio", "learn"}  # which files of their own call
    assert set(CALLS) | elsewhere == set(main.commands)


@pytest.mark.parametrize(
    ("command", "words"), [(name, words) for name, calls in CALLS.items() for words in calls]
)
def test_the_last_line_is_one_object(folder: Path, command: str, words: list[str]) -> None:
    found = record_of(command, *(word.replace("RUN", str(folder)) for word in words))
    assert isinstance(found, dict)
    assert found


@pytest.mark.parametrize(
    ("command", "words"), [(name, words) for name, calls in CALLS.items() for words in calls]
)
def test_without_the_option_no_object_is_printed(
    folder: Path, command: str, words: list[str]
) -> None:
    done = run(command, *(word.replace("RUN", str(folder)) for word in words))
    assert done.exit_code == 0
    assert not done.stdout.rstrip().endswith("}")
    assert not done.stdout.startswith("{")


@pytest.mark.parametrize("command", sorted(CALLS))
def test_wrong_input_exits_2_with_a_paragraph(command: str) -> None:
    done = run(command, "no such thing", "--json") if command != "doctor" else run(command, "x")
    assert done.exit_code == 2
    assert "Error: " in done.stderr
    assert "Traceback" not in done.output
    assert done.stdout == ""


# --- data


def test_the_samples_are_listed_and_described() -> None:
    rows = record_of("data")["samples"]
    assert {row["sample"] for row in rows} >= {"iris", "mnist", "flowers"}
    iris = record_of("data", "iris")
    assert (iris["rows"], iris["classes"]) == (150, ["setosa", "versicolor", "virginica"])
    drawn = record_of("data", "shapes", "out", "--count", "2", "--size", "9")
    assert drawn["pictures"] == len(list(Path("out").glob("*/*.png"))) == 12


@pytest.mark.parametrize("ending", [".csv", ".tsv", ".parquet", ".arrow", ".feather", ".jsonl"])
def test_a_sample_is_written_in_the_format_of_the_name(ending: str) -> None:
    record = record_of("data", "wine", f"wine{ending}")
    assert record["out"] == f"wine{ending}"
    sample, back = load("wine"), read_table(f"wine{ending}", "target")
    np.testing.assert_array_equal(back.x.to_numpy(), sample.x)
    np.testing.assert_array_equal(back.y, sample.y)


def test_a_sample_is_written_as_arrays() -> None:
    assert record_of("data", "digits", "digits.npz")["rows"] == 1797
    sample, back = load("digits"), read_npz("digits.npz")
    np.testing.assert_array_equal(back.x, sample.x)
    np.testing.assert_array_equal(back.y, sample.y)
    assert run("data", "digits", "-", "--json").exit_code == 2


# --- inspect


def test_a_run_is_told_with_its_columns_scores_and_file(folder: Path) -> None:
    pl.DataFrame({"a": [k % 7 for k in range(60)], "b": ["x", "y", "z"] * 20,
                  "y": [k % 2 for k in range(60)]}).write_csv("t.csv")  # fmt: skip
    trained = record_of("train", "t.csv", "--epochs", "1", "--out", "run")
    found = record_of("inspect", "run")
    assert [row["kind"] for row in found["columns"]] == ["number", "category"]
    assert found["run"]["metrics"] == trained["metrics"]
    assert found["file"]["bytes"] == Path("run/model.safetensors").stat().st_size
    assert found["codec"]["input"]["kind"] == "table"
    text = run("inspect", "run").stdout
    assert "column  kind" in text
    assert "Run      1 epochs in" in text
    assert "majority class" in text
    assert record_of("inspect", str(folder))["columns"] is None


def test_a_model_alone_has_no_run_and_a_broken_record_is_no_fault(folder: Path) -> None:
    Network.load(folder / "model.safetensors").save("alone.safetensors")
    assert record_of("inspect", "alone.safetensors")["run"] is None
    record_of("train", "iris", "--epochs", "1", "--out", "run")
    for text in ("{", "[]", "{}", '{"metrics": 3, "seconds": "x"}'):
        Path("run/run.json").write_text(text)
        done = run("inspect", "run")
        assert done.exit_code == 0, done.output
