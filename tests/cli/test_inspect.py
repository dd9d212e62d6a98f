"""``pellucid inspect``: a model's layers, numbers, origin and graph; files that are no models."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from pellucid.cli import main
from pellucid.graph import show
from pellucid.models.network import Network


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("runs") / "iris"
    done = CliRunner().invoke(main, ["train", "iris", "--epochs", "2", "--out", str(path)])
    assert done.exit_code == 0, done.output
    return path


def run(*words: str | Path) -> Result:
    return CliRunner().invoke(main, ["inspect", *map(str, words)], prog_name="pellucid")


def test_the_text_tells_layers_numbers_and_origin(folder: Path) -> None:
    text = run(folder).stdout
    for part in (
        "Standardize: 4 features", "Classes: 3 ('setosa', 'versicolor', 'virginica')",
        "dense_1.weight  4 x 64", "dense_2.bias", "Where it came from",
        "command: pellucid train iris --epochs 2", "sha256: ", "training_rows: 108", "seed: 0",
    ):  # fmt: skip
        assert part in text


def test_json_holds_the_same_and_the_statistics_are_right(folder: Path) -> None:
    record = json.loads(run(folder, "--json").stdout)
    net = Network.load(folder / "model.safetensors")
    first = record["arrays"][0]
    weight = net.parameters["dense_1.weight"].astype(float)
    assert first["parameter"] == "dense_1.weight"
    assert first["mean"] == weight.mean()
    assert first["greatest"] == weight.max()
    assert record["classes"] == ["setosa", "versicolor", "virginica"]
    assert record["provenance"]["data"]["name"] == "iris"
    assert record["steps"] == 8
    assert record["parameters"] == sum(a.size for a in net.parameters.values())


@pytest.mark.parametrize("step", [False, True])
@pytest.mark.parametrize("form", ["text", "json", "dot", "mermaid"])
def test_the_graph_is_that_of_the_network(folder: Path, form: str, step: bool) -> None:
    done = run(folder, "--graph", form, *(["--step"] if step else []))
    graph = Network.load(folder / "model.safetensors").graph(step=step)
    assert done.stdout.rstrip("\n") == getattr(show, f"to_{form}")(graph).rstrip("\n")


def test_options_that_have_no_meaning_are_refused(folder: Path) -> None:
    done = run(folder, "--step")
    assert done.exit_code == 2
    assert done.stderr.endswith("Error: --step is for --graph. Write --graph text --step.\n")
    done = run(folder, "--graph", "dot", "--json")
    assert done.exit_code == 2
    assert done.stderr.endswith("For JSON write --graph json.\n")


def test_a_model_that_is_cut_short_is_refused(folder: Path, tmp_path: Path) -> None:
    content = (folder / "model.safetensors").read_bytes()
    for size in (0, 4, 100, len(content) // 2, len(content) - 1):
        path = tmp_path / "cut.safetensors"
        path.write_bytes(content[:size])
        done = run(path)
        assert done.exit_code == 2
        assert done.stderr.startswith(f"Error: {path}")
        assert "Traceback" not in done.output


def test_what_is_no_model_is_refused(tmp_path: Path) -> None:
    import numpy as np
    from safetensors.numpy import save_file

    foreign = tmp_path / "foreign.safetensors"
    save_file({"w": np.zeros(3, np.float32)}, foreign)
    text = tmp_path / "text.csv"
    text.write_text("a,b\n1,2\n3,4\n")
    for path in (foreign, text, tmp_path / "absent", tmp_path):
        done = run(path)
        assert done.exit_code == 2
        assert str(path) in done.stderr
    assert "is a folder without a model.safetensors" in done.stderr
