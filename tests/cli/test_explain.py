"""``pellucid explain``: of a table, of a sample, in every format, and what it says to bad input."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner, Result

from pellucid import Network
from pellucid.cli import main
from pellucid.nn import Dense
from tests.inspect.explain.redo import redo

PEOPLE = "age,city,late\n" + "".join(
    f"{20 + 3 * n},{'Ulm' if n % 3 else 'Bonn'},{'yes' if n % 2 else 'no'}\n" for n in range(20)
)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("explain")
    (place / "people.csv").write_text(PEOPLE)
    words = ["train", str(place / "people.csv"), "--target", "late", "--epochs", "2"]
    done = CliRunner().invoke(
        main, [*words, "--hidden", "2", "--no-report", "--out", str(place / "run")]
    )
    assert done.exit_code == 0, done.output
    return place


def run(*words: str | Path) -> Result:
    return CliRunner().invoke(main, ["explain", *map(str, words)], prog_name="pellucid")


def test_a_row_of_a_table_from_its_cells_to_the_update(folder: Path) -> None:
    done = run(
        folder / "run", folder / "people.csv", "--row", "4", "--rule", "sgd", "--rate", "0.5"
    )
    assert done.exit_code == 0, done.output
    text = done.stdout
    assert redo(text) > 20
    assert "x_0 = (age - mean) / scale" in text and "= (32 - " in text
    assert "city: 'Ulm' becomes" in text and "The target is 'no'" in text
    assert "Update: w' = w - step" in text and "rate of r = 0.5" in text


def test_without_the_target_the_prediction_alone_is_explained(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "new.csv").write_text("city,age\nUlm,42\n")
    done = run(folder / "run", tmp_path / "new.csv")
    assert done.exit_code == 0
    assert done.stdout.startswith("A prediction, worked out\n") and "Update" not in done.stdout
    assert done.stderr == (
        f"{tmp_path / 'new.csv'} does not hold the target, so that there is no step: the "
        "prediction only.\n"
    )


def test_a_unit_and_a_weight_on_their_own(folder: Path) -> None:
    unit = run(folder / "run", folder / "people.csv", "--unit", "dense_1/1")
    assert unit.exit_code == 0 and unit.stdout.startswith("dense_1, unit 1, worked out\n")
    assert "dense_1, unit 0\n" not in unit.stdout and redo(unit.stdout) > 5
    named = run(folder / "run", folder / "people.csv", "--weight", "dense_1.weight[0,1]")
    placed = run(folder / "run", folder / "people.csv", "--unit", "dense_1/1", "--weight", "0")
    assert named.exit_code == 0 and named.stdout == placed.stdout


@pytest.mark.parametrize(
    ("form", "begins"),
    [
        ("text", "A training step"), ("markdown", "# A training step"),
        ("latex", "\\documentclass"), ("html", "<!DOCTYPE html>"),
    ],
)  # fmt: skip
def test_every_format_to_stdout_and_to_a_file(
    folder: Path, tmp_path: Path, form: str, begins: str
) -> None:
    out = tmp_path / "told"
    first = run(folder / "run", folder / "people.csv", "--format", form)
    second = run(folder / "run", folder / "people.csv", "--format", form, "--out", out)
    assert first.exit_code == second.exit_code == 0
    assert first.stdout.startswith(begins) and second.stdout == ""
    assert out.read_text().strip() == first.stdout.strip()
    assert second.stderr == f"The explanation is in {out}.\n"


def test_json_holds_all_calculations(folder: Path) -> None:
    done = run(folder / "run", folder / "people.csv", "--json")
    record = json.loads(done.stdout)
    assert record["row"] == 0 and record["out"] is None
    titles = [part["title"] for part in record["explanation"]["parts"]]
    assert titles[0] == "Inputs" and titles[-1].startswith("Update")


def test_samples_and_arrays_have_their_targets_with_them(tmp_path: Path) -> None:
    x, y = np.array([[1.0, 2.0], [3.0, 1.0], [0.0, 1.0]]), np.array([1.5, 2.0, 4.0])
    net = Network([Dense(2, "sigmoid"), Dense(1)], seed=0).build(x, y)
    net.save(tmp_path / "net.safetensors")
    np.savez(tmp_path / "with.npz", x=x, y=y)
    np.savez(tmp_path / "without.npz", x=x)
    done = run(tmp_path / "net.safetensors", tmp_path / "with.npz", "--row", "2")
    assert done.exit_code == 0 and "t_0 = (y - mean) / scale" in done.stdout
    alone = run(tmp_path / "net.safetensors", tmp_path / "without.npz", "--row", "2")
    assert alone.exit_code == 0 and "A prediction" in alone.stdout


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (
            ["--row", "20"],
            "{data} has 20 rows, counted from 0, and --row is 20. Give one from 0 to 19.",
        ),
        (
            ["--unit", "dense_1/2"],
            "dense_1 has 2 units, got the unit 2. Units are counted from 0: the last of dense_1 "
            "is 1.",
        ),
        (
            ["--unit", "dens_1/0"],
            "There is no layer 'dens_1'. Did you mean 'dense_1'?",
        ),
        (
            ["--unit", "dense_1"],
            "--unit is 'dense_1'; expected a layer and a unit of it, counted from 0, such as "
            "dense_1/0, or a place in pictures, such as conv2d_1/0/5/5.",
        ),
        (
            ["--weight", "dense_1.weight[0,7]"],
            "got the place [0,7]. Places are counted from 0: the last is dense_1.weight[",
        ),
        (["--weight", "dense_1.wait[0,1]"], "Did you mean 'dense_1.weight'?"),
        (["--weight", "[["], "A weight is named in full, such as 'dense_1.weight[0,2]'"),
        (["--rule", "addam"], "There is no optimizer 'addam'. Did you mean 'adam'?"),
        (["--rule", "lbfgs", "--rate", "1"], "lbfgs finds its steps itself and has no rate."),
    ],
)
def test_bad_input_is_one_paragraph_and_exit_2(
    folder: Path, words: list[str], message: str
) -> None:
    source = folder / "people.csv"
    done = run(folder / "run", source, *words)
    assert done.exit_code == 2 and done.stdout == ""
    assert message.format(data=source) in done.stderr and "Traceback" not in done.stderr


def test_the_model_is_not_written_over(folder: Path) -> None:
    out = folder / "run" / "model.safetensors"
    done = run(folder / "run", folder / "people.csv", "--out", out)
    assert done.exit_code == 2 and "the explanation would replace it" in done.stderr


def test_a_class_that_the_model_does_not_know(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "odd.csv").write_text("age,city,late\n42,Ulm,maybe\n43,Ulm,no\n")
    done = run(folder / "run", tmp_path / "odd.csv")
    assert done.exit_code == 2
    assert "The data hold the class 'maybe', which the model does not know" in done.stderr
