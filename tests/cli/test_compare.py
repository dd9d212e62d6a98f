"""``pellucid compare``: two models, two runs."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from pellucid import Network, data
from pellucid.cli import main
from pellucid.cli.again import Again, opened_again

QUICK = ("--epochs", "4", "--no-report", "--quiet")


@pytest.fixture(autouse=True)
def _in_a_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def run(*words: str) -> Result:
    return CliRunner().invoke(main, list(words), prog_name="pellucid")


def trained(out: str, *words: str) -> None:
    done = run("train", "iris", *QUICK, "--out", out, *words)
    assert done.exit_code == 0, done.output


def test_two_runs_of_the_same_data() -> None:
    trained("a")
    trained("b", "--batch", "8")
    done = run("compare", "a", "b", "--json")
    assert done.exit_code == 0, done.output
    found = json.loads(done.stdout.splitlines()[-1])
    assert found["runs"]["settings"]["batch"] == {"A": 32, "B": 8}
    assert found["runs"]["parting"]["step"] == 0
    assert found["answers"]["rows"] == 30
    assert found["answers"]["metrics"].keys() == {"A", "B"}
    told = run("compare", "a", "b").stdout
    assert told.startswith("A is a, B is b.\n")
    assert "Settings that differ\nsetting  A   B\nbatch    32  8\n" in told


def test_rows_that_one_has_learned_from_are_left_out() -> None:
    trained("a", "--seed", "0")
    trained("b", "--seed", "3")
    done = run("compare", "a", "b", "--json")
    kept = [set(open_parts(folder)) for folder in ("a", "b")]
    assert 0 < len(kept[0] & kept[1]) < 30
    found = json.loads(done.stdout.splitlines()[-1])
    assert found["answers"]["rows"] == len(kept[0] & kept[1])
    assert "The runs kept different rows for testing" in done.stderr


def open_parts(folder: str) -> list[int]:
    return [int(row) for row in opened_again(Again.of(folder)).test_rows]


def test_a_run_and_itself() -> None:
    trained("a")
    told = run("compare", "a", "a").stdout
    assert "A and B are the same network" in told
    assert "Step by step, one goes as the other, bit for bit" in told


def test_two_model_files_with_data() -> None:
    x, y = data.load("iris")
    net = Network(hidden=[4], seed=0)
    net.fit(x, y, epochs=1, progress=False)
    net.save("one.safetensors")
    net.fit(x, y, epochs=30, progress=False)
    net.save("two.safetensors")
    done = run("compare", "one.safetensors", "two.safetensors", "iris", "--json")
    found = json.loads(done.stdout.splitlines()[-1])
    assert found["runs"] is None
    assert found["answers"]["rows"] == 150
    assert found["answers"]["mended"] > found["answers"]["broken"]
    assert run("compare", "one.safetensors", "two.safetensors").exit_code == 0


def test_without_their_data_the_curves_are_compared() -> None:
    table = Path("t.csv")
    table.write_text("a,b,y\n" + "".join(f"{k},{k % 7},{k % 2}\n" for k in range(60)))
    for out, seed in (("a", "0"), ("b", "1")):
        assert run("train", "t.csv", *QUICK, "--out", out, "--seed", seed).exit_code == 0
    table.unlink()
    done = run("compare", "a", "b")
    assert done.exit_code == 0, done.output
    assert "The steps of the runs are not compared: " in done.stderr
    assert "Curves\nepoch" in done.stdout


def test_what_is_not_there() -> None:
    trained("a")
    done = run("compare", "a", "nothing")
    assert done.exit_code == 2
    assert "nothing" in done.stderr
