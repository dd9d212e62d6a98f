"""``pellucid predict``: answers as CSV or JSON, for a table, a sample and arrays."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner, Result

from pellucid.cli import main
from pellucid.data import load
from pellucid.models.network import Network


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
    return CliRunner().invoke(main, ["predict", *map(str, words)], prog_name="pellucid")


def rows(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text)))


def test_answers_and_probabilities_are_those_of_the_network(folder: Path) -> None:
    done = run(folder, "iris")
    assert done.exit_code == 0
    found = rows(done.stdout)
    x, _ = load("iris")
    net = Network.load(folder / "model.safetensors")
    assert [row["row"] for row in found] == [str(n) for n in range(150)]
    assert [row["prediction"] for row in found] == net.predict(x).tolist()
    given = np.array(
        [[float(row[f"probability_{label}"]) for label in net.classes] for row in found]
    )
    np.testing.assert_allclose(given, net.predict_proba(x), rtol=1e-5)


def test_a_table_is_read_by_its_columns_names_in_any_order_without_the_target(folder: Path) -> None:
    data = load("iris")
    names = [*data.feature_names[::-1], "note"]
    text = [",".join(names), *(",".join([*map(str, row[::-1]), "hello"]) for row in data.x)]
    Path("turned.csv").write_text("\n".join(text))
    assert run(folder, "turned.csv").stdout == run(folder, "iris").stdout


def test_the_model_file_means_the_same_as_its_folder(folder: Path) -> None:
    assert run(folder / "model.safetensors", "iris").stdout == run(folder, "iris").stdout


def test_out_is_written_whole_and_json_says_where(folder: Path) -> None:
    Path("answers.csv").write_text("old")
    done = run(folder, "iris", "--out", "answers.csv", "--json")
    assert Path("answers.csv").read_text() == run(folder, "iris").stdout
    record = json.loads(done.stdout.splitlines()[-1])
    assert (record["out"], record["rows"]) == ("answers.csv", 150)
    assert "predictions" not in record
    assert done.stderr == "150 answers are in answers.csv.\n"


def test_json_without_out_holds_the_answers(folder: Path) -> None:
    record = json.loads(run(folder, "iris", "--json").stdout)
    assert record["predictions"][0]["prediction"] == "setosa"
    assert record["out"] is None


def test_arrays_are_read_without_targets(folder: Path) -> None:
    np.savez("x.npz", x=load("iris").x[:3])
    assert len(rows(run(folder, "x.npz").stdout)) == 3


def test_numbers_come_without_probabilities() -> None:
    CliRunner().invoke(main, ["train", "diabetes", "--epochs", "1", "--out", "run"])
    found = rows(run("run", "diabetes").stdout)
    assert list(found[0]) == ["row", "prediction"]
    x, _ = load("diabetes")
    expected = Network.load("run/model.safetensors").predict(x)
    np.testing.assert_allclose([float(row["prediction"]) for row in found], expected, rtol=1e-5)


def test_pictures_as_a_table_reach_a_network_of_pictures() -> None:
    Path("n.json").write_text('[{"layer": "Conv2D", "filters": 2, "kernel": 3}, '
                              '{"layer": "Flatten"}, {"layer": "Dense"}]')  # fmt: skip
    runner = CliRunner()
    done = runner.invoke(
        main, ["train", "digits", "--epochs", "1", "--net", "n.json", "--out", "run"]
    )
    assert done.exit_code == 0
    runner.invoke(main, ["data", "digits", "digits.csv"])
    assert run("run", "digits.csv").stdout == run("run", "digits").stdout


def test_a_model_saved_from_python_takes_a_table_of_just_its_columns() -> None:
    data = load("iris")
    net = Network(hidden=[], seed=1)
    net.fit(data.x, data.y, epochs=1)
    net.save("mine.safetensors")
    CliRunner().invoke(main, ["data", "iris", "iris.csv"])
    done = run("mine.safetensors", "iris.csv")
    assert done.exit_code == 2
    assert done.stderr == (
        "Error: The model does not say which columns it learned from, so iris.csv must have just "
        "the 4 it takes, in their order; it has 5. Drop the others.\n"
    )
    lines = Path("iris.csv").read_text().splitlines()
    Path("four.csv").write_text("\n".join(line.rsplit(",", 1)[0] for line in lines))
    found = [row["prediction"] for row in rows(run("mine.safetensors", "four.csv").stdout)]
    assert found == net.predict(data.x).tolist()


def test_missing_columns_are_all_named(folder: Path) -> None:
    Path("few.csv").write_text("sepal length (cm),petal width (cm)\n1,2\n")
    done = run(folder, "few.csv")
    assert done.exit_code == 2
    assert done.stderr == (
        "Error: few.csv lacks 2 columns that the model was fitted on: 'sepal width (cm)', "
        "'petal length (cm)' are not among 'sepal length (cm)', 'petal width (cm)'. Add what is "
        "missing, or correct the header.\n"
    )


def test_data_of_another_shape_are_refused(folder: Path) -> None:
    done = run(folder, "wine")
    assert done.exit_code == 2
    assert "13 features" in done.stderr
    assert "Traceback" not in done.stderr


def test_an_out_that_cannot_be_written_is_refused(folder: Path) -> None:
    done = run(folder, "iris", "--out", "nowhere/answers.csv")
    assert done.exit_code == 2
    assert done.stderr == (
        "Error: The folder of nowhere/answers.csv is not there. Make it first.\n"
    )


def test_the_model_and_the_data_are_never_written_over(folder: Path) -> None:
    CliRunner().invoke(main, ["data", "iris", "iris.csv"])
    before = Path("iris.csv").read_bytes()
    Path("link.csv").symlink_to("iris.csv")
    for out in (
        "iris.csv",
        "link.csv",
        str(folder / "model.safetensors"),
        str(folder / "run.json"),
    ):
        done = run(folder, "iris.csv", "--out", out)
        assert done.exit_code == 2
        assert done.stderr == (
            f"Error: {out} belongs to the model or the data, and the answers would replace it. "
            "Give --out another name.\n"
        )
    assert Path("iris.csv").read_bytes() == before
    assert Network.load(folder / "model.safetensors").steps_taken > 0


@pytest.mark.parametrize(
    ("out", "message"),
    [
        ("", "'' is a folder; expected a file. Give its name."),
        (".", ". is a folder; expected a file. Give its name."),
        ("no/a.csv", "The folder of no/a.csv is not there. Make it first."),
    ],
)
def test_a_bad_out_is_found_before_predicting(
    folder: Path, out: str, message: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Network, "predict", lambda *_: pytest.fail("it predicted"))
    done = run(folder, "iris", "--out", out)
    assert (done.exit_code, done.stderr) == (2, f"Error: {message}\n")
