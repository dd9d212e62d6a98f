"""One neuron: its answers, its lines, its text, and how it learns."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pellucid import Neuron, gates, step
from pellucid.errors import DataError, DivergenceWarning, ParameterError, PellucidError, ShapeError
from pellucid.learn import LBFGS, SGD, Backprop, Delta, Hebb, Oja, Perceptron, Sanger
from pellucid.models.learned import Learned
from pellucid.nn import Sigmoid
from pellucid.run import ReferenceExecutor

GATE = Neuron([0.6, 0.6], bias=-0.5, activation=step(0.5))
AND = [([0, 0], 0), ([0, 1], 0), ([1, 0], 0), ([1, 1], 1)]
FINITE = st.floats(-1e3, 1e3)


def told(action: Any) -> str:
    with pytest.raises(PellucidError) as caught:
        action()
    return str(caught.value)


# --- computing


def test_the_contract() -> None:
    assert GATE([1, 1]) == 1.0
    assert isinstance(GATE([1, 1]), float)
    np.testing.assert_array_equal(GATE([[0, 0], [0, 1], [1, 1]]), [0.0, 0.0, 1.0])
    assert GATE.weighted_sum([1, 1]) == pytest.approx(0.7)


@given(st.lists(st.tuples(FINITE, FINITE), min_size=1, max_size=6), FINITE)
def test_the_weighted_sum(terms: list[tuple[float, float]], bias: float) -> None:
    weights, x = zip(*terms, strict=True)
    found = Neuron(weights, bias).weighted_sum(list(x))
    size = math.fsum(abs(w * v) for w, v in terms) + abs(bias) + 1
    assert abs(found - (bias + math.fsum(w * v for w, v in terms))) <= 1e-14 * size


@pytest.mark.parametrize(
    ("activation", "wanted"),
    [
        ("linear", 0.5),
        ("sigmoid", 1 / (1 + math.exp(-0.5))),
        ("tanh", math.tanh(0.5)),
        ("relu", 0.5),
        ("step", 1.0),
        (step(0.6), 0.0),
        (step(0.5), 1.0),
        (Sigmoid(), 1 / (1 + math.exp(-0.5))),
        (lambda z: z * z + 1.0, 1.25),
    ],
)
def test_activations(activation: Any, wanted: float) -> None:
    assert Neuron([0.25], bias=0.25, activation=activation)([1.0]) == pytest.approx(wanted)


def test_it_is_the_graph_that_computes() -> None:
    graph = GATE.graph()
    program = ReferenceExecutor().compile(graph)
    weight, bias = np.array([[0.6], [0.6]]), np.array([-0.5])
    found = program.run({"x": np.ones((1, 2)), "weight": weight, "bias": bias})
    assert found["y"].item() == GATE([1, 1])
    assert found["z"].item() == GATE.weighted_sum([1, 1])
    assert [node.op for node in graph.nodes] == [
        "input", "input", "input", "matmul", "add", "constant", "less_equal", "cast"
    ]  # fmt: skip


def test_one_input_takes_a_number_or_a_column() -> None:
    line = Neuron([2.0], bias=1.0)
    assert line(3) == line([3]) == 7.0
    np.testing.assert_array_equal(line([[1], [2]]), [3.0, 5.0])


def test_it_is_a_value() -> None:
    array: Any = np.array([1.0, 2.0])
    assert Neuron([1, 2]) == Neuron(array, 0.0, "linear")
    assert hash(Neuron([1, 2])) == hash(Neuron((1, 2)))
    assert Neuron([1, 2]) != Neuron([1, 2], bias=1)
    with pytest.raises(AttributeError):
        GATE.bias = 1.0  # type: ignore[misc]


def test_a_random_start_is_that_of_a_layer() -> None:
    from pellucid import Dense
    from pellucid.nn import Architecture, Chain

    layer = Architecture(Chain((Dense(1, activation="relu", name="neuron"),)), (3,))
    neuron = Neuron.random(3, seed=5, activation="relu")
    assert [*neuron.weights, neuron.bias] == layer.learned.initial(5).tolist()
    assert neuron != Neuron.random(3, seed=6, activation="relu")
    assert len(set(neuron.weights)) == 3


def test_what_is_no_neuron() -> None:
    assert told(lambda: Neuron([])) == (
        "Neuron expects weights, a list with a number for each input, got []. "
        "Write Neuron([0.6, 0.6]), or Neuron.random(2) for random ones."
    )
    assert told(lambda: Neuron(0.5)) == (  # type: ignore[arg-type]
        "Neuron expects weights, a list with a number for each input, got 0.5. "
        "For one input write [0.5]."
    )
    text: Any = "12"
    assert "a list with a number for each input, got '12'. Write" in told(lambda: Neuron(text))
    assert told(lambda: Neuron([1, float("nan")])) == (
        "Neuron expects weight 2 to be a number, got nan. weight 2 is a term of the weighted sum."
    )
    odd: Any = [[1, 2]]
    assert told(lambda: Neuron(odd)).startswith("Neuron expects weight 1 to be a number, got [1")
    assert told(lambda: Neuron([1], bias=math.inf)) == (
        "Neuron expects bias to be a number, got inf. bias is a term of the weighted sum."
    )
    assert "Did you mean 'sigmoid'?" in told(lambda: Neuron([1], activation="sigmod"))
    assert told(lambda: Neuron.random(0)) == (
        "Neuron.random expects inputs to be a whole number at least 1, got 0. "
        "inputs is the number of values in a sample."
    )
    assert told(lambda: Neuron.random(2, seed=-1)).startswith("Neuron.random expects seed to be")
    pair = Neuron([1], activation=lambda z: z @ np.ones((1, 2)))
    assert told(lambda: pair([1])) == (
        "The activation Custom(written=<lambda>) gives float[B, 2] for one weighted sum a sample; "
        "a neuron's gives one number. Use it in a layer such as Dense."
    )


def test_samples_that_do_not_fit() -> None:
    two = "The neuron has 2 inputs, x holds {}. Give 2 numbers for each sample."
    assert told(lambda: GATE([1])) == two.format("a row of 1 number")
    assert told(lambda: GATE(3)) == two.format("a row of 1 number")
    assert told(lambda: GATE([[1, 2, 3]])) == two.format("rows of 3 numbers")
    assert told(lambda: GATE(np.ones((2, 2, 2)))) == two.format("rows of 2 x 2")
    assert told(lambda: Neuron([1])([1, 2])) == (
        "The neuron has 1 input, x holds a row of 2 numbers. "
        "For many samples give one in each row: x.reshape(-1, 1)."
    )
    assert told(lambda: GATE([1, math.nan])).startswith("x has 1 value that is not a finite number")
    assert told(lambda: GATE("ab")).startswith("x holds text")
    assert told(lambda: GATE([])).startswith("x is empty")


# --- looking


def test_the_line_of_one_input() -> None:
    line = Neuron([-0.5], bias=2.0).line()
    assert (line.slope, line.intercept, str(line)) == (-0.5, 2.0, "y = -0.5 x + 2")
    assert [line(x) for x in (0.0, 1.0)] == [2.0, 1.5]
    assert str(Neuron([1.0], bias=-1.0).line()) == "y = x - 1"
    assert str(Neuron([0.0]).line()) == "y = 0"
    assert str(Neuron([2.0], activation="relu").line()) == "z = 2 x"
    assert told(lambda: GATE.line()) == (
        "A line is drawn by a neuron with 1 input, this one has 2. "
        "With 2 inputs ask for boundary()."
    )


def test_the_boundary_of_two_inputs() -> None:
    assert str(GATE.boundary()) == "x2 = -x1 + 1.66667; it fires above"
    assert str(gates.NOR.boundary()) == "x2 = -x1; it fires below"
    assert str(Neuron([2, 0], bias=-1).boundary()) == "x1 = 0.5; it fires to the right"
    assert str(Neuron([-2, 0], bias=0).boundary()) == "x1 = 0; it fires to the left"
    assert told(lambda: Neuron([1]).boundary()) == (
        "A boundary is a line for a neuron with 2 inputs, this one has 1. "
        "With 1 input ask for line()."
    )
    assert told(lambda: Neuron([1, 1, 1]).boundary()) == (
        "A boundary is a line for a neuron with 2 inputs, this one has 3."
    )
    assert told(lambda: Neuron([0, 0]).boundary()) == (
        "Both weights are 0, so the answer is the same everywhere and nothing divides the plane. "
        "Give at least one weight."
    )


@given(st.tuples(FINITE, FINITE), FINITE, FINITE, FINITE)
def test_the_boundary_divides_the_answers(
    weights: tuple[float, float], bias: float, level: float, x1: float
) -> None:
    if min(abs(w) for w in weights) < 1e-3:
        return
    neuron = Neuron(weights, bias, step(level))
    boundary = neuron.boundary()
    assert boundary.slope is not None
    assert boundary.intercept is not None
    middle = boundary.slope * x1 + boundary.intercept
    gap = 1e-6 * (1 + abs(middle) + abs(boundary.slope * x1)) + 1e-6
    above, below = neuron([x1, middle + gap]), neuron([x1, middle - gap])
    assert (above, below) == ((1.0, 0.0) if boundary.side == "above" else (0.0, 1.0))


def test_truth_tables() -> None:
    table = GATE.truth_table()
    assert table.rows == (((0, 0), 0.0), ((0, 1), 0.0), ((1, 0), 0.0), ((1, 1), 1.0))
    assert str(table) == "x1 x2 | y\n 0  0 | 0\n 0  1 | 0\n 1  0 | 0\n 1  1 | 1"
    assert str(Neuron([-2.5]).truth_table()) == "x |    y\n0 |    0\n1 | -2.5"
    assert len(Neuron([1] * 8).truth_table()) == 256
    assert told(lambda: Neuron([1] * 9).truth_table()) == (
        "A truth table has 2^n rows and is written for up to 8 inputs; this neuron has 9. "
        "Call it on the samples you want to see."
    )
    assert "<td" in table._repr_html_()


def test_text() -> None:
    assert repr(GATE) == "Neuron([0.6, 0.6], bias=-0.5, activation=Step(threshold=0.5))"
    assert str(GATE) == "z = -0.5 + 0.6 x1 + 0.6 x2\ny = 1 if z >= 0.5, else 0"
    assert repr(Neuron([1])) == "Neuron([1.0])"
    assert str(Neuron([1, -1, 0])) == "z = x1 - x2\ny = z"
    assert str(Neuron([2], 1.0, "sigmoid")) == "z = 1 + 2 x\ny = sigmoid(z)"
    assert str(Neuron([0], 0.0, lambda z: z)) == "z = 0\ny = <lambda>(z)"
    html = Neuron([0], 0.0, lambda z: z)._repr_html_()
    assert "y = &lt;lambda&gt;(z)" in html
    assert "<lambda>" not in html
    assert eval(repr(Neuron([0.1, 2.0], bias=1 / 3))) == Neuron([0.1, 2.0], 1 / 3)  # noqa: S307


# --- learning


def test_the_perceptron_rule_mistake_by_mistake() -> None:
    """Worked by hand: rate 1, from 0, the samples of AND in their order, threshold 0."""
    learned = Neuron([0, 0], activation="step").learn(AND, Perceptron())
    steps = [
        (1, 0, [0, 0], -1), (4, 3, [1, 1], 0), (5, 0, [1, 1], -1), (6, 1, [1, 0], -2),
        (8, 3, [2, 1], -1), (10, 1, [2, 0], -2), (11, 2, [1, 0], -3), (12, 3, [2, 1], -2),
        (15, 2, [1, 1], -3), (16, 3, [2, 2], -2), (18, 1, [2, 1], -3),
    ]  # fmt: skip
    found = [(m["step"], m["sample"], m["weights_after"], m["bias_after"]) for m in learned.log]
    assert found == steps
    assert learned.epochs == 6
    assert learned.reason == "settled"
    assert learned.neuron.truth_table().answers == (0, 0, 0, 1)
    first = learned.log[0]
    assert first == {
        "step": 1, "sample": 0, "wanted": 0.0, "got": 1.0, "weights_before": [0.0, 0.0],
        "weights_after": [0.0, 0.0], "bias_before": 0.0, "bias_after": -1.0,
    }  # fmt: skip
    assert learned.history.rows[-1]["accuracy"] == 1.0
    assert learned.history.rows[-1]["loss"] == 0.0


def test_the_neuron_itself_stays_as_it_is() -> None:
    neuron = Neuron([0, 0], activation="step")
    neuron.learn(AND, Perceptron())
    assert neuron == Neuron([0, 0], activation="step")


@pytest.mark.parametrize("name", [name for name in gates.GATES if name != "XOR"])
def test_each_gate_can_be_learned(name: str) -> None:
    table = gates.GATES[name].truth_table()
    start = Neuron.random(table.inputs, seed=3, activation=step(0.5))
    learned = start.learn(table, Perceptron())
    assert learned.reason == "settled"
    assert learned.neuron.truth_table() == table


def test_xor_goes_round_and_round() -> None:
    """Worked by hand from 0: every epoch makes the same four mistakes, and ends where it began."""
    table = gates.XOR.truth_table()
    learned = Neuron([0, 0], activation="step").learn(table, Perceptron())
    assert (learned.reason, learned.epochs) == ("cycling", 3)
    last = [m for m in learned.log if m["step"] > 8]
    assert [m["sample"] for m in last] == [0, 1, 2, 3]
    assert last[0]["weights_before"] == last[-1]["weights_after"]
    assert last[0]["bias_before"] == last[-1]["bias_after"]
    shuffled = Neuron([0, 0], activation="step").learn(table, Perceptron(), shuffle=True)
    assert (shuffled.reason, shuffled.epochs) == ("finished", 100)
    assert shuffled.neuron.truth_table() != table


def test_a_rate_of_0_is_no_rest() -> None:
    late = Delta(lambda t: 0.0 if t < 3 else 0.1)
    learned = Neuron([0.0]).learn([(1, 1)], late, epochs=4)
    assert learned.neuron.weights[0] == pytest.approx(0.1)


def test_the_delta_rule_ends_at_least_squares() -> None:
    rng = np.random.default_rng(0)
    x = rng.normal(size=(40, 2))
    y = x @ [1.5, -2.0] + 0.5 + 0.1 * rng.normal(size=40)
    learned = Neuron([0, 0]).learn((x, y), Delta(0.3), batch=40, epochs=500)
    best = np.linalg.lstsq(np.column_stack([x, np.ones(40)]), y, rcond=None)[0]
    np.testing.assert_allclose([*learned.neuron.weights, learned.neuron.bias], best, atol=1e-12)


def test_a_line_is_learned_by_gradient_descent() -> None:
    points = [(0, 1), (1, 3), (2, 5), (3, 7)]
    learned = Neuron.random(1).learn(points, Backprop(SGD(0.1)), epochs=1000)
    assert str(learned.neuron.line()) == "y = 2 x + 1"
    column = (np.array([0, 1, 2, 3]), np.array([1, 3, 5, 7]))
    again = Neuron.random(1).learn(column, Backprop(SGD(0.1)), epochs=1000)
    assert again.neuron == learned.neuron


def test_a_sigmoid_is_logistic_regression() -> None:
    from sklearn.linear_model import LogisticRegression

    rng = np.random.default_rng(1)
    x = rng.normal(size=(60, 2))
    y = (x @ [1.0, -1.0] + rng.normal(size=60) > 0).astype(int)
    learned = Neuron([0, 0], activation="sigmoid").learn((x, y), Backprop(LBFGS()), epochs=500)
    model = LogisticRegression(C=np.inf, tol=1e-10, max_iter=1000).fit(x, y)
    np.testing.assert_allclose(learned.neuron.weights, model.coef_[0], rtol=1e-4)
    np.testing.assert_allclose(learned.neuron(x), model.predict_proba(x)[:, 1], atol=1e-4)
    assert learned.history.rows[-1]["accuracy"] == model.score(x, y)


def test_a_sigmoid_with_the_squared_error() -> None:
    """One step worked by hand: w <- w - rate 2 (y - t) y (1 - y) x."""
    learned = Neuron([0.5], activation="sigmoid").learn(
        [(1.0, 0.25)], Backprop(SGD(1.0)), epochs=1, loss="squared_error"
    )
    y = 1 / (1 + math.exp(-0.5))
    step_by_hand = 2 * (y - 0.25) * y * (1 - y)
    assert learned.neuron.weights[0] == pytest.approx(0.5 - step_by_hand, abs=1e-15)
    assert learned.neuron.bias == pytest.approx(-step_by_hand, abs=1e-15)


def test_hebb_grows_together_and_falls_apart() -> None:
    together = Neuron([0.1]).learn([[1.0], [-1.0]], Hebb(0.1), epochs=3)
    assert together.neuron.weights[0] == pytest.approx(0.1 * 1.1**3)
    apart = Neuron([0.1], activation=lambda z: -z).learn([[1.0], [-1.0]], Hebb(0.1), epochs=3)
    assert apart.neuron.weights[0] == pytest.approx(0.1 * 0.9**3)


def test_oja_finds_the_main_direction() -> None:
    rng = np.random.default_rng(2)
    x = rng.normal(size=(200, 2)) @ [[2.0, 1.0], [0.0, 0.5]]
    learned = Neuron.random(2).learn(x, Oja(0.02), epochs=300, batch=200)
    main = np.linalg.eigh(x.T @ x)[1][:, -1]
    assert abs(main @ learned.neuron.weights) == pytest.approx(1.0, abs=1e-6)
    assert learned.neuron.bias == 0.0
    one = Neuron.random(2).learn(x, Sanger(0.02), epochs=300, batch=200)
    np.testing.assert_allclose(one.neuron.weights, learned.neuron.weights)


def test_the_order_of_the_samples() -> None:
    start = Neuron.random(2, seed=1)
    plain = start.learn(AND, Delta(0.1), batch=1, epochs=3)
    assert plain.neuron == start.learn(AND, Delta(0.1), batch=1, epochs=3, seed=9).neuron
    shuffled = start.learn(AND, Delta(0.1), batch=1, epochs=3, shuffle=True)
    assert shuffled.neuron != plain.neuron
    assert shuffled.neuron == start.learn(AND, Delta(0.1), batch=1, epochs=3, shuffle=True).neuron
    other = start.learn(AND, Delta(0.1), batch=1, epochs=3, shuffle=True, seed=1)
    assert other.neuron != shuffled.neuron


def test_running_away_is_told_and_the_last_good_values_are_kept() -> None:
    with pytest.warns(DivergenceWarning, match=r"^Step \d+ \(epoch \d+\) gave"):
        learned = Neuron([1.0]).learn([[10.0]], Hebb(1e150), epochs=100)
    assert learned.reason == "diverged"
    assert all(map(math.isfinite, learned.neuron.weights))


def test_what_learning_says() -> None:
    learned = Neuron([0, 0], activation="step").learn(AND, Perceptron())
    assert str(learned) == (
        f"Perceptron: settled after {learned.epochs} epochs, loss 0, accuracy 1\n"
        f"{len(learned.log)} mistakes on the way\n{learned.neuron}"
    )
    assert isinstance(learned, Learned)
    delta = Neuron([1.0]).learn([(1, 1)], Delta(0.1), epochs=1)
    assert str(delta) == "Delta: settled after 1 epoch, loss 0, mae 0\nz = x\ny = z"
    assert delta.log == []


def test_what_cannot_be_learned() -> None:
    start = Neuron.random(2, activation="step")
    smooth = Neuron.random(2, activation="sigmoid")
    assert told(lambda: start.learn([[0, 1]], Perceptron())) == (
        "Perceptron learns from samples and the answers to them, got samples only. "
        "Give (x, y), or a list of pairs such as [([0, 1], 0), ([1, 1], 1)]."
    )
    assert told(lambda: start.learn([([0, 1], -1)], Perceptron())) == (
        "Perceptron learns the answers 0 and 1, got -1. For other answers use Delta()."
    )
    assert told(lambda: smooth.learn([([0, 1], 0.5)], "sgd")) == (
        "BinaryCrossEntropy learns the answers 0 and 1, got 0.5. "
        "For other answers use the squared error."
    )
    assert told(lambda: start.learn(AND, "sgd")) == (
        "Backprop follows the slope of the activation, and that of step is 0 everywhere. "
        "Use the rule Perceptron() or Delta(), or the activation 'sigmoid'."
    )
    assert told(lambda: smooth.learn([[0, 1]], Hebb(), loss="huber")) == (
        "Hebb learns without answers and has its own measure, NoTarget; leave loss out."
    )
    assert told(lambda: smooth.learn(([[0, 1]], [1, 0]), Delta())) == (
        "x has 1 sample, the answers are of size 2. Give one number for each sample."
    )
    assert told(lambda: start.learn([([0, 1, 1], 1)], Delta())) == (
        "The neuron has 2 inputs, x holds rows of 3 numbers. Give 2 numbers for each sample."
    )
    for samples, kind in (
        ([], DataError), ([([0, math.nan], 1)], DataError), ([([0, 1], math.nan)], DataError),
        ([([0, 1], "yes")], DataError), ((np.ones((2, 2)), 3), ShapeError), (5, ShapeError),
        ([([0, 1], 1), ([0, 1, 2], 1)], ShapeError),
    ):  # fmt: skip
        with pytest.raises(kind):
            start.learn(samples, Delta())
    bad: list[dict[str, Any]] = [
        {"epochs": 0}, {"batch": -1}, {"batch": 0}, {"seed": -1}, {"rule": 3}, {"loss": 3},
        {"shuffle": 1},
    ]  # fmt: skip
    for options in bad:
        with pytest.raises(ParameterError):
            Neuron([1.0, 1.0]).learn(AND, **{"rule": Delta(), **options})
    assert told(lambda: start.learn(AND, Delta(), batch=5)) == (
        "learn expects a batch of at most the 4 samples there are, got 5. Use a smaller batch."
    )
