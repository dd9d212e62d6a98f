"""``train`` and ``predict`` for labels, counts, intervals, thresholds, weights and calibration."""

from __future__ import annotations

import csv
import io
import json
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner, Result
from PIL import Image

from pellucid import Network, data
from pellucid.assess.calibration import reliability_of
from pellucid.cli import main
from pellucid.nn import Quantiles

QUICK = ("--epochs", "3")
NAMES = ["red", "round", "soft"]


@pytest.fixture(autouse=True)
def _in_a_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def run(*words: str) -> Result:
    return CliRunner().invoke(main, list(words), prog_name="pellucid")


def trained(*words: str) -> dict[str, Any]:
    done = run("train", *words, "--json")
    assert done.exit_code == 0, done.stderr
    record: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return record


def said(*words: str) -> str:
    done = run("train", *words)
    assert done.exit_code == 0, done.stderr
    return " ".join(done.stdout.split())


def refused(*words: str) -> str:
    done = run("train", *words)
    assert done.exit_code == 2
    assert not Path("runs").exists()
    return " ".join(done.stderr.split())


def predicted(*words: str) -> list[dict[str, str]]:
    done = run("predict", *words)
    assert done.exit_code == 0, done.stderr
    return list(csv.DictReader(io.StringIO(done.stdout)))


def table(name: str, rows: int = 300, **columns: Any) -> str:
    x = np.random.default_rng(0).normal(size=(rows, 3))
    features = {f"x{k}": [f"{value:.4f}" for value in x[:, k]] for k in range(3)}
    every = features | {key: make(x) for key, make in columns.items()}
    with Path(name).open("w", newline="") as file:
        csv.writer(file).writerows([list(every), *zip(*every.values(), strict=True)])
    return name


def noise(rows: int, seed: int = 1) -> Any:
    return np.random.default_rng(seed).normal(size=rows)


def label(k: int) -> Any:
    return lambda x: (x[:, k] + 0.5 * noise(len(x), k) > 0).astype(int)


def tags(x: Any) -> list[str]:
    present = np.column_stack([label(k)(x) for k in range(3)])
    return ["; ".join(np.array(NAMES)[row > 0]) for row in present]


def counts(x: Any) -> Any:
    return np.random.default_rng(2).poisson(np.exp(0.5 * x[:, 0]))


def two(x: Any) -> Any:
    return np.where(x[:, 0] + noise(len(x)) > 1.2, "yes", "no")


def price(x: Any) -> list[str]:
    return [f"{value:.3f}" for value in 20 + 5 * x[:, 0] + noise(len(x))]


def test_columns_of_labels() -> None:
    path = table("t.csv", **{name: label(k) for k, name in enumerate(NAMES)})
    record = trained(path, "--target", "red, round,soft", *QUICK, "--out", "run")
    assert record["data"]["kind"] == "labels"
    assert record["data"]["targets"] == record["data"]["classes"] == NAMES
    assert set(record["metrics"]) == {
        "accuracy", "f1_micro", "f1_macro", "hamming_loss", "loss",
    }  # fmt: skip
    assert set(record["baselines"]) == {
        "majority of each label", "linear model", "k nearest neighbours",
    }  # fmt: skip
    assert record["metrics"]["f1_micro"] > record["baselines"]["majority of each label"]["f1_micro"]
    rows, net = predicted("run", path), Network.load("run/model.safetensors")
    assert list(rows[0]) == [
        "row", *(f"prediction_{name}" for name in NAMES), *(f"probability_{n}" for n in NAMES),
    ]  # fmt: skip
    assert net.classes.tolist() == NAMES
    for row in rows[:20]:
        for name in NAMES:
            assert row[f"prediction_{name}"] == str(int(float(row[f"probability_{name}"]) > 0.5))


def test_a_column_of_labels_in_text() -> None:
    path = table("t.csv", tags=tags)
    text = said(path, "--target", "tags", "--kind", "labels", *QUICK, "--out", "run")
    for part in (
        "t: 300 rows of 3 features, target tags: 3 labels (red, round, soft)",
        "Label by label: label rows found missed wrongly given red ",
        "The worst mistakes, confident and wrong: row label true probability x0",
        "majority of each label",
    ):
        assert part in text
    rows = predicted("run", path)
    assert list(rows[0]) == ["row", "prediction", *(f"probability_{name}" for name in NAMES)]
    for row in rows[:20]:
        given = [name for name in NAMES if float(row[f"probability_{name}"]) > 0.5]
        assert row["prediction"] == ";".join(given)


def test_several_numbers() -> None:
    path = table("t.csv", low=price, high=lambda x: np.round(2 * x[:, 1], 3))
    record = trained(path, "--target", "low,high", *QUICK, "--out", "run")
    assert record["data"]["kind"] == "numbers"
    assert record["calibration"] is None
    assert list(predicted("run", path)[0]) == ["row", "prediction_low", "prediction_high"]
    assert Network.load("run/model.safetensors").predict(np.zeros((2, 3))).shape == (2, 2)


def test_counts() -> None:
    path = table("t.csv", calls=counts)
    record = trained(path, "--kind", "counts", "--epochs", "20", "--out", "run")
    assert set(record["metrics"]) == {"mae", "rmse", "deviance", "loss"}
    assert record["metrics"]["deviance"] < record["baselines"]["mean"]["deviance"]
    assert set(record["last"]) >= {"mae", "poisson_deviance", "val_mae"}
    assert all(float(row["prediction"]) > 0 for row in predicted("run", path))
    assert "The largest errors: row true predicted off by" in said(path, "--kind", "counts", *QUICK)


def test_an_interval() -> None:
    path = table("t.csv", 600, price=price)
    record = trained(path, "--interval", "0.8", "--epochs", "30", "--out", "run")
    found, net = record["interval"], Network.load("run/model.safetensors")
    assert (found["level"], found["rows"], found["held_out"]) == (0.8, 120, True)
    assert found["coverage"] == pytest.approx(0.8, abs=0.12)
    assert found["mean_width"] == pytest.approx(2 * 1.2816, rel=0.25)  # of a normal noise of 1
    assert isinstance(net.loss, Quantiles)
    assert net.loss == Quantiles((0.1, 0.5, 0.9), found["stretch"])
    assert found["watched"] == 48
    rows = predicted("run", path)
    assert list(rows[0]) == ["row", "prediction", "low", "high"]
    assert all(float(r["low"]) <= float(r["prediction"]) <= float(r["high"]) for r in rows)
    text = said(path, "--interval", "0.8", *QUICK)
    assert re.search(r"Intervals of 80%, (stretched|narrowed) by ", text)
    assert "% of the 120 test rows, and are " in text


def test_a_threshold_that_is_chosen() -> None:
    path = table("t.csv", will=two)
    record = trained(path, "--threshold", "f1", *QUICK, "--out", "run")
    found, net = record["threshold"], Network.load("run/model.safetensors")
    assert (found["measure"], found["positive"], found["rows"]) == ("f1", "yes", 24)
    assert found["score"] >= found["score_at_half"]
    assert net.threshold == found["chance"]
    for row in predicted("run", path):
        chance = float(row["probability_yes"])
        if abs(chance - found["chance"]) > 1e-5:
            assert row["prediction"] == ("yes" if chance > found["chance"] else "no")
    shown = run("inspect", "run").stdout
    assert f"'yes' above a chance of {found['chance']:.4g}" in shown
    assert json.loads(run("inspect", "run", "--json").stdout)["threshold"] == found["chance"]
    assert "The answer is yes above a chance of " in said(path, "--threshold", "balanced", *QUICK)


def test_a_threshold_that_is_given() -> None:
    path = table("t.csv", will=two)
    record = trained(path, "--threshold", "0.7", "--positive", "no", *QUICK, "--out", "run")
    assert record["threshold"] == {
        "chance": pytest.approx(0.3), "measure": None, "positive": "no", "answers": "yes",
        "else": "no",
    }  # fmt: skip
    text = said(path, "--threshold", "0.3", *QUICK)
    assert "The answer is yes above a chance of 0.300, as asked for, else no." in text


def test_weights_and_balance() -> None:
    path = table("t.csv", will=two, w=lambda x: np.arange(len(x)) % 3)
    plain = trained(path, "--target", "will", "--column", "w=ignore", *QUICK, "--out", "plain")
    weighed = trained(path, "--target", "will", "--weight", "w", *QUICK, "--out", "weighed")
    balanced = trained(
        path, "--target", "will", "--column", "w=ignore", "--balance", *QUICK, "--out", "even"
    )
    assert weighed["data"]["weight"] == "w"
    assert weighed["data"]["features"] == ["x0", "x1", "x2"]
    losses = {record["last"]["loss"] for record in (plain, weighed, balanced)}
    assert len(losses) == 3
    even = Network.load("even/model.safetensors").predict_proba(data.read_table(path, "will").x)
    usual = Network.load("plain/model.safetensors").predict_proba(data.read_table(path, "will").x)
    assert even[:, 1].mean() > usual[:, 1].mean() + 0.05
    assert len(predicted("weighed", path)) == 300


def test_weights_are_those_of_the_network() -> None:
    path = table("t.csv", price=price, w=lambda x: np.arange(len(x)) % 3)
    words = ("--target", "price", "--weight", "w", "--hidden", "", "--validation", "0", *QUICK)
    trained(path, *words, "--test", "0", "--out", "run")
    found = data.read_table(path, "price", weight="w")
    assert found.weights is not None
    net = Network(hidden=[], seed=0, loss="squared_error")
    net.fit(found.x, found.y, epochs=3, sample_weight=found.weights, progress=False)
    again = Network.load("run/model.safetensors")
    assert np.array_equal(net.predict(found.x), again.predict(found.x))


def test_chances_are_calibrated_where_that_is_worth_it() -> None:
    path = table("t.csv", 500, will=lambda x: np.where(x[:, 0] + noise(len(x)) > 0, "a", "b"))
    words = (path, "--hidden", "128", "--rule", "adam", "--rate", "0.01", "--epochs", "100")
    record = trained(*words, "--validation", "0.4", "--out", "run")
    found, net = record["calibration"], Network.load("run/model.safetensors")
    assert found["used"] and found["temperature"] > 1.2 and found["rows"] == 160
    assert found["loss_after"] < found["loss_before"]
    assert found["ece_after"] < found["ece_before"]
    assert found["measured_on"] == "test"
    assert net.provenance["calibration"] == {"temperature": found["temperature"], "rows": 160}
    part = data.read_table(path).split(seed=0)[1]
    curve = reliability_of(net, part.x, part.y)
    assert curve.error == pytest.approx(found["ece_after"])
    assert curve.rows() == found["bins"]
    text = said(*words, "--validation", "0.4")
    assert (
        f"Chances calibrated by a temperature of {found['temperature']:.3g}, from the 160 rows "
        f"watched. Expected calibration error on the test rows: {found['ece_after']:.3f} (before: "
        f"{found['ece_before']:.3f})." in text
    )


def test_chances_are_left_where_it_is_not() -> None:
    path = table("t.csv", will=two)
    found = trained(path, "--epochs", "10")["calibration"]
    assert not found["used"] and found["why"] == "a temperature gains no more than noise would"
    assert trained("iris", *QUICK, "--validation", "0")["calibration"] is None
    text = said(path, "--epochs", "10")
    assert "Chances are left as they are: on the 24 rows watched a temperature (" in text


def test_wrong_input_is_refused_before_anything_is_written() -> None:
    labels = table("l.csv", **{name: label(k) for k, name in enumerate(NAMES)})
    numbers, classes = table("n.csv", price=price), table("c.csv", will=two)
    bad = table("b.csv", calls=lambda x: np.where(np.arange(len(x)) == 4, -1, 2))
    half = table("h.csv", calls=lambda x: np.where(np.arange(len(x)) == 4, 0.5, 2))
    for words, message in {
        (labels, "--target", "red,rond"): "Error: There is no column 'rond'. Did you mean "
        "'round'? Known: red, round, soft, x0, x1, x2.",
        (labels, "--target", "red,x0", "--kind", "labels"): "Error: l.csv, line 2, column 'x0': "
        "expected 0 or 1, true or false, yes or no, got '0.1257'. Correct it, or name other "
        "columns for the labels.",
        (labels, "--target", "red,red"): "Error: The target 'red,red' names 'red' twice. Name each "
        "column once.",
        (labels, "--target", "red,soft", "--kind", "classes"): "Error: l.csv: the columns 'red', "
        "'soft' are to be classes, and only one column can be. Learn a model for each, or write "
        "--kind labels (kind='labels') where each says yes or no.",
        (classes, "--kind", "labels"): "Error: c.csv, column 'will': y is to hold several labels a "
        "row, and no row has a ; | or , between two, for example 'no'. Use kind='classes' for one "
        "label a row.",
        (bad, "--kind", "counts"): "Error: b.csv, line 6, column 'calls': expected a count, a "
        "whole number of at least 0, got '-1'. Correct it, or leave --kind counts "
        "(kind='counts') out.",
        (half, "--kind", "counts"): "Error: h.csv, line 6, column 'calls': expected a count, a "
        "whole number of at least 0, got '0.5'. Correct it, or leave --kind counts "
        "(kind='counts') out.",
        (classes, "--interval", "0.9"): "Error: --interval is for a target of one number a row, "
        "and this one holds classes. Leave it out, or write --kind numbers if it holds measures.",
        (numbers, "--threshold", "f1"): "Error: --threshold divides two classes, and the target "
        "holds numbers. Leave it out.",
        (classes, "--threshold", "f1", "--validation", "0"): "Error: --threshold f1 is chosen on "
        "rows that are held out, and none are. Give --validation 0.2, or a number such as 0.3.",
        (classes, "--threshold", "0.3", "--positive", "yea"): "Error: There is no class 'yea'. Did "
        "you mean 'yes'? Known: no, yes.",
        (classes, "--positive", "yes"): "Error: --positive is for --threshold. Give --threshold "
        "f1, or leave it out.",
        (numbers, "--balance"): "Error: --balance is for classes, and the target holds numbers. "
        "Leave it out, or weigh rows with --weight COLUMN.",
        (numbers, "--weight", "price"): "Error: n.csv: 'price' is the target and cannot be the "
        "weight as well.",
        (numbers, "--weight", "x0"): "Error: n.csv, line 5, column 'x0': expected a weight of at "
        "least 0, got '-1.2654'. Correct it, or name another column.",
        ("iris", "--weight", "w"): "Error: iris is a sample, for which weight has no meaning, got "
        "weight='w'. Leave it out.",
    }.items():
        assert refused(*words) == message, words
    text = refused(classes, "--threshold", "2")
    assert text.endswith(
        "'2' is no threshold; expected f1, balanced, accuracy, or a chance between 0 and 1, such "
        "as 0.3."
    )


def test_pictures_with_labels() -> None:
    random = np.random.default_rng(0)
    rows = [("file", "tags")]
    for number in range(30):
        red, lines = bool(number % 2), bool(number // 2 % 2)
        pixels = random.integers(0, 60, (8, 8, 3)).astype(np.uint8)
        pixels[:, :, 0] += 180 * red
        pixels[::2] += 60 * lines
        Image.fromarray(pixels).save(f"{number}.png")
        rows.append((f"{number}.png", ";".join(["red" if red else "blue"] + ["lines"] * lines)))
    with Path("list.csv").open("w", newline="") as file:
        csv.writer(file).writerows(rows)
    record = trained("list.csv", "--kind", "labels", "--epochs", "2", "--out", "run")
    assert record["data"]["classes"] == ["blue", "lines", "red"]
    found = predicted("run", "0.png")[0]
    assert list(found) == [
        "file",
        "prediction",
        *(f"probability_{n}" for n in ("blue", "lines", "red")),
    ]


def test_arrays_of_labels() -> None:
    x = np.random.default_rng(0).normal(size=(80, 3))
    np.savez("a.npz", x=x, y=np.column_stack([label(k)(x) for k in range(3)]))
    record = trained("a.npz", *QUICK, "--out", "run")
    assert record["data"]["kind"] == "labels" and record["data"]["classes"] == ["0", "1", "2"]
    assert "prediction_1" in predicted("run", "a.npz")[0]
    np.savez("c.npz", x=x, y=counts(x))
    assert trained("c.npz", "--kind", "counts", *QUICK)["data"]["kind"] == "counts"
