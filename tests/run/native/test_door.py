"""What comes in and what goes wrong: all kinds of arrays, errors, and what they leave behind."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import pellucid.ops as ops
from pellucid.errors import DataError, EngineError, GraphError, PellucidError, ShapeError
from pellucid.graph import BATCH, Builder, Graph
from pellucid.run import ReferenceExecutor
from pellucid.run.executor import Feed
from pellucid.run.native.program import NativeExecutor
from pellucid.run.native.threads import thread_count
from tests.ops.cases import Array
from tests.run.native.agree import WAYS, Way, check_alike, check_graph, check_steps

DOUBLE = WAYS[0]
ROWS = np.random.default_rng(0).normal(size=(11, 6))
WEIGHTS = np.random.default_rng(1).normal(size=(6, 4))


def step() -> Graph:
    """w' = w - rate * gradient of a loss; reported: the loss, and a value a class."""
    b = Builder()
    x, y = b.input("x", (BATCH, 6)), b.input("y", (BATCH,), "int")
    w, rate = b.input("w", (6, 4)), b.input("rate")
    z = ops.log_softmax(x @ w, 1)
    pulled = (ops.exp(z) - ops.one_hot(y, 4)) * (1.0 / 4)
    moved = w - rate * ops.matmul(x, pulled, transpose_a=True)
    loss = -ops.sum(z * ops.one_hot(y, 4))
    return b.build(**{"w'": moved}, loss=loss, classes=ops.sum(z, 0))


def feed(x: Any = ROWS, order: Any = None, rates: Any = None) -> Feed:
    order = np.arange(11) if order is None else order
    rates = np.full(9, 0.1) if rates is None else rates
    return Feed({"x": x, "y": np.arange(len(x)) % 4}, order, 4, {"rate": rates})


def shown(kind: Any) -> list[tuple[str, Array]]:
    """The rows in all sorts of memory, with the same numbers."""
    rows = ROWS.astype(kind)
    padded = np.zeros((22, 13), rows.dtype)
    padded[::2, 1::2] = rows
    huge = np.zeros((11, 6, 1000), rows.dtype)
    huge[:, :, 7] = rows
    raw = np.zeros(rows.nbytes + 1, np.uint8)
    unaligned = raw[1:].view(rows.dtype).reshape(rows.shape)
    unaligned[...] = rows
    fixed = rows.copy()
    fixed.setflags(write=False)
    return [
        ("plain", rows), ("columns", np.asfortranarray(rows)), ("every second", padded[::2, 1::2]),
        ("backwards", rows[::-1, ::-1].copy()[::-1, ::-1]), ("far apart", huge[:, :, 7]),
        ("unaligned", unaligned), ("read only", fixed), ("turned", rows.T.copy().T),
        ("other bytes", rows.astype(rows.dtype.newbyteorder())), ("wider", rows.astype(np.float64)),
    ]  # fmt: skip


@pytest.mark.parametrize("way", WAYS, ids=str)
@pytest.mark.parametrize("which", range(10))
def test_any_memory_gives_the_same_numbers(which: int, way: Way) -> None:
    plain = {"w": WEIGHTS.astype(way.precision)}
    expected = way.reference.compile(step()).steps(plain, feed(ROWS.astype(way.precision)))
    name, rows = shown(way.precision)[which]
    before = rows.copy()
    start = {"w": np.asfortranarray(plain["w"])}
    found = check_steps(step(), start, feed(rows), way, times=10.0)
    check_alike(found.carried, expected.carried, way, times=10.0)
    np.testing.assert_array_equal(rows, before, err_msg=name)
    np.testing.assert_array_equal(start["w"], plain["w"])


def test_whole_numbers_and_flags_count_as_floats() -> None:
    b = Builder()
    x, n, m = b.input("x", (BATCH, 3)), b.input("n", (BATCH,), "int"), b.input("m", (3,), "bool")
    graph = b.build(y=ops.where(m, x * 0.5, x), n=n + 1)
    for x_kind in (np.int8, np.uint16, np.int64, np.float16, np.bool_, np.float32):
        for n_kind in (np.uint8, np.int32, np.bool_):
            given = {
                "x": np.array([[0, 1, 1], [1, 0, 1]]).astype(x_kind),
                "n": np.array([0, 1]).astype(n_kind), "m": np.array([True, False, True]),
            }  # fmt: skip
            for way in WAYS:
                check_graph(graph, given, way)


def test_repeated_rows_and_strange_numbers_a_step() -> None:
    spread = np.full((40, 5), 0.1)[::4, 2]  # its entries lie far apart
    backwards = np.linspace(0.1, 0.5, 9)[::-1]
    order = np.array([3, 3, 3, 0, 10, 3, 7], np.int32)
    for rates in (spread, backwards, np.full(9, 1), np.full(9, 0.1, np.float32)):
        check_steps(step(), {"w": WEIGHTS}, feed(order=order, rates=rates), DOUBLE, times=10.0)
    one = np.full((9, 1000), 0.1)[:1, 3]
    check_steps(step(), {"w": WEIGHTS}, feed(order=order[:4], rates=one), DOUBLE, times=10.0)
    strided = np.zeros(14, np.int64)
    strided[::2] = order
    check_steps(step(), {"w": WEIGHTS}, feed(order=strided[::2]), DOUBLE, times=10.0)


@pytest.mark.parametrize("order", [[], np.zeros(0, np.int64)], ids=["list", "array"])
def test_an_empty_order_does_nothing(order: Any) -> None:
    found = check_steps(step(), {"w": WEIGHTS}, feed(order=np.array(order)), DOUBLE)
    assert (found.done, found.reported) == (0, {})
    assert found.carried["w"] is WEIGHTS


@pytest.mark.parametrize("count", [0, 1, 2, 3, 9])
def test_a_count_ends_early_but_never_late(count: int) -> None:
    program = NativeExecutor("float64").compile(step())
    expected = ReferenceExecutor().compile(step()).steps({"w": WEIGHTS}, feed(), count)
    found = program.steps({"w": WEIGHTS}, feed(), count)
    assert found.done == expected.done == min(count, 3)
    check_alike(found.carried, expected.carried, DOUBLE, times=10.0)


def test_no_samples_at_all() -> None:
    b = Builder()
    x = b.input("x", (BATCH, 3))
    graph = b.build(y=ops.tanh(x), s=ops.sum(x), m=ops.logsumexp(x, 1), rows=ops.sum(x, 0))
    for way in WAYS:
        check_graph(graph, {"x": np.zeros((0, 3))}, way)


# --- errors: the reference's, word for word

Call = Callable[[Any], Any]


def message(call: Call, program: Any) -> tuple[type[Exception], str]:
    with pytest.raises(PellucidError) as caught:
        call(program)
    return type(caught.value), str(caught.value)


GIVEN: dict[str, Any] = {
    "x": ROWS, "y": np.zeros(11, int), "w": WEIGHTS, "rate": np.array(0.1),
}  # fmt: skip
WRONG: dict[str, Call] = {
    "missing": lambda p: p.run({n: a for n, a in GIVEN.items() if n != "w"}),
    "unknown": lambda p: p.run({**GIVEN, "z": ROWS}),
    "features": lambda p: p.run({**GIVEN, "x": ROWS[:, :5]}),
    "rank": lambda p: p.run({**GIVEN, "w": WEIGHTS[0]}),
    "batch": lambda p: p.run({**GIVEN, "y": np.zeros(3, int)}),
    "kind": lambda p: p.run({**GIVEN, "y": np.zeros(11)}),
    "words": lambda p: p.run({**GIVEN, "x": np.full((11, 6), "a")}),
    "complex": lambda p: p.run({**GIVEN, "x": ROWS + 1j}),
    "all at once": lambda p: p.run({"x": ROWS[:, :5], "w": WEIGHTS.T, "y": np.zeros(11)}),
    "no next value": lambda p: p.steps({"w": WEIGHTS, "x": ROWS}, feed()),
}  # fmt: skip


@pytest.mark.parametrize("name", WRONG)
def test_what_does_not_fit_is_refused_in_the_references_words(name: str) -> None:
    expected = message(WRONG[name], ReferenceExecutor("float64").compile(step()))
    assert message(WRONG[name], NativeExecutor("float64").compile(step())) == expected
    assert expected[0] in (ShapeError, GraphError)


OUTSIDE = "The order names rows from {} to {}; there are rows 0 to 10."
LISTED = "The order is a list of row numbers, got {}."


@pytest.mark.parametrize(
    ("given", "words"),
    [
        (feed(order=np.array([0, 11])), OUTSIDE.format(0, 11)),
        (feed(order=np.array([-1, 2])), OUTSIDE.format(-1, 2)),
        (feed(order=np.array([0.5])), LISTED.format("float64 (1,)")),
        (feed(order=np.ones((2, 2), int)), LISTED.format("int64 (2, 2)")),
        (feed(rates=np.ones(2)), "rate has 2 entries for 3 steps. Give one a step."),
    ],
)  # fmt: skip
def test_steps_that_cannot_be_fed_are_refused(given: Feed, words: str) -> None:
    with pytest.raises((DataError, ShapeError)) as caught:
        NativeExecutor("float64").compile(step()).steps({"w": WEIGHTS}, given)
    assert str(caught.value) == words


@pytest.mark.parametrize("way", WAYS, ids=str)
@pytest.mark.parametrize("bad", [4, -1, 2**40])
def test_a_bad_index_is_told_in_the_references_words(bad: int, way: Way) -> None:
    b = Builder()
    table, n, w = b.input("table", (4, 3)), b.input("n", (BATCH,), "int"), b.input("w", (3,))
    picked = ops.gather(table, n, 0)
    back = ops.scatter_add(picked, n, 4, 0)
    graph = b.build(**{"w'": w + ops.sum(picked, 0)}, back=back)
    given = {"table": np.ones((4, 3)), "n": np.array([0, 3, 1, bad, 2]), "w": np.zeros(3)}
    with way.chosen() as executor:
        program, reference = executor.compile(graph), way.reference.compile(graph)
        expected = message(lambda p: p.run(given), reference)
        assert message(lambda p: p.run(given), program) == expected
        start = {"w": np.zeros(3)}
        steps = Feed({"n": given["n"]}, np.arange(5), 2, {"table": np.ones((3, 4, 3))})
        assert message(lambda p: p.steps(start, steps), program) == expected
        np.testing.assert_array_equal(start["w"], np.zeros(3))
        given["n"] = np.array([0, 3])
        check_alike(program.run(given), reference.run(given), way)  # it goes on as before


# --- not finite


def shrinking() -> Graph:
    b = Builder()
    w, x = b.input("w", (3,)), b.input("x", (BATCH,))
    return b.build(loss=ops.sum(ops.log(w)), x=ops.mean(x), **{"w'": w - 1.0})


@pytest.mark.parametrize("way", WAYS, ids=str)
@pytest.mark.parametrize("first", [0.0, 1.0, 2.0, 7.0])
def test_the_run_stops_before_the_first_step_that_is_not_finite(first: float, way: Way) -> None:
    start = {"w": np.full(3, first, way.precision)}
    before = start["w"].copy()
    rows = Feed({"x": np.arange(11.0)}, np.arange(11), 2)
    found = check_steps(shrinking(), start, rows, way)
    assert found.done == min(int(first), 6)
    np.testing.assert_array_equal(start["w"], before)


@pytest.mark.parametrize("way", WAYS, ids=str)
@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("at", [0, 1, 2])
def test_a_bad_rate_stops_before_its_step(at: int, bad: float, way: Way) -> None:
    rates = np.full(3, 0.1)
    rates[at] = bad
    start = {"w": WEIGHTS.astype(way.precision)}
    found = check_steps(step(), start, feed(rates=rates), way, times=10.0)
    assert (found.done, found.finite) == (at, False)
    assert found.carried["w"].shape == (6, 4)


def test_large_parts_of_a_joined_vector_are_looked_through() -> None:
    """An update of more than 4096 numbers is done part by part: each part is checked."""
    b = Builder()
    x, w, rate = b.input("x", (BATCH, 100)), b.input("w", (10_100,)), b.input("rate")
    one = ops.reshape(ops.slice(w, 0, 0, 10_000, 1), (100, 100))
    two = ops.slice(w, 0, 10_000, 10_100, 1)
    g = ops.matmul(x, x @ one, transpose_a=True)
    joined = ops.concatenate([ops.reshape(g, (10_000,)), ops.sum(x, 0) + two], 0)
    graph = b.build(**{"w'": w - rate * ops.clip(joined, -1.0, 1.0)}, loss=ops.sum(x))
    rng = np.random.default_rng(0)
    for place in (0, 5_001, 10_050):
        start = {"w": rng.normal(size=10_100)}
        rows = np.zeros((8, 100))
        rows[5, place % 100] = np.nan
        given = Feed({"x": rows}, np.arange(8), 2, {"rate": np.ones(4)})
        hidden = Builder(graph)
        outputs = {"w'": hidden.value(graph.output("w'").id)}
        found = check_steps(hidden.build(**outputs), start, given, DOUBLE)
        assert (found.done, found.finite) == (2, False)


def test_large_finite_numbers_whose_sum_overflows_are_good() -> None:
    b = Builder()
    w, x = b.input("w", (2,)), b.input("x", (BATCH,))
    graph = b.build(x=ops.mean(x), **{"w'": w * 1.0})
    start = {"w": np.array([1.5e308, 1.5e308])}
    assert check_steps(graph, start, Feed({"x": np.ones(4)}, np.arange(4), 2), DOUBLE).finite


def test_outputs_are_as_they_were_before_the_step_when_they_show_carried_values() -> None:
    b = Builder()
    one, two, x = b.input("one", (5,)), b.input("two", (5,)), b.input("x", (BATCH,))
    graph = b.build(
        **{"one'": two, "two'": one + ops.sum(x)}, seen=ops.slice(one, 0, 1, 3, 1),
        whole=ops.reshape(two, (1, 5)),
    )  # fmt: skip
    start = {"one": np.arange(5.0), "two": np.ones(5)}
    for way in WAYS:
        check_steps(graph, start, Feed({"x": np.arange(9.0)}, np.arange(9), 2), way)


def test_an_output_may_have_the_name_of_a_carried_value() -> None:
    b = Builder()
    w, x = b.input("w", (2,)), b.input("x", (BATCH,))
    graph = b.build(w=2.0 * w, **{"w'": w + ops.sum(x)})
    for way in WAYS:
        feed = Feed({"x": np.arange(6.0)}, np.arange(6), 2)
        check_steps(graph, {"w": np.array([1.0, 2.0])}, feed, way)


# --- memory


def test_what_does_not_fit_in_memory_is_a_memory_error_and_changes_nothing() -> None:
    b = Builder()
    a, c = b.input("a", (2**21, 1)), b.input("c", (1, 2**25))
    w = b.input("w")
    product = a @ c  # 2^46 numbers: more than an address space holds
    graph = b.build(**{"w'": w + ops.sum(product @ ops.transpose(c, (1, 0)))})
    given = {"a": np.zeros((2**21, 1), np.float32), "c": np.zeros((1, 2**25), np.float32)}
    program = NativeExecutor("float32").compile(graph)
    with pytest.raises(MemoryError):
        program.run({**given, "w": np.zeros((), np.float32)})
    start = {"w": np.full((), 3.0, np.float32)}
    numbers = {name: array[None] for name, array in given.items()}
    with pytest.raises(MemoryError):
        program.steps(start, Feed({}, np.zeros(1, int), 1, numbers))
    assert start["w"] == 3.0
    check_graph(step(), GIVEN, DOUBLE, times=10.0)


# --- threads


@pytest.mark.parametrize("bad", ["0", "-1", "two", "1.5", " "])
def test_a_bad_number_of_threads_in_the_environment_is_said(
    bad: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PELLUCID_THREADS", bad)
    with pytest.raises(EngineError) as caught:
        NativeExecutor("float64")
    assert str(caught.value) == (
        f"The environment variable PELLUCID_THREADS must be a whole number from 1 on, got {bad!r}. "
        "Correct it, or leave it unset to use all CPUs that the process may use."
    )


@pytest.mark.parametrize("bad", [0, -1, 1.5, True, "2"])
def test_a_bad_number_of_threads_is_said(bad: Any) -> None:
    with pytest.raises(EngineError) as caught:
        NativeExecutor("float64", bad)
    assert str(caught.value) == (
        f"threads must be a whole number from 1 on, got {bad!r}. Leave it out to use all CPUs that "
        "the process may use."
    )


def test_threads_are_never_more_than_allowed(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("PELLUCID_THREADS", "OMP_NUM_THREADS"):
        monkeypatch.delenv(name, raising=False)
    allowed = thread_count()
    assert allowed >= 1
    assert thread_count(10_000) == allowed
    monkeypatch.setenv("OMP_NUM_THREADS", "1,4")
    assert thread_count() == 1
    monkeypatch.setenv("OMP_NUM_THREADS", "many")  # another program's business
    assert thread_count() == allowed
    monkeypatch.setenv("PELLUCID_THREADS", "10000")
    assert thread_count() == allowed
    monkeypatch.setenv("PELLUCID_THREADS", "1")
    assert (thread_count(), thread_count(2)) == (1, min(2, allowed))
