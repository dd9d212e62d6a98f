"""DeepLIFT's rescale rule, from graph to graph: differences in place of slopes.

The graph is computed twice, for the row and for the baseline. Then, from the score back to the
input, each node hands on by how much its inputs' *differences* made its own. So what arrives adds
up to the difference of the scores, also where a slope is 0 (a saturated sigmoid, a relu at rest).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from pellucid.dataclass import dataclass
from pellucid.graph import Builder, Graph, Node, Value, lookup, simplify
from pellucid.graph.gradient import unbroadcast
from pellucid.inspect.attribute.asking import Asking
from pellucid.inspect.attribute.found import Found
from pellucid.inspect.attribute.graphs import SCORE, forward_graph
from pellucid.ops import abs, broadcast_to, max_pool2d_gradient, maximum, where

BASELINE, MULTIPLIER = "baseline", "multiplier"
SMALL = {"float64": 1e-10, "float32": 1e-5}
"""Differences below these are rounding: there the slope is taken."""
PLACES = 16
BILINEAR = frozenset({
    "add", "subtract", "negate", "multiply", "matmul", "sum", "mean", "reshape", "transpose",
    "broadcast_to", "slice", "pad", "concatenate", "gather", "scatter_add", "conv2d",
    "conv2d_input_gradient", "conv2d_weight_gradient", "avg_pool2d", "avg_pool2d_gradient",
})  # fmt: skip
ELEMENTWISE = frozenset({
    "exp", "log", "log1p", "sqrt", "tanh", "sigmoid", "erf", "abs", "clip", "maximum", "minimum",
    "divide", "power",
})  # fmt: skip


def deeplift(asking: Asking) -> Found:
    """What the differences between row and baseline make of the difference of the scores.

    Formula: a_i = m_i (x_i - b_i), the mean over baselines b. The multipliers m go from the score
        back: through linear operations as slopes do; through a function of one number as
        (f(x) - f(b)) / (x - b); through a product at the mean of both; through the largest of a
        window to the places of both largest. Other operations of many numbers, such as softmax,
        have the mean slope between both.
    It adds up to F(x) - F(b), but for steps and comparisons, which have no slope.
    Source: A. Shrikumar, P. Greenside, A. Kundaje, 2017, arXiv:1704.02685, the rescale rule.
    """
    question = asking.question
    graph = forward_graph(question.network, question.output)
    program = asking.compiled(rescale_graph(graph, SMALL[asking.executor.precision]))
    count = len(question.baselines)
    start = np.repeat(question.start, count, axis=0)
    found = asking.run(program, {"x": start, BASELINE: question.baselines}, MULTIPLIER)
    return Found(question.added(found[MULTIPLIER] * question.way).mean(axis=0))


def rescale_graph(graph: Graph, small: float) -> Graph:
    """From rows x and baselines to the multipliers of their differences.

    Parameters:
        graph: with the input ``x`` and the output ``score``, one number a row.
        small: below it a difference counts as none, and the slope stands in.
    """
    both = _both(graph)
    b, score = both.builder, both.builder.value(graph.outputs[SCORE])
    flowing: dict[int, Value] = {}
    with b.context(role="backward", scope="explained", twin=score.id):
        flowing[score.id] = broadcast_to(b.constant(1.0), score.shape)
    for node in reversed(graph.nodes):
        if node.id in flowing and node.inputs:
            with b.context(role="backward", scope=node.scope, twin=node.id):
                _hand_back(both, node, flowing, small)
    x = both.builder.value(graph.inputs["x"].id)
    multiplier = flowing.get(x.id)
    if multiplier is None:  # the score does not depend on the input by any slope
        multiplier = broadcast_to(b.constant(0.0), x.shape)
    return simplify(b.build(**{MULTIPLIER: multiplier, SCORE: score}))


@dataclass(frozen=True)
class _Both:
    """A graph and its second computation: for each node that depends on x, the one of the baseline.

    Attributes:
        other: by the id of a node, the id of the same for the baseline.
    """

    builder: Builder
    other: dict[int, int]

    def inputs(self, node: Node) -> list[tuple[Value, Value]]:
        """Each input, and what it is for the baseline."""
        value = self.builder.value
        return [(value(id), value(self.other.get(id, id))) for id in node.inputs]

    def of(self, node: Node) -> tuple[Value, Value]:
        """The node's value, and what it is for the baseline."""
        return self.builder.value(node.id), self.builder.value(self.other[node.id])


def _both(graph: Graph) -> _Both:
    b = Builder(graph)
    x = graph.inputs["x"]
    other = {x.id: b.input(BASELINE, x.shape, x.dtype).id}
    for node in graph.nodes:
        if any(id in other for id in node.inputs):
            with b.context(scope=node.scope, role=node.role):
                inputs = [b.value(other.get(id, id)) for id in node.inputs]
                other[node.id] = b.again(node, inputs).id
    return _Both(b, other)


def _hand_back(both: _Both, node: Node, flowing: dict[int, Value], small: float) -> None:
    """Add what flows on to the node's inputs."""
    if lookup(node.op).vjp is None:
        return
    results = _rule(node)(both, node, flowing[node.id], small)
    for (value, _), result in zip(both.inputs(node), results, strict=True):
        if result is None or value.id not in both.other or value.dtype != "float":
            continue
        share = unbroadcast(result, value.shape)
        known = flowing.get(value.id)
        flowing[value.id] = share if known is None else known + share


Results = Sequence[Value | None]
RuleOf = Callable[[_Both, Node, Value, float], Results]


def _rule(node: Node) -> RuleOf:
    if node.op in BILINEAR:
        return _at_the_mean
    if node.op in ELEMENTWISE:
        return _ratio
    if node.op == "max_pool2d":
        return _largest
    return _choice if node.op == "where" else _along


def _slopes(node: Node, g: Value, y: Value, inputs: Sequence[Value]) -> Results:
    vjp = lookup(node.op).vjp
    assert vjp is not None
    results: Results = vjp(g, y, *inputs, **node.attrs)
    return results


def _at_the_mean(both: _Both, node: Node, g: Value, small: float) -> Results:
    """Linear in each input: the slope at the mean of both makes exactly the difference."""
    inputs = both.inputs(node)
    middle = [x if x.id == b.id or x.dtype != "float" else (x + b) * 0.5 for x, b in inputs]
    return _slopes(node, g, both.builder.value(node.id), middle)


def _ratio(both: _Both, node: Node, g: Value, small: float) -> Results:
    """Difference of the output over difference of the input; of two inputs, half of both orders."""
    inputs = both.inputs(node)
    y, y_baseline = both.of(node)
    plain = _slopes(node, g, y, [x for x, _ in inputs])
    if len(inputs) == 1:
        (x, b) = inputs[0]
        return [_over(g, y - y_baseline, x - b, plain[0], small)]
    (p, p_baseline), (q, q_baseline) = inputs
    first = both.builder.again(node, [p, q_baseline])
    second = both.builder.again(node, [p_baseline, q])
    by_p = ((y - second) + (first - y_baseline)) * 0.5
    by_q = ((y - first) + (second - y_baseline)) * 0.5
    return [
        _over(g, by_p, p - p_baseline, plain[0], small),
        _over(g, by_q, q - q_baseline, plain[1], small),
    ]


def _over(g: Value, made: Value, change: Value, slope: Value | None, small: float) -> Value:
    """g times made / change, or the slope where the change is too small to divide by."""
    assert slope is not None
    large = abs(change) > small
    ratio: Value = made / where(large, change, 1.0)
    result: Value = where(large, g * ratio, slope)
    return result


def _largest(both: _Both, node: Node, g: Value, small: float) -> Results:
    """What is above the baseline's largest goes to the row's place, what is below to the other."""
    ((x, b),) = both.inputs(node)
    y, y_baseline = both.of(node)
    top = maximum(y, y_baseline)
    up = max_pool2d_gradient(x, g * (top - y_baseline), **node.attrs)
    down = max_pool2d_gradient(b, g * (y - top), **node.attrs)
    slope = max_pool2d_gradient(x, g, **node.attrs)
    change, large = x - b, abs(x - b) > small
    result: Value = where(large, (up + down) / where(large, change, 1.0), slope)
    return [result]


def _choice(both: _Both, node: Node, g: Value, small: float) -> Results:
    """Where the condition changes, half of both branches: it has no slope of its own."""
    (condition, other), *branches = both.inputs(node)
    y = both.builder.value(node.id)
    values = [value for value, _ in branches]
    here = _slopes(node, g, y, [condition, *values])
    if condition.id == other.id:
        return here
    there = _slopes(node, g, y, [other, *values])
    pairs = zip(here, there, strict=True)
    return [None if a is None or c is None else (a + c) * 0.5 for a, c in pairs]


def _along(both: _Both, node: Node, g: Value, small: float) -> Results:
    """The mean slope on the straight way from the baseline's inputs to the row's."""
    places, weights = np.polynomial.legendre.leggauss(PLACES)
    inputs = both.inputs(node)
    sums: list[Value | None] = [None] * len(inputs)
    for place, weight in zip(((places + 1) / 2).tolist(), (weights / 2).tolist(), strict=True):
        at = [x if x.id == b.id or x.dtype != "float" else b + (x - b) * place for x, b in inputs]
        y = both.builder.again(node, at)
        for index, result in enumerate(_slopes(node, g, y, at)):
            if result is not None:
                known = sums[index]
                sums[index] = result * weight if known is None else known + result * weight
    return sums
