"""``pellucid attribute`` and ``pellucid importance``."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner, Result

from pellucid import Network, data
from pellucid.cli import main
from pellucid.cli.attribute import METHODS
from pellucid.inspect import attribute as package


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("runs")
    for name in ("iris", "digits"):
        words = ["train", name, "--epochs", "5", "--no-report", "--out", str(folder / name)]
        result = CliRunner().invoke(main, words, prog_name="pellucid")
        assert result.exit_code == 0, result.output
    x, y = data.load("iris")
    names = ["a", "b", "c", "d"]
    lines = [",".join([*names, "kind"])]
    lines += [",".join([*map(str, row), label]) for row, label in zip(x.tolist(), y, strict=True)]
    (folder / "iris.csv").write_text("\n".join(lines) + "\n")
    words = ["train", str(folder / "iris.csv"), "--target", "kind", "--epochs", "5", "--no-report",
             "--out", str(folder / "table")]  # fmt: skip
    assert CliRunner().invoke(main, words, prog_name="pellucid").exit_code == 0
    return folder


def run(*words: str | Path) -> Result:
    return CliRunner().invoke(main, [*map(str, words)], prog_name="pellucid")


def record_of(result: Result) -> dict[str, Any]:
    assert result.exit_code == 0, result.output
    found: dict[str, Any] = json.loads(result.stdout.splitlines()[-1], parse_constant=pytest.fail)
    return found


def refused(*words: str | Path) -> str:
    result = run(*words)
    assert result.exit_code == 2, result.output
    assert "Traceback" not in result.output
    return result.stderr.splitlines()[-1].removeprefix("Error: ")


def test_the_methods_are_those_of_the_library() -> None:
    assert sorted(METHODS) == sorted(package.METHODS)


@pytest.mark.parametrize("method", [name for name in METHODS if name != "grad_cam"])
def test_each_method_of_the_command_is_that_of_the_library(runs: Path, method: str) -> None:
    words = ("attribute", runs / "table", runs / "iris.csv", "--row", "7", "--method", method)
    found = record_of(run(*words, "--json"))
    net = Network.load(runs / "table" / "model.safetensors")
    wanted = net.attribute(data.load("iris").x[7], method)
    assert found["values"] == pytest.approx(wanted.values.tolist())
    assert found["row"] == 7
    assert found["residual"] == pytest.approx(wanted.residual, abs=1e-12)
    text = run(*words).stdout
    assert text.startswith(f"Row 7 of {runs / 'iris.csv'}\n\nThe score of class 'setosa', by ")
    assert "is missing" in text


def test_a_class_and_its_chance_against_rows(runs: Path) -> None:
    found = record_of(run(
        "attribute", runs / "table", runs / "iris.csv", "--class", "virginica", "--probability",
        "--baseline", "rows", "--method", "exact_shapley", "--json",
    ))  # fmt: skip
    assert found["output"] == "the chance of class 'virginica'"
    assert found["baseline"] == "the mean over 50 given rows"
    assert 0 < found["score"] < 1
    assert abs(found["residual"]) < 1e-9


def test_digits_are_pictures_and_their_labels_numbers(runs: Path) -> None:
    found = record_of(run("attribute", runs / "digits", "digits", "--class", "3", "--json"))
    assert found["label"] == 3
    assert found["residual_share"] < 0.01
    assert np.size(found["values"]) == 64
    text = run("attribute", runs / "digits", "digits").stdout
    assert "speaks for it: +" in text


@pytest.mark.parametrize("ending", ["json", "csv", "html", "txt"])
def test_files_of_each_format(runs: Path, tmp_path: Path, ending: str) -> None:
    out = tmp_path / f"found.{ending}"
    result = run("attribute", runs / "table", runs / "iris.csv", "--out", out)
    assert result.exit_code == 0
    assert result.stdout == ""
    assert result.stderr == f"The attribution is in {out}.\n"
    text = out.read_text()
    if ending == "json":
        assert len(json.loads(text)["columns"]) == 4
    elif ending == "csv":
        rows = list(csv.DictReader(text.splitlines()))
        assert {row["column"] for row in rows} == {"a", "b", "c", "d"}
        assert [*rows[0]] == ["column", "value", "attribution"]
    else:
        assert "setosa" in text


def test_wrong_input_is_refused(runs: Path, tmp_path: Path) -> None:
    table, rows = runs / "table", runs / "iris.csv"
    assert refused("attribute", table, rows, "--row", "150") == (
        f"{rows} has 150 rows, counted from 0, and --row is 150. Give one from 0 to 149."
    )
    assert refused("attribute", table, rows, "--class", "setsoa") == (
        "There is no class 'setsoa'. Did you mean 'setosa'? Known: setosa, versicolor, virginica."
    )
    assert refused("attribute", table, rows, "--method", "grad_cam").startswith(
        "grad_cam needs pictures and a layer that gives channels"
    )
    assert refused("attribute", table, rows, "--out", tmp_path / "a.png") == (
        f"--out is {tmp_path / 'a.png'}; expected a name that ends in .json, .csv, .html or .txt. "
        f"Write {tmp_path / 'a.png'}.json."
    )
    assert refused("attribute", table, rows, "--out", rows).endswith("Give --out another name.")
    assert refused("attribute", tmp_path / "no", rows) == (
        f"Cannot read {tmp_path / 'no'}: no such file or directory."
    )


def test_importance_of_the_test_rows_of_a_run(runs: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(runs)
    found = record_of(run("importance", runs / "table", "--json"))
    assert found["test_rows"] == 30
    assert {row["column"] for row in found["columns"]} == {"a", "b", "c", "d"}
    for row in found["columns"]:
        assert row["shapley"] > 0
        assert row["garson_rank"] in range(1, 5)
    assert set(found["agreements"]) == {"weights", "garson", "olden", "shapley"}


def test_importance_of_other_rows(runs: Path) -> None:
    found = record_of(run("importance", runs / "table", runs / "iris.csv", "--repeats", "3",
                          "--json"))  # fmt: skip
    assert found["test_rows"] == 150
    assert found["repeats"] == 3
    text = run("importance", runs / "table", runs / "iris.csv").stdout
    assert text.startswith("Shuffled among 150 rows, 10 times: by how much the wrong answers rise")
    for title in ("shuffling", "weights", "Garson", "Olden", "Shapley"):
        assert title in text


def test_importance_of_pictures_is_a_map(runs: Path) -> None:
    found = record_of(run("importance", runs / "digits", "digits", "--json"))
    assert np.shape(found["rises"]) == (8, 8)
    text = run("importance", runs / "digits", "digits").stdout
    assert text.startswith("Each block of pixels exchanged among ")


def test_importance_refuses_wrong_input(runs: Path) -> None:
    assert refused("importance", runs / "table", "--target", "kind") == (
        "--target and --data-dir are for DATA. Name the data, too."
    )
    assert refused("importance", runs / "table" / "model.safetensors").endswith("Check the path.")
    assert refused("importance", runs / "table", runs / "iris.csv", "--target", "knd").startswith(
        "There is no column 'knd'. Did you mean 'kind'?"
    )
    assert refused("importance", runs / "digits", "digits", "--repeats", "3") == (
        "names, repeats and shapley are for rows of columns, and these are pictures. Leave them "
        "out."
    )
