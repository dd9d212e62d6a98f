"""``report.html`` of ``pellucid train``, and ``pellucid report``, which makes it again."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from pellucid.cli import main

QUICK = ("--epochs", "3", "--out", "run")


@pytest.fixture(autouse=True)
def _in_a_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def run(*words: str) -> Result:
    return CliRunner().invoke(main, [*words], prog_name="pellucid")


def done(*words: str) -> Result:
    result = run(*words)
    assert result.exit_code == 0, result.output
    return result


def refused(*words: str) -> str:
    result = run(*words)
    assert result.exit_code == 2, result.output
    assert "Traceback" not in result.output
    return result.stderr.splitlines()[-1].removeprefix("Error: ")


def record() -> dict[str, Any]:
    found: dict[str, Any] = json.loads(Path("run/run.json").read_text(), parse_constant=pytest.fail)
    return found


def test_train_writes_the_page_and_its_numbers() -> None:
    said = done("train", "iris", *QUICK).stdout
    assert "The report, to be opened in a browser: run/report.html" in said
    found = record()
    assert found["report"]["test_rows"] == found["data"]["test_rows"] == 30
    assert found["report"]["scores"][0]["value"] == found["metrics"]["accuracy"]
    beside = {row["model"]: row["value"] for row in found["report"]["compared"]}
    for name, values in found["baselines"].items():
        assert beside[name] == values["accuracy"]
    page = Path("run/report.html").read_text(encoding="utf-8")
    assert "pellucid train iris --epochs 3 --out run" in page
    assert found["data"]["sha256"] in page
    assert found["machine"] in page
    assert not Path("run/report.md").exists()
    assert len(found["report"]["history"]) == 3


def test_no_report_leaves_it_out_and_markdown_adds_it() -> None:
    said = done("train", "iris", *QUICK, "--no-report").stdout
    assert "report.html" not in said
    assert sorted(path.name for path in Path("run").iterdir()) == [
        "checkpoints", "events.jsonl", "model.safetensors", "run.json"
    ]  # fmt: skip
    assert "report" not in record()
    done("train", "iris", "--epochs", "3", "--out", "two", "--markdown", "--quiet")
    assert Path("two/report.md").read_text(encoding="utf-8").startswith("# iris: report\n")
    assert refused("train", "iris", "--no-report", "--markdown") == (
        "--no-report and --markdown contradict each other. Give one."
    )


@pytest.mark.parametrize("name", ["iris", "diabetes", "digits"])
def test_the_report_made_again_is_the_same(name: str) -> None:
    done("train", name, *QUICK, "--markdown", "--quiet")
    kept = {n: Path(f"run/report.{n}").read_text(encoding="utf-8") for n in ("html", "md")}
    for path in Path("run").glob("report.*"):
        path.unlink()
    assert done("report", "run").stderr == "The report is in run/report.html.\n"
    done("report", "run", "--format", "markdown", "--out", "copy.md")
    assert Path("run/report.html").read_text(encoding="utf-8") == kept["html"]
    assert Path("copy.md").read_text(encoding="utf-8") == kept["md"]
    said = done("report", "run", "--format", "json", "--out", "-").stdout
    assert json.loads(said, parse_constant=pytest.fail) == record() | {
        "seconds_in_all": json.loads(said)["seconds_in_all"]
    }


def test_a_table_with_options_is_reported_again() -> None:
    rows = "\n".join(f"{k},{k % 7},{'ab'[k % 2]},{k % 3}" for k in range(90))
    Path("my table.csv").write_text(f"n,m,kind,y\n{rows}\n")
    done("train", "my table.csv", "--target", "kind", "--column", "y=category", "--hidden", "4",
         *QUICK, "--quiet")  # fmt: skip
    kept = Path("run/report.html").read_text(encoding="utf-8")
    done("report", "run")
    assert Path("run/report.html").read_text(encoding="utf-8") == kept
    assert "kind: text" not in kept
    assert "by request" in kept or "asked for" in kept


def test_other_data_are_refused() -> None:
    table = Path("t.csv")
    text = "a,y\n" + "\n".join(f"{k},{'ab'[k % 2]}" for k in range(40)) + "\n"
    table.write_text(text)
    done("train", "t.csv", *QUICK, "--quiet")
    table.write_text(text.replace("7,b", "8,b"))
    said = refused("report", "run")
    assert said.startswith("The data have changed since run was made: their SHA-256 was ")
    table.unlink()
    assert refused("report", "run").startswith("There is no file t.csv.")


def test_what_is_no_run_is_refused() -> None:
    Path("empty").mkdir()
    wanted = (
        "{} is no folder of a run; expected one with run.json and model.safetensors, as `pellucid "
        "train` leaves it. Check the path."
    )
    assert refused("report", "empty") == wanted.format("empty")
    assert refused("report", "nowhere") == wanted.format("nowhere")
    done("train", "iris", *QUICK, "--quiet", "--no-report")
    Path("run/run.json").write_text("{")
    assert refused("report", "run") == (
        "run/run.json is damaged; expected an object. Train again for a new run."
    )
    for command in ("rm -r .", None, "pellucid train", "pellucid train --wrong"):
        Path("run/run.json").write_text(json.dumps({"command": command}))
        assert refused("report", "run") == (
            f"run does not say which command made it, got {str(command)!r}; expected one of "
            "`pellucid train`. Train again for a new run."
        )
    Path("run/run.json").write_text('{"data": 1}')
    assert refused("report", "run") == (
        "run/run.json is damaged; expected an object with the objects data, settings, versions. "
        "Train again for a new run."
    )


def test_the_model_is_not_written_over() -> None:
    done("train", "iris", *QUICK, "--quiet")
    assert refused("report", "run", "--out", "run/model.safetensors") == (
        "run/model.safetensors belongs to the model or the data, and the report would replace it. "
        "Give --out another name."
    )


def test_rows_that_were_learned_from_are_called_so() -> None:
    done("train", "iris", *QUICK, "--test", "0", "--quiet")
    page = Path("run/report.html").read_text(encoding="utf-8")
    assert "no rows were kept apart, so this says nothing about new ones" in page
    assert "Keep rows apart to test with (--test 0.2), or gather some more." in page
