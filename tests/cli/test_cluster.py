"""``pellucid cluster``: tables, samples, files of clusters, and what it refuses."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
from click.testing import CliRunner, Result
from sklearn.cluster import KMeans
from sklearn.metrics import adjusted_rand_score, silhouette_score

from pellucid.cli import main
from pellucid.data import load


@pytest.fixture(autouse=True)
def _in_a_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def run(*words: str) -> Result:
    return CliRunner().invoke(main, ["cluster", *words], prog_name="pellucid")


def record_of(done: Result) -> dict[str, Any]:
    assert done.exit_code == 0, done.stderr
    record: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return record


def shops() -> None:
    """Two kinds of shops: small ones in the town, large ones outside."""
    rng = np.random.default_rng(0)
    large = np.arange(90) % 3 == 0
    pl.DataFrame({
        "area": np.where(large, 2000, 80) + rng.normal(0, 10, 90),
        "staff": np.where(large, 40, 3) + rng.integers(0, 3, 90),
        "place": np.where(large, "outside", "town"),
        "kind": np.where(large, "L", "S"),
    }).write_csv("shops.csv")  # fmt: skip


@pytest.mark.parametrize("method", ["kmeans", "competitive", "map", "autoencoder"])
def test_two_kinds_are_found_by_each_method(method: str) -> None:
    shops()
    words = ("shops.csv", "--method", method, "--target", "kind", "--clusters", "2")
    record = record_of(run(*words, "--json"))
    assert record["sizes"] == [60, 30] and record["method"] == method
    assert record["known"] == {"adjusted_rand": 1.0, "mutual_information": 1.0, "purity": 1.0}
    labels = np.array(record["labels"])
    assert (labels == (np.arange(90) % 3 == 0)).all()
    assert record["scores"]["silhouette"] > 0.8
    more = {
        "map": {"quantisation_error", "topographic_error"}, "autoencoder": {"reconstruction_error"}
    }  # fmt: skip
    assert set(record["scores"]) == {"silhouette", "distance", *more.get(method, ())}
    assert any(what.startswith("area high") for what in record["particular"][1])


def test_without_a_count_the_silhouette_says_it() -> None:
    shops()
    record = record_of(run("shops.csv", "--column", "kind=ignore", "--json"))
    assert record["clusters"] == 2 and record["known"] is None and record["features"] < 6


def test_the_scores_are_scikit_learns() -> None:
    x, y = load("iris")
    z = (x - x.mean(axis=0)) / x.std(axis=0)
    record = record_of(run("iris", "--clusters", "3", "--json"))
    labels = np.array(record["labels"])
    peer = KMeans(3, n_init=10, random_state=0).fit(z).labels_
    assert adjusted_rand_score(peer, labels) == 1.0
    assert record["scores"]["silhouette"] == pytest.approx(silhouette_score(z, labels))
    assert record["known"]["adjusted_rand"] == pytest.approx(adjusted_rand_score(y, labels))
    assert sorted(record["sizes"], reverse=True) == record["sizes"]


def test_it_is_told_in_words_and_written_to_a_file() -> None:
    shops()
    done = run("shops.csv", "--target", "kind", "--out", "found.csv")
    assert done.exit_code == 0
    text = done.stdout
    assert text.startswith("90 rows, 2 clusters by kmeans\n")
    assert "60  67%" in " ".join(text.split(" ")).replace("   ", "  ")
    assert "adjusted Rand index (1: the same, 0: chance)" in text
    assert done.stderr == "The clusters of 90 rows are in found.csv.\n"
    rows = pl.read_csv("found.csv")
    assert rows.columns == ["row", "cluster"] and rows["cluster"].sum() == 30
    record = record_of(run("shops.csv", "--target", "kind", "--out", "found.jsonl", "--json"))
    assert record["out"] == "found.jsonl" and "labels" not in record


def test_the_same_seed_gives_the_same_clusters() -> None:
    words = ("iris", "--method", "competitive", "--clusters", "4", "--json", "--seed", "7")
    one, two = record_of(run(*words)), record_of(run(*words))
    assert one["labels"] == two["labels"]


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (
            ("t.csv", "--clusters", "9"),
            "Error: There are 2 different rows, too few for 9 clusters. Ask for fewer.\n",
        ),
        (
            ("t.csv", "--target", "a"),
            "Error: --target a holds numbers; clusters are compared with classes. Leave it out, or "
            "leave the column out with --column a=ignore.\n",
        ),
        (
            ("iris", "--column", "x=ignore"),
            "Error: --column is for the columns of a table, and iris is none. Leave it out.\n",
        ),
        (
            ("t.csv", "--out", "t.csv"),
            "Error: t.csv belongs to the model or the data, and the clusters would replace it. "
            "Give --out another name.\n",
        ),
        (
            ("t.csv", "--out", "t.docx"),
            "Error: --out is t.docx; expected a name that ends in .csv, .tsv, .tab, .jsonl, "
            ".ndjson, .parquet, .pq, .arrow, .feather or .ipc. Write t.docx.csv.\n",
        ),
    ],
)  # fmt: skip
def test_wrong_input_exits_2(words: tuple[str, ...], message: str) -> None:
    lines = ["a,b", *(f"{k % 2 + 0.5},{k % 2 * 2.5}" for k in range(40))]
    Path("t.csv").write_text("\n".join(lines) + "\n")
    done = run(*words)
    assert (done.exit_code, done.stderr, done.stdout) == (2, message, "")


def test_nothing_of_that_name() -> None:
    done = run("irsi")
    assert done.exit_code == 2 and "Did you mean 'iris'?" in done.stderr
