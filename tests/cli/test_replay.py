"""``pellucid replay``: a run done again is the same, and any of its steps comes back."""

from __future__ import annotations

import json
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner, Result

from pellucid import Network
from pellucid.cli import main
from pellucid.errors import DataWarning
from pellucid.inspect.replay import inputs_of, open_run
from pellucid.io.checkpoints import Checkpoints

QUICK = ("iris", "--epochs", "6", "--checkpoint-every", "0", "--no-report", "--out", "run")


@pytest.fixture(autouse=True)
def _in_a_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def run(*words: str) -> Result:
    return CliRunner().invoke(main, list(words), prog_name="pellucid")


def trained(*words: str) -> None:
    done = run("train", *(words or QUICK))
    assert done.exit_code == 0, done.stderr


def refused(*words: str) -> str:
    done = run(*words)
    assert done.exit_code == 2, done.output
    assert "Traceback" not in done.output
    return done.stderr.splitlines()[-1].removeprefix("Error: ")


@pytest.mark.parametrize(
    "words",
    [
        QUICK,
        (*QUICK, "--threads", "1", "--patience", "2", "--rate", "0.05"),
        (*QUICK, "--engine", "reference", "--rule", "momentum"),
        (*QUICK, "--rule", "lbfgs"),
        (*QUICK, "--batch", "7", "--hidden", "", "--seed", "5"),
        ("iris", "--budget", "1s", "--no-report", "--out", "run"),
    ],
)
def test_a_run_done_again_is_the_same(words: tuple[str, ...]) -> None:
    trained(*words)
    done = run("replay", "run")
    assert done.exit_code == 0, done.output
    assert done.stdout.startswith("run, done again from its start: ")
    assert done.stdout.endswith(
        "Each epoch's hash is the one that was written down: every bit is the same.\n"
    )
    found = json.loads(run("replay", "run", "--json").stdout)
    rows = [json.loads(line) for line in Path("run/events.jsonl").read_text().splitlines()]
    assert found["equal"] is True
    assert found["hashes"] == [row["hash"] for row in rows if row["event"] == "EpochDone"]


def change(name: str, epoch: int, value: Any) -> None:
    path = Path("run/events.jsonl")
    rows = [json.loads(line) for line in path.read_text().splitlines()]
    for row in rows:
        if row["event"] == "EpochDone" and row["epoch"] >= epoch:
            row[name] = value
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))


def test_the_first_epoch_that_differs_is_named() -> None:
    trained()
    change("hash", 4, "0" * 32)
    done = run("replay", "run")
    assert done.exit_code == 1
    assert done.stdout.startswith("run, done again from its start, differs in epoch 4: ")
    assert done.stdout.endswith(
        "Nothing that was written down of what computed it differs: its files were changed.\n"
    )


def test_what_is_not_as_it_was_is_named() -> None:
    trained(*QUICK, "--threads", "1")
    path = Path("run/run.json")
    record = json.loads(path.read_text())
    record["computed"]["instructions"] = "abacus"
    record["computed"]["versions"]["numpy"] = "0.1"
    path.write_text(json.dumps(record))
    change("hash", 1, "0" * 32)
    found = json.loads(run("replay", "run", "--json").stdout)
    assert (found["equal"], found["epoch"]) == (False, 1)
    here = json.loads(path.read_text())["versions"]["numpy"]
    assert found["differences"][0].startswith("instructions was abacus, is ")
    assert found["differences"][1] == f"numpy was 0.1, is {here}"


def test_checkpoints_tell_which_steps_are_the_first_to_differ() -> None:
    """A run of another seed of which a part was put in the place of this one's."""
    trained(*QUICK, "--batch", "4")
    steps = Checkpoints("run").steps()
    trained(*QUICK[:-1], "other", "--batch", "4", "--seed", "1")
    other = Checkpoints("other")
    odd = next(step for step in other.steps() if step in steps and step > 40)
    for step in other.steps():
        if step >= odd and step in steps:
            Checkpoints("run").file(step).write_bytes(other.file(step).read_bytes())
    rows = [json.loads(line) for line in Path("run/events.jsonl").read_text().splitlines()]
    ends = {row["epoch"]: row["step"] for row in rows if row["event"] == "EpochDone"}
    first = min(epoch for epoch, step in ends.items() if step >= odd)
    change("hash", first, "0" * 32)
    found = json.loads(run("replay", "run", "--json").stdout)
    before = [step for step in steps if step < odd and step > ends.get(first - 1, 0)]
    assert found["epoch"] == first
    assert found["until"] == odd
    assert found["after"] == max([ends.get(first - 1, 0), *before])


# --- a step


def test_any_step_comes_back_as_a_model() -> None:
    trained()
    done = run("replay", "run", "--step", "13", "--out", "then.safetensors")
    assert done.exit_code == 0, done.stderr
    lines = done.stdout.splitlines()
    assert lines[0] == "run after 13 steps:"
    assert lines[1].split()[:2] == ["rows", "loss"]
    assert [line.split("  ")[0] for line in lines[2:5]] == [
        "learned from",
        "watched",
        "tested with",
    ]
    assert lines[-1] == "The model is in then.safetensors."
    model = Network.load("then.safetensors")
    assert model.steps_taken == 13
    found = open_run("run")
    assert np.array_equal(
        model.parameters["dense_1.weight"], found.at(13).parameters["dense_1.weight"]
    )
    shown = json.loads(run("replay", "run", "--step", "13", "--json").stdout)
    assert shown["metrics"]["learned from"].keys() == {"loss", "accuracy"}


def test_an_opened_run_can_be_asked_as_one_in_memory() -> None:
    trained()
    found = open_run(Path("run"))
    last = found.history.rows[-1]["step"]
    assert found.reason == "finished"
    assert found.network.steps_taken == last
    assert inputs_of(found, 3)["time"] == 4
    other = found.branch(last - 4)
    assert other.history.rows[-1]["loss"] == found.history.rows[-1]["loss"]


def test_a_step_beyond_the_run_is_refused() -> None:
    trained()
    assert refused("replay", "run", "--step", "9999") == (
        "This run can be seen after 0 to 24 steps, got 9,999. Ask for one of these."
    )
    assert refused("replay", "run", "--out", "x") == (
        "--out is for the network of a step. Give --step N."
    )


def test_a_damaged_checkpoint_is_told_and_another_taken() -> None:
    trained()
    steps = Checkpoints("run").steps()
    expected = open_run("run").at(steps[-1]).parameters
    Checkpoints("run").file(steps[-1]).write_bytes(b"half")
    with pytest.warns(DataWarning, match=f"Step {steps[-1]} is reached from step {steps[-2]} inst"):
        found = open_run("run").at(steps[-1]).parameters
    assert all(np.array_equal(expected[name], found[name]) for name in expected)
    done = run("replay", "run", "--step", str(steps[-1]))
    assert done.exit_code == 0
    assert f"{Checkpoints('run').file(steps[-1])} is damaged" in done.stderr
    Checkpoints("run").clear()
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        found = open_run("run").at(steps[-1]).parameters
    assert all(np.array_equal(expected[name], found[name]) for name in expected)


def test_without_its_data_the_checkpoints_can_be_reached() -> None:
    draw = np.random.default_rng(0)
    rows = [f"{a:.3f},{b:.3f},{'yes' if a > b else 'no'}" for a, b in draw.normal(size=(80, 2))]
    Path("t.csv").write_text("a,b,y\n" + "\n".join(rows))
    trained("t.csv", *QUICK[1:])
    good = Checkpoints("run").good()
    expected = open_run("run").at(good[1]).parameters
    Path("t.csv").rename("elsewhere.csv")
    message = refused("replay", "run", "--step", str(good[-1] + 1 if good[-1] < 12 else 11))
    known = ", ".join(map(str, good))
    assert message.endswith(f" Without the data these steps can be reached: {known}.")
    done = run("replay", "run", "--step", str(good[1]), "--out", "m")
    assert done.stdout == f"run after {good[1]} steps:\nThe model is in m.\n"
    found = Network.load("m").parameters
    assert all(np.array_equal(expected[name], found[name]) for name in expected)
    again = run("replay", "run", "--data", "elsewhere.csv")
    assert again.exit_code == 0, again.stderr
    Path("t.csv").write_text("a,b,y\n" + "\n".join(reversed(rows)))
    assert refused("replay", "run").startswith("The data have changed since run was made")


def test_a_run_without_what_a_replay_needs_is_refused() -> None:
    trained()
    path = Path("run/run.json")
    record = json.loads(path.read_text())
    del record["computed"]
    path.write_text(json.dumps(record))
    assert refused("replay", "run").startswith("run holds no training that could be replayed")


def test_a_model_file_that_was_changed_is_not_certified() -> None:
    trained()
    net = Network.load("run/model.safetensors")
    whole = Path("run/model.safetensors").read_bytes()
    net.parameters["dense_1.weight"][0, 0] += 1
    net.save("run/model.safetensors")
    assert refused("replay", "run").startswith("run done again is the same, epoch by epoch, but ")
    Path("run/model.safetensors").write_bytes(whole[:-9])
    assert "run/model.safetensors" in refused("replay", "run")
    Path("run/model.safetensors").write_bytes(whole)
    assert run("replay", "run").exit_code == 0


def test_a_run_without_its_model_says_how_it_gets_one() -> None:
    trained()
    Path("run/model.safetensors").unlink()
    assert refused("inspect", "run") == (
        "run is the folder of a run that was broken off before its model was written. Go on with "
        "it first: `pellucid resume run`."
    )
