"""The Hopfield network: worked by hand, held to its energy, and measured against its capacity."""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pellucid.errors import DataError, ParameterError, ShapeError, UnknownNameError
from pellucid.memory import (
    Hopfield,
    critical_load,
    damaged,
    drawn,
    expected_error,
    measured_capacity,
    random_patterns,
)

A = [1.0, 1.0, -1.0, -1.0]
REFERENCE = {"engine": "reference"}


def memory(storage: str = "hebb", **settings: Any) -> Hopfield:
    return Hopfield(storage, **(REFERENCE | settings))


# --- by hand


def test_four_units_worked_by_hand() -> None:
    """One pattern x: w_ij = x_i x_j / 4, and E(x) = -1/2 * 12 * 1/4 = -1.5.

    With the last unit wrong, E = -1/2 (6 * 1/4 - 6 * 1/4) = 0; its field is
    1/4 (-1 * 1 - 1 * 1 - 1 * 1) with signs -1, -1, 1 for weights, = -0.75: it turns back.
    """
    found = memory().fit([A])
    expected = np.outer(A, A) / 4
    np.fill_diagonal(expected, 0.0)
    np.testing.assert_array_equal(found.weights, expected)
    assert found.energy([A]).tolist() == [-1.5]
    assert found.energy([[1, 1, -1, 1]]).tolist() == [0.0]
    course = found.recall([[1, 1, -1, 1]])
    assert course.state.tolist() == [A]
    assert course.energies[0, 0] == 0.0 and course.energy[0] == -1.5
    assert sorted(set(course.energies[:, 0])) == [-1.5, 0.0]
    assert course.settled.tolist() == [True] and course.cycle.tolist() == [False]


def test_two_units_all_at_once_go_to_and_fro() -> None:
    """w_12 = 1/2; from (1, -1) each takes the other's sign, and E stays 1/2."""
    found = memory().fit([[1.0, 1.0]])
    both = found.recall([[1, -1]], how="synchronous")
    assert both.cycle.tolist() == [True] and both.settled.tolist() == [False]
    assert both.energies.ravel().tolist() == [0.5] * len(both.energies)
    alone = found.recall([[1, -1]])
    assert alone.settled.tolist() == [True]
    assert alone.state.tolist() in ([[1.0, 1.0]], [[-1.0, -1.0]])


def test_hebb_is_the_mean_of_products_and_goes_on() -> None:
    x = random_patterns(5, 12, seed=3)
    expected = x.T @ x / 12
    np.fill_diagonal(expected, 0.0)
    np.testing.assert_allclose(memory().fit(x).weights, expected, atol=1e-15)
    grown = memory().partial_fit(x[:2]).partial_fit(x[2:])
    np.testing.assert_allclose(grown.weights, expected, atol=1e-15)
    np.testing.assert_array_equal(grown.patterns, x)


def test_storkeys_rule_is_its_sums() -> None:
    x = random_patterns(4, 7, seed=1)
    expected = np.zeros((7, 7))
    for pattern in x:
        before = expected.copy()
        for i, j in itertools.permutations(range(7), 2):
            h_ij = sum(before[i, k] * pattern[k] for k in range(7) if k not in (i, j))
            h_ji = sum(before[j, k] * pattern[k] for k in range(7) if k not in (i, j))
            change = pattern[i] * pattern[j] - pattern[i] * h_ji - h_ij * pattern[j]
            expected[i, j] += change / 7
    np.testing.assert_allclose(memory("storkey").fit(x).weights, expected, atol=1e-14)
    grown = memory("storkey").fit(x[:3]).partial_fit(x[3:])
    np.testing.assert_allclose(grown.weights, expected, atol=1e-14)


@pytest.mark.parametrize("count", [1, 5, 11])
def test_the_pseudo_inverse_recalls_all_independent_patterns(count: int) -> None:
    x = random_patterns(count, 12, seed=count)
    assert np.linalg.matrix_rank(x) == count
    found = memory("pseudo_inverse").fit(x)
    weights = x.T @ np.linalg.inv(x @ x.T) @ x
    np.fill_diagonal(weights, 0.0)
    np.testing.assert_allclose(found.weights, weights, atol=1e-12)
    for how in ("asynchronous", "synchronous"):
        np.testing.assert_array_equal(found.recall(x, how=how).state, x)
    assert found.score(x, x) == 1.0


def test_hebbs_storage_does_not_recall_what_the_pseudo_inverse_does() -> None:
    x = random_patterns(11, 12, seed=11)
    assert memory().fit(x).score(x, x) < 1.0


# --- energy and cycles


@given(st.integers(2, 14), st.integers(1, 8), st.integers(0, 10_000))
def test_one_unit_at_a_time_the_energy_never_rises(units: int, count: int, seed: int) -> None:
    x, starts = random_patterns(count, units, seed), random_patterns(6, units, seed + 1)
    for storage in ("hebb", "pseudo_inverse", "storkey"):
        found = memory(storage).fit(x)
        course = found.recall(starts, seed=seed)
        assert (np.diff(course.energies, axis=0) <= 0).all()
        np.testing.assert_allclose(course.energy, found.energy(course.state), atol=1e-9)
        assert course.settled.all() and not course.cycle.any()
        again = found.recall(course.state)
        np.testing.assert_array_equal(again.state, course.state)


@given(st.integers(2, 12), st.integers(0, 10_000))
def test_all_at_once_ends_in_a_state_or_in_two(units: int, seed: int) -> None:
    found = memory().fit(random_patterns(3, units, seed))
    course = found.recall(random_patterns(8, units, seed + 7), how="synchronous", sweeps=200)
    assert (course.settled ^ course.cycle).all()
    once = found.recall(course.state, how="synchronous", sweeps=1).state
    twice = found.recall(once, how="synchronous", sweeps=1).state
    np.testing.assert_array_equal(twice, course.state)
    same = (once == course.state).all(axis=1)
    np.testing.assert_array_equal(same, course.settled)
    np.testing.assert_allclose(course.energy, found.energy(course.state), atol=1e-9)


def test_synchronous_is_the_sign_of_the_sums() -> None:
    x = random_patterns(3, 9, seed=2)
    found = memory().fit(x)
    start = random_patterns(5, 9, seed=8)
    once = found.recall(start, how="synchronous", sweeps=1)
    fields = start @ found.weights
    expected = np.where(np.abs(fields) < 1e-9, start, np.sign(fields))
    np.testing.assert_array_equal(once.state, expected)


def test_the_order_is_that_of_the_seed() -> None:
    x = random_patterns(8, 20, seed=0)
    start = random_patterns(4, 20, seed=5)
    found = memory().fit(x)
    one, same, other = (found.recall(start, seed=seed) for seed in (1, 1, 2))
    np.testing.assert_array_equal(one.energies, same.energies)
    assert not np.array_equal(one.energies, other.energies)


def test_the_native_engine_recalls_the_same() -> None:
    x = random_patterns(6, 40, seed=0)
    start = damaged(x, 0.3, seed=1)
    for how in ("asynchronous", "synchronous"):
        for storage in ("hebb", "storkey", "pseudo_inverse"):
            one = memory(storage, how=how).fit(x)
            other = Hopfield(storage, how=how, engine="native", threads=1).fit(x)
            np.testing.assert_allclose(other.weights, one.weights, atol=1e-14)
            first, second = one.recall(start), other.recall(start)
            np.testing.assert_array_equal(first.state, second.state)
            np.testing.assert_allclose(first.energies, second.energies, atol=1e-10)


# --- drawn, damaged, part of it

LETTERS = [
    drawn("""
        .###.
        #...#
        #####
        #...#
        #...#
    """),
    drawn("""
        #####
        ..#..
        ..#..
        ..#..
        ..#..
    """),
    drawn("""
        #....
        #....
        #....
        #....
        #####
    """),
]


def test_letters_are_recalled_from_damaged_ones_and_from_a_part() -> None:
    found = memory("pseudo_inverse").fit(LETTERS)
    for seed in range(5):
        np.testing.assert_array_equal(found.predict(damaged(LETTERS, 0.12, seed=seed)), LETTERS)
    half = np.array(LETTERS)
    half[:, 3:] = 0.0  # the lower rows are not known
    np.testing.assert_array_equal(found.predict(half), LETTERS)
    assert [str(name) for name in found.names(LETTERS)] == ["pattern 0", "pattern 1", "pattern 2"]
    np.testing.assert_allclose(np.diag(found.transform(half)), 1.0)


def test_patterns_of_0_and_1_come_back_so() -> None:
    x = np.array(LETTERS) > 0
    found = memory("pseudo_inverse").fit(x)
    assert found.predict(damaged(x, 0.04)).tolist() == x.astype(float).tolist()
    part = x.astype(float)
    part[:, 3:] = 0.5
    np.testing.assert_array_equal(found.predict(part), x)


def test_as_many_units_are_turned_as_was_said() -> None:
    x = random_patterns(10, 50)
    turned = damaged(x, 0.1, seed=4) != x
    assert turned.sum(axis=1).tolist() == [5] * 10
    assert len({tuple(row) for row in turned}) == 10
    np.testing.assert_array_equal(damaged(x, 0.0), x)
    np.testing.assert_array_equal(damaged(x, 1.0), -x)


# --- what was never stored


def test_reverses_and_mixtures_have_names() -> None:
    x = random_patterns(3, 300, seed=0)
    found = memory().fit(x)
    mixture = np.sign(x[0] - x[1] + x[2])
    course = found.recall(np.array([-x[1], mixture]))
    assert course.settled.all()
    np.testing.assert_array_equal(course.state, [-x[1], mixture])
    names = found.names(course.state)
    assert str(names[0]) == "pattern 1 reversed" and names[0].is_spurious
    assert names[1].kind == "mixture"
    parts = dict(zip(names[1].patterns, names[1].signs, strict=True))
    assert parts in ({0: 1, 1: -1, 2: 1}, {0: -1, 1: 1, 2: -1})
    assert "-1" in str(names[1])
    other = found.names(random_patterns(1, 300, seed=99))[0]
    assert other.kind == "other" and str(other).startswith("none of the patterns; most like ")


# --- capacity


def test_the_theory_of_large_memories() -> None:
    """At the end of its capacity, 0.138 patterns a unit, a memory has 1.6 % wrong units."""
    assert critical_load() == pytest.approx(0.1379, abs=5e-5)
    at_the_end = expected_error(critical_load() - 1e-6)
    assert at_the_end is not None and at_the_end == pytest.approx(0.0165, abs=5e-4)
    assert expected_error(0.14) is None
    low, high = expected_error(0.05), expected_error(0.1)
    assert low is not None and high is not None and 0 < low < high < at_the_end


def test_the_capacity_is_near_what_the_theory_says() -> None:
    found = measured_capacity(200, (0.25, 0.05, 0.1, 0.18), repeats=2, engine="native")
    loads = [row["load"] for row in found.rows]
    assert loads == [0.05, 0.1, 0.18, 0.25]
    errors = [row["error"] for row in found.rows]
    assert errors == sorted(errors)
    assert errors[1] < 0.02 and errors[3] > 0.15
    limit = found.at(0.0165)
    assert limit is not None and 0.1 < limit < 0.19
    assert found.rows[0]["patterns"] == 10 and found.rows[0]["recalled"] > 0.9
    assert found.rows[0]["theory"] == expected_error(0.05) and found.rows[3]["theory"] is None
    assert (
        measured_capacity(30, (0.5,), storage="pseudo_inverse", repeats=1).rows[0]["error"] == 0.0
    )


def test_no_load_at_which_an_error_was_passed() -> None:
    found = measured_capacity(30, (0.03,), repeats=1, engine="reference")
    assert found.at(0.9) is None


# --- what cannot be


@pytest.mark.parametrize(
    ("error", "message", "call"),
    [
        (
            DataError,
            "A memory of two values stores patterns of -1 and 1, or of 0 and 1, got 0.5. Turn "
            "numbers into two values, such as x > x.mean(), or use ModernHopfield.",
            lambda: memory().fit([[0.5, 1.0]]),
        ),
        (
            DataError,
            "A memory of two values stores patterns of -1 and 1, or of 0 and 1, got -1, 0 and 1. "
            "Turn numbers into two values, such as x > x.mean(), or use ModernHopfield.",
            lambda: memory().fit([[-1, 0, 1]]),
        ),
        (
            DataError,
            "x holds 0, which stands for a unit of which nothing is known. A pattern that is "
            "stored has -1 or 1 in each unit.",
            lambda: memory().fit([A]).partial_fit([[1, 1, 0, 1]]),
        ),
        (
            DataError,
            "x holds 0.5; the memory's patterns are of -1 and 1, and 0 stands for a unit of which "
            "nothing is known.",
            lambda: memory().fit([A]).predict([[1, 1, 0.5, 1]]),
        ),
        (
            ShapeError,
            "x is 1 x 3, the memory holds patterns of 4. Give n x 4; one pattern as x[None].",
            lambda: memory().fit([A]).predict([[1, 1, 1]]),
        ),
        (
            ShapeError,
            "x is 1 x 2, the memory holds patterns of 4. Give n x 4; one pattern as x[None].",
            lambda: memory().fit([A]).score([A], [[1, -1]]),
        ),
        (
            ShapeError,
            "A memory needs patterns of at least 2 units, got 1: a unit is recalled by others.",
            lambda: memory().fit([[1.0]]),
        ),
        (
            ParameterError,
            "This Hopfield has seen no data yet. Call fit(x) first.",
            lambda: memory().predict([A]),
        ),
        (
            UnknownNameError,
            "There is no storage of Hopfield 'heb'. Did you mean 'hebb'? Known: hebb, "
            "pseudo_inverse, storkey.",
            lambda: memory("heb").fit([A]),
        ),
        (
            UnknownNameError,
            "There is no way of recall 'sync'. Did you mean 'synchronous'? Known: asynchronous, "
            "synchronous.",
            lambda: memory().fit([A]).recall([A], how="sync"),  # type: ignore[arg-type]
        ),
        (
            ParameterError,
            "recall expects sweeps to be a whole number at least 1, got 0. sweeps is how often all "
            "units have their turn at most.",
            lambda: memory().fit([A]).recall([A], sweeps=0),
        ),
        (
            ParameterError,
            "damaged expects share to be a number at least 0 and at most 1, got 2. share is the "
            "share of the units that are turned.",
            lambda: damaged([A], 2),
        ),
        (
            DataError,
            "'#.o' is no line of this drawing; expected 3 marks, # or . each.",
            lambda: drawn("#..\n#.o"),
        ),
        (
            DataError,
            "There is no drawing. Write lines of # and . of one length.",
            lambda: drawn("  "),
        ),
        (
            ParameterError,
            "measured_capacity expects at least one load, got none. Give loads such as (0.1, 0.2).",
            lambda: measured_capacity(20, ()),
        ),
    ],
)  # fmt: skip
def test_bad_input(error: type[Exception], message: str, call: Any) -> None:
    with pytest.raises(error) as caught:
        call()
    assert str(caught.value) == message


def test_a_failed_call_leaves_the_memory_as_it_was() -> None:
    found = memory().fit([A])
    before = found.weights.copy()
    with pytest.raises(DataError):
        found.partial_fit([[1, 1, 0, 1]])
    np.testing.assert_array_equal(found.weights, before)
    assert found.patterns.tolist() == [A]
