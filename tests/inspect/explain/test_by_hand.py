"""Back-propagation worked by hand: a published example, and a 2-2-1 network done here line by line.

The example is Matt Mazur's "A Step by Step Backpropagation Example" (2015): two inputs, two hidden
and two output units, all sigmoid; its error, half the sum of squares, is the mean over two outputs.
"""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest

from pellucid import Network
from pellucid.inspect.trace import Trace, trace_step
from pellucid.learn import Backprop
from pellucid.learn.optimizers import SGD
from pellucid.nn import Dense
from tests.inspect.explain.redo import redo


def step(net: Network, x: list[float], y: list[float], rate: float) -> Trace:
    """One step of gradient descent on one sample, in the network's own units."""
    rule = Backprop(SGD(rate))
    fed = {
        "x": np.array([x]), "y": np.array([y]), "weight": np.ones(1), "rate": np.array(rate),
        "time": np.array(1.0), "key": np.zeros(2, np.int64), "params": net._vectors()[0],
        "state": net._vectors()[1],
    }  # fmt: skip
    return trace_step(net, fed, rule, 1)


@pytest.fixture(scope="module")
def published() -> Trace:
    x, y = [0.05, 0.10], [0.01, 0.99]
    layers = [Dense(2, "sigmoid"), Dense(2, "sigmoid")]
    net = Network(layers, loss="squared_error", scale_inputs=False)
    net = net.build(np.array([x]), np.array([y])).with_parameters(
        {
            "dense_1.weight": [[0.15, 0.25], [0.20, 0.30]],
            "dense_1.bias": [0.35, 0.35],
            "dense_2.weight": [[0.40, 0.50], [0.45, 0.55]],
            "dense_2.bias": [0.60, 0.60],
        }
    )
    return step(net, x, y, 0.5)


def test_the_published_example_s_numbers_are_the_trace_s(published: Trace) -> None:
    np.testing.assert_allclose(published.value("dense_1.z"), [[0.3775, 0.3925]])
    np.testing.assert_allclose(published.value("dense_1.y"), [[0.593269992, 0.596884378]])
    np.testing.assert_allclose(published.value("output"), [[0.75136507, 0.772928465]], rtol=1e-8)
    np.testing.assert_allclose(float(published.value("loss")), 0.298371109, rtol=1e-8)
    np.testing.assert_allclose(published.gradient("dense_2.weight")[0, 0], 0.082167041, rtol=1e-8)
    own = published.updates("dense_2.weight")
    hoped = [[0.35891648, 0.511301270], [0.408666186, 0.561370121]]
    np.testing.assert_allclose(own.after, hoped, rtol=1e-8)
    hoped = [[0.149780716, 0.24975114], [0.19956143, 0.29950229]]
    np.testing.assert_allclose(published.updates("dense_1.weight").after, hoped, rtol=1e-7)


@pytest.mark.parametrize(
    "printed",
    [
        "= 0.3775", "= 0.3925", "= 0.59327", "= 0.596884", "= 0.751365", "= 0.772928",
        "= 0.298371", "= 0.741365", "= 0.186816", "= 0.082167", "= 0.358916", "= 0.408666",
        "= 0.511301", "= 0.56137", "= 0.14978", "= 0.199561", "= 0.249751", "= 0.299502",
    ],
)  # fmt: skip
def test_the_published_example_s_numbers_are_printed(published: Trace, printed: str) -> None:
    text = published.explain().text()
    assert any(line.strip().startswith(printed) for line in text.splitlines()), text


def test_each_line_of_the_published_example_can_be_redone(published: Trace) -> None:
    assert redo(published.explain().text()) > 40


@pytest.fixture(scope="module")
def small() -> Trace:
    net = Network([Dense(2, "sigmoid"), Dense(1)], loss="squared_error", scale_inputs=False)
    net = net.build(np.eye(2), np.array([0.0, 1.0])).with_parameters(
        {
            "dense_1.weight": [[0.5, -0.25], [0.25, 0.75]],
            "dense_1.bias": [0.0, 0.5],
            "dense_2.weight": [[1.0], [-0.5]],
            "dense_2.bias": [0.25],
        }
    )
    return step(net, [1.0, 2.0], [1.0], 0.1)


def test_a_2_2_1_network_done_with_a_pocket_calculator(small: Trace) -> None:
    z = [0.0 + 1 * 0.5 + 2 * 0.25, 0.5 + 1 * -0.25 + 2 * 0.75]
    y = [1 / (1 + math.exp(-value)) for value in z]
    output = 0.25 + y[0] * 1.0 + y[1] * -0.5
    loss = (output - 1) ** 2
    back = 2 * (output - 1)
    hidden = [back * w * value * (1 - value) for w, value in zip([1.0, -0.5], y, strict=True)]
    text = small.explain().text()
    for value in (*z, *y, output, loss, back, *hidden):
        assert f"= {float(f'{value:.6g}'):g}" in text, value
    after = small.updates("dense_1.weight").after
    np.testing.assert_allclose(after[1, 0], 0.25 - 0.1 * hidden[0] * 2)
    np.testing.assert_allclose(small.updates("dense_2.weight").after[0, 0], 1 - 0.1 * back * y[0])


HEADINGS = [
    "A training step, worked out", "Inputs", "dense_1, unit 0", "dense_1, unit 1",
    "dense_2, unit 0", "Answer", "Target", "Loss: squared error", "Backward: dense_2, unit 0",
    "Backward: dense_1, unit 0", "Backward: dense_1, unit 1", "Update: w' = w - step",
]  # fmt: skip


def test_the_whole_way_is_told_in_order(small: Trace) -> None:
    made = small.explain()
    assert [made.root.title, *(child.title for child in made.root.children)] == HEADINGS


def test_the_whole_text_of_the_2_2_1_network(small: Trace) -> None:
    told = Path(__file__).with_name("two_two_one.txt").read_text(encoding="utf-8")
    assert small.explain().text() == told
