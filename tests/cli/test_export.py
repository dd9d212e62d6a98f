"""``pellucid export``: the files it writes, what it says, and what it refuses."""

from __future__ import annotations

import errno
import json
import os
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner, Result

from pellucid.cli import main
from pellucid.data import load
from pellucid.io.onnx import OPSET, run_onnx
from pellucid.models.network import Network
from tests.io.programs import ENDS, answers


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("runs") / "iris"
    done = CliRunner().invoke(main, ["train", "iris", "--epochs", "5", "--out", str(path)])
    assert done.exit_code == 0, done.output
    return path


@pytest.fixture(autouse=True)
def _in_a_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def run(*words: str | Path) -> Result:
    return CliRunner().invoke(main, ["export", *map(str, words)], prog_name="pellucid")


def test_onnx_is_compared_on_the_rows_that_the_model_learned_from(folder: Path) -> None:
    done = run(folder, "iris.onnx", "--to", "onnx")
    assert done.exit_code == 0, done.output
    size = Path("iris.onnx").stat().st_size
    head = f"iris.onnx: ONNX, opset {OPSET}, {size:,} bytes. Checked on 150 rows: the largest "
    assert done.stdout.startswith(f"{head}difference is ")
    assert done.stdout.endswith(" (at most 1e-05 is accepted).\n")
    x, _ = load("iris")
    found = run_onnx(Path("iris.onnx").read_bytes(), np.asarray(x))
    net = Network.load(folder / "model.safetensors")
    assert found["label"].tolist() == net.predict(x).tolist()
    np.testing.assert_allclose(found["probabilities"], net.predict_proba(x), atol=1e-5)


@pytest.mark.parametrize("language", ENDS)
def test_code_answers_as_the_model_does(folder: Path, language: str, tmp_path: Path) -> None:
    out = tmp_path / f"iris.{ENDS[language]}"
    done = run(folder / "model.safetensors", out, "--to", language)
    assert done.stdout == f"{out}: {language}, {out.stat().st_size:,} bytes.\n"
    x, _ = load("iris")
    net = Network.load(folder / "model.safetensors")
    expected = net.predict_proba(x, engine="reference")
    np.testing.assert_allclose(answers(out, np.asarray(x)), expected, rtol=1e-11)
    assert "sepal length (cm)" in out.read_text().split("setosa")[0]  # the order of the columns


def test_json_says_the_same(folder: Path) -> None:
    record = json.loads(run(folder, "m.onnx", "--to", "onnx", "--json").stdout)
    assert record.pop("difference") < 1e-5
    assert record == {
        "model": str(folder), "out": "m.onnx", "form": "onnx", "opset": OPSET, "checked": 150,
        "bytes": Path("m.onnx").stat().st_size, "drawn": False,
    }  # fmt: skip
    record = json.loads(run(folder, "m.py", "--to", "python", "--json").stdout)
    assert (record["checked"], record["difference"], record["opset"]) == (0, None, None)


def test_other_rows_can_be_given_and_rows_are_drawn_where_the_data_have_gone(folder: Path) -> None:
    net = Network.load(folder / "model.safetensors")
    CliRunner().invoke(main, ["data", "iris", "mine.csv"])
    assert json.loads(
        run(folder, "m.onnx", "--to", "onnx", "--data", "mine.csv", "--json").stdout
    )["checked"] == 150  # fmt: skip
    net.provenance["data"]["given"] = "gone.csv"
    net.save("moved.safetensors")
    record = json.loads(run("moved.safetensors", "m.onnx", "--to", "onnx", "--json").stdout)
    assert (record["checked"], record["drawn"]) == (100, True)


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["m.c", "--to", "cpp"], "Invalid value for '--to': 'cpp' is not one of 'onnx', 'python', "
         "'c', 'javascript'."),
        (["no/m.c", "--to", "c"], "The folder of no/m.c is not there. Make it first."),
        ([".", "--to", "c"], ". is a folder; expected a file. Give its name."),
        (["m.c", "--to", "c", "--data", "iris"],
         "--data, --data-dir and --numbers are for --to onnx."),
        (["m.onnx", "--to", "onnx", "--data", "wine"],
         "x has 13 features (x is 178 x 13), the model was fitted on 4. Give the same columns, in "
         "the same order, as in training."),
        (["m.c"], "Missing option '--to'. Choose from:"),
    ],
)  # fmt: skip
def test_wrong_input_ends_with_2_and_writes_nothing(
    folder: Path, words: list[str], message: str, tmp_path: Path
) -> None:
    done = run(folder, *words)
    assert done.exit_code == 2
    assert f"Error: {message}\n" in done.stderr
    assert "Traceback" not in done.output
    assert list(tmp_path.iterdir()) == []


def test_the_model_and_the_data_are_never_written_over(folder: Path) -> None:
    for name in ("model.safetensors", "run.json"):
        done = run(folder, folder / name, "--to", "c")
        assert done.exit_code == 2
        assert done.stderr == (
            f"Error: {folder / name} belongs to the model or the data, and the export would "
            "replace it. Give OUT another name.\n"
        )


def test_a_full_disk_ends_with_1_and_leaves_the_old_file(
    folder: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    Path("m.onnx").write_text("old")

    def full(*_: Any) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "fsync", full)
    done = run(folder, "m.onnx", "--to", "onnx")
    assert (done.exit_code, done.stderr) == (
        1,
        "Error: Cannot write m.onnx: no space left on device. Whatever was there before is "
        "untouched.\n",
    )
    assert [path.name for path in tmp_path.iterdir()] == ["m.onnx"]
    assert Path("m.onnx").read_text() == "old"


def test_a_missing_extra_ends_with_2(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "onnx", None)
    done = run(folder, "m.onnx", "--to", "onnx")
    assert (done.exit_code, done.stderr) == (
        2,
        "Error: ONNX export needs onnx, which is not installed. "
        "Install it with: pip install 'pellucid[onnx]'\n",
    )
