"""Training steps: carried values, batches in order, the stop before one that is not finite."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import numpy as np
import pytest

from pellucid.errors import EngineError, GraphError, UnknownNameError
from pellucid.graph import BATCH, Builder, Graph, Node
from pellucid.ops import log, mean
from pellucid.run import (
    ENGINES,
    Executor,
    Feed,
    Precision,
    Program,
    ReferenceExecutor,
    Steps,
    choose,
    executor,
)
from pellucid.run.executor import run_steps
from pellucid.run.native import is_built
from tests.ops.cases import Array

ROWS = np.array([1.0, 2.0, 3.0, 4.0, 5.0])


def averaging() -> Graph:
    """w' = w + rate * mean(x), total' = total + 1; reported: the mean."""
    builder = Builder()
    x, w, total, rate = (
        builder.input("x", (BATCH,)),
        *(builder.input(n) for n in ("w", "total", "rate")),
    )
    with builder.context(role="update"):
        outputs = {"w'": w + rate * mean(x), "total'": total + 1.0}
    return builder.build(mean=mean(x), **outputs)


def feed(order: Sequence[int], batch: int, rates: Sequence[float]) -> Feed:
    return Feed({"x": ROWS}, np.array(order), batch, {"rate": np.array(rates)})


START = {"w": np.array(0.0), "total": np.array(0.0)}


def test_steps_carry_their_values_and_report_the_others() -> None:
    program = ReferenceExecutor().compile(averaging())
    steps = program.steps(START, feed([4, 3, 1, 0, 2], 2, [1.0, 10.0, 100.0]))
    assert (steps.done, steps.finite) == (3, True)
    np.testing.assert_array_equal(steps.reported["mean"], [4.5, 1.5, 3.0])  # the last alone
    assert list(steps.reported) == ["mean"]
    assert steps.carried == {"w": 4.5 + 15.0 + 300.0, "total": 3.0}
    assert START == {"w": 0.0, "total": 0.0}


def test_a_step_does_not_reach_into_the_next_epoch() -> None:
    program = ReferenceExecutor().compile(averaging())
    given = Feed({"x": ROWS}, np.array([4, 3, 1, 0, 2, 4]), 2, {"rate": np.ones(4)}, epoch=3)
    assert given.count == 4
    assert [list(given.chosen(k)) for k in range(4)] == [[4, 3], [1], [0, 2], [4]]
    found = program.steps(START, given)
    means = [ROWS[given.chosen(k)].mean() for k in range(4)]
    np.testing.assert_array_equal(found.reported["mean"], means)
    assert Feed({}, np.arange(8), 2, epoch=3).count == 5
    assert Feed({}, np.arange(0), 2).count == Feed({}, np.arange(0), 2, epoch=3).count == 0


def test_a_count_ends_early_but_never_late() -> None:
    program = ReferenceExecutor().compile(averaging())
    given = feed([0, 1, 2, 3, 4], 2, [1.0, 1.0, 1.0])
    assert given.count == 3
    for count, done in ((0, 0), (1, 1), (3, 3), (9, 3), (None, 3)):
        steps = program.steps(START, given, count)
        assert (steps.done, steps.finite, float(steps.carried["total"])) == (done, True, done)
        assert len(steps.reported.get("mean", [])) == done


def test_rows_may_come_more_than_once_or_not_at_all() -> None:
    program = ReferenceExecutor().compile(averaging())
    steps = program.steps(START, feed([0, 0, 4], 3, [1.0]))
    assert steps.reported["mean"].tolist() == [7.0 / 3.0]
    nothing = program.steps(START, feed([], 3, []))
    assert nothing == Steps(START, {}, 0, finite=True)


def shrinking() -> Graph:
    """w' = w - 1, reported: ln(w), which is not finite from w = 0 on."""
    builder = Builder()
    w, x = builder.input("w"), builder.input("x", (BATCH,))
    return builder.build(loss=log(w), x=mean(x), **{"w'": w - 1.0})


def test_the_run_stops_before_the_first_step_that_is_not_finite() -> None:
    program = ReferenceExecutor().compile(shrinking())
    steps = program.steps({"w": np.array(2.0)}, Feed({"x": ROWS}, np.arange(5), 1))
    assert (steps.done, steps.finite) == (2, False)
    assert steps.carried == {"w": 0.0}  # after two good steps; the third's loss was ln 0
    np.testing.assert_allclose(steps.reported["loss"], [np.log(2.0), 0.0])
    np.testing.assert_array_equal(steps.reported["x"], [1.0, 2.0])


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
def test_a_carried_value_that_is_not_finite_stops_the_run_too(bad: float) -> None:
    program = ReferenceExecutor().compile(averaging())
    steps = program.steps(START, feed([0, 1, 2], 1, [1.0, bad, 1.0]))
    assert (steps.done, steps.finite, float(steps.carried["w"])) == (1, False, 1.0)


def test_large_finite_numbers_whose_sum_overflows_are_good() -> None:
    builder = Builder()
    w = builder.input("w", (2,))
    x = builder.input("x", (BATCH,))
    program = ReferenceExecutor().compile(builder.build(x=mean(x), **{"w'": w * 1.0}))
    steps = program.steps({"w": np.array([1.5e308, 1.5e308])}, Feed({"x": ROWS}, np.arange(2), 1))
    assert (steps.done, steps.finite) == (2, True)


def test_a_carried_value_needs_a_next_value() -> None:
    program = ReferenceExecutor().compile(averaging())
    with pytest.raises(GraphError) as caught:
        program.steps({**START, "x": np.zeros(2)}, feed([0], 1, [1.0]))
    assert str(caught.value) == (
        "The graph says no next value for the carried 'x': it has no output \"x'\". "
        "Name the updated value so, or feed 'x' as a number."
    )


def test_float32_steps_stay_in_float32() -> None:
    program = ReferenceExecutor("float32").compile(averaging())
    steps = program.steps(START, feed([0, 1], 1, [0.1, 0.1]))
    assert steps.carried["w"].dtype == steps.reported["mean"].dtype == np.float32
    assert steps.carried["w"] == np.float32(0.1) + np.float32(0.1) * np.float32(2)


# --- choosing an executor


def test_auto_is_the_native_engine_where_there_is_one() -> None:
    assert executor().name == ("native" if is_built() else "reference")


def test_auto_is_float32_and_the_reference_float64_unless_told(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("pellucid.run.choose.is_built", lambda: False)
    monkeypatch.setattr("pellucid.run.choose.warn_absent", lambda: None)
    chosen = [
        executor(),
        executor("auto"),
        executor("reference"),
        executor("auto", "float64"),
        executor("reference", "float32"),
    ]
    facts = [(e.name, e.precision) for e in chosen]
    assert facts == [
        ("reference", p) for p in ("float32", "float32", "float64", "float64", "float32")
    ]
    assert ENGINES == ("auto", "native", "reference")


class Doubling:
    """An executor of one's own: the reference, run on doubled inputs."""

    name = "doubling"
    precision: Precision = "float64"

    def compile(self, graph: Graph, outputs: Sequence[str] | None = None) -> Program:
        return DoublingProgram(graph)


class DoublingProgram:
    def __init__(self, graph: Graph) -> None:
        self.graph = graph
        self._inner = ReferenceExecutor().compile(graph)

    def run(self, inputs: Mapping[str, Array]) -> dict[str, Array]:
        return self._inner.run({name: 2 * array for name, array in inputs.items()})

    def watch(self, inputs: Mapping[str, Array]) -> Iterator[tuple[Node, Array]]:
        return self._inner.watch({name: 2 * array for name, array in inputs.items()})

    def steps(self, carried: Mapping[str, Array], feed: Feed, count: int | None = None) -> Steps:
        return run_steps(self, carried, feed, count)


def test_an_executor_of_ones_own_is_taken_as_it_is() -> None:
    own: Executor = Doubling()
    assert executor(own) is own
    steps = own.compile(averaging()).steps(START, feed([0], 1, [1.0]))
    assert steps.carried == {"w": 4.0, "total": 1.0}


def test_an_unknown_or_missing_engine_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pellucid.run.native.program.is_built", lambda: False)
    monkeypatch.setattr("pellucid.run.native.program.WHY_ABSENT", "there was no compiler")
    choose._native.cache_clear()
    with pytest.raises(UnknownNameError) as unknown:
        executor("referense")
    with pytest.raises(EngineError) as missing:
        executor("native")
    assert str(unknown.value) == (
        "There is no engine 'referense'. Did you mean 'reference'? Known: auto, native, reference."
    )
    assert str(missing.value) == (
        "This installation of Pellucid has no native engine (there was no compiler). Install a C++ "
        "compiler and install Pellucid again, or use engine='reference'."
    )
