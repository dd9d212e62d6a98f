"""Logic gates, why XOR is none of one neuron, and how two hidden neurons do it."""

from __future__ import annotations

from itertools import product
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pellucid import Neuron, gates, step
from pellucid.errors import DataError, ParameterError, PellucidError
from pellucid.models import separable
from pellucid.models.separable import Separation

PAIRS = list(product((0, 1), repeat=2))
WANTED = {
    "AND": (0, 0, 0, 1), "OR": (0, 1, 1, 1), "NOT": (1, 0),
    "NAND": (1, 1, 1, 0), "NOR": (1, 0, 0, 0), "XOR": (0, 1, 1, 0),
}  # fmt: skip


@pytest.mark.parametrize("name", list(WANTED))
def test_truth_tables(name: str) -> None:
    gate = gates.GATES[name]
    assert gate is getattr(gates, name)
    assert gate.truth_table().answers == WANTED[name]


def test_every_gate_is_here() -> None:
    assert set(gates.GATES) == set(WANTED)


def test_the_weights_that_were_asked_for() -> None:
    assert Neuron([0.6, 0.6], bias=-0.5, activation=step(0.5)) == gates.AND
    assert Neuron([-0.6, -0.6], bias=0.5, activation=step(0.5)) == gates.NOR
    assert gates.NOR.weighted_sum([0, 0]) == 0.5  # at the threshold: it fires


def test_xor_is_a_network() -> None:
    assert gates.XOR([1, 0]) == 1.0
    assert isinstance(gates.XOR([1, 0]), float)
    np.testing.assert_array_equal(gates.XOR(PAIRS), [0, 1, 1, 0])
    net = gates.XOR.network
    assert [type(layer).__name__ for layer in net.layers] == ["Dense", "Dense"]
    np.testing.assert_array_equal(net.parameters["dense_1.weight"], [[0.6, -0.6], [0.6, -0.6]])
    np.testing.assert_array_equal(net.parameters["dense_1.bias"], [0.0, 1.5])
    hidden = np.column_stack([neuron(np.array(PAIRS)) for neuron in gates.XOR.hidden])
    np.testing.assert_array_equal(gates.XOR.output(hidden), gates.XOR(PAIRS))
    assert str(gates.XOR) == (
        "h1: z = 0.6 x1 + 0.6 x2; y = 1 if z >= 0.5, else 0\n"
        "h2: z = 1.5 - 0.6 x1 - 0.6 x2; y = 1 if z >= 0.5, else 0\n"
        "y: z = -0.5 + 0.6 x1 + 0.6 x2; y = 1 if z >= 0.5, else 0"
    )


def test_other_networks_by_hand() -> None:
    xnor = gates.TwoLayers((gates.NOR, gates.AND), gates.OR)
    assert xnor.truth_table().answers == (1, 0, 0, 1)
    with pytest.raises(ParameterError) as caught:
        gates.TwoLayers((gates.NOT, gates.AND), gates.OR)
    assert str(caught.value) == (
        "TwoLayers takes hidden neurons with the same number of inputs and the same activation, "
        f"and an output neuron with one input for each of them, got {gates.NOT!r}, {gates.AND!r} "
        f"and {gates.OR!r}."
    )
    with pytest.raises(ParameterError):
        gates.TwoLayers((gates.AND, gates.OR), gates.NOT)


# --- why not XOR


def holds(found: Separation) -> None:
    """Check a result with nothing but whole numbers, and the neuron by running it."""
    rows = [(np.array([*inputs, 1]), answer) for inputs, answer in found.table]
    if found.neuron is not None:
        inputs = np.array([inputs for inputs, _ in found.table])
        np.testing.assert_array_equal(found.neuron(inputs), found.table.answers)
        assert not any(found.multipliers)
        assert found.argument == ()
        assert found.status == "feasible"
        return
    assert found.status == "infeasible"
    fired = [k * row for k, (row, answer) in zip(found.multipliers, rows, strict=True) if answer]
    silent = [
        k * row for k, (row, answer) in zip(found.multipliers, rows, strict=True) if not answer
    ]
    np.testing.assert_array_equal(sum(fired), sum(silent))  # >= 0 and < 0 at once
    assert min(found.multipliers) >= 0
    assert any(np.any(part) for part in silent)


def test_14_of_the_16_gates_of_two_inputs_are_one_neuron() -> None:
    alone = []
    for answers in product((0, 1), repeat=4):
        found = gates.linearly_separable(list(zip(PAIRS, answers, strict=True)))
        holds(found)
        if not found.separable:
            alone.append(answers)
    assert alone == [(0, 1, 1, 0), (1, 0, 0, 1)]


def test_104_of_the_256_gates_of_three_inputs_are_one_neuron() -> None:
    """The count of threshold functions: 2, 4, 14, 104, ... (S. Muroga, 1971)."""
    triples = list(product((0, 1), repeat=3))
    count = 0
    for answers in product((0, 1), repeat=7):  # the others have all answers turned round
        found = gates.linearly_separable(list(zip(triples, (0, *answers), strict=True)))
        holds(found)
        count += found.separable
    assert 2 * count == 104


def test_one_input_needs_no_second_neuron() -> None:
    for answers in product((0, 1), repeat=2):
        assert gates.linearly_separable(list(zip([(0,), (1,)], answers, strict=True))).separable


def test_why_not_xor_can_be_read() -> None:
    found = gates.why_not_xor()
    holds(found)
    assert found.multipliers == (1, 1, 1, 1)
    assert found.inequalities == (
        "(1)  b < 0", "(2)  w2 + b >= 0", "(3)  w1 + b >= 0", "(4)  w1 + w2 + b < 0"
    )  # fmt: skip
    assert found.argument == (
        "(2) + (3):  w1 + w2 + 2 b >= 0", "(1) + (4):  w1 + w2 + 2 b < 0", "Both cannot be."
    )  # fmt: skip
    assert str(found).splitlines()[0] == (
        "No neuron gives these answers. It would have to hold that"
    )
    both = str(gates.linearly_separable(gates.AND.truth_table()))
    assert both.startswith("A neuron gives these answers:\nz = -3 + 2 x1 + 2 x2\ny = 1 if z >= 0")


@settings(max_examples=40, deadline=None)
@given(
    st.integers(1, 5).flatmap(lambda n: st.tuples(st.just(n), st.randoms(use_true_random=False)))
)
def test_any_table_is_decided(drawn: tuple[int, Any]) -> None:
    count, chance = drawn
    rows = [row for row in product((0, 1), repeat=count) if chance.random() < 0.7] or [(0,) * count]
    found = gates.linearly_separable([(row, chance.randrange(2)) for row in rows])
    holds(found)


@settings(max_examples=30, deadline=None)
@given(st.lists(st.integers(-9, 9), min_size=2, max_size=6), st.integers(-9, 9))
def test_what_a_neuron_answers_a_neuron_can_answer(weights: list[int], bias: int) -> None:
    table = Neuron(weights, bias, "step").truth_table()
    assert gates.linearly_separable(table).separable


def test_the_parity_of_many_inputs() -> None:
    rows = [(row, sum(row) % 2) for row in product((0, 1), repeat=6)]
    found = gates.linearly_separable(rows)
    holds(found)
    assert not found.separable


def test_a_table_that_contradicts_itself() -> None:
    found = gates.linearly_separable([((0, 1), 0), ((0, 1), 1)])
    holds(found)
    assert found.argument == ("(2):  w2 + b >= 0", "(1):  w2 + b < 0", "Both cannot be.")


def test_what_is_no_truth_table() -> None:
    rows = "A truth table has rows of 1 to 8 inputs, as many in each, got rows of {}."
    cases: list[tuple[Any, str]] = [
        ([], rows.format("none")),
        ([((0, 1), 0), ((0,), 1)], rows.format("1, 2")),
        ([((), 0)], rows.format("0")),
        ([((0,) * 9, 0)], rows.format("9")),
        ([((0, 2), 0)], "A truth table holds 0 and 1, got 2."),
        ([((0, 1), 0.5)], "A truth table holds 0 and 1, got 0.5."),
    ]
    for table, message in cases:
        with pytest.raises(DataError) as caught:
            gates.linearly_separable(table)
        assert str(caught.value) == f"{message} Write [((0, 1), 1), ...]."


def test_multipliers_that_prove_nothing_are_not_believed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(separable, "_whole", lambda duals: (1, 2, 1, 1))
    with pytest.raises(PellucidError, match=r"the multipliers do not add up to a contradiction\.$"):
        gates.why_not_xor()
