"""The target, the door of the audit, and what a finding is."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import numpy as np
import pandas as pd
import polars as pl
import pytest

from pellucid.data.audit import KINDS, Finding, audit
from pellucid.data.audit.finding import in_order
from pellucid.data.samples import load, names
from pellucid.errors import ParameterError, UnknownNameError
from tests.data.audit.tables import clean, found, only, with_cells
from tests.data.conftest import Said


def of_classes(*counts: int) -> pl.DataFrame:
    total = sum(counts)
    y = np.repeat([f"c{k}" for k in range(len(counts))], counts)
    order = np.random.default_rng(0).permutation(total)
    return clean(total).with_columns(pl.Series("y", y[order]))


def test_imbalance() -> None:
    one = only(of_classes(970, 30), "imbalance")
    assert (one.severity, one.count) == ("warning", 970)
    assert one.title == (
        "97.0% of the rows are of one class, c0: who always answers it is right as often."
    )
    assert only(of_classes(850, 150), "imbalance").severity == "note"
    assert found(of_classes(700, 300), "imbalance") == []


def test_tiny_classes_with_their_rows() -> None:
    frame = of_classes(200, 200, 4)
    one = only(frame, "tiny_class")
    assert one.rows == tuple(np.flatnonzero((frame["y"] == "c2").to_numpy()))
    assert one.title == "1 class has fewer than 10 rows: c2 (4)."
    assert found(of_classes(200, 190, 10), "tiny_class") == []


def test_a_long_tail() -> None:
    draw = np.random.default_rng(0)
    frame = clean().with_columns(y=pl.Series(np.exp(draw.normal(8, 1.5, 400))))
    one = only(frame, "long_tail")
    assert (one.severity, one.columns) == ("note", ("y",))
    even = clean().with_columns(y=pl.Series(draw.normal(8, 1.5, 400)))
    assert found(even, "long_tail") == []


def test_all_doors_lead_to_the_same() -> None:
    frame = with_cells(clean(), "a", {17: 5000.0})
    expected = audit(frame, "y")
    assert [one.kind for one in expected] == ["outliers"]
    assert audit(frame.to_pandas(), "y") == expected
    assert audit(frame.drop("y"), frame["y"].to_numpy()) != ()
    numbers = frame.select("a", "b", "c", "d").to_numpy()
    (one,) = audit(numbers, frame["y"].to_numpy())
    assert (one.columns, one.rows) == (("x1",), (17,))
    assert audit(pd.DataFrame(numbers, columns=list("abcd")), frame["y"].to_list()) != ()


def test_wrong_calls(said: Said) -> None:
    assert said(ParameterError, lambda: audit(clean())) == (
        "audit got no targets. Give y: an array, or the name of a column of the data frame."
    )
    assert said(ParameterError, lambda: audit(load("iris"), "y")) == (
        "audit got a Dataset, which has its targets and their kind, and y or kind beside it. Leave "
        "these out."
    )
    assert said(UnknownNameError, lambda: audit(clean(), "yy")) == (
        "There is no column 'yy'. Did you mean 'y'? Known: a, b, c, d, late, town, y."
    )


def test_a_finding_is_plain_json() -> None:
    one = Finding("leak", "serious", "Title.", "Remedy.", ("a",), (1, 2), 2)
    assert json.loads(json.dumps(one.row())) == {
        "kind": "leak", "severity": "serious", "title": "Title.", "remedy": "Remedy.",
        "columns": ["a"], "rows": [1, 2], "count": 2, "detail": "",
    }  # fmt: skip
    for found_ in audit(with_cells(clean(), "a", {17: 5000.0}), "y"):
        json.dumps(found_.row())


def test_a_finding_is_of_a_known_kind(said: Said) -> None:
    assert said(UnknownNameError, lambda: Finding("leek", "note", "", "")).startswith(
        "There is no kind of finding 'leek'. Did you mean 'leak'?"
    )
    assert said(UnknownNameError, lambda: Finding("leak", "bad", "", "")) == (  # type: ignore[arg-type]
        "There is no severity 'bad'. Known: note, serious, warning."
    )


def test_the_serious_come_first() -> None:
    made = [Finding(kind, "note", "", "") for kind in reversed(KINDS)]
    made.append(Finding("constant", "serious", "", ""))
    kinds = [one.kind for one in in_order(made)]
    assert kinds == ["constant", *KINDS]


@pytest.mark.parametrize("name", [n for n in names() if "mnist" not in n])
def test_the_samples_are_clean(name: str) -> None:
    dataset = load(name)
    kept, held = (np.arange(len(dataset)),) * 2 if len(dataset) < 20 else dataset.divided(0.2)
    findings = audit(dataset, test=held if len(kept) < len(dataset) else ())
    assert [one for one in findings if one.severity != "note"] == []


def test_columns_of_all_types_are_looked_at() -> None:
    draw, base = np.random.default_rng(0), datetime(2020, 1, 1, tzinfo=UTC)
    for rows in (2, 25, 120):
        days = [base + timedelta(days=int(k)) for k in draw.integers(0, 900, rows)]
        frame = pl.DataFrame({
            "truth": draw.random(rows) < 0.5,
            "kind": pl.Series([["a", "b", None][k % 3] for k in range(rows)]).cast(pl.Categorical),
            "while": [timedelta(seconds=int(k)) for k in draw.integers(0, 999, rows)],
            "zone": pl.Series(days),
            "cents": [Decimal(int(k)) / 4 for k in draw.integers(0, 999, rows)],
            "single": draw.normal(size=rows).astype(np.float32),
            "huge": draw.normal(size=rows) * 1e300,
            "gaps": [None if k % 3 else float(k) for k in range(rows)],
            "none": pl.Series([None] * rows),
        })  # fmt: skip
        for y in (draw.integers(0, 2, rows), draw.normal(size=rows), draw.normal(size=(rows, 2))):
            kinds = [one.kind for one in audit(frame, y, test=np.arange(rows // 4))]
            assert "missing" in kinds  # the last column


def test_the_same_call_finds_the_same() -> None:
    frame = with_cells(clean(3000), "a", {17: 5000.0})
    assert audit(frame, "y", seed=3) == audit(frame, "y", seed=3)
