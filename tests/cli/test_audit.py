"""``pellucid audit``, and what ``train`` says and keeps of it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from pellucid.cli import main
from tests.data.audit.tables import clean, with_cells, with_rows


@pytest.fixture(autouse=True)
def _in_a_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def run(*words: str) -> Result:
    return CliRunner().invoke(main, list(words), prog_name="pellucid")


def spoilt() -> None:
    """A table with copies on both sides of the split, a leak and a slip."""
    frame = with_rows(clean(), {place: place - 200 for place in range(200, 240)})
    frame = with_cells(frame, "a", {150: 5000.0})
    frame.with_columns(paid=(frame["y"] == "yes").cast(int)).select(
        "a", "b", "c", "d", "town", "late", "paid", "y"
    ).write_csv("t.csv")


def record_of(done: Result) -> dict[str, Any]:
    assert done.exit_code == 0, done.stderr
    record: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return record


def test_findings_are_told_with_rows_and_remedies() -> None:
    spoilt()
    done = run("audit", "t.csv")
    assert done.exit_code == 0
    assert done.stderr == ""
    text = done.stdout
    assert text.startswith("t: 288 rows to learn from, 32 to watch, 80 to test: 2 serious, ")
    flat = " ".join(text.split())
    assert "serious The column 'paid' alone tells the target nearly without fault" in flat
    assert "-> If it is not known before the target, leave it out: --column paid=ignore." in flat
    assert "40 rows are copies of another (10.0%): rows 200, 201, 202 and 37 more." in flat
    assert "warning The column 'a' has 1 value far from all others: row 150." in flat
    assert max(map(len, text.splitlines())) <= 80
    assert list(Path().iterdir()) == [Path("t.csv")]


def test_json_has_all_of_it() -> None:
    spoilt()
    record = record_of(run("audit", "t.csv", "--json"))
    assert record["rows"] == 400 and record["target"] == "y"
    assert (record["training_rows"], record["validation_rows"], record["test_rows"]) == (
        288,
        32,
        80,
    )
    kinds = [one["kind"] for one in record["findings"]]
    assert kinds == ["leak", "shared_rows", "shared_rows", "duplicates", "outliers"]
    assert record["findings"][-1]["rows"] == [150]


def test_nothing_is_found_in_a_clean_file() -> None:
    clean().write_csv("t.csv")
    assert run("audit", "t.csv").stdout == (
        "t: 288 rows to learn from, 32 to watch, 80 to test: nothing found\n"
    )


def test_train_tells_the_worst_and_keeps_all() -> None:
    spoilt()
    done = run("train", "t.csv", "--epochs", "2", "--json", "--out", "run")
    record = record_of(done)
    kinds = [one["kind"] for one in record["audit"]]
    assert kinds[:5] == ["leak", "shared_rows", "shared_rows", "duplicates", "outliers"]
    assert json.loads(Path("run/run.json").read_text())["audit"] == record["audit"]
    flat = " ".join(done.stderr.split())
    assert "Audit serious: The column 'paid' alone tells the target" in flat
    assert "2 more findings; all in run.json, with rows and remedies." in flat
    assert flat.index("Audit serious") < flat.index("epoch")


def test_no_audit_leaves_it_out() -> None:
    spoilt()
    done = run("train", "t.csv", "--epochs", "2", "--no-audit", "--json")
    record = record_of(done)
    assert record["audit"] == []
    assert "--no-audit" in record["command"]
    assert "Audit" not in done.stderr


def test_ignored_columns_and_groups_are_taken_into_account() -> None:
    spoilt()
    record = record_of(run("audit", "t.csv", "--column", "paid=ignore", "--json"))
    assert "leak" not in [one["kind"] for one in record["findings"]]
    record = record_of(run("train", "t.csv", "--column", "paid=ignore", "--epochs", "2", "--json"))
    assert "leak" not in [one["kind"] for one in record["audit"]]


def test_wrong_labels_are_told_after_training() -> None:
    frame = clean(600)
    frame = frame.with_columns(y=(frame["a"] > 50).cast(str))
    wrong = [row for row in range(0, 600, 30) if abs(frame["a"][row] - 50) > 5]
    frame = with_cells(
        frame, "y", {row: {"true": "false", "false": "true"}[frame["y"][row]] for row in wrong}
    )
    frame.write_csv("t.csv")
    done = run("train", "t.csv", "--epochs", "40", "--out", "run")
    assert done.exit_code == 0, done.stderr
    record = json.loads(Path("run/run.json").read_text())
    told = [one for one in record["audit"] if one["kind"] == "suspect_label"]
    rows = {row for one in told for row in one["rows"]}
    assert len(rows & set(wrong)) >= 0.7 * len(wrong)
    assert len(rows - set(wrong)) <= 3
    assert "Labels   warning: Of 168 rows held back, " in done.stdout


def test_a_column_without_a_value_is_told_before_train_refuses_it() -> None:
    Path("t.csv").write_text("x,e,t\n" + "".join(f"{k % 9},?,{'ab'[k % 2]}\n" for k in range(30)))
    done = run("audit", "t.csv")
    assert done.exit_code == 0
    assert "The column 'e' holds no value at all" in done.stdout
    assert run("train", "t.csv").exit_code == 2


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("t.csv", "--target", "z"), "There is no column 'z'. Known: a, b, c, d, late, town, y."),
        (("t.csv", "--column", "z=text"), "There is no column 'z'. Known: a, b, c, d, late, town."),
        (("iris", "--column", "z=text"),
         "--column is for the columns of a table, and iris is none. Leave it out."),
        (("t.csv", "--augment", "flip"),
         "--augment is for train: nothing is learned here. Leave it out."),
        (("t.csv", "--group", "town", "--time", "a"),
         "--group and --time both say how to split. Give one of the two."),
    ],
)  # fmt: skip
def test_wrong_input(words: tuple[str, ...], message: str) -> None:
    clean().write_csv("t.csv")
    done = run("audit", *words)
    assert done.exit_code == 2
    assert done.stderr.splitlines()[-1] == f"Error: {message}"
