"""Reports on every kind of target: whatever form the targets come in, on what they hold."""

from __future__ import annotations

from typing import Any

import numpy as np
import polars as pl
import pytest

from pellucid import Network, assess, data
from pellucid.assess.parts import divide
from pellucid.assess.scores import scores
from pellucid.assess.suspects import suspects
from pellucid.assess.words import answers
from pellucid.data.dataset import Dataset
from pellucid.errors import DataError, ShapeError
from pellucid.nn.quantiles import Quantiles

ROWS = 90
X = np.random.default_rng(0).normal(size=(ROWS, 3))
PRESENT = np.column_stack([X[:, 0] > 0, X[:, 1] > 0.2, X[:, 0] + X[:, 2] > 0])
NAMES = ("big", "red", "round")
SETS = [{name for name, has in zip(NAMES, row, strict=True) if has} for row in PRESENT]
NUMBER = X[:, 0] * 3 + X[:, 1]
SEVERAL = np.column_stack([NUMBER, X[:, 2]])
COUNTS = np.random.default_rng(1).poisson(np.exp(X[:, 0]))
TARGETS: dict[str, tuple[str, Any, Any, dict[str, Any]]] = {
    "classes": ("classes", np.where(X[:, 0] > 0, "a", "b"), None, {}),
    "numbers": ("numbers", NUMBER, NUMBER, {}),
    "a column of numbers": ("numbers", NUMBER[:, None], NUMBER[:, None], {}),
    "several numbers": ("numbers", SEVERAL, SEVERAL, {}),
    "labels as columns": ("labels", PRESENT.astype(int), PRESENT, {}),
    "labels as a frame": ("labels", pl.DataFrame(PRESENT, list(NAMES)), PRESENT, {}),
    "labels as sets": ("labels", SETS, PRESENT, {}),
    "labels as text": (
        "labels", np.array([";".join(sorted(row)) for row in SETS]), PRESENT, {"target": "labels"}
    ),
    "counts": ("counts", COUNTS, COUNTS, {"target": "counts"}),
    "several counts": (
        "counts", np.column_stack([COUNTS, COUNTS]), np.column_stack([COUNTS, COUNTS]),
        {"target": "counts"},
    ),
    "quantiles": ("numbers", NUMBER, NUMBER, {"loss": Quantiles((0.1, 0.5, 0.9))}),
}  # fmt: skip


@pytest.mark.parametrize("name", TARGETS)
def test_a_report_is_on_the_kind_that_the_network_learned(name: str) -> None:
    kind, y, plain, how = TARGETS[name]
    net = Network(hidden=[4], seed=0, **how)
    net.fit(X, y, epochs=3, progress=False)
    report = assess.report(net, X, y, training=(X, y))
    row, found = report.row(), report.row()["report"]
    assert found["kind"] == kind
    assert len(row["baselines"]) == 3
    if kind == "classes":
        wanted: dict[str, Any] = scores(kind, y, net.predict(X))
    elif kind == "labels":
        wanted = scores(kind, plain, net.predict_proba(X) > 0.5)
    else:
        wanted = scores(kind, plain, net.predict(X))
    assert row["metrics"] == pytest.approx(wanted)
    for text in (report.html(), report.markdown()):
        assert "The worst errors" in text


def test_one_column_and_one_axis_of_numbers_are_compared_row_by_row() -> None:
    net = Network(hidden=[4], seed=0)
    net.fit(X, NUMBER, epochs=3, progress=False)
    one, other = (assess.report(net, X, y).row()["report"] for y in (NUMBER, NUMBER[:, None]))
    assert one == other


def test_other_columns_than_it_learned_are_refused() -> None:
    net = Network(hidden=[4], seed=0)
    net.fit(X, SEVERAL, epochs=1, progress=False)
    with pytest.raises(ShapeError) as caught:
        assess.report(net, X, NUMBER)
    assert str(caught.value) == (
        "y is 90; the model was fitted on 2 columns of targets. Give as many."
    )


def labelled(y: Any) -> assess.Report:
    net = Network(hidden=[4], seed=0)
    net.fit(X, y, epochs=3, progress=False)
    return assess.report(net, X, y)


def test_the_worst_cases_of_labels_name_them() -> None:
    report = labelled(SETS)
    found = report.row()["report"]["worst"]
    for row, case in zip(found, report.cases.worst, strict=True):
        own = sorted(SETS[row["place"]])
        assert row["true"] == own
        assert case.true == (", ".join(own) or "none")
        assert case.predicted == (", ".join(row["predicted"]) or "none")
        assert case.true != case.predicted
    first = report.cases.worst[0]
    assert f"{first.name} | {first.true} | {first.predicted}" in report.markdown()
    assert f"<td>{first.true}</td>" in report.html()


def test_labels_without_names_are_numbered() -> None:
    case = labelled(PRESENT.astype(int)).cases.worst[0]
    told = {*case.true.split(", "), *case.predicted.split(", ")}
    assert told <= {"label 0", "label 1", "label 2", "none"}


def advice(report: assess.Report) -> str:
    record = dict(report.row())
    record["report"] = record["report"] | {"held_out": True}
    return answers(record)[2]["answer"]


def test_the_advice_on_labels_names_the_worst_mistake() -> None:
    report = labelled(SETS)
    row = report.row()["report"]["worst"][0]
    true, said = (", ".join(row[key]) or "no label" for key in ("true", "predicted"))
    assert advice(report) == (
        f"Look at the worst mistakes below, first at {row['row']}, which has {true} and was given "
        f"{said}: more rows like these would help most."
    )


def test_the_advice_on_several_numbers_names_the_worst_error() -> None:
    report = labelled(SEVERAL)
    row = report.row()["report"]["worst"][0]
    assert advice(report) == (
        f"Look at the worst errors below, first at {row['row']}, where the numbers together are "
        "furthest off: more rows like these would help most."
    )


def test_without_a_mistake_the_advice_is_to_use_it() -> None:
    sign = np.sign(X[:, 0])
    net = Network(hidden=[4], seed=0)
    y = np.column_stack([sign > 0, sign < 0, sign > 0])
    net.fit(sign[:, None], y, epochs=200, progress=False)
    report = assess.report(net, sign[:, None], y)
    assert report.row()["metrics"]["accuracy"] == 1.0
    assert advice(report) == (
        "Use it: no mistake was found to learn from. Test it again on rows from another day."
    )


def test_a_chance_is_that_of_the_answer_where_a_threshold_decides() -> None:
    y = np.where(X[:, 0] + np.sin(40 * X[:, 1]) > 0, "up", "down")
    net = Network(hidden=[4], seed=0)
    net.fit(X, y, epochs=10, progress=False)
    net.set_threshold(0.2)
    chances = net.predict_proba(X)[:, 1]
    some = np.flatnonzero((chances > 0.2) & (chances < 0.5))
    chances, said = net.predict_proba(X[some]), net.predict(X[some])
    report = assess.report(net, X[some], y[some])
    found = report.row()["report"]
    assert found["worst"]
    for row, case in zip(found["worst"], report.cases.worst, strict=True):
        place = row["place"]
        wanted = chances[place, list(net.classes).index(said[place])]
        assert case.chance == pytest.approx(wanted)
        assert row["chance"] == pytest.approx(wanted)
        assert row["chance"] == pytest.approx(1 - row["chance_of_true"])
        assert row["chance"] < 0.5


def gaps(rows: int = 200) -> pl.DataFrame:
    rng = np.random.default_rng(2)
    size = pl.Series(rng.normal(size=rows)).set(pl.Series(rng.random(rows) < 0.2), None)
    return pl.DataFrame({"size": size, "x": rng.normal(size=rows), "y": rng.normal(size=rows)})


@pytest.mark.parametrize("policy", ["median", "zero", "drop"])
def test_simple_models_have_the_same_policy_for_missing_values(
    policy: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    import pellucid.assess.baselines as baselines

    given: list[tuple[int, Any]] = []
    encoded = baselines.encoded

    def seen(training: Dataset, test: Dataset, columns: Any, missing: Any = None) -> Any:
        given.append((len(training), missing))
        return encoded(training, test, columns, missing)

    monkeypatch.setattr(baselines, "encoded", seen)
    frame = gaps()
    missing = {"size": policy}
    net = Network(hidden=[4], missing=missing, seed=0)
    net.fit(frame, "y", epochs=2, progress=False)
    assess.report(net, frame.drop_nulls(), "y", training=(frame, "y"))
    kept = frame["size"].count() if policy == "drop" else len(frame)
    assert given == [(kept, missing)]


def test_suspects_have_the_same_policy_too(monkeypatch: pytest.MonkeyPatch) -> None:
    import pellucid.assess.baselines as baselines

    given: list[Any] = []
    encoded = baselines.encoded

    def seen(training: Dataset, test: Dataset, columns: Any, missing: Any = None) -> Any:
        given.append(missing)
        return encoded(training, test, columns, missing)

    monkeypatch.setattr(baselines, "encoded", seen)
    own = data.load("iris")
    parts = divide(own, 0.3, 0.0, 0)
    net = Network(hidden=[4], seed=0)
    net.fit(parts.training.x, parts.training.y, epochs=2, progress=False)
    missing = {"a": "median"}
    list(suspects(net, parts, missing=missing))
    assert given == [missing]


def test_a_network_that_learned_without_targets_is_refused() -> None:
    from pellucid import Dense
    from pellucid.learn import Oja

    net = Network([Dense(2)], seed=0)
    net.fit(X, rule=Oja(), epochs=1, progress=False)
    with pytest.raises(DataError) as caught:
        assess.report(net, X, NUMBER)
    assert str(caught.value) == (
        "This network learned without targets, so it has no use for y. Leave y out, or make a new "
        "network."
    )
