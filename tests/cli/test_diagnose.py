"""``pellucid diagnose``: one command says why a run broke, or what else is amiss."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner, Result

from pellucid import data
from pellucid.cli import main
from pellucid.cli.diagnose import options_for
from pellucid.inspect.findings import TrainingFinding
from pellucid.inspect.replay import open_run


@pytest.fixture(autouse=True)
def inside(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def run(*words: str) -> Result:
    return CliRunner().invoke(main, list(words), prog_name="pellucid")


def train(*words: str) -> Result:
    return run("train", *words, "--no-report", "--quiet")


def test_a_run_that_broke_gets_its_cause_and_cure() -> None:
    done = train("iris", "--rule", "sgd", "--rate", "1e12", "--hidden", "16", "--out", "run")
    assert done.exit_code == 1
    found = run("diagnose", "run")
    assert found.exit_code == 0, found.output
    assert found.stdout.startswith("The training broke at step ")
    assert "The learning rate of 1e+12 is too high" in " ".join(found.stdout.split())
    record = json.loads(run("diagnose", "run", "--json").stdout)
    assert record["diverged"] and record["autopsy"]["cause"]["kind"] == "rate_too_high"
    again = found.stdout.split("and --rate ")[1].split()[0].rstrip(".")
    cured = train("iris", "--rule", "sgd", "--rate", again, "--hidden", "16", "--out", "again")
    assert cured.exit_code == 0


def test_rows_are_counted_as_in_the_data() -> None:
    train("iris", "--rule", "sgd", "--rate", "1e12", "--out", "run")
    opened = open_run("run")
    assert opened.recording is not None and opened.rows is not None
    x, _ = data.load("iris")
    encoded = opened.network.inputs.encode(x[opened.rows])
    assert np.array_equal(encoded, np.asarray(opened.recording.data.x))
    row = opened.autopsy().row
    assert (
        row in opened.rows
        and row == json.loads(run("diagnose", "run", "--json").stdout)["autopsy"]["row"]
    )


def test_a_healthy_run_gets_no_finding() -> None:
    assert train("iris", "--out", "run").exit_code == 0
    found = run("diagnose", "run")
    assert found.exit_code == 0, found.output
    assert found.stdout.startswith("Healthy: nothing was found.\n\nFrom ")
    record = json.loads(run("diagnose", "run", "--json").stdout)
    assert not record["diverged"] and record["health"]["findings"] == []


def test_a_sick_run_gets_a_finding_with_options() -> None:
    done = train("wine", "--rule", "sgd", "--rate", "1e-7", "--epochs", "8", "--out", "run")
    assert done.exit_code == 0
    found = run("diagnose", "run")
    assert "is too low" in found.stdout and "as options: --rate " in found.stdout


def test_what_is_no_run_is_said_so() -> None:
    found = run("diagnose", "nothing")
    assert found.exit_code == 2
    assert " ".join(found.stderr.split()).startswith("Error: nothing is no folder of a run")


@pytest.mark.parametrize(
    ("change", "options"),
    [
        ({"rate": 0.01, "clip_norm": 1.0}, "--rate 0.01"),
        ({"early_stopping": 5}, "--patience 5"),
        ({"class_weight": "balanced"}, "--balance"),
        ({"without_columns": ("a", "b")}, "--column a=ignore --column b=ignore"),
        ({"activation": "relu", "weight_init": None}, "--activation relu"),
        ({"shuffle": True}, ""),
    ],
)
def test_changes_become_options(change: dict[str, Any], options: str) -> None:
    assert options_for(TrainingFinding("plateau", "note", "", "", "", change)) == options


def test_a_target_far_from_all_others_is_named_whatever_broke() -> None:
    draw = np.random.default_rng(0)
    rows = draw.normal(size=(300, 2))
    y = 7 * rows[:, 0] - 2 * rows[:, 1] + 500
    y[50] = 9e30
    lines = [f"{a},{b},{rent}" for (a, b), rent in zip(rows.tolist(), y.tolist(), strict=True)]
    Path("t.csv").write_text("a,b,rent\n" + "\n".join(lines) + "\n")
    for engine, broke in (("auto", True), ("reference", False)):
        words = ("t.csv", "--target", "rent", "--epochs", "3", "--no-report", "--engine", engine)
        run("train", *words, "--out", engine)
        found = json.loads(run("diagnose", engine, "--json").stdout.splitlines()[-1])
        cause = found["autopsy"]["cause"] if broke else found["health"]["findings"][0]
        assert (cause["kind"], cause["severity"], cause["rows"]) == ("bad_target", "serious", [50])


def test_events_that_are_cut_short_are_no_clean_bill() -> None:
    assert run("train", "iris", "--epochs", "4", "--no-report", "--out", "run").exit_code == 0
    events = Path("run/events.jsonl")
    events.write_bytes(events.read_bytes()[:400])
    for command in ("diagnose", "replay", "resume"):
        done = run(command, "run")
        assert done.exit_code == 2
        assert "run/events.jsonl is cut short: it tells of " in done.stderr
