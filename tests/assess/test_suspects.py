"""Suspected wrong labels: seeded ones are found, and few others are."""

from __future__ import annotations

import numpy as np
import pytest

from pellucid.assess.parts import Parts, divide
from pellucid.assess.suspects import disagreements, far_off, odd_among, suspects
from pellucid.data.dataset import Dataset
from pellucid.data.samples import load
from pellucid.models.network import Network


def learned(dataset: Dataset, epochs: int = 30) -> tuple[Network, Parts]:
    parts = divide(dataset, 0.3, 0.0, 0)
    network = Network(hidden=[32], seed=0)
    network.fit(parts.training.x, parts.training.y, epochs=epochs)
    return network, parts


def flipped(name: str, share: float, seed: int = 0) -> tuple[Dataset, np.ndarray]:
    """A sample in which a share of the labels are those of other classes, and these rows."""
    data = load(name)
    draw = np.random.default_rng(seed)
    rows = np.sort(draw.permutation(len(data))[: round(share * len(data))])
    labels = np.unique(data.y)
    y = data.y.copy()
    step = draw.integers(1, len(labels), len(rows))
    y[rows] = labels[(np.searchsorted(labels, y[rows]) + step) % len(labels)]
    return Dataset(data.name, data.x, y, "classes", data.feature_names, data.class_names), rows


@pytest.mark.parametrize(("name", "precision"), [("digits", 0.85), ("breast_cancer", 0.6)])
def test_flipped_labels_are_found(name: str, precision: float) -> None:
    data, wrong = flipped(name, 0.03)
    network, parts = learned(data)
    held, known = suspects(network, parts)
    assert (held.severity, known.severity) == ("warning", "warning")
    for finding, rows in ((held, parts.test_rows), (known, parts.training_rows)):
        own = set(wrong.tolist()) & set(rows.tolist())
        hits = own & set(finding.rows)
        assert finding.count == len(finding.rows)
        assert set(finding.rows) <= set(rows.tolist())
        assert len(hits) / finding.count >= precision
        assert len(hits) / len(own) >= 0.65


def test_hardly_any_is_suspect_where_none_is_wrong() -> None:
    network, parts = learned(load("digits"))
    assert sum(finding.count for finding in suspects(network, parts)) <= 10


def test_of_many_rows_some_are_looked_at(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pellucid.assess.suspects.MOST_ROWS", 400)
    data, _ = flipped("digits", 0.03)
    network, parts = learned(data)
    held, known = suspects(network, parts)
    assert held.title.startswith("Of 400 rows held back, ")
    assert held.detail.endswith("Of 539 such rows these were looked at.")
    assert known.title.startswith("Of 400 rows to learn from, ")
    assert set(held.rows) <= set(parts.test_rows.tolist())


def test_numbers_that_are_off_are_found() -> None:
    data = load("diabetes")
    y = data.y.copy()
    y[[17, 60, 200]] += 5000
    network, parts = learned(Dataset("d", data.x, y, "numbers"), 60)
    rows = {row for finding in suspects(network, parts) for row in finding.rows}
    assert rows == {17, 60, 200}


def test_rows_held_back_and_learned_from_are_said_apart() -> None:
    data, _ = flipped("digits", 0.03)
    network, parts = learned(data)
    held, known = suspects(network, parts)
    assert held.title.startswith(f"Of {len(parts.test):,} rows held back, ")
    assert known.title.startswith(f"Of {len(parts.training):,} rows to learn from, ")
    first = held.rows[0]
    assert held.detail.startswith(f"Row {first} is labelled {data.y[first]}, to which the network ")


def test_a_label_must_be_far_below_and_another_as_sure_as_its_own_class() -> None:
    sure = [[0.9, 0.1]] * 10 + [[0.1, 0.9]] * 10
    given = [0] * 10 + [1] * 10
    assert disagreements(sure, given).tolist() == []
    weak = [*sure, [0.3, 0.7]]  # less than the 0.9 of its own class
    assert disagreements(weak, [*given, 0]).tolist() == []
    strong = [*sure, [0.02, 0.98], [0.01, 0.99]]
    assert disagreements(strong, [*given, 0, 0]).tolist() == [21, 20]
    assert disagreements(strong, [*given, 0, -1]).tolist() == [20]


def test_neighbours_tell_odd_labels() -> None:
    x = np.concatenate([np.arange(30.0), 1000 + np.arange(30.0)])
    near = np.abs(x[:, None] - x).argsort(axis=1, kind="stable")[:, 1:11]
    labels = np.array(["a"] * 30 + ["b"] * 30)
    assert odd_among(near, labels).tolist() == []
    labels[[4, 47]] = "b", "a"
    assert odd_among(near, labels).tolist() == [4, 47]
    labels[[5, 6]] = "b"  # two others nearby: no longer 9 of 10
    assert odd_among(near, labels).tolist() == [47]


def test_a_network_that_disagrees_with_many_is_not_trusted() -> None:
    chances = [[0.99, 0.01]] * 10 + [[0.0, 1.0]] * 5 + [[0.01, 0.99]] * 20
    assert disagreements(chances, [0] * 15 + [1] * 20).tolist() == [10, 11, 12, 13, 14]
    chances = [[0.99, 0.01]] * 12 + [[0.0, 1.0]] * 10 + [[0.01, 0.99]] * 8
    assert disagreements(chances, [0] * 22 + [1] * 8).tolist() == []


def test_far_off_needs_rows_and_spread() -> None:
    assert far_off(np.zeros(100)).tolist() == []
    assert far_off([0.0, 1.0, 50.0]).tolist() == []
    errors = np.random.default_rng(0).normal(size=1000)
    assert far_off(errors).tolist() == []
    errors[[5, 9]] = -40, 90
    assert far_off(errors).tolist() == [9, 5]
