"""``pellucid train --budget`` and ``--folds``: the time, what is told and kept, what is refused."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner, Result

from pellucid.assess.cross import cross_validate
from pellucid.cli import main
from pellucid.cli.seconds import Seconds
from pellucid.data import load
from pellucid.data.pictures.drawn import draw_folder
from pellucid.models import fitting
from pellucid.models.network import Network
from pellucid.models.penalty import suited
from pellucid.models.run import default_rule
from pellucid.nn.dense import Dense


@pytest.fixture(autouse=True)
def _in_a_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def run(*words: str) -> Result:
    return CliRunner().invoke(main, ["train", *words], prog_name="pellucid")


def result_of(*words: str) -> dict[str, Any]:
    done = run(*words, "--json")
    assert done.exit_code == 0, done.stderr
    record: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return record


def refused(*words: str) -> str:
    done = run(*words)
    assert done.exit_code == 2, done.output
    assert not Path("runs").exists()
    return done.stderr.splitlines()[-1].removeprefix("Error: ")


# --- a time


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("60s", 60), ("90", 90), ("5m", 300), ("2h", 7200), ("1.5M", 90), (" 3 s ", 3)],
)
def test_a_time_is_read(text: str, seconds: float) -> None:
    assert Seconds().convert(text, None, None) == seconds


@pytest.mark.parametrize("text", ["", "0", "s", "-5s", "5 days", "1e3", "nan", "0.1s", "999999h"])
def test_what_is_no_time_is_refused(text: str) -> None:
    assert refused("iris", f"--budget={text}") == (
        f"Invalid value for '--budget': {text!r} is no length of time; expected one from 1 second "
        "to 30 days, such as 60s, 5m, 2h or 90 (seconds)."
    )


# --- a budget


def test_the_search_is_told_kept_and_its_best_is_the_model() -> None:
    done = run("iris", "--budget", "4s", "--out", "run")
    assert done.exit_code == 0, done.stderr
    assert " of 4 seconds, judged on 5 folds of 120 rows:\n" in done.stdout
    assert "64 relu (default)" in done.stdout
    assert "Kept: " in done.stdout
    record = json.loads(Path("run/run.json").read_text())
    found = record["search"]
    assert found["budget"] == 4
    assert found["seconds"] + record["seconds"] < 4 + 5  # the machine may be busy
    assert found["tried"][0]["configuration"] == "64 relu"
    kept = [row for row in found["tried"] if row["outcome"] == "kept"]
    assert [row["configuration"] for row in kept] == [found["best"]["configuration"]]
    assert record["epochs"] == found["best"]["epochs"]
    assert record["data"]["training_rows"] == 120  # those that judged are learned from in the end
    assert record["data"]["validation_rows"] == 0
    assert record["data"]["test_rows"] == 30
    sizes = [layer.units for layer in Network.load("run/model.safetensors").layers[:-1]
             if isinstance(layer, Dense)]  # fmt: skip
    assert sizes == found["best"]["hidden"]


def test_the_default_that_is_kept_is_the_run_without_a_search() -> None:
    """With too little time for another configuration the model is that of a plain run."""
    Path("table.csv").write_text(
        "a,b,y\n" + "".join(f"{k % 7},{k % 5},{(k % 7) * (k % 5)}\n" for k in range(60))
    )
    words = ("table.csv", "--kind", "numbers", "--epochs", "20")
    found = result_of(*words, "--budget", "1s", "--hidden", "8", "--rate", "0.01", "--batch", "8",
                      "--out", "searched")  # fmt: skip
    assert {row["batch"] for row in found["search"]["tried"]} == {8}
    assert all(row["hidden"] == [8] for row in found["search"]["tried"])
    if found["search"]["best"]["configuration"] == found["search"]["tried"][0]["configuration"]:
        plain = result_of(*words, "--hidden", "8", "--rate", "0.01", "--batch", "8",
                          "--validation", "0", "--out", "plain")  # fmt: skip
        assert found["metrics"] == plain["metrics"]


def test_pictures_are_searched_too() -> None:
    draw_folder("flowers", "flowers", count=12, size=12)
    found = result_of("flowers", "--budget", "6s", "--epochs", "3")
    assert found["search"]["tried"][0]["configuration"] == "convolutions"
    assert found["settings"]["layers"][0]["layer"] == "RandomAffine"
    own = result_of("flowers", "--budget", "2s", "--epochs", "2", "--augment", "cutout")
    assert own["settings"]["layers"][0]["layer"] == "CutOut"
    assert own["settings"]["layers"][1]["layer"] == "Conv2D"


@pytest.mark.skipif(os.name != "posix", reason="sends a signal as POSIX does")
def test_ctrl_c_keeps_the_best_so_far_and_fits_it() -> None:
    words = ["train", "iris", "--budget", "10m", "--json", "--out", "run"]
    process = subprocess.Popen(
        [sys.executable, "-W", "error", "-m", "pellucid", *words],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    while not Path("run").exists() and process.poll() is None:
        time.sleep(0.1)
    time.sleep(4)
    process.send_signal(signal.SIGINT)
    output, errors = process.communicate(timeout=120)
    assert process.returncode == 0, errors
    record = json.loads(output)
    assert record["search"]["reason"].startswith("Interrupted: the best so far is kept.")
    assert record["stopped"] == "finished"
    assert record["metrics"]["accuracy"] > 0.8
    assert "Traceback" not in errors


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("--net", "n.json"), "--net has no place beside --budget: the layers are then fixed; use "
         "--hidden for sizes to keep. Leave one out."),
        (("--rule", "sgd"), "--rule has no place beside --budget: each configuration has the "
         "default rule. Leave one out."),
        (("--patience", "3"), "--patience has no place beside --budget: the last fit learns from "
         "all rows and watches none. Leave one out."),
        (("--folds", "3"), "--folds has no place beside --budget: few rows are judged in folds "
         "anyway. Leave one out."),
        (("--threshold", "f1"), "--threshold f1 has no place beside --budget: it is chosen on rows "
         "that are watched, and the last fit learns from all of them. Give a number such as 0.3, "
         "or leave one out."),
        (("--validation", "0"), "--budget judges on rows held out from those to learn from, and "
         "--validation 0 leaves none. Leave it out."),
    ],
)  # fmt: skip
def test_what_has_no_place_beside_a_budget_is_refused(words: tuple[str, ...], message: str) -> None:
    assert refused("iris", "--budget", "5s", *words) == message


def test_too_few_rows_for_a_search_are_refused() -> None:
    assert refused("xor", "--budget", "1s").startswith("A search judges on rows that were not")


# --- folds


def test_folds_are_those_of_the_library_and_the_model_learns_from_all_training_rows() -> None:
    record = result_of("iris", "--folds", "4", "--epochs", "3", "--hidden", "8", "--out", "run")
    assert record["folds"]["count"] == 4
    assert record["folds"]["by"] == "class"
    assert record["data"]["training_rows"] == 120
    assert [row["test_rows"] for row in record["folds"]["each"]] == [30] * 4
    assert set(record["folds"]["baselines"]) == set(record["baselines"])
    values = [row["accuracy"] for row in record["folds"]["each"]]
    assert record["folds"]["mean"]["accuracy"] == pytest.approx(np.mean(values))
    assert json.loads(Path("run/run.json").read_text())["folds"] == record["folds"]
    plain = result_of("iris", "--epochs", "3", "--hidden", "8", "--validation", "0")
    assert plain["metrics"] == record["metrics"]


def test_all_rows_are_folded_where_none_are_kept_for_testing() -> None:
    x, y = load("iris")
    record = result_of("iris", "--folds", "3", "--epochs", "3", "--test", "0")
    own = cross_validate(Network(hidden=[64], seed=0), x, y, folds=3, epochs=3, baselines=False)
    assert [row["accuracy"] for row in record["folds"]["each"]] == [
        fold.metrics["accuracy"] for fold in own.folds
    ]


def test_folds_go_by_group_and_by_time() -> None:
    lines = [f"{k % 9},{k // 10},{k},{k % 2}" for k in range(100)]
    Path("table.csv").write_text("\n".join(["a,who,when,y", *lines]))
    done = run("table.csv", "--folds", "3", "--group", "who", "--epochs", "1")
    assert "3 folds, by group:\n" in done.stdout
    done = run("table.csv", "--folds", "3", "--time", "when", "--epochs", "1")
    assert "3 folds, forward in time:\n" in done.stdout


@pytest.mark.parametrize("words", [("--patience", "3"), ("--validation", "0.2")])
def test_what_has_no_place_beside_folds_is_refused(words: tuple[str, str]) -> None:
    assert refused("iris", "--folds", "3", *words) == (
        f"{words[0]} has no place beside --folds: all rows that are not for testing take turns at "
        "being held out, and the last fit learns from all of them. Leave one out."
    )


def test_more_folds_than_rows_are_refused() -> None:
    assert refused("xor", "--folds", "5", "--test", "0") == (
        "5 folds need at least 5 rows, got 4. Use fewer folds or add rows."
    )


def pair_table(name: str, rows: int = 120) -> str:
    rng = np.random.default_rng(0)
    x = rng.normal(size=rows)
    lines = [
        f"{a:.4f},{'yes' if a + b > 0.5 else 'no'},{a + b:.4f}"
        for a, b in zip(x, rng.normal(size=rows), strict=True)
    ]
    Path(name).write_text("\n".join(["a,will,price", *lines]))
    return name


def test_a_threshold_that_would_be_chosen_is_refused_beside_folds() -> None:
    assert refused(pair_table("t.csv"), "--folds", "3", "--threshold", "balanced") == (
        "--threshold balanced has no place beside --folds: it is chosen on rows that are watched, "
        "and the last fit learns from all of them. Give a number such as 0.3, or leave one out."
    )


def test_a_threshold_that_is_given_is_that_of_each_fold() -> None:
    words = (pair_table("t.csv"), "--target", "will", "--folds", "3", "--epochs", "5",
             "--column", "price=ignore", "--test", "0")  # fmt: skip
    always = result_of(*words, "--threshold", "0.999")
    shares = [1 - row["accuracy"] for row in always["folds"]["each"]]
    plain = result_of(*words)
    lines = Path("t.csv").read_text().splitlines()[1:]
    yes = np.mean([",yes," in line for line in lines])
    assert np.mean(shares) == pytest.approx(yes)  # all are answered with no
    assert plain["folds"]["mean"]["accuracy"] > always["folds"]["mean"]["accuracy"]


@pytest.mark.parametrize("rate", [(), ("--rate", "0.01")])
def test_folds_have_the_rule_that_the_model_has(
    rate: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    found: list[tuple[Any, Any]] = []
    before = fitting.made_ready

    def ready(net: Network, x: Any, y: Any, **options: Any) -> Any:
        usual = default_rule(len(x), *map(float, rate[1:]))
        found.append((options["rule"], suited(usual, net, x, y)))
        return before(net, x, y, **options)

    monkeypatch.setattr("pellucid.models.network.made_ready", ready)
    monkeypatch.setattr("pellucid.cli.preparing.made_ready", ready)
    result_of("diabetes", "--folds", "3", "--epochs", "1", "--hidden", "4", *rate)
    assert len(found) == 4
    assert all(given == suits for given, suits in found)
    assert len({given.l2 for given, _ in found}) > 1
    result_of("diabetes", "--budget", "1s", "--epochs", "1", "--hidden", "4", *rate)
    assert found[4][0] == found[4][1]


def test_what_goes_without_watched_rows_is_said() -> None:
    path = pair_table("t.csv")
    words = ("--folds", "3", "--epochs", "2")
    said = " ".join(run(path, "--target", "price", "--interval", "0.8", *words).stdout.split())
    assert (
        "With --folds the last fit learns from all rows and watches none, so the interval is not "
        "stretched."
    ) in said
    said = " ".join(run("iris", "--budget", "1s", "--epochs", "2").stdout.split())
    assert (
        "With --budget the last fit learns from all rows and watches none, so chances are not "
        "calibrated."
    ) in said
    assert "watches none" not in run("iris", "--epochs", "2").stdout
