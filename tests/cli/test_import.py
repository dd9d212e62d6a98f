"""``pellucid import`` and ``inspect --figure``."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner
from onnx import TensorProto

from pellucid import Network, data
from pellucid.cli import main
from tests.io.foreign import node, written


def called(*arguments: str) -> tuple[int, str, str]:
    result = CliRunner().invoke(main, list(arguments))
    return result.exit_code, result.stdout, result.stderr


@pytest.fixture
def foreign(tmp_path: Path) -> Path:
    random = np.random.default_rng(0)
    return written(
        tmp_path / "theirs.onnx",
        [node("Gemm", ["x", "fc1.weight", "fc1.bias"], "a", transB=1), node("Relu", ["a"], "r"),
         node("Gemm", ["r", "fc2.weight"], "b", transB=1), node("Softmax", ["b"], "y")],
        {"fc1.weight": random.normal(size=(6, 4)), "fc1.bias": random.normal(size=6),
         "fc2.weight": random.normal(size=(3, 6))},
        ["n", 4],
    )  # fmt: skip


def test_a_model_by_others_answers_and_is_looked_at(foreign: Path, tmp_path: Path) -> None:
    out = str(tmp_path / "ours.safetensors")
    code, said, _ = called("import", str(foreign), out, "--classes", "a,b,c")
    assert code == 0
    assert said.splitlines()[2].split()[:3] == ["fc1", "Dense(6,", "activation=relu)"]
    assert f"{out}: from 4 nodes of hand." in said
    assert "Compared with ONNX Runtime on 64 drawn rows" in said
    rows = tmp_path / "rows.csv"
    rows.write_text("p,q,r,s\n1,2,3,4\n0,0,1,0\n")
    code, said, _ = called("predict", out, str(rows))
    assert code == 0
    answers = Network.from_onnx(foreign, ["a", "b", "c"]).predict(
        np.array([[1, 2, 3, 4.0], [0, 0, 1, 0]])
    )
    assert [line.split(",")[1] for line in said.splitlines()[1:]] == answers.tolist()
    code, said, _ = called("inspect", out)
    assert code == 0
    assert "fc2" in said


def test_json_tells_what_was_read(foreign: Path, tmp_path: Path) -> None:
    code, said, _ = called("import", str(foreign), str(tmp_path / "o.safetensors"), "--json")
    told = json.loads(said.splitlines()[-1])
    assert code == 0
    assert told["classes"] == [0, 1, 2]
    assert told["parameters"] == 4 * 6 + 6 + 18
    assert told["imported"]["compared"]["difference"] < 1e-6


def test_wrong_input_ends_with_a_paragraph(foreign: Path, tmp_path: Path) -> None:
    out = str(tmp_path / "o.safetensors")
    code, _, said = called("import", str(foreign), out, "--classes", "a,b")
    assert code == 2
    assert said == (
        f"Error: There are 2 classes, and {foreign} gives 3 numbers a row. Give 3 classes, in the "
        "order of its outputs.\n"
    )
    code, _, said = called("import", str(tmp_path / "none.onnx"), out)
    assert (code, said.count("\n")) == (2, 1)
    code, _, said = called("import", str(foreign), str(foreign))
    assert (code, said) == (2, f"Error: {foreign} is the file itself. Give OUT another name.\n")
    code, _, said = called("import", str(foreign), out, "--shape", "4xb")
    assert (code, said) == (2, "Error: --shape is sizes such as 1x28x28, got '4xb'.\n")
    bad = written(
        tmp_path / "bad.onnx",
        [node("LRN", ["x"], "y", size=3)], {}, ["n", 3, 4, 4], [("y", TensorProto.FLOAT)],
    )  # fmt: skip
    code, _, said = called("import", str(bad), out)
    assert code == 2
    assert said.startswith(f"Error: {bad} cannot become a network: LRN is not known (node_y).")
    assert not Path(out).exists()
    code, _, said = called("inspect", str(foreign))
    assert code == 2
    assert "pellucid import FILE.onnx OUT.safetensors" in said


@pytest.mark.parametrize("ending", ["svg", "html", "json"])
def test_inspect_draws_the_network(ending: str, tmp_path: Path) -> None:
    x, y = data.load("iris")
    model, figure = tmp_path / "m.safetensors", tmp_path / f"net.{ending}"
    Network(hidden=[4], seed=0).build(x, y).save(model)
    code, said, told = called("inspect", str(model), "--figure", str(figure))
    assert code == 0
    assert "dense_1" in said
    assert told == f"The network is drawn in {figure}.\n"
    text = figure.read_text()
    assert {"svg": "<svg", "html": "<html", "json": '{"data"'}[ending] in text
    assert "virginica" in text
    if ending == "json":
        assert "data" in json.loads(text)


def test_a_figure_of_no_known_ending_is_refused(tmp_path: Path) -> None:
    x, y = data.load("iris")
    model = tmp_path / "m.safetensors"
    Network(hidden=[4], seed=0).build(x, y).save(model)
    code, _, said = called("inspect", str(model), "--figure", str(tmp_path / "net.gif"))
    assert code == 2
    assert said == (
        f"Error: {tmp_path / 'net.gif'} does not say what to write. Give it one of the endings "
        ".html, .json, .png, .svg, .pdf.\n"
    )
    code, _, said = called("inspect", str(model), "--figure", str(model) + "/net.svg")
    assert code == 2
