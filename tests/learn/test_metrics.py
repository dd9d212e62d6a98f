"""Metrics: scikit-learn's values for any batch size, and those of the cases it leaves open."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest
from sklearn import metrics as theirs

from pellucid.errors import ParameterError, UnknownNameError
from pellucid.graph import BATCH, Builder
from pellucid.hyper import declarations
from pellucid.learn import (
    F1,
    MAE,
    R2,
    RMSE,
    Accuracy,
    Backprop,
    BalancedAccuracy,
    Coverage,
    HammingLoss,
    Metric,
    PoissonDeviance,
    Precision,
    Recall,
    Scorer,
    TopK,
    metric,
)
from pellucid.learn.score import combine
from pellucid.nn import Dense, SquaredError
from pellucid.run import Executor
from tests.learn.cases import (
    EXACT,
    SINGLE,
    Array,
    begin,
    classes,
    invalid_values,
    make_task,
    samples,
)

Oracle = Callable[[Array, Array, Array], float]


def measure(
    chosen: Metric, output: Any, target: Any, weight: Any = None, batch: int = 1000,
    executor: Executor = EXACT,
) -> float:  # fmt: skip
    """The metric's value, counted batch by batch."""
    output, target = np.asarray(output, float), np.asarray(target)
    weight = np.ones(len(output)) if weight is None else np.asarray(weight, float)
    b = Builder()
    rows = {
        "output": b.input("output", (BATCH, *output.shape[1:])),
        "target": b.input(
            "target", (BATCH, *target.shape[1:]), "int" if target.ndim == 1 else "float"
        ),
        "weight": b.input("weight", (BATCH,)),
    }
    counting = executor.compile(b.build(**chosen.counts(*rows.values())))
    arrays = {"output": output, "target": target, "weight": weight}
    parts = []
    for at in range(0, len(output), batch):
        found = counting.run({name: a[at : at + batch] for name, a in arrays.items()})
        parts.append({name: array[None] for name, array in found.items()})
    totals = combine(parts)
    b = Builder()
    value = chosen.value({name: b.input(name, a.shape) for name, a in totals.items()})
    return float(executor.compile(b.build(value=value)).run(totals)["value"])


@dataclass(frozen=True)
class Case:
    """A metric, what scikit-learn makes of outputs, targets and weights, and how many outputs."""

    metric: Metric
    oracle: Oracle
    outputs: int
    numbers: bool = False


def on_answers(name: str, **settings: Any) -> Oracle:
    def oracle(output: Array, target: Array, weight: Array) -> float:
        wide = output.shape[1] > 1
        given = output.argmax(1) if wide else (output[:, 0] > 0).astype(int)
        return float(getattr(theirs, name)(target, given, sample_weight=weight, **settings))

    return oracle


def on_numbers(name: str) -> Oracle:
    def oracle(output: Array, target: Array, weight: Array) -> float:
        return float(getattr(theirs, name)(target, output, sample_weight=weight))

    return oracle


def top(k: int) -> Oracle:
    def oracle(output: Array, target: Array, weight: Array) -> float:
        return float(
            theirs.top_k_accuracy_score(
                target, output, k=k, sample_weight=weight, labels=np.arange(output.shape[1])
            )
        )

    return oracle


def averaged(cls: type[Any], name: str) -> list[Case]:
    made = []
    for average in ("macro", "micro", "weighted"):
        oracle = on_answers(name, average=average, zero_division=0)
        made += [Case(cls(average), oracle, outputs) for outputs in (1, 2, 5)]
    binary = on_answers(name, zero_division=0)
    made += [Case(cls(chosen), binary, k) for chosen in ("auto", "binary") for k in (1, 2)]
    return [*made, Case(cls(), on_answers(name, average="macro", zero_division=0), 5)]


def on_labels(name: str, **settings: Any) -> Oracle:
    def oracle(output: Array, target: Array, weight: Array) -> float:
        found = getattr(theirs, name)(target, output > 0, sample_weight=weight, **settings)
        return float(found)

    return oracle


def deviance(output: Array, target: Array, weight: Array) -> float:
    return float(theirs.mean_poisson_deviance(target, output, sample_weight=weight))


def covered(output: Array, target: Array, weight: Array) -> float:
    inside = (target[:, 0] >= output[:, 0]) & (target[:, 0] <= output[:, -1])
    return float(np.average(inside, weights=weight))


LABELS = [
    Case(Accuracy(), on_labels("accuracy_score"), 3),
    Case(HammingLoss(), on_labels("hamming_loss"), 3),
    *(
        Case(cls(average), on_labels(name, average=average, zero_division=0), 3)
        for cls, name in ((F1, "f1_score"), (Precision, "precision_score"))
        for average in ("micro", "macro", "weighted")
    ),
    Case(F1(), on_labels("f1_score", average="macro"), 2),
    Case(Recall(), on_labels("recall_score", average="macro"), 2),
]
CASES = [
    *LABELS,
    Case(PoissonDeviance(), deviance, 1, True),
    Case(Coverage(), covered, 3, True),
    *(Case(Accuracy(), on_answers("accuracy_score"), k) for k in (1, 2, 5)),
    *(Case(BalancedAccuracy(), on_answers("balanced_accuracy_score"), k) for k in (1, 2, 5)),
    *(Case(TopK(k), top(k), 5) for k in (1, 2, 3)),
    *averaged(Precision, "precision_score"),
    *averaged(Recall, "recall_score"),
    *averaged(F1, "f1_score"),
    *(Case(MAE(), on_numbers("mean_absolute_error"), k, True) for k in (1, 3)),
    *(Case(RMSE(), on_numbers("root_mean_squared_error"), k, True) for k in (1, 3)),
    *(Case(R2(), on_numbers("r2_score"), k, True) for k in (1, 3)),
]
each = pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.metric!r}-{case.outputs}")


def drawn(case: Case, count: int = 83) -> tuple[Array, Array, Array]:
    rng = np.random.default_rng(5)
    output = rng.normal(size=(count, case.outputs))
    target: Array
    if case in LABELS:
        target = (rng.random(output.shape) < 0.4).astype(float)
    elif isinstance(case.metric, PoissonDeviance):
        output, target = np.exp(output), rng.poisson(1.5, output.shape).astype(float)
    elif isinstance(case.metric, Coverage):
        output, target = np.sort(2 * output, axis=1), rng.normal(size=(count, 1))
    elif case.numbers:
        target = output + rng.normal(size=output.shape) + 3.0
    else:
        target = rng.integers(0, max(2, case.outputs), count)
    return output, target, rng.uniform(0.1, 3.0, count)


def test_every_metric_has_a_case_and_a_name_of_its_own() -> None:
    assert {type(case.metric) for case in CASES} == set(classes(Metric))
    assert {cls.kind: cls for cls in classes(Metric)}.items() <= Metric.classes.items()


@pytest.mark.parity
@each
def test_values_are_scikit_learns(case: Case) -> None:
    output, target, weight = drawn(case)
    for chosen in (weight, np.ones(len(weight))):
        found = measure(case.metric, output, target, chosen)
        assert found == pytest.approx(case.oracle(output, target, chosen), rel=1e-12)


@each
def test_the_batch_size_makes_no_difference(case: Case) -> None:
    output, target, weight = drawn(case)
    whole = measure(case.metric, output, target, weight)
    for batch in (1, 7, 82):
        assert measure(case.metric, output, target, weight, batch) == pytest.approx(
            whole, rel=1e-12
        )


@each
def test_without_weight_there_is_nothing(case: Case) -> None:
    output, target, weight = drawn(case, 6)
    expected = 0.0
    if isinstance(case.metric, R2):
        expected = 1.0  # no error was made on nothing
    assert measure(case.metric, output, target, np.zeros_like(weight)) == expected


@each
def test_float32_comes_close(case: Case) -> None:
    output, target, weight = drawn(case)
    exact = measure(case.metric, output, target, weight)
    assert measure(case.metric, output, target, weight, 7, SINGLE) == pytest.approx(exact, rel=1e-5)


def test_worked_by_hand() -> None:
    # Answers 1 1 0 1 for 1 0 0 1: hits 2, answers 3, samples of class 1: 2.
    output, target = [[2.0], [1.0], [-1.0], [3.0]], [1, 0, 0, 1]
    assert measure(Accuracy(), output, target) == 3 / 4
    assert measure(Precision(), output, target) == 2 / 3
    assert measure(Recall(), output, target) == 1.0
    assert measure(F1(), output, target) == 4 / 5
    assert measure(BalancedAccuracy(), output, target) == (1 / 2 + 1) / 2
    numbers, wanted = [[1.0], [2.0], [4.0]], [[1.0], [4.0], [1.0]]
    assert measure(MAE(), numbers, wanted) == 5 / 3
    assert measure(RMSE(), numbers, wanted) == pytest.approx(np.sqrt(13 / 3), rel=1e-15)
    assert measure(R2(), numbers, wanted) == pytest.approx(1 - 13 / 6, rel=1e-15)


def test_classes_that_are_never_answered_or_never_occur_count_0() -> None:
    never, always = [[-1.0], [-2.0]], [[1.0], [2.0]]
    assert measure(Precision(), never, [1, 1]) == 0.0
    assert measure(Recall(), always, [0, 0]) == 0.0
    assert measure(F1(), never, [0, 0]) == 0.0
    # Class 2 neither occurs nor is answered, so it is not among those averaged.
    output = [[3.0, 1.0, 0.0], [1.0, 3.0, 0.0]]
    assert measure(F1(), output, [0, 1]) == 1.0
    assert measure(BalancedAccuracy(), output, [0, 1]) == 1.0
    # Class 2 is answered once and never occurs: it counts with 0.
    output = [[3.0, 1.0, 0.0], [1.0, 3.0, 0.0], [1.0, 0.0, 3.0]]
    assert measure(Precision(), output, [0, 1, 1]) == pytest.approx((1 + 1 + 0) / 3)
    assert measure(Recall(), output, [0, 1, 1]) == pytest.approx((1 + 1 / 2 + 0) / 3)


def test_equal_outputs_go_to_the_first_class() -> None:
    output = [[1.0, 1.0, 1.0]] * 3
    assert measure(Accuracy(), output, [0, 1, 2]) == 1 / 3
    assert measure(TopK(2), output, [0, 1, 2]) == 2 / 3
    assert measure(TopK(1), [[0.0], [0.0]], [0, 1]) == 1 / 2
    assert measure(TopK(2), [[0.0], [5.0]], [0, 0]) == 1.0


def test_a_y_that_does_not_vary() -> None:
    assert measure(R2(), [[0.1]] * 7, [[0.1]] * 7) == 1.0
    assert measure(R2(), [[0.2]] * 7, [[0.1]] * 7) == 0.0


@pytest.mark.parametrize("executor", [EXACT, SINGLE], ids=["float64", "float32"])
def test_units_far_from_0_cost_no_digits(executor: Executor) -> None:
    """y around a million with a spread of 5: in float32 its squares have no digit of the spread."""
    rng = np.random.default_rng(0)
    output, y = rng.normal(size=(500, 1)), rng.normal(size=(500, 1))
    task = make_task(
        [Dense(1)], 1, SquaredError(), ["mae", "rmse", "r2"], "numbers", ((5.0,), (1e6,))
    )
    data = samples(output, y, rng.uniform(0.5, 2.0, 500))
    identity = begin(task, Backprop(), weight=1.0).carried
    scorer = Scorer(task, executor)
    found = scorer.finish(scorer.totals(identity["params"], identity["state"], data.rows))
    given, wanted = 5 * output + 1e6, 5 * y + 1e6
    expected = {
        "mae": theirs.mean_absolute_error(wanted, given, sample_weight=data.weight),
        "rmse": theirs.root_mean_squared_error(wanted, given, sample_weight=data.weight),
        "r2": theirs.r2_score(wanted, given, sample_weight=data.weight),
    }
    for name, value in expected.items():
        assert found[name] == pytest.approx(value, rel=2e-6), name


def test_the_name_tells_what_is_not_the_default() -> None:
    assert [m.name for m in (Accuracy(), TopK(), TopK(3), Precision("micro"))] == [
        "accuracy", "top_k", "top_k_3", "precision_micro",
    ]  # fmt: skip


@pytest.mark.parametrize("cls", list(classes(Metric)), ids=lambda cls: cls.__name__)
def test_a_metric_is_found_by_its_kind_and_refuses_what_it_cannot_be(cls: type[Metric]) -> None:
    assert metric(cls.kind) == cls()
    for name, declared in declarations(cls).items():
        values = ["best"] if declared.choices else invalid_values(declared)
        for value in values:
            with pytest.raises((ParameterError, UnknownNameError), match=f"{name}"):
                cls(**{name: value})


def test_unknown_metrics() -> None:
    with pytest.raises(UnknownNameError) as caught:
        metric("acuracy")
    assert str(caught.value) == (
        "There is no metric 'acuracy'. Did you mean 'accuracy'? Known: accuracy, "
        "balanced_accuracy, coverage, f1, hamming_loss, mae, poisson_deviance, precision, r2, "
        "recall, rmse, top_k."
    )
    with pytest.raises(ParameterError) as wrong:
        metric(7)  # type: ignore[arg-type]
    assert str(wrong.value) == "A metric is a name or a Metric such as Accuracy(), got 7."
    with pytest.raises(UnknownNameError) as choice:
        Precision("mikro")
    assert str(choice.value) == (
        "There is no average of Precision 'mikro'. Did you mean 'micro'? "
        "Known: auto, binary, macro, micro, weighted."
    )
