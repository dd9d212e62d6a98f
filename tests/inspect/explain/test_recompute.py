"""Every printed sum and product of random networks comes out as printed, to whoever redoes it."""

from __future__ import annotations

import os
from typing import Any

import numpy as np
import pytest

from pellucid import Network
from pellucid.inspect.explain import Explanation, Worked
from pellucid.inspect.explain.text import written
from pellucid.inspect.trace import trace
from pellucid.learn import Backprop
from pellucid.learn.optimizers import optimizer
from pellucid.nn.dense import Dense
from tests.inspect.explain.redo import calculations, redo

COUNT = int(os.environ.get("PELLUCID_EXPLAINED", "1000"))
PARTS = 20
FUNCTIONS = (
    "linear", "sigmoid", "tanh", "relu", "leaky_relu", "elu", "selu", "softplus", "gelu", "silu",
    "hard_sigmoid", "exponential", "softmax",
)  # fmt: skip
OPTIMIZERS = (
    "sgd", "momentum", "nesterov", "adagrad", "rmsprop", "adadelta", "adam", "adamw", "amsgrad",
    "nadam", "lion",
)  # fmt: skip
LOSSES = {
    "classes": ("categorical_cross_entropy", "hinge"),
    "numbers": ("squared_error", "absolute_error", "huber", "poisson"),
}


def network(rng: np.random.Generator) -> tuple[Network, Any, Any]:
    """A random network with data that fit it."""
    inputs, rows = int(rng.integers(1, 6)), 6
    scale = 10.0 ** rng.integers(-2, 3)
    x = rng.normal(size=(rows, inputs)) * scale
    hidden = [
        Dense(int(rng.integers(1, 5)), str(rng.choice(FUNCTIONS)), bias=bool(rng.random() < 0.8))
        for _ in range(rng.integers(0, 3))
    ]
    kind = str(rng.choice(list(LOSSES)))
    if kind == "classes":
        y: Any = np.arange(rows) % int(rng.integers(2, 5))
    else:
        y = rng.normal(size=(rows, int(rng.integers(1, 4))))
    chosen = str(rng.choice(LOSSES[kind]))
    if chosen == "poisson":
        y = rng.integers(0, 9, rows)
    net = Network([*hidden, Dense()], loss=chosen, seed=int(rng.integers(1000))).build(x, y)
    for values in net.parameters.values():
        values += rng.normal(size=values.shape) * 10.0 ** rng.integers(-2, 1)
    return net, x, y


def rule(rng: np.random.Generator) -> Backprop:
    """Back-propagation with any optimizer, penalties and limits."""
    own: dict[str, Any] = {}
    if rng.random() < 0.3:
        own["l2"] = float(rng.choice([0.01, 0.1]))
    if rng.random() < 0.2:
        own["l1"] = 0.02
    if rng.random() < 0.2:
        own["clip_norm"] = float(rng.choice([0.1, 10.0]))
    if rng.random() < 0.1:
        own["clip_value"] = 0.05
    return Backprop(optimizer(str(rng.choice(OPTIMIZERS))), **own)


def shows_numbers(step: Worked) -> bool:
    """Whether a line with numbers stands before the result."""
    return step.numbers is not None and written(step.numbers) != step.result


def redone(made: Explanation) -> int:
    """How many calculations were found in the text and redone: all that there are."""
    text = made.text()
    there = [step for step in made.steps if step.terms or shows_numbers(step)]
    finite = [step for step in there if "n" not in step.result]
    found = redo(text)
    assert found == len(finite), f"{found} of {len(finite)} were found in\n{text}"
    return found


@pytest.mark.parametrize("part", range(PARTS))
def test_what_is_printed_comes_out_when_it_is_redone(part: int) -> None:
    """Of each network four samples: whole steps, units and weights, alone and in batches."""
    rng = np.random.default_rng([3, part])
    total = 0
    for _ in range(COUNT // PARTS // 4):
        net, x, y = network(rng)
        rows = rng.integers(0, len(x), 4)
        alone = trace(net, x[rows[:1]], y[rows[:1]], rule=rule(rng))
        total += redone(alone.explain())
        batch = trace(net, x[rows[1:]], y[rows[1:]], rule=rule(rng))
        last = f"dense_{len(net.layers)}"
        total += redone(batch.explain(last, sample=0))
        total += redone(batch.explain("dense_1", unit=0, sample=1))
        inputs = net.parameters["dense_1.weight"].shape[0]
        weight = f"dense_1.weight[{rng.integers(inputs)},0]"
        total += redone(batch.explain(weight=weight, sample=2))
    assert total > COUNT // PARTS * 10


def test_the_reader_finds_a_wrong_digit() -> None:
    rng = np.random.default_rng(0)
    net, x, y = network(rng)
    text = trace(net, x[:1], y[:1]).explain().text()
    assert redo(text) > 10
    caught = 0
    lines = text.splitlines()
    results = [n for n, line in enumerate(lines) if line.lstrip().startswith("= ")]
    for n in results:
        spoilt = list(lines)
        last = spoilt[n][-1]
        if not last.isdigit():
            continue
        spoilt[n] = spoilt[n][:-1] + str((int(last) + 5) % 10)
        try:
            redo("\n".join(spoilt))
        except AssertionError:
            caught += 1
    assert caught > len(results) // 2


def test_the_reader_sees_all_lines_of_a_sum() -> None:
    text = (
        "  z = b + sum over i of x_i * w_i\n      b                      0.35\n"
        "      x_0 * w_0   2 * 0.25 = 0.50\n    = 0.85\n"
    )
    (only,) = calculations(text)
    assert only.rows == [("b", None, "0.35"), ("x_0 * w_0", "2 * 0.25", "0.50")]
    assert redo(text) == 1
