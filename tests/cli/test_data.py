"""``pellucid data``: the samples, in a list, in words, and as tables that can be learned again."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner, Result

from pellucid.cli import main
from pellucid.data import load, names, read_table


def run(*words: str | Path) -> Result:
    return CliRunner().invoke(main, ["data", *map(str, words)], prog_name="pellucid")


def test_the_list_has_all_samples() -> None:
    lines = run().stdout.splitlines()
    assert [line.split()[0] for line in lines[1:]] == [*names(), "flowers", "shapes"]
    assert max(map(len, lines)) <= 80


@pytest.mark.parametrize("name", [n for n in names() if "mnist" not in n])
def test_a_sample_goes_through_its_table_unchanged(name: str, tmp_path: Path) -> None:
    path = tmp_path / f"{name}.csv"
    done = run(name, path)
    assert done.exit_code == 0
    assert f"pellucid train {path} --target target" in done.stderr
    sample, back = load(name), read_table(path, "target", load(name).kind)
    np.testing.assert_array_equal(back.x, sample.x.reshape(len(sample), -1))
    np.testing.assert_array_equal(back.y, sample.y)
    assert back.feature_names == sample.feature_names
    assert run(name, "-").stdout == path.read_text()


def test_a_sample_is_described_and_drawn() -> None:
    text = run("iris").stdout
    assert "150 flowers of three species" in text
    assert "Source: R. A. Fisher (1936)" in text
    assert "5.1,3.5,1.4,0.2,setosa" in text
    assert "██" in run("digits").stdout


def test_what_cannot_be_written_or_found_is_refused(tmp_path: Path) -> None:
    done = run("iris", "table.txt")
    assert done.exit_code == 2
    assert done.stderr == (
        "Error: OUT is table.txt; expected a name that ends in .csv, .npz, .tsv, .tab, .jsonl, "
        ".ndjson, .parquet, .pq, .arrow, .feather or .ipc. Write table.txt.csv.\n"
    )
    done = run("iris", tmp_path / "no" / "iris.csv")
    assert done.exit_code == 2
    assert "is not there. Make it first." in done.stderr
    done = run("wien")
    assert done.exit_code == 2
    assert "There is no sample 'wien'. Did you mean 'wine'?" in done.stderr
    done = run("mnist")
    assert done.exit_code == 2
    assert "--data-dir" in done.stderr
    assert run("--data-dir", tmp_path).exit_code == 2


def test_a_file_that_is_there_is_replaced_only_by_force(tmp_path: Path) -> None:
    path = tmp_path / "keep.csv"
    path.write_text("mine")
    done = run("wine", path)
    assert done.exit_code == 2
    assert done.stderr == (
        f"Error: {path} is there already. Give another name, or --force to replace it.\n"
    )
    assert path.read_text() == "mine"
    assert run("wine", path, "--force").exit_code == 0
    assert path.read_text() == run("wine", "-").stdout
    assert run("wine", "--force").exit_code == 2
