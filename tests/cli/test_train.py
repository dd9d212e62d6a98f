"""``pellucid train``: what it says, writes and returns, for good input and for bad."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner, Result

from pellucid.cli import main, training
from pellucid.models.network import Network
from pellucid.run import executor

QUICK = ("--epochs", "3")


@pytest.fixture(autouse=True)
def _in_a_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def run(*words: str) -> Result:
    return CliRunner().invoke(main, ["train", *words], prog_name="pellucid")


def result_of(*words: str) -> dict[str, Any]:
    done = run(*words, "--json")
    assert done.exit_code == 0, done.stderr
    lines = done.stdout.splitlines()
    assert len(lines) == 1  # the report is on stderr
    record: dict[str, Any] = json.loads(lines[0], parse_constant=pytest.fail)
    return record


def refused(*words: str) -> str:
    done = run(*words)
    assert done.exit_code == 2, done.output
    assert "Traceback" not in done.output
    assert list(Path().glob("runs")) == []
    return done.stderr.splitlines()[-1].removeprefix("Error: ")


# --- what it says


def test_the_report_has_all_its_parts() -> None:
    done = run("digits", *QUICK)
    assert done.exit_code == 0
    text = done.stdout
    for part in (
        "Data     digits: 1,797 rows of pictures of 8 x 8, 10 classes\n",
        "1,294 rows to learn from, 144 to watch, 359 to test",
        "Network  64 > Dense 64 relu > Dense 10 (4,810 parameters)",
        "• training  ○ validation",
        "3 epochs in ",
        "On 359 test rows:",
        "this network", "majority class          0.1003", "linear model", "k nearest neighbours",
        "Confusions: ", "true   predicted",
        "The worst mistakes, confident and wrong:", "█",
        "The model is in runs/digits-1/model.safetensors",
    ):  # fmt: skip
        assert part in text
    assert "\033" not in text
    assert max(map(len, text.splitlines())) <= 80
    assert done.stderr == ""


def test_json_is_the_last_line_and_its_numbers_are_those_of_the_run() -> None:
    record = result_of("iris", "--epochs", "30", "--rate", "0.01", "--out", "run")
    assert set(record) >= {"metrics", "baselines", "seconds", "engine", "out", "stopped", "epochs"}
    assert record["out"] == "run"
    assert record["engine"] == executor().name
    assert record["stopped"] == "finished"
    assert record["epochs"] == 30
    assert record["parameters"] == 4 * 64 + 64 + 64 * 3 + 3
    assert set(record["baselines"]) == {"majority class", "linear model", "k nearest neighbours"}
    assert record["command"] == "pellucid train iris --epochs 30 --rate 0.01 --out run --json"
    assert record["metrics"]["accuracy"] > 0.8
    kept = json.loads(Path("run/run.json").read_text())
    assert kept | {"seconds_in_all": 0} == record | {"seconds_in_all": 0}


def test_the_metrics_are_those_of_the_saved_model_on_the_rows_held_back() -> None:
    from sklearn.metrics import accuracy_score

    from pellucid.data import load

    record = result_of("wine", *QUICK, "--seed", "3", "--out", "run")
    _, test = load("wine").split(0.2, seed=3)
    predicted = Network.load("run/model.safetensors").predict(test.x)
    assert record["metrics"]["accuracy"] == accuracy_score(test.y, predicted)
    assert record["data"]["test_rows"] == len(test)


def test_baselines_are_those_of_scikit_learn_on_the_same_rows() -> None:
    from sklearn.neighbors import KNeighborsClassifier
    from sklearn.preprocessing import StandardScaler

    from pellucid.data import load

    record = result_of("iris", *QUICK, "--validation", "0")
    training, test = load("iris").split(0.2)
    scaler = StandardScaler().fit(training.x)
    model = KNeighborsClassifier(5).fit(scaler.transform(training.x), training.y)
    score = model.score(scaler.transform(test.x), test.y)
    assert record["baselines"]["k nearest neighbours"]["accuracy"] == pytest.approx(score)
    assert record["baselines"]["majority class"]["accuracy"] == pytest.approx(1 / 3)


def test_numbers_are_compared_by_their_errors() -> None:
    from sklearn.metrics import mean_absolute_error, r2_score, root_mean_squared_error

    from pellucid.data import load

    record = result_of("diabetes", *QUICK, "--out", "run")
    _, test = load("diabetes").split(0.2)
    predicted = Network.load("run/model.safetensors").predict(test.x)
    metrics = record["metrics"]
    assert metrics["mae"] == pytest.approx(mean_absolute_error(test.y, predicted))
    assert metrics["rmse"] == pytest.approx(root_mean_squared_error(test.y, predicted))
    assert metrics["r2"] == pytest.approx(r2_score(test.y, predicted))
    assert set(record["baselines"]) == {"mean", "linear model", "k nearest neighbours"}
    assert record["baselines"]["mean"]["r2"] <= 0
    done = run("diabetes", *QUICK)
    assert "The largest errors:" in done.stdout
    assert "Confusions" not in done.stdout


def test_the_same_seed_gives_the_same_model_and_another_seed_another() -> None:
    for seed, out in ((1, "a"), (1, "b"), (2, "c")):
        result_of("iris", *QUICK, "--seed", str(seed), "--out", out)
    a, b, c = (Network.load(f"{name}/model.safetensors").parameters for name in "abc")
    assert all((a[name] == b[name]).all() for name in a)
    assert not all((a[name] == c[name]).all() for name in a)


def test_runs_are_numbered_and_never_written_over() -> None:
    outs = [result_of("iris", *QUICK)["out"] for _ in range(3)]
    assert [Path(out).name for out in outs] == ["iris-1", "iris-2", "iris-3"]
    message = refused_in("iris", *QUICK, "--out", "runs/iris-1")
    assert message == (
        "runs/iris-1 is not empty: it holds checkpoints; expected a new or empty folder for the "
        "run, since nothing is written over. Give another name, or remove it first."
    )


def refused_in(*words: str) -> str:
    done = run(*words)
    assert done.exit_code == 2
    return done.stderr.splitlines()[-1].removeprefix("Error: ")


def test_a_run_folder_holds_the_record_the_events_and_the_model() -> None:
    result_of("iris", *QUICK, "--out", "deep/er/run")
    folder = Path("deep/er/run")
    assert sorted(path.name for path in folder.iterdir()) == [
        "checkpoints", "events.jsonl", "model.safetensors", "report.html", "run.json",
    ]  # fmt: skip
    rows = [json.loads(line) for line in (folder / "events.jsonl").read_text().splitlines()]
    assert rows[0]["event"] == "RunStarted"
    assert rows[-1]["event"] == "RunEnded"
    assert [row["epoch"] for row in rows if row["event"] == "EpochDone"] == [1, 2, 3]


def test_quiet_says_where_the_run_is_and_nothing_else() -> None:
    done = run("iris", *QUICK, "--quiet", "--out", "run")
    assert (done.stdout, done.stderr) == ("run\n", "")


def test_few_rows_are_all_learned_and_the_report_says_so() -> None:
    done = run("xor", "--epochs", "200", "--batch", "4", "--rate", "0.05")
    assert "4 rows to learn from, tested on the same rows" in done.stdout
    assert "No rows were kept apart: this says nothing about new ones." in done.stdout
    assert "Confusions: 4 of 4 right" in done.stdout


def test_hidden_may_be_empty_and_patience_stops_early() -> None:
    assert result_of("iris", *QUICK, "--hidden", "")["parameters"] == 4 * 3 + 3
    record = result_of("iris", "--patience", "2", "--rate", "0.1", "--epochs", "200")
    assert record["stopped"] == "early_stopping"
    assert record["best_epoch"] == record["epochs"] - 2


def test_each_option_of_the_plan_is_taken() -> None:
    record = result_of(
        "iris", *QUICK, "--batch", "7", "--rule", "sgd", "--rate", "0.5", "--validation", "0.25",
        "--test", "0.5", "--activation", "tanh", "--hidden", "5", "--engine", "reference",
    )  # fmt: skip
    assert record["settings"]["batch"] == 7
    assert "SGD(" in record["settings"]["rule"]
    assert "0.5" in record["settings"]["rule"]
    assert record["precision"] == "float64"
    data = record["data"]
    assert (data["training_rows"], data["validation_rows"], data["test_rows"]) == (56, 19, 75)
    assert record["settings"]["layers"][0]["activation"] == {"activation": "tanh"}
    assert record["settings"]["layers"][0]["units"] == 5


def test_layers_from_a_file_see_pictures() -> None:
    Path("net.json").write_text(
        '[{"layer": "Conv2D", "filters": 3, "kernel": 3, "activation": "relu"},'
        ' {"layer": "MaxPool2D", "size": 2}, {"layer": "Flatten"}, {"layer": "Dense"}]'
    )
    record = result_of("digits", "--epochs", "1", "--net", "net.json")
    assert record["parameters"] == 3 * 9 + 3 + 27 * 10 + 10
    assert [layer["layer"] for layer in record["settings"]["layers"]] == [
        "Conv2D", "MaxPool2D", "Flatten", "Dense",
    ]  # fmt: skip


def test_npz_and_idx_folders_and_csv_are_learned(tmp_path: Path) -> None:
    x = np.random.default_rng(0).normal(size=(60, 3))
    y = np.where(x[:, 0] > 0, "up", "down")
    np.savez("my.npz", x=x, y=y)
    assert result_of("my.npz", *QUICK)["data"]["classes"] == ["down", "up"]
    lines = [
        "a,b,c,side",
        *(",".join(map(str, [*row, side])) for row, side in zip(x, y, strict=True)),
    ]
    Path("my.csv").write_text("\n".join(lines))
    record = result_of("my.csv", *QUICK, "--target", "side")
    assert record["data"]["features"] == ["a", "b", "c"]
    assert Path(record["out"]) == Path("runs/my-2")


def test_a_target_of_whole_numbers_is_what_kind_says() -> None:
    rows = [f"{n % 7},{n % 5},{n % 3 + 1}" for n in range(60)]
    Path("n.csv").write_text("a,b,y\n" + "\n".join(rows))
    assert "accuracy" in result_of("n.csv", *QUICK)["metrics"]
    assert "mae" in result_of("n.csv", *QUICK, "--kind", "numbers")["metrics"]
    many = [f"{n % 7},{n}" for n in range(100)] * 2
    Path("m.csv").write_text("a,y\n" + "\n".join(many))
    record = result_of("m.csv", "--epochs", "1", "--kind", "classes")
    assert len(record["data"]["classes"]) == 100


# --- what it refuses


def written(text: str | bytes) -> str:
    Path("t.csv").write_bytes(text.encode() if isinstance(text, str) else text)
    return "t.csv"


def test_an_unknown_sample_is_named_with_the_nearest() -> None:
    message = refused("irsi")
    assert message.startswith(
        "There is no sample 'irsi', and no file or folder of that name. Did you mean 'iris'?"
    )


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "t.csv is empty; expected a header row and rows of data."),
        ("a,y\n1,x\n", "t.csv has 1 row of data; expected at least 2."),
        (
            "a,y\n1,x\n2,x\n",
            "The target of t.csv has one class only, x, in all 2 rows; expected at least two to "
            "tell apart. Add rows of another class.",
        ),
        (
            b"a,y\n1,\x81\n2,x\n",
            "t.csv, line 2 holds the byte 0x81, which is neither UTF-8 nor windows-1252 (Western "
            "European), which the rest looks like. Save the file as CSV in UTF-8.",
        ),
    ],
    ids=["empty", "one row", "one class", "no encoding"],
)
def test_tables_that_cannot_be_learned_are_refused(text: str | bytes, message: str) -> None:
    assert refused(written(text), "--target", "y") == message


def test_a_target_that_is_not_there_is_named_with_the_nearest() -> None:
    message = refused(written("a,kind\n1,x\n2,y\n"), "--target", "kidn")
    assert "There is no column 'kidn'. Did you mean 'kind'? Known: a, kind." in message


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (
            ["--batch", "1000"],
            "--batch 1000 is more than the 108 rows to learn from. Use a smaller batch.",
        ),
        (
            ["--rate", "0"],
            "Adam expects rate to be a number above 0, got 0.0. rate is the learning rate.",
        ),
        (
            ["--rate", "-1"],
            "Adam expects rate to be a number above 0, got -1.0. rate is the learning rate.",
        ),
        (
            ["--rate", "nan"],
            "Adam expects rate to be a number above 0, got nan. rate is the learning rate.",
        ),
        (
            ["--hidden", "64,x"],
            "Invalid value for '--hidden': 'x' in '64,x' is no size of a layer; "
            "expected whole numbers from 1 to 1,000,000 with commas between them, such as 64,32.",
        ),
        (
            ["--hidden", "0"],
            "Invalid value for '--hidden': '0' in '0' is no size of a layer; expected "
            "whole numbers from 1 to 1,000,000 with commas between them, such as 64,32.",
        ),
        (["--epochs", "0"], "Invalid value for '--epochs': 0 is not in the range x>=1."),
        (
            ["--patience", "3", "--validation", "0"],
            "--patience watches held-out rows, and --validation 0 leaves none.",
        ),
        (
            ["--hidden", "4", "--net", "n.json"],
            "--hidden and --net both say what the layers are. Give one of the two.",
        ),
        (
            ["--net", "n.json", "--activation", "tanh"],
            "--activation is for --hidden. In a --net file each layer has its own.",
        ),
        (["--net", "n.json"], "n.json cannot be read: No such file or directory."),
        (
            ["--target", "y"],
            "iris is a sample, for which target has no meaning, got target='y'. Leave it out.",
        ),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_options_out_of_range_are_refused(words: list[str], message: str) -> None:
    assert refused("iris", *words) == message


@pytest.mark.parametrize(
    ("option", "name", "near"),
    [
        ("--rule", "adma", "adam"),
        ("--activation", "rleu", "relu"),
        ("--engine", "refrence", "reference"),
    ],
)
def test_unknown_names_suggest_the_nearest(option: str, name: str, near: str) -> None:
    assert f"{name!r}. Did you mean {near!r}?" in refused("iris", option, name)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            '[{"layer": "Dense", "units": 8}, {"layer": "Dens"}]',
            "n.json, layer 2: There is no layer 'Dens'. Did you mean 'Dense'?",
        ),
        (
            '[{"layer": "Dense", "unit": 8}]',
            "n.json, layer 1: The record of layer Dense has wrong fields: unit unknown.",
        ),
        (
            '[{"layer": "Dense", "units": 0}]',
            "n.json, layer 1: Dense expects units to be a whole number",
        ),
        ("[", "n.json is not JSON ("),
        ("{}", 'n.json holds {}; expected a list such as [{"layer": "Dense", "units": 64}'),
        ("[3]", "n.json, layer 1: A record of a layer is an object with the key 'layer'"),
        ('[{"layer": "Conv2D", "filters": 2, "kernel": 3}, {"layer": "Dense"}]', "conv2d_1"),
    ],
    ids=["unknown", "field", "value", "json", "object", "number", "shape"],
)
def test_layers_that_make_no_network_are_refused(text: str, message: str) -> None:
    Path("n.json").write_text(text)
    assert refused("iris", "--net", "n.json").startswith(message)


def test_a_folder_that_cannot_be_written_is_found_before_training() -> None:
    Path("file").write_text("")
    message = refused("iris", "--epochs", "100000", "--out", "file/run")
    assert message.startswith("Cannot write file/run: not a directory.")


def test_nothing_is_left_behind_when_the_data_do_not_fit(monkeypatch: pytest.MonkeyPatch) -> None:
    from pellucid.errors import DataError

    def fail(*_: Any, **__: Any) -> None:
        raise DataError("no.")

    monkeypatch.setattr(training, "made_run", fail)
    assert refused("iris", "--out", "a/b") == "no."
    assert not Path("a").exists()


# --- what fails


def test_a_run_that_diverges_exits_1_and_keeps_the_last_good_values() -> None:
    done = run("iris", "--rate", "1e30", "--out", "run", "--json")
    assert done.exit_code == 1
    assert "Traceback" not in done.output
    last = done.stderr.splitlines()[-1]
    assert last.startswith("Error: Step 2 (epoch 1) gave ")
    assert last.endswith(
        "They are kept in run/model.safetensors. `pellucid diagnose run` says why it broke, and "
        "what to do."
    )
    record = json.loads(done.stdout)
    assert record["stopped"] == "diverged"
    assert record["metrics"] == {}
    assert all(
        np.isfinite(a).all() for a in Network.load("run/model.safetensors").parameters.values()
    )


def test_a_full_disk_after_training_exits_1(monkeypatch: pytest.MonkeyPatch) -> None:
    from pellucid.errors import FileError

    def full(*_: Any) -> None:
        raise FileError("Cannot write run: no space left on device.")

    monkeypatch.setattr(Network, "save", full)
    done = run("iris", *QUICK, "--out", "run")
    assert done.exit_code == 1
    assert done.stderr == (
        "Error: Cannot write run: no space left on device. Mend that, then this goes on where it "
        "is: pellucid resume run\n"
    )


def test_ctrl_c_between_steps_keeps_the_model(monkeypatch: pytest.MonkeyPatch) -> None:
    from pellucid.assess.parts import divide
    from pellucid.data import load
    from pellucid.learn.events import EpochDone

    note = training._Work._note

    def interrupted(self: Any, event: Any) -> None:
        note(self, event)
        if isinstance(event, EpochDone) and event.epoch == 2:
            raise KeyboardInterrupt

    monkeypatch.setattr(training._Work, "_note", interrupted)
    record = result_of("iris", "--epochs", "50", "--out", "run")
    assert record["stopped"] == "interrupted"
    assert record["epochs"] == 2
    kept, test = Network.load("run/model.safetensors"), divide(load("iris"), None, None, 0).test
    assert record["metrics"]["accuracy"] == pytest.approx(kept.score(test.x, test.y))
    assert kept.steps_taken == 8


def test_ctrl_c_before_the_first_step_leaves_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(*_: Any, **__: Any) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(training, "made_run", interrupted)
    done = run("iris", "--out", "a/b")
    assert done.exit_code == 1
    assert done.stderr == (
        "Interrupted before the first step: nothing was learned, nothing was saved.\n"
    )
    assert not Path("a").exists()


def test_a_guessed_target_is_named_everywhere() -> None:
    rows = [f"{n},{n % 5}," + ("never", "rarely", '"buys, often"')[n % 3] for n in range(60)]
    Path("h.csv").write_text("a,b,habit\n" + "\n".join(rows))
    shown = run("h.csv", *QUICK, "--out", "run").stdout
    words = " ".join(shown.split())
    assert "target habit: 3 classes ('buys, often', 'never', 'rarely')" in words
    assert json.loads(Path("run/run.json").read_text())["data"]["target"] == "habit"
    text = CliRunner().invoke(main, ["inspect", "run"]).stdout
    assert ", from column 'habit'\n" in text
    assert "classes: 'buys, often', 'never', 'rarely'" in text
    found = json.loads(CliRunner().invoke(main, ["inspect", "run", "--json"]).stdout)
    assert found["target_column"] == "habit"


def test_the_rule_is_written_in_full() -> None:
    record = result_of(
        "iris", *QUICK, "--rule", "adam", "--batch", "9", "--patience", "2", "--out", "run"
    )
    assert record["settings"]["rule"].startswith(
        "Backprop(optimizer=Adam(rate=Constant(value=0.001), beta1=0.9, beta2=0.999, "
    )
    kept = Network.load("run/model.safetensors").provenance
    for name in ("rule", "batch", "epochs", "patience"):
        assert kept[name] == record["settings"][name]
    assert (kept["batch"], kept["epochs"], kept["patience"]) == (9, 3, 2)


def test_the_linear_model_learns_the_gates_that_it_can() -> None:
    for gate in ("and", "or", "nand", "nor"):
        baselines = result_of(gate, *QUICK)["baselines"]
        assert baselines["linear model"]["accuracy"] == 1


def test_a_class_without_test_rows_is_noted() -> None:
    from dataclasses import replace

    from pellucid.assess.parts import divide
    from pellucid.cli.report import _notes
    from pellucid.data import load

    parts = divide(load("iris"), None, None, 0)
    assert _notes({}, parts) == []
    test = parts.test.take(np.flatnonzero(parts.test.y != "setosa"))
    assert _notes({}, replace(parts, test=test)) == [
        "No test row is of class setosa: how well it is told apart is not known."
    ]
    test = parts.test.take(np.flatnonzero(parts.test.y == "setosa"))
    assert _notes({}, replace(parts, test=test)) == [
        "No test row is of classes versicolor, virginica: how well they are told apart is not "
        "known."
    ]


def test_every_line_of_a_report_fits_a_terminal() -> None:
    for name in ("iris", "diabetes", "wine"):
        shown = run(name, *QUICK, "--patience", "1").stdout
        assert max(map(len, shown.splitlines())) <= 80
